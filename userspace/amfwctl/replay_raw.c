// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet of a capture as IP packet again.  It need not be the same one: fragments
 * are together, options are gone, and checksums of TCP and UDP are left out, which the
 * gateway does not look at.
 */
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stddef.h>
#include <string.h>

#include "amfwctl/replay_kernel.h"

#define HOPS	64

/**
 * forwardable() - an address that a kernel forwards packets of
 * @address: of a capture
 *
 * Addresses of the loopback interface and of one link stay on it.  So that captures of
 * a machine's talk with itself can be sent, too, such an address becomes one of the
 * nets for benchmarks, 198.18.0.0/15 and 2001:2::/48, which nobody uses otherwise.
 */
struct address forwardable(const struct address *address)
{
	struct address other = *address;
	uint32_t v4 = ntohl(address->v4.s_addr);

	if (address->family == AF_INET) {
		if (v4 >> 24 == IN_LOOPBACKNET)
			other.v4.s_addr = htonl(0xc6120000 | (v4 & 0x1ffff));
	} else if (IN6_IS_ADDR_LOOPBACK(&address->v6) || IN6_IS_ADDR_LINKLOCAL(&address->v6)) {
		memset(&other.v6, 0, 8);
		memcpy(&other.v6, "\x20\x01\x00\x02", 4);
	}
	return other;
}

static uint16_t header_checksum(const uint8_t *header, size_t length)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < length; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static size_t put_ip(const struct packet *packet, size_t length, uint8_t *raw)
{
	struct iphdr header = {
		.version = 4, .ihl = 5, .ttl = HOPS, .protocol = packet->protocol,
		.id = htons(packet->ip_id), .tot_len = htons((uint16_t)(length + sizeof(header))),
		.saddr = forwardable(&packet->source.address).v4.s_addr,
		.daddr = forwardable(&packet->destination.address).v4.s_addr,
	};

	memcpy(raw, &header, sizeof(header));
	header.check = header_checksum(raw, sizeof(header));
	memcpy(raw, &header, sizeof(header));
	return sizeof(header);
}

static size_t put_ip6(const struct packet *packet, size_t length, uint8_t *raw)
{
	struct ip6_hdr header = {
		.ip6_plen = htons((uint16_t)length), .ip6_nxt = packet->protocol,
		.ip6_hlim = HOPS,
		.ip6_src = forwardable(&packet->source.address).v6,
		.ip6_dst = forwardable(&packet->destination.address).v6,
	};

	header.ip6_vfc = 6 << 4;
	memcpy(raw, &header, sizeof(header));
	return sizeof(header);
}

static size_t put_udp(const struct packet *packet, uint8_t *raw)
{
	struct udphdr header = {
		.source = htons(packet->source.port), .dest = htons(packet->destination.port),
		.len = htons((uint16_t)(packet->length + sizeof(header))),
	};

	memcpy(raw, &header, sizeof(header));
	return sizeof(header);
}

static size_t put_tcp(const struct packet *packet, uint8_t *raw)
{
	struct tcphdr header = {
		.source = htons(packet->source.port), .dest = htons(packet->destination.port),
		.seq = htonl(packet->tcp.sequence), .doff = sizeof(header) / 4,
		.ack_seq = htonl(packet->tcp.acknowledged), .window = htons(UINT16_MAX),
	};

	header.th_flags = packet->tcp.flags;
	memcpy(raw, &header, sizeof(header));
	return sizeof(header);
}

/**
 * raw_packet() - write it
 * @packet: a UDP datagram, or a TCP segment, of which nothing but the header is taken
 * @raw: receives it
 *
 * Return: its length; 0 where the capture does not hold all of it.
 */
size_t raw_packet(const struct packet *packet, uint8_t raw[RAW_PACKET_MAX])
{
	bool udp = packet->protocol == IPPROTO_UDP;
	size_t data = udp ? packet->length + packet->behind : 0;
	size_t length = data + (udp ? sizeof(struct udphdr) : sizeof(struct tcphdr));
	bool v4 = packet->source.address.family == AF_INET;
	size_t head = v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	size_t used;

	if (length + head > RAW_PACKET_MAX ||
	    (udp && packet->captured < packet->length))
		return 0;
	if (v4)
		used = put_ip(packet, length, raw);
	else
		used = put_ip6(packet, length, raw);
	used += udp ? put_udp(packet, raw + used) : put_tcp(packet, raw + used);
	if (data)
		memcpy(raw + used, packet->data, data);
	return used + data;
}

static void read_ends(const uint8_t *raw, size_t head, struct packet *packet)
{
	if (raw[0] >> 4 == 4) {
		memcpy(&packet->source.address.v4, raw + offsetof(struct iphdr, saddr), 4);
		memcpy(&packet->destination.address.v4, raw + offsetof(struct iphdr, daddr), 4);
	} else {
		memcpy(&packet->source.address.v6, raw + offsetof(struct ip6_hdr, ip6_src), 16);
		memcpy(&packet->destination.address.v6, raw + offsetof(struct ip6_hdr, ip6_dst), 16);
	}
	packet->source.port = raw[head] << 8 | raw[head + 1];
	packet->destination.port = raw[head + 2] << 8 | raw[head + 3];
}

/**
 * raw_read() - what raw_packet() wrote, after it went through a kernel
 * @raw: an IP packet without options
 * @length: bytes of it
 * @packet: as it was before; becomes what it is now, with data in @raw
 *
 * Return: false where that cannot be.
 */
bool raw_read(const uint8_t *raw, size_t length, struct packet *packet)
{
	bool v4 = packet->source.address.family == AF_INET;
	size_t head = v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr);
	size_t data = head + sizeof(struct udphdr), udp;

	if (length < data || raw[0] >> 4 != (v4 ? 4 : 6))
		return false;
	read_ends(raw, head, packet);
	if (packet->protocol != IPPROTO_UDP)
		return true;
	udp = raw[head + 4] << 8 | raw[head + 5];
	if (udp < sizeof(struct udphdr) || head + udp > length)
		return false;
	packet->data = raw + data;
	packet->length = udp - sizeof(struct udphdr);
	packet->captured = packet->length;
	packet->behind = length - head - udp;
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What IP carries: UDP, TCP, and errors of ICMP about them.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "replay/capture_ip.h"

#define UDP_BYTES	8
#define TCP_BYTES	20
#define ICMP_BYTES	8

/* An error quotes a packet and seldom all of it, whatever its length says. */
#define QUOTE_MAX	(UINT16_MAX + 40)

static void take(struct packet *packet, const uint8_t *data, size_t length, size_t captured)
{
	packet->data = data;
	packet->length = length;
	packet->captured = captured < length ? captured : length;
}

static enum layer read_udp(const struct octets *octets, struct packet *packet)
{
	size_t length;

	if (octets->captured < UDP_BYTES)
		return LAYER_BROKEN;
	length = be16(octets->at + 4);
	/* udp_error() of nf_conntrack_proto_udp.c: such a packet is of no flow. */
	if (length < UDP_BYTES || length > octets->length)
		return LAYER_BROKEN;
	packet->source.port = be16(octets->at);
	packet->destination.port = be16(octets->at + 2);
	take(packet, octets->at + UDP_BYTES, length - UDP_BYTES, octets->captured - UDP_BYTES);
	packet->behind = octets->captured > length ? octets->captured - length : 0;
	return LAYER_FOUND;
}

static enum layer read_tcp(const struct octets *octets, struct packet *packet)
{
	size_t bytes;

	if (octets->captured < TCP_BYTES)
		return LAYER_BROKEN;
	bytes = (octets->at[12] >> 4) * 4;
	if (bytes < TCP_BYTES || bytes > octets->length)
		return LAYER_BROKEN;
	packet->source.port = be16(octets->at);
	packet->destination.port = be16(octets->at + 2);
	packet->tcp.sequence = be32(octets->at + 4);
	packet->tcp.acknowledged = be32(octets->at + 8);
	packet->tcp.flags = octets->at[13];
	if (bytes > octets->captured)
		bytes = octets->captured;
	take(packet, octets->at + bytes, octets->length - (octets->at[12] >> 4) * 4,
	     octets->captured - bytes);
	return LAYER_FOUND;
}

/* The packet that an error is about, as far as it is quoted. */
static enum layer read_quote(struct octets quote, struct icmp_head *icmp)
{
	struct ip_head head;

	quote.length = QUOTE_MAX;
	if (quote.captured > QUOTE_MAX)
		quote.captured = QUOTE_MAX;
	if (ip_read(&quote, &head) != LAYER_FOUND)
		return LAYER_BROKEN;
	icmp->protocol = head.protocol;
	icmp->source.address = head.source;
	icmp->destination.address = head.destination;
	if (head.offset || (head.protocol != IPPROTO_TCP && head.protocol != IPPROTO_UDP))
		return LAYER_FOUND;
	if (quote.captured < 4)
		return LAYER_BROKEN;
	icmp->source.port = be16(quote.at);
	icmp->destination.port = be16(quote.at + 2);
	return LAYER_FOUND;
}

static bool is_error(uint8_t protocol, uint8_t type)
{
	if (protocol == IPPROTO_ICMPV6)
		return type && !(type & ICMP6_INFOMSG_MASK);
	switch (type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

static enum layer read_icmp(const struct octets *octets, struct packet *packet)
{
	struct octets quote = *octets;

	if (octets->captured < ICMP_BYTES)
		return LAYER_BROKEN;
	packet->icmp.type = octets->at[0];
	packet->icmp.code = octets->at[1];
	if (!is_error(packet->protocol, packet->icmp.type))
		return LAYER_OTHER;
	octets_skip(&quote, ICMP_BYTES);
	take(packet, quote.at, quote.length, quote.captured);
	return read_quote(quote, &packet->icmp);
}

/**
 * ip_payload() - read the header of UDP, TCP or an ICMP error
 * @octets: the payload of IP
 * @head: the headers of IP
 * @packet: receives it; what concerns its record is left alone
 *
 * Return: LAYER_FOUND; LAYER_OTHER; LAYER_BROKEN.
 */
enum layer ip_payload(const struct octets *octets, const struct ip_head *head,
		      struct packet *packet)
{
	packet->protocol = head->protocol;
	packet->source.address = head->source;
	packet->destination.address = head->destination;
	packet->ttl = head->ttl;
	packet->ip_id = head->id;
	switch (head->protocol) {
	case IPPROTO_UDP:
		return read_udp(octets, packet);
	case IPPROTO_TCP:
		return read_tcp(octets, packet);
	case IPPROTO_ICMP:
		return head->source.family == AF_INET ? read_icmp(octets, packet) : LAYER_OTHER;
	case IPPROTO_ICMPV6:
		return head->source.family == AF_INET6 ? read_icmp(octets, packet) : LAYER_OTHER;
	default:
		return LAYER_OTHER;
	}
}

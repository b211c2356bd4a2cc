// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets as bytes, with every checksum right: connection tracking looks.
 *
 * The last eight bytes of a packet are its number.  TCP has it in the sequence
 * number as well, which a reset gives back.
 */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <string.h>

#include "selftests/ruleset/packet.h"

#define MAGIC		0x4e46a5d1u
#define SEQUENCE	0x40000000u
#define SEQUENCE_STEP	0x1000u
#define TAIL		8

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/** address_put() - the bytes of an address */
void address_put(uint8_t *bytes, bool six, __uint128_t address)
{
	int i, size = six ? 16 : 4;

	for (i = size - 1; i >= 0; i--, address >>= 8)
		bytes[i] = address & 0xff;
}

/** address_get() - the number that bytes spell */
__uint128_t address_get(const uint8_t *bytes, bool six)
{
	__uint128_t address = 0;
	int i;

	for (i = 0; i < (six ? 16 : 4); i++)
		address = address << 8 | bytes[i];
	return address;
}

/** number_of_address() - of an address that is one */
__uint128_t number_of_address(const char *text)
{
	bool six = strchr(text, ':');
	uint8_t bytes[16];

	inet_pton(six ? AF_INET6 : AF_INET, text, bytes);
	return address_get(bytes, six);
}

/** number_print() - an address as text */
void number_print(bool six, __uint128_t address, char text[64])
{
	uint8_t bytes[16];

	address_put(bytes, six, address);
	inet_ntop(six ? AF_INET6 : AF_INET, bytes, text, 64);
}

/** has_ports() - whether a protocol's header starts with two ports */
bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_SCTP;
}

/** is_error() - whether it is an ICMP message that quotes another packet */
bool is_error(bool six, uint8_t protocol, uint8_t type)
{
	if (six)
		return protocol == IPPROTO_ICMPV6 && type < ICMP6_ECHO_REQUEST;
	return protocol == IPPROTO_ICMP && (type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
					    type == ICMP_PARAMETERPROB);
}

static uint32_t add_up(uint32_t sum, const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += get16(bytes + i);
	return size & 1 ? sum + (uint32_t)(bytes[size - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t network_size(bool six)
{
	return six ? 40 : 20;
}

/* The packet that an ICMP error is about goes the other way. */
static void write_quoted(const struct packet *packet, uint8_t *at)
{
	struct packet quoted = *packet;
	uint8_t bytes[PACKET_ROOM];

	quoted.kind = KIND_FIRST;
	quoted.protocol = IPPROTO_UDP;
	quoted.saddr = packet->daddr;
	quoted.daddr = packet->saddr;
	quoted.sport = packet->dport;
	quoted.dport = packet->sport;
	quoted.length = (uint16_t)(network_size(packet->six) + 8 + TAIL);
	packet_write(&quoted, bytes);
	memcpy(at, bytes, network_size(packet->six) + 8);
}

static size_t write_tcp(const struct packet *packet, uint8_t *at)
{
	put16(at, packet->sport);
	put16(at + 2, packet->dport);
	put32(at + 4, SEQUENCE + packet->id * SEQUENCE_STEP);
	put32(at + 8, packet->flags & TH_ACK ? SEQUENCE + packet->id * SEQUENCE_STEP : 0);
	at[12] = 5 << 4;
	at[13] = packet->flags;
	put16(at + 14, 1024);
	return 16;
}

static size_t write_icmp(const struct packet *packet, uint8_t *at)
{
	at[0] = packet->type;
	at[1] = packet->code;
	if (is_error(packet->six, packet->protocol, packet->type))
		write_quoted(packet, at + 8);
	else
		put16(at + 4, packet->sport);
	return 2;
}

/* Returns where its checksum is; 0: it has none. */
static size_t write_transport(const struct packet *packet, uint8_t *at, size_t size)
{
	switch (packet->protocol) {
	case IPPROTO_TCP:
		return write_tcp(packet, at);
	case IPPROTO_UDP:
		put16(at, packet->sport);
		put16(at + 2, packet->dport);
		put16(at + 4, (uint16_t)size);
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return write_icmp(packet, at);
	default:
		put32(at, 0x1234);
		return 0;
	}
}

static void write_network(const struct packet *packet, uint8_t *at)
{
	if (packet->six) {
		put32(at, 6u << 28 | (uint32_t)packet->tos << 20);
		put16(at + 4, packet->length - 40);
		at[6] = packet->protocol;
		at[7] = packet->ttl;
		address_put(at + 8, true, packet->saddr);
		address_put(at + 24, true, packet->daddr);
		return;
	}
	at[0] = 0x45;
	at[1] = packet->tos;
	put16(at + 2, packet->length);
	put16(at + 4, (uint16_t)(packet->id + 1));
	put16(at + 6, packet->fragment);
	at[8] = packet->ttl;
	at[9] = packet->protocol;
	address_put(at + 12, false, packet->saddr);
	address_put(at + 16, false, packet->daddr);
	put16(at + 10, fold(add_up(0, at, 20)));
}

static uint32_t pseudo_header(const struct packet *packet, size_t size)
{
	uint8_t bytes[32];

	if (packet->protocol == IPPROTO_ICMP)
		return 0;
	address_put(bytes, packet->six, packet->saddr);
	address_put(bytes + (packet->six ? 16 : 4), packet->six, packet->daddr);
	return add_up((uint32_t)size + packet->protocol, bytes, packet->six ? 32 : 8);
}

/**
 * packet_write() - what a packet looks like
 * @packet: it
 * @bytes: PACKET_ROOM of them
 *
 * Return: its length.
 */
size_t packet_write(const struct packet *packet, uint8_t *bytes)
{
	size_t head = network_size(packet->six), size = packet->length - head, checksum;
	uint8_t *transport = bytes + head;

	memset(bytes, 0, packet->length);
	write_network(packet, bytes);
	put32(bytes + packet->length - TAIL, MAGIC);
	put32(bytes + packet->length - TAIL + 4, packet->id);
	checksum = write_transport(packet, transport, size);
	if (checksum)
		put16(transport + checksum,
		      fold(add_up(pseudo_header(packet, size), transport, size)));
	return packet->length;
}

/** packet_id() - the number in the last bytes; false: none of ours */
bool packet_id(const uint8_t *bytes, size_t size, uint32_t *id)
{
	if (size < TAIL || get32(bytes + size - TAIL) != MAGIC)
		return false;
	*id = get32(bytes + size - 4);
	return true;
}

/* A reset tells in one of its two numbers what it answers. */
static bool reset_id(const uint8_t *bytes, size_t size, uint32_t *id)
{
	uint32_t number = get32(bytes + 8);

	if (size < 20 || !(bytes[13] & TH_RST))
		return false;
	if (!number)
		number = get32(bytes + 4);
	if (number < SEQUENCE)
		return false;
	*id = (number - SEQUENCE) / SEQUENCE_STEP;
	return true;
}

/**
 * transport_read() - what a transport header says
 * @bytes: from the header on
 * @size: how many
 * @packet: whose @six and @protocol are set; the rest is filled
 * @refusal: it may be an answer to the packet of that number, not the packet
 *
 * Return: false where it is none of ours.
 */
bool transport_read(const uint8_t *bytes, size_t size, struct packet *packet, bool *refusal)
{
	*refusal = false;
	if (size < 8)
		return false;
	if (packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6) {
		packet->type = bytes[0];
		packet->code = bytes[1];
		packet->sport = get16(bytes + 4);
		*refusal = is_error(packet->six, packet->protocol, packet->type);
	} else if (has_ports(packet->protocol)) {
		packet->sport = get16(bytes);
		packet->dport = get16(bytes + 2);
	}
	if (packet_id(bytes, size, &packet->id))
		return true;
	*refusal = true;
	return packet->protocol == IPPROTO_TCP && reset_id(bytes, size, &packet->id);
}

/**
 * packet_read() - what a packet says
 * @bytes: from the network header on
 * @size: how many
 * @packet: to fill
 * @refusal: it may be an answer to the packet of that number, not the packet
 *
 * Return: false where it is none of ours.
 */
bool packet_read(const uint8_t *bytes, size_t size, struct packet *packet, bool *refusal)
{
	size_t head;

	memset(packet, 0, sizeof(*packet));
	if (size < 20)
		return false;
	packet->six = bytes[0] >> 4 == 6;
	if (packet->six && size < 40)
		return false;
	head = network_size(packet->six);
	packet->length = packet->six ? get16(bytes + 4) + 40 : get16(bytes + 2);
	packet->protocol = bytes[packet->six ? 6 : 9];
	packet->saddr = address_get(bytes + (packet->six ? 8 : 12), packet->six);
	packet->daddr = address_get(bytes + (packet->six ? 24 : 16), packet->six);
	if (packet->length > size || packet->length < head)
		return false;
	return transport_read(bytes + head, packet->length - head, packet, refusal);
}

/** packet_print() - a packet, for people */
void packet_print(FILE *to, const struct packet *packet)
{
	static const char *const ways[] = { "from the left", "from the right", "from here" };
	static const char *const kinds[] = { "first", "original", "reply", "expected", "error" };
	char saddr[64], daddr[64];

	number_print(packet->six, packet->saddr, saddr);
	number_print(packet->six, packet->daddr, daddr);
	fprintf(to, "%s, %s: protocol %u, %s port %u to %s port %u", ways[packet->way],
		kinds[packet->kind], packet->protocol, saddr, packet->sport, daddr, packet->dport);
	fprintf(to, ", flags %#x, icmp %u/%u, length %u, ttl %u, tos %#x, fragment %#x",
		packet->flags, packet->type, packet->code, packet->length, packet->ttl,
		packet->tos, packet->fragment);
	fprintf(to, ", ct mark %#x%s", packet->mark, packet->assured ? ", assured" : "");
	number_print(packet->six, packet->other, saddr);
	if (packet->translated)
		fprintf(to, ", %s translated: %s port %u",
			packet->translated == TRANSLATED_TO ? "destination" : "source", saddr,
			packet->other_port);
	fputc('\n', to);
}

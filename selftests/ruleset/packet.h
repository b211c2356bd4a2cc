/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet of the differential test: what it is, what it looks like on the wire
 * and what became of it.
 */
#ifndef SELFTESTS_RULESET_PACKET_H
#define SELFTESTS_RULESET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The networks around the machine under test; see laboratory.c. */
#define LEFT_LINK	"l0"
#define RIGHT_LINK	"r0"
#define HELPER		"amanda"

#define PACKET_ROOM	1600

/* How a packet comes in. */
enum way {
	WAY_LEFT,
	WAY_RIGHT,
	WAY_OUT,	/* made by the machine itself */
};

/* What connection tracking knows before the packet comes. */
enum kind {
	KIND_FIRST,	/* nothing */
	KIND_ORIGINAL,	/* its connection, with an answer seen; of the same direction */
	KIND_REPLY,	/* the same, of the other */
	KIND_EXPECTED,	/* a helper has announced it */
	KIND_ERROR,	/* an ICMP error about a connection that is known */
};

/* What is done to its connection, which is known. */
enum translated {
	TRANSLATED_NOT,
	TRANSLATED_TO,		/* its destination */
	TRANSLATED_FROM,	/* its source */
};

/* Where it is seen again. */
enum end {
	END_NOWHERE,
	END_LEFT,
	END_RIGHT,
	END_HERE,
};

/**
 * struct packet - one packet
 * @id: in its last bytes
 * @six: IPv6
 * @way: how it comes
 * @kind: what is known of it
 * @protocol: IPPROTO_*
 * @saddr: as a number
 * @daddr: likewise
 * @sport: of protocols that have ports; of ICMP: its identifier
 * @dport: likewise
 * @flags: of TCP
 * @type: of ICMP
 * @code: of ICMP
 * @length: of the network packet
 * @ttl: or hop limit
 * @tos: the byte, or traffic class
 * @fragment: flags and offset of IPv4
 * @assured: of the connection that is known
 * @mark: of that connection, or of the one that announced this one
 * @translated: of that connection
 * @other: the address that the packet does not show: what it is translated to, or
 *	for a reply, back to
 * @other_port: likewise
 */
struct packet {
	uint32_t id;
	bool six;
	enum way way;
	enum kind kind;
	uint8_t protocol;
	__uint128_t saddr;
	__uint128_t daddr;
	uint16_t sport;
	uint16_t dport;
	uint8_t flags;
	uint8_t type;
	uint8_t code;
	uint16_t length;
	uint8_t ttl;
	uint8_t tos;
	uint16_t fragment;
	bool assured;
	uint32_t mark;
	enum translated translated;
	__uint128_t other;
	uint16_t other_port;
};

/**
 * struct outcome - what became of a packet
 * @end: where it was seen
 * @refused: its sender was told
 * @saddr: as it was seen
 * @daddr: likewise
 * @sport: likewise
 * @dport: likewise
 * @times: it was seen so often
 */
struct outcome {
	enum end end;
	bool refused;
	__uint128_t saddr;
	__uint128_t daddr;
	uint16_t sport;
	uint16_t dport;
	unsigned int times;
};

bool has_ports(uint8_t protocol);
bool is_error(bool six, uint8_t protocol, uint8_t type);
size_t packet_write(const struct packet *packet, uint8_t *bytes);
bool packet_read(const uint8_t *bytes, size_t size, struct packet *packet, bool *refusal);
bool transport_read(const uint8_t *bytes, size_t size, struct packet *packet, bool *refusal);
bool packet_id(const uint8_t *bytes, size_t size, uint32_t *id);
void address_put(uint8_t *bytes, bool six, __uint128_t address);
__uint128_t address_get(const uint8_t *bytes, bool six);
__uint128_t number_of_address(const char *text);
void number_print(bool six, __uint128_t address, char text[64]);
void packet_print(FILE *to, const struct packet *packet);

#endif /* SELFTESTS_RULESET_PACKET_H */

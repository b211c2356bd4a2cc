// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets by chance: what the rules name, and what lies beside it. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/rules.h"

#define CONNECTION_FLAGS	{ TH_ACK, TH_ACK | TH_PUSH, TH_ACK | TH_FIN }

static uint16_t chance_port(const struct rules *rules)
{
	if (chance_one_in(6))
		return (uint16_t)(1 + chance_below(65535));
	return (uint16_t)(rules->port[chance_below(POOL)] - 1 + chance_below(3));
}

static __uint128_t pool_address(const struct rules *rules, bool six)
{
	return rules->address[six][chance_below(POOL)] - (chance_one_in(4) ? 1 : 0) +
	       (chance_one_in(4) ? 1 : 0);
}

static __uint128_t own_address(bool six)
{
	static const char *const own[2][2] = { { MACHINE_LEFT_4, MACHINE_RIGHT_4 },
					       { MACHINE_LEFT_6, MACHINE_RIGHT_6 } };

	return number_of_address(own[six][chance_below(2)]);
}

/* An address that lies where a packet may come from. */
static __uint128_t address_at(const struct rules *rules, bool six, enum end where)
{
	__uint128_t address;
	int i;

	for (i = 0; i < 40; i++) {
		address = pool_address(rules, six);
		if (route_of(six, address) == where)
			return address;
	}
	if (where == END_HERE)
		return own_address(six);
	if (where == END_LEFT)
		return number_of_address(six ? "fd01::77" : "10.1.7.7") + chance_below(100);
	return number_of_address(six ? "fd02::77" : "10.2.7.7") + chance_below(100);
}

static void chance_addresses(struct packet *packet, const struct rules *rules)
{
	enum end from = packet->way == WAY_LEFT ? END_LEFT :
			packet->way == WAY_RIGHT ? END_RIGHT : END_HERE;
	static const enum end ends[] = { END_HERE, END_LEFT, END_RIGHT, END_RIGHT };
	enum end to = ends[chance_below(4)];

	/* Back where it came from is a way, too, but a rare one. */
	if (to == from && !chance_one_in(6))
		to = from == END_LEFT ? END_RIGHT : END_LEFT;
	packet->saddr = address_at(rules, packet->six, from);
	packet->daddr = address_at(rules, packet->six, to);
}

static void chance_flags(struct packet *packet)
{
	static const uint8_t connection[] = CONNECTION_FLAGS;

	if (packet->kind == KIND_ORIGINAL || packet->kind == KIND_REPLY)
		packet->flags = connection[chance_below(3)];
	else if (packet->kind == KIND_EXPECTED || !chance_one_in(3))
		packet->flags = TH_SYN;
	else
		packet->flags = (uint8_t)chance_below(64);
}

static void chance_icmp(struct packet *packet)
{
	static const uint8_t types[] = { 8, 8, 13, 0 };
	static const uint8_t types_6[] = { 128, 128, 129, 133, 135, 136 };

	if (packet->kind == KIND_ERROR) {
		packet->type = packet->six ? 1 : 3;
		packet->code = packet->six ? 4 : chance_one_in(2) ? 1 : 3;
	} else if (packet->kind == KIND_REPLY) {
		packet->type = packet->six ? 129 : 0;
	} else if (packet->kind == KIND_ORIGINAL) {
		packet->type = packet->six ? 128 : 8;
	} else {
		packet->type = packet->six ? types_6[chance_below(6)] : types[chance_below(4)];
	}
	if (packet->kind != KIND_ERROR)
		packet->dport = 0;
}

static void chance_protocol(struct packet *packet)
{
	uint32_t n = chance_below(20);
	uint8_t icmp = packet->six ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	packet->protocol = n < 9 ? IPPROTO_TCP : n < 16 ? IPPROTO_UDP : n < 19 ? icmp : IPPROTO_ESP;
	if (packet->kind == KIND_EXPECTED)
		packet->protocol = n < 12 ? IPPROTO_TCP : IPPROTO_UDP;
	if (packet->kind == KIND_ERROR)
		packet->protocol = icmp;
	else if (packet->protocol == icmp)
		packet->sport = (uint16_t)(packet->id + 1);
	if (packet->protocol == IPPROTO_TCP)
		chance_flags(packet);
	else if (packet->protocol == icmp)
		chance_icmp(packet);
	else if (!has_ports(packet->protocol))
		packet->sport = packet->dport = 0;
}

static void chance_rest(struct packet *packet)
{
	static const uint16_t lengths[] = { 48, 60, 64, 100, 128, 200, 576 };
	static const uint8_t ttls[] = { 2, 3, 31, 32, 63, 64, 128, 254 };
	unsigned int least = packet->kind == KIND_ERROR ? 120 : 70;

	packet->length = lengths[chance_below(7)] + (uint16_t)chance_below(3) - 1;
	if (packet->length < least)
		packet->length = (uint16_t)(least - (packet->six ? 0 : 20) + chance_below(3) - 1);
	packet->ttl = ttls[chance_below(8)] + (uint8_t)chance_below(2);
	packet->tos = chance_one_in(3) ? (uint8_t)chance_below(256) : 0;
	packet->fragment = !packet->six && chance_one_in(2) ? 0x4000 : 0;
	/* The next packet would make a connection of TCP or UDP an assured one. */
	packet->assured = has_ports(packet->protocol) || chance_one_in(2);
	if (packet->kind != KIND_FIRST && chance_one_in(2))
		packet->mark = chance_below(18);
}

/* The other side of a translation is nobody's: it must not be another packet's. */
static void chance_translation(struct packet *packet)
{
	bool right = chance_one_in(2);

	if ((packet->kind != KIND_ORIGINAL && packet->kind != KIND_REPLY) ||
	    !has_ports(packet->protocol) || chance_one_in(2))
		return;
	packet->translated = chance_one_in(2) ? TRANSLATED_TO : TRANSLATED_FROM;
	packet->other = number_of_address(packet->six ? right ? "fd02:7::" : "fd01:7::" :
					  right ? "10.2.70.0" : "10.1.70.0") + 1 + packet->id % 250;
	packet->other_port = (uint16_t)(20000 + packet->id);
}

/**
 * packet_chance() - a packet
 * @packet: to fill
 * @rules: that it will meet
 * @id: its number
 */
void packet_chance(struct packet *packet, const struct rules *rules, uint32_t id)
{
	static const enum kind kinds[] = { KIND_FIRST, KIND_FIRST, KIND_FIRST, KIND_FIRST, KIND_ORIGINAL,
					   KIND_REPLY, KIND_EXPECTED, KIND_ERROR };

	memset(packet, 0, sizeof(*packet));
	packet->id = id;
	packet->six = rules->dialect == DIALECT_NFT ? chance_one_in(2) : rules->six;
	packet->way = (enum way)chance_below(3);
	packet->kind = kinds[chance_below(sizeof(kinds) / sizeof(*kinds))];
	packet->sport = chance_port(rules);
	packet->dport = chance_port(rules);
	chance_addresses(packet, rules);
	chance_protocol(packet);
	chance_rest(packet);
	chance_translation(packet);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which addresses are the machine's own, and which are everybody's: what decides
 * the way of a packet, and what fib and addrtype say of its addresses.
 */
#include <linux/rtnetlink.h>

#include "ruleset/path_private.h"

/* More kinds of addresses than there are. */
#define CLASSES	4

struct class {
	const struct values *values;
	unsigned int type;
};

static const struct values *loopback(const struct walk *walk)
{
	static const struct values net = { 1, { { 0x7f000000, 0x7fffffff } } };

	return walk->passage->version == VERSION_6 ? values_one(walk->arena, 1) : &net;
}

static int family_of(const struct walk *walk)
{
	return walk->passage->version == VERSION_4 ? AF_INET : AF_INET6;
}

/**
 * world_addresses() - the machine's own addresses
 * @walk: the run
 * @interfaces: on these; NULL: on any
 *
 * Return: those of the passage's version of IP.
 */
const struct values *world_addresses(const struct walk *walk, const struct values *interfaces)
{
	const struct values *all = values_range(walk->arena, 1, 0);
	const struct world *world = walk->world;
	size_t i;

	for (i = 0; i < world->address_count; i++) {
		const struct local_address *address = &world->addresses[i];

		if (address->family != family_of(walk))
			continue;
		if (address->interface && !values_hold(interfaces, address->interface))
			continue;
		all = values_or(walk->arena, all, values_one(walk->arena, address->value));
	}
	return all;
}

/**
 * world_locals() - what the machine takes as its own
 * @walk: the run
 *
 * Return: its addresses and those of the loopback net.
 */
const struct values *world_locals(const struct walk *walk)
{
	return values_or(walk->arena, world_addresses(walk, NULL), loopback(walk));
}

/* fib_frontend.c of IPv4: the net 0 counts as broadcast; addrconf_core.c of IPv6. */
static size_t classes_of(const struct walk *walk, struct class class[CLASSES])
{
	static const struct values broadcast_v4 = {
		2, { { 0, 0x00ffffff }, { 0xffffffff, 0xffffffff } }
	};
	static const struct values multicast_v4 = { 1, { { 0xe0000000, 0xefffffff } } };
	static const struct values multicast_v6 = {
		1, { { (__uint128_t)0xff << 120, ~(__uint128_t)0 } }
	};
	size_t count = 0;

	class[count++] = (struct class) { world_locals(walk), RTN_LOCAL };
	if (walk->passage->version == VERSION_4) {
		class[count++] = (struct class) { &multicast_v4, RTN_MULTICAST };
		class[count++] = (struct class) { &broadcast_v4, RTN_BROADCAST };
	} else {
		class[count++] = (struct class) { &multicast_v6, RTN_MULTICAST };
	}
	class[count++] = (struct class) { NULL, RTN_UNICAST };
	return count;
}

static enum field type_field(enum field field)
{
	return field == FIELD_SADDR ? FIELD_SADDR_TYPE : FIELD_DADDR_TYPE;
}

/**
 * types_split() - part packets by the kind of an address
 * @walk: the run
 * @field: FIELD_SADDR or FIELD_DADDR
 * @piece: the packets
 * @on: receives them, each with a kind
 *
 * Return: 0 or -ENOMEM.
 */
int types_split(const struct walk *walk, enum field field, const struct piece *piece,
		struct pieces *on)
{
	enum field type = type_field(field);
	struct class class[CLASSES];
	size_t count = classes_of(walk, class), i;
	struct piece rest = *piece, part;

	if (piece->box.now[type])
		return pieces_add(on, piece);
	for (i = 0; i < count && !values_empty(rest.box.now[field]); i++) {
		part = rest;
		if (!box_narrow(walk->arena, &part.box, field, class[i].values, &rest.box))
			continue;
		part.box.now[type] = values_one(walk->arena, class[i].type);
		part.box.was[type] = part.box.now[type];
		if (pieces_add(on, &part))
			return -ENOMEM;
	}
	return 0;
}

/**
 * types_renew() - an address has been changed: set its kind
 * @walk: the run
 * @box: the packets
 * @field: FIELD_SADDR or FIELD_DADDR
 */
void types_renew(const struct walk *walk, struct box *box, enum field field)
{
	const struct values *now = box->now[field], *kinds = values_range(walk->arena, 1, 0);
	struct class class[CLASSES];
	size_t count = classes_of(walk, class), i;

	for (i = 0; i < count; i++) {
		if (values_empty(now) || !values_meet(class[i].values, now))
			continue;
		kinds = values_or(walk->arena, kinds, values_one(walk->arena, class[i].type));
		now = class[i].values && now ? values_minus(walk->arena, now, class[i].values) :
			now;
	}
	box_assign(walk->arena, box, type_field(field), kinds);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Translation of addresses and ports: what nat chains decide for the first packet
 * of a connection, and what has been decided for the others.
 *
 * The way of nf_nat_inet_fn() in the kernel's nf_nat_core.c.
 */
#include "ruleset/path_private.h"

/* One of the two things that NAT changes: where to, or where from. */
struct side {
	enum field address;
	enum field port;
	uint32_t status;
};

static const struct side destination = { FIELD_DADDR, FIELD_DPORT, IPS_DST_NAT };
static const struct side origin = { FIELD_SADDR, FIELD_SPORT, IPS_SRC_NAT };

static const struct side *side_of(unsigned int hook)
{
	return hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT ? &destination : &origin;
}

static bool is_one(const struct values *values)
{
	return values && values->count == 1 &&
	       values->interval[0].low == values->interval[0].high;
}

/* The kernel sets the status only where the translation changed something. */
static bool stays(const struct values *now, const struct values *to)
{
	return !to || (is_one(to) && values_same(now, to));
}

static void change(const struct walk *walk, struct box *box, enum field field,
		   const struct values *to)
{
	if (stays(box->now[field], to))
		return;
	box_assign(walk->arena, box, field, to);
	if (field == FIELD_SADDR || field == FIELD_DADDR)
		types_renew(walk, box, field);
}

/* One of several values, of which one may be what it has. */
static bool may_be_same(const struct values *now, const struct values *to)
{
	return !to || (values_meet(now, to) && (!is_one(to) || values_same(now, to)));
}

/* Whoever asks for it later is in doubt. */
static void status_perhaps(const struct walk *walk, struct box *box, uint32_t bits)
{
	const struct values *before = box->now[FIELD_CT_STATUS];

	conntrack_status(walk, box, bits);
	box_assign(walk->arena, box, FIELD_CT_STATUS,
		   values_or(walk->arena, before, box->now[FIELD_CT_STATUS]));
}

static void translate(const struct walk *walk, struct box *box, const struct side *side,
		      const struct values *address, const struct values *port)
{
	bool same = stays(box->now[side->address], address) &&
		    stays(box->now[side->port], port);
	bool may_stay = may_be_same(box->now[side->address], address) &&
			may_be_same(box->now[side->port], port);

	change(walk, box, side->address, address);
	change(walk, box, side->port, port);
	if (same || !walk->passage->first)
		return;
	if (may_stay)
		status_perhaps(walk, box, side->status);
	else
		conntrack_status(walk, box, side->status);
}

/* inet_select_addr() takes the first address of the interface; nf_nat_redirect.c too. */
static const struct values *own_address(const struct walk *walk, const struct values *interface)
{
	const struct values *all = world_addresses(walk, interface);

	/* Where that has none, as lo, those of the others are taken; or ::1, which it has. */
	if (values_empty(all))
		all = world_locals(walk);
	return values_empty(all) ? NULL : all;
}

static const struct values *localhost(const struct walk *walk)
{
	return values_one(walk->arena, walk->passage->version == VERSION_4 ? 0x7f000001 : 1);
}

/* xt_NETMAP.c and nf_nat_setup_info(): the bits of the host stay, those of the net change. */
static const struct values *mapped(const struct walk *walk, const struct values *now,
				   const struct interval *to)
{
	__uint128_t hosts = to->low ^ to->high;

	if (!is_one(now))
		return values_range(walk->arena, to->low, to->high);
	return values_one(walk->arena, (to->low & ~hosts) | (now->interval[0].low & hosts));
}

static const struct values *new_address(const struct walk *walk, const struct box *box,
					const struct nat_step *nat, unsigned int hook)
{
	switch (nat->kind) {
	case NAT_MASQUERADE:
		return own_address(walk, box->now[FIELD_OIF]);
	case NAT_REDIRECT:
		return hook == NF_INET_LOCAL_OUT ? localhost(walk) :
			own_address(walk, box->now[FIELD_IIF]);
	default:
		break;
	}
	if (nat->from_lookup)
		return box->effects.address ? values_one(walk->arena, box->effects.address) : NULL;
	if (!nat->address.low && !nat->address.high)
		return NULL;
	if (nat->kind == NAT_NETMAP)
		return mapped(walk, box->now[side_of(hook)->address], &nat->address);
	return values_range(walk->arena, nat->address.low, nat->address.high);
}

/* Where none is given: nf_nat_l4proto_unique_tuple() stays among those of a kind. */
static const struct values *random_port(const struct walk *walk, const struct values *now)
{
	static const struct interval kinds[] = {
		{ 1, 511 }, { 512, 1023 }, { 1024, 65535 }
	};
	const struct values *all = values_range(walk->arena, 1, 0);
	size_t i;

	for (i = 0; i < 3; i++)
		if (values_meet_range(now, i ? kinds[i].low : 0, kinds[i].high))
			all = values_or(walk->arena, all,
					values_range(walk->arena, i == 1 ? 600 : kinds[i].low,
						     kinds[i].high));
	return all;
}

/* A port that is in the range already stays: get_unique_tuple(). */
static const struct values *new_port(const struct walk *walk, const struct box *box,
				     const struct nat_step *nat, enum field field)
{
	const struct values *range;

	if (nat->from_lookup && box->effects.port)
		return values_one(walk->arena, box->effects.port);
	if (!nat->port.low && !nat->port.high)
		return nat->random && field == FIELD_SPORT ?
			random_port(walk, box->now[field]) : NULL;
	range = values_range(walk->arena, nat->port.low, nat->port.high);
	if (!nat->random && box->now[field] && values_cover(range, box->now[field]))
		return NULL;
	return range;
}

static void apply(const struct walk *walk, struct box *box, const struct nat_step *nat,
		  unsigned int hook)
{
	const struct side *side = side_of(hook);

	translate(walk, box, side, new_address(walk, box, nat, hook),
		  new_port(walk, box, nat, side->port));
}

static const struct nat_step *decided(const struct box *box, unsigned int hook)
{
	return side_of(hook) == &destination ? box->effects.dnat : box->effects.snat;
}

/* Chains are asked until one has translated; then the others are not. */
static int ask_chains(struct walk *walk, unsigned int hook, const struct piece *piece,
		      struct pieces *on)
{
	const struct items *chains = &walk->hooks.nat[hook];
	struct pieces open = { 0 }, next;
	size_t i, j, start = on->count;
	int err = pieces_add(&open, piece);

	for (i = 0; i < chains->count && !err; i++) {
		next = (struct pieces) { 0 };
		for (j = 0; j < open.count && !err; j++) {
			bool done = decided(&open.piece[j].box, hook);

			err = done ? pieces_add(&next, &open.piece[j]) :
				walk_chain(walk, chains->item[i].chain, &open.piece[j], &next);
		}
		pieces_free(&open);
		open = next;
	}
	for (j = 0; j < open.count && !err; j++)
		err = pieces_add(on, &open.piece[j]);
	pieces_free(&open);
	for (j = start; j < on->count && !err; j++) {
		struct box *box = &on->piece[j].box;

		if (decided(box, hook))
			apply(walk, box, decided(box, hook), hook);
	}
	return err;
}

/**
 * nat_enter() - packets reach the place where they are translated
 * @walk: the run
 * @hook: of the place
 * @piece: the packets
 * @on: the same go on here
 *
 * Return: 0, or a negative errno.
 */
int nat_enter(struct walk *walk, unsigned int hook, const struct piece *piece,
	      struct pieces *on)
{
	const struct translation *translation = walk->passage->translation;
	struct piece changed = *piece;

	/* What comes back by the loopback interface has been translated on its way out. */
	if (conntrack_none(&piece->box) || piece->looped)
		return pieces_add(on, piece);
	if (!translation)
		return walk->passage->first ? ask_chains(walk, hook, piece, on) :
			pieces_add(on, piece);
	if (side_of(hook) == &destination)
		translate(walk, &changed.box, &destination, translation->daddr,
			  translation->dport);
	else
		translate(walk, &changed.box, &origin, translation->saddr, translation->sport);
	return pieces_add(on, &changed);
}

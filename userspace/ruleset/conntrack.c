// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What connection tracking knows of packets, and when.
 *
 * Before it has seen a packet, ct expressions find the state invalid and break on
 * all else (nft_ct_get_eval()); with the template that the target CT sets, they
 * find the state new.  A helper is attached while the connection is unconfirmed,
 * which is during its first packet (nft_ct_helper_obj_eval()).
 */
#include "ruleset/path_private.h"

#define INVALID		NF_CT_STATE_INVALID_BIT
#define UNTRACKED	NF_CT_STATE_UNTRACKED_BIT
#define STATE_NEW	NF_CT_STATE_BIT(IP_CT_NEW)
#define STATE_RELATED	NF_CT_STATE_BIT(IP_CT_RELATED)
#define STATE_ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)

static const enum field unseen[] = {
	FIELD_CT_DIRECTION, FIELD_CT_STATUS, FIELD_CT_MARK,
};

static void assign(const struct walk *walk, struct box *box, enum field field,
		   __uint128_t value)
{
	box_assign(walk->arena, box, field, values_one(walk->arena, value));
}

/* A field that the question left open: what it was is known now, too. */
static void fill(struct box *box, enum field field, const struct values *values)
{
	if (box->now[field])
		return;
	box->now[field] = values;
	box->was[field] = values;
}

/* A connection that is assured or not yet: two values. */
static const struct values *status_of(const struct walk *walk, const struct box *box)
{
	const struct translation *translation = walk->passage->translation;
	bool reply = values_hold(box->now[FIELD_CT_DIRECTION], 1) &&
		     !values_hold(box->now[FIELD_CT_DIRECTION], 0);
	uint32_t status = walk->passage->first ? 0 : IPS_CONFIRMED | IPS_SEEN_REPLY;
	struct interval both[2];

	if (!values_hold(box->now[FIELD_CT_HELPER], 0))
		status |= IPS_EXPECTED;
	if (translation && (translation->daddr || translation->dport))
		status |= reply ? IPS_SRC_NAT : IPS_DST_NAT;
	if (translation && (translation->saddr || translation->sport))
		status |= reply ? IPS_DST_NAT : IPS_SRC_NAT;
	both[0] = (struct interval) { status, status };
	status |= IPS_ASSURED;
	both[1] = (struct interval) { status, status };
	return values_list(walk->arena, both, walk->passage->first ? 1 : 2);
}

/* The zone that the connection is in, and, until rules say another, that of the packet. */
static void fill_zone(const struct walk *walk, struct box *box)
{
	fill(box, FIELD_CT_ZONE, values_one(walk->arena, 0));
	assign(walk, box, FIELD_CT_ZONE, 0);
}

/**
 * conntrack_fill() - say what follows from the kind of packets
 * @walk: the run
 * @box: the packets as they enter
 */
void conntrack_fill(const struct walk *walk, struct box *box)
{
	struct arena *arena = walk->arena;
	bool first = walk->passage->first;

	fill(box, FIELD_CT_STATE, values_one(arena, first ? STATE_NEW : STATE_ESTABLISHED));
	if (first)
		fill(box, FIELD_CT_DIRECTION, values_one(arena, IP_CT_DIR_ORIGINAL));
	fill(box, FIELD_CT_HELPER, values_one(arena, 0));
	fill_zone(walk, box);
	fill(box, FIELD_CT_STATUS, status_of(walk, box));
	if (first && !values_hold(box->now[FIELD_CT_STATE], STATE_RELATED))
		fill(box, FIELD_CT_MARK, values_one(arena, 0));
}

static void see(const struct walk *walk, struct box *box, uint32_t state)
{
	size_t i;

	assign(walk, box, FIELD_CT_STATE, state);
	for (i = 0; i < sizeof(unseen) / sizeof(*unseen); i++)
		assign(walk, box, unseen[i], field_most(unseen[i]) + 1);
	assign(walk, box, FIELD_CT_HELPER, 0);
}

/**
 * conntrack_hide() - what ct expressions see before connection tracking
 * @walk: the run
 * @box: packets that have entered
 */
void conntrack_hide(const struct walk *walk, struct box *box)
{
	see(walk, box, INVALID);
}

/**
 * conntrack_none() - packets that belong to no connection?
 * @box: packets, of which either all do or none
 *
 * Return: true where ct expressions find none.
 */
bool conntrack_none(const struct box *box)
{
	return box->now[FIELD_CT_DIRECTION] &&
	       values_hold(box->now[FIELD_CT_DIRECTION], field_most(FIELD_CT_DIRECTION) + 1);
}

/* The chain was before connection tracking: a template or no tracking at all. */
static void settle_early(const struct walk *walk, struct piece *piece, const struct box *before)
{
	struct effects *effects = &piece->box.effects;
	bool seen = before->effects.notrack || before->effects.early_helper;

	effects->helper = before->effects.helper;
	if (seen) {
		effects->notrack = before->effects.notrack;
		effects->early_helper = before->effects.early_helper;
	}
	if (effects->notrack)
		see(walk, &piece->box, UNTRACKED);
	else
		see(walk, &piece->box, effects->early_helper ? STATE_NEW : INVALID);
}

static bool attaches(const struct walk *walk, const struct piece *piece)
{
	return walk->passage->first && !piece->looped && !piece->box.effects.early_helper;
}

/**
 * conntrack_settle() - undo what a chain cannot do where it stands
 * @walk: the run
 * @piece: packets behind a chain
 * @before: the same, in front of it
 */
void conntrack_settle(const struct walk *walk, struct piece *piece, const struct box *before)
{
	struct effects *effects = &piece->box.effects;

	if (conntrack_none(before)) {
		settle_early(walk, piece, before);
		return;
	}
	if (effects->notrack && !before->effects.notrack)
		piece->box.now[FIELD_CT_STATE] = before->now[FIELD_CT_STATE];
	piece->box.now[FIELD_CT_ZONE] = before->now[FIELD_CT_ZONE];
	effects->notrack = before->effects.notrack;
	effects->early_helper = before->effects.early_helper;
	if (!attaches(walk, piece))
		effects->helper = before->effects.helper;
}

/* What a packet of the original direction was, and where its connection has it. */
static const struct {
	enum field first;
	enum field packet;
} tuple[] = {
	{ FIELD_CT_SADDR, FIELD_SADDR },
	{ FIELD_CT_DADDR, FIELD_DADDR },
	{ FIELD_CT_SPORT, FIELD_SPORT },
	{ FIELD_CT_DPORT, FIELD_DPORT },
};

static bool is_changed(const struct box *box, enum field field)
{
	return box->changed & 1u << field;
}

/* Rules of another field have asked of the same bytes. */
static void join(const struct walk *walk, struct box *box, enum field first, enum field packet)
{
	box->was[packet] = values_and(walk->arena, box->was[packet], box->was[first]);
	if (!is_changed(box, packet))
		box->now[packet] = box->was[packet];
	box->was[first] = NULL;
	box->now[first] = NULL;
}

static bool comes_first(const struct box *box)
{
	const struct values *direction = box->now[FIELD_CT_DIRECTION];

	return direction && !values_meet_range(direction, 1, field_most(FIELD_CT_DIRECTION));
}

/**
 * conntrack_join() - bring together what rules asked of a packet and of its connection
 * @walk: the run
 * @box: packets behind a chain
 *
 * Return: false where no packet can be both.
 */
bool conntrack_join(const struct walk *walk, struct box *box)
{
	size_t i;

	for (i = 0; i < sizeof(tuple) / sizeof(*tuple); i++) {
		enum field first = tuple[i].first;

		if (!box->was[first] || is_changed(box, first) || walk->passage->box.now[first])
			continue;
		if (comes_first(box))
			join(walk, box, first, tuple[i].packet);
		else if (!box->doubt)
			box->doubt = field_name(first);
		if (values_empty(box->was[tuple[i].packet]))
			return false;
	}
	return true;
}

/* Rules before connection tracking have written into the packet: it sees that. */
static void remember_written(const struct walk *walk, struct box *box)
{
	size_t i;

	for (i = 0; i < sizeof(tuple) / sizeof(*tuple); i++)
		if (is_changed(box, tuple[i].packet) && comes_first(box))
			box_assign(walk->arena, box, tuple[i].first, box->now[tuple[i].packet]);
}

static void restore(struct box *box, enum field field)
{
	box->now[field] = box->was[field];
	box->changed &= ~(1u << field);
}

/*
 * Rules choose the zone for each packet: that of the connection that it belongs to, or
 * another one, where it is the first of a new connection.
 */
static int enter_zone(const struct walk *walk, struct piece *piece, struct pieces *on)
{
	struct piece lost = *piece;

	if (walk->passage->first ||
	    values_same(piece->box.now[FIELD_CT_ZONE], piece->box.was[FIELD_CT_ZONE]))
		return 0;
	if (!piece->box.doubt)
		piece->box.doubt = "which zone its connection is in";
	lost.box.doubt = piece->box.doubt;
	assign(walk, &lost.box, FIELD_CT_STATE, STATE_NEW);
	assign(walk, &lost.box, FIELD_CT_DIRECTION, IP_CT_DIR_ORIGINAL);
	assign(walk, &lost.box, FIELD_CT_MARK, 0);
	return pieces_add(on, &lost);
}

static int enter_tracked(const struct walk *walk, struct piece *piece, struct pieces *on)
{
	struct effects *effects = &piece->box.effects;

	remember_written(walk, &piece->box);
	if (effects->early_helper && walk->passage->first) {
		effects->helper = effects->early_helper;
		conntrack_status(walk, &piece->box, IPS_HELPER);
	}
	return enter_zone(walk, piece, on) ? : pieces_add(on, piece);
}

/**
 * conntrack_enter() - connection tracking sees packets
 * @walk: the run
 * @piece: the packets
 * @on: the same go on here
 *
 * Return: 0 or -ENOMEM.
 */
int conntrack_enter(const struct walk *walk, const struct piece *piece, struct pieces *on)
{
	const uint32_t lost[] = { INVALID, UNTRACKED };
	struct piece rest = *piece, part;
	size_t i;

	if (piece->looped || piece->box.effects.notrack)
		return pieces_add(on, piece);
	restore(&rest.box, FIELD_CT_STATE);
	restore(&rest.box, FIELD_CT_HELPER);
	for (i = 0; i < sizeof(unseen) / sizeof(*unseen); i++)
		restore(&rest.box, unseen[i]);
	for (i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		part = rest;
		if (!box_narrow(walk->arena, &part.box, FIELD_CT_STATE,
				values_one(walk->arena, lost[i]), &rest.box))
			continue;
		see(walk, &part.box, lost[i]);
		part.box.effects.notrack = lost[i] == UNTRACKED;
		if (pieces_add(on, &part))
			return -ENOMEM;
	}
	return values_empty(rest.box.now[FIELD_CT_STATE]) ? 0 : enter_tracked(walk, &rest, on);
}

/**
 * conntrack_status() - set bits in the status of a connection
 * @walk: the run
 * @box: its packets
 * @bits: IPS_*
 *
 * A status that is not one of few is left as it is: it was not known before.
 */
void conntrack_status(const struct walk *walk, struct box *box, uint32_t bits)
{
	const struct values *values = box->now[FIELD_CT_STATUS];
	struct interval set[4];
	size_t i;

	if (!values || values->count > 4)
		return;
	for (i = 0; i < values->count; i++) {
		if (values->interval[i].low != values->interval[i].high)
			return;
		set[i].low = values->interval[i].low | bits;
		set[i].high = set[i].low;
	}
	box_assign(walk->arena, box, FIELD_CT_STATUS,
		   values_list(walk->arena, set, values->count));
}

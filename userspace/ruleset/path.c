// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of packets through one machine.
 *
 *	PREROUTING -> its own address? -> INPUT
 *	                               -> FORWARD -> POSTROUTING
 *	OUTPUT -> POSTROUTING -> its own address? -> PREROUTING -> INPUT, all by lo
 *
 * An accept in one chain goes on with the next, anything else ends the way.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "ruleset/path_private.h"

/* Values of FIELD_TTL, @by more; those that there are not any more are left out. */
static const struct values *aged(const struct walk *walk, const struct values *ttl, int by)
{
	const struct values *all = values_range(walk->arena, 1, 0);
	__uint128_t most = field_most(FIELD_TTL);
	size_t i;

	for (i = 0; ttl && i < ttl->count; i++) {
		struct interval some = ttl->interval[i];

		if (by < 0) {
			some.low = some.low ? some.low - 1 : 0;
			some.high = some.high ? some.high - 1 : 0;
		} else {
			some.low++;
			some.high = some.high < most ? some.high + 1 : most;
		}
		all = values_or(walk->arena, all, values_range(walk->arena, some.low, some.high));
	}
	return ttl ? all : NULL;
}

/* As it was when it came, again. */
static struct box as_asked(const struct walk *walk, const struct piece *piece)
{
	struct box box = piece->box;

	if (piece->aged)
		box.was[FIELD_TTL] = aged(walk, box.was[FIELD_TTL], 1);
	return box;
}

static int arrive(struct walk *walk, const struct piece *piece)
{
	const struct fate fate = {
		.box = as_asked(walk, piece),
		.verdict = VERDICT_ACCEPT,
		.rule = piece->rule,
		.chain = piece->chain,
		.hook = piece->hook,
	};

	return fates_add(walk->fates, &fate);
}

static int stop(struct walk *walk, const struct ending *ending, const struct piece *piece)
{
	const struct fate fate = {
		.box = as_asked(walk, piece),
		.verdict = ending->verdict,
		.rule = ending->rule,
		.chain = ending->chain,
		.hook = piece->hook,
	};

	return fates_add(walk->fates, &fate);
}

/* The rule to name is the last that filters; a policy only where no rule accepted. */
static void remember(struct piece *piece, const struct chain *base, const struct ending *ending)
{
	bool filters = !strcmp(base->type, "filter");

	if (ending->rule ? filters || !piece->rule : !piece->rule) {
		piece->rule = ending->rule;
		piece->chain = ending->chain;
	}
}

/**
 * walk_chain() - packets meet a base chain
 * @walk: the run
 * @chain: the chain
 * @piece: the packets
 * @on: those that it lets go on
 *
 * Return: 0, or a negative errno.
 */
int walk_chain(struct walk *walk, const struct chain *chain, const struct piece *piece,
	       struct pieces *on)
{
	struct evaluation *run = &walk->evaluation;
	struct piece next;
	size_t i;
	int err;

	run->count = 0;
	err = chain_run(run, chain, &piece->box);
	for (i = 0; i < run->count && !err; i++) {
		const struct ending *ending = &run->endings[i];

		next = *piece;
		next.box = ending->box;
		conntrack_settle(walk, &next, &piece->box);
		if (!conntrack_join(walk, &next.box))
			continue;
		if (ending->verdict != VERDICT_ACCEPT) {
			err = stop(walk, ending, &next);
			continue;
		}
		remember(&next, chain, ending);
		err = pieces_add(on, &next);
	}
	return err;
}

static const struct values *devices_of(struct walk *walk, const struct chain *chain)
{
	const struct values *all = values_range(walk->arena, 1, 0);
	size_t i, d;

	for (d = 0; chain->devices[d]; d++)
		for (i = 0; i < walk->ruleset->interface_count; i++)
			if (!strcmp(walk->ruleset->interfaces[i], chain->devices[d]))
				all = values_or(walk->arena, all, values_one(walk->arena, i + 1));
	return all;
}

/* A chain at ingress or egress sees what comes or leaves by its own devices. */
static int meet_chain(struct walk *walk, const struct chain *chain, unsigned int hook,
		      const struct piece *piece, struct pieces *on)
{
	enum field field = hook == HOOK_EGRESS ? FIELD_OIF : FIELD_IIF;
	struct piece seen = *piece, unseen = *piece;
	int err = 0;

	if (!chain->devices)
		return walk_chain(walk, chain, piece, on);
	if (box_narrow(walk->arena, &seen.box, field, devices_of(walk, chain), &unseen.box))
		err = walk_chain(walk, chain, &seen, on);
	if (err || values_empty(unseen.box.now[field]))
		return err;
	return pieces_add(on, &unseen);
}

static int meet(struct walk *walk, const struct item *item, unsigned int hook,
		const struct piece *piece, struct pieces *on)
{
	switch (item->kind) {
	case ITEM_CHAIN:
		return meet_chain(walk, item->chain, hook, piece, on);
	case ITEM_CONNTRACK:
		return conntrack_enter(walk, piece, on);
	case ITEM_NAT:
		return nat_enter(walk, hook, piece, on);
	}
	return 0;
}

/* All that there is at a hook; @pieces is replaced by what goes on. */
static int pass_hook(struct walk *walk, unsigned int hook, struct pieces *pieces)
{
	const struct items *items = &walk->hooks.at[hook];
	struct pieces next;
	size_t i, j;
	int err = 0;

	for (j = 0; j < pieces->count && hook < NF_INET_NUMHOOKS; j++)
		pieces->piece[j].hook = hook;
	for (i = 0; i < items->count && !err; i++) {
		next = (struct pieces) { 0 };
		for (j = 0; j < pieces->count && !err; j++)
			err = meet(walk, &items->item[i], hook, &pieces->piece[j], &next);
		pieces_free(pieces);
		*pieces = next;
	}
	return err;
}

static int arrive_all(struct walk *walk, struct pieces *pieces)
{
	size_t i;
	int err = 0;

	for (i = 0; i < pieces->count && !err; i++)
		err = arrive(walk, &pieces->piece[i]);
	pieces_free(pieces);
	return err;
}

static void know(struct walk *walk, struct box *box, enum field field, __uint128_t value)
{
	box->now[field] = values_one(walk->arena, value);
	box->was[field] = box->now[field];
	box->changed &= ~(1u << field);
}

static void set(struct walk *walk, struct piece *piece, enum field field, __uint128_t value)
{
	box_assign(walk->arena, &piece->box, field, values_one(walk->arena, value));
}

/* Part packets by whether they are for this machine, as they are addressed now. */
static int part(struct walk *walk, struct pieces *pieces, struct pieces *own,
		struct pieces *others)
{
	const struct values *elsewhere = values_one(walk->arena, RTN_UNICAST);
	struct piece piece, rest;
	size_t i;
	int err = 0;

	for (i = 0; i < pieces->count && !err; i++) {
		piece = pieces->piece[i];
		if (box_narrow(walk->arena, &piece.box, FIELD_DADDR_TYPE, elsewhere, &rest.box))
			err = pieces_add(others, &piece);
		piece.box = rest.box;
		if (!err && !values_empty(piece.box.now[FIELD_DADDR_TYPE]))
			err = pieces_add(own, &piece);
	}
	pieces_free(pieces);
	return err;
}

static int enter_input(struct walk *walk, struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < pieces->count; i++)
		set(walk, &pieces->piece[i], FIELD_OIF, 0);
	return pass_hook(walk, NF_INET_LOCAL_IN, pieces) ? : arrive_all(walk, pieces);
}

static int enter_forward(struct walk *walk, struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < pieces->count; i++) {
		struct box *box = &pieces->piece[i].box;

		box->now[FIELD_OIF] = box->was[FIELD_OIF];
		box->changed &= ~(1u << FIELD_OIF);
		/* ip_forward() and ip6_forward() count down before the hook. */
		box->now[FIELD_TTL] = aged(walk, box->now[FIELD_TTL], -1);
		if (!(box->changed & 1u << FIELD_TTL)) {
			box->was[FIELD_TTL] = aged(walk, box->was[FIELD_TTL], -1);
			pieces->piece[i].aged = true;
		}
	}
	return pass_hook(walk, NF_INET_FORWARD, pieces) ? :
	       pass_hook(walk, NF_INET_POST_ROUTING, pieces) ? :
	       pass_hook(walk, HOOK_EGRESS, pieces) ? :
	       arrive_all(walk, pieces);
}

static int enter_prerouting(struct walk *walk, struct pieces *pieces)
{
	struct pieces own = { 0 }, others = { 0 };
	size_t i;
	int err = 0;

	for (i = 0; i < pieces->count; i++) {
		set(walk, &pieces->piece[i], FIELD_OIF, 0);
		if (!pieces->piece[i].looped)
			conntrack_hide(walk, &pieces->piece[i].box);
	}
	if (!walk->passage->made_here)
		err = pass_hook(walk, HOOK_INGRESS, pieces);
	err = err ? : pass_hook(walk, NF_INET_PRE_ROUTING, pieces);
	err = err ? : part(walk, pieces, &own, &others);
	err = err ? : enter_input(walk, &own);
	err = err ? : enter_forward(walk, &others);
	pieces_free(&own);
	pieces_free(&others);
	return err;
}

/* Out by lo and in again: connection tracking knows the packet by now. */
static int loop(struct walk *walk, struct pieces *pieces)
{
	size_t i;
	int err;

	for (i = 0; i < pieces->count; i++)
		set(walk, &pieces->piece[i], FIELD_OIF, walk->world->lo);
	err = pass_hook(walk, NF_INET_POST_ROUTING, pieces);
	for (i = 0; i < pieces->count && !err; i++) {
		pieces->piece[i].looped = true;
		set(walk, &pieces->piece[i], FIELD_IIF, walk->world->lo);
		if (!conntrack_none(&pieces->piece[i].box))
			conntrack_status(walk, &pieces->piece[i].box, IPS_CONFIRMED);
	}
	return err ? : enter_prerouting(walk, pieces);
}

/* Any interface but lo: who comes by that comes from here. */
static const struct values *real_interfaces(struct walk *walk)
{
	const struct values *all;

	if (walk->interfaces)
		return walk->interfaces;
	all = values_range(walk->arena, 1, field_most(FIELD_IIF));
	if (walk->world->lo)
		all = values_minus(walk->arena, all, values_one(walk->arena, walk->world->lo));
	walk->interfaces = all;
	return all;
}

/* What would have stayed here until OUTPUT translated it: ip_route_me_harder(). */
static void leave_again(struct walk *walk, struct piece *piece)
{
	const struct values *asked = walk->passage->box.now[FIELD_OIF];
	const struct values *now = piece->box.now[FIELD_OIF];

	if (values_same(now, values_one(walk->arena, walk->world->lo)))
		box_assign(walk->arena, &piece->box, FIELD_OIF,
			   asked ? asked : real_interfaces(walk));
	else if (piece->box.changed & 1u << FIELD_DADDR)
		box_assign(walk->arena, &piece->box, FIELD_OIF, real_interfaces(walk));
}

static int leave(struct walk *walk, struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < pieces->count; i++)
		leave_again(walk, &pieces->piece[i]);
	return pass_hook(walk, NF_INET_POST_ROUTING, pieces) ? :
	       pass_hook(walk, HOOK_EGRESS, pieces) ? :
	       arrive_all(walk, pieces);
}

/* An own address is reached by lo, whatever the question says. */
static void route_out(struct walk *walk, struct pieces *own)
{
	size_t i;

	for (i = 0; i < own->count; i++)
		know(walk, &own->piece[i].box, FIELD_OIF, walk->world->lo);
}

static int enter_output(struct walk *walk, struct pieces *pieces)
{
	struct pieces own = { 0 }, others = { 0 };
	size_t i;
	int err;

	for (i = 0; i < pieces->count; i++)
		conntrack_hide(walk, &pieces->piece[i].box);
	err = part(walk, pieces, &own, &others);
	route_out(walk, &own);
	for (i = 0; i < others.count && !err; i++)
		err = pieces_add(&own, &others.piece[i]);
	pieces_free(&others);
	err = err ? : pass_hook(walk, NF_INET_LOCAL_OUT, &own);
	err = err ? : part(walk, &own, pieces, &others);
	err = err ? : loop(walk, pieces);
	err = err ? : leave(walk, &others);
	pieces_free(&own);
	pieces_free(&others);
	return err;
}

static void fill(struct box *box, enum field field, const struct values *values)
{
	if (!box->now[field])
		box->now[field] = values;
}

static void fill_interfaces(struct walk *walk, struct box *box)
{
	if (walk->passage->made_here)
		box->now[FIELD_IIF] = values_one(walk->arena, 0);
	else
		fill(box, FIELD_IIF, real_interfaces(walk));
	fill(box, FIELD_OIF, real_interfaces(walk));
}

/* The packets as asked for, with all that follows from the question. */
static void fill_box(struct walk *walk, struct box *box)
{
	*box = walk->passage->box;
	box->changed = 0;
	box->doubt = NULL;
	memset(&box->effects, 0, sizeof(box->effects));
	if (walk->passage->version == VERSION_4) {
		fill(box, FIELD_SADDR, values_range(walk->arena, 0, 0xffffffff));
		fill(box, FIELD_DADDR, values_range(walk->arena, 0, 0xffffffff));
	}
	fill_interfaces(walk, box);
	memcpy(box->was, box->now, sizeof(box->was));
	conntrack_fill(walk, box);
}

static int start(struct walk *walk)
{
	struct pieces typed = { 0 }, pieces = { 0 };
	struct piece piece = { .hook = walk->passage->made_here ? NF_INET_LOCAL_OUT :
				       NF_INET_PRE_ROUTING };
	size_t i;
	int err;

	fill_box(walk, &piece.box);
	err = types_split(walk, FIELD_DADDR, &piece, &typed);
	for (i = 0; i < typed.count && !err; i++)
		err = types_split(walk, FIELD_SADDR, &typed.piece[i], &pieces);
	pieces_free(&typed);
	if (!err && walk->passage->made_here)
		err = enter_output(walk, &pieces);
	else if (!err)
		err = enter_prerouting(walk, &pieces);
	pieces_free(&pieces);
	return err;
}

/* All of it may have either end. */
static int give_up(struct walk *walk)
{
	struct fate fate = { .verdict = VERDICT_ACCEPT };

	fill_box(walk, &fate.box);
	fate.box.doubt = "more cases than can be followed";
	walk->fates->count = 0;
	if (fates_add(walk->fates, &fate))
		return -ENOMEM;
	fate.verdict = VERDICT_DROP;
	return fates_add(walk->fates, &fate);
}

/**
 * path_run() - what becomes of packets at one machine
 * @ruleset: of the machine
 * @world: the machine
 * @arena: where boxes live
 * @passage: the packets
 * @watcher: told of each rule that they meet; or NULL
 * @fates: to fill; fates_free() it whatever is returned
 *
 * Return: 0; -ENOMEM.  Where there are more cases than can be followed, all
 * packets are accepted and dropped, in doubt.
 */
int path_run(const struct ruleset *ruleset, const struct world *world, struct arena *arena,
	     const struct passage *passage, const struct watcher *watcher, struct fates *fates)
{
	struct walk walk = {
		.ruleset = ruleset,
		.world = world,
		.arena = arena,
		.passage = passage,
		.fates = fates,
		.evaluation = { .arena = arena, .version = passage->version },
	};
	int err;

	memset(fates, 0, sizeof(*fates));
	if (watcher) {
		walk.evaluation.met = watcher->met;
		walk.evaluation.met_data = watcher->data;
	}
	err = hooks_collect(&walk.hooks, ruleset, passage->version) ? : start(&walk);
	if (err == -E2BIG || (!err && arena_full(arena)))
		err = give_up(&walk);
	evaluation_free(&walk.evaluation);
	hooks_free(&walk.hooks);
	return err;
}

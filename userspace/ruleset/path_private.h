/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of path_run() share.
 */
#ifndef RULESET_PATH_PRIVATE_H
#define RULESET_PATH_PRIVATE_H

#include <errno.h>

#include "ruleset/path.h"

/* Behind ruleset.h, which sees to the names of netinet/in.h. */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>

/* Beside enum nf_inet_hooks: what a device runs before and after all of those. */
enum {
	HOOK_INGRESS = NF_INET_NUMHOOKS,
	HOOK_EGRESS,
	HOOK_COUNT
};

enum item_kind {
	ITEM_CHAIN,
	ITEM_CONNTRACK,
	ITEM_NAT,
};

/**
 * struct item - something that packets meet at a hook
 * @kind: what
 * @priority: lower is earlier
 * @order: of registration; of one priority, what registered last comes first:
 *	nf_hook_entries_grow() of the kernel's core.c
 * @chain: ITEM_CHAIN: which
 */
struct item {
	enum item_kind kind;
	int priority;
	size_t order;
	const struct chain *chain;
};

/**
 * struct items - what packets meet at one hook, in this order
 * @item: them
 * @count: entries in use
 * @room: entries there is memory for
 */
struct items {
	struct item *item;
	size_t count;
	size_t room;
};

/**
 * struct hooks - all hooks for one version of IP
 * @at: what there is at each hook
 * @nat: the nat chains of each hook; ITEM_NAT of it stands for all of them
 */
struct hooks {
	struct items at[HOOK_COUNT];
	struct items nat[HOOK_COUNT];
};

/**
 * struct piece - packets on their way
 * @box: they
 * @rule: that accepted them last
 * @chain: where that was, or whose policy accepted them
 * @hook: the hook reached last
 * @looped: they went out by the loopback interface and came in again
 * @aged: they were forwarded: what FIELD_TTL was is one less than it was, too, so
 *	that rules can still tell which packets they mean
 */
struct piece {
	struct box box;
	const struct rule *rule;
	const struct chain *chain;
	unsigned int hook;
	bool looped;
	bool aged;
};

struct pieces {
	struct piece *piece;
	size_t count;
	size_t room;
};

/**
 * struct walk - one run of path_run()
 * @ruleset: as given
 * @world: as given
 * @arena: as given
 * @passage: as given
 * @fates: as given
 * @hooks: of the ruleset, for the passage's version
 * @evaluation: used for every chain
 * @interfaces: any but the loopback interface, once somebody has asked
 */
struct walk {
	const struct ruleset *ruleset;
	const struct world *world;
	struct arena *arena;
	const struct passage *passage;
	struct fates *fates;
	struct hooks hooks;
	struct evaluation evaluation;
	const struct values *interfaces;
};

int hooks_collect(struct hooks *hooks, const struct ruleset *ruleset,
		  enum protocol_version version);
void hooks_free(struct hooks *hooks);

int pieces_add(struct pieces *pieces, const struct piece *piece);
void pieces_free(struct pieces *pieces);
int fates_add(struct fates *fates, const struct fate *fate);

int walk_chain(struct walk *walk, const struct chain *chain, const struct piece *piece,
	       struct pieces *on);

void conntrack_fill(const struct walk *walk, struct box *box);
void conntrack_hide(const struct walk *walk, struct box *box);
void conntrack_settle(const struct walk *walk, struct piece *piece, const struct box *before);
bool conntrack_join(const struct walk *walk, struct box *box);
int conntrack_enter(const struct walk *walk, const struct piece *piece, struct pieces *on);
bool conntrack_none(const struct box *box);
void conntrack_status(const struct walk *walk, struct box *box, uint32_t bits);

int nat_enter(struct walk *walk, unsigned int hook, const struct piece *piece,
	      struct pieces *on);

const struct values *world_addresses(const struct walk *walk, const struct values *interfaces);
const struct values *world_locals(const struct walk *walk);
int types_split(const struct walk *walk, enum field field, const struct piece *piece,
		struct pieces *on);
void types_renew(const struct walk *walk, struct box *box, enum field field);

#endif /* RULESET_PATH_PRIVATE_H */

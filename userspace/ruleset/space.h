/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of packets: a box says for each field which values it may have, and a
 * list of boxes says which packets.
 *
 * A value is a number of up to 128 bits whatever the field, so that one piece
 * of code serves addresses, ports and states.  What a packet carries in network
 * byte order is the number that those bytes spell.
 */
#ifndef RULESET_SPACE_H
#define RULESET_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What rules can ask of a packet; a row of the table in space.c for each. */
enum field {
	FIELD_SADDR,
	FIELD_DADDR,
	FIELD_PROTOCOL,		/* meta l4proto */
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_TCP_FLAGS,	/* one byte, as in the header */
	FIELD_ICMP,		/* type and code, 16 bits */
	FIELD_IIF,		/* number of the interface in struct world; 0: none */
	FIELD_OIF,
	/*
	 * Where a packet belongs to no connection, the state is a bit all the
	 * same (invalid or untracked); direction, status and mark have a value
	 * beyond field_most(), which neither a value nor its opposite matches,
	 * as nft_ct.c breaks there.
	 */
	FIELD_CT_STATE,		/* NF_CT_STATE_BIT() of one state */
	FIELD_CT_DIRECTION,	/* 0 original, 1 reply */
	FIELD_CT_STATUS,	/* IPS_*, 32 bits */
	/*
	 * Of the connection that announced this one: its number in the ruleset;
	 * 0: none, which nft's "ct helper != x" does not match (nft_ct.c breaks)
	 * and "! --helper x" does (xt_helper.c).
	 */
	FIELD_CT_HELPER,
	FIELD_CT_MARK,
	FIELD_CT_ZONE,
	/*
	 * The first packet of the connection, as connection tracking saw it.  In a packet of
	 * that direction it is the packet itself as it came: NULL says no more than that, and
	 * conntrack_join() brings together what rules have asked of both.
	 */
	FIELD_CT_SADDR,
	FIELD_CT_DADDR,
	FIELD_CT_SPORT,
	FIELD_CT_DPORT,
	FIELD_MARK,
	FIELD_LENGTH,		/* of the network packet, 16 bits */
	FIELD_TTL,
	FIELD_TOS,		/* the byte; traffic class */
	FIELD_FRAGMENT,		/* 16 bits of flags and offset */
	FIELD_PKTTYPE,
	FIELD_MASKED,		/* of a mark, the bits that a rule looks up */
	FIELD_SADDR_TYPE,	/* RTN_*: what fib and addrtype say of the source */
	FIELD_DADDR_TYPE,
	FIELD_COUNT
};

/**
 * struct interval - values, both ends included
 * @low: first
 * @high: last
 */
struct interval {
	__uint128_t low;
	__uint128_t high;
};

/**
 * struct values - the values that a field may have
 * @count: entries of @interval: sorted, apart from each other by one at least
 *
 * Never changed once made; belongs to the arena it was made in.
 */
struct values {
	size_t count;
	struct interval interval[];
};

struct nat_step;

/**
 * struct effects - what rules have done to a connection on the way
 * @dnat: the rule of PREROUTING or OUTPUT that translates, or NULL
 * @snat: of POSTROUTING or INPUT
 * @address: what a map gave to @dnat
 * @port: likewise
 * @helper: name of the helper that a STEP_HELPER has attached, or NULL
 * @early_helper: that one with @early has asked for, or NULL
 * @notrack: the connection is not tracked
 */
struct effects {
	const struct nat_step *dnat;
	const struct nat_step *snat;
	__uint128_t address;
	uint16_t port;
	const char *helper;
	const char *early_helper;
	bool notrack;
};

/**
 * struct box - packets: every combination of the values of its fields
 * @now: of each field, as the packet is; NULL: any
 * @was: as it was when the question was asked: what rules changed is in @now
 *	only
 * @changed: bit n: a rule or a translation has set field n
 * @doubt: what could not be evaluated on the way here, or NULL
 * @effects: what else happened
 */
struct box {
	const struct values *now[FIELD_COUNT];
	const struct values *was[FIELD_COUNT];
	uint32_t changed;
	const char *doubt;
	struct effects effects;
};

/**
 * struct boxes - some packets, as boxes that do not overlap in what they were
 * @box: the boxes
 * @count: entries in use
 * @room: entries there is memory for
 */
struct boxes {
	struct box *box;
	size_t count;
	size_t room;
};

/*
 * Memory that is given back as a whole.  Allocation beyond the limit returns NULL,
 * and as NULL also means "any value" where values are expected, arena_full() tells
 * afterwards whether that has happened: what was computed with it then is worthless.
 */
#define ARENA_SHELF	1280

struct arena;
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);
void *arena_take(struct arena *arena, size_t bytes);
void arena_give_back(struct arena *arena, void *last, size_t from, size_t to);
const void **arena_shelf(struct arena *arena, size_t at);
bool arena_full(const struct arena *arena);
size_t arena_used(const struct arena *arena);

const char *field_name(enum field field);
unsigned int field_bits(enum field field, int family);
__uint128_t field_most(enum field field);
const struct values *field_any(enum field field);

const struct values *values_one(struct arena *arena, __uint128_t value);
const struct values *values_range(struct arena *arena, __uint128_t low, __uint128_t high);
const struct values *values_list(struct arena *arena, const struct interval *list, size_t count);
const struct values *values_and(struct arena *arena, const struct values *a,
				const struct values *b);
const struct values *values_or(struct arena *arena, const struct values *a,
			       const struct values *b);
const struct values *values_minus(struct arena *arena, const struct values *a,
				const struct values *b);
const struct values *values_not(struct arena *arena, const struct values *a, __uint128_t most);
bool values_empty(const struct values *values);
bool values_hold(const struct values *values, __uint128_t value);
bool values_meet(const struct values *a, const struct values *b);
bool values_cover(const struct values *a, const struct values *b);
bool values_meet_range(const struct values *values, __uint128_t low, __uint128_t high);
bool values_cover_range(const struct values *values, __uint128_t low, __uint128_t high);
bool values_same(const struct values *a, const struct values *b);
bool values_count(const struct values *values, size_t most, size_t *count);

int boxes_add(struct boxes *boxes, const struct box *box);
void boxes_join(struct arena *arena, struct boxes *boxes);
void boxes_free(struct boxes *boxes);

bool box_narrow(struct arena *arena, struct box *box, enum field field,
		const struct values *values, struct box *rest);
void box_assign(struct arena *arena, struct box *box, enum field field,
		const struct values *values);
bool box_empty(const struct box *box);
bool boxes_overlap(struct arena *arena, const struct box *a, const struct box *b);
int boxes_subtract(struct arena *arena, struct boxes *from, const struct box *what);
void box_example(const struct box *box, __uint128_t example[FIELD_COUNT]);

#endif /* RULESET_SPACE_H */

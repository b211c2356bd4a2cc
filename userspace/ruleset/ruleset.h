/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset as the kernel runs it, as steps over sets of packets.
 *
 * A rule of a family that both protocols share is translated once for each:
 * the same offset of a header holds other fields in IPv4 and in IPv6.
 */
#ifndef RULESET_RULESET_H
#define RULESET_RULESET_H

/* Before linux/netfilter.h, which brings the same names where they are not there yet. */
#include <netinet/in.h>
#include <linux/netfilter.h>

#include "ruleset/space.h"

/* Fields that one key of a set may join: NFT_REG32_COUNT words. */
#define KEY_FIELDS	8

/* struct rule_code of a rule: for IPv4 packets and for IPv6 packets. */
enum protocol_version {
	VERSION_4,
	VERSION_6,
	VERSION_COUNT
};

enum step_kind {
	STEP_MATCH,	/* @field has one of @values */
	STEP_MASKED,	/* (@field & @mask) has one of @values */
	STEP_EITHER,	/* @field or @keys[0] has one of @values: -m multiport --ports */
	STEP_LOOKUP,	/* @keys are in @set, or are not where @inverted */
	STEP_DOUBT,	/* may match or not: what @name says cannot be evaluated */
	STEP_NEVER,	/* does not match */
	/*
	 * @field = (@field & @keep) ^ (@from & @mask) ^ (@from_lookup ? what it found : @value);
	 * or @name says what decides the value, which then is any, in doubt
	 */
	STEP_ASSIGN,
	STEP_VERDICT,	/* @verdict, to @chain */
	STEP_CHOOSE,	/* the verdict that the last lookup found */
	STEP_NAT,	/* @nat */
	STEP_HELPER,	/* attaches @helper to the connection; @early: asks for it */
	STEP_NOTRACK,
	STEP_FILL,	/* adds @keys to @set while packets pass: @set is in doubt */
};

enum verdict {
	VERDICT_CONTINUE,
	VERDICT_ACCEPT,
	VERDICT_DROP,
	VERDICT_REJECT,
	VERDICT_QUEUE,		/* a program decides */
	VERDICT_STOLEN,		/* taken off the way, as by fwd and synproxy */
	VERDICT_JUMP,
	VERDICT_GOTO,
	VERDICT_RETURN,
};

enum nat_kind {
	NAT_SNAT,
	NAT_DNAT,
	NAT_MASQUERADE,
	NAT_REDIRECT,
	NAT_NETMAP,
};

/**
 * struct nat_step - how a connection is translated
 * @kind: which
 * @from_lookup: the address (and port) is what the last lookup found
 * @address: first and last new address; both 0: as it is
 * @port: first and last new port; both 0: as it is
 * @random: ports are taken at random
 */
struct nat_step {
	enum nat_kind kind;
	bool from_lookup;
	struct interval address;
	struct interval port;
	bool random;
};

struct chain;
struct set;
struct rule_index;

/**
 * struct step - one thing that a rule asks or does
 * @kind: which; it tells which of the others count
 * @early: STEP_HELPER of the target CT, which works before connection tracking
 *	has seen the packet and not after; an object of nft is the other way round
 *
 * @values and what @name points at belong to the ruleset's arena.
 */
struct step {
	enum step_kind kind;
	bool inverted;
	bool early;
	bool from_lookup;
	bool or_none;		/* STEP_MASKED: or the packet belongs to no connection */
	enum field field;
	enum field from;	/* often @field itself: what both marks have in common */
	union {
		struct {
			__uint128_t mask;
			__uint128_t keep;	/* 0 unless @from is another field */
			__uint128_t value;
			enum field keys[KEY_FIELDS];
			size_t key_count;
			enum verdict verdict;
		};
		struct nat_step nat;	/* STEP_NAT: a union, since large rulesets are mostly steps */
	};
	const struct values *values;
	const struct set *set;
	struct chain *chain;
	const char *name;
	const char *helper;
};

/**
 * struct rule - one rule
 * @chain: where it stands
 * @handle: the kernel's number of it
 * @path: of the file that it came from; NULL: none
 * @line: in that file, counted from 1; 0: none
 * @text: as the file has it, or as its own tool prints it: on one line, without
 *	indentation
 * @steps: for each version of IP; a rule that cannot match one has STEP_NEVER
 * @step_count: entries of each
 */
struct rule {
	const struct chain *chain;
	uint64_t handle;
	const char *path;
	unsigned int line;
	const char *text;
	struct step *steps[VERSION_COUNT];
	size_t step_count[VERSION_COUNT];
};

/**
 * struct chain_index - the rules of a chain by what they ask for: evaluate_index.c
 * @arena: of the ruleset
 * @made: for this version of IP it was tried
 * @of: and this came of it; NULL: nothing
 *
 * It is made when the first packets come to the chain, and so is changed behind a
 * ruleset that does not change.
 */
struct chain_index {
	struct arena *arena;
	bool made[VERSION_COUNT];
	const struct rule_index *of[VERSION_COUNT];
};

/**
 * struct chain - one chain
 * @hooked: a base chain, which the next four say more of
 * @type: "filter", "nat", "route"
 * @hook: enum nf_inet_hooks
 * @priority: lower is earlier
 * @policy: VERDICT_ACCEPT or VERDICT_DROP
 * @devices: of a chain at ingress or egress: the names of the interfaces that it
 *	is on, with a NULL behind; NULL: on every one
 * @index: of the rules, if there are many; or NULL
 */
struct chain {
	const struct table *table;
	const char *name;
	bool hooked;
	const char *type;
	unsigned int hook;
	int priority;
	enum verdict policy;
	const char *const *devices;
	struct rule *rules;
	size_t count;
	struct chain_index *index;
};

/**
 * struct mapped - what a map holds for a key
 * @data: the number that its bytes spell, address before port
 * @chain: where the verdict of a verdict map jumps to
 * @verdict: of a verdict map
 * @data_port: where the data is an address and a port: the port
 */
struct mapped {
	__uint128_t data;
	struct chain *chain;
	enum verdict verdict;
	uint16_t data_port;
};

/**
 * struct element - one element of a set or map
 * @key: of each field of the set's key, the values
 * @mapped: what it holds, which elements may share; never NULL
 *
 * A set may have a million: nothing is in here that most have no use for.
 */
struct element {
	struct interval *key;
	const struct mapped *mapped;
};

/**
 * struct set - a set or map
 * @doubt: rules add to it while packets pass, or its elements expire; or NULL
 * @key_count: fields of a key
 * @elements: sorted by the first field
 * @values: of a set of one field that is no map: all that is in it; or NULL
 * @reach: of each element, the highest value of the first field up to it, so that a
 *	value is found by binary search; NULL: that is the element's own (set_index())
 */
struct set {
	const struct table *table;
	const char *name;
	const char *doubt;
	size_t key_count;
	bool is_map;
	struct element *elements;
	const struct values *values;
	const __uint128_t *reach;
	size_t count;
};

/**
 * struct table - one table
 * @family: NFPROTO_*
 * @dormant: loaded, and without effect
 */
struct table {
	const char *name;
	int family;
	bool dormant;
	struct chain *chains;
	size_t chain_count;
	struct set *sets;
	size_t set_count;
};

/**
 * struct ruleset - all tables of a network namespace
 * @arena: where everything lies
 * @interfaces: names that rules mention or the world has; FIELD_IIF n is
 *	interfaces[n - 1]
 * @helpers: likewise of helpers
 */
struct ruleset {
	struct arena *arena;
	struct table *tables;
	size_t count;
	const char **interfaces;
	size_t interface_count;
	const char **helpers;
	size_t helper_count;
};

int set_index(struct arena *arena, struct set *set);
int chain_index(struct arena *arena, struct chain *chain);

#endif /* RULESET_RULESET_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that one machine needs, before any firewall's language.
 *
 * Rules that differ in nothing but the addresses are one rule with a set of
 * pairs of addresses: however many clients there are, a packet meets as many
 * rules as there are kinds of flows.
 */
#ifndef EMIT_PLAN_H
#define EMIT_PLAN_H

#include "flow/flow.h"

/* Where a packet meets a rule, in the order in which it does. */
enum place {
	PLACE_TRACK_IN,		/* packets that came in, before translation */
	PLACE_TRACK_OUT,	/* packets made here, before translation */
	PLACE_DSTNAT,
	PLACE_INPUT,
	PLACE_FORWARD,
	PLACE_OUTPUT,
	PLACE_SRCNAT,
	PLACE_COUNT
};

/* In one place the rules come in this order. */
enum action {
	ACT_HELPER,		/* attach the helper */
	ACT_TIMEOUT,		/* give the flow hours */
	ACT_TRANSLATE,		/* to another address */
	ACT_ACCEPT,		/* the flow */
	ACT_REPLY,		/* what answers it */
	ACT_REFUSE,		/* a stream that nothing above let through: reset it */
	ACT_GUARD,		/* everybody else's packets to Amanda's ports */
	ACT_COUNT
};

/* Operations that one rule may be said to serve. */
#define NEEDS_MOST	24
/* What nft keeps of a comment, with the NUL: NFTNL_UDATA_COMMENT_MAXLEN. */
#define COMMENT_MAX	128

/**
 * struct pair - the two addresses of a packet as its rule meets it
 * @source: where it comes from; of no family where anybody may send it
 * @destination: where it goes to; of no family where that does not matter
 * @initiator: of the flows that need it
 * @responder: likewise
 * @in: the interface that the packet comes in by, or NULL: not known, or made here
 * @out: the interface that it leaves by, or NULL
 */
struct pair {
	struct address source;
	struct address destination;
	const struct host *initiator;
	const struct host *responder;
	const char *in;
	const char *out;
};

/**
 * struct pair_set - the pairs that one or several rules match
 * @pairs: in the order of the site file
 * @count: entries of @pairs
 * @room: entries there is memory for
 * @number: counts from 1 those sets of a plan that have several pairs; or 0
 */
struct pair_set {
	struct pair *pairs;
	size_t count;
	size_t room;
	unsigned int number;
};

/**
 * struct need - an operation that needs a rule
 * @operation: which
 * @tags: for these of its streams
 */
struct need {
	const struct operation *operation;
	const char *tags[OPERATION_STREAMS + 1];
};

/**
 * struct rule - one rule
 * @place: where
 * @action: what it does
 * @family: AF_INET, AF_INET6; AF_UNSPEC where it matches no address
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @by_helper: matches connections that the helper expected, and only those
 * @reversed: the packets go from the destinations of the pairs to the sources
 * @set: index of the pairs in the plan's sets; those of a rule without
 *	addresses are empty
 * @sport: ports that the packets come from; 0-0 matches all
 * @dport: ports that they go to; 0-0 matches all
 * @to: ACT_TRANSLATE: the new address
 * @ports: ACT_TRANSLATE: the new port, or the range to stay in; 0-0: as it is
 * @from: the role of the initiator; 0 where the rule serves no one flow
 * @needs: the operations that need it
 * @need_count: entries of @needs
 */
struct rule {
	enum place place;
	enum action action;
	sa_family_t family;
	int protocol;
	bool by_helper;
	bool reversed;
	size_t set;
	struct range sport;
	struct range dport;
	struct address to;
	struct range ports;
	enum role from;
	struct need needs[NEEDS_MOST];
	size_t need_count;
};

enum policy {
	POLICY_USUAL,	/* drop what is forwarded, accept what ends or starts here */
	POLICY_DROP,
	POLICY_ACCEPT,
};

struct public_keys;

enum style {
	STYLE_OWN,	/* a ruleset that stands alone */
	STYLE_INCLUDE,	/* parts for a ruleset that is there already */
};

/**
 * struct plan_options - what the administrator chose
 * @helper: the name of the helper that opens the streams; NULL: their range is open
 * @policy: what becomes of the other packets
 * @style: of the formats that know both
 * @sets: iptables: match sets of ipset instead of one rule for each pair
 * @sync: conntrackd: the link between two gateways, as written; or NULL
 * @keys: authorized_keys: of those who log in; NULL: to be filled in
 */
struct plan_options {
	const char *helper;
	enum policy policy;
	enum style style;
	bool sets;
	const char *sync;
	const struct public_keys *keys;
};

struct class_index;

/**
 * struct plan - the rules of one machine
 * @host: which
 * @site: of this site
 * @flows: the site's flows
 * @options: as given
 * @rules: by place, then by action, then as flows first needed them
 * @count: entries in use
 * @room: entries there is memory for
 * @sets: the pairs of the rules; several rules may share one set
 * @set_count: entries of @sets
 * @index: finds the rule for a flow while the plan is made
 */
struct plan {
	const struct host *host;
	const struct site *site;
	const struct flows *flows;
	struct plan_options options;
	struct rule *rules;
	size_t count;
	size_t room;
	struct pair_set *sets;
	size_t set_count;
	struct class_index *index;
};

int plan_make(struct plan *plan, const struct site *site, const struct flows *flows,
	      const struct host *host, const struct plan_options *options);
void plan_free(struct plan *plan);
bool plan_has(const struct plan *plan, enum place place, enum action action);
bool plan_uses(const struct plan *plan, enum place place);
bool plan_drops(const struct plan *plan, enum place place);

const struct rule *plan_next(const struct plan *plan, enum place place,
			     const struct rule *after);
const struct pair_set *rule_pairs(const struct plan *plan, const struct rule *rule);
struct tuple rule_match(const struct rule *rule, const struct pair *pair);

/* What comments say, without characters that any language gives a meaning. */
void rule_comment(const struct plan *plan, const struct rule *rule, const struct pair *pair,
		  char comment[COMMENT_MAX]);
void pair_comment(const struct pair *pair, char comment[COMMENT_MAX]);
void host_comment(const struct host *host, char comment[COMMENT_MAX]);
void rule_needs(const struct rule *rule, char text[COMMENT_MAX]);

#endif /* EMIT_PLAN_H */

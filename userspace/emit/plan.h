/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that one machine needs, before any firewall's language.
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

/* Lengths of nft's comments and of firewalld's alike end here or later. */
#define WHY_MAX	120

/**
 * struct rule - one rule
 * @place: where
 * @action: what it does
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @by_helper: matches connections that the helper expected, and only those
 * @match: the packets; an unset family or a range of 0-0 matches all
 * @to: ACT_TRANSLATE: the new address
 * @ports: ACT_TRANSLATE: the new port, or the range to stay in; 0-0: as it is
 * @initiator: of the flows that need it; NULL where nobody does
 * @responder: likewise
 * @operation: the last one that was written into @why
 * @why: the operations that need it
 */
struct rule {
	enum place place;
	enum action action;
	int protocol;
	bool by_helper;
	struct tuple match;
	struct address to;
	struct range ports;
	const struct host *initiator;
	const struct host *responder;
	const struct operation *operation;
	char why[WHY_MAX + 1];
};

enum policy {
	POLICY_USUAL,	/* drop what is forwarded, accept what ends or starts here */
	POLICY_DROP,
	POLICY_ACCEPT,
};

/**
 * struct plan_options - what the administrator chose
 * @helper: the name of the helper that opens the streams; NULL: their range is open
 * @policy: what becomes of the other packets
 */
struct plan_options {
	const char *helper;
	enum policy policy;
};

/**
 * struct plan - the rules of one machine
 * @host: which
 * @options: as given
 * @rules: the rules
 * @count: entries in use
 * @room: entries there is memory for
 * @pair_start: the first rule for the two machines being planned
 */
struct plan {
	const struct host *host;
	struct plan_options options;
	struct rule *rules;
	size_t count;
	size_t room;
	size_t pair_start;
};

int plan_make(struct plan *plan, const struct flows *flows, const struct host *host,
	      const struct plan_options *options, FILE *errors);
void plan_free(struct plan *plan);
bool plan_has(const struct plan *plan, enum place place, enum action action);
bool plan_uses(const struct plan *plan, enum place place);
bool plan_drops(const struct plan *plan, enum place place);

#endif /* EMIT_PLAN_H */

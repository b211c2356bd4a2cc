/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one machine sees of the flows of a site, gathered for people: entries
 * of equal ports and purpose make a group.
 */
#ifndef EMIT_FLOWS_ENTRY_H
#define EMIT_FLOWS_ENTRY_H

#include "flow/flow.h"

/* More operations than the table of flows has. */
#define PURPOSE_OPERATIONS	32

/* In this order a machine's groups are shown. */
enum way {
	WAY_IN,
	WAY_OUT,
	WAY_THROUGH,
	WAY_FORWARD,		/* it is sent on to another address */
	WAY_MASQUERADE,		/* it goes on with another source */
	WAY_LOOPBACK,
	WAY_COUNT
};

/**
 * struct purpose - what something is for
 * @operation: for each operation of the table, in its order: bit 0 stands for
 *	its control flow, bit n for its stream n, bit 7 for one that it has not
 *	listed
 */
struct purpose {
	uint8_t operation[PURPOSE_OPERATIONS];
};

/**
 * struct entry - one pair of addresses
 * @way: what the machine has to do with the packets
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @by_helper: a helper lets it through, where there is one
 * @tuple: the packets as the machine's filter sees them
 * @to: WAY_FORWARD: where they go instead; WAY_MASQUERADE: whence they seem to come
 * @to_port: WAY_FORWARD: the port that they go to; 0 where it stays
 * @initiator: who sends first
 * @responder: who answers
 * @in: WAY_THROUGH: the interface, or NULL
 * @out: likewise
 * @purpose: what it is for
 * @group: number of the group, from 0
 */
struct entry {
	enum way way;
	int protocol;
	bool by_helper;
	struct tuple tuple;
	struct address to;
	uint16_t to_port;
	const struct host *initiator;
	const struct host *responder;
	const char *in;
	const char *out;
	struct purpose purpose;
	size_t group;
};

/**
 * struct view - what one machine sees
 * @host: the machine
 * @entries: in the order of the flows
 * @count: entries in use
 * @room: entries there is memory for
 * @group_count: of groups
 * @groups: for each group, its first entry
 */
struct view {
	const struct host *host;
	struct entry *entries;
	size_t count;
	size_t room;
	size_t *groups;
	size_t group_count;
};

/**
 * struct touches - which flows each machine has to do with
 * @flows: indexes of flows, those of one machine together
 * @start: for each host of the site, and one more: where its flows start
 */
struct touches {
	size_t *flows;
	size_t *start;
};

int touches_make(struct touches *touches, const struct flows *flows, const struct site *site);
void touches_free(struct touches *touches);

int view_make(struct view *view, const struct touches *touches, const struct flows *flows,
	      const struct site *site, const struct host *host);
void view_free(struct view *view);

void purpose_add(struct purpose *purpose, const struct flow *flow);

#endif /* EMIT_FLOWS_ENTRY_H */

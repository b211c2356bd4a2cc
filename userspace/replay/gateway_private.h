/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the model share. */
#ifndef REPLAY_GATEWAY_PRIVATE_H
#define REPLAY_GATEWAY_PRIVATE_H

#include <sys/queue.h>

#include "amanda_exchange.h"
#include "replay/gateway.h"

#define SECOND	1000000000LL
/* max_expected of the policies: that of the stock helper (nf_conntrack_amanda.c) and ours. */
#define STOCK_EXPECTED	4
#define OURS_EXPECTED	(2 * AMANDA_STREAMS_MAX)
/* A datagram, and 4 more digits for each of 4 streams. */
#define LINE_ROOM	(UINT16_MAX + 1 + 16)

/* Directions of a flow: that of its first packet, and the other. */
enum direction {
	ORIGINAL,
	REPLY,
	DIRECTIONS
};

/**
 * struct flow_key - addresses and ports of the packets in one direction
 * @source: in network order; an IPv4 address in the first four bytes
 * @destination: likewise
 * @sport: in host order; 0 in the key of an expectation, which any port meets
 * @dport: in host order
 * @family: AF_INET or AF_INET6
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @zero: always; keys are compared as bytes
 */
struct flow_key {
	uint8_t source[16];
	uint8_t destination[16];
	uint16_t sport;
	uint16_t dport;
	uint8_t family;
	uint8_t protocol;
	uint16_t zero;
};

/**
 * struct side - one direction of a flow
 * @link: in the table of flows
 * @flow: it
 * @key: of its packets as they come to the gateway
 */
struct side {
	LIST_ENTRY(side) link;
	struct flow *flow;
	struct flow_key key;
};

/**
 * struct expectation - a stream that a reply has named
 * @link: in the table of expectations
 * @sibling: in those of the same master, the newest first
 * @queued: in all of them; in the list of free ones when it is one
 * @master: the control flow
 * @key: as its first packet will come to the gateway
 * @expires: by the gateway's clock
 * @number: names it
 * @announced: port that the responder named, where NAT tells another
 */
struct expectation {
	LIST_ENTRY(expectation) link;
	TAILQ_ENTRY(expectation) sibling;
	TAILQ_ENTRY(expectation) queued;
	struct flow *master;
	struct flow_key key;
	int64_t expires;
	uint32_t number;
	uint16_t announced;
};

TAILQ_HEAD(expectation_list, expectation);

/**
 * struct flow - an entry of connection tracking
 * @listed: in the list of those that have ended, or of those that are free
 * @side: its two directions
 * @expectations: of a control flow, the newest first
 * @expecting: how many
 * @timer: where it is among the timers
 * @expires: by the gateway's clock; when it ended, once it has
 * @stream_after: UDP: packets from then on make it live longer
 * @number: names it
 * @ended: kept only to say that it was there
 * @helped: it has the helper
 * @answered: a packet of the other direction came before
 * @closed: TCP: a FIN came in this direction
 * @reset: TCP: a RST came
 * @memory: of our helper: the 32 bytes of its own
 */
struct flow {
	TAILQ_ENTRY(flow) listed;
	struct side side[DIRECTIONS];
	struct expectation_list expectations;
	unsigned int expecting;
	size_t timer;
	int64_t expires;
	int64_t stream_after;
	uint32_t number;
	bool ended;
	bool helped;
	bool answered;
	bool closed[DIRECTIONS];
	bool reset;
	struct amanda_flow memory;
};

LIST_HEAD(side_list, side);
LIST_HEAD(expectation_bucket, expectation);
TAILQ_HEAD(flow_list, flow);

/**
 * struct gateway - connection tracking with a helper
 * @settings: with every default filled in
 * @counts: what it holds
 * @now: its clock, in nanoseconds; never runs backwards
 * @ahead: how much its clock is ahead of that of the capture
 * @seed: of the hash tables
 * @mask: entries of each hash table, less one
 * @flows: room for settings.flows_max
 * @fresh: how many entries of @flows have been used at all
 * @free_flows: of these, which are free again
 * @ended: those that ended, the oldest first
 * @sides: hash table of directions
 * @timers: a heap of the flows that have not ended; the first is the next to end
 * @last_flow: number of the newest flow
 * @tcp_flows: how many of the flows are TCP
 * @expectations: room for expectations_max
 * @fresh_expectations: how many entries of @expectations have been used at all
 * @free_expectations: of these, which are free again
 * @queue: those pending, the next to expire first: all live equally long
 * @expected: hash table of expectations
 * @expectations_max: nf_conntrack_expect_max of this gateway
 * @last_expectation: number of the newest expectation
 * @line: the stock helper: a copy of what it rewrites, and of what that became
 */
struct gateway {
	struct gateway_settings settings;
	struct gateway_counts counts;
	int64_t now;
	int64_t ahead;
	uint64_t seed;
	size_t mask;
	struct flow *flows;
	size_t fresh;
	struct flow_list free_flows;
	struct flow_list ended;
	struct side_list *sides;
	struct flow **timers;
	uint32_t last_flow;
	size_t tcp_flows;
	struct expectation *expectations;
	size_t fresh_expectations;
	struct expectation_list free_expectations;
	struct expectation_list queue;
	struct expectation_bucket *expected;
	size_t expectations_max;
	uint32_t last_expectation;
	uint8_t *line[2];
};

/**
 * struct seen - a packet on its way through a helper
 * @flow: the control flow
 * @direction: of the packet
 * @in: it
 * @out: as it left, or NULL where that is not known
 * @sight: to be filled in
 */
struct seen {
	struct flow *flow;
	enum direction direction;
	const struct packet *in;
	const struct packet *out;
	struct sight *sight;
};

size_t key_bucket(const struct gateway *gateway, const struct flow_key *key);
struct side *flow_find(const struct gateway *gateway, const struct flow_key *key);
struct flow *flow_begin(struct gateway *gateway, const struct flow_key *original,
			const struct flow_key *reply);
void flow_learn_reply(struct gateway *gateway, struct flow *flow, const struct flow_key *reply);
void flow_set_life(struct gateway *gateway, struct flow *flow, unsigned int seconds);
void flow_end(struct gateway *gateway, struct flow *flow);
void flows_expire(struct gateway *gateway);
void tell_gone(const struct gateway *gateway, const struct flow *flow, uint16_t port);

enum direction side_direction(const struct side *side);
bool flow_is_translated(const struct flow *flow);
bool flow_is_destination_translated(const struct flow *flow);

struct expectation *expectation_find(const struct gateway *gateway, const struct flow_key *key);
struct flow_key expectation_key(const struct flow *master, uint16_t port);
int expectation_add(struct gateway *gateway, struct flow *master, uint16_t port,
		    uint16_t announced, bool skip_master, struct expected *made);
void expectation_remove(struct gateway *gateway, struct expectation *expectation);
void expectations_expire(struct gateway *gateway);

void tcp_note(struct gateway *gateway, struct flow *flow, enum direction direction, uint8_t flags);
bool tcp_begins_anew(const struct flow *flow, enum direction direction, uint8_t flags);
bool tcp_may_begin(uint8_t flags);

void helper_ours(struct gateway *gateway, const struct seen *seen);
void helper_stock(struct gateway *gateway, const struct seen *seen);

#endif /* REPLAY_GATEWAY_PRIVATE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of a gateway's connection tracking with a helper for Amanda: what each
 * packet of a capture would be to it, and what it would expect after it.  It
 * follows nf_conntrack_core.c, nf_conntrack_proto_udp.c and nf_conntrack_expect.c
 * as far as the flows of Amanda go; selftests hold it to the real kernel.
 */
#ifndef REPLAY_GATEWAY_H
#define REPLAY_GATEWAY_H

#include "amanda_packet.h"
#include "amanda_ports.h"
#include "replay/packet.h"

enum helper_kind {
	HELPER_NONE,		/* plain connection tracking */
	HELPER_OURS,		/* nf_conntrack_amanda of this project */
	HELPER_STOCK,		/* the kernel's own, up to 7.3 */
	HELPER_KINDS
};

/**
 * struct gone - a flow or an expectation whose time is over, before it is forgotten
 * @protocol: of the flow
 * @source: of its first packet
 * @destination: likewise
 * @port: the TCP port that was expected on @destination; 0: it is the flow itself
 */
struct gone {
	uint8_t protocol;
	struct endpoint source;
	struct endpoint destination;
	uint16_t port;
};

/**
 * struct gateway_settings - how the gateway is set up
 * @helper: what is attached to flows to @port
 * @port: UDP port of the control flow
 * @master_timeout: of the helper, seconds; 0: its default
 * @udp_timeout: nf_conntrack_udp_timeout, seconds; 0: 30
 * @udp_stream_timeout: nf_conntrack_udp_timeout_stream, seconds; 0: 120
 * @min_port: of our helper; 0: its default
 * @ports: of our helper; no ranges: any
 * @flows_max: how many flows it follows at once; 0: a limit that keeps it small
 * @gone: told of each end that no packet made; or NULL
 * @arg: for it
 */
struct gateway_settings {
	enum helper_kind helper;
	uint16_t port;
	unsigned int master_timeout;
	unsigned int udp_timeout;
	unsigned int udp_stream_timeout;
	uint16_t min_port;
	struct amanda_ports ports;
	size_t flows_max;
	void (*gone)(void *arg, const struct gone *gone);
	void *arg;
};

/* What a packet is to connection tracking, as "ct state" names it. */
enum sight_state {
	SIGHT_NONE,		/* of no flow that the model follows */
	SIGHT_NEW,
	SIGHT_ESTABLISHED,
	SIGHT_RELATED,		/* met an expectation, or an error about a flow */
	SIGHT_INVALID,
};

/* Why a reply opened nothing, besides what enum amanda_refusal says. */
enum sight_reason {
	SIGHT_BAD_LENGTH = AMANDA_REFUSALS,	/* the UDP length lies */
	SIGHT_NOT_ASKED,	/* no request for this reply was seen */
	SIGHT_BAD_PORT,		/* below min_port, or outside ports= */
	SIGHT_NO_ROOM,		/* the expectation clashes or does not fit */
	SIGHT_NO_REWRITE,	/* NAT needs other ports: none shown, or not a shift */
	SIGHT_CUT,		/* the capture does not hold the line */
	SIGHT_REASONS
};

/**
 * struct expected - one expectation as it is made
 * @number: names it from now on, from 1; counts on
 * @port: the TCP port that is expected, in host order; under NAT the one that the
 *	initiator is told
 * @stream: index of its stream in the reply's CONNECT line; -1: of none (the
 *	stock helper finds words in other places too)
 * @again: it existed, and its life begins anew
 * @lived_until: when it ends, if nothing meets it; in the time of the capture
 */
struct expected {
	uint32_t number;
	uint16_t port;
	int stream;
	bool again;
	int64_t lived_until;
};

/**
 * struct sight - what one packet was to the gateway, and what it did
 * @state: of the packet
 * @reply: it goes against the direction of the flow's first packet
 * @flow: number of its flow, from 1; 0: none
 * @helped: the flow has the helper
 * @reason: AMANDA_OK, or an enum amanda_refusal or sight_reason: why the helper
 *	did not read a packet, of either direction, or opened nothing of a reply
 * @dropped: the helper drops the packet
 * @repeated: the reply is a copy of one that opened its streams; the stock helper
 *	does not know one from the other
 * @expected: what was opened
 * @expected_count: entries in use
 * @met: number of the expectation that this TCP segment, most likely a SYN, met;
 *	0: none
 * @lived_until: when the state of its flow ends, if nothing else comes; in the
 *	time of the capture
 * @after: the flow that had the same addresses and ports before, and whose state
 *	had ended when this packet came; 0: none.  A reply that is SIGHT_NEW and has
 *	this came too late
 * @ended: when that state ended
 */
struct sight {
	enum sight_state state;
	bool reply;
	uint32_t flow;
	bool helped;
	unsigned int reason;
	bool dropped;
	bool repeated;
	struct expected expected[AMANDA_STREAMS_MAX];
	unsigned int expected_count;
	uint32_t met;
	int64_t lived_until;
	uint32_t after;
	int64_t ended;
};

/**
 * struct gateway_counts - what the gateway holds and did
 * @flows: followed at the moment
 * @expectations: pending at the moment
 * @expected: expectations made, without those made anew
 * @met: of these
 * @expired: of these, without having been met
 * @forgotten: flows that @flows_max pushed out
 */
struct gateway_counts {
	uint64_t flows;
	uint64_t expectations;
	uint64_t expected;
	uint64_t met;
	uint64_t expired;
	uint64_t forgotten;
};

struct gateway;

/*
 * gateway_pass() ends what is over at a time, as gateway_see() does before it looks at a
 * packet of that time.
 *
 * gateway_see() takes a packet as it came to the gateway, and, where a second capture
 * shows it, as it left: what differs is what NAT did.  @out is NULL otherwise.
 */
struct gateway *gateway_new(const struct gateway_settings *settings);
void gateway_pass(struct gateway *gateway, int64_t time);
void gateway_see(struct gateway *gateway, const struct packet *in, const struct packet *out,
		 struct sight *sight);
bool gateway_knows(const struct gateway *gateway, const struct packet *packet);
const struct gateway_counts *gateway_counts(const struct gateway *gateway);
void gateway_free(struct gateway *gateway);

const char *helper_kind_name(enum helper_kind kind);
const char *sight_reason_name(unsigned int reason);

#endif /* REPLAY_GATEWAY_H */

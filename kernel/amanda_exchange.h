/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a control flow remembers of the requests that it carried, and what a
 * reply may do in the light of that; for the kernel and for userspace alike.
 */
#ifndef AMANDA_EXCHANGE_H
#define AMANDA_EXCHANGE_H

#include "amanda_packet.h"
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

/*
 * An initiator has one request under way on a flow; the others are there for
 * late copies.  Three fill the 32 bytes that conntrack gives a helper.
 */
#define AMANDA_EXCHANGES	3

enum amanda_exchange_state {
	AMANDA_ASKED	= 1,	/* a REQ was seen, and no final answer to it */
	AMANDA_RUNNING	= 2,	/* the responder has acknowledged that REQ */
	AMANDA_OPENED	= 4,	/* a REP opened streams: answer and shift are set */
};

/**
 * struct amanda_exchange - one request and its answer
 * @request: amanda_request_key() of the handle and sequence number
 * @answer: amanda_answer_key() of the ports that were opened
 * @shift: how far NAT moved them
 */
struct amanda_exchange {
	__u32	request;
	__u16	answer;
	__u16	shift;
};

/**
 * struct amanda_flow - what is remembered for a control flow
 * @exchange: in no order
 * @state: flags of enum amanda_exchange_state for each; 0 where it is free
 * @next: where the search for an entry to use again starts
 * @taken_over: the flow was begun on another gateway, so an answer may come to
 *	a request that was never seen here
 */
struct amanda_flow {
	struct amanda_exchange	exchange[AMANDA_EXCHANGES];
	__u8			state[AMANDA_EXCHANGES];
	__u8			next;
	bool			taken_over;
};

/* What to do with a REP that has streams. */
enum amanda_verdict {
	AMANDA_UNASKED,		/* no request for it was seen: open nothing */
	AMANDA_OPEN,		/* the first answer: open its streams */
	AMANDA_REPEAT,		/* a copy of it: open nothing, rewrite it alike */
	AMANDA_RENEW,		/* a copy, asked for anew: keep open what still is */
};

__u16 amanda_answer_key(const __u16 *port, unsigned int count, __u32 seed);

static inline __u64 amanda_mix(__u64 hash, __u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ (hash >> 32);
}

static inline __u64 amanda_eight_bytes(const char *at)
{
	__u64 word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/**
 * amanda_request_key() - a number that stands for handle and sequence number
 * @data: the datagram
 * @packet: what amanda_packet_parse_header() made of it
 * @seed: a secret, so that nobody can look for two requests with one key
 *
 * The last eight bytes up to the end of the handle are always there to be read:
 * "HANDLE " stands before it.
 */
static inline __u32 amanda_request_key(const char *data, const struct amanda_packet *packet,
				       __u32 seed)
{
	const char *at = data + packet->handle_offset;
	const char *last = at + packet->handle_length - 8;
	__u64 hash = ((__u64)seed << 32 | (__u32)packet->sequence) + packet->handle_length;

	for (; at < last; at += 8)
		hash = amanda_mix(hash, amanda_eight_bytes(at));
	return amanda_mix(hash, amanda_eight_bytes(last));
}

void amanda_flow_request(struct amanda_flow *flow, __u32 request);
void amanda_flow_running(struct amanda_flow *flow, __u32 request);
void amanda_flow_end(struct amanda_flow *flow, __u32 request);
enum amanda_verdict amanda_flow_reply(const struct amanda_flow *flow, int entry, __u16 answer);
int amanda_flow_opened(struct amanda_flow *flow, __u32 request, __u16 answer, __u16 shift);
bool amanda_flow_is_fresh(const struct amanda_flow *flow);

/**
 * amanda_flow_find() - the entry of a request
 * @flow: the control flow's memory
 * @request: its key
 *
 * Return: an index, or -1.
 */
static inline int amanda_flow_find(const struct amanda_flow *flow, __u32 request)
{
	int i;

	for (i = 0; i < AMANDA_EXCHANGES; i++) {
		if (flow->exchange[i].request == request && flow->state[i])
			return i;
	}
	return -1;
}

/**
 * amanda_flow_outstanding() - is the responder at work on a request?
 * @flow: the control flow's memory
 *
 * A request that nobody acknowledged does not count: amandad acknowledges at
 * once, and a firewall that kept a flow for hours on the word of the initiator
 * alone could be filled by anyone who may send to port 10080.
 */
static inline bool amanda_flow_outstanding(const struct amanda_flow *flow)
{
	return ((flow->state[0] | flow->state[1] | flow->state[2]) & AMANDA_RUNNING) ||
	       flow->taken_over;
}

static inline bool amanda_state_awaits_ack(__u8 state)
{
	return (state & (AMANDA_ASKED | AMANDA_RUNNING)) == AMANDA_ASKED;
}

/**
 * amanda_flow_awaits_ack() - could an ACK of the responder change anything?
 * @flow: the control flow's memory
 */
static inline bool amanda_flow_awaits_ack(const struct amanda_flow *flow)
{
	return amanda_state_awaits_ack(flow->state[0]) ||
	       amanda_state_awaits_ack(flow->state[1]) ||
	       amanda_state_awaits_ack(flow->state[2]);
}

/**
 * amanda_flow_is_answered() - were the streams of this request opened, and was
 * it not asked again since?
 * @flow: the control flow's memory
 * @request: the key of the request
 */
static inline bool amanda_flow_is_answered(const struct amanda_flow *flow, __u32 request)
{
	int entry = amanda_flow_find(flow, request);

	return entry >= 0 && flow->state[entry] == AMANDA_OPENED;
}

#endif /* AMANDA_EXCHANGE_H */

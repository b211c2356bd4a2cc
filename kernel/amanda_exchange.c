// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and answers of a control flow; see amanda_exchange.h.
 *
 * The rules follow from what Amanda does (common-src/protocol.c for the
 * initiator, amandad-src/amandad.c for the responder):
 *  - a REP is sent again, byte for byte, every 10 s until it is acknowledged;
 *  - a REQ is sent again with the same handle and sequence number; where
 *    amandad has given up on the first in the meantime, the same request is
 *    then answered with other ports;
 *  - a REQ that comes twice is acknowledged twice and answered once.
 */
#include "amanda_exchange.h"

/**
 * amanda_answer_key() - a number that stands for the ports of a reply
 * @port: in the order of the reply, in host order
 * @count: how many
 * @seed: the same secret as for amanda_request_key()
 */
__u16 amanda_answer_key(const __u16 *port, unsigned int count, __u32 seed)
{
	__u64 hash = seed + count;
	unsigned int i;

	for (i = 0; i < count; i++)
		hash = amanda_mix(hash, port[i]);
	return hash;
}

/* A free entry, else the next that is not waiting for an answer, else the next. */
static int entry_to_use(struct amanda_flow *flow)
{
	int i, entry;

	for (i = 0; i < AMANDA_EXCHANGES; i++) {
		if (!flow->state[i])
			return i;
	}
	for (i = 0; i < AMANDA_EXCHANGES; i++) {
		entry = (flow->next + i) % AMANDA_EXCHANGES;
		if (!(flow->state[entry] & AMANDA_ASKED))
			break;
	}
	entry = (flow->next + i % AMANDA_EXCHANGES) % AMANDA_EXCHANGES;
	flow->next = (entry + 1) % AMANDA_EXCHANGES;
	return entry;
}

static int entry_for(struct amanda_flow *flow, __u32 request)
{
	int entry = amanda_flow_find(flow, request);

	if (entry >= 0)
		return entry;
	entry = entry_to_use(flow);
	flow->exchange[entry].request = request;
	flow->state[entry] = 0;
	return entry;
}

/**
 * amanda_flow_request() - the initiator sent a REQ
 * @flow: the control flow's memory
 * @request: the key of the REQ
 *
 * From here on the requests of this flow are known, wherever it began.
 */
void amanda_flow_request(struct amanda_flow *flow, __u32 request)
{
	flow->state[entry_for(flow, request)] |= AMANDA_ASKED;
	flow->taken_over = false;
}

/**
 * amanda_flow_running() - the responder acknowledged a REQ
 * @flow: the control flow's memory
 * @request: the key of the ACK or PREP
 */
void amanda_flow_running(struct amanda_flow *flow, __u32 request)
{
	int entry = amanda_flow_find(flow, request);

	if (entry >= 0 && (flow->state[entry] & AMANDA_ASKED))
		flow->state[entry] |= AMANDA_RUNNING;
}

/**
 * amanda_flow_end() - a final answer without streams: a REP, or a NAK
 * @flow: the control flow's memory
 * @request: the key of the answer
 *
 * What an earlier REP to the same request opened stays known, for its copies.
 */
void amanda_flow_end(struct amanda_flow *flow, __u32 request)
{
	int entry = amanda_flow_find(flow, request);

	if (entry >= 0)
		flow->state[entry] &= ~(AMANDA_ASKED | AMANDA_RUNNING);
	else
		flow->taken_over = false;
}

/**
 * amanda_flow_reply() - what may a REP with streams do?
 * @flow: the control flow's memory
 * @entry: amanda_flow_find() of the REP
 * @answer: the key of its ports
 *
 * Return: the verdict.  Nothing is changed: amanda_flow_opened() does that,
 * once the streams are open.
 */
enum amanda_verdict amanda_flow_reply(const struct amanda_flow *flow, int entry, __u16 answer)
{
	bool asked, copy;

	if (entry < 0)
		return flow->taken_over ? AMANDA_OPEN : AMANDA_UNASKED;
	asked = flow->state[entry] & AMANDA_ASKED;
	copy = (flow->state[entry] & AMANDA_OPENED) && flow->exchange[entry].answer == answer;
	if (copy)
		return asked ? AMANDA_RENEW : AMANDA_REPEAT;
	return asked ? AMANDA_OPEN : AMANDA_UNASKED;
}

/**
 * amanda_flow_opened() - the streams of a REP are open
 * @flow: the control flow's memory
 * @request: the key of the REP
 * @answer: the key of its ports
 * @shift: how far NAT moved them
 *
 * Return: the entry that remembers it.
 */
int amanda_flow_opened(struct amanda_flow *flow, __u32 request, __u16 answer, __u16 shift)
{
	int entry = entry_for(flow, request);

	flow->state[entry] = AMANDA_OPENED;
	flow->exchange[entry].answer = answer;
	flow->exchange[entry].shift = shift;
	flow->taken_over = false;
	return entry;
}

/**
 * amanda_flow_is_fresh() - was nothing seen on this flow yet?
 * @flow: the control flow's memory
 */
bool amanda_flow_is_fresh(const struct amanda_flow *flow)
{
	return !(flow->state[0] | flow->state[1] | flow->state[2]);
}

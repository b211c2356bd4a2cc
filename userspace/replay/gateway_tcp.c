// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP as far as it matters here: who meets an expectation, and how long the ports
 * of that connection stay its own.  Sequence numbers are not looked at, so that this
 * is nf_conntrack_proto_tcp.c with "be_liberal", and a simple one.
 */
#include "replay/gateway_private.h"

#include <netinet/tcp.h>

/* tcp_timeouts of nf_conntrack_proto_tcp.c, in seconds. */
#define LIFE_SYN_SENT		120
#define LIFE_SYN_RECV		60
#define LIFE_ESTABLISHED	(5 * 24 * 60 * 60)
#define LIFE_ONE_CLOSED		120
#define LIFE_BOTH_CLOSED	120
#define LIFE_RESET		10

static unsigned int tcp_life(const struct flow *flow, uint8_t flags)
{
	if (flow->reset)
		return LIFE_RESET;
	if (flow->closed[ORIGINAL] && flow->closed[REPLY])
		return LIFE_BOTH_CLOSED;
	if (flow->closed[ORIGINAL] || flow->closed[REPLY])
		return LIFE_ONE_CLOSED;
	if (!(flags & TH_SYN))
		return LIFE_ESTABLISHED;
	return flags & TH_ACK ? LIFE_SYN_RECV : LIFE_SYN_SENT;
}

/**
 * tcp_note() - a segment of a connection has come
 * @gateway: where to
 * @flow: the connection
 * @direction: of the segment
 * @flags: its flags
 */
void tcp_note(struct gateway *gateway, struct flow *flow, enum direction direction, uint8_t flags)
{
	if (flags & TH_RST)
		flow->reset = true;
	else if (flags & TH_FIN)
		flow->closed[direction] = true;
	flow_set_life(gateway, flow, tcp_life(flow, flags));
}

/**
 * tcp_begins_anew() - is this the first segment of the next connection with the same ports?
 * @flow: the one before
 * @direction: of the segment
 * @flags: its flags
 *
 * A SYN may follow one that has been closed on both sides.
 */
bool tcp_begins_anew(const struct flow *flow, enum direction direction, uint8_t flags)
{
	return direction == ORIGINAL && (flags & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN &&
	       flow->closed[ORIGINAL] && flow->closed[REPLY];
}

/**
 * tcp_may_begin() - does connection tracking begin a connection with this segment?
 * @flags: its flags
 *
 * With a SYN, or, as nf_conntrack_tcp_loose has it, in the middle of one.
 */
bool tcp_may_begin(uint8_t flags)
{
	uint8_t telling = flags & (TH_SYN | TH_ACK | TH_FIN | TH_RST);

	return telling == TH_SYN || telling == TH_ACK;
}

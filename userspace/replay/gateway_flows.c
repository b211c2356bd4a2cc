// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of flows, with a timer for each.
 *
 * The kernel collects garbage now and then, and until it has, treats what is over
 * as if it were gone (nf_ct_is_expired() in nf_conntrack_core.c).  So nothing but
 * counters can tell that here a flow ends exactly when its time is over.
 *
 * A UDP flow that has ended stays known as long as there is room, to tell an
 * answer that comes too late from one that nobody asked for.
 */
#include "replay/gateway_private.h"

#include <string.h>

/**
 * key_bucket() - where a key is in a hash table
 * @gateway: whose
 * @key: of a flow or of an expectation
 */
size_t key_bucket(const struct gateway *gateway, const struct flow_key *key)
{
	uint64_t hash = gateway->seed;
	size_t i;

	for (i = 0; i < sizeof(*key); i += 8)
		hash = amanda_mix(hash, amanda_eight_bytes((const char *)key + i));
	return hash & gateway->mask;
}

/**
 * side_direction() - which direction of its flow is this?
 * @side: of a flow
 */
enum direction side_direction(const struct side *side)
{
	return side == &side->flow->side[REPLY] ? REPLY : ORIGINAL;
}

/**
 * flow_find() - the flow of a packet
 * @gateway: where it came to
 * @key: of the packet
 *
 * Return: the direction of the flow that it is in, or NULL.  The flow may have ended.
 */
struct side *flow_find(const struct gateway *gateway, const struct flow_key *key)
{
	struct side *side;

	LIST_FOREACH(side, &gateway->sides[key_bucket(gateway, key)], link) {
		if (!memcmp(&side->key, key, sizeof(*key)))
			return side;
	}
	return NULL;
}

static void insert_side(struct gateway *gateway, struct flow *flow, enum direction direction,
			const struct flow_key *key)
{
	struct side *side = &flow->side[direction];

	side->flow = flow;
	side->key = *key;
	LIST_INSERT_HEAD(&gateway->sides[key_bucket(gateway, key)], side, link);
}

static void put_timer(struct gateway *gateway, size_t at, struct flow *flow)
{
	gateway->timers[at] = flow;
	flow->timer = at;
}

static void timer_up(struct gateway *gateway, struct flow *flow)
{
	size_t at = flow->timer, above;

	for (; at; at = above) {
		above = (at - 1) / 2;
		if (gateway->timers[above]->expires <= flow->expires)
			break;
		put_timer(gateway, at, gateway->timers[above]);
	}
	put_timer(gateway, at, flow);
}

static void timer_down(struct gateway *gateway, struct flow *flow)
{
	size_t at = flow->timer, count = gateway->counts.flows, below;

	for (; (below = 2 * at + 1) < count; at = below) {
		if (below + 1 < count &&
		    gateway->timers[below + 1]->expires < gateway->timers[below]->expires)
			below++;
		if (gateway->timers[below]->expires >= flow->expires)
			break;
		put_timer(gateway, at, gateway->timers[below]);
	}
	put_timer(gateway, at, flow);
}

/**
 * flow_set_life() - let a flow end some time from now
 * @gateway: where it is
 * @flow: has not ended
 * @seconds: from now
 */
void flow_set_life(struct gateway *gateway, struct flow *flow, unsigned int seconds)
{
	flow->expires = gateway->now + seconds * SECOND;
	timer_up(gateway, flow);
	timer_down(gateway, flow);
}

static void remove_timer(struct gateway *gateway, struct flow *flow)
{
	struct flow *last = gateway->timers[--gateway->counts.flows];

	if (last == flow)
		return;
	put_timer(gateway, flow->timer, last);
	timer_up(gateway, last);
	timer_down(gateway, last);
}

static void release(struct gateway *gateway, struct flow *flow)
{
	LIST_REMOVE(&flow->side[ORIGINAL], link);
	LIST_REMOVE(&flow->side[REPLY], link);
	if (flow->ended)
		TAILQ_REMOVE(&gateway->ended, flow, listed);
	TAILQ_INSERT_TAIL(&gateway->free_flows, flow, listed);
}

/**
 * flow_end() - the state of a flow is gone, and what it expected with it
 * @gateway: where it is
 * @flow: has not ended
 */
void flow_end(struct gateway *gateway, struct flow *flow)
{
	while (!TAILQ_EMPTY(&flow->expectations))
		expectation_remove(gateway, TAILQ_FIRST(&flow->expectations));
	remove_timer(gateway, flow);
	if (flow->side[ORIGINAL].key.protocol == IPPROTO_TCP) {
		gateway->tcp_flows--;
		release(gateway, flow);
		return;
	}
	flow->ended = true;
	TAILQ_INSERT_TAIL(&gateway->ended, flow, listed);
}

static struct endpoint endpoint_of(const struct flow_key *key, const uint8_t bytes[16],
				   uint16_t port)
{
	struct endpoint endpoint = { .port = port };

	endpoint.address.family = key->family;
	endpoint.address.prefix = key->family == AF_INET ? 32 : 128;
	if (key->family == AF_INET)
		memcpy(&endpoint.address.v4, bytes, sizeof(endpoint.address.v4));
	else
		memcpy(&endpoint.address.v6, bytes, sizeof(endpoint.address.v6));
	return endpoint;
}

/**
 * tell_gone() - tell who wants to know that something ends
 * @gateway: where
 * @flow: it, or the control flow of the expectation
 * @port: of the expectation, or 0
 */
void tell_gone(const struct gateway *gateway, const struct flow *flow, uint16_t port)
{
	const struct flow_key *key = &flow->side[ORIGINAL].key;
	struct gone gone = { .protocol = key->protocol, .port = port };

	if (!gateway->settings.gone)
		return;
	gone.source = endpoint_of(key, key->source, key->sport);
	gone.destination = endpoint_of(key, key->destination, key->dport);
	gateway->settings.gone(gateway->settings.arg, &gone);
}

static void flow_expire(struct gateway *gateway, struct flow *flow)
{
	tell_gone(gateway, flow, 0);
	flow_end(gateway, flow);
}

/**
 * flows_expire() - end what the time is over for
 * @gateway: where it is over
 */
void flows_expire(struct gateway *gateway)
{
	while (gateway->counts.flows && gateway->timers[0]->expires <= gateway->now)
		flow_expire(gateway, gateway->timers[0]);
}

/*
 * What has ended goes first, the oldest of it; then the flow that would end next.
 * The kernel drops new flows instead (nf_conntrack_max), but has more room.
 */
static struct flow *take_flow(struct gateway *gateway)
{
	struct flow *flow;

	if (TAILQ_EMPTY(&gateway->free_flows)) {
		if (gateway->fresh < gateway->settings.flows_max)
			return &gateway->flows[gateway->fresh++];
		if (TAILQ_EMPTY(&gateway->ended)) {
			gateway->counts.forgotten++;
			flow_expire(gateway, gateway->timers[0]);
		}
		if (TAILQ_EMPTY(&gateway->free_flows))
			release(gateway, TAILQ_FIRST(&gateway->ended));
	}
	flow = TAILQ_FIRST(&gateway->free_flows);
	TAILQ_REMOVE(&gateway->free_flows, flow, listed);
	return flow;
}

static void forget_ended(struct gateway *gateway, const struct flow_key *key)
{
	struct side *side = flow_find(gateway, key);

	if (side && side->flow->ended)
		release(gateway, side->flow);
}

/**
 * flow_begin() - the first packet of a flow has come
 * @gateway: where it came to
 * @original: its addresses and ports
 * @reply: those of an answer to it
 *
 * Return: the flow; its life is over already, unless flow_set_life() is called.
 */
struct flow *flow_begin(struct gateway *gateway, const struct flow_key *original,
			const struct flow_key *reply)
{
	struct flow *flow;

	forget_ended(gateway, original);
	forget_ended(gateway, reply);
	flow = take_flow(gateway);
	memset(flow, 0, sizeof(*flow));
	TAILQ_INIT(&flow->expectations);
	flow->number = ++gateway->last_flow;
	flow->expires = gateway->now;
	insert_side(gateway, flow, ORIGINAL, original);
	insert_side(gateway, flow, REPLY, reply);
	put_timer(gateway, gateway->counts.flows++, flow);
	timer_up(gateway, flow);
	if (original->protocol == IPPROTO_TCP)
		gateway->tcp_flows++;
	return flow;
}

/**
 * flow_learn_reply() - a packet shows what NAT makes of a flow
 * @gateway: where it is
 * @flow: seen so far on one side only
 * @reply: addresses and ports of an answer, as it comes to the gateway
 */
void flow_learn_reply(struct gateway *gateway, struct flow *flow, const struct flow_key *reply)
{
	LIST_REMOVE(&flow->side[REPLY], link);
	insert_side(gateway, flow, REPLY, reply);
}

/**
 * flow_is_destination_translated() - is it IPS_DST_NAT?
 * @flow: a flow
 */
bool flow_is_destination_translated(const struct flow *flow)
{
	const struct flow_key *original = &flow->side[ORIGINAL].key;
	const struct flow_key *reply = &flow->side[REPLY].key;

	return original->dport != reply->sport ||
	       memcmp(original->destination, reply->source, sizeof(original->source));
}

/**
 * flow_is_translated() - is any of IPS_NAT_MASK set?
 * @flow: a flow
 */
bool flow_is_translated(const struct flow *flow)
{
	const struct flow_key *original = &flow->side[ORIGINAL].key;
	const struct flow_key *reply = &flow->side[REPLY].key;

	return original->sport != reply->dport || flow_is_destination_translated(flow) ||
	       memcmp(original->source, reply->destination, sizeof(original->source));
}

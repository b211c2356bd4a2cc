// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is tried of an exchange: its flows with ports at both ends of their
 * ranges and within, and what lies next to them.  Each is put to check as a flow
 * of its own, with one port instead of a range.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/prove.h"

/* A tuple's ports are the flow's as long as nobody has translated them. */
static void narrow(struct tuple *tuple, const struct tuple *as, struct range sport,
		   struct range dport)
{
	if (range_equal(tuple->sport, as->sport))
		tuple->sport = sport;
	if (range_equal(tuple->dport, as->dport))
		tuple->dport = dport;
}

static void flow_narrow(struct flow *flow, struct range sport, struct range dport)
{
	const struct tuple as = flow->sent;
	size_t i;

	narrow(&flow->sent, &as, sport, dport);
	narrow(&flow->received, &as, sport, dport);
	for (i = 0; i < flow->hop_count; i++) {
		narrow(&flow->hops[i].in, &as, sport, dport);
		narrow(&flow->hops[i].out, &as, sport, dport);
	}
}

static void flow_pin(struct flow *flow, uint16_t sport, uint16_t dport)
{
	flow_narrow(flow, (struct range) { sport, sport }, (struct range) { dport, dport });
}

static struct flow *trial_add(struct trials *trials, const struct flow *of)
{
	struct flow *flow = &trials->flows.flow[trials->flows.count];
	struct trial *trial = &trials->trial[trials->flows.count];

	*flow = *of;
	flow->hops = NULL;
	if (of->hop_count) {
		flow->hops = malloc(of->hop_count * sizeof(*flow->hops));
		if (!flow->hops)
			return NULL;
		memcpy(flow->hops, of->hops, of->hop_count * sizeof(*flow->hops));
	}
	memset(trial, 0, sizeof(*trial));
	trial->of = of;
	trials->flows.count++;
	return flow;
}

/* Streams of an exchange have ports of their own, even if of the same range. */
static uint16_t pick(struct range range, unsigned int variant, size_t number)
{
	size_t width = (size_t)range.high - range.low + 1;

	number %= width;
	if (variant == 0)
		return (uint16_t)(range.low + number);
	if (variant == 1)
		return (uint16_t)(range.high - number);
	return (uint16_t)(range.low + (width / 2 + number) % width);
}

static int add_variant(struct trials *trials, const struct flow *exchange, size_t count,
		       unsigned int variant)
{
	struct flow *flow;
	size_t i;

	for (i = 0; i < count; i++) {
		flow = trial_add(trials, &exchange[i]);
		if (!flow)
			return -ENOMEM;
		flow_pin(flow, pick(flow->sent.sport, variant, i ? i - 1 : 0),
			 pick(flow->sent.dport, variant, i ? i - 1 : 0));
		trials->trial[trials->flows.count - 1].variant = variant;
	}
	return 0;
}

/* Streams of one range have the same neighbours: each is tried once. */
static void drop_repeated(struct trials *trials)
{
	size_t last = trials->flows.count - 1, i;
	const struct flow *flow = &trials->flows.flow[last];

	for (i = 0; i < last; i++)
		if (trials->trial[i].neighbour && flow->protocol == trials->flows.flow[i].protocol &&
		    tuple_equal(&flow->sent, &trials->flows.flow[i].sent))
			break;
	if (i == last)
		return;
	free(trials->flows.flow[last].hops);
	trials->flows.count--;
}

static int add_neighbour(struct trials *trials, const struct flow *of, const char *how,
			 unsigned int sport, unsigned int dport)
{
	struct flow *flow;

	if (!sport || sport > UINT16_MAX || !dport || dport > UINT16_MAX)
		return 0;
	flow = trial_add(trials, of);
	if (!flow)
		return -ENOMEM;
	flow_pin(flow, (uint16_t)sport, (uint16_t)dport);
	/* A connection like any other: no helper was told of it. */
	flow->tag = NULL;
	trials->trial[trials->flows.count - 1].neighbour = how;
	drop_repeated(trials);
	return 0;
}

static bool is_translated(const struct flow *flow)
{
	size_t i;

	for (i = 0; i < flow->hop_count; i++)
		if (!tuple_equal(&flow->hops[i].in, &flow->hops[i].out))
			return true;
	return false;
}

/* The same way from the other end: the one who answers starts. */
static void turn(struct flow *flow, const struct flow *of)
{
	size_t i;

	flow->initiator = of->responder;
	flow->responder = of->initiator;
	flow->from = of->to;
	flow->to = of->from;
	flow->sent = tuple_reply(&of->received);
	flow->received = tuple_reply(&of->sent);
	for (i = 0; i < of->hop_count; i++) {
		const struct hop *hop = &of->hops[of->hop_count - 1 - i];

		flow->hops[i] = (struct hop) {
			.gateway = hop->gateway,
			.in = tuple_reply(&hop->out), .out = tuple_reply(&hop->in),
			.in_interface = hop->out_interface, .out_interface = hop->in_interface,
		};
	}
}

static int add_turned(struct trials *trials, const struct flow *of)
{
	struct flow *flow = trial_add(trials, of);

	if (!flow)
		return -ENOMEM;
	turn(flow, of);
	flow_pin(flow, flow->sent.sport.low, flow->sent.dport.low);
	trials->trial[trials->flows.count - 1].neighbour = "from the other end";
	return 0;
}

static int add_neighbours(struct trials *trials, const struct flow *of)
{
	struct range sport = of->sent.sport, dport = of->sent.dport;
	int err = 0;

	if (of->tag)
		err = add_neighbour(trials, of, "not announced", sport.high, dport.high);
	if (!of->tag) {
		err = add_neighbour(trials, of, "source port below", sport.low - 1u, dport.low);
		err = err ? : add_neighbour(trials, of, "source port above", sport.high + 1u,
					    dport.low);
	}
	if (is_translated(of))
		return err;
	err = err ? : add_neighbour(trials, of, "port below", sport.low, dport.low - 1u);
	err = err ? : add_neighbour(trials, of, "port above", sport.low, dport.high + 1u);
	/* Of a stream it would be the answer to another trial. */
	if (!err && !of->tag && !of->loopback)
		err = add_turned(trials, of);
	return err;
}

static int trials_room(struct trials *trials, size_t room)
{
	memset(trials, 0, sizeof(*trials));
	trials->flows.flow = calloc(room, sizeof(*trials->flows.flow));
	trials->trial = calloc(room, sizeof(*trials->trial));
	return trials->flows.flow && trials->trial ? 0 : -ENOMEM;
}

/**
 * trials_of_ports() - an exchange, or two, with fewer ports
 * @trials: to fill; trials_free() it whatever is returned
 * @first: its flows, the control flow first
 * @count: how many
 * @second: those of another one; or NULL
 * @second_count: how many
 * @ports: where they come from and go to
 *
 * Return: 0 or -ENOMEM.
 */
int trials_of_ports(struct trials *trials, const struct flow *first, size_t count,
		    const struct flow *second, size_t second_count,
		    const struct exchange_ports *ports)
{
	struct flow *flow;
	size_t i;

	if (trials_room(trials, count + second_count))
		return -ENOMEM;
	for (i = 0; i < count + second_count; i++) {
		flow = trial_add(trials, i < count ? &first[i] : &second[i - count]);
		if (!flow)
			return -ENOMEM;
		if (flow->tag)
			flow_narrow(flow, ports->stream_sport, ports->stream_dport);
		else
			flow_narrow(flow, ports->sport, flow->sent.dport);
	}
	return 0;
}

/**
 * trials_make() - what to try of an exchange
 * @trials: to fill; trials_free() it whatever is returned
 * @exchange: its flows, the control flow first
 * @count: how many
 *
 * Return: 0 or -ENOMEM.
 */
int trials_make(struct trials *trials, const struct flow *exchange, size_t count)
{
	int err = trials_room(trials, count * (VARIANTS + NEIGHBOURS_MOST));
	unsigned int variant;
	size_t i;

	for (variant = 0; variant < VARIANTS && !err; variant++)
		err = add_variant(trials, exchange, count, variant);
	for (i = 0; i < count && !err; i++)
		err = add_neighbours(trials, &exchange[i]);
	return err;
}

/**
 * trials_free() - give the memory back
 * @trials: it
 */
void trials_free(struct trials *trials)
{
	size_t i;

	journeys_free(&trials->journeys);
	if (trials->arena)
		arena_free(trials->arena);
	for (i = 0; i < trials->flows.count; i++)
		free(trials->flows.flow[i].hops);
	free(trials->flows.flow);
	free(trials->trial);
}

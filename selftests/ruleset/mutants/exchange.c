// SPDX-License-Identifier: GPL-2.0-or-later
/* Real packets of an exchange through the machine; see exchange.h. */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/ruleset/mutants/exchange.h"

#define ANNOUNCE_ROOM	256
#define PACKET_LENGTH	100

static const char request[] = "Amanda 3.5 REQ HANDLE 000-00000001 SEQ 1\nSERVICE noop\n";

/**
 * journey_ends() - a flow as it comes to the machine, and as it leaves it
 * @journey: the flow at the machine
 * @in: as who sends it to the machine sends it, or the machine itself
 * @out: as who gets it from the machine sees it, or the machine itself
 */
void journey_ends(const struct journey *journey, const struct tuple **in,
		  const struct tuple **out)
{
	const struct flow *flow = journey->flow;

	if (journey->position == AT_GATEWAY) {
		*in = &flow->hops[journey->hop].in;
		*out = &flow->hops[journey->hop].out;
		return;
	}
	*in = journey->position == AT_RESPONDER ? &flow->received : &flow->sent;
	*out = journey->position == AT_INITIATOR ? &flow->sent : &flow->received;
}

/** made_here() - whether the machine itself starts a flow */
bool made_here(const struct journey *journey)
{
	return journey->position == AT_INITIATOR || journey->position == AT_BOTH_ENDS;
}

static bool ends_here(const struct journey *journey)
{
	return journey->position == AT_RESPONDER || journey->position == AT_BOTH_ENDS;
}

static bool twice(const struct journeys *journeys, size_t i)
{
	const struct flow *flow = journeys->journey[i].flow;

	return (i && journeys->journey[i - 1].flow == flow) ||
	       (i + 1 < journeys->count && journeys->journey[i + 1].flow == flow);
}

/**
 * exchanges_make() - the exchanges of a host
 * @exchanges: to fill
 * @journeys: all its flows: each control flow, and behind it its streams
 */
void exchanges_make(struct exchanges *exchanges, const struct journeys *journeys)
{
	struct exchange *last = NULL;
	size_t i;

	memset(exchanges, 0, sizeof(*exchanges));
	exchanges->exchange = calloc(journeys->count + 1, sizeof(*exchanges->exchange));
	if (!exchanges->exchange)
		die("memory");
	for (i = 0; i < journeys->count; i++) {
		const struct flow *flow = journeys->journey[i].flow;

		if (!flow->tag)
			last = twice(journeys, i) ? NULL : &exchanges->exchange[exchanges->count++];
		if (last && !twice(journeys, i) && last->count < EXCHANGE_FLOWS)
			last->flow[last->count++] = i;
		else
			exchanges->untried++;
	}
}

/** exchanges_free() - forget them */
void exchanges_free(struct exchanges *exchanges)
{
	free(exchanges->exchange);
}

/* Streams have ports of their own, even if of the same range. */
static uint16_t pick(struct range range, bool high, size_t number)
{
	number %= (size_t)range.high - range.low + 1;
	return (uint16_t)(high ? range.high - number : range.low + number);
}

/**
 * ports_at() - ports at one end of their ranges
 * @ports: to fill
 * @exchange: of which exchange
 * @journeys: where its flows are
 * @high: at the high end
 */
void ports_at(struct ports *ports, const struct exchange *exchange,
	      const struct journeys *journeys, bool high)
{
	size_t i;

	memset(ports, 0, sizeof(*ports));
	for (i = 0; i < exchange->count; i++) {
		const struct flow *flow = journeys->journey[exchange->flow[i]].flow;

		ports->sport[i] = pick(flow->sent.sport, high, i ? i - 1 : 0);
		ports->dport[i] = pick(flow->sent.dport, high, i ? i - 1 : 0);
	}
}

/* amandad names each stream of the service; what it does not open has no port. */
static void announce(char text[ANNOUNCE_ROOM], const struct exchange *exchange,
		     const struct journeys *journeys, const struct ports *ports)
{
	const struct flow *control = journeys->journey[exchange->flow[0]].flow;
	size_t used, tag, i;

	used = (size_t)snprintf(text, ANNOUNCE_ROOM,
				"Amanda 3.5 REP HANDLE 000-00000001 SEQ 1\n%s",
				exchange->count > 1 ? "CONNECT" : "");
	for (tag = 0; exchange->count > 1 && control->operation->tags[tag]; tag++) {
		/* bsdudp.c puts handles in the place of ports that it does not open. */
		int port = control->auth->streams == STREAMS_FIRST && tag ? 500000 - (int)tag : -1;

		for (i = 1; i < exchange->count; i++)
			if (!ports->skip[i] &&
			    !strcmp(journeys->journey[exchange->flow[i]].flow->tag,
				    control->operation->tags[tag]))
				port = ports->dport[i];
		used += (size_t)snprintf(text + used, ANNOUNCE_ROOM - used, " %s %d",
					 control->operation->tags[tag], port);
	}
	snprintf(text + used, ANNOUNCE_ROOM - used, "\nOPTIONS ;\n");
}

static void packet_start(struct packet *packet, const struct journey *journey,
			 const struct tuple *in, uint16_t sport, uint16_t dport)
{
	const struct flow *flow = journey->flow;

	*packet = (struct packet) {
		.six = in->source.family == AF_INET6, .protocol = (uint8_t)flow->protocol,
		.saddr = address_number(&in->source), .daddr = address_number(&in->destination),
		/* A tuple's ports are the flow's as long as nobody has translated them. */
		.sport = range_equal(in->sport, flow->sent.sport) ? sport : in->sport.low,
		.dport = range_equal(in->dport, flow->sent.dport) ? dport : in->dport.low,
		.length = PACKET_LENGTH, .ttl = 64,
	};
}

static bool arrived(const struct outcome *outcome, bool here)
{
	return outcome->times == 1 && (outcome->end == END_HERE) == here;
}

static bool as_said(const struct outcome *outcome, const struct tuple *out)
{
	return outcome->saddr == address_number(&out->source) &&
	       outcome->daddr == address_number(&out->destination) &&
	       range_holds(out->sport, outcome->sport) && range_holds(out->dport, outcome->dport);
}

static struct packet answer_to(const struct packet *first, const struct outcome *outcome)
{
	struct packet answer = *first;

	answer.saddr = outcome->daddr;
	answer.daddr = outcome->saddr;
	answer.sport = outcome->dport;
	answer.dport = outcome->sport;
	return answer;
}

static bool is_answer(const struct outcome *outcome, const struct packet *first)
{
	return outcome->saddr == first->daddr && outcome->daddr == first->saddr &&
	       outcome->sport == first->dport && outcome->dport == first->sport;
}

/* The first packet, its answer, and one more each way. */
static bool flow_run(struct machine *machine, const struct journey *journey, uint16_t sport,
		     uint16_t dport, const char *answer_text)
{
	const struct tuple *in, *out;
	struct packet first, answer;
	struct outcome there, back;
	size_t from, to;
	int i;

	journey_ends(journey, &in, &out);
	from = made_here(journey) ? SIDE_HERE : machine_side(machine, &in->source);
	to = ends_here(journey) ? SIDE_HERE : machine_side(machine, &out->destination);
	packet_start(&first, journey, in, sport, dport);
	for (i = 0; i < 2; i++) {
		first.flags = i ? TH_ACK : TH_SYN;
		machine_send(machine, from, &first, request, &there);
		if (!arrived(&there, to == SIDE_HERE) || !as_said(&there, out))
			return false;
		answer = answer_to(&first, &there);
		answer.flags = i ? TH_ACK : TH_SYN | TH_ACK;
		machine_send(machine, to, &answer, answer_text, &back);
		if (!arrived(&back, from == SIDE_HERE) || !is_answer(&back, &first))
			return false;
	}
	return true;
}

/**
 * exchange_run() - have it happen
 * @machine: where
 * @exchange: the exchange
 * @journeys: where its flows are
 * @ports: which ports they use
 * @through: of each flow: it got through, both ways
 *
 * Who is not told the ports of streams opens none.
 */
void exchange_run(struct machine *machine, const struct exchange *exchange,
		  const struct journeys *journeys, const struct ports *ports,
		  bool through[EXCHANGE_FLOWS])
{
	char text[ANNOUNCE_ROOM];
	size_t i;

	memset(through, 0, EXCHANGE_FLOWS * sizeof(*through));
	announce(text, exchange, journeys, ports);
	entries_flush(&machine->lab);
	for (i = 0; i < exchange->count; i++) {
		if (ports->skip[i])
			continue;
		through[i] = flow_run(machine, &journeys->journey[exchange->flow[i]],
				      ports->sport[i], ports->dport[i], i ? request : text);
		if (!i && !through[i])
			return;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What must not get through: the neighbours of each flow.
 */
#include <stdio.h>
#include <string.h>

#include "product_probes.h"

/*
 * Amanda waits long for a stream that is dropped in silence, so somebody who may have
 * streams at all is told that this one is not let in.
 */
static bool is_told(const char *class)
{
	return !strcmp(class, "unannounced") || !strcmp(class, "sport") ||
	       !strcmp(class, "related-sport");
}

/* Ports that no other probe has, and that make no other packet of it. */
static bool choose_ports(const struct flow *flow, struct packet *packet, const char *class)
{
	const char *from = host_at(packet->source, NULL);
	const char *to = host_at(packet->destination, NULL);
	unsigned int left;

	if (!strcmp(class, "related-sport"))
		return take(packet, from, to);
	if (!strstr(class, "sport"))
		return choose_sport(packet, flow->sent.sport, false, NULL);
	for (left = flow->sent.dport.high - flow->sent.dport.low + 1; left; left--, packet->dport++)
		if (take(packet, from, to))
			return true;
	return false;
}

/*
 * A format that cannot narrow something says so, and then it has to be open: what
 * is said too much is found as what is said too little.
 */
static void refuse(const struct flow *flow, struct packet *packet, enum phase phase,
		   const char *class, bool open)
{
	char label[2 * WORD_ROOM];
	const struct machine *to = owner_of(&tested, packet->destination);
	const char *verdict = "refuse";

	if (flow_covering(&tested, packet) || !has_to_be_refused(&tested, packet))
		return;
	if (!choose_ports(flow, packet, class))
		die("%s: no port is left for %s", flow->id, class);
	snprintf(label, sizeof(label), "%.120s!%s", flow->id, class);
	put_packet(packet, phase, label, NULL);
	if (flow->tag && is_told(class) && !lax("no-reset"))
		verdict = "prompt";
	if (!open)
		puts(verdict);
	else if (to && strcmp(packet->destination, flow->sent.destination))
		printf("pass %s %s %u %s %u\n", to->name, packet->source, packet->sport,
		       packet->destination, packet->dport);
	else
		put_pass(flow, packet);
}

static const char *address_like(const struct machine *machine, const char *address)
{
	size_t i;

	for (i = 0; i < ADDRESSES_MAX; i++)
		if (*machine->address[i] && strcmp(machine->address[i], address) &&
		    !strchr(machine->address[i], ':') == !strchr(address, ':'))
			return machine->address[i];
	return NULL;
}

/* What else this machine is called, but not in the site. */
static const char *other_address(const char *address)
{
	const struct machine *machine = owner_of(&tested, address);

	return machine ? address_like(machine, address) : NULL;
}

/* Another machine on the same side, that no flow knows. */
static const char *stranger_beside(const char *host, const char *address)
{
	const struct machine *known = machine_of(&tested, host), *machine;

	for (machine = tested.machine; known && machine < tested.machine + tested.machine_count;
	     machine++) {
		if (!machine->known && !strcmp(machine->side, known->side))
			return address_like(machine, address);
	}
	return NULL;
}

static void refuse_from(const struct flow *flow, struct packet packet, const char *source,
			const char *class, bool open)
{
	packet.source = source;
	if (source)
		refuse(flow, &packet, NEIGHBOURS, class, open);
}

static void refuse_to(const struct flow *flow, struct packet packet, const char *destination,
		      const char *class, bool open)
{
	packet.destination = destination;
	if (destination)
		refuse(flow, &packet, NEIGHBOURS, class, open);
}

static void refuse_ports(const struct flow *flow, struct packet packet, struct range dport,
			 const char *prefix)
{
	struct range sport = flow->sent.sport;
	struct packet near;
	char class[32];

	snprintf(class, sizeof(class), "%ssport", prefix);
	near = packet;
	near.sport = sport.low - 1;
	if (sport.low > 1)
		refuse(flow, &near, NEIGHBOURS, class, lax("no-sport"));
	near.sport = sport.high + 1;
	if (sport.high < 65535)
		refuse(flow, &near, NEIGHBOURS, class, lax("no-sport"));
	snprintf(class, sizeof(class), "%sdport", prefix);
	near = packet;
	near.dport = dport.low - 1;
	refuse(flow, &near, NEIGHBOURS, class, false);
	near.dport = dport.high + 1;
	if (dport.high < 65535)
		refuse(flow, &near, NEIGHBOURS, class, false);
}

static void refuse_hosts(const struct flow *flow, struct packet packet)
{
	const char *source = stranger_beside(flow->initiator, packet.source);
	const char *destination = stranger_beside(flow->responder, flow->received.destination);
	bool helped = is_helped(&tested, flow);

	refuse_from(flow, packet, source, "source", lax("no-source") && !helped);
	refuse_from(flow, packet, other_address(packet.source), "alias-source",
		    lax("no-source") && !helped);
	refuse_to(flow, packet, destination, "destination", lax("no-destination") && !helped);
	refuse_to(flow, packet, other_address(flow->received.destination), "alias-destination",
		  lax("no-destination") && !helped);
	packet.source = flow->received.destination;
	refuse_to(flow, packet, flow->sent.source, "swapped", false);
	packet = packet_of(flow);
	packet.udp = !packet.udp;
	refuse(flow, &packet, NEIGHBOURS, "protocol", false);
}

/*
 * Who can reach the responder itself gets no further past a translation than
 * through it.
 */
static void refuse_past(const struct flow *flow, struct packet packet)
{
	packet.destination = flow->received.destination;
	packet.dport = flow->received.dport.low;
	refuse_ports(flow, packet, flow->received.dport, "past-");
	refuse_from(flow, packet, stranger_beside(flow->initiator, packet.source), "past-source",
		    lax("no-source"));
}

/* What a request announces, but what no rule foresees: the helper's word is not all. */
static void refuse_announced(const struct flow *control, const struct flow *flow)
{
	struct range sport = flow->sent.sport, dport = flow->sent.dport;
	struct packet request = packet_of(control), packet = packet_of(flow);
	unsigned int first = next_port(flow), second = next_port(flow);
	char announce[128], label[2 * WORD_ROOM];
	bool open = lax("related-open");

	if (!choose_sport(&request, control->sent.sport, true, control->responder))
		return;
	snprintf(announce, sizeof(announce), "DATA:%u,MESG:%u,INDEX:%u,STATE:%u", first, second,
		 dport.low - 1, dport.high + 1);
	snprintf(label, sizeof(label), "%.120s:neighbours", control->id);
	put_packet(&request, REQUESTS, label, announce);
	put_pass(control, &request);
	packet.dport = first;
	packet.sport = sport.low - 1;
	refuse(flow, &packet, NEIGHBOURS, "related-sport", open);
	packet.dport = second;
	packet.sport = sport.high + 1;
	refuse(flow, &packet, NEIGHBOURS, "related-sport", open);
	packet.sport = sport.low;
	packet.dport = dport.low - 1;
	refuse(flow, &packet, NEIGHBOURS, "related-dport", open);
	packet.dport = dport.high + 1;
	refuse(flow, &packet, NEIGHBOURS, "related-dport", open);
}

static void refuse_unannounced(const struct flow *flow)
{
	struct packet packet = packet_of(flow);

	packet.sport = flow->sent.sport.high;
	refuse(flow, &packet, UNANNOUNCED, "unannounced", false);
	packet.dport = flow->sent.dport.high;
	packet.sport = flow->sent.sport.low;
	refuse(flow, &packet, UNANNOUNCED, "unannounced", false);
}

static bool same_way(const struct flow *a, const struct flow *b)
{
	return a->udp == b->udp && !a->tag == !b->tag && !strcmp(a->initiator, b->initiator) &&
	       !strcmp(a->responder, b->responder) &&
	       !strcmp(a->sent.source, b->sent.source) &&
	       !strcmp(a->sent.destination, b->sent.destination) &&
	       a->sent.sport.low == b->sent.sport.low && a->sent.dport.low == b->sent.dport.low;
}

static bool is_first_of_its_way(const struct flow *flow)
{
	const struct flow *other;

	for (other = tested.flow; other < flow; other++)
		if (same_way(other, flow))
			return false;
	return true;
}

static const struct flow *control_of(const struct flow *flow)
{
	while (flow > tested.flow && flow->tag)
		flow--;
	return flow;
}

/**
 * refuse_all() - the neighbours of each flow
 */
void refuse_all(void)
{
	const struct flow *flow, *end = tested.flow + tested.flow_count;

	for (flow = tested.flow; flow < end; flow++) {
		struct packet packet = packet_of(flow);

		if (!is_first_of_its_way(flow))
			continue;
		if (is_helped(&tested, flow)) {
			refuse_unannounced(flow);
			refuse_announced(control_of(flow), flow);
		} else {
			refuse_ports(flow, packet, flow->sent.dport, "");
			if (strcmp(flow->sent.destination, flow->received.destination))
				refuse_past(flow, packet);
		}
		refuse_hosts(flow, packet);
	}
}

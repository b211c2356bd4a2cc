// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has to come of a packet, from the table of flows and from which machines
 * have rules: nothing here knows a port.
 */
#include <string.h>

#include "product_probes.h"

static bool in_range(unsigned int port, struct range range)
{
	return port >= range.low && port <= range.high;
}

static bool is_in(const struct packet *packet, const struct tuple *tuple)
{
	return !strcmp(packet->source, tuple->source) &&
	       !strcmp(packet->destination, tuple->destination) &&
	       in_range(packet->sport, tuple->sport) && in_range(packet->dport, tuple->dport);
}

/**
 * is_helped() - does this flow need a request that announces it?
 * @product: says whether the rules rely on the helper
 * @flow: the flow
 *
 * Return: true where it does.
 */
bool is_helped(const struct product *product, const struct flow *flow)
{
	return product->helper && flow->helped;
}

/*
 * Behind the translation a packet that was sent past it looks like one that was
 * not: whoever can reach the other side's own addresses needs no translation.
 */
static bool covers(const struct product *product, const struct flow *flow,
		   const struct packet *packet)
{
	struct tuple past = flow->received;

	past.source = flow->sent.source;
	return flow->udp == packet->udp && !is_helped(product, flow) &&
	       (is_in(packet, &flow->sent) || is_in(packet, &past));
}

/**
 * flow_covering() - which flow is this packet one of?
 * @product: with the flows
 * @packet: the packet
 *
 * Streams that a helper opens are none, since nobody announced them.
 *
 * Return: the flow, or NULL.
 */
const struct flow *flow_covering(const struct product *product, const struct packet *packet)
{
	size_t i;

	for (i = 0; i < product->flow_count; i++)
		if (covers(product, &product->flow[i], packet))
			return &product->flow[i];
	return NULL;
}

/* Ports where Amanda waits on this machine are closed to everybody else. */
static bool is_guarded(const struct product *product, const struct machine *machine,
		       const struct packet *packet)
{
	size_t i;

	for (i = 0; i < product->flow_count; i++) {
		const struct flow *flow = &product->flow[i];

		if (flow->udp == packet->udp && !strcmp(flow->responder, machine->name) &&
		    in_range(packet->dport, flow->received.dport))
			return true;
	}
	return false;
}

/**
 * has_to_be_refused() - is there a machine on its way that must stop it?
 * @product: with the machines
 * @packet: one that no flow covers
 *
 * A gateway drops what it does not know; a machine at the end does where it was
 * told to, and otherwise closes Amanda's own ports.
 *
 * Return: true where there is.
 */
bool has_to_be_refused(struct product *product, const struct packet *packet)
{
	const struct machine *from = owner_of(product, packet->source);
	const struct machine *to = owner_of(product, packet->destination);
	const struct machine *machine;

	if (!from || !to)
		die("no machine at %s or %s", packet->source, packet->destination);
	for (machine = product->machine; machine < product->machine + product->machine_count;
	     machine++) {
		if (!machine->rules)
			continue;
		if (!strcmp(machine->side, "gate") && machine != from && machine != to) {
			if (strcmp(from->side, to->side))
				return true;
			continue;
		}
		if ((machine == from || machine == to) && product->closed)
			return true;
		/* What ends at a gateway that nobody asks for shall just reach nobody else. */
		if (machine == to && !machine->known)
			return true;
		if (machine == to && is_guarded(product, machine, packet))
			return true;
	}
	return false;
}

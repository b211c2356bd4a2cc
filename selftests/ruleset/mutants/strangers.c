// SPDX-License-Identifier: GPL-2.0-or-later
/* What lies next to flows, and what check says is open; see strangers.h. */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/ruleset/mutants/strangers.h"

/* Of the nets for documentation and measurements, in no example of a site. */
static const char *const nobody[2][2] = {
	{ "198.18.0.77", "192.0.2.78" }, { "2001:db8:f:e::77", "2001:db8:f:d::78" },
};

static bool same(const struct stranger *a, const struct stranger *b)
{
	const struct packet *x = &a->packet, *y = &b->packet;

	return a->side == b->side && x->six == y->six && x->protocol == y->protocol &&
	       x->saddr == y->saddr && x->daddr == y->daddr && x->sport == y->sport &&
	       x->dport == y->dport;
}

static void add(struct strangers *strangers, const struct stranger *like, const char *how)
{
	struct stranger *last;
	size_t i;

	if (!like->packet.sport || !like->packet.dport)
		return;
	for (i = 0; i < strangers->count; i++)
		if (same(&strangers->stranger[i], like))
			return;
	strangers->stranger = reallocarray(strangers->stranger, strangers->count + 1,
					   sizeof(*strangers->stranger));
	if (!strangers->stranger)
		die("memory");
	last = &strangers->stranger[strangers->count++];
	*last = *like;
	last->how = how;
}

static void add_ports(struct strangers *strangers, const struct stranger *like, bool source,
		      struct range range)
{
	const struct {
		unsigned int port;
		const char *how[2];
	} ports[] = {
		{ range.low - 1u, { "port below", "source port below" } },
		{ range.high + 1u, { "port above", "source port above" } },
		{ 65535, { "last port", "last source port" } },
		{ 1, { "first port", "first source port" } },
	};
	size_t i;

	for (i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		struct stranger other = *like;

		if (ports[i].port > 65535)
			continue;
		*(source ? &other.packet.sport : &other.packet.dport) = (uint16_t)ports[i].port;
		add(strangers, &other, ports[i].how[source]);
	}
}

static void add_addresses(struct strangers *strangers, const struct stranger *like, bool gateway)
{
	struct stranger other = *like;
	bool six = like->packet.six;

	other.packet.saddr = number_of_address(nobody[six][0]);
	add(strangers, &other, "from nobody");
	other.packet.saddr = like->packet.saddr ^ 1;
	add(strangers, &other, "from next to it");
	if (!gateway)
		return;
	other = *like;
	other.packet.daddr = number_of_address(nobody[six][1]);
	add(strangers, &other, "to nobody");
	other.packet.daddr = like->packet.daddr ^ 1;
	add(strangers, &other, "to next to it");
}

static void turn(struct packet *packet, const struct tuple *out, uint16_t sport, uint16_t dport)
{
	packet->saddr = address_number(&out->destination);
	packet->daddr = address_number(&out->source);
	packet->sport = dport;
	packet->dport = sport;
}

static void add_next_to(struct strangers *strangers, const struct machine *machine,
			const struct journey *journey)
{
	const struct tuple *in, *out;
	struct stranger like, turned;

	journey_ends(journey, &in, &out);
	like = (struct stranger) {
		.side = machine_side(machine, &in->source),
		.packet = {
			.six = in->source.family == AF_INET6,
			.protocol = (uint8_t)journey->flow->protocol, .flags = TH_SYN,
			.saddr = address_number(&in->source),
			.daddr = address_number(&in->destination),
			.sport = in->sport.low, .dport = in->dport.low, .length = 100, .ttl = 64,
		},
	};
	add(strangers, &like, "not announced");
	add_ports(strangers, &like, false, in->dport);
	add_ports(strangers, &like, true, in->sport);
	add_addresses(strangers, &like, journey->position == AT_GATEWAY);
	if (journey->position != AT_GATEWAY)
		return;
	turned = like;
	turned.turned = true;
	turned.side = machine_side(machine, &out->destination);
	turn(&turned.packet, out, in->sport.low, in->dport.low);
	add(strangers, &turned, "from the other end");
}

/**
 * strangers_make() - what to try beside the flows
 * @strangers: to fill
 * @machine: where
 * @journeys: its flows
 *
 * What the machine itself sends is no matter of those who are kept out.
 */
void strangers_make(struct strangers *strangers, const struct machine *machine,
		    const struct journeys *journeys)
{
	size_t i;

	memset(strangers, 0, sizeof(*strangers));
	for (i = 0; i < journeys->count; i++)
		if (!made_here(&journeys->journey[i]))
			add_next_to(strangers, machine, &journeys->journey[i]);
}

/** strangers_free() - forget them */
void strangers_free(struct strangers *strangers)
{
	free(strangers->stranger);
}

/**
 * stranger_passes() - whether the kernel lets it in, or through
 * @machine: where
 * @stranger: the packet
 * @alone: what came before may have to do with it, and is forgotten
 */
bool stranger_passes(struct machine *machine, const struct stranger *stranger, bool alone)
{
	struct outcome outcome;

	if (alone)
		entries_flush(&machine->lab);
	machine_send(machine, stranger->side, &stranger->packet, NULL, &outcome);
	return outcome.times;
}

static bool holds(const struct stranger *stranger, const struct values *const set[FIELD_COUNT])
{
	const struct packet *packet = &stranger->packet;

	return values_hold(set[FIELD_SADDR], packet->saddr) &&
	       values_hold(set[FIELD_DADDR], packet->daddr) &&
	       values_hold(set[FIELD_PROTOCOL], packet->protocol) &&
	       values_hold(set[FIELD_SPORT], packet->sport) &&
	       values_hold(set[FIELD_DPORT], packet->dport);
}

/* Who may reach a machine by an address of the gateway's may do so by its own. */
static bool holds_target(const struct stranger *stranger, const struct journey *journey)
{
	const struct tuple *in, *out;
	struct stranger other = *stranger;

	if (journey->position != AT_GATEWAY)
		return false;
	journey_ends(journey, &in, &out);
	if (stranger->packet.daddr != address_number(&out->destination) ||
	    !range_holds(out->dport, stranger->packet.dport))
		return false;
	other.packet.daddr = address_number(&in->destination);
	other.packet.dport = in->dport.low;
	return holds(&other, journey->stages[0].passage.box.now);
}

/**
 * stranger_needed() - whether a flow needs it, as check says
 * @stranger: it
 * @journeys: what check says
 */
bool stranger_needed(const struct stranger *stranger, const struct journeys *journeys)
{
	size_t i, j;

	for (i = 0; i < journeys->count; i++) {
		const struct journey *journey = &journeys->journey[i];

		for (j = 0; j < journey->stage_count; j++) {
			const struct stage *stage = &journey->stages[j];

			if (stage->kind != STAGE_FIRST || stage->related ||
			    stage->passage.version != (stranger->packet.six ? VERSION_6 : VERSION_4))
				continue;
			if (holds(stranger, stage->passage.box.now) ||
			    holds_target(stranger, journey))
				return true;
		}
	}
	return false;
}

static size_t interface_number(const struct ruleset *ruleset, const char *name)
{
	size_t i;

	for (i = 0; i < ruleset->interface_count; i++)
		if (!strcmp(ruleset->interfaces[i], name))
			return i + 1;
	return ruleset->interface_count + 1;
}

/**
 * stranger_in() - whether it is among what check says is open
 * @stranger: it
 * @machine: where
 * @ruleset: the rules
 * @excess: what check says
 */
bool stranger_in(const struct stranger *stranger, const struct machine *machine,
		 const struct ruleset *ruleset, const struct excess *excess)
{
	size_t number = interface_number(ruleset, machine->side[stranger->side].name);

	return excess->version == (stranger->packet.six ? VERSION_6 : VERSION_4) &&
	       holds(stranger, excess->box.was) &&
	       values_hold(excess->box.was[FIELD_IIF], number);
}

/* The loopback net, groups and what else no host has are nobody's address. */
static bool ordinary(bool six, __uint128_t address)
{
	unsigned int first = (unsigned int)(address >> (six ? 120 : 24)) & 0xff;

	if (six)
		return first && first < 0xfc;
	return first && first != 127 && first < 224;
}

static bool good(const struct machine *machine, const struct values *values, bool six,
		 __uint128_t address, bool source)
{
	return values_hold(values, address) && ordinary(six, address) &&
	       !(source && machine_is(machine, six, address));
}

/* An address at one end of the set, or nobody's if that will not do. */
static bool pick_address(const struct machine *machine, const struct values *values, bool six,
			 bool source, bool high, __uint128_t *address)
{
	size_t i, count = values ? values->count : 0;

	for (i = 0; i < count; i++) {
		const struct interval *one = &values->interval[high ? count - 1 - i : i];
		const __uint128_t ends[] = { high ? one->high : one->low, high ? one->low : one->high };

		*address = ends[0];
		if (good(machine, values, six, ends[0], source))
			return true;
		*address = ends[1];
		if (good(machine, values, six, ends[1], source))
			return true;
	}
	*address = number_of_address(nobody[six][!source]);
	return good(machine, values, six, *address, source);
}

static uint16_t pick_port(const struct values *values, bool high)
{
	if (!values)
		return high ? 65535 : 1;
	return (uint16_t)(high ? values->interval[values->count - 1].high :
			  values->interval[0].low);
}

static bool pick_side(const struct machine *machine, const struct ruleset *ruleset,
		      const struct values *values, size_t *side)
{
	for (*side = 0; *side < machine->sides; ++*side)
		if (values_hold(values, interface_number(ruleset, machine->side[*side].name)))
			return true;
	return false;
}

/**
 * strangers_excess() - a packet of those that check says are open
 * @stranger: to fill
 * @machine: where
 * @ruleset: the rules
 * @excess: what check says
 * @high: from the high end of the set
 *
 * Return: false where no host could send one.
 */
bool strangers_excess(struct stranger *stranger, const struct machine *machine,
		      const struct ruleset *ruleset, const struct excess *excess, bool high)
{
	const struct values *const *was = excess->box.was;
	struct packet *packet = &stranger->packet;
	bool six = excess->version == VERSION_6;

	*stranger = (struct stranger) {
		.how = "named as open",
		.packet = {
			.six = six, .protocol = (uint8_t)was[FIELD_PROTOCOL]->interval[0].low,
			.flags = TH_SYN, .length = 128, .ttl = 64,
			.sport = pick_port(was[FIELD_SPORT], high),
			.dport = pick_port(was[FIELD_DPORT], high),
		},
	};
	return pick_address(machine, was[FIELD_SADDR], six, true, high, &packet->saddr) &&
	       pick_address(machine, was[FIELD_DADDR], six, false, high, &packet->daddr) &&
	       pick_side(machine, ruleset, was[FIELD_IIF], &stranger->side);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host of the site as the world around its ruleset, and the places where it
 * meets a flow.
 */
#include "flow/route.h"
#include "ruleset/journey_private.h"

#include <string.h>

/**
 * ruleset_interface() - the number of an interface
 * @ruleset: in which ruleset
 * @name: of the interface
 *
 * Return: the number; 0 where neither a rule nor the world names it.
 */
size_t ruleset_interface(const struct ruleset *ruleset, const char *name)
{
	size_t i;

	for (i = 0; i < ruleset->interface_count; i++)
		if (!strcmp(ruleset->interfaces[i], name))
			return i + 1;
	return 0;
}

/* Interfaces that no rule names: numbers above all that rules know. */
static size_t lo_number(const struct ruleset *ruleset)
{
	return ruleset_interface(ruleset, "lo") ? : ruleset->interface_count + 1;
}

static size_t number_of(const struct ruleset *ruleset, const struct host *host,
			const char *name)
{
	size_t number = ruleset_interface(ruleset, name), i;

	if (number)
		return number;
	for (i = 0; i < host->interface_count; i++)
		if (!strcmp(host->interfaces[i].name, name))
			break;
	return ruleset->interface_count + 2 + i;
}

/**
 * interface_number() - the number of an interface of the host
 * @question: as given
 * @name: of the interface; NULL: not known
 *
 * Return: the number; 0 where it is not known.
 */
size_t interface_number(const struct question *question, const char *name)
{
	return name ? number_of(question->ruleset, question->host, name) : 0;
}

static __uint128_t address_value(const struct address *address)
{
	__uint128_t value = 0;
	size_t i;

	if (address->family == AF_INET)
		return ntohl(address->v4.s_addr);
	for (i = 0; i < sizeof(address->v6.s6_addr); i++)
		value = value << 8 | address->v6.s6_addr[i];
	return value;
}

/**
 * address_values() - an address as the values of a field
 * @arena: where they live
 * @address: the address
 *
 * Return: the values, or NULL without memory.
 */
const struct values *address_values(struct arena *arena, const struct address *address)
{
	return values_one(arena, address_value(address));
}

/**
 * range_values() - ports as the values of a field
 * @arena: where they live
 * @range: the ports
 *
 * Return: the values, or NULL without memory.
 */
const struct values *range_values(struct arena *arena, struct range range)
{
	return values_range(arena, range.low, range.high);
}

static size_t interface_of(const struct ruleset *ruleset, const struct host *host, size_t index)
{
	if (index == NO_INTERFACE)
		return 0;
	return number_of(ruleset, host, host->interfaces[index].name);
}

static struct local_address local(const struct address *address, size_t interface)
{
	return (struct local_address) {
		.family = address->family,
		.value = address_value(address),
		.interface = interface,
	};
}

/**
 * world_of_host() - a host of the site as its ruleset sees it
 * @world: to fill
 * @ruleset: its ruleset
 * @host: the host
 * @arena: where the world lives
 *
 * Return: 0 or -ENOMEM.
 */
int world_of_host(struct world *world, const struct ruleset *ruleset, const struct host *host,
		  struct arena *arena)
{
	size_t room = host->address_count + host->holding_count + host->nat_count, i, count = 0;
	struct local_address *list = arena_take(arena, (room + 1) * sizeof(*list));

	if (!list)
		return -ENOMEM;
	/* Those that are told of an interface first: masquerading takes the first. */
	for (i = 0; i < host->holding_count; i++)
		list[count++] = local(&host->holdings[i].address,
				      interface_of(ruleset, host, host->holdings[i].interface));
	for (i = 0; i < host->address_count; i++)
		list[count++] = local(&host->address[i],
				      interface_of(ruleset, host, host->address_interface[i]));
	for (i = 0; i < host->nat_count; i++)
		list[count++] = local(&host->nat[i].address, 0);
	*world = (struct world) {
		.addresses = list,
		.address_count = count,
		.lo = lo_number(ruleset),
	};
	return 0;
}

static struct place at_end(const struct flow *flow, const struct host *host,
			   enum position position)
{
	bool starts = position != AT_RESPONDER;
	const struct tuple *tuple = starts ? &flow->sent : &flow->received;
	const char *interface = position == AT_BOTH_ENDS ? NULL :
		host_interface_to(host, starts ? &tuple->destination : &tuple->source);

	return (struct place) {
		.position = position,
		.in = *tuple,
		.out = *tuple,
		.in_interface = starts ? NULL : interface,
		.out_interface = starts ? interface : NULL,
	};
}

static struct place at_hop(const struct flow *flow, size_t i)
{
	const struct hop *hop = &flow->hops[i];

	return (struct place) {
		.position = AT_GATEWAY,
		.hop = i,
		.in = hop->in,
		.out = hop->out,
		.in_interface = hop->in_interface,
		.out_interface = hop->out_interface,
	};
}

/**
 * places_of() - where a host meets a flow
 * @flow: the flow
 * @host: the host
 * @place: room for PLACES_MOST
 * @count: receives how many there are
 *
 * Return: 0.
 */
int places_of(const struct flow *flow, const struct host *host, struct place *place,
	      size_t *count)
{
	size_t i;

	*count = 0;
	if (flow->loopback) {
		if (flow->initiator == host)
			place[(*count)++] = at_end(flow, host, AT_BOTH_ENDS);
		return 0;
	}
	if (flow->initiator == host)
		place[(*count)++] = at_end(flow, host, AT_INITIATOR);
	for (i = 0; i < flow->hop_count && *count < PLACES_MOST - 1; i++)
		if (flow->hops[i].gateway == host)
			place[(*count)++] = at_hop(flow, i);
	if (flow->responder == host)
		place[(*count)++] = at_end(flow, host, AT_RESPONDER);
	return 0;
}

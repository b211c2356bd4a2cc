// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The gateways between two machines, and what they do to packets.
 *
 * A gateway's sides are the nets of its addresses, and one more side for all
 * the rest, which it reaches through some other router.  It stands between two
 * machines that are on different sides of it.
 */
#include "flow/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTSIDE	SIZE_MAX

/* Two addresses of one net are one side: the first that fits names it. */
static size_t side_of(const struct host *gateway, const struct address *address)
{
	size_t i;

	for (i = 0; i < gateway->address_count; i++)
		if (address_in_net(address, &gateway->address[i]))
			return i;
	return OUTSIDE;
}

static bool is_forward(const struct host *gateway, size_t i, size_t target)
{
	return i < gateway->nat_count && gateway->nat[i].kind == GATEWAY_FORWARD &&
	       gateway->nat[i].target == target;
}

/* site_check_nat() has brought them into this order. */
static size_t first_forward(const struct host *gateway, size_t target)
{
	size_t low = 0, high = gateway->nat_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (gateway->nat[middle].kind == GATEWAY_FORWARD &&
		    gateway->nat[middle].target >= target)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/*
 * The address to masquerade as is one of the side that the packet leaves to.
 * What leaves for the outside leaves by some side other than the one it came
 * from.
 */
static const struct nat *masquerade_of(const struct host *gateway, const struct route *route)
{
	size_t from = side_of(gateway, &route->from), to = side_of(gateway, &route->to), i;

	for (i = 0; i < gateway->nat_count && gateway->nat[i].kind == GATEWAY_MASQUERADE; i++) {
		const struct nat *nat = &gateway->nat[i];
		size_t own = side_of(gateway, &nat->address);

		if (nat->address.family != route->from.family)
			continue;
		if (own == to || (to == OUTSIDE && own != from))
			return nat;
	}
	return NULL;
}

/*
 * A machine dials the address that stands for another on its own side.  From
 * the outside it may be any, best one that is not on the target's own side.
 * Who is on a third side has no use for any: the gateway routes.
 */
static const struct nat *forward_of(const struct host *gateway, const struct site *site,
				    const struct route *route)
{
	size_t from = side_of(gateway, &route->from), to = side_of(gateway, &route->to), i;
	const struct nat *found = NULL;
	size_t target = (size_t)(route->responder - site->hosts);

	for (i = first_forward(gateway, target); is_forward(gateway, i, target); i++) {
		const struct nat *nat = &gateway->nat[i];
		size_t own = side_of(gateway, &nat->address);

		if (nat->address.family != route->to.family)
			continue;
		if (own == from)
			return nat;
		if (from == OUTSIDE && (!found || side_of(gateway, &found->address) == to))
			found = nat;
	}
	return found;
}

/* The initiator's own gateways come first on the way. */
static void step_insert(struct route *route, const struct route_step *step)
{
	size_t at = route->step_count++;

	if (side_of(step->gateway, &route->from) != OUTSIDE)
		for (; at && side_of(route->steps[at - 1].gateway, &route->from) == OUTSIDE; at--)
			route->steps[at] = route->steps[at - 1];
	route->steps[at] = *step;
}

/* With two forwards in a row the last one counts: nobody dials past it. */
static void keep_last_forward(struct route *route)
{
	bool found = false;
	size_t i;

	for (i = route->step_count; i-- > 0;) {
		if (found)
			route->steps[i].forward = NULL;
		found = found || route->steps[i].forward;
	}
}

static const char *interface_name(const struct host *host, size_t interface)
{
	return interface < host->interface_count ? host->interfaces[interface].name : NULL;
}

static size_t default_interface(const struct host *host)
{
	size_t i;

	for (i = 0; i < host->interface_count; i++)
		if (host->interfaces[i].is_default)
			return i;
	return host->interface_count == 1 ? 0 : NO_INTERFACE;
}

static size_t interface_to(const struct host *host, const struct address *peer)
{
	size_t side = side_of(host, peer);

	return side == OUTSIDE ? default_interface(host) : host->address_interface[side];
}

/**
 * host_interface_to() - by which of its interfaces does a host reach a peer?
 * @host: the host
 * @peer: the peer's address
 *
 * Return: the name; NULL where the site does not tell.
 */
const char *host_interface_to(const struct host *host, const struct address *peer)
{
	return interface_name(host, interface_to(host, peer));
}

/* Of two interfaces, a packet leaves by the one that it did not come in by. */
static const char *interface_across(const struct host *gateway, const struct address *here,
				    const struct address *there)
{
	size_t interface = interface_to(gateway, here), other;

	if (interface == NO_INTERFACE && gateway->interface_count == 2 &&
	    side_of(gateway, here) == OUTSIDE) {
		other = interface_to(gateway, there);
		interface = other == NO_INTERFACE ? NO_INTERFACE : 1 - other;
	}
	return interface_name(gateway, interface);
}

/**
 * route_find() - which gateways stand between two machines
 * @route: its ends are given; the steps are filled in
 * @site: the site
 * @gateways: the site's gateways, as indexes of its hosts
 * @gateway_count: entries of @gateways
 *
 * Return: 0, or -E2BIG where there are more than ROUTE_MAX.
 */
int route_find(struct route *route, const struct site *site, const size_t *gateways,
	       size_t gateway_count)
{
	size_t i;

	route->step_count = 0;
	for (i = 0; i < gateway_count; i++) {
		struct route_step step = { .gateway = &site->hosts[gateways[i]] };

		if (step.gateway == route->initiator || step.gateway == route->responder ||
		    side_of(step.gateway, &route->from) == side_of(step.gateway, &route->to))
			continue;
		if (route->step_count == ROUTE_MAX)
			return -E2BIG;
		step.masquerade = masquerade_of(step.gateway, route);
		step.forward = forward_of(step.gateway, site, route);
		step.in_interface = interface_across(step.gateway, &route->from, &route->to);
		step.out_interface = interface_across(step.gateway, &route->to, &route->from);
		step_insert(route, &step);
	}
	keep_last_forward(route);
	return 0;
}

/*
 * A forward names the port that stands for the target's own service, or that of
 * another service.  What none names keeps its port at the forwarding address.
 */
static uint16_t forwarded_port(const struct route *route, const struct route_step *step,
			       uint16_t port)
{
	const struct nat *nat = step->forward;
	const struct host *target = route->responder;
	bool own = port == auth_port(target->settings.auth, target);
	uint16_t found = own ? nat->port : port;
	size_t i;

	for (i = first_forward(step->gateway, nat->target);
	     is_forward(step->gateway, i, nat->target); i++) {
		const struct nat *other = &step->gateway->nat[i];

		if (!address_equal(&other->address, &nat->address))
			continue;
		if (other->port == port)
			return port;
		if (own && !port_is_named(other->port))
			found = other->port;
	}
	return found;
}

/* What the initiator dials: the forwarding address, where there is one. */
static void dial(const struct route *route, const struct flow *flow, struct tuple *tuple)
{
	uint16_t port = tuple->dport.low;
	size_t i;

	for (i = 0; i < route->step_count; i++) {
		const struct route_step *step = &route->steps[i];

		if (!step->forward)
			continue;
		tuple->destination = step->forward->address;
		if (flow->tag || tuple->dport.low != tuple->dport.high)
			continue;
		port = forwarded_port(route, step, port);
		tuple->dport = (struct range) { port, port };
	}
}

/**
 * route_apply() - follow the packets of a flow along its route
 * @route: the route
 * @flows: which it is one of
 * @flow: the flow; what is sent, received and forwarded is filled in
 * @sport: ports that the initiator sends from
 * @dport: ports that the responder waits at
 *
 * A gateway that masquerades keeps the source port in its range, since the
 * ruleset that this project writes for it says so.
 *
 * Return: 0, or -ENOMEM.
 */
int route_apply(const struct route *route, struct flows *flows, struct flow *flow,
		struct range sport, struct range dport)
{
	struct tuple now = { route->from, route->to, sport, dport };
	size_t i;

	if (route->step_count) {
		flow->hops = flows_hops(flows, route->step_count);
		if (!flow->hops)
			return -ENOMEM;
	}
	dial(route, flow, &now);
	flow->sent = now;
	for (i = 0; i < route->step_count; i++) {
		const struct route_step *step = &route->steps[i];

		flow->hops[i].gateway = step->gateway;
		flow->hops[i].in_interface = step->in_interface;
		flow->hops[i].out_interface = step->out_interface;
		flow->hops[i].in = now;
		if (step->forward) {
			now.destination = route->to;
			now.dport = dport;
		}
		if (step->masquerade)
			now.source = step->masquerade->address;
		flow->hops[i].out = now;
	}
	flow->hop_count = route->step_count;
	flow->received = now;
	return 0;
}

/**
 * gateway_faces() - does a peer meet the gateway at this address?
 * @gateway: a gateway that is a client or a server too
 * @address: which of its addresses
 * @peer: the peer's address
 *
 * Return: true where it does: at the address of the peer's own side; from the
 * outside, at the address that others are masqueraded as, if there is one.
 */
bool gateway_faces(const struct host *gateway, size_t address, const struct address *peer)
{
	size_t side = side_of(gateway, peer), i;
	bool masquerades = false;

	if (side != OUTSIDE)
		return address == side;
	for (i = 0; i < gateway->nat_count && gateway->nat[i].kind == GATEWAY_MASQUERADE; i++) {
		if (gateway->nat[i].address.family != peer->family)
			continue;
		masquerades = true;
		if (address_equal(&gateway->nat[i].address, &gateway->address[address]))
			return true;
	}
	return !masquerades;
}

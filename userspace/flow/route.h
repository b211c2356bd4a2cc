/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateways between two machines, and what they do to packets.
 */
#ifndef FLOW_ROUTE_H
#define FLOW_ROUTE_H

#include "flow/flow.h"

/* More gateways in a row than a site has between two of its machines. */
#define ROUTE_MAX	8

/**
 * struct route_step - one gateway of a route
 * @gateway: which
 * @masquerade: what it replaces the source by, or NULL
 * @forward: what it replaces the destination for, or NULL
 * @in_interface: its interface towards the initiator; NULL where unknown
 * @out_interface: towards the responder
 */
struct route_step {
	const struct host *gateway;
	const struct nat *masquerade;
	const struct nat *forward;
	const char *in_interface;
	const char *out_interface;
};

/**
 * struct route - the way from an initiator to a responder
 * @initiator: where it starts
 * @responder: where it ends
 * @from: the initiator's address
 * @to: the responder's
 * @steps: the gateways in the order in which packets meet them
 * @step_count: entries of @steps
 */
struct route {
	const struct host *initiator;
	const struct host *responder;
	struct address from;
	struct address to;
	struct route_step steps[ROUTE_MAX];
	size_t step_count;
};

int route_find(struct route *route, const struct site *site, const size_t *gateways,
	       size_t gateway_count);
int route_apply(const struct route *route, struct flows *flows, struct flow *flow,
		struct range sport, struct range dport);
const char *host_interface_to(const struct host *host, const struct address *peer);
bool gateway_faces(const struct host *gateway, size_t address, const struct address *peer);

#endif /* FLOW_ROUTE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gateway itself: what inject.c's process does in its namespace. */
#ifndef PROVE_INJECT_GATEWAY_H
#define PROVE_INJECT_GATEWAY_H

#include "prove/inject.h"

struct nfct_handle;

/**
 * struct inject_gateway - the namespace that this process is in
 * @in: packets go in here: a TUN device
 * @out: and leave here
 * @flows: of ctnetlink, for questions about flows
 * @expectations: likewise about expectations
 * @events: expectations that begin and end
 * @translates: it has rules for NAT
 */
struct inject_gateway {
	int in;
	int out;
	struct nfct_handle *flows;
	struct nfct_handle *expectations;
	struct nfct_handle *events;
	bool translates;
};

int inject_gateway_open(struct inject_gateway *gateway, const struct inject_settings *settings,
			FILE *errors);
int inject_gateway_translate(struct inject_gateway *gateway, const struct inject_flow *flow,
			     const struct inject_flow *as);
size_t inject_gateway_packet(struct inject_gateway *gateway, const struct inject_packet *packet,
			     struct inject_sight *sight, uint8_t left[INJECT_PACKET_MAX]);
int inject_gateway_forget(struct inject_gateway *gateway, const struct inject_flow *flow);

#endif /* PROVE_INJECT_GATEWAY_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway in a network namespace of its own, for packets that are written into it
 * one at a time, and what its connection tracking makes of each.
 *
 * Another process runs it, so that this one may have given up every right.
 */
#ifndef PROVE_INJECT_H
#define PROVE_INJECT_H

#include <stdio.h>

#include "flow/address.h"

/* One IP packet. */
#define INJECT_PACKET_MAX	65535
/* More expectations one packet does not make or end; others are not told. */
#define INJECT_EVENTS_MAX	32

/**
 * struct inject_settings - the gateway
 * @helper: name of the helper for flows to @port; "": none
 * @port: UDP port that requests may go to
 * @udp_timeout: nf_conntrack_udp_timeout, seconds
 * @udp_stream_timeout: nf_conntrack_udp_timeout_stream, seconds
 */
struct inject_settings {
	char helper[16];
	uint16_t port;
	unsigned int udp_timeout;
	unsigned int udp_stream_timeout;
};

/**
 * struct inject_flow - a connection, or an expectation where @source_port is 0
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @source: of the first packet
 * @destination: likewise
 * @source_port: likewise, in host order
 * @destination_port: likewise
 */
struct inject_flow {
	uint8_t protocol;
	struct address source;
	struct address destination;
	uint16_t source_port;
	uint16_t destination_port;
};

/**
 * struct inject_event - of an expectation
 * @made: it begins; it ends otherwise
 * @port: that is expected
 * @life: seconds that it has, where it begins
 */
struct inject_event {
	bool made;
	uint16_t port;
	unsigned int life;
};

/**
 * struct inject_sight - what a packet was to the gateway
 * @error: errno that kept it from going in
 * @passed: it left on the other side
 * @life: seconds that are left of its flow; -1: it has none
 * @event: in the order of their time
 * @event_count: entries in use
 */
struct inject_sight {
	int error;
	bool passed;
	int life;
	struct inject_event event[INJECT_EVENTS_MAX];
	unsigned int event_count;
};

struct inject;

/**
 * struct inject_packet - what goes in
 * @flow: that it is of, in its own direction
 * @raw: an IP packet
 * @length: at most INJECT_PACKET_MAX
 * @patience: milliseconds to wait for it to leave, should it be late
 */
struct inject_packet {
	struct inject_flow flow;
	const void *raw;
	size_t length;
	int patience;
};

struct inject *inject_open(const struct inject_settings *settings, FILE *errors);
int inject_send(struct inject *inject, const struct inject_packet *packet,
		struct inject_sight *sight);
int inject_translate(struct inject *inject, const struct inject_flow *flow,
		     const struct inject_flow *as);
const uint8_t *inject_left(const struct inject *inject, size_t *length);
int inject_forget(struct inject *inject, const struct inject_flow *flow);
void inject_close(struct inject *inject);

#endif /* PROVE_INJECT_H */

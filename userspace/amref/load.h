/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thousands of initiators and targets in one process: what "amref load" runs.
 *
 * An initiator sends a REQ, the target announces streams, the initiator
 * connects them, and each stream brings eight bytes that only the right target
 * could know.  Both ends speak the protocol of auth bsd (or bsdudp), but are
 * leaner than the drivers: a session is a few hundred bytes.
 */
#ifndef AMREF_LOAD_H
#define AMREF_LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "amanda_packet.h"
#include "driver.h"

union load_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/**
 * struct load_addresses - addresses without ports
 * @address: belongs to the list
 * @count: of them
 */
struct load_addresses {
	union load_address *address;
	size_t count;
};

/**
 * struct load_options - what to do
 * @initiators: run initiators
 * @targets: run targets
 * @from: the initiators' addresses; used in turn
 * @to: where they send their requests; used in turn
 * @serve: where the targets are; under NAT not the same as @to
 * @from_netns: network namespace of the initiators: a name of "ip netns", or a
 *	path; NULL: our own
 * @to_netns: likewise of the targets
 * @port: amandad's, host order
 * @udp_ports: source ports of the initiators; 0-0: any
 * @tcp_ports: where the targets listen for streams
 * @in_band: as auth bsdudp: one connection holds all streams
 * @clients: initiators at the same time
 * @sessions: how many there will be in all
 * @streams: of each session; 1 to AMANDA_STREAMS_MAX
 * @size: bytes that each stream brings, beside the eight
 * @rate: sessions for each second; 0: as soon as an initiator is free
 * @loss: probability that a packet is not sent
 * @duplicate: that it is sent twice
 * @reorder: that it is sent behind later ones
 * @seed: of the chance
 * @hold: milliseconds that a session stays when all its streams are there
 * @duration: milliseconds after which no session is begun; 0: no end
 * @ack_wait: milliseconds until a packet is repeated; Amanda's are 10 s
 * @connect_wait: milliseconds for the streams; Amanda's are 30 s
 * @progress: tell on standard error how far we are
 */
struct load_options {
	bool initiators;
	bool targets;
	struct load_addresses from;
	struct load_addresses to;
	struct load_addresses serve;
	const char *from_netns;
	const char *to_netns;
	uint16_t port;
	struct port_range udp_ports;
	struct port_range tcp_ports;
	bool in_band;
	unsigned int clients;
	uint64_t sessions;
	unsigned int streams;
	uint64_t size;
	double rate;
	double loss;
	double duplicate;
	double reorder;
	uint64_t seed;
	unsigned int hold;
	unsigned int duration;
	unsigned int ack_wait;
	unsigned int connect_wait;
	bool progress;
};

/* Why a session was lost. */
enum load_loss {
	LOAD_NO_ACK,		/* nobody acknowledged the REQ */
	LOAD_NO_REP,		/* nor answered it */
	LOAD_NAK,		/* the target refused */
	LOAD_NO_STREAMS,	/* the answer has other streams than were asked for */
	LOAD_REFUSED,		/* a stream's connection was refused */
	LOAD_SILENT,		/* a stream did not come to be in time */
	LOAD_MISLED,		/* a stream led to someone else */
	LOAD_BROKEN,		/* a stream ended early */
	LOAD_NO_SOCKET,		/* no port or no memory on our own side */
	LOAD_CUT,		/* the run was ended before */
	LOAD_LOSSES
};

/* Logarithmic steps, each cut into LOAD_STEPS equal ones: 3 % at worst. */
#define LOAD_STEPS	32
#define LOAD_OCTAVES	40

/**
 * struct load_latency - how often which latency was seen
 * @count: of all
 * @most: the longest, in nanoseconds
 * @bucket: see load_latency.c
 */
struct load_latency {
	uint64_t count;
	uint64_t most;
	uint32_t bucket[LOAD_OCTAVES * LOAD_STEPS];
};

/**
 * struct load_report - what came of it
 * @offered: sessions whose REQ was sent
 * @opened: whose REP announced the streams
 * @connected: whose streams were all there and led to the right place
 * @lost: the others; @lost_because says why
 * @lost_because: of enum load_loss
 * @streams: that were connected
 * @bytes: that they brought
 * @together: the most sessions whose streams stood at the same time
 * @underway: the most sessions at the same time, in whatever state
 * @sent: packets, of both ends, with the copies and without the dropped ones
 * @dropped: on purpose
 * @duplicated: on purpose
 * @reordered: on purpose
 * @repeated: because no answer came
 * @requests: the targets' sessions
 * @no_port: requests that a target refused because its range was exhausted
 * @not_accepted: streams of targets that nobody connected
 * @strange: packets at a target that were not for it to understand
 * @ack: from the REQ to its ACK
 * @reply: from the REQ to the REP
 * @connect: from the REP to the last of the streams
 * @session: from when the session was due to the last of the streams
 * @socket_error: errno of the last LOAD_NO_SOCKET; 0: none
 * @offering: from the start to when the last session was begun; nanoseconds
 * @nanoseconds: how long it took
 */
struct load_report {
	uint64_t offered;
	uint64_t opened;
	uint64_t connected;
	uint64_t lost;
	uint64_t lost_because[LOAD_LOSSES];
	uint64_t streams;
	uint64_t bytes;
	uint64_t together;
	uint64_t underway;
	uint64_t sent;
	uint64_t dropped;
	uint64_t duplicated;
	uint64_t reordered;
	uint64_t repeated;
	uint64_t requests;
	uint64_t no_port;
	uint64_t not_accepted;
	uint64_t strange;
	struct load_latency ack;
	struct load_latency reply;
	struct load_latency connect;
	struct load_latency session;
	int socket_error;
	uint64_t offering;
	uint64_t nanoseconds;
};

int load_run(const struct load_options *options, struct load_report *report, char *why,
	     size_t why_size);

bool load_addresses_parse(struct load_addresses *list, const char *text);
void load_addresses_free(struct load_addresses *list);

void load_latency_add(struct load_latency *latency, uint64_t nanoseconds);
uint64_t load_latency_at(const struct load_latency *latency, double share);

const char *load_loss_text(enum load_loss loss);
void load_print_text(const struct load_options *options, const struct load_report *report,
		     FILE *out);
void load_print_json(const struct load_options *options, const struct load_report *report,
		     FILE *out);

#endif /* AMREF_LOAD_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each operation of Amanda puts on the wire: the table, and the table
 * applied to a site.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "flow/site.h"

/* More streams than an operation of Amanda has. */
#define OPERATION_STREAMS	5

/* amandad's REP_TIMEOUT: so long may an estimate take before it is answered. */
#define AMANDA_REPLY_SECONDS	(6 * 60 * 60)

enum port_class {
	PORTS_ANY,		/* whatever the kernel picks above 1023 */
	PORTS_RESERVED_UDP,	/* reserved-udp-port */
	PORTS_RESERVED_TCP,	/* reserved-tcp-port */
	PORTS_UNRESERVED_TCP,	/* unreserved-tcp-port */
};

enum streams {
	STREAMS_INSIDE,		/* in the control connection */
	STREAMS_FIRST,		/* one connection, for the first tag, carries all */
	STREAMS_EACH,		/* a connection for each tag */
};

/**
 * struct auth - how one of Amanda's security drivers uses the network
 * @name: as amanda.conf writes it
 * @protocol: of the control flow, IPPROTO_UDP or IPPROTO_TCP
 * @sport: where the initiator's control flow comes from
 * @port: where the responder waits; 0 for an auth that stays on the machine
 * @streams: which TCP connections follow
 * @helper: a connection tracking helper can open those
 * @refused: why a site file cannot use it, or NULL
 * @reason: the file and function of Amanda that make it so
 */
struct auth {
	const char *name;
	int protocol;
	enum port_class sport;
	uint16_t port;
	enum streams streams;
	bool helper;
	const char *refused;
	const char *reason;
};

/**
 * struct operation - one exchange that Amanda starts
 * @name: what users call it
 * @initiator: who starts it, and opens all of its streams too
 * @responder: whose amandad answers
 * @recovery: only where restores are wanted
 * @tags: its streams in the order of the CONNECT line
 * @reason: the file of Amanda that makes it so
 */
struct operation {
	const char *name;
	enum role initiator;
	enum role responder;
	bool recovery;
	const char *tags[OPERATION_STREAMS + 1];
	const char *reason;
};

extern const struct operation operations[];
extern const size_t operation_count;

const struct auth *auth_find(const char *name);
const char *auth_names(void);

/**
 * struct hop - a gateway on the way of a flow
 * @gateway: which
 * @in: the packets as they reach it
 * @out: as they leave it
 * @in_interface: the gateway's interface that they come in by; NULL where unknown
 * @out_interface: the one that they leave by
 */
struct hop {
	const struct host *gateway;
	struct tuple in;
	struct tuple out;
	const char *in_interface;
	const char *out_interface;
};

/**
 * struct flow - one flow of one operation between two machines
 * @id: unique in the site, and the same in every run
 * @operation: of which operation
 * @auth: under which auth
 * @initiator: who sends the first packet
 * @responder: who answers
 * @tag: the stream; NULL for the control flow
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @sent: the packets as they leave the initiator
 * @received: as they reach the responder
 * @loopback: initiator and responder are one machine, and no wire is between
 * @hops: the gateways between
 * @hop_count: entries of @hops
 */
struct flow {
	char *id;
	const struct operation *operation;
	const struct auth *auth;
	const struct host *initiator;
	const struct host *responder;
	const char *tag;
	int protocol;
	struct tuple sent;
	struct tuple received;
	bool loopback;
	struct hop *hops;
	size_t hop_count;
};

/**
 * struct flows - every flow of a site
 * @flow: those between two machines follow one another
 * @count: entries in use
 * @room: entries there is memory for
 */
struct flows {
	struct flow *flow;
	size_t count;
	size_t room;
};

int flows_expand(struct flows *flows, const struct site *site);
void flows_free(struct flows *flows);
bool flow_touches(const struct flow *flow, const struct host *host);

#endif /* FLOW_FLOW_H */

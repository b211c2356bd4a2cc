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

/* Two names of hosts, and what stands between and around them. */
#define FLOW_ID_MAX		(2 * SITE_NAME_MAX + 64)

enum port_class {
	PORTS_NONE,		/* the network is not used */
	PORTS_ANY,		/* whatever the kernel picks above 1023 */
	PORTS_RESERVED_UDP,	/* reserved-udp-port */
	PORTS_RESERVED_TCP,	/* reserved-tcp-port */
	PORTS_UNRESERVED_TCP,	/* unreserved-tcp-port */
	PORTS_RCMD,		/* what rresvport() of the C library picks */
	PORTS_MOVER,		/* where the mover of a tape service listens */
};

enum streams {
	STREAMS_INSIDE,		/* in the control connection */
	STREAMS_FIRST,		/* one connection, for the first tag, carries all */
	STREAMS_EACH,		/* a connection for each tag */
	STREAMS_BACK,		/* one connection from the responder to the initiator */
};

/**
 * struct auth - a way to use the network: one of Amanda's security drivers,
 *	or what an operation has of its own
 * @name: as amanda.conf writes it
 * @protocol: of the control flow, IPPROTO_UDP or IPPROTO_TCP
 * @sport: where the initiator's control flow comes from
 * @port: where the responder waits; 0 where that is not one fixed port
 * @dport: where it waits then
 * @client_port: a site may say that the responder waits elsewhere
 * @streams: which TCP connections follow
 * @stream_sport: where they come from
 * @stream_dport: where they go to
 * @helper: a connection tracking helper can open those
 * @reason: the file and function of Amanda that make it so
 */
struct auth {
	const char *name;
	int protocol;
	enum port_class sport;
	uint16_t port;
	enum port_class dport;
	bool client_port;
	enum streams streams;
	enum port_class stream_sport;
	enum port_class stream_dport;
	bool helper;
	const char *reason;
};

/**
 * struct operation - one exchange that Amanda starts
 * @name: what users call it
 * @initiator: who starts it, and opens all of its streams too
 * @responder: who answers; the initiator itself where @over says so
 * @wanted: the setting that asks for it; SET_COUNT: none, it is always there
 * @bits: of a setting that has several choices: which
 * @over: how it crosses the network; NULL: by the client's auth
 * @tags: its streams in the order of the CONNECT line
 * @reason: the file of Amanda that makes it so
 */
struct operation {
	const char *name;
	enum role initiator;
	enum role responder;
	enum setting wanted;
	unsigned int bits;
	const struct auth *over;
	const char *tags[OPERATION_STREAMS + 1];
	const char *reason;
};

extern const struct operation operations[];
extern const size_t operation_count;

const struct auth *auth_find(const char *name);
const char *auth_names(void);
uint16_t auth_port(const struct auth *auth, const struct host *host);
bool auth_travels(const struct auth *auth);
bool port_is_named(uint16_t port);
bool operation_stays(const struct operation *operation);
bool operation_wanted(const struct operation *operation, const struct settings *settings);

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
 * @operation: of which operation
 * @auth: under which auth, or over what else
 * @initiator: who sends the first packet
 * @responder: who answers
 * @from: the initiator's role in this
 * @to: the responder's
 * @tag: the stream; NULL for the control flow
 * @number: tells flows apart that differ in nothing but addresses, from 1
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @sent: the packets as they leave the initiator
 * @received: as they reach the responder
 * @loopback: initiator and responder are one machine, and no wire is between
 * @hops: the gateways between
 * @hop_count: entries of @hops
 */
struct flow {
	const struct operation *operation;
	const struct auth *auth;
	const struct host *initiator;
	const struct host *responder;
	enum role from;
	enum role to;
	const char *tag;
	unsigned int number;
	int protocol;
	struct tuple sent;
	struct tuple received;
	bool loopback;
	struct hop *hops;
	size_t hop_count;
};

struct hop_block;

/**
 * struct flows - every flow of a site
 * @flow: those between two machines follow one another
 * @count: entries in use
 * @room: entries there is memory for
 * @blocks: where the hops of all flows lie
 */
struct flows {
	struct flow *flow;
	size_t count;
	size_t room;
	struct hop_block *blocks;
};

int flows_expand(struct flows *flows, const struct site *site);
void flows_free(struct flows *flows);
struct hop *flows_hops(struct flows *flows, size_t count);
void flow_id(const struct flow *flow, char id[FLOW_ID_MAX]);
bool flow_touches(const struct flow *flow, const struct host *host);

#endif /* FLOW_FLOW_H */

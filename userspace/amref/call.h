/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call from inside: what target.c, call.c and call_service.c share.  Services
 * see target.h alone.
 */
#ifndef AMREF_CALL_H
#define AMREF_CALL_H

#include "fault.h"
#include "loop.h"
#include "target.h"

enum call_state {
	CALL_NEW,	/* the REQ has not come yet */
	CALL_WORKS,	/* acknowledged, the service makes the reply */
	CALL_REPLIED,	/* waits for the ACK */
	CALL_STREAMS,	/* acknowledged: what is left are streams */
};

struct call_stream_name {
	char tag[AMANDA_TAG_MAX + 1];
	int number;
};

/**
 * struct call - one request that is being served
 * @target: of this target
 * @next: the target's next one
 * @exchange: NULL where it has ended
 * @peer: name of the initiator
 * @service: NULL until it is known
 * @state: what has happened
 * @data: the service's own
 * @arguments: for the service
 * @length: bytes at @arguments
 * @stream: made for the reply
 * @streams: how many
 * @no_port: tag of the stream that found no port, or NULL
 * @reply: the body of the REP
 * @reply_length: bytes at @reply
 * @tries: how often the REP may still go
 * @copies: how often it has gone, with those that a fault lost
 * @timer: for the REP
 * @ending: ends the call from the loop
 * @done: the service has called call_done()
 */
struct call {
	struct target *target;
	struct call *next;
	struct security_exchange *exchange;
	char *peer;
	const struct service *service;
	enum call_state state;
	void *data;
	char *arguments;
	size_t length;
	struct call_stream_name stream[AMANDA_STREAMS_MAX];
	size_t streams;
	const char *no_port;
	char *reply;
	size_t reply_length;
	unsigned int tries;
	unsigned int copies;
	struct loop_timer timer;
	struct loop_timer ending;
	bool done;
	bool cancelled;
};

struct target {
	struct loop *loop;
	struct security_peer *peer;
	struct target_options options;
	struct call *calls;
	bool closed;	/* the one connection is gone */
	bool stopping;
	struct loop_timer bored;
};

static inline const struct security_driver *driver_of(const struct call *call)
{
	return call->target->peer->driver;
}

static inline const struct fault *fault_of(const struct call *call)
{
	return call->target->peer->options.fault;
}

struct call *call_new(struct target *target, struct security_exchange *exchange,
		      const char *peer_name);
void call_cancel(struct call *call);
void call_end_soon(struct call *call);
void call_send(struct call *call, enum amanda_type type, const char *body, size_t length);
void call_send_reply(struct call *call);
void call_send_nak(struct call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* AMREF_CALL_H */

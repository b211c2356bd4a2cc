// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The initiator's half of an exchange: the states of Amanda's
 * common-src/protocol.c; see protocol.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "protocol.h"
#include "wire.h"

enum request_state {
	WAITS_FOR_ACK,
	WAITS_FOR_REP,
	ANSWERED,	/* the caller has the reply */
	OVER,		/* refused or failed */
};

/**
 * struct request - one request
 * @exchange: its own
 * @state: what is waited for
 * @timing: as asked for
 * @tries: how often the REQ may still go without an ACK
 * @resets: how often it may still go without a REP
 * @began: when it was sent first, of loop_now()
 * @sent: when it was sent last
 * @timer: for @state
 * @events: the caller's
 * @arg: likewise
 * @error: of the first send, told by the loop
 * @body: of the REQ
 * @length: bytes at @body
 */
struct request {
	struct security_exchange *exchange;
	enum request_state state;
	struct request_timing timing;
	unsigned int tries;
	unsigned int resets;
	uint64_t began;
	uint64_t sent;
	struct loop_timer timer;
	const struct request_events *events;
	void *arg;
	int error;
	size_t length;
	char body[];
};

/**
 * request_timing_default() - Amanda's own times
 * @timing: filled in
 *
 * common-src/protocol.c, and req-tries of common-src/conffile.c.
 */
void request_timing_default(struct request_timing *timing)
{
	timing->ack_wait = 10 * 1000;
	timing->req_tries = 3;
	timing->rep_wait = 300 * 1000;
	timing->reset_tries = 2;
	timing->drop_dead = 3600 * 1000;
}

static const struct security_driver *driver_of(const struct request *request)
{
	return request->exchange->peer->driver;
}

static struct loop *loop_of(const struct request *request)
{
	return request->exchange->peer->loop;
}

/* The last thing that happens to a request: the caller may free it. */
static void fail(struct request *request, const char *why)
{
	loop_stop(loop_of(request), &request->timer);
	request->state = OVER;
	request->events->failed(request->arg, why);
}

static void send_request(struct request *request)
{
	request->sent = loop_now(loop_of(request));
	request->state = WAITS_FOR_ACK;
	request->error = driver_of(request)->send(request->exchange, AMANDA_REQ, request->body,
						  request->length);
	loop_start(loop_of(request), &request->timer,
		   request->error ? 0 : request->timing.ack_wait);
}

static void ack_missing(struct request *request)
{
	char why[128];

	if (request->error) {
		snprintf(why, sizeof(why), "error sending REQ: %s", strerror(-request->error));
		fail(request, why);
	} else if (!--request->tries) {
		fail(request, "timeout waiting for ACK");
	} else if (driver_of(request)->acknowledges) {
		send_request(request);
	} else {
		/* A connection loses nothing: wait as long, but say it once. */
		loop_start(loop_of(request), &request->timer, request->timing.ack_wait);
	}
}

static void rep_missing(struct request *request)
{
	uint64_t age = loop_now(loop_of(request)) - request->began;

	if (!request->resets || !driver_of(request)->acknowledges ||
	    age > request->timing.drop_dead * 1000000ull) {
		fail(request, "timeout waiting for REP");
		return;
	}
	request->resets--;
	request->tries = request->timing.req_tries;
	send_request(request);
}

static void expired(void *arg)
{
	struct request *request = arg;

	if (request->state == WAITS_FOR_ACK)
		ack_missing(request);
	else if (request->state == WAITS_FOR_REP)
		rep_missing(request);
}

static void wait_for_rep(struct request *request, unsigned int milliseconds)
{
	request->state = WAITS_FOR_REP;
	loop_start(loop_of(request), &request->timer, milliseconds);
}

/* After a PREP there is left what was left before, and a second more (s_repwait()). */
static void partial(struct request *request, const char *body, size_t length)
{
	uint64_t waited = (loop_now(loop_of(request)) - request->sent) / 1000000;
	unsigned int left = waited < request->timing.rep_wait ?
			    request->timing.rep_wait - waited : 0;

	wait_for_rep(request, left + 1000);
	if (request->events->partial)
		request->events->partial(request->arg, body, length);
}

static void answered(struct request *request, const char *body, size_t length)
{
	struct wire_streams streams;
	enum amanda_refusal refusal;
	char why[128];

	driver_of(request)->send(request->exchange, AMANDA_ACK, NULL, 0);
	/* Amanda has forgotten the exchange by now; we say it again where the ACK was lost. */
	if (request->state == ANSWERED)
		return;
	loop_stop(loop_of(request), &request->timer);
	request->state = ANSWERED;
	refusal = wire_streams_parse(body, length, &streams);
	if (refusal) {
		snprintf(why, sizeof(why), "the reply's CONNECT line cannot be read: %s",
			 amanda_refusal_name(refusal));
		fail(request, why);
		return;
	}
	request->events->answered(request->arg, streams.stream,
				  (const char (*)[AMANDA_TAG_MAX + 1])streams.tag, streams.count,
				  streams.rest.at, streams.rest.length);
}

static void refused(struct request *request, const char *body, size_t length)
{
	loop_stop(loop_of(request), &request->timer);
	request->state = OVER;
	request->events->refused(request->arg, body, length);
}

static void packet(void *arg, enum amanda_type type, const char *body, size_t length)
{
	struct request *request = arg;

	if (request->state == OVER || (request->state == ANSWERED && type != AMANDA_REP))
		return;
	if (type == AMANDA_REP)
		answered(request, body, length);
	else if (type == AMANDA_NAK)
		refused(request, body, length);
	else if (type == AMANDA_PREP)
		partial(request, body, length);
	else if (type == AMANDA_ACK && request->state == WAITS_FOR_ACK)
		wait_for_rep(request, request->timing.rep_wait);
}

static void lost(void *arg, const char *why)
{
	struct request *request = arg;

	if (request->state == WAITS_FOR_ACK || request->state == WAITS_FOR_REP)
		fail(request, why);
}

static const struct exchange_events events_of_exchange = {
	.packet = packet,
	.failed = lost,
};

static struct request *new_request(const char *service, const char *arguments, size_t length)
{
	size_t line = strlen("SERVICE \n") + strlen(service);
	struct request *request = calloc(1, sizeof(*request) + line + length + 1);

	if (!request)
		return NULL;
	sprintf(request->body, "SERVICE %s\n", service);
	if (length)
		memcpy(request->body + line, arguments, length);
	request->length = line + length;
	return request;
}

/**
 * request_send() - make a request
 * @peer: of an initiator
 * @service: its name, a word
 * @arguments: what follows the SERVICE line.  An amandad refuses a request without
 * @length: bytes at @arguments
 * @timing: NULL: request_timing_default()
 * @events: how it ends; never called from here
 * @arg: for @events
 *
 * Return: the request, for request_free(); NULL without memory.
 */
struct request *request_send(struct security_peer *peer, const char *service,
			     const char *arguments, size_t length,
			     const struct request_timing *timing,
			     const struct request_events *events, void *arg)
{
	struct request *request = new_request(service, arguments, length);

	if (!request)
		return NULL;
	request_timing_default(&request->timing);
	if (timing)
		request->timing = *timing;
	request->events = events;
	request->arg = arg;
	request->tries = request->timing.req_tries;
	request->resets = request->timing.reset_tries;
	request->timer = (struct loop_timer){ .expired = expired, .arg = request };
	request->exchange = peer->driver->begin(peer, &events_of_exchange, request);
	if (!request->exchange) {
		free(request);
		return NULL;
	}
	request->began = loop_now(peer->loop);
	send_request(request);
	return request;
}

/**
 * request_exchange() - the exchange, for the streams that the answer names
 * @request: that was answered
 *
 * Return: the exchange; ends with request_free().
 */
struct security_exchange *request_exchange(struct request *request)
{
	return request->exchange;
}

/**
 * request_free() - forget a request
 * @request: in whatever state; its streams live on.  NULL does nothing
 *
 * As long as it lives, a repeated REP is acknowledged again.
 */
void request_free(struct request *request)
{
	if (!request)
		return;
	loop_stop(loop_of(request), &request->timer);
	driver_of(request)->end(request->exchange);
	free(request);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target's half: the states of Amanda's amandad-src/amandad.c; see target.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "loop.h"
#include "target.h"
#include "wire.h"

#define ACK_WAIT	10000
#define REP_TRIES	5
#define IDLE_WAIT	30000
#define REPEAT_WAIT	100

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

static const struct security_driver *driver_of(const struct call *call)
{
	return call->target->peer->driver;
}

static const struct fault *fault_of(const struct call *call)
{
	return call->target->peer->options.fault;
}

static void end_exchange(struct call *call)
{
	if (call->exchange)
		driver_of(call)->end(call->exchange);
	call->exchange = NULL;
}

static void send_packet(struct call *call, enum amanda_type type, const char *body, size_t length)
{
	if (call->exchange)
		driver_of(call)->send(call->exchange, type, body, length);
}

/*
 * Over a connection more requests may follow: amcheck asks for noop and then for
 * selfcheck.  Datagrams go to whom inetd starts next.
 */
static bool is_over(const struct target *target)
{
	return target->closed ||
	       (target->options.once && target->peer->driver->acknowledges);
}

static void free_call(struct call *call)
{
	struct target *target = call->target;
	struct call **at = &target->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	loop_stop(target->loop, &call->timer);
	loop_stop(target->loop, &call->ending);
	end_exchange(call);
	free(call->arguments);
	free(call->reply);
	free(call->peer);
	free(call);
	if (!target->calls && !target->stopping && is_over(target))
		loop_quit(target->loop, 0);
}

/* The call is over, and the service may not know it yet. */
static void cancel(struct call *call)
{
	if (call->service && !call->done) {
		call->cancelled = true;
		call->service->cancel(call);
	}
	free_call(call);
}

static void ending(void *arg)
{
	cancel(arg);
}

/* From the loop, since a service may be running that uses the call. */
static void end_soon(struct call *call)
{
	end_exchange(call);
	loop_start(call->target->loop, &call->ending, 0);
}

static void __attribute__((format(printf, 2, 3)))
send_nak(struct call *call, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	send_packet(call, AMANDA_NAK, text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
}

static void send_reply(struct call *call)
{
	const struct fault *fault = fault_of(call);
	struct target *target = call->target;

	call->state = CALL_REPLIED;
	if (call->copies++ || !fault_is(fault, FAULT_CONNECT_IN_PREP))
		;
	else
		send_packet(call, AMANDA_PREP, call->reply, call->reply_length);
	if (!fault_is(fault, FAULT_LOST_REP) || call->copies > fault->number)
		send_packet(call, AMANDA_REP, call->reply, call->reply_length);
	loop_start(target->loop, &call->timer, target->options.ack_wait);
}

static void ack_missing(struct call *call)
{
	/* Over a connection nothing is lost; Amanda repeats it there, too. */
	if (--call->tries) {
		if (driver_of(call)->acknowledges || fault_is(fault_of(call), FAULT_LOST_REP))
			send_reply(call);
		else
			loop_start(call->target->loop, &call->timer,
				   call->target->options.ack_wait);
		return;
	}
	fprintf(stderr, "amref: %s for %s: timeout waiting for ACK for our REP\n",
		call->service->name, call->peer);
	cancel(call);
}

static void end_repeats(struct call *call)
{
	end_exchange(call);
	if (call->done)
		free_call(call);
}

/* FAULT_REPEAT_REP: the streams are open by now. */
static void repeat_reply(struct call *call)
{
	send_packet(call, AMANDA_REP, call->reply, call->reply_length);
	if (call->copies++ < fault_of(call)->number)
		loop_start(call->target->loop, &call->timer, REPEAT_WAIT);
	else
		end_repeats(call);
}

static void expired(void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_WORKS)
		send_reply(call);	/* FAULT_LATE_REP */
	else if (call->state == CALL_REPLIED)
		ack_missing(call);
	else if (call->state == CALL_STREAMS)
		repeat_reply(call);
}

/* The exchange ends here, as in s_ackwait() of amandad.c: no packet is known any more. */
static void acknowledged(struct call *call)
{
	call->state = CALL_STREAMS;
	loop_stop(call->target->loop, &call->timer);
	if (fault_is(fault_of(call), FAULT_REPEAT_REP)) {
		call->copies = 1;
		loop_start(call->target->loop, &call->timer, REPEAT_WAIT);
		return;
	}
	end_repeats(call);
}

/* What stands first in the table of Amanda's services, as one word. */
static bool is_amdump(const char *service)
{
	return !strcmp(service, "noop") || !strcmp(service, "sendsize") ||
	       !strcmp(service, "sendbackup") || !strcmp(service, "selfcheck");
}

static bool is_active(const struct target *target, const struct service *service)
{
	const char *const *name = target->options.service;

	if (!name || !*name)
		return service->by_default;
	for (; *name; name++)
		if (!strcmp(*name, service->name) ||
		    (!strcmp(*name, "amdump") && is_amdump(service->name)))
			return true;
	return false;
}

static void drop(struct call *call)
{
	call->service = NULL;
	end_soon(call);
}

static void start(struct call *call, const char *body, size_t length)
{
	struct wire_request request;
	char name[WIRE_WORD_MAX];

	wire_request_parse(body, length, &request);
	snprintf(name, sizeof(name), "%.*s", (int)request.service.length,
		 request.service.at ? request.service.at : "");
	call->arguments = malloc(request.arguments.length + 1);
	if (!request.service.at || !request.arguments.length || !call->arguments) {
		send_nak(call, "ERROR invalid REQ\n");
		drop(call);
		return;
	}
	memcpy(call->arguments, request.arguments.at, request.arguments.length);
	call->arguments[request.arguments.length] = '\0';
	call->length = request.arguments.length;
	call->service = service_find(name);
	if (fault_is(fault_of(call), FAULT_CONNECT_IN_NAK)) {
		send_nak(call, "ERROR user %s from %s is not allowed to execute the service %s\n",
			 FAULT_CONNECT_TEXT, call->peer, name);
		drop(call);
	} else if (!call->service || !is_active(call->target, call->service)) {
		send_nak(call, "ERROR %s: invalid service, add '%s' as argument to amandad\n",
			 name, name);
		drop(call);
	} else {
		call->state = CALL_WORKS;
		send_packet(call, AMANDA_ACK, NULL, 0);
		call->service->start(call, call->arguments, call->length);
	}
}

static void packet_while_replied(struct call *call, enum amanda_type type)
{
	if (type == AMANDA_ACK)
		acknowledged(call);
	else if (type == AMANDA_REQ)
		send_reply(call);
	else
		send_nak(call, "ERROR unexpected packet type %s\n", amanda_type_name(type));
}

static void packet(void *arg, enum amanda_type type, const char *body, size_t length)
{
	struct call *call = arg;

	switch (call->state) {
	case CALL_NEW:
		start(call, body, length);
		break;
	case CALL_WORKS:
		if (type == AMANDA_REQ)
			send_packet(call, AMANDA_ACK, NULL, 0);
		else
			send_nak(call, "ERROR unexpected packet type %s\n",
				 amanda_type_name(type));
		break;
	case CALL_REPLIED:
		packet_while_replied(call, type);
		break;
	case CALL_STREAMS:
		break;
	}
}

static void lost(void *arg, const char *why)
{
	struct call *call = arg;

	(void)why;
	/* Its streams learn for themselves. */
	if (call->state == CALL_STREAMS && !call->done)
		end_exchange(call);
	else
		cancel(call);
}

static const struct exchange_events events_of_exchange = {
	.packet = packet,
	.failed = lost,
};

static void requested(void *arg, struct security_exchange *exchange, const char *peer_name)
{
	struct target *target = arg;
	struct call *call = calloc(1, sizeof(*call));
	char *peer = strdup(peer_name);

	if (!call || !peer) {
		free(call);
		free(peer);
		return;
	}
	call->target = target;
	call->exchange = exchange;
	call->peer = peer;
	call->tries = target->options.rep_tries;
	call->timer = (struct loop_timer){ .expired = expired, .arg = call };
	call->ending = (struct loop_timer){ .expired = ending, .arg = call };
	call->next = target->calls;
	target->calls = call;
	exchange->events = &events_of_exchange;
	exchange->arg = call;
}

static void idle(void *arg)
{
	struct target *target = arg;

	target->closed = true;
	if (!target->calls)
		loop_quit(target->loop, 0);
}

/* exit_check() of amandad.c: what came was nothing to be served. */
static void bored(void *arg)
{
	struct target *target = arg;

	if (target->calls)
		loop_start(target->loop, &target->bored, IDLE_WAIT);
	else
		loop_quit(target->loop, 0);
}

static const struct target_events events_of_target = {
	.requested = requested,
	.idle = idle,
};

/**
 * target_start() - become an amandad
 * @loop: the loop; loop_quit(loop, 0) is called when the last call ends, where
 *	@options say so, after 30 s without any, or the one connection of @fd is gone
 * @driver: how to talk
 * @fd: from inetd, or -1
 * @address: where to bind where @fd is -1
 * @address_length: of @address
 * @security: for the driver
 * @options: copied; the names in it stay the caller's
 * @why: gets one line where it fails
 * @why_size: bytes at @why
 *
 * Return: the target for target_stop(); NULL with errno set.
 */
struct target *target_start(struct loop *loop, const struct security_driver *driver, int fd,
			    const struct sockaddr *address, socklen_t address_length,
			    const struct security_options *security,
			    const struct target_options *options, char *why, size_t why_size)
{
	struct target *target = calloc(1, sizeof(*target));

	if (!target) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	target->loop = loop;
	target->options = *options;
	if (!target->options.ack_wait)
		target->options.ack_wait = ACK_WAIT;
	if (!target->options.rep_tries)
		target->options.rep_tries = REP_TRIES;
	target->peer = driver->listen(loop, fd, address, address_length, security,
				      &events_of_target, target, why, why_size);
	if (!target->peer) {
		free(target);
		return NULL;
	}
	target->bored = (struct loop_timer){ .expired = bored, .arg = target };
	if (options->once)
		loop_start(loop, &target->bored, IDLE_WAIT);
	return target;
}

/**
 * target_stop() - end a target
 * @target: with all its calls, which are cancelled; NULL does nothing
 */
void target_stop(struct target *target)
{
	if (!target)
		return;
	target->stopping = true;
	while (target->calls)
		cancel(target->calls);
	loop_stop(target->loop, &target->bored);
	target->peer->driver->stop(target->peer);
	free(target);
}

/**
 * call_options() - what the command line says
 * @call: the call
 *
 * Return: the target's options.
 */
const struct target_options *call_options(const struct call *call)
{
	return &call->target->options;
}

/**
 * call_loop() - the loop
 * @call: the call
 *
 * Return: the target's loop.
 */
struct loop *call_loop(const struct call *call)
{
	return call->target->loop;
}

/**
 * call_peer() - who asks
 * @call: the call
 *
 * Return: host name or address; lives as long as the call.
 */
const char *call_peer(const struct call *call)
{
	return call->peer;
}

/**
 * call_driver() - how to write to a stream of the call
 * @call: the call.  Its exchange ends with the initiator's ACK, so that a stream
 *	cannot be asked for its driver
 *
 * Return: the target's driver.
 */
const struct security_driver *call_driver(const struct call *call)
{
	return driver_of(call);
}

/**
 * call_data() - what the service has kept
 * @call: the call
 *
 * Return: the last of call_set_data(), at first NULL.
 */
void *call_data(const struct call *call)
{
	return call->data;
}

/**
 * call_set_data() - keep something
 * @call: the call
 * @data: the service's own
 */
void call_set_data(struct call *call, void *data)
{
	call->data = data;
}

static bool is_unwanted(const struct call *call, const char *tag,
			const struct stream_events *events)
{
	return !events ||
	       (fault_is(fault_of(call), FAULT_NO_INDEX) && !strcmp(tag, "INDEX"));
}

struct security_stream *call_stream(struct call *call, const char *tag,
				    const struct stream_events *events, void *arg)
{
	struct call_stream_name *name = &call->stream[call->streams];
	struct security_stream *stream = NULL;
	int error = 0;

	if (call->streams == AMANDA_STREAMS_MAX || !call->exchange)
		return NULL;
	snprintf(name->tag, sizeof(name->tag), "%s", tag);
	name->number = -1;
	call->streams++;
	if (is_unwanted(call, tag, events))
		return NULL;
	stream = driver_of(call)->stream_listen(call->exchange, events, arg, &error);
	if (stream)
		name->number = stream->number;
	else
		call->no_port = name->tag;
	return stream;
}

static size_t print_streams(const struct call *call, char *line, size_t size)
{
	size_t length = 0, i;

	if (!call->streams)
		return 0;
	length = snprintf(line, size, "CONNECT");
	for (i = 0; i < call->streams; i++)
		length += snprintf(line + length, size - length, " %s %d", call->stream[i].tag,
				   call->stream[i].number);
	length += snprintf(line + length, size - length, "\n");
	return length;
}

/* An amandad has at least a newline behind the CONNECT line (s_processrep()). */
static int make_reply(struct call *call, const char *text, size_t length)
{
	char line[AMANDA_WINDOW];
	size_t at = print_streams(call, line, sizeof(line));

	if (at && !length) {
		text = "\n";
		length = 1;
	}
	call->reply = malloc(at + length + 1);
	if (!call->reply)
		return -ENOMEM;
	memcpy(call->reply, line, at);
	if (length)
		memcpy(call->reply + at, text, length);
	call->reply_length = at + length;
	return 0;
}

static void no_port(struct call *call)
{
	struct port_range range = call->target->peer->options.unreserved_tcp;
	char text[64] = "";

	if (range.low)
		snprintf(text, sizeof(text), " in %u-%u", range.low, range.high);
	fprintf(stderr, "amref: no free TCP port%s for stream %s\n", text, call->no_port);
	send_nak(call, "ERROR no free TCP port%s for stream %s\n", text, call->no_port);
	end_soon(call);
}

/**
 * call_reply() - send the REP
 * @call: the call; once for each
 * @text: behind the CONNECT line of the streams made so far
 * @length: bytes at @text
 *
 * Repeats it until it is acknowledged.  Where a stream has no port, the
 * initiator gets a NAK instead, and the call is cancelled from the loop.
 */
void call_reply(struct call *call, const char *text, size_t length)
{
	const struct fault *fault = fault_of(call);

	if (call->no_port) {
		no_port(call);
		return;
	}
	if (make_reply(call, text, length)) {
		call_refuse(call, "out of memory");
		return;
	}
	if (fault_is(fault, FAULT_LATE_REP))
		loop_start(call->target->loop, &call->timer, fault->number * 1000);
	else
		send_reply(call);
}

/**
 * call_partial() - send a PREP
 * @call: the call, before call_reply()
 * @text: of the PREP
 * @length: bytes at @text
 */
void call_partial(struct call *call, const char *text, size_t length)
{
	send_packet(call, AMANDA_PREP, text, length);
}

/**
 * call_refuse() - send a NAK instead of a REP
 * @call: the call
 * @format: the text behind "ERROR ", without a newline
 *
 * Ends the call.  The service may call call_done() at once; if it does not, it
 * is cancelled from the loop.
 */
void call_refuse(struct call *call, const char *format, ...)
{
	char text[900];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	send_nak(call, "ERROR %s\n", text);
	end_soon(call);
}

/**
 * call_done() - the service is done with the call
 * @call: not the service's any more.  It lives on until its REP is acknowledged
 */
void call_done(struct call *call)
{
	if (call->cancelled)
		return;
	call->done = true;
	call->data = NULL;
	if (!call->exchange || call->state == CALL_NEW)
		loop_start(call->target->loop, &call->ending, 0);
}

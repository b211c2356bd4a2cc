// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a target does with a call: the states of Amanda's amandad-src/amandad.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "wire.h"

#define REPEAT_WAIT	100

static void end_exchange(struct call *call)
{
	if (call->exchange)
		driver_of(call)->end(call->exchange);
	call->exchange = NULL;
}

/**
 * call_send() - send a packet of the exchange
 * @call: the call; where its exchange has ended nothing is sent
 * @type: of the packet
 * @body: of the packet
 * @length: bytes at @body
 */
void call_send(struct call *call, enum amanda_type type, const char *body, size_t length)
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

/**
 * call_cancel() - end a call whose service may not know it yet
 * @call: freed
 */
void call_cancel(struct call *call)
{
	if (call->service && !call->done) {
		call->cancelled = true;
		call->service->cancel(call);
	}
	free_call(call);
}

static void ending(void *arg)
{
	call_cancel(arg);
}

/**
 * call_end_soon() - end a call from the loop, since a service may be running that uses it
 * @call: its exchange ends at once
 */
void call_end_soon(struct call *call)
{
	end_exchange(call);
	loop_start(call->target->loop, &call->ending, 0);
}

/**
 * call_send_nak() - send a NAK
 * @call: the call
 * @format: the whole text, with its newline
 */
void call_send_nak(struct call *call, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	call_send(call, AMANDA_NAK, text, n < (int)sizeof(text) ? n : (int)sizeof(text) - 1);
}

/**
 * call_send_reply() - send the REP, or send it again
 * @call: with its reply made
 */
void call_send_reply(struct call *call)
{
	const struct fault *fault = fault_of(call);
	struct target *target = call->target;

	call->state = CALL_REPLIED;
	if (call->copies++ || !fault_is(fault, FAULT_CONNECT_IN_PREP))
		;
	else
		call_send(call, AMANDA_PREP, call->reply, call->reply_length);
	if (!fault_is(fault, FAULT_LOST_REP) || call->copies > fault->number)
		call_send(call, AMANDA_REP, call->reply, call->reply_length);
	loop_start(target->loop, &call->timer, target->options.ack_wait);
}

static void ack_missing(struct call *call)
{
	/* Over a connection nothing is lost; Amanda repeats it there, too. */
	if (--call->tries) {
		if (driver_of(call)->acknowledges || fault_is(fault_of(call), FAULT_LOST_REP))
			call_send_reply(call);
		else
			loop_start(call->target->loop, &call->timer,
				   call->target->options.ack_wait);
		return;
	}
	fprintf(stderr, "amref: %s for %s: timeout waiting for ACK for our REP\n",
		call->service->name, call->peer);
	call_cancel(call);
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
	call_send(call, AMANDA_REP, call->reply, call->reply_length);
	if (call->copies++ < fault_of(call)->number)
		loop_start(call->target->loop, &call->timer, REPEAT_WAIT);
	else
		end_repeats(call);
}

static void expired(void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_WORKS)
		call_send_reply(call);	/* FAULT_LATE_REP */
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
	call_end_soon(call);
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
		call_send_nak(call, "ERROR invalid REQ\n");
		drop(call);
		return;
	}
	memcpy(call->arguments, request.arguments.at, request.arguments.length);
	call->arguments[request.arguments.length] = '\0';
	call->length = request.arguments.length;
	call->service = service_find(name);
	if (fault_is(fault_of(call), FAULT_CONNECT_IN_NAK)) {
		call_send_nak(call, "ERROR user %s from %s is not allowed to execute the service %s\n",
			 FAULT_CONNECT_TEXT, call->peer, name);
		drop(call);
	} else if (!call->service || !is_active(call->target, call->service)) {
		call_send_nak(call, "ERROR %s: invalid service, add '%s' as argument to amandad\n",
			 name, name);
		drop(call);
	} else {
		call->state = CALL_WORKS;
		call_send(call, AMANDA_ACK, NULL, 0);
		call->service->start(call, call->arguments, call->length);
	}
}

static void packet_while_replied(struct call *call, enum amanda_type type)
{
	if (type == AMANDA_ACK)
		acknowledged(call);
	else if (type == AMANDA_REQ)
		call_send_reply(call);
	else
		call_send_nak(call, "ERROR unexpected packet type %s\n", amanda_type_name(type));
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
			call_send(call, AMANDA_ACK, NULL, 0);
		else
			call_send_nak(call, "ERROR unexpected packet type %s\n",
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
		call_cancel(call);
}

static const struct exchange_events events_of_exchange = {
	.packet = packet,
	.failed = lost,
};

/**
 * call_new() - a REQ opens a call
 * @target: it belongs to
 * @exchange: the call's from here on; the REQ comes as its first packet
 * @peer_name: copied
 *
 * Return: the call, which frees itself when it is over; NULL without memory.
 */
struct call *call_new(struct target *target, struct security_exchange *exchange,
		      const char *peer_name)
{
	struct call *call = calloc(1, sizeof(*call));
	char *peer = strdup(peer_name);

	if (!call || !peer) {
		free(call);
		free(peer);
		return NULL;
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
	return call;
}

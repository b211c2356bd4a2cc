// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What services may do with a call; see target.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

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
	call_send_nak(call, "ERROR no free TCP port%s for stream %s\n", text, call->no_port);
	call_end_soon(call);
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
		call_send_reply(call);
}

/**
 * call_partial() - send a PREP
 * @call: the call, before call_reply()
 * @text: of the PREP
 * @length: bytes at @text
 */
void call_partial(struct call *call, const char *text, size_t length)
{
	call_send(call, AMANDA_PREP, text, length);
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
	call_send_nak(call, "ERROR %s\n", text);
	call_end_soon(call);
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

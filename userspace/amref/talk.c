// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "talk.h"

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	struct talk *talk = arg;

	talk->events->answered(talk->arg, stream, tag, count, body, length);
}

static void on_refused(void *arg, const char *text, size_t length)
{
	while (length && text[length - 1] == '\n')
		length--;
	talk_fail(arg, "NAK: %.*s", (int)length, text);
}

static void on_request_failed(void *arg, const char *why)
{
	talk_fail(arg, "request failed: %s", why);
}

static const struct request_events request_events = {
	.answered = on_answered,
	.refused = on_refused,
	.failed = on_request_failed,
};

static void on_silence(void *arg)
{
	struct talk *talk = arg;

	talk_fail(talk, "%s", talk->events->silence);
}

static void on_closing(void *arg)
{
	struct talk *talk = arg;

	loop_stop(talk->loop, &talk->idle);
	talk->is_over = true;
	talk->events->over(talk->arg);
}

/**
 * talk_begin() - prepare for talk_ask()
 * @talk: zeroed; for talk_free()
 * @loop: runs it
 * @idle_time: milliseconds of silence until it is given up
 * @events: must stay
 * @arg: for @events
 */
void talk_begin(struct talk *talk, struct loop *loop, unsigned int idle_time,
		const struct talk_events *events, void *arg)
{
	talk->loop = loop;
	talk->idle_time = idle_time;
	talk->events = events;
	talk->arg = arg;
	talk->idle = (struct loop_timer){ .expired = on_silence, .arg = talk };
	talk->closing = (struct loop_timer){ .expired = on_closing, .arg = talk };
}

/**
 * talk_ask() - send the request
 * @talk: begun
 * @peer: who is asked
 * @service: for what
 * @arguments: what follows the SERVICE line
 * @length: bytes at @arguments
 * @timing: of the request
 *
 * Return: 0, or -ENOMEM; the talk is then never over.
 */
int talk_ask(struct talk *talk, struct security_peer *peer, const char *service,
	     const char *arguments, size_t length, const struct request_timing *timing)
{
	talk->request = request_send(peer, service, arguments, length, timing, &request_events,
				     talk);
	return talk->request ? 0 : -ENOMEM;
}

/**
 * talk_heard() - something came: the silence begins anew
 * @talk: whose request has been answered; before that, the request has its own times
 */
void talk_heard(struct talk *talk)
{
	if (!talk->is_over)
		loop_start(talk->loop, &talk->idle, talk->idle_time);
}

/**
 * talk_end() - let it be over, from the loop, with nothing on the stack
 * @talk: that asked
 */
void talk_end(struct talk *talk)
{
	if (!talk->is_over)
		loop_start(talk->loop, &talk->closing, 0);
}

/**
 * talk_fail() - say what is wrong, and talk_end()
 * @talk: keeps what it is told first: the rest follows from that
 * @format: of printf()
 */
void talk_fail(struct talk *talk, const char *format, ...)
{
	va_list list;

	if (!talk->error[0]) {
		va_start(list, format);
		vsnprintf(talk->error, sizeof(talk->error), format, list);
		va_end(list);
	}
	talk_end(talk);
}

/**
 * talk_free() - free what a talk holds; not the struct.  The error stays
 * @talk: in whatever state; its channels are closed and the peer is still there
 */
void talk_free(struct talk *talk)
{
	if (!talk->loop)
		return;
	loop_stop(talk->loop, &talk->idle);
	loop_stop(talk->loop, &talk->closing);
	request_free(talk->request);
	talk->request = NULL;
	talk->loop = NULL;
}

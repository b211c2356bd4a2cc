// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "target.h"

/* A peer that sends so much without an end of line is no Amanda. */
#define LINE_MAX_LENGTH	(1 << 20)

static bool buffer_add(struct channel_buffer *buffer, const char *data, size_t length)
{
	size_t room = buffer->room ? buffer->room : 4096;
	char *grown;

	while (room < buffer->length + length)
		room *= 2;
	if (room != buffer->room) {
		grown = realloc(buffer->data, room);
		if (!grown)
			return false;
		buffer->data = grown;
		buffer->room = room;
	}
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	return true;
}

static void broke(struct channel *channel, const char *why)
{
	if (channel->broken)
		return;
	channel->broken = true;
	if (channel->events->failed)
		channel->events->failed(channel->arg, why);
}

static void finish_if_empty(struct channel *channel)
{
	if (!channel->ending || channel->finished || channel->out.length || !channel->opened)
		return;
	channel->finished = true;
	channel->driver->stream_shutdown(channel->stream);
}

/* Give the driver what waits.  False where the stream broke. */
static bool flush(struct channel *channel)
{
	struct channel_buffer *out = &channel->out;
	ssize_t n;

	while (channel->sent < out->length) {
		n = channel->driver->stream_write(channel->stream, out->data + channel->sent,
						  out->length - channel->sent);
		if (n < 0) {
			out->length = 0;
			channel->sent = 0;
			broke(channel, strerror((int)-n));
			return false;
		}
		if (!n)
			return true;
		channel->sent += n;
	}
	out->length = 0;
	channel->sent = 0;
	return true;
}

static void on_opened(void *arg)
{
	struct channel *channel = arg;

	channel->opened = true;
	if (!flush(channel))
		return;
	if (channel->events->opened)
		channel->events->opened(channel->arg);
	if (channel->stream && !channel->broken)
		finish_if_empty(channel);
}

/* Hand over the lines that are complete, and keep the rest. */
static void hand_over_lines(struct channel *channel)
{
	struct channel_buffer *in = &channel->in;
	size_t from = 0, end;
	char *newline;

	while (channel->stream && (newline = memchr(in->data + from, '\n', in->length - from))) {
		end = newline - in->data;
		in->data[end] = '\0';
		if (end > from && in->data[end - 1] == '\r')
			in->data[end - 1] = '\0';
		channel->events->line(channel->arg, in->data + from);
		from = end + 1;
	}
	if (!channel->stream)
		return;
	memmove(in->data, in->data + from, in->length - from);
	in->length -= from;
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct channel *channel = arg;

	if (!channel->events->line) {
		if (channel->events->data)
			channel->events->data(channel->arg, data, length);
		return;
	}
	if (channel->in.length + length > LINE_MAX_LENGTH ||
	    !buffer_add(&channel->in, data, length)) {
		broke(channel, "line too long");
		return;
	}
	hand_over_lines(channel);
}

static void on_writable(void *arg)
{
	struct channel *channel = arg;

	if (!channel->stream || channel->broken || !flush(channel) || channel->out.length)
		return;
	finish_if_empty(channel);
	if (!channel->wants_drained)
		return;
	channel->wants_drained = false;
	if (channel->events->drained)
		channel->events->drained(channel->arg);
}

static void on_ended(void *arg)
{
	struct channel *channel = arg;

	if (channel->ended)
		return;
	channel->ended = true;
	if (channel->in.length)
		on_data(channel, "\n", 1);
	if (channel->stream && channel->events->ended)
		channel->events->ended(channel->arg);
}

static void on_failed(void *arg, const char *why)
{
	broke(arg, why);
}

static const struct stream_events channel_stream_events = {
	.opened = on_opened,
	.data = on_data,
	.writable = on_writable,
	.ended = on_ended,
	.failed = on_failed,
};

static void prepare(struct channel *channel, const char *name,
		    const struct channel_events *events, void *arg)
{
	memset(channel, 0, sizeof(*channel));
	channel->events = events;
	channel->arg = arg;
	snprintf(channel->name, sizeof(channel->name), "%s", name);
}

/**
 * channel_serve() - make a stream of a reply, and wait for the other end
 * @channel: filled in
 * @call: before call_reply()
 * @name: as in the CONNECT line
 * @events: NULL: no such stream, and -1 is announced
 * @arg: handed to @events
 *
 * Return: false where there is no stream (call_stream() knows why).
 */
bool channel_serve(struct channel *channel, struct call *call, const char *name,
		   const struct channel_events *events, void *arg)
{
	prepare(channel, name, events, arg);
	channel->stream = call_stream(call, name, events ? &channel_stream_events : NULL, channel);
	if (!channel->stream)
		return false;
	channel->driver = call_driver(call);
	return true;
}

/**
 * channel_connect() - open a stream that a reply names
 * @channel: filled in
 * @exchange: of the reply
 * @name: as in the CONNECT line
 * @number: likewise
 * @events: what happens to it; an event of failure may come before this returns
 * @arg: handed to @events
 *
 * Return: false where there is no stream.
 */
bool channel_connect(struct channel *channel, struct security_exchange *exchange,
		     const char *name, int number, const struct channel_events *events, void *arg)
{
	prepare(channel, name, events, arg);
	channel->driver = exchange->peer->driver;
	channel->stream = channel->driver->stream_connect(exchange, number, &channel_stream_events,
							  channel);
	return channel->stream;
}

/**
 * channel_write() - write, or queue what the driver does not take now
 * @channel: open or not yet
 * @data: copied where it has to wait
 * @length: in bytes
 *
 * Return: true where all has been taken by the driver.  Otherwise drained comes
 * once it has.
 */
bool channel_write(struct channel *channel, const char *data, size_t length)
{
	ssize_t n = 0;

	if (channel->broken || !channel->stream || channel->ending)
		return false;
	if (channel->opened && !channel->out.length) {
		n = channel->driver->stream_write(channel->stream, data, length);
		if (n < 0) {
			broke(channel, strerror((int)-n));
			return false;
		}
	}
	if ((size_t)n == length)
		return true;
	channel->wants_drained = true;
	if (!buffer_add(&channel->out, data + n, length - n))
		broke(channel, strerror(ENOMEM));
	return false;
}

/**
 * channel_print() - write text
 * @channel: as for channel_write()
 * @format: as for printf()
 */
void channel_print(struct channel *channel, const char *format, ...)
{
	va_list list;
	char *text;
	int n;

	va_start(list, format);
	n = vasprintf(&text, format, list);
	va_end(list);
	if (n < 0) {
		broke(channel, strerror(ENOMEM));
		return;
	}
	channel_write(channel, text, n);
	free(text);
}

/**
 * channel_pending() - what waits for the driver
 * @channel: any
 *
 * Return: bytes.
 */
size_t channel_pending(const struct channel *channel)
{
	return channel->out.length - channel->sent;
}

/**
 * channel_end() - write no more
 * @channel: what it has queued still goes out
 */
void channel_end(struct channel *channel)
{
	if (!channel->stream || channel->broken || channel->ending)
		return;
	channel->ending = true;
	finish_if_empty(channel);
}

/**
 * channel_pause() - stop or go on reading
 * @channel: any
 * @paused: stop
 */
void channel_pause(struct channel *channel, bool paused)
{
	if (channel->stream && !channel->broken)
		channel->driver->stream_pause(channel->stream, paused);
}

/**
 * channel_close() - forget the stream, and free what waits
 * @channel: need not have a stream
 */
void channel_close(struct channel *channel)
{
	if (channel->stream)
		channel->driver->stream_close(channel->stream);
	channel->stream = NULL;
	free(channel->in.data);
	free(channel->out.data);
	memset(&channel->in, 0, sizeof(channel->in));
	memset(&channel->out, 0, sizeof(channel->out));
}

/**
 * channel_done() - has it come to its end both ways?
 * @channel: any
 *
 * Return: true where there is nothing to wait for; also without a stream.
 */
bool channel_done(const struct channel *channel)
{
	return !channel->stream || channel->broken || (channel->finished && channel->ended);
}

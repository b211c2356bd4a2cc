// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exchanges and streams over one connection; see muxed.h.  stream_sendpkt(),
 * parse_pkt() and the functions tcpma_*() of Amanda's common-src/security-util.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "muxed.h"
#include "ports.h"
#include "wire.h"

static struct muxed_exchange *to_exchange(struct security_exchange *exchange)
{
	return (struct muxed_exchange *)exchange;
}

static struct muxed_stream *to_stream(struct security_stream *stream)
{
	return (struct muxed_stream *)stream;
}

static void open_streams(struct muxed_exchange *exchange)
{
	struct muxed_stream *stream;

	for (stream = exchange->connection->streams; stream; stream = stream->next) {
		if (stream->stream.exchange == &exchange->exchange)
			mux_opened(stream->channel);
	}
}

/**
 * muxed_receive() - a packet came for an exchange
 * @exchange: may be gone afterwards
 * @data: a frame: a type byte, a body, and usually a NUL
 * @length: bytes of the frame
 *
 * parse_pkt() of security-util.c takes the body up to its first NUL.  A byte that
 * is no type makes Amanda print "BOGUS" and do nothing.
 */
void muxed_receive(struct muxed_exchange *exchange, const char *data, size_t length)
{
	unsigned char type = length ? data[0] : 0xff;

	if (type > AMANDA_NAK)
		return;
	if (exchange->connection->peer->events) {
		/* before that the initiator has not claimed the streams' handles */
		if (type == AMANDA_ACK) {
			exchange->settled = true;
			open_streams(exchange);
		}
	} else if (type == AMANDA_REP || type == AMANDA_NAK) {
		exchange->settled = true;
	}
	exchange->exchange.events->packet(exchange->exchange.arg, type, data + 1,
					  strnlen(data + 1, length - 1));
}

static void on_packet(void *arg, const char *data, size_t length)
{
	muxed_receive(arg, data, length);
}

static void on_failed(void *arg, const char *why)
{
	struct muxed_exchange *exchange = arg;
	char text[NI_MAXHOST + 64];

	/* the connection ended in good order, but with no answer */
	if (!strcmp(why, "SOCKET_EOF")) {
		snprintf(text, sizeof(text), "EOF on read from %s", exchange->connection->name);
		why = text;
	}
	exchange->exchange.events->failed(exchange->exchange.arg, why);
}

static void on_ended(void *arg)
{
	struct muxed_exchange *exchange = arg;

	if (!exchange->settled)
		on_failed(exchange, "SOCKET_EOF");
}

static const struct stream_events packet_events = {
	.data = on_packet,
	.ended = on_ended,
	.failed = on_failed,
};

/**
 * muxed_exchange_new() - an exchange on a handle
 * @connection: not gone
 * @handle: in host order
 * @events: may still be filled in before the first event comes
 * @arg: likewise
 *
 * Return: freed by muxed_end(); NULL with errno set.
 */
struct muxed_exchange *muxed_exchange_new(struct muxed_connection *connection, uint32_t handle,
					  const struct exchange_events *events, void *arg)
{
	struct muxed_exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->channel = mux_open(connection->mux, handle, true, &packet_events, exchange);
	if (!exchange->channel) {
		free(exchange);
		return NULL;
	}
	exchange->exchange.peer = &connection->peer->peer;
	exchange->exchange.events = events;
	exchange->exchange.arg = arg;
	exchange->connection = connection;
	exchange->next = connection->exchanges;
	connection->exchanges = exchange;
	if (connection->peer->events)
		loop_stop(connection->peer->peer.loop, &connection->timer);
	return exchange;
}

/**
 * muxed_begin() - the begin of struct security_driver
 * @peer: an initiator's
 * @events: of the exchange
 * @arg: handed to @events
 *
 * The connection need not be there yet.
 *
 * Return: ended by muxed_end(); NULL with errno set, ENOTCONN where the
 * connection is lost.
 */
struct security_exchange *muxed_begin(struct security_peer *peer,
				      const struct exchange_events *events, void *arg)
{
	struct muxed_connection *connection = ((struct muxed_peer *)peer)->connections;
	struct muxed_exchange *exchange;

	exchange = muxed_exchange_new(connection, connection->next_exchange, events, arg);
	if (!exchange)
		return NULL;
	connection->next_exchange++;
	return &exchange->exchange;
}

/**
 * muxed_send() - the send of struct security_driver
 * @exchange: any
 * @type: of the packet
 * @body: without a SECURITY line
 * @length: bytes of @body
 *
 * Return: 0, or a negative errno.
 */
int muxed_send(struct security_exchange *exchange, enum amanda_type type,
	       const char *body, size_t length)
{
	struct muxed_exchange *muxed = to_exchange(exchange);
	const struct muxed_peer *peer = muxed->connection->peer;
	char prefix[WIRE_WORD_MAX * 4];
	char type_byte = type;
	struct iovec part[4] = { { &type_byte, 1 }, { prefix, 0 },
				 { (char *)(uintptr_t)body, length }, { (char []){ 0 }, 1 } };

	if (type == AMANDA_REQ && peer->kind->names_user) {
		part[1].iov_len = wire_security(prefix, sizeof(prefix),
						user_name(&peer->peer.options));
		if (!part[1].iov_len)
			return -EINVAL;
	}
	if (type == AMANDA_NAK)
		muxed->settled = true;
	return mux_send(muxed->channel, part, 4);
}

/**
 * muxed_end() - the end of struct security_driver
 * @exchange: any; its streams live on
 */
void muxed_end(struct security_exchange *exchange)
{
	struct muxed_exchange *muxed = to_exchange(exchange), **link;
	struct muxed_connection *connection = muxed->connection;
	struct muxed_stream *stream;

	for (stream = connection->streams; stream; stream = stream->next) {
		if (stream->stream.exchange == exchange)
			stream->stream.exchange = NULL;
	}
	for (link = &connection->exchanges; *link != muxed; link = &(*link)->next)
		;
	*link = muxed->next;
	mux_close(muxed->channel);
	free(muxed);
	muxed_settle(connection);
}

/* --- streams --------------------------------------------------------------------- */

static struct muxed_stream *stream_new(struct security_exchange *exchange, uint32_t handle,
				       const struct stream_events *events, void *arg)
{
	struct muxed_connection *connection = to_exchange(exchange)->connection;
	struct muxed_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->channel = mux_open(connection->mux, handle, false, events, arg);
	if (!stream->channel) {
		free(stream);
		return NULL;
	}
	stream->stream.exchange = exchange;
	stream->stream.events = events;
	stream->stream.arg = arg;
	stream->stream.number = handle;
	stream->connection = connection;
	stream->next = connection->streams;
	connection->streams = stream;
	return stream;
}

/**
 * muxed_stream_connect() - the stream_connect of struct security_driver
 * @exchange: answered
 * @number: of the answer
 * @events: kept by reference
 * @arg: handed to @events
 *
 * The target may send at once when it has our ACK, and what comes for a handle
 * that nobody knows is dropped, by Amanda too: connect all streams before you go
 * back to the loop.
 *
 * Return: closed by muxed_stream_close(); NULL with errno set.
 */
struct security_stream *muxed_stream_connect(struct security_exchange *exchange, int number,
					     const struct stream_events *events, void *arg)
{
	struct muxed_stream *stream;

	if (number <= 0) {
		errno = EINVAL;
		return NULL;
	}
	stream = stream_new(exchange, number, events, arg);
	if (!stream)
		return NULL;
	mux_opened(stream->channel);
	return &stream->stream;
}

/**
 * muxed_stream_listen() - the stream_listen of struct security_driver
 * @exchange: not answered yet
 * @events: kept by reference
 * @arg: handed to @events
 * @error: gets a negative errno
 *
 * The stream is open when the initiator has acknowledged the answer.
 *
 * Return: closed by muxed_stream_close(); NULL where @error is set.
 */
struct security_stream *muxed_stream_listen(struct security_exchange *exchange,
					    const struct stream_events *events, void *arg,
					    int *error)
{
	struct muxed_connection *connection = to_exchange(exchange)->connection;
	struct muxed_stream *stream;

	stream = stream_new(exchange, connection->next_stream, events, arg);
	if (!stream) {
		*error = -errno;
		return NULL;
	}
	connection->next_stream--;
	return &stream->stream;
}

/**
 * muxed_stream_write() - the stream_write of struct security_driver
 * @stream: open
 * @data: any bytes
 * @length: of @data
 *
 * Return: how many were taken, or a negative errno.
 */
ssize_t muxed_stream_write(struct security_stream *stream, const char *data, size_t length)
{
	return mux_write(to_stream(stream)->channel, data, length);
}

/**
 * muxed_stream_shutdown() - the stream_shutdown of struct security_driver
 * @stream: open
 */
void muxed_stream_shutdown(struct security_stream *stream)
{
	mux_shutdown(to_stream(stream)->channel);
}

/**
 * muxed_stream_pause() - the stream_pause of struct security_driver
 * @stream: open; all others of the connection pause with it
 * @paused: which of the two
 */
void muxed_stream_pause(struct security_stream *stream, bool paused)
{
	mux_pause(to_stream(stream)->channel, paused);
}

/**
 * muxed_stream_close() - the stream_close of struct security_driver
 * @stream: any
 */
void muxed_stream_close(struct security_stream *stream)
{
	struct muxed_stream *muxed = to_stream(stream), **link;
	struct muxed_connection *connection = muxed->connection;

	for (link = &connection->streams; *link != muxed; link = &(*link)->next)
		;
	*link = muxed->next;
	mux_close(muxed->channel);
	free(muxed);
	muxed_settle(connection);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers, targets and their connections; see muxed.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "muxed.h"

static void close_files(struct muxed_connection *connection)
{
	const struct muxed_kind *kind = connection->peer->kind;

	muxed_unwatch(connection);
	loop_stop(connection->peer->peer.loop, &connection->timer);
	mux_free(connection->mux);
	connection->mux = NULL;
	if (kind->released)
		kind->released(connection);
	if (connection->in >= 0)
		close(connection->in);
	if (connection->out >= 0 && connection->out != connection->in)
		close(connection->out);
	connection->in = -1;
	connection->out = -1;
	muxed_reap(connection);
}

static void free_connection(struct muxed_connection *connection)
{
	struct muxed_connection **link = &connection->peer->connections;

	while (*link && *link != connection)
		link = &(*link)->next;
	if (*link)
		*link = connection->next;
	close_files(connection);
	while (connection->exchanges) {
		struct muxed_exchange *exchange = connection->exchanges;

		connection->exchanges = exchange->next;
		free(exchange);
	}
	while (connection->streams) {
		struct muxed_stream *stream = connection->streams;

		connection->streams = stream->next;
		free(stream);
	}
	free(connection);
}

/**
 * muxed_settle() - something that belonged to a connection has been ended
 * @connection: may be gone afterwards
 *
 * A target's connection goes when all that belongs to it is ended; an
 * initiator's goes with disconnect.
 */
void muxed_settle(struct muxed_connection *connection)
{
	struct muxed_peer *peer = connection->peer;

	if (!peer->events || connection->exchanges || connection->streams)
		return;
	if (!connection->gone) {
		loop_start(peer->peer.loop, &connection->timer, MUXED_IDLE_WAIT * 1000);
		return;
	}
	free_connection(connection);
	if (!peer->connections && peer->listener.fd < 0 && peer->events->idle)
		peer->events->idle(peer->arg);
}

static void on_unclaimed(void *arg, uint32_t handle, const char *data, size_t length)
{
	struct muxed_connection *connection = arg;

	/* What comes for an initiator is late, and nobody's. */
	if (connection->peer->events)
		muxed_unclaimed(connection, handle, data, length);
}

static void on_closed(void *arg, const char *why)
{
	struct muxed_connection *connection = arg;

	(void)why;
	connection->gone = true;
	muxed_settle(connection);
}

static const struct mux_events connection_events = {
	.unclaimed = on_unclaimed,
	.closed = on_closed,
};

static void timed_out(void *arg)
{
	struct muxed_connection *connection = arg;

	muxed_unwatch(connection);
	mux_fail(connection->mux, connection->peer->events ? "timeout exit" :
		 "timeout during connect");
}

/**
 * muxed_peer_new() - an initiator's peer or a target, without a connection
 * @driver: whose it is
 * @loop: where it lives
 * @options: copied; what they point to is not
 *
 * Return: freed by muxed_disconnect(); NULL with errno set.
 */
struct muxed_peer *muxed_peer_new(const struct security_driver *driver, struct loop *loop,
				  const struct security_options *options)
{
	struct muxed_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->peer.driver = driver;
	peer->peer.loop = loop;
	peer->peer.options = *options;
	peer->kind = driver->own;
	peer->listener.fd = -1;
	return peer;
}

/**
 * muxed_connection_new() - a connection that is not connected yet
 * @peer: owns it
 * @in: file to read from, or -1: @in and @out are filled in later
 * @out: file to write to
 *
 * Both are closed with it.  They are not closed where this fails.
 *
 * Return: freed with the peer; NULL with errno set.
 */
struct muxed_connection *muxed_connection_new(struct muxed_peer *peer, int in, int out)
{
	struct muxed_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->mux = mux_new(peer->peer.loop, &connection_events, connection);
	if (!connection->mux) {
		free(connection);
		return NULL;
	}
	connection->peer = peer;
	connection->in = in;
	connection->out = out;
	connection->next_exchange = 1;
	connection->next_stream = FRAME_FIRST;
	connection->timer.expired = timed_out;
	connection->timer.arg = connection;
	connection->next = peer->connections;
	peer->connections = connection;
	return connection;
}

/**
 * muxed_start() - the connection is there: read and write on it
 * @connection: with its files, which do not block
 * @io: NULL: read() and writev()
 * @io_arg: handed to @io
 *
 * Return: 0, or a negative errno.
 */
int muxed_start(struct muxed_connection *connection, const struct mux_io *io, void *io_arg)
{
	muxed_unwatch(connection);
	loop_stop(connection->peer->peer.loop, &connection->timer);
	muxed_settle(connection);
	return mux_start(connection->mux, connection->in, connection->out, io, io_arg);
}

/**
 * muxed_fail() - give a connection up
 * @connection: any
 * @format: why, one line
 *
 * Its owners hear of it from the loop, not from within this call.
 */
void muxed_fail(struct muxed_connection *connection, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	muxed_unwatch(connection);
	mux_fail(connection->mux, why);
}

/**
 * muxed_watch() - watch the file before muxed_start()
 * @connection: with @in
 * @events: EPOLL*
 * @ready: called with the connection
 *
 * Return: 0, or a negative errno.
 */
int muxed_watch(struct muxed_connection *connection, uint32_t events,
		void (*ready)(void *arg, uint32_t events))
{
	struct loop *loop = connection->peer->peer.loop;

	connection->file.fd = connection->in;
	connection->file.ready = ready;
	connection->file.arg = connection;
	if (connection->watched)
		return loop_change(loop, &connection->file, events);
	connection->watched = true;
	return loop_watch(loop, &connection->file, events);
}

/**
 * muxed_unwatch() - undo muxed_watch()
 * @connection: watched or not
 */
void muxed_unwatch(struct muxed_connection *connection)
{
	if (connection->watched)
		loop_forget(connection->peer->peer.loop, &connection->file);
	connection->watched = false;
}

/**
 * muxed_disconnect() - close a peer or a target, with all that belongs to it
 * @peer: any; NULL is allowed
 */
void muxed_disconnect(struct security_peer *peer)
{
	struct muxed_peer *muxed = (struct muxed_peer *)peer;

	if (!peer)
		return;
	if (muxed->listener.fd >= 0) {
		loop_forget(peer->loop, &muxed->listener);
		close(muxed->listener.fd);
	}
	while (muxed->connections)
		free_connection(muxed->connections);
	free(muxed);
}

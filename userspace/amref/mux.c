// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many channels on one connection.  Callbacks may close any channel, and free
 * the mux itself: while a callback runs (depth above 0) closed things are only
 * marked, and swept afterwards.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>

#include "mux_private.h"

#define FLUSH_WAIT	5000		/* ms without progress, when the mux is freed */

/* --- the default of struct mux_io ------------------------------------------------ */

static ssize_t plain_read(void *arg, void *data, size_t size)
{
	struct mux *mux = arg;
	ssize_t count = read(mux->in.fd, data, size);

	return count < 0 ? -errno : count;
}

static ssize_t plain_write(void *arg, const struct iovec *part, int count)
{
	struct mux *mux = arg;
	ssize_t written = writev(mux->out.fd, part, count);

	return written < 0 ? -errno : written;
}

static const struct mux_io plain_io = {
	.read = plain_read,
	.write = plain_write,
};

/* --- life ------------------------------------------------------------------------ */

static void sweep(struct mux *mux)
{
	struct mux_channel **link = &mux->channels;

	while (*link) {
		struct mux_channel *channel = *link;

		if (channel->dead) {
			*link = channel->next;
			free(channel);
		} else {
			link = &channel->next;
		}
	}
}

static void watch(struct mux *mux, struct loop_file *file, uint32_t *now, uint32_t wanted)
{
	if (*now == wanted)
		return;
	/* with no event wanted a hang-up would still be reported, again and again */
	if (!wanted)
		loop_forget(mux->loop, file);
	else if (!*now)
		loop_watch(mux->loop, file, wanted);
	else
		loop_change(mux->loop, file, wanted);
	*now = wanted;
}

/**
 * mux_watch() - wait for what can be done now
 * @mux: any; not within a callback, which ends with it anyway
 */
void mux_watch(struct mux *mux)
{
	bool open = mux->started && !mux->failed && !mux->dead;
	uint32_t in = 0;
	uint32_t out = open && mux->queued ? EPOLLOUT : 0;

	if (open && !mux->paused)
		in = EPOLLIN | (mux->io->wants ? mux->io->wants(mux->io_arg) : 0);
	if (mux->in.fd == mux->out.fd) {
		watch(mux, &mux->in, &mux->in_events, in | out);
	} else {
		watch(mux, &mux->in, &mux->in_events, in);
		watch(mux, &mux->out, &mux->out_events, out);
	}
}

static void destroy(struct mux *mux)
{
	sweep(mux);
	free(mux->input);
	free(mux->frame);
	free(mux->queue);
	free(mux);
}

static void enter(struct mux *mux)
{
	mux->depth++;
}

static void leave(struct mux *mux)
{
	if (--mux->depth)
		return;
	if (mux->dead) {
		destroy(mux);
		return;
	}
	sweep(mux);
	mux_watch(mux);
}

static void kick(struct mux *mux)
{
	if (!mux->dead)
		loop_start(mux->loop, &mux->kick, 0);
}

/**
 * mux_find() - the channel of a handle
 * @mux: any
 * @handle: in host order
 *
 * Return: the channel, or NULL.
 */
struct mux_channel *mux_find(const struct mux *mux, uint32_t handle)
{
	struct mux_channel *channel;

	for (channel = mux->channels; channel; channel = channel->next) {
		if (channel->handle == handle && !channel->dead)
			return channel;
	}
	return NULL;
}

/**
 * mux_to_end() - move a channel, or add one, to the end of the list
 * @mux: any
 * @channel: of it
 *
 * Who has been served goes to the end of the line, so that a stream of data does
 * not starve the stream of messages beside it.
 */
void mux_to_end(struct mux *mux, struct mux_channel *channel)
{
	struct mux_channel **link = &mux->channels;

	while (*link) {
		if (*link == channel)
			*link = channel->next;
		else
			link = &(*link)->next;
	}
	channel->next = NULL;
	*link = channel;
}

/* --- events ---------------------------------------------------------------------- */

static void tell_opened(struct mux *mux)
{
	struct mux_channel *channel;

	for (channel = mux->channels; channel && !mux->dead; channel = channel->next) {
		if (!channel->opened_due || channel->dead)
			continue;
		channel->opened_due = false;
		if (channel->events->opened)
			channel->events->opened(channel->arg);
	}
}

static void tell_failed(struct mux *mux)
{
	struct mux_channel *channel;

	if (!mux->failed || mux->reported || mux->dead)
		return;
	mux->reported = true;
	for (channel = mux->channels; channel && !mux->dead; channel = channel->next) {
		if (channel->dead || (channel->in_ended && !channel->refused))
			continue;
		channel->in_ended = true;
		if (channel->events->failed)
			channel->events->failed(channel->arg, mux->why);
	}
	if (!mux->dead && mux->events->closed)
		mux->events->closed(mux->arg, mux->orderly ? NULL : mux->why);
}

static void kicked(void *arg)
{
	struct mux *mux = arg;

	enter(mux);
	tell_opened(mux);
	if (mux_reading(mux) && mux->filled)
		mux_dispatch(mux);
	mux_tell_writable(mux);
	tell_failed(mux);
	leave(mux);
}

static void ready(void *arg, uint32_t events)
{
	struct mux *mux = arg;

	(void)events;
	enter(mux);
	/* TLS may have to write in order to read, and the other way round */
	mux_flush(mux);
	mux_tell_writable(mux);
	/*
	 * What is announced as open must be known to be so before its data comes; and
	 * what was held back by a pause comes before what is new.
	 */
	tell_opened(mux);
	if (mux_reading(mux) && mux->filled)
		mux_dispatch(mux);
	mux_receive(mux);
	tell_failed(mux);
	leave(mux);
}

/* --- the interface --------------------------------------------------------------- */

/**
 * mux_new() - a connection that is not connected yet
 * @loop: where it will be watched
 * @events: kept by reference
 * @arg: handed to @events
 *
 * Channels may be opened and written at once; their frames wait for mux_start().
 *
 * Return: freed by mux_free(); NULL with errno set.
 */
struct mux *mux_new(struct loop *loop, const struct mux_events *events, void *arg)
{
	struct mux *mux = calloc(1, sizeof(*mux));

	if (!mux)
		return NULL;
	mux->input = malloc(MUX_INPUT);
	if (!mux->input) {
		free(mux);
		return NULL;
	}
	mux->loop = loop;
	mux->events = events;
	mux->arg = arg;
	mux->in.fd = -1;
	mux->out.fd = -1;
	mux->kick.expired = kicked;
	mux->kick.arg = mux;
	return mux;
}

/**
 * mux_start() - begin to read and to write
 * @mux: started once
 * @read_fd: does not block; remains the caller's, who closes it after mux_free()
 * @write_fd: likewise; the same as @read_fd for a socket
 * @io: NULL: read() and writev()
 * @io_arg: handed to @io
 *
 * SIGPIPE has to be ignored in the process.
 *
 * Return: 0, or a negative errno.
 */
int mux_start(struct mux *mux, int read_fd, int write_fd, const struct mux_io *io, void *io_arg)
{
	mux->in = (struct loop_file){ read_fd, ready, mux };
	mux->out = (struct loop_file){ write_fd, ready, mux };
	mux->io = io ? io : &plain_io;
	mux->io_arg = io ? io_arg : mux;
	mux->started = true;
	if (!mux->depth)
		mux_watch(mux);
	return 0;
}

/**
 * mux_fail() - give the connection up
 * @mux: any
 * @why: one line, copied; the first reason counts
 *
 * Channels and the owner hear of it from the loop, not from within this call.
 */
void mux_fail(struct mux *mux, const char *why)
{
	if (mux->failed)
		return;
	mux->failed = true;
	snprintf(mux->why, sizeof(mux->why), "%s", why);
	kick(mux);
}

/**
 * mux_busy() - are there bytes that could not be written yet?
 * @mux: any
 */
bool mux_busy(const struct mux *mux)
{
	return mux->queued && !mux->failed;
}

/* What services wrote last must not be lost because the program ends. */
static void flush_wait(struct mux *mux)
{
	while (mux->started && mux_busy(mux)) {
		struct pollfd file = { .fd = mux->out.fd, .events = POLLOUT };
		size_t before = mux->queued;

		if (poll(&file, 1, FLUSH_WAIT) <= 0)
			return;
		mux_flush(mux);
		if (mux->queued == before && file.revents & (POLLERR | POLLHUP))
			return;
	}
}

/**
 * mux_free() - forget the connection and all its channels
 * @mux: NULL is allowed
 *
 * What is queued is written first, as long as the other end takes it: this call
 * may block, up to five seconds after the last byte that went out.  No event
 * comes from it.
 */
void mux_free(struct mux *mux)
{
	struct mux_channel *channel;

	if (!mux || mux->dead)
		return;
	flush_wait(mux);
	mux->dead = true;
	loop_stop(mux->loop, &mux->kick);
	mux_watch(mux);
	for (channel = mux->channels; channel; channel = channel->next)
		channel->dead = true;
	if (!mux->depth)
		destroy(mux);
}

/**
 * mux_open() - a channel for a handle
 * @mux: any; where it has failed, the channel fails too, from the loop
 * @handle: no other channel has it
 * @packets: data events are whole frames
 * @events: kept by reference; any of them may be NULL.  No opened event comes
 *	unless mux_opened() asks for it
 * @arg: handed to @events
 *
 * The other end is told nothing: both know the handle from elsewhere.
 *
 * Return: closed by mux_close() or mux_free(); NULL with errno set.
 */
struct mux_channel *mux_open(struct mux *mux, uint32_t handle, bool packets,
			     const struct stream_events *events, void *arg)
{
	struct mux_channel *channel;

	if (mux_find(mux, handle)) {
		errno = EEXIST;
		return NULL;
	}
	if (mux->reported) {
		errno = ENOTCONN;
		return NULL;
	}
	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return NULL;
	channel->mux = mux;
	channel->handle = handle;
	channel->packets = packets;
	channel->events = events;
	channel->arg = arg;
	mux_to_end(mux, channel);
	return channel;
}

/**
 * mux_opened() - let the opened event come, from the loop
 * @channel: any
 */
void mux_opened(struct mux_channel *channel)
{
	channel->opened_due = true;
	kick(channel->mux);
}

/**
 * mux_handle() - the handle, in host order
 * @channel: any
 */
uint32_t mux_handle(const struct mux_channel *channel)
{
	return channel->handle;
}

/**
 * mux_pause() - stop or go on reading
 * @channel: as long as one is paused, nothing is read from the whole connection:
 *	there is no way to hold a single channel of a peer back, and Amanda's
 *	tcpm_stream_pause() does the same
 * @paused: which of the two
 */
void mux_pause(struct mux_channel *channel, bool paused)
{
	struct mux *mux = channel->mux;

	if (channel->dead || channel->paused == paused)
		return;
	channel->paused = paused;
	mux->paused += paused ? 1 : -1;
	if (!mux->paused && mux->filled)
		kick(mux);
	if (!mux->depth)
		mux_watch(mux);
}

/**
 * mux_close() - forget a channel
 * @channel: the other end is told where it was not yet, as tcpma_stream_close()
 *	does; NULL is allowed
 */
void mux_close(struct mux_channel *channel)
{
	struct mux *mux;

	if (!channel || channel->dead)
		return;
	mux = channel->mux;
	mux_pause(channel, false);
	mux_shutdown(channel);
	channel->dead = true;
	if (!mux->depth)
		sweep(mux);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many channels on one connection.  Callbacks may close any channel, and free
 * the mux itself: while a callback runs (depth above 0) closed things are only
 * marked, and swept afterwards.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/epoll.h>

#include "driver.h"
#include "loop.h"
#include "mux.h"

#define HEADER		8u
#define FRAME		32768u		/* what we send: Amanda's NETWORK_BLOCK_BYTES */
#define BATCH		8		/* frames in one system call */
#define INPUT		(128u * 1024)	/* more than the largest TLS record */
#define QUEUE_FULL	(256u * 1024)	/* streams have to wait */
#define QUEUE_LOW	(64u * 1024)	/* and may go on */
#define QUEUE_MAX	(2u * MUX_FRAME_MAX)	/* packets do not wait */
#define READS		8		/* in a row, before other files get their turn */
#define FLUSH_WAIT	5000		/* ms without progress, when the mux is freed */

struct mux_channel {
	struct mux_channel *next;
	struct mux *mux;
	const struct stream_events *events;
	void *arg;
	uint32_t handle;
	bool packets;
	bool opened_due;
	bool refused;		/* a write was cut short */
	bool paused;
	bool in_ended;
	bool out_ended;
	bool dead;
};

struct mux {
	struct loop *loop;
	const struct mux_events *events;
	void *arg;
	const struct mux_io *io;
	void *io_arg;
	struct loop_file in, out;
	uint32_t in_events, out_events;	/* that are watched; 0: not watched */
	struct loop_timer kick;
	struct mux_channel *channels;

	bool started, failed, reported, dead;
	int write_errno;	/* writing is over, reading goes on */
	bool orderly;		/* the other end closed it, between two frames */
	unsigned int depth;
	unsigned int paused;
	char why[160];

	char *input;		/* INPUT bytes; from @taken to @filled not looked at yet */
	size_t taken, filled;
	uint32_t frame_handle;
	size_t frame_left;	/* bytes of the current frame that are still to come */
	bool frame_whole;
	char *frame;		/* collects a whole frame */
	size_t frame_filled, frame_size;

	char *queue;		/* from @queue_start @queued bytes are to be written */
	size_t queue_start, queued, queue_size;
};

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

static void watch_all(struct mux *mux)
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
	watch_all(mux);
}

static void kick(struct mux *mux)
{
	if (!mux->dead)
		loop_start(mux->loop, &mux->kick, 0);
}

static struct mux_channel *find(const struct mux *mux, uint32_t handle)
{
	struct mux_channel *channel;

	for (channel = mux->channels; channel; channel = channel->next) {
		if (channel->handle == handle && !channel->dead)
			return channel;
	}
	return NULL;
}

/* --- writing --------------------------------------------------------------------- */

static bool queue_room(struct mux *mux, size_t more)
{
	size_t size = mux->queue_size ? mux->queue_size : QUEUE_FULL;
	char *grown;

	if (mux->queue_start + mux->queued + more <= mux->queue_size)
		return true;
	if (mux->queue_start)
		memmove(mux->queue, mux->queue + mux->queue_start, mux->queued);
	mux->queue_start = 0;
	while (size < mux->queued + more)
		size *= 2;
	if (size == mux->queue_size)
		return true;
	grown = realloc(mux->queue, size);
	if (!grown)
		return false;
	mux->queue = grown;
	mux->queue_size = size;
	return true;
}

/* Append what is left of @part behind the first @skip bytes. */
static bool queue_append(struct mux *mux, const struct iovec *part, int count, size_t skip)
{
	int i;

	for (i = 0; i < count; i++) {
		size_t length = part[i].iov_len;

		if (skip >= length) {
			skip -= length;
			continue;
		}
		if (!queue_room(mux, length - skip))
			return false;
		memcpy(mux->queue + mux->queue_start + mux->queued,
		       (const char *)part[i].iov_base + skip, length - skip);
		mux->queued += length - skip;
		skip = 0;
	}
	return true;
}

static size_t total(const struct iovec *part, int count)
{
	size_t sum = 0;

	while (count--)
		sum += part[count].iov_len;
	return sum;
}

static void write_error(struct mux *mux, int error)
{
	/* what the other end wrote before it closed can still be read */
	mux->write_errno = error;
	mux->queued = 0;
}

/* Write or queue @part, all of it.  0 or a negative errno. */
static int put(struct mux *mux, const struct iovec *part, int count)
{
	ssize_t written = 0;

	if (mux->started && !mux->queued) {
		written = mux->io->write(mux->io_arg, part, count);
		if (written == -EAGAIN || written == -EINTR)
			written = 0;
		if (written < 0) {
			write_error(mux, -written);
			return written;
		}
	}
	if ((size_t)written == total(part, count))
		return 0;
	if (!queue_append(mux, part, count, written)) {
		mux_fail(mux, "out of memory");
		return -ENOMEM;
	}
	if (!mux->depth)
		watch_all(mux);
	return 0;
}

static void flush(struct mux *mux)
{
	while (mux->queued && !mux->failed) {
		struct iovec part = { mux->queue + mux->queue_start, mux->queued };
		ssize_t written = mux->io->write(mux->io_arg, &part, 1);

		if (written == -EINTR)
			continue;
		if (written == -EAGAIN || !written)
			return;
		if (written < 0) {
			write_error(mux, -written);
			return;
		}
		mux->queue_start += written;
		mux->queued -= written;
	}
	if (!mux->queued)
		mux->queue_start = 0;
}

/*
 * Who has been served goes to the end of the line, so that a stream of data does
 * not starve the stream of messages beside it.
 */
static void to_end(struct mux *mux, struct mux_channel *channel)
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

static struct mux_channel *first_refused(const struct mux *mux)
{
	struct mux_channel *channel;

	for (channel = mux->channels; channel; channel = channel->next) {
		if (channel->refused && !channel->dead)
			return channel;
	}
	return NULL;
}

static void tell_writable(struct mux *mux)
{
	struct mux_channel *channel;

	while (mux->queued <= QUEUE_LOW && !mux->failed && !mux->dead) {
		channel = first_refused(mux);
		if (!channel)
			return;
		channel->refused = false;
		to_end(mux, channel);
		if (channel->events->writable)
			channel->events->writable(channel->arg);
	}
}

/* --- reading --------------------------------------------------------------------- */

static void deliver(struct mux *mux, const char *data, size_t length)
{
	struct mux_channel *channel = find(mux, mux->frame_handle);

	if (!channel) {
		if (mux->frame_whole && mux->events->unclaimed)
			mux->events->unclaimed(mux->arg, mux->frame_handle, data, length);
		return;
	}
	if (!channel->in_ended && channel->events->data)
		channel->events->data(channel->arg, data, length);
}

static void deliver_end(struct mux *mux, uint32_t handle)
{
	struct mux_channel *channel = find(mux, handle);

	if (!channel) {
		if (mux->events->unclaimed)
			mux->events->unclaimed(mux->arg, handle, "", 0);
		return;
	}
	if (channel->in_ended)
		return;
	channel->in_ended = true;
	if (channel->events->ended)
		channel->events->ended(channel->arg);
}

/*
 * What comes instead of frames is often the complaint of a shell or of ssh, so it
 * is quoted, as tcpm_recv_token() does.
 */
static void bad_length(struct mux *mux)
{
	const char *text = mux->input + mux->taken;
	size_t length = mux->filled - mux->taken;
	size_t printable = 0;
	char why[160];

	while (printable < length && printable < 100 && isprint((unsigned char)text[printable]))
		printable++;
	if (printable >= HEADER)
		snprintf(why, sizeof(why), "tcpm_recv_token: invalid size: \"%.*s\"",
			 (int)printable, text);
	else
		snprintf(why, sizeof(why), "tcpm_recv_token: invalid size");
	mux_fail(mux, why);
}

static void take_header(struct mux *mux)
{
	const struct mux_channel *channel;
	uint32_t word[2];

	memcpy(word, mux->input + mux->taken, HEADER);
	if (ntohl(word[0]) > MUX_FRAME_MAX) {
		bad_length(mux);
		return;
	}
	mux->taken += HEADER;
	mux->frame_left = ntohl(word[0]);
	mux->frame_handle = ntohl(word[1]);
	mux->frame_filled = 0;
	channel = find(mux, mux->frame_handle);
	mux->frame_whole = !channel || channel->packets;
	if (!mux->frame_left)
		deliver_end(mux, mux->frame_handle);
}

static bool collect(struct mux *mux, const char *data, size_t length)
{
	size_t size = mux->frame_filled + length + mux->frame_left;

	if (size > mux->frame_size) {
		char *grown = realloc(mux->frame, size);

		if (!grown) {
			mux_fail(mux, "out of memory");
			return false;
		}
		mux->frame = grown;
		mux->frame_size = size;
	}
	memcpy(mux->frame + mux->frame_filled, data, length);
	mux->frame_filled += length;
	return !mux->frame_left;
}

static void take_data(struct mux *mux)
{
	const char *data = mux->input + mux->taken;
	size_t length = mux->filled - mux->taken;

	if (length > mux->frame_left)
		length = mux->frame_left;
	mux->taken += length;
	mux->frame_left -= length;
	if (!mux->frame_whole || (!mux->frame_filled && !mux->frame_left))
		deliver(mux, data, length);
	else if (collect(mux, data, length))
		deliver(mux, mux->frame, mux->frame_filled);
}

static bool reading(const struct mux *mux)
{
	return mux->started && !mux->paused && !mux->failed && !mux->dead;
}

static void dispatch(struct mux *mux)
{
	while (reading(mux)) {
		size_t there = mux->filled - mux->taken;

		if (mux->frame_left && there)
			take_data(mux);
		else if (!mux->frame_left && there >= HEADER)
			take_header(mux);
		else
			break;
	}
	memmove(mux->input, mux->input + mux->taken, mux->filled - mux->taken);
	mux->filled -= mux->taken;
	mux->taken = 0;
}

static void fail_errno(struct mux *mux, const char *what, int error)
{
	char why[128];

	snprintf(why, sizeof(why), "%s: %s", what, strerror(error));
	mux_fail(mux, why);
}

static void read_end(struct mux *mux)
{
	mux->orderly = !mux->frame_left && mux->filled == mux->taken;
	if (mux->write_errno)
		/* the words of tcpm_send_token() */
		fail_errno(mux, "write error to", mux->write_errno);
	else
		mux_fail(mux, mux->orderly ? "SOCKET_EOF" : "EOF in the middle of a frame");
}

static void receive(struct mux *mux)
{
	int turns;

	for (turns = 0; turns < READS && reading(mux); turns++) {
		ssize_t count = mux->io->read(mux->io_arg, mux->input + mux->filled,
					      INPUT - mux->filled);

		if (count == -EAGAIN || count == -EINTR)
			return;
		if (!count) {
			read_end(mux);
		} else if (count < 0) {
			fail_errno(mux, "recv error", -count);
		} else {
			mux->filled += count;
			dispatch(mux);
		}
	}
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
	if (reading(mux) && mux->filled)
		dispatch(mux);
	tell_writable(mux);
	tell_failed(mux);
	leave(mux);
}

static void ready(void *arg, uint32_t events)
{
	struct mux *mux = arg;

	(void)events;
	enter(mux);
	/* TLS may have to write in order to read, and the other way round */
	flush(mux);
	tell_writable(mux);
	/*
	 * What is announced as open must be known to be so before its data comes; and
	 * what was held back by a pause comes before what is new.
	 */
	tell_opened(mux);
	if (reading(mux) && mux->filled)
		dispatch(mux);
	receive(mux);
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
	mux->input = malloc(INPUT);
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
		watch_all(mux);
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
		flush(mux);
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
	watch_all(mux);
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

	if (find(mux, handle)) {
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
	to_end(mux, channel);
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

static int writable(const struct mux_channel *channel)
{
	const struct mux *mux = channel->mux;

	return channel->dead || channel->out_ended || mux->failed || mux->write_errno ? -EPIPE : 0;
}

/**
 * mux_send() - send one frame
 * @channel: not shut down
 * @part: at least one byte and MUX_FRAME_MAX at most, in @count parts
 * @count: below 8
 *
 * Packets are never refused for want of room, but a peer that reads none of them
 * is given up.
 *
 * Return: 0, or a negative errno.
 */
int mux_send(struct mux_channel *channel, const struct iovec *part, int count)
{
	struct mux *mux = channel->mux;
	struct iovec frame[BATCH];
	size_t length = total(part, count);
	uint32_t header[2] = { htonl(length), htonl(channel->handle) };

	if (writable(channel))
		return -EPIPE;
	if (!length || length > MUX_FRAME_MAX || count >= BATCH)
		return -EMSGSIZE;
	if (mux->queued > QUEUE_MAX) {
		mux_fail(mux, "the other end does not read");
		return -EPIPE;
	}
	frame[0] = (struct iovec){ header, HEADER };
	memcpy(frame + 1, part, count * sizeof(*part));
	return put(mux, frame, count + 1);
}

/* Write one batch of frames; returns how many bytes it has, or a negative errno. */
static ssize_t put_batch(struct mux_channel *channel, const char *data, size_t length)
{
	struct iovec part[2 * BATCH];
	uint32_t header[BATCH][2];
	size_t done = 0;
	int frames, error;

	for (frames = 0; frames < BATCH && done < length; frames++) {
		size_t size = length - done < FRAME ? length - done : FRAME;

		header[frames][0] = htonl(size);
		header[frames][1] = htonl(channel->handle);
		part[2 * frames] = (struct iovec){ header[frames], HEADER };
		part[2 * frames + 1] = (struct iovec){ (char *)(uintptr_t)data + done, size };
		done += size;
	}
	error = put(channel->mux, part, 2 * frames);
	return error ? error : (ssize_t)done;
}

/**
 * mux_write() - write to a stream
 * @channel: not shut down
 * @data: cut into frames as needed
 * @length: bytes
 *
 * Return: how many were taken; where it is fewer than @length, the writable event
 * comes when there is room.  Or a negative errno.
 */
ssize_t mux_write(struct mux_channel *channel, const char *data, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t taken;

		if (writable(channel))
			return -EPIPE;
		if (channel->mux->queued >= QUEUE_FULL) {
			channel->refused = true;
			break;
		}
		taken = put_batch(channel, data + done, length - done);
		if (taken < 0)
			return taken;
		done += taken;
	}
	return done;
}

/**
 * mux_shutdown() - no more will be written; the other end is told
 * @channel: may go on reading
 */
void mux_shutdown(struct mux_channel *channel)
{
	uint32_t header[2] = { 0, htonl(channel->handle) };
	struct iovec part = { header, HEADER };

	if (writable(channel))
		return;
	channel->out_ended = true;
	put(channel->mux, &part, 1);
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
		watch_all(mux);
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

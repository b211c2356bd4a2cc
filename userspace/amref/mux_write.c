// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing to a mux: what the connection does not take at once is queued.  Packets
 * are always taken, streams wait as long as the queue is full.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "mux_private.h"

#define FRAME		32768u		/* what we send: Amanda's NETWORK_BLOCK_BYTES */
#define BATCH		8		/* frames in one system call */
#define QUEUE_FULL	(256u * 1024)	/* streams have to wait */
#define QUEUE_LOW	(64u * 1024)	/* and may go on */
#define QUEUE_MAX	(2u * FRAME_MAX)	/* packets do not wait */

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
		mux_watch(mux);
	return 0;
}

/**
 * mux_flush() - write what is queued, as far as it goes
 * @mux: started
 */
void mux_flush(struct mux *mux)
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
static struct mux_channel *first_refused(const struct mux *mux)
{
	struct mux_channel *channel;

	for (channel = mux->channels; channel; channel = channel->next) {
		if (channel->refused && !channel->dead)
			return channel;
	}
	return NULL;
}

/**
 * mux_tell_writable() - let those go on that had to wait
 * @mux: any
 */
void mux_tell_writable(struct mux *mux)
{
	struct mux_channel *channel;

	while (mux->queued <= QUEUE_LOW && !mux->failed && !mux->dead) {
		channel = first_refused(mux);
		if (!channel)
			return;
		channel->refused = false;
		mux_to_end(mux, channel);
		if (channel->events->writable)
			channel->events->writable(channel->arg);
	}
}

static int writable(const struct mux_channel *channel)
{
	const struct mux *mux = channel->mux;

	return channel->dead || channel->out_ended || mux->failed || mux->write_errno ? -EPIPE : 0;
}

/**
 * mux_send() - send one frame
 * @channel: not shut down
 * @part: at least one byte and FRAME_MAX at most, in @count parts
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
	if (!length || length > FRAME_MAX || count >= BATCH)
		return -EMSGSIZE;
	if (mux->queued > QUEUE_MAX) {
		mux_fail(mux, "the other end does not read");
		return -EPIPE;
	}
	frame[0] = (struct iovec){ header, FRAME_HEADER };
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
		part[2 * frames] = (struct iovec){ header[frames], FRAME_HEADER };
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
	struct iovec part = { header, FRAME_HEADER };

	if (writable(channel))
		return;
	channel->out_ended = true;
	put(channel->mux, &part, 1);
}


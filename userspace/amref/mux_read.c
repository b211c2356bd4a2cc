// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading from a mux: frames are taken apart as they come.  The bytes of a stream
 * are handed on at once, packets when they are complete.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux_private.h"

#define READS		8		/* in a row, before other files get their turn */

static void deliver(struct mux *mux, const char *data, size_t length)
{
	struct mux_channel *channel = mux_find(mux, mux->frame_handle);

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
	struct mux_channel *channel = mux_find(mux, handle);

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
	if (printable >= FRAME_HEADER)
		snprintf(why, sizeof(why), "tcpm_recv_token: invalid size: \"%.*s\"",
			 (int)printable, text);
	else
		snprintf(why, sizeof(why), "tcpm_recv_token: invalid size");
	mux_fail(mux, why);
}

static void take_header(struct mux *mux)
{
	const struct mux_channel *channel;
	struct frame frame = frame_read(mux->input + mux->taken);

	if (frame.length > FRAME_MAX) {
		bad_length(mux);
		return;
	}
	mux->taken += FRAME_HEADER;
	mux->frame_left = frame.length;
	mux->frame_handle = frame.handle;
	mux->frame_filled = 0;
	channel = mux_find(mux, mux->frame_handle);
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

/**
 * mux_reading() - may anything be read now?
 * @mux: any
 */
bool mux_reading(const struct mux *mux)
{
	return mux->started && !mux->paused && !mux->failed && !mux->dead;
}

/**
 * mux_dispatch() - take apart what has been read, up to a pause
 * @mux: started
 */
void mux_dispatch(struct mux *mux)
{
	while (mux_reading(mux)) {
		size_t there = mux->filled - mux->taken;

		if (mux->frame_left && there)
			take_data(mux);
		else if (!mux->frame_left && there >= FRAME_HEADER)
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

/**
 * mux_receive() - read, and take it apart
 * @mux: started
 */
void mux_receive(struct mux *mux)
{
	int turns;

	for (turns = 0; turns < READS && mux_reading(mux); turns++) {
		ssize_t count = mux->io->read(mux->io_arg, mux->input + mux->filled,
					      MUX_INPUT - mux->filled);

		if (count == -EAGAIN || count == -EINTR)
			return;
		if (!count) {
			read_end(mux);
		} else if (count < 0) {
			fail_errno(mux, "recv error", -count);
		} else {
			mux->filled += count;
			mux_dispatch(mux);
		}
	}
}


// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: streams on one connection (mux.c).
 *
 * The first byte chooses: what a hostile peer may send, or two ends that talk to
 * each other through a pipe that takes a few bytes at a time.  The input is a
 * script of what happens next; nothing here makes a system call but the poll()
 * in mux_free().
 */
/* fuzz-cost: 100 */
/* fuzz-uses: userspace/amref/mux.c userspace/amref/mux_read.c userspace/amref/mux_write.c */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "amref/driver.h"
#include "amref/loop.h"
#include "amref/mux.h"
#include "packet_properties.h"

#define CHANNELS	4
#define PIPE		4096
#define SENT_MAX	32768
/* Handles of packets and of streams, and one nobody opens. */
static const uint32_t handles[CHANNELS] = { 1, 2, FRAME_FIRST, FRAME_FIRST - 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a loop that does what the script says ---------------------------------- */

struct loop {
	struct loop_file *file;
	uint32_t events;
	struct loop_timer *timer;
};

int loop_watch(struct loop *loop, struct loop_file *file, uint32_t events)
{
	MUST(!loop->file);
	loop->file = file;
	loop->events = events;
	return 0;
}

int loop_change(struct loop *loop, struct loop_file *file, uint32_t events)
{
	MUST(loop->file == file);
	loop->events = events;
	return 0;
}

void loop_forget(struct loop *loop, struct loop_file *file)
{
	MUST(loop->file == file);
	loop->file = NULL;
}

int loop_start(struct loop *loop, struct loop_timer *timer, unsigned int milliseconds)
{
	(void)milliseconds;
	MUST(!loop->timer || loop->timer == timer);
	loop->timer = timer;
	return 0;
}

void loop_stop(struct loop *loop, struct loop_timer *timer)
{
	if (loop->timer == timer)
		loop->timer = NULL;
}

static void turn(struct loop *loop, uint32_t events)
{
	struct loop_timer *timer = loop->timer;

	events &= loop->events | EPOLLERR | EPOLLHUP;
	if (loop->file && events)
		loop->file->ready(loop->file->arg, events);
	timer = loop->timer;
	loop->timer = NULL;
	if (timer)
		timer->expired(timer->arg);
}

/* --- the script ------------------------------------------------------------- */

struct script {
	const uint8_t *at;
	size_t left;
};

static uint8_t next(struct script *script)
{
	if (!script->left)
		return 0;
	script->left--;
	return *script->at++;
}

/* --- one end ---------------------------------------------------------------- */

struct pipe {
	char data[PIPE];
	size_t length;
	bool closed;
};

struct side;

struct chan {
	struct side *side;
	struct mux_channel *channel;
	bool packets;
	bool over;		/* no event may come any more */
	size_t got;
	size_t sent;
	struct chan *other;	/* whose sent_data comes here; NULL: a stranger's */
	char sent_data[SENT_MAX];
};

struct side {
	struct loop loop;
	struct mux *mux;
	bool closed;
	bool freed;
	uint8_t mischief;	/* what callbacks do */
	struct pipe *in;
	struct pipe *out;	/* NULL: to nowhere */
	size_t room;		/* of what is read or written at once */
	struct chan chan[CHANNELS];
};

static ssize_t side_read(void *arg, void *data, size_t size)
{
	struct side *side = arg;
	struct pipe *in = side->in;

	if (!in->length)
		return in->closed ? 0 : -EAGAIN;
	MUST(size);
	if (size > in->length)
		size = in->length;
	if (size > side->room)
		size = side->room;
	memcpy(data, in->data, size);
	memmove(in->data, in->data + size, in->length - size);
	in->length -= size;
	return size;
}

static size_t take_bytes(struct pipe *out, const char *data, size_t length, size_t room)
{
	if (!out)
		return length;
	if (length > room)
		length = room;
	if (length > PIPE - out->length)
		length = PIPE - out->length;
	memcpy(out->data + out->length, data, length);
	out->length += length;
	return length;
}

static ssize_t side_write(void *arg, const struct iovec *part, int count)
{
	struct side *side = arg;
	size_t done = 0;
	int i;

	for (i = 0; i < count; i++) {
		size_t taken = take_bytes(side->out, part[i].iov_base, part[i].iov_len,
					  side->room - done);

		done += taken;
		if (taken < part[i].iov_len)
			break;
	}
	return done ? (ssize_t)done : -EAGAIN;
}

static const struct mux_io side_io = { .read = side_read, .write = side_write };

static void free_side(struct side *side)
{
	int i;

	if (side->freed)
		return;
	side->freed = true;
	for (i = 0; i < CHANNELS; i++)
		side->chan[i].over = true;
	/* Whatever is queued must go, or mux_free() waits for it. */
	side->out = NULL;
	mux_free(side->mux);
}

static void close_chan(struct chan *chan)
{
	if (!chan->channel || chan->side->freed)
		return;
	mux_close(chan->channel);
	chan->channel = NULL;
	chan->over = true;
}

/* A callback may do all of this. */
static void make_mischief(struct chan *chan)
{
	struct side *side = chan->side;

	switch (side->mischief % 16) {
	case 1:
		return close_chan(chan);
	case 2:
		return close_chan(&side->chan[side->mischief / 16 % CHANNELS]);
	case 3:
		mux_pause(chan->channel, true);
		return;
	case 4:
		return free_side(side);
	case 5:
		return mux_fail(side->mux, "mischief");
	}
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct chan *chan = arg;

	MUST(!chan->over);
	MUST(length || chan->packets);
	if (chan->other) {
		MUST(chan->got + length <= chan->other->sent);
		MUST(!memcmp(chan->other->sent_data + chan->got, data, length));
	}
	chan->got += length;
	make_mischief(chan);
}

static void on_writable(void *arg)
{
	struct chan *chan = arg;

	MUST(chan->channel);
	make_mischief(chan);
}

static void on_ended(void *arg)
{
	struct chan *chan = arg;

	MUST(!chan->over);
	chan->over = true;
	make_mischief(chan);
}

static void on_failed(void *arg, const char *why)
{
	struct chan *chan = arg;

	MUST(why && *why);
	MUST(chan->channel);
	chan->over = true;
	make_mischief(chan);
}

static const struct stream_events chan_events = {
	.data = on_data,
	.writable = on_writable,
	.ended = on_ended,
	.failed = on_failed,
};

static void open_chan(struct side *side, unsigned int i)
{
	struct chan *chan = &side->chan[i];

	if (chan->channel || side->closed || side->freed)
		return;
	chan->packets = handles[i] < FRAME_STREAM;
	chan->channel = mux_open(side->mux, handles[i], chan->packets, &chan_events, chan);
	if (!chan->channel)
		return;
	chan->over = false;
	chan->got = 0;
}

static void on_unclaimed(void *arg, uint32_t handle, const char *data, size_t length)
{
	struct side *side = arg;
	volatile char last;
	unsigned int i;

	if (length)
		last = data[length - 1];
	(void)last;
	for (i = 0; i < CHANNELS; i++)
		if (handles[i] == handle && side->mischief & 128)
			open_chan(side, i);
}

static void on_closed(void *arg, const char *why)
{
	struct side *side = arg;

	(void)why;
	MUST(!side->closed);
	side->closed = true;
	if (side->mischief & 64)
		free_side(side);
}

static const struct mux_events side_events = { .unclaimed = on_unclaimed, .closed = on_closed };

static void start_side(struct side *side, struct pipe *in, struct pipe *out)
{
	static int null = -1;
	int i;

	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (i = 0; i < CHANNELS; i++)
		memset(&side->chan[i], 0, offsetof(struct chan, sent_data));
	memset(side, 0, offsetof(struct side, chan));
	side->in = in;
	side->out = out;
	side->room = PIPE;
	for (i = 0; i < CHANNELS; i++)
		side->chan[i].side = side;
	side->mux = mux_new(&side->loop, &side_events, side);
	MUST(side->mux);
	MUST(!mux_start(side->mux, null, null, &side_io, side));
}

/* --- a peer that lies ------------------------------------------------------- */

static void feed(struct pipe *in, struct script *script)
{
	size_t length = next(script);

	while (length-- && script->left && in->length < PIPE)
		in->data[in->length++] = next(script);
}

/* A frame as it should be, which chance alone seldom makes. */
static void feed_frame(struct pipe *in, struct script *script)
{
	uint32_t header[2];
	size_t length = next(script);

	if (in->length + sizeof(header) + length > PIPE)
		return;
	header[0] = htonl(length);
	header[1] = htonl(handles[next(script) % CHANNELS]);
	memcpy(in->data + in->length, header, sizeof(header));
	in->length += sizeof(header);
	while (length--)
		in->data[in->length++] = next(script);
}

static void write_some(struct chan *chan, size_t length)
{
	static char zeros[70000];

	if (chan->channel && !chan->packets)
		mux_write(chan->channel, zeros, length * 271 % sizeof(zeros));
}

static void hostile_step(struct side *side, struct pipe *in, struct script *script)
{
	uint8_t op = next(script);
	struct chan *chan = &side->chan[op / 16 % CHANNELS];

	switch (op % 12) {
	case 0:
		return feed(in, script);
	case 1:
		return feed_frame(in, script);
	case 2:
		return open_chan(side, op / 16 % CHANNELS);
	case 3:
		return close_chan(chan);
	case 4:
		return write_some(chan, next(script));
	case 5:
		if (chan->channel)
			mux_shutdown(chan->channel);
		return;
	case 6:
		if (chan->channel)
			mux_pause(chan->channel, op & 128);
		return;
	case 7:
		side->mischief = next(script);
		return;
	case 8:
		side->room = next(script) + 1;
		return;
	case 9:
		in->closed = op & 128;
		return;
	default:
		turn(&side->loop, EPOLLIN | EPOLLOUT);
	}
}

static void hostile(struct script *script)
{
	static struct side side;
	struct pipe in = { .length = 0 };

	start_side(&side, &in, NULL);
	while (script->left && !side.freed)
		hostile_step(&side, &in, script);
	free_side(&side);
	MUST(!side.loop.file && !side.loop.timer);
}

/* --- two ends --------------------------------------------------------------- */

static void talk(struct chan *chan, struct script *script)
{
	size_t length = next(script) * 67, i;
	struct iovec part;
	ssize_t taken;

	if (!length || chan->sent + length > SENT_MAX)
		return;
	for (i = 0; i < length; i++)
		chan->sent_data[chan->sent + i] = i ^ chan->sent;
	part = (struct iovec){ chan->sent_data + chan->sent, length };
	/* It must be there before it arrives, and that may be before it returns. */
	chan->sent += length;
	if (!chan->packets) {
		taken = mux_write(chan->channel, part.iov_base, length);
		MUST(taken >= 0 && (size_t)taken <= length);
		chan->sent -= length - taken;
	} else {
		MUST(!mux_send(chan->channel, &part, 1));
	}
}

static void settle(struct side *side)
{
	int rounds;

	side[0].room = PIPE;
	side[1].room = PIPE;
	for (rounds = 0; rounds < 4000; rounds++) {
		turn(&side[rounds % 2].loop, EPOLLIN | EPOLLOUT);
		if (!side[0].in->length && !side[1].in->length && !mux_busy(side[0].mux) &&
		    !mux_busy(side[1].mux))
			return;
	}
	MUST(!"two ends come to rest");
}

static void honest(struct script *script)
{
	static struct side side[2];
	static struct pipe pipe[2];
	int i, k;

	memset(pipe, 0, sizeof(pipe));
	for (i = 0; i < 2; i++)
		start_side(&side[i], &pipe[i], &pipe[1 - i]);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < CHANNELS; k++) {
			open_chan(&side[i], k);
			side[i].chan[k].other = &side[1 - i].chan[k];
		}
	}
	while (script->left) {
		uint8_t op = next(script);

		side[op & 1].room = 1 + next(script);
		if (op & 2)
			talk(&side[op & 1].chan[op / 4 % CHANNELS], script);
		turn(&side[op >> 7].loop, EPOLLIN | EPOLLOUT);
	}
	settle(side);
	for (i = 0; i < 2; i++)
		for (k = 0; k < CHANNELS; k++)
			MUST(side[i].chan[k].got == side[1 - i].chan[k].sent);
	free_side(&side[0]);
	free_side(&side[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script script = { data, size };

	if (next(&script) & 1)
		honest(&script);
	else
		hostile(&script);
	return 0;
}

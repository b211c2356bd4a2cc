/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the mux share, and nobody else sees. */
#ifndef AMREF_MUX_PRIVATE_H
#define AMREF_MUX_PRIVATE_H

#include "driver.h"
#include "loop.h"
#include "mux.h"

#define MUX_INPUT	(128u * 1024)	/* more than the largest TLS record */

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

/* mux.c */
struct mux_channel *mux_find(const struct mux *mux, uint32_t handle);
void mux_to_end(struct mux *mux, struct mux_channel *channel);
void mux_watch(struct mux *mux);

/* mux_write.c */
void mux_flush(struct mux *mux);
void mux_tell_writable(struct mux *mux);

/* mux_read.c */
bool mux_reading(const struct mux *mux);
void mux_dispatch(struct mux *mux);
void mux_receive(struct mux *mux);

#endif /* AMREF_MUX_PRIVATE_H */

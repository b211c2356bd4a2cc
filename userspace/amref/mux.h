/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many channels on one connection, in the frames of flow/frame.h, both ways.
 *
 * A channel carries either packets (whole frames: a type byte, a body, a NUL)
 * or a stream of bytes (where frames have no meaning).  Handles are chosen above
 * this layer.  It knows nothing of exchanges either, so that bsdudp uses it for
 * its one connection of streams.
 */
#ifndef AMREF_MUX_H
#define AMREF_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "flow/frame.h"

struct loop;
struct stream_events;	/* driver.h */

struct mux;
struct mux_channel;

/**
 * struct mux_io - how bytes go in and out, where it is not read() and writev()
 * @read: how many came, 0 at the end, or a negative errno (-EAGAIN: none now)
 * @write: how many were taken, or a negative errno (-EAGAIN: none now)
 * @wants: EPOLL* events that must come before @read can go on, besides EPOLLIN;
 *	may be NULL
 */
struct mux_io {
	ssize_t (*read)(void *arg, void *data, size_t size);
	ssize_t (*write)(void *arg, const struct iovec *part, int count);
	uint32_t (*wants)(void *arg);
};

/**
 * struct mux_events - what happens to the connection as a whole
 * @unclaimed: a frame came for a handle that has no channel; @length is 0 for
 *	the end of a channel.  May open a channel; the frame is not repeated
 * @closed: the connection is gone, after every channel that had not ended got
 *	its failed event; @why is NULL where the other end closed it between two
 *	frames.  May free the mux.  Nothing else follows
 */
struct mux_events {
	void (*unclaimed)(void *arg, uint32_t handle, const char *data, size_t length);
	void (*closed)(void *arg, const char *why);
};

struct mux *mux_new(struct loop *loop, const struct mux_events *events, void *arg);
int mux_start(struct mux *mux, int read_fd, int write_fd, const struct mux_io *io, void *io_arg);
void mux_fail(struct mux *mux, const char *why);
bool mux_busy(const struct mux *mux);
void mux_free(struct mux *mux);

struct mux_channel *mux_open(struct mux *mux, uint32_t handle, bool packets,
			     const struct stream_events *events, void *arg);
void mux_opened(struct mux_channel *channel);
uint32_t mux_handle(const struct mux_channel *channel);
int mux_send(struct mux_channel *channel, const struct iovec *part, int count);
ssize_t mux_write(struct mux_channel *channel, const char *data, size_t length);
void mux_shutdown(struct mux_channel *channel);
void mux_pause(struct mux_channel *channel, bool paused);
void mux_close(struct mux_channel *channel);

#endif /* AMREF_MUX_H */

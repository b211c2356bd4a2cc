/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream with a queue: what is written waits here until the driver takes it,
 * and what comes may be cut into lines.  Services and initiators alike speak
 * through channels.
 */
#ifndef AMREF_CHANNEL_H
#define AMREF_CHANNEL_H

#include <stdarg.h>

#include "driver.h"

struct call;

/**
 * struct channel_events - what happens to a channel; any of them may be NULL
 * @opened: both ends are there
 * @data: bytes came
 * @line: a line came, without its end; ends in a NUL.  Instead of @data
 * @drained: all that was written has been taken, and more may be written
 * @ended: the other end sends no more; what was left without an end of line has
 *	been given to @line
 * @failed: nothing more comes or goes
 *
 * A callback may close its channel, but the memory must live until it returns.
 */
struct channel_events {
	void (*opened)(void *arg);
	void (*data)(void *arg, const char *data, size_t length);
	void (*line)(void *arg, char *line);
	void (*drained)(void *arg);
	void (*ended)(void *arg);
	void (*failed)(void *arg, const char *why);
};

struct channel_buffer {
	char *data;
	size_t length;
	size_t room;
};

/**
 * struct channel - one; zero it before the first use
 * @name: as in the CONNECT line
 * @opened: both ends are there
 * @ended: the other end sends no more
 * @broken: it failed
 * @ending: channel_end() was called
 * @finished: and all has been written
 */
struct channel {
	const struct security_driver *driver;
	struct security_stream *stream;
	const struct channel_events *events;
	void *arg;
	char name[AMANDA_TAG_MAX + 1];
	bool opened;
	bool ended;
	bool broken;
	bool ending;
	bool finished;
	bool wants_drained;
	size_t sent;
	struct channel_buffer in;
	struct channel_buffer out;
};

bool channel_serve(struct channel *channel, struct call *call, const char *name,
		   const struct channel_events *events, void *arg);
bool channel_connect(struct channel *channel, struct security_exchange *exchange,
		     const char *name, int number, const struct channel_events *events, void *arg);
bool channel_write(struct channel *channel, const char *data, size_t length);
void channel_print(struct channel *channel, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
size_t channel_pending(const struct channel *channel);
void channel_end(struct channel *channel);
void channel_pause(struct channel *channel, bool paused);
void channel_close(struct channel *channel);
bool channel_done(const struct channel *channel);

#endif /* AMREF_CHANNEL_H */

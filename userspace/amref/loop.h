/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: files that become ready, and timers.  One thread, no global
 * state; every object belongs to its caller and is embedded where it is used.
 */
#ifndef AMREF_LOOP_H
#define AMREF_LOOP_H

#include <stddef.h>
#include <stdint.h>

struct loop;

/**
 * struct loop_file - a file that is watched
 * @fd: open as long as it is watched
 * @ready: called with the EPOLL* events that are there
 * @arg: handed to @ready
 *
 * @ready may remove and free its own or any other file.
 */
struct loop_file {
	int fd;
	void (*ready)(void *arg, uint32_t events);
	void *arg;
};

/**
 * struct loop_timer - a call at a later time; zero it before the first use
 * @expired: called once, with the timer stopped
 * @arg: handed to @expired
 * @due: monotonic nanoseconds; the loop's own
 * @place: index in the heap plus one, 0 where it does not run; the loop's own
 */
struct loop_timer {
	void (*expired)(void *arg);
	void *arg;
	uint64_t due;
	size_t place;
};

struct loop *loop_new(void);
void loop_free(struct loop *loop);

int loop_watch(struct loop *loop, struct loop_file *file, uint32_t events);
int loop_change(struct loop *loop, struct loop_file *file, uint32_t events);
void loop_forget(struct loop *loop, struct loop_file *file);

int loop_start(struct loop *loop, struct loop_timer *timer, unsigned int milliseconds);
void loop_stop(struct loop *loop, struct loop_timer *timer);

int loop_run(struct loop *loop);
void loop_quit(struct loop *loop, int result);
uint64_t loop_now(const struct loop *loop);

#endif /* AMREF_LOOP_H */

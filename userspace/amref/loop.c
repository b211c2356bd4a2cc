// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The event loop: epoll for files, a binary heap for timers.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

#define BATCH 64

/*
 * @batch is what epoll_wait() returned last; an entry whose file has been
 * forgotten since then has no pointer any more.
 */
struct loop {
	int epoll;
	bool quit;
	int result;
	size_t files;
	struct loop_timer **heap;
	size_t timers;
	size_t room;
	uint64_t now;
	struct epoll_event batch[BATCH];
	int batch_length;
};

static uint64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/**
 * loop_new() - make an empty loop
 *
 * Return: the loop, for loop_free(); NULL with errno set.
 */
struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return NULL;
	}
	loop->now = monotonic();
	return loop;
}

/**
 * loop_free() - free a loop
 * @loop: NULL does nothing.  Files and timers in it stay their owners'.
 */
void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	free(loop->heap);
	free(loop);
}

/**
 * loop_watch() - begin to watch a file
 * @loop: the loop
 * @file: filled in; stays the caller's, and where it is until loop_forget()
 * @events: EPOLLIN, EPOLLOUT ...; EPOLLERR and EPOLLHUP always come
 *
 * Return: 0, or a negative errno: -EPERM for a regular file, which is always
 * ready.
 */
int loop_watch(struct loop *loop, struct loop_file *file, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = file };

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, file->fd, &event))
		return -errno;
	loop->files++;
	return 0;
}

/**
 * loop_change() - wait for other events
 * @loop: the loop
 * @file: one that is watched
 * @events: as for loop_watch(); these alone from now on
 *
 * Return: 0, or a negative errno.
 */
int loop_change(struct loop *loop, struct loop_file *file, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = file };

	return epoll_ctl(loop->epoll, EPOLL_CTL_MOD, file->fd, &event) ? -errno : 0;
}

/**
 * loop_forget() - watch a file no more
 * @loop: the loop
 * @file: one that is watched and still open; not called any more from here on
 */
void loop_forget(struct loop *loop, struct loop_file *file)
{
	int i;

	if (!epoll_ctl(loop->epoll, EPOLL_CTL_DEL, file->fd, NULL))
		loop->files--;
	for (i = 0; i < loop->batch_length; i++)
		if (loop->batch[i].data.ptr == file)
			loop->batch[i].data.ptr = NULL;
}

static void place(struct loop *loop, size_t index, struct loop_timer *timer)
{
	loop->heap[index] = timer;
	timer->place = index + 1;
}

static void move_up(struct loop *loop, size_t index)
{
	struct loop_timer *timer = loop->heap[index];
	size_t parent;

	for (; index; index = parent) {
		parent = (index - 1) / 2;
		if (loop->heap[parent]->due <= timer->due)
			break;
		place(loop, index, loop->heap[parent]);
	}
	place(loop, index, timer);
}

static void move_down(struct loop *loop, size_t index)
{
	struct loop_timer *timer = loop->heap[index];
	size_t child;

	for (; (child = 2 * index + 1) < loop->timers; index = child) {
		if (child + 1 < loop->timers &&
		    loop->heap[child + 1]->due < loop->heap[child]->due)
			child++;
		if (timer->due <= loop->heap[child]->due)
			break;
		place(loop, index, loop->heap[child]);
	}
	place(loop, index, timer);
}

static int make_room(struct loop *loop)
{
	size_t room = loop->room ? loop->room * 2 : 16;
	struct loop_timer **heap;

	if (loop->timers < loop->room)
		return 0;
	heap = realloc(loop->heap, room * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	loop->heap = heap;
	loop->room = room;
	return 0;
}

/**
 * loop_start() - start a timer, or start it anew
 * @loop: the loop
 * @timer: its caller's, and where it is until it expired or was stopped
 * @milliseconds: from now; 0: with the next turn of the loop
 *
 * Return: 0, or -ENOMEM.
 */
int loop_start(struct loop *loop, struct loop_timer *timer, unsigned int milliseconds)
{
	loop_stop(loop, timer);
	if (make_room(loop))
		return -ENOMEM;
	timer->due = monotonic() + milliseconds * 1000000ull;
	place(loop, loop->timers++, timer);
	move_up(loop, timer->place - 1);
	return 0;
}

/**
 * loop_stop() - stop a timer
 * @loop: the loop
 * @timer: need not run
 */
void loop_stop(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last;
	size_t index;

	if (!timer->place)
		return;
	index = timer->place - 1;
	timer->place = 0;
	last = loop->heap[--loop->timers];
	if (last == timer)
		return;
	place(loop, index, last);
	move_up(loop, index);
	move_down(loop, last->place - 1);
}

static void run_timers(struct loop *loop)
{
	struct loop_timer *timer;

	/* A timer that is started by one of these waits for the next turn. */
	while (loop->timers && !loop->quit && loop->heap[0]->due <= loop->now) {
		timer = loop->heap[0];
		loop_stop(loop, timer);
		timer->expired(timer->arg);
	}
}

static void run_files(struct loop *loop)
{
	struct loop_file *file;
	int i;

	for (i = 0; i < loop->batch_length && !loop->quit; i++) {
		file = loop->batch[i].data.ptr;
		if (file)
			file->ready(file->arg, loop->batch[i].events);
	}
	loop->batch_length = 0;
}

/* Milliseconds, rounded up so that the timer is due afterwards. */
static int time_to_wait(const struct loop *loop)
{
	uint64_t now, wait;

	if (!loop->timers)
		return -1;
	now = monotonic();
	if (loop->heap[0]->due <= now)
		return 0;
	wait = (loop->heap[0]->due - now + 999999) / 1000000;
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

/**
 * loop_run() - run until loop_quit()
 * @loop: the loop
 *
 * Return: what loop_quit() was given; -ENOENT where there is no file and no
 * timer left to wait for; another negative errno where the kernel fails.
 */
int loop_run(struct loop *loop)
{
	loop->quit = false;
	while (!loop->quit) {
		if (!loop->files && !loop->timers)
			return -ENOENT;
		loop->batch_length = epoll_wait(loop->epoll, loop->batch, BATCH,
						time_to_wait(loop));
		loop->now = monotonic();
		if (loop->batch_length < 0) {
			loop->batch_length = 0;
			if (errno != EINTR)
				return -errno;
		}
		run_files(loop);
		run_timers(loop);
	}
	return loop->result;
}

/**
 * loop_quit() - end loop_run() when the callback that runs returns
 * @loop: the loop
 * @result: for loop_run() to return; the first call wins
 */
void loop_quit(struct loop *loop, int result)
{
	if (!loop->quit)
		loop->result = result;
	loop->quit = true;
}

/**
 * loop_now() - the time
 * @loop: the loop
 *
 * Return: monotonic nanoseconds when the loop woke up last.
 */
uint64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

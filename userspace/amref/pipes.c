// SPDX-License-Identifier: GPL-2.0-or-later
/* The ends of the pipes of child.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "child.h"

#define READ_SIZE	(256 * 1024)

static void source_ready(void *arg, uint32_t events)
{
	struct source *source = arg;
	ssize_t n = read(source->file.fd, source->buffer, READ_SIZE);
	int error = errno;

	(void)events;
	if (n > 0) {
		source->data(source->arg, source->buffer, n);
		return;
	}
	if (n < 0 && (error == EAGAIN || error == EINTR))
		return;
	source_close(source);
	source->ended(source->arg, n < 0 ? error : 0);
}

/**
 * source_open() - begin to read
 * @source: @data, @ended and @arg are set; the rest is filled in
 * @loop: says when there is something
 * @fd: a pipe or a socket, which is taken over; closed where this fails
 *
 * Return: 0, or a negative errno.
 */
int source_open(struct source *source, struct loop *loop, int fd)
{
	int error;

	source->loop = loop;
	source->file = (struct loop_file){ .fd = fd, .ready = source_ready, .arg = source };
	source->buffer = malloc(READ_SIZE);
	error = source->buffer ? 0 : -ENOMEM;
	if (!error && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		error = -errno;
	if (!error)
		error = loop_watch(loop, &source->file, EPOLLIN);
	if (error) {
		free(source->buffer);
		close(fd);
		return error;
	}
	source->open = true;
	source->paused = false;
	return 0;
}

/**
 * source_pause() - stop or go on reading
 * @source: open or not
 * @paused: stop
 */
void source_pause(struct source *source, bool paused)
{
	if (!source->open || source->paused == paused)
		return;
	source->paused = paused;
	/* A pipe that hangs up says so whatever is asked for: do not watch it at all. */
	if (paused)
		loop_forget(source->loop, &source->file);
	else
		loop_watch(source->loop, &source->file, EPOLLIN);
}

/**
 * source_close() - stop reading for good
 * @source: open or not; @ended is not called
 */
void source_close(struct source *source)
{
	if (!source->open)
		return;
	source->open = false;
	if (!source->paused)
		loop_forget(source->loop, &source->file);
	close(source->file.fd);
	free(source->buffer);
	source->buffer = NULL;
}

static void sink_wait(struct sink *sink, bool waiting)
{
	if (sink->waiting == waiting)
		return;
	sink->waiting = waiting;
	if (waiting)
		loop_watch(sink->loop, &sink->file, EPOLLOUT);
	else
		loop_forget(sink->loop, &sink->file);
}

static void sink_broke(struct sink *sink, int error)
{
	sink_close(sink);
	if (sink->failed)
		sink->failed(sink->arg, error);
}

static void sink_ready(void *arg, uint32_t events)
{
	struct sink *sink = arg;
	ssize_t n = write(sink->file.fd, sink->queue + sink->sent, sink->length - sink->sent);

	(void)events;
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			sink_broke(sink, errno);
		return;
	}
	sink->sent += n;
	if (sink->sent < sink->length)
		return;
	sink->length = 0;
	sink->sent = 0;
	sink_wait(sink, false);
	if (sink->ending)
		sink_close(sink);
	else if (sink->drained)
		sink->drained(sink->arg);
}

/**
 * sink_open() - begin to write
 * @sink: @drained, @failed and @arg are set; the rest is filled in
 * @loop: says when there is room
 * @fd: a pipe, a socket or a plain file, which is taken over
 *
 * Return: 0, or a negative errno.
 */
int sink_open(struct sink *sink, struct loop *loop, int fd)
{
	sink->loop = loop;
	sink->file = (struct loop_file){ .fd = fd, .ready = sink_ready, .arg = sink };
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK))
		return -errno;
	sink->open = true;
	return 0;
}

static bool sink_queue(struct sink *sink, const char *data, size_t length)
{
	size_t room = sink->room ? sink->room : 65536;
	char *grown;

	while (room < sink->length + length)
		room *= 2;
	grown = room == sink->room ? sink->queue : realloc(sink->queue, room);
	if (!grown)
		return false;
	sink->queue = grown;
	sink->room = room;
	memcpy(sink->queue + sink->length, data, length);
	sink->length += length;
	return true;
}

/**
 * sink_write() - write, or queue what does not go out now
 * @sink: open
 * @data: copied where it has to wait
 * @length: in bytes
 *
 * Return: true where all has gone out.  Otherwise drained comes once it has, or
 * failed.
 */
bool sink_write(struct sink *sink, const char *data, size_t length)
{
	size_t done = 0;
	ssize_t n;

	while (sink->open && !sink->length && done < length) {
		n = write(sink->file.fd, data + done, length - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			sink_broke(sink, errno);
		if (n < 0)
			break;
		done += n;
	}
	if (!sink->open || done == length)
		return sink->open;
	if (!sink_queue(sink, data + done, length - done)) {
		sink_broke(sink, ENOMEM);
		return false;
	}
	sink_wait(sink, true);
	return false;
}

/**
 * sink_end() - close it when all has gone out
 * @sink: open or not
 */
void sink_end(struct sink *sink)
{
	sink->ending = true;
	if (sink->open && !sink->length)
		sink_close(sink);
}

/**
 * sink_close() - close it now; what waits is lost
 * @sink: open or not; nothing is called
 */
void sink_close(struct sink *sink)
{
	if (!sink->open)
		return;
	sink_wait(sink, false);
	sink->open = false;
	close(sink->file.fd);
	free(sink->queue);
	sink->queue = NULL;
	sink->length = 0;
	sink->sent = 0;
	sink->room = 0;
}

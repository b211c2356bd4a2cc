/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are run, and the pipes to and from them. */
#ifndef AMREF_CHILD_H
#define AMREF_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "loop.h"

/**
 * struct child - a program that runs; zero it before the first use
 * @pid: 0 where none runs
 * @status: as waitpid() has it, once it has ended
 * @ended: called when it has ended; may be NULL
 * @arg: handed to @ended
 */
struct child {
	struct loop *loop;
	struct loop_file exit;
	pid_t pid;
	int status;
	void (*ended)(void *arg);
	void *arg;
};

/**
 * struct child_file - a file the program gets
 * @fd: ours
 * @as: the program's number for it
 */
struct child_file {
	int fd;
	int as;
};

int child_pipe(int *read_end, int *write_end);
int child_start(struct child *child, struct loop *loop, const char *const argv[],
		const struct child_file *file, size_t count);
void child_stop(struct child *child);
void child_status_text(const struct child *child, char *text, size_t size);

/**
 * struct source - a file that is read as it becomes ready; zero it first
 * @data: bytes came; gone after the call
 * @ended: the end, or @error, a positive errno.  The file is closed by then
 * @arg: handed to both
 */
struct source {
	struct loop *loop;
	struct loop_file file;
	void (*data)(void *arg, const char *data, size_t length);
	void (*ended)(void *arg, int error);
	void *arg;
	char *buffer;
	bool open;
	bool paused;
};

/**
 * struct sink - a file that is written as it becomes ready; zero it first
 * @drained: all that was written has gone out
 * @failed: @error is a positive errno; the file is closed by then
 * @arg: handed to both
 */
struct sink {
	struct loop *loop;
	struct loop_file file;
	void (*drained)(void *arg);
	void (*failed)(void *arg, int error);
	void *arg;
	char *queue;
	size_t length;
	size_t sent;
	size_t room;
	bool open;
	bool waiting;
	bool ending;
};

int source_open(struct source *source, struct loop *loop, int fd);
void source_pause(struct source *source, bool paused);
void source_close(struct source *source);

int sink_open(struct sink *sink, struct loop *loop, int fd);
bool sink_write(struct sink *sink, const char *data, size_t length);
void sink_end(struct sink *sink);
void sink_close(struct sink *sink);

#endif /* AMREF_CHILD_H */

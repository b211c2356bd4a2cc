// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recover.h"

static void end(struct recover *recover, const char *error)
{
	if (error && !recover->error[0])
		snprintf(recover->error, sizeof(recover->error), "%s", error);
	recover->finished(recover->arg);
}

static bool is_full(const struct recover *recover)
{
	return recover->extract.full || recover->compare.full;
}

static void programs_drained(void *arg)
{
	struct recover *recover = arg;

	if (recover->tape && !recover->tape_done && !is_full(recover))
		tape_go_on(recover->tape);
}

/* Tape and programs end in any order; go on from the loop, with nothing on the stack. */
static void go_on_if_done(struct recover *recover)
{
	if (recover->tape_done && !extract_runs(&recover->extract) &&
	    !extract_runs(&recover->compare))
		loop_start(recover->loop, &recover->next, 0);
}

static void programs_ended(void *arg)
{
	go_on_if_done(arg);
}

static int run(struct recover *recover, struct extract *extract, const struct tape_header *header,
	       const char *decrypt, const char *const argv[])
{
	memset(extract, 0, sizeof(*extract));
	extract->drained = programs_drained;
	extract->ended = programs_ended;
	extract->arg = recover;
	return extract_begin(extract, recover->loop, header, decrypt, argv);
}

static int run_programs(struct recover *recover, const struct tape_header *header,
			const char *decrypt)
{
	const struct recover_options *options = recover->options;
	const char *const extracting[] = {
		"tar", "--ignore-zeros", "--numeric-owner", "-xpGf", "-", "-C",
		options->directory, NULL,
	};
	const char *const comparing[] = {
		"tar", "--ignore-zeros", "--compare", "--file", "-", "-C", options->compare, NULL,
	};
	int error = 0;

	if (options->directory)
		error = run(recover, &recover->extract, header, decrypt, extracting);
	if (!error && options->compare)
		error = run(recover, &recover->compare, header, decrypt, comparing);
	return error;
}

/* A program that a header names is run only if root put it there. */
static bool is_roots_own(const char *path)
{
	struct stat st;

	return path[0] == '/' && !stat(path, &st) && S_ISREG(st.st_mode) && st.st_uid == 0 &&
		!(st.st_mode & 022);
}

static const char *on_header(void *arg, const struct tape_header *header)
{
	struct recover *recover = arg;
	const char *decrypt = recover->options->decrypt;
	int error;

	if (header->encrypt[0] && !decrypt) {
		if (!is_roots_own(header->encrypt))
			return "the dump is encrypted: --encrypt PROGRAM is needed";
		decrypt = header->encrypt;
	}
	error = run_programs(recover, header, decrypt);
	return error ? strerror(-error) : NULL;
}

static bool write_output(struct recover *recover, const char *data, size_t length)
{
	ssize_t n;

	while (length) {
		n = write(recover->output, data, length);
		if (n < 0 && errno != EINTR)
			return false;
		data += n > 0 ? n : 0;
		length -= n > 0 ? n : 0;
	}
	return true;
}

static bool on_data(void *arg, const char *data, size_t length)
{
	struct recover *recover = arg;

	if (recover->output >= 0 && !write_output(recover, data, length)) {
		snprintf(recover->error, sizeof(recover->error), "%s: %s", recover->options->output,
			 strerror(errno));
		close(recover->output);
		recover->output = -1;
	}
	extract_write(&recover->extract, data, length);
	extract_write(&recover->compare, data, length);
	return !is_full(recover);
}

static void on_tape_finished(void *arg)
{
	struct recover *recover = arg;

	recover->tape_done = true;
	extract_end(&recover->extract);
	extract_end(&recover->compare);
	go_on_if_done(recover);
}

static const struct tape_events tape_events = {
	.header = on_header,
	.data = on_data,
	.finished = on_tape_finished,
};

static void disconnect(struct recover *recover)
{
	if (recover->index)
		index_free(recover->index);
	if (recover->tape)
		tape_free(recover->tape);
	free(recover->tape);
	recover->tape = NULL;
	if (recover->peer)
		recover->peer->driver->disconnect(recover->peer);
	recover->peer = NULL;
}

/* Amrecover has a connection for each of its requests, too. */
static bool reconnect(struct recover *recover)
{
	disconnect(recover);
	recover->peer = recover->connect(recover->arg, recover->error, sizeof(recover->error));
	return recover->peer;
}

static void fetch(struct recover *recover)
{
	const struct index_item *item = &recover->index->item[recover->at];
	int error;

	recover->tape_done = false;
	if (!reconnect(recover)) {
		end(recover, "cannot connect");
		return;
	}
	recover->tape = calloc(1, sizeof(*recover->tape));
	error = recover->tape ? tape_begin(recover->tape, recover->loop, recover->peer,
					   recover->timing, &recover->options->query, item,
					   recover->index->device, &tape_events, recover) : -ENOMEM;
	if (error)
		end(recover, strerror(-error));
}

/* After a dump: did all go well, and is there another one? */
static void next(void *arg)
{
	struct recover *recover = arg;
	char status[160], compared[160];

	extract_status(&recover->extract, status, sizeof(status));
	extract_status(&recover->compare, compared, sizeof(compared));
	if (recover->tape->talk.error[0] || recover->error[0]) {
		end(recover, recover->tape->talk.error);
	} else if (status[0]) {
		end(recover, status);
	} else if (compared[0]) {
		end(recover, "what came back differs from what is there");
	} else {
		recover->said(recover->arg);
		extract_free(&recover->extract);
		extract_free(&recover->compare);
		if (++recover->at < recover->index->items)
			fetch(recover);
		else
			end(recover, NULL);
	}
}

static void first(void *arg)
{
	struct recover *recover = arg;

	recover->next.expired = next;
	fetch(recover);
}

static void on_index_finished(void *arg)
{
	struct recover *recover = arg;

	if (recover->index->talk.error[0]) {
		end(recover, recover->index->talk.error);
		return;
	}
	recover->next.expired = first;
	loop_start(recover->loop, &recover->next, 0);
}

static int open_output(struct recover *recover)
{
	const char *output = recover->options->output;

	recover->output = -1;
	if (!output)
		return 0;
	recover->output = strcmp(output, "-") ? open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
						     0644) :
						fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return recover->output < 0 ? -errno : 0;
}

/**
 * recover_begin() - begin a restore
 * @recover: zeroed but for @loop, @options, @timing, the callbacks and @arg; for
 *	recover_free() whatever this returns
 *
 * Return: 0, or a negative errno with @recover->error set; @finished is then not
 * called.
 */
int recover_begin(struct recover *recover)
{
	int error = open_output(recover);

	recover->next.arg = recover;
	recover->index = calloc(1, sizeof(*recover->index));
	if (!error && !recover->index)
		error = -ENOMEM;
	if (error) {
		snprintf(recover->error, sizeof(recover->error), "%s", strerror(-error));
		return error;
	}
	recover->peer = recover->connect(recover->arg, recover->error, sizeof(recover->error));
	if (!recover->peer)
		return -ENOTCONN;
	error = index_begin(recover->index, recover->loop, recover->peer, recover->timing,
			    &recover->options->query, on_index_finished, recover);
	if (error)
		snprintf(recover->error, sizeof(recover->error), "%s", strerror(-error));
	return error;
}

/**
 * recover_free() - free what a restore holds; not the struct
 * @recover: begun
 */
void recover_free(struct recover *recover)
{
	loop_stop(recover->loop, &recover->next);
	disconnect(recover);
	extract_free(&recover->extract);
	extract_free(&recover->compare);
	free(recover->index);
	if (recover->output >= 0)
		close(recover->output);
}

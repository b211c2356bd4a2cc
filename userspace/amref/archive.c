// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive.h"
#include "dle.h"

/* Where tar writes the names; any number above the standard ones. */
#define NAMES_FD	3
/* Where it reads what an older dump had, and writes what this one has: an empty file. */
#define SNAPSHOT_FD	4
/* How much is generated before others get their turn. */
#define TURN_BYTES	(8 << 20)

/* What tar says of a folder that lives; sendbackup-gnutar.c has the same in its re_table[]. */
static const char *const usual[] = {
	"Total bytes written:",
	": Directory is new",
	": Directory has been renamed",
	": socket ignored",
	": file changed as we read it",
	": File removed before we read it",
	": file is on a different filesystem; not dumped",
};

static bool is_usual(const char *line)
{
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strstr(line, usual[i]))
			return true;
	return false;
}

static void end(struct archive *archive, const char *error)
{
	archive->running = false;
	archive->events->finished(archive->arg, error);
}

/* Programs and pipes come to their end in any order. */
static void end_if_done(struct archive *archive)
{
	char how[64], error[128];
	size_t i;

	if (!archive->running || archive->tar.pid || archive->data.open || archive->names.open ||
	    archive->talk.open)
		return;
	for (i = 0; i < archive->filters; i++)
		if (archive->filter[i].pid)
			return;
	for (i = 0; i < archive->filters; i++) {
		child_status_text(&archive->filter[i], how, sizeof(how));
		if (!how[0])
			continue;
		snprintf(error, sizeof(error), "filter %s", how);
		end(archive, error);
		return;
	}
	/* 1: files changed while they were read, as usual */
	child_status_text(&archive->tar, how, sizeof(how));
	if (how[0] && !(WIFEXITED(archive->tar.status) && WEXITSTATUS(archive->tar.status) == 1)) {
		snprintf(error, sizeof(error), "tar %s", how);
		end(archive, error);
		return;
	}
	end(archive, NULL);
}

static void program_ended(void *arg)
{
	end_if_done(arg);
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct archive *archive = arg;

	digest_add(&archive->wire, data, length);
	if (!archive->events->data(archive->arg, data, length))
		source_pause(&archive->data, true);
}

/* Each name begins with the dot that tar was told to pack (sendbackup.c strips it too). */
static void on_names(void *arg, const char *data, size_t length)
{
	struct archive *archive = arg;
	const char *at = data, *stop = data + length, *newline;

	while (at < stop) {
		if (archive->line_begins && *at == '.')
			at++;
		newline = memchr(at, '\n', stop - at);
		archive->line_begins = newline;
		if (!newline)
			newline = stop - 1;
		if (newline >= at)
			archive->events->names(archive->arg, at, newline + 1 - at);
		at = newline + 1;
	}
}

static void take_line(struct archive *archive)
{
	static const char total[] = "Total bytes written: ";
	const char *line = archive->line;

	archive->line[archive->line_length] = '\0';
	archive->line_length = 0;
	if (!*line)
		return;
	if (!strncmp(line, total, sizeof(total) - 1))
		archive->kilobytes = strtoull(line + sizeof(total) - 1, NULL, 10) / 1024;
	archive->events->message(archive->arg, line, !is_usual(line));
}

static void on_talk(void *arg, const char *data, size_t length)
{
	struct archive *archive = arg;

	for (; length; length--, data++) {
		if (*data == '\n')
			take_line(archive);
		else if (archive->line_length + 1 < sizeof(archive->line))
			archive->line[archive->line_length++] = *data;
	}
}

static void on_end(void *arg, int error)
{
	struct archive *archive = arg;

	if (error)
		archive->events->message(archive->arg, strerror(error), true);
	end_if_done(archive);
}

/* A source for the read end of a new pipe; returns the write end. */
static int open_source(struct archive *archive, struct source *source,
		       void (*data)(void *arg, const char *data, size_t length))
{
	int in, out, error = child_pipe(&in, &out);

	if (error)
		return error;
	source->data = data;
	source->ended = on_end;
	source->arg = archive;
	error = source_open(source, archive->loop, in);
	if (error) {
		close(out);
		return error;
	}
	return out;
}

static int start_tar(struct archive *archive, const struct dle *dle, int out, int names, int talk)
{
	int snapshot = memfd_create("snapshot", MFD_CLOEXEC);
	const char *const argv[] = {
		"tar", "--create", "--file", "-", "--directory", dle->device, "--one-file-system",
		"--listed-incremental", "/dev/fd/4", "--sparse", "--ignore-failed-read", "--totals",
		"--verbose", "--index-file", "/dev/fd/3", ".", NULL,
	};
	const struct child_file file[] = {
		{ out, STDOUT_FILENO }, { talk, STDERR_FILENO }, { names, NAMES_FD },
		{ snapshot, SNAPSHOT_FD },
	};
	int error;

	if (snapshot < 0)
		return -errno;
	archive->tar.ended = program_ended;
	archive->tar.arg = archive;
	error = child_start(&archive->tar, archive->loop, argv, file, 4);
	close(snapshot);
	return error;
}

static int start_filter(struct archive *archive, const char *const argv[], int in, int out, int talk)
{
	const struct child_file file[] = {
		{ in, STDIN_FILENO }, { out, STDOUT_FILENO }, { talk, STDERR_FILENO },
	};
	struct child *child = &archive->filter[archive->filters];
	int error;

	child->ended = program_ended;
	child->arg = archive;
	error = child_start(child, archive->loop, argv, file, 3);
	archive->filters += !error;
	return error;
}

/* Put a program in front of *@out; *@out is then what it reads. */
static int put_filter(struct archive *archive, const char *const argv[], int *out, int talk)
{
	int in, write_end, error = child_pipe(&in, &write_end);

	if (error)
		return error;
	error = start_filter(archive, argv, in, *out, talk);
	close(in);
	close(*out);
	*out = write_end;
	return error;
}

/* The last filter first: what tar writes into is known when all others run. */
static int put_filters(struct archive *archive, const struct dle *dle, int *out, int talk)
{
	const char *const encrypt[] = { dle->encrypt, NULL };
	const char *const compress[] = {
		"gzip", strcmp(dle->compress, "BEST") ? "--fast" : "--best", NULL,
	};
	int error = 0;

	if (dle->encrypt[0])
		error = put_filter(archive, encrypt, out, talk);
	if (!error && dle->compress[0])
		error = put_filter(archive, compress, out, talk);
	return error;
}

static int start_programs(struct archive *archive, const struct dle *dle)
{
	int out = open_source(archive, &archive->data, on_data);
	int names = open_source(archive, &archive->names, on_names);
	int talk = open_source(archive, &archive->talk, on_talk);
	int error = out < 0 ? out : names < 0 ? names : talk < 0 ? talk : 0;

	if (!error)
		error = put_filters(archive, dle, &out, talk);
	if (!error)
		error = start_tar(archive, dle, out, names, talk);
	if (out >= 0)
		close(out);
	if (names >= 0)
		close(names);
	if (talk >= 0)
		close(talk);
	return error;
}

static void generate(void *arg)
{
	struct archive *archive = arg;
	size_t length, sum = 0;
	const char *data;

	while (sum < TURN_BYTES) {
		length = generator_next(&archive->generator, &data);
		if (!length) {
			end(archive, NULL);
			return;
		}
		digest_add(&archive->wire, data, length);
		if (!archive->events->data(archive->arg, data, length))
			return;
		if (!archive->running)
			return;
		sum += length;
	}
	loop_start(archive->loop, &archive->turn, 0);
}

static int start_generator(struct archive *archive, uint64_t size)
{
	static const char names[] = "/\n/" GENERATOR_NAME "\n";
	int error = generator_begin(&archive->generator, size);

	if (error)
		return error;
	archive->generated = true;
	archive->kilobytes = archive->generator.total / 1024;
	archive->turn.expired = generate;
	archive->turn.arg = archive;
	archive->events->names(archive->arg, names, sizeof(names) - 1);
	return loop_start(archive->loop, &archive->turn, 0);
}

/**
 * archive_begin() - begin to make a dump's data
 * @archive: zeroed; filled in, for archive_free()
 * @loop: runs it
 * @dle: what to pack, compress and encrypt
 * @generated: bytes to make up instead; 0: run tar
 * @sha: SHA-256 is wanted, too
 * @events: where it goes
 * @arg: handed to @events
 *
 * Return: 0, or a negative errno.
 */
int archive_begin(struct archive *archive, struct loop *loop, const struct dle *dle,
		  uint64_t generated, bool sha, const struct archive_events *events, void *arg)
{
	archive->loop = loop;
	archive->events = events;
	archive->arg = arg;
	archive->running = true;
	archive->line_begins = true;
	archive->filtered = !generated && (dle->compress[0] || dle->encrypt[0]);
	if (!digest_begin(&archive->wire, sha))
		return -ENOMEM;
	return generated ? start_generator(archive, generated) : start_programs(archive, dle);
}

/**
 * archive_go_on() - there is room for data again
 * @archive: begun
 */
void archive_go_on(struct archive *archive)
{
	if (!archive->running)
		return;
	if (archive->generated)
		loop_start(archive->loop, &archive->turn, 0);
	else
		source_pause(&archive->data, false);
}

/**
 * archive_free() - stop what still runs, and free what it holds; not the struct
 * @archive: begun or zeroed
 */
void archive_free(struct archive *archive)
{
	size_t i;

	archive->running = false;
	if (archive->loop)
		loop_stop(archive->loop, &archive->turn);
	child_stop(&archive->tar);
	for (i = 0; i < archive->filters; i++)
		child_stop(&archive->filter[i]);
	source_close(&archive->data);
	source_close(&archive->names);
	source_close(&archive->talk);
	generator_free(&archive->generator);
	digest_free(&archive->wire);
}

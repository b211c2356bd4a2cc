// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sendsize: how large dumps would be.  One line for each disk and level (Amanda's
 * client-src/sendsize.c); tar counts, into /dev/null, which it knows to be
 * quick about.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "features.h"
#include "quote.h"
#include "service_text.h"
#include "services.h"

#define SNAPSHOT_FD	4

struct sendsize {
	struct call *call;
	struct request_options options;
	const char *at;		/* the entries that have not been asked about */
	const char *end;
	struct dle dle;
	struct child tar;
	struct source talk;
	char line[512];
	size_t line_length;
	unsigned long long bytes;
	char *reply;
	size_t reply_length;
	FILE *out;
};

static void next_disk(struct sendsize *size);

static void free_size(struct sendsize *size)
{
	child_stop(&size->tar);
	source_close(&size->talk);
	if (size->out)
		fclose(size->out);
	free(size->reply);
	free(size);
}

static void finish(struct sendsize *size)
{
	struct call *call = size->call;

	fflush(size->out);
	call_reply(call, size->reply, size->reply_length);
	free_size(size);
	call_done(call);
}

static void print_sizes(struct sendsize *size, long long kilobytes)
{
	char disk[2 * DLE_NAME_MAX + 3];
	size_t i;

	quote_word(size->dle.disk, disk, sizeof(disk));
	for (i = 0; i < size->dle.level_count; i++)
		fprintf(size->out, "%s %d SIZE %lld\n", disk, size->dle.level[i], kilobytes);
}

static void print_error(struct sendsize *size, const char *why)
{
	char disk[2 * DLE_NAME_MAX + 3], quoted[512];

	quote_word(size->dle.disk, disk, sizeof(disk));
	quote_word(why, quoted, sizeof(quoted));
	fprintf(size->out, "%s %d ERROR %s\n", disk, size->dle.level[0], quoted);
}

/* What is known so far, where the planner can read it (fe_partial_estimate). */
static void tell_partial(struct sendsize *size)
{
	if (!features_has(size->options.features, FEATURE_PARTIAL_ESTIMATE))
		return;
	fflush(size->out);
	call_partial(size->call, size->reply, size->reply_length);
}

static void go_on(struct sendsize *size)
{
	char how[64];

	if (size->tar.pid || size->talk.open)
		return;
	child_status_text(&size->tar, how, sizeof(how));
	if (size->bytes)
		print_sizes(size, (long long)(size->bytes / 1024));
	else
		print_error(size, how[0] ? how : "no size line from tar");
	tell_partial(size);
	next_disk(size);
}

static void program_ended(void *arg)
{
	go_on(arg);
}

static void take_line(struct sendsize *size)
{
	static const char total[] = "Total bytes written: ";

	size->line[size->line_length] = '\0';
	size->line_length = 0;
	if (!strncmp(size->line, total, sizeof(total) - 1))
		size->bytes = strtoull(size->line + sizeof(total) - 1, NULL, 10);
}

static void on_talk(void *arg, const char *data, size_t length)
{
	struct sendsize *size = arg;

	for (; length; length--, data++) {
		if (*data == '\n')
			take_line(size);
		else if (size->line_length + 1 < sizeof(size->line))
			size->line[size->line_length++] = *data;
	}
}

static void on_talk_end(void *arg, int error)
{
	(void)error;
	go_on(arg);
}

static int start_tar(struct sendsize *size, int talk)
{
	const char *const argv[] = {
		"tar", "--create", "--file", "/dev/null", "--directory", size->dle.device,
		"--one-file-system", "--listed-incremental", "/dev/fd/4", "--sparse",
		"--ignore-failed-read", "--totals", ".", NULL,
	};
	int snapshot = memfd_create("snapshot", MFD_CLOEXEC), error;
	const struct child_file file[] = { { talk, STDERR_FILENO }, { snapshot, SNAPSHOT_FD } };

	if (snapshot < 0)
		return -1;
	size->tar.ended = program_ended;
	size->tar.arg = size;
	error = child_start(&size->tar, call_loop(size->call), argv, file, 2);
	close(snapshot);
	return error;
}

static bool count(struct sendsize *size)
{
	int in, out, error;

	size->bytes = 0;
	if (child_pipe(&in, &out))
		return false;
	size->talk.data = on_talk;
	size->talk.ended = on_talk_end;
	size->talk.arg = size;
	error = source_open(&size->talk, call_loop(size->call), in);
	if (!error)
		error = start_tar(size, out);
	close(out);
	if (error)
		source_close(&size->talk);
	return !error;
}

/* True where the disk is done with. */
static bool count_or_complain(struct sendsize *size, const char *why)
{
	if (!why)
		why = dle_refusal(&size->dle);
	if (!why && count(size))
		return false;
	print_error(size, why ? why : "cannot run tar");
	return true;
}

static void next_disk(struct sendsize *size)
{
	uint64_t generated = call_options(size->call)->generated_size;
	const char *why;

	while ((size->at = dle_next(size->at, size->end, &size->dle, &why))) {
		if (generated)
			print_sizes(size, (long long)(generated / 1024 + 1));
		else if (!count_or_complain(size, why))
			return;
	}
	finish(size);
}

static void sendsize_start(struct call *call, const char *arguments, size_t length)
{
	struct sendsize *size = calloc(1, sizeof(*size));

	if (size)
		size->out = open_memstream(&size->reply, &size->reply_length);
	if (!size || !size->out) {
		free(size);
		reply_error(call, "no memory");
		return;
	}
	size->call = call;
	size->at = arguments;
	size->end = arguments + length;
	options_read(arguments, length, &size->options);
	call_set_data(call, size);
	fprintf(size->out, "OPTIONS features=%s;\n", FEATURES_OURS);
	next_disk(size);
}

static void sendsize_cancel(struct call *call)
{
	free_size(call_data(call));
}

const struct service sendsize_service = {
	.name = "sendsize",
	.start = sendsize_start,
	.cancel = sendsize_cancel,
	.by_default = true,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * restore: a server brings a dump back (amfetchdump --extract-client).  CTL carries
 * the conversation of Amanda's perl/Amanda/Service/Restore.pm; DATA has the
 * header, lists of names, and then the data, which tar extracts with the rights
 * that amandad has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "channel.h"
#include "extract.h"
#include "features.h"
#include "loop.h"
#include "quote.h"
#include "services.h"
#include "tape_header.h"
#include "wire.h"

#define CLOSE_WAIT	10000
#define BLOCK_MAX	32768

enum { CTL, DATA, MESG, STATE, STREAMS };

/**
 * struct restore - one restore
 * @wanted: bytes of a block that are still to come; 0: what comes is data
 * @answer: what to say when it is there
 */
struct restore {
	struct call *call;
	struct channel stream[STREAMS];
	struct loop_timer closing;
	struct extract extract;
	char target[4096];
	char block[BLOCK_MAX];
	size_t length;
	size_t wanted;
	char answer[40];
	struct tape_header header;
	bool header_known;
	bool state_announced;
	bool extracting;
};

static void free_restore(struct restore *restore)
{
	int i;

	loop_stop(call_loop(restore->call), &restore->closing);
	extract_free(&restore->extract);
	for (i = 0; i < STREAMS; i++)
		channel_close(&restore->stream[i]);
	free(restore);
}

static void finish(void *arg)
{
	struct restore *restore = arg;
	struct call *call = restore->call;

	free_restore(restore);
	call_done(call);
}

static void hang_up(struct restore *restore)
{
	bool done = true;
	int i;

	for (i = 0; i < STREAMS; i++) {
		channel_end(&restore->stream[i]);
		done = done && channel_done(&restore->stream[i]);
	}
	loop_start(call_loop(restore->call), &restore->closing, done ? 0 : CLOSE_WAIT);
}

static void say(struct restore *restore, const char *text)
{
	channel_print(&restore->stream[CTL], "%s\r\n", text);
}

static void complain(struct restore *restore, const char *why)
{
	fprintf(stderr, "amref: restore for %s: %s\n", call_peer(restore->call), why);
	hang_up(restore);
}

static void programs_drained(void *arg)
{
	struct restore *restore = arg;

	channel_pause(&restore->stream[DATA], false);
}

static void programs_ended(void *arg)
{
	struct restore *restore = arg;
	char status[160];

	extract_status(&restore->extract, status, sizeof(status));
	if (status[0])
		complain(restore, status);
	else if (restore->stream[DATA].ended)
		hang_up(restore);
}

static void begin_data(struct restore *restore)
{
	const char *const argv[] = {
		"tar", "--ignore-zeros", "--numeric-owner", "-xpGf", "-", "-C", restore->target, NULL,
	};
	struct stat st;

	if (!restore->header_known) {
		complain(restore, "data without a header");
		return;
	}
	if (restore->header.encrypt[0]) {
		complain(restore, "the dump is encrypted, which only \"amref recover\" undoes");
		return;
	}
	if (stat(restore->target, &st) || !S_ISDIR(st.st_mode)) {
		complain(restore, "the target is no folder");
		return;
	}
	restore->extract.drained = programs_drained;
	restore->extract.ended = programs_ended;
	restore->extract.arg = restore;
	if (extract_begin(&restore->extract, call_loop(restore->call), &restore->header, NULL, argv)) {
		complain(restore, "cannot run tar");
		return;
	}
	restore->extracting = true;
	say(restore, "DATA-READY");
}

static void take_target(struct restore *restore, const char *value)
{
	if (!unquote_word(value, restore->target, sizeof(restore->target)))
		complain(restore, "the target's name is too long");
}

/* "NAME-SEND size": answer NAME-READY, take so much from DATA, answer NAME-DONE. */
static void take_block(struct restore *restore, const char *name, const char *value)
{
	char ready[40];

	restore->length = 0;
	restore->wanted = strtoul(value, NULL, 10);
	if (restore->wanted > sizeof(restore->block)) {
		complain(restore, "a block is too large");
		return;
	}
	snprintf(ready, sizeof(ready), "%s-READY", name);
	snprintf(restore->answer, sizeof(restore->answer), "%s-DONE", name);
	say(restore, ready);
	if (!restore->wanted)
		say(restore, restore->answer);
}

static void take_header_block(struct restore *restore, const char *value)
{
	take_block(restore, "HEADER", value);
}

static void take_include(struct restore *restore, const char *value)
{
	take_block(restore, "INCLUDE", value);
}

static void take_include_glob(struct restore *restore, const char *value)
{
	take_block(restore, "INCLUDE-GLOB", value);
}

static void take_exclude(struct restore *restore, const char *value)
{
	take_block(restore, "EXCLUDE", value);
}

static void take_exclude_glob(struct restore *restore, const char *value)
{
	take_block(restore, "EXCLUDE-GLOB", value);
}

static void take_state(struct restore *restore, const char *value)
{
	(void)value;
	restore->state_announced = true;
	say(restore, "STATE-READY");
}

static void take_dar(struct restore *restore, const char *value)
{
	(void)value;
	say(restore, "USE-DAR NO");
}

static void take_datapath(struct restore *restore, const char *value)
{
	(void)value;
	say(restore, "USE-DATAPATH AMANDA");
}

static void take_data(struct restore *restore, const char *value)
{
	(void)value;
	begin_data(restore);
}

static const struct {
	const char *word;
	void (*take)(struct restore *restore, const char *value);
} lines[] = {
	{ "TARGET ", take_target },
	{ "HEADER-SEND-SIZE ", take_header_block },
	{ "INCLUDE-SEND ", take_include },
	{ "INCLUDE-GLOB-SEND ", take_include_glob },
	{ "EXCLUDE-SEND ", take_exclude },
	{ "EXCLUDE-GLOB-SEND ", take_exclude_glob },
	{ "INCLUDE-EXCLUDE-DONE", NULL },
	{ "PREV-NEXT-LEVEL ", NULL },
	{ "STATE-SEND", take_state },
	{ "NO-STATE-SEND", NULL },
	{ "USE-DAR ", take_dar },
	{ "AVAIL-DATAPATH ", take_datapath },
	{ "DATAPATH-OK", NULL },
	{ "DATA-SEND", take_data },
};

static void on_line(void *arg, char *line)
{
	struct restore *restore = arg;
	size_t i, length;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		length = strlen(lines[i].word);
		if (strncmp(line, lines[i].word, length))
			continue;
		if (lines[i].take)
			lines[i].take(restore, line + length);
		return;
	}
	complain(restore, "strange message from the server");
}

static void block_complete(struct restore *restore)
{
	if (!strcmp(restore->answer, "HEADER-DONE"))
		restore->header_known = tape_header_read(restore->block, restore->length,
							 &restore->header);
	say(restore, restore->answer);
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct restore *restore = arg;
	size_t part = restore->wanted < length ? restore->wanted : length;

	if (part) {
		memcpy(restore->block + restore->length, data, part);
		restore->length += part;
		restore->wanted -= part;
		if (!restore->wanted)
			block_complete(restore);
	}
	if (part == length)
		return;
	if (!restore->extracting)
		complain(restore, "data that was not announced");
	else if (!extract_write(&restore->extract, data + part, length - part))
		channel_pause(&restore->stream[DATA], true);
}

static void on_opened(void *arg)
{
	say(arg, "FEATURES " FEATURES_OURS);
}

static void on_data_ended(void *arg)
{
	struct restore *restore = arg;

	extract_end(&restore->extract);
	if (!extract_runs(&restore->extract))
		hang_up(restore);
}

static void on_state_ended(void *arg)
{
	struct restore *restore = arg;

	channel_end(&restore->stream[STATE]);
	/* without a state file the server closes the stream and waits for nothing */
	if (restore->state_announced)
		say(restore, "STATE-DONE");
}

static void on_ctl_ended(void *arg)
{
	struct restore *restore = arg;

	if (!restore->extracting)
		hang_up(restore);
}

static void on_failed(void *arg, const char *why)
{
	struct restore *restore = arg;

	if (!restore->stream[DATA].ended)
		complain(restore, why);
	else if (!extract_runs(&restore->extract))
		hang_up(restore);
}

static const struct channel_events stream_events[STREAMS] = {
	[CTL] = {
		.opened = on_opened, .line = on_line, .ended = on_ctl_ended, .failed = on_failed,
	},
	[DATA] = { .data = on_data, .ended = on_data_ended, .failed = on_failed },
	[MESG] = { .failed = on_failed },
	[STATE] = { .ended = on_state_ended, .failed = on_failed },
};

static void restore_start(struct call *call, const char *arguments, size_t length)
{
	struct restore *restore = calloc(1, sizeof(*restore));
	char features[256] = "", text[300];
	int n;

	if (!restore) {
		call_refuse(call, "out of memory");
		return;
	}
	restore->call = call;
	restore->closing = (struct loop_timer){ .expired = finish, .arg = restore };
	wire_option(arguments, length, "features", features, sizeof(features));
	call_set_data(call, restore);
	channel_serve(&restore->stream[CTL], call, "CTL", &stream_events[CTL], restore);
	channel_serve(&restore->stream[DATA], call, "DATA", &stream_events[DATA], restore);
	channel_serve(&restore->stream[MESG], call, "MESG", &stream_events[MESG], restore);
	if (features_has(features, FEATURE_RESTORE_STATE_STREAM))
		channel_serve(&restore->stream[STATE], call, "STATE", &stream_events[STATE], restore);
	n = snprintf(text, sizeof(text), "OPTIONS features=%s;;\n", FEATURES_OURS);
	call_reply(call, text, n);
}

static void restore_cancel(struct call *call)
{
	if (call_data(call))
		free_restore(call_data(call));
}

const struct service restore_service = {
	.name = "restore",
	.start = restore_start,
	.cancel = restore_cancel,
};

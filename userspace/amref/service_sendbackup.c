// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sendbackup: a dump.  DATA has the archive, INDEX the names in it, MESG what
 * client-src/sendbackup.c of Amanda prints, and STATE nothing, as GNU tar has
 * no state.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "channel.h"
#include "features.h"
#include "loop.h"
#include "service_text.h"
#include "services.h"
#include "wire.h"

/* How long the peer may take to close its ends after all has been said. */
#define CLOSE_WAIT	30000

enum { DATA, MESG, INDEX, STATE, STREAMS };

struct sendbackup {
	struct call *call;
	struct dle dle;
	struct request_options options;
	struct channel stream[STREAMS];
	struct archive archive;
	bool begun;
	bool sha;
	struct loop_timer closing;
};

static void free_backup(struct sendbackup *backup)
{
	size_t i;

	loop_stop(call_loop(backup->call), &backup->closing);
	archive_free(&backup->archive);
	for (i = 0; i < STREAMS; i++)
		channel_close(&backup->stream[i]);
	free(backup);
}

static void finish(void *arg)
{
	struct sendbackup *backup = arg;
	struct call *call = backup->call;

	free_backup(backup);
	call_done(call);
}

/* Never in a callback of a channel: it would be freed below its own feet. */
static void finish_soon(struct sendbackup *backup)
{
	backup->closing.expired = finish;
	backup->closing.arg = backup;
	loop_start(call_loop(backup->call), &backup->closing, 0);
}

static void finish_if_done(struct sendbackup *backup)
{
	size_t i;

	for (i = 0; i < STREAMS; i++)
		if (!channel_done(&backup->stream[i]))
			return;
	finish_soon(backup);
}

static bool archive_data(void *arg, const char *data, size_t length)
{
	struct sendbackup *backup = arg;

	return channel_write(&backup->stream[DATA], data, length);
}

static void archive_names(void *arg, const char *data, size_t length)
{
	struct sendbackup *backup = arg;

	if (backup->stream[INDEX].stream)
		channel_write(&backup->stream[INDEX], data, length);
}

static void archive_message(void *arg, const char *line, bool strange)
{
	struct sendbackup *backup = arg;

	channel_print(&backup->stream[MESG], "%c %s\n", strange ? '?' : '|', line);
}

static void print_sums(struct sendbackup *backup)
{
	struct channel *mesg = &backup->stream[MESG];
	char crc[DIGEST_CRC_TEXT], sha[DIGEST_SHA_TEXT];

	digest_crc_text(&backup->archive.wire, crc);
	digest_sha_text(&backup->archive.wire, sha);
	/* A line with a bar is for people; only "amref dump" looks for this one. */
	if (sha[0])
		channel_print(mesg, "| sha256 %s\n", sha);
	if (!features_has(backup->options.features, FEATURE_SENDBACKUP_CRC))
		return;
	if (!backup->archive.filtered)
		channel_print(mesg, "sendbackup: native-CRC %s\n", crc);
	channel_print(mesg, "sendbackup: client-CRC %s\n", crc);
}

static void archive_finished(void *arg, const char *error)
{
	struct sendbackup *backup = arg;
	struct channel *mesg = &backup->stream[MESG];
	size_t i;

	if (error) {
		channel_print(mesg, "sendbackup: error [%s]\n", error);
	} else {
		print_sums(backup);
		channel_print(mesg, "sendbackup: size %llu\nsendbackup: end\n",
			      (unsigned long long)backup->archive.kilobytes);
	}
	for (i = 0; i < STREAMS; i++)
		channel_end(&backup->stream[i]);
	backup->closing.expired = finish;
	backup->closing.arg = backup;
	loop_start(call_loop(backup->call), &backup->closing, CLOSE_WAIT);
	finish_if_done(backup);
}

static const struct archive_events archive_events = {
	.data = archive_data,
	.names = archive_names,
	.message = archive_message,
	.finished = archive_finished,
};

/* The dumper wants all of this before the first byte of data (parse_info_line()). */
static void print_info(struct sendbackup *backup)
{
	struct channel *mesg = &backup->stream[MESG];
	const struct dle *dle = &backup->dle;

	channel_print(mesg, "sendbackup: start [%s:%s level %d]\n", backup->options.hostname,
		      dle->disk, dle->level[0]);
	if (!strcmp(dle->program, "APPLICATION"))
		channel_print(mesg, "sendbackup: info BACKUP=APPLICATION\n"
			      "sendbackup: info APPLICATION=%s\n", dle->application);
	else
		channel_print(mesg, "sendbackup: info BACKUP=/bin/tar\n");
	channel_print(mesg, "sendbackup: info RECOVER_CMD=%s%s%s/bin/tar -xpGf - ...\n",
		      dle->encrypt, dle->encrypt[0] ? " -d |" : "",
		      dle->compress[0] ? "/bin/gzip -dc |" : "");
	if (dle->compress[0])
		channel_print(mesg, "sendbackup: info COMPRESS_SUFFIX=.gz\n");
	if (dle->encrypt[0])
		channel_print(mesg, "sendbackup: info CLIENT_ENCRYPT=%s\n"
			      "sendbackup: info CLIENT_DECRYPT_OPTION=-d\n", dle->encrypt);
	channel_print(mesg, "sendbackup: info end\n");
}

static void begin(struct sendbackup *backup)
{
	int error;

	backup->begun = true;
	channel_end(&backup->stream[STATE]);
	print_info(backup);
	error = archive_begin(&backup->archive, call_loop(backup->call), &backup->dle,
			      call_options(backup->call)->generated_size, backup->sha, &archive_events,
			      backup);
	if (error)
		archive_finished(backup, strerror(-error));
}

static void on_opened(void *arg)
{
	struct sendbackup *backup = arg;
	size_t i;

	for (i = 0; i < STREAMS; i++)
		if (backup->stream[i].stream && !backup->stream[i].opened)
			return;
	if (!backup->begun)
		begin(backup);
}

static void on_drained(void *arg)
{
	struct sendbackup *backup = arg;

	if (!channel_pending(&backup->stream[DATA]))
		archive_go_on(&backup->archive);
}

static void on_ended(void *arg)
{
	finish_if_done(arg);
}

/* A stream that is lost after all has been said is only the peer's way to close. */
static void on_failed(void *arg, const char *why)
{
	struct sendbackup *backup = arg;

	(void)why;
	if (backup->begun && !backup->archive.running)
		finish_if_done(backup);
	else
		finish_soon(backup);
}

static const struct channel_events stream_events = {
	.opened = on_opened,
	.drained = on_drained,
	.ended = on_ended,
	.failed = on_failed,
};

static void make_streams(struct sendbackup *backup)
{
	struct call *call = backup->call;
	const struct channel_events *index = backup->dle.index ? &stream_events : NULL;
	char text[300];
	int n;

	call_set_data(call, backup);
	channel_serve(&backup->stream[DATA], call, "DATA", &stream_events, backup);
	channel_serve(&backup->stream[MESG], call, "MESG", &stream_events, backup);
	channel_serve(&backup->stream[INDEX], call, "INDEX", index, backup);
	if (features_has(backup->options.features, FEATURE_SENDBACKUP_STATE_STREAM))
		channel_serve(&backup->stream[STATE], call, "STATE", &stream_events, backup);
	n = snprintf(text, sizeof(text), "OPTIONS features=%s;\n", FEATURES_OURS);
	call_reply(call, text, n);
}

static void sendbackup_start(struct call *call, const char *arguments, size_t length)
{
	struct sendbackup *backup = calloc(1, sizeof(*backup));
	const char *why = "no memory";

	if (backup) {
		backup->call = call;
		options_read(arguments, length, &backup->options);
		backup->sha = features_has(backup->options.features, FEATURE_AMREF_SHA256);
		if (!dle_next(arguments, arguments + length, &backup->dle, &why))
			why = "no valid backup request";
		if (!why && !call_options(call)->generated_size)
			why = dle_refusal(&backup->dle);
	}
	if (!why) {
		make_streams(backup);
		return;
	}
	free(backup);
	reply_error(call, why);
}

static void sendbackup_cancel(struct call *call)
{
	free_backup(call_data(call));
}

const struct service sendbackup_service = {
	.name = "sendbackup",
	.start = sendbackup_start,
	.cancel = sendbackup_cancel,
	.by_default = true,
};

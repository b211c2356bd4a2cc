// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dle.h"
#include "dump.h"
#include "features.h"

static const char *const stream_name[DUMP_STREAMS] = { "DATA", "MESG", "INDEX", "STATE" };
static const char *const file_name[DUMP_STREAMS] = { "data", "messages", "index", "state" };

/* Does what came agree with what the client says it sent? */
static void verify(struct dump *dump)
{
	struct store_dump *record = &dump->record;
	char crc[DIGEST_CRC_TEXT];

	digest_crc_text(&dump->sum, crc);
	digest_sha_text(&dump->sum, record->sha256);
	if (record->client_crc[0] && strcmp(record->client_crc, crc)) {
		talk_fail(&dump->talk, "client CRC (%s) do not match data-in CRC (%s)",
			  record->client_crc, crc);
		return;
	}
	if (dump->sha256[0] && strcmp(dump->sha256, record->sha256)) {
		talk_fail(&dump->talk, "the data's SHA-256 is %s, the client sent %s",
			  record->sha256, dump->sha256);
		return;
	}
	snprintf(dump->verified, sizeof(dump->verified), "%s%s%s",
		 record->client_crc[0] ? "CRC" : "",
		 record->client_crc[0] && dump->sha256[0] ? " and " : "",
		 dump->sha256[0] ? "SHA-256" : "");
	snprintf(record->client_crc, sizeof(record->client_crc), "%s", crc);
}

static void check(struct dump *dump)
{
	if (!dump->got_end)
		talk_fail(&dump->talk, "missing end line from sendbackup");
	else if (!dump->got_size && !dump->talk.error[0])
		talk_fail(&dump->talk, "missing size line from sendbackup");
	else if (!dump->sum.size && !dump->talk.error[0])
		talk_fail(&dump->talk, "got no data");
	if (!dump->talk.error[0])
		verify(dump);
}

static void close_files(struct dump *dump)
{
	size_t i;

	for (i = 0; i < DUMP_STREAMS; i++) {
		if (dump->file[i] >= 0 && close(dump->file[i]))
			talk_fail(&dump->talk, "%s: %s", file_name[i], strerror(errno));
		dump->file[i] = -1;
	}
}

static void on_over(void *arg)
{
	struct dump *dump = arg;
	int error;

	dump->seconds = progress_seconds(&dump->progress);
	progress_end(&dump->progress);
	close_files(dump);
	if (!dump->talk.error[0])
		check(dump);
	if (!dump->talk.error[0] && dump->options->store) {
		error = store_commit(&dump->record);
		if (error)
			talk_fail(&dump->talk, "%s: %s", dump->record.folder, strerror(-error));
	}
	dump->finished(dump->arg);
}

static void end_if_done(struct dump *dump)
{
	size_t i;

	for (i = 0; i < DUMP_STREAMS; i++)
		if (dump->stream[i].stream && !dump->stream[i].ended)
			return;
	talk_end(&dump->talk);
}

static void keep(struct dump *dump, int which, const char *data, size_t length)
{
	ssize_t n;

	talk_heard(&dump->talk);
	while (length && dump->file[which] >= 0) {
		n = write(dump->file[which], data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			talk_fail(&dump->talk, "%s/%s: %s", dump->record.folder, file_name[which],
				  strerror(errno));
			return;
		}
		data += n;
		length -= n;
	}
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct dump *dump = arg;

	digest_add(&dump->sum, data, length);
	dump->progress.done += length;
	keep(dump, DUMP_DATA, data, length);
}

static void on_index(void *arg, const char *data, size_t length)
{
	keep(arg, DUMP_INDEX, data, length);
}

static void on_state(void *arg, const char *data, size_t length)
{
	keep(arg, DUMP_STATE, data, length);
}

static void on_message(void *arg, char *line)
{
	struct dump *dump = arg;

	keep(dump, DUMP_MESG, line, strlen(line));
	keep(dump, DUMP_MESG, "\n", 1);
	dump_message(dump, line);
}

/* Say that we have nothing to say, so that the client can close its end. */
static void on_ended(void *arg)
{
	struct dump *dump = arg;
	size_t i;

	for (i = 0; i < DUMP_STREAMS; i++)
		if (dump->stream[i].ended)
			channel_end(&dump->stream[i]);
	end_if_done(dump);
}

static void on_failed(void *arg, const char *why)
{
	struct dump *dump = arg;
	size_t i;

	for (i = 0; i < DUMP_STREAMS; i++) {
		if (!dump->stream[i].broken || dump->stream[i].ended)
			continue;
		talk_fail(&dump->talk, "%s stream: %s", stream_name[i], why);
		return;
	}
}

#define STREAM(take) { .take, .ended = on_ended, .failed = on_failed }
static const struct channel_events stream_events[DUMP_STREAMS] = {
	[DUMP_DATA] = STREAM(data = on_data),
	[DUMP_MESG] = STREAM(line = on_message),
	[DUMP_INDEX] = STREAM(data = on_index),
	[DUMP_STATE] = STREAM(data = on_state),
};
#undef STREAM

static int open_file(struct dump *dump, int which)
{
	if (!dump->options->store)
		return 0;
	dump->file[which] = store_open(&dump->record, file_name[which],
				       O_WRONLY | O_CREAT | O_TRUNC);
	return dump->file[which] < 0 ? dump->file[which] : 0;
}

static void open_stream(struct dump *dump, const char *tag, int number)
{
	struct security_exchange *exchange = request_exchange(dump->talk.request);
	int which, error;

	for (which = 0; which < DUMP_STREAMS && strcmp(tag, stream_name[which]); which++)
		;
	if (which == DUMP_STREAMS || number < 0 || dump->stream[which].stream)
		return;
	error = open_file(dump, which);
	if (error)
		talk_fail(&dump->talk, "%s/%s: %s", dump->record.folder, file_name[which],
			  strerror(-error));
	else if (!channel_connect(&dump->stream[which], exchange, tag, number,
				  &stream_events[which], dump))
		talk_fail(&dump->talk, "cannot connect %s stream %d: %s", tag, number, strerror(errno));
}

/* "ERROR [why]" where streams should be. */
static void no_streams(struct dump *dump, const char *body, size_t length)
{
	const char *error = memmem(body, length, "ERROR ", 6);
	const char *text = error ? error + 6 : body;
	size_t left = body + length - text;
	const char *stop = memchr(text, '\n', left);

	talk_fail(&dump->talk, "%s: %.*s", error ? "client says" : "no streams in the reply",
		  (int)(stop ? (size_t)(stop - text) : left), text);
}

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	struct dump *dump = arg;
	size_t i;

	if (!count) {
		no_streams(dump, body, length);
		return;
	}
	progress_begin(&dump->progress, dump->talk.loop, "dump");
	for (i = 0; i < count && !dump->talk.error[0]; i++)
		open_stream(dump, tag[i], stream[i].number);
	if (!dump->stream[DUMP_DATA].stream || !dump->stream[DUMP_MESG].stream)
		talk_fail(&dump->talk, "couldn't open MESG or DATA streams");
	talk_heard(&dump->talk);
}

static const struct talk_events talk_events = {
	.silence = "data timeout: nothing came for a while",
	.answered = on_answered,
	.over = on_over,
};

/* What the dumper asks for (server-src/dumper.c startup_dump(), xml_optionstr()). */
static char *print_request(const struct dump_options *options, const char *auth,
			   const char *stamp, size_t *length)
{
	char disk[4096], encrypt[2048] = "";
	char *text = NULL;
	int n;

	if (!dle_element("disk", options->disk, disk, sizeof(disk)))
		return NULL;
	if (options->encrypt)
		snprintf(encrypt, sizeof(encrypt), "  <encrypt>CUSTOM<custom-encrypt-program>%s"
			 "</custom-encrypt-program>\n    <decrypt-option>-d</decrypt-option>\n"
			 "  </encrypt>\n", options->encrypt);
	n = asprintf(&text, "OPTIONS features=%s;maxdumps=1;hostname=%s;config=%s;timestamp=%s;\n"
		     "<dle>\n  <program>GNUTAR</program>\n  %s\n  <level>%d</level>\n"
		     "  <auth>%s</auth>\n%s%s  <record>NO</record>\n%s"
		     "  <datapath>AMANDA</datapath>\n</dle>\n",
		     options->sha ? FEATURES_OURS_AND_SHA256 : FEATURES_OURS, options->host,
		     options->config, stamp, disk, options->level, auth,
		     options->compress ? "  <compress>FAST</compress>\n" : "", encrypt,
		     options->index ? "  <index>YES</index>\n" : "");
	*length = n < 0 ? 0 : n;
	return n < 0 ? NULL : text;
}

static int send_dump_request(struct dump *dump, struct security_peer *peer,
			     const struct request_timing *timing)
{
	size_t length;
	char *text = print_request(dump->options, peer->driver->name, dump->record.datestamp,
				   &length);
	int error;

	if (!text)
		return -ENOMEM;
	error = talk_ask(&dump->talk, peer, "sendbackup", text, length, timing);
	free(text);
	return error;
}

/**
 * dump_begin() - begin a dump
 * @dump: zeroed; filled in, for dump_free() whatever this returns
 * @loop: runs it
 * @peer: the client
 * @timing: of the request
 * @options: must stay
 * @finished: called once; @dump->talk.error says how it went
 * @arg: handed to @finished
 *
 * Return: 0, or a negative errno; @finished is then not called.
 */
int dump_begin(struct dump *dump, struct loop *loop, struct security_peer *peer,
	       const struct request_timing *timing, const struct dump_options *options,
	       void (*finished)(void *arg), void *arg)
{
	int i, error = 0;

	talk_begin(&dump->talk, loop, options->idle, &talk_events, dump);
	dump->options = options;
	dump->finished = finished;
	dump->arg = arg;
	for (i = 0; i < DUMP_STREAMS; i++)
		dump->file[i] = -1;
	if (!digest_begin(&dump->sum, options->sha))
		return -ENOMEM;
	if (options->store)
		error = store_create(options->store, options->host, options->disk, options->level,
				     &dump->record);
	else
		store_stamp(&dump->record);
	return error ? error : send_dump_request(dump, peer, timing);
}

/**
 * dump_free() - free what a dump holds; not the struct
 * @dump: begun; the peer must still be there
 */
void dump_free(struct dump *dump)
{
	size_t i;

	if (!dump->talk.loop)
		return;
	progress_end(&dump->progress);
	for (i = 0; i < DUMP_STREAMS; i++) {
		channel_close(&dump->stream[i]);
		if (dump->file[i] >= 0)
			close(dump->file[i]);
	}
	talk_free(&dump->talk);
	digest_free(&dump->sum);
}

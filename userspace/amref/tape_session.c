// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "tape_session.h"

static const char *const stream_name[TAPE_STREAMS] = { "CTL", "DATA", "STATE" };

static bool has(const struct tape_session *session, enum feature feature)
{
	return features_has(session->features, feature);
}

static void say(struct tape_session *session, const char *text)
{
	channel_print(&session->stream[TAPE_CTL], "%s\r\n", text);
}

/* Does what came agree with what the client sent when it was dumped? */
static void verify(struct tape_session *session)
{
	const struct tape_header *header = &session->header;
	char crc[DIGEST_CRC_TEXT];

	digest_crc_text(&session->sum, crc);
	digest_sha_text(&session->sum, session->sha256);
	if (header->client_crc[0] && strcmp(header->client_crc, crc))
		talk_fail(&session->talk, "the data's CRC is %s, that of the dump was %s", crc,
			  header->client_crc);
	else if (header->sha256[0] && strcmp(header->sha256, session->sha256))
		talk_fail(&session->talk, "the data's SHA-256 is %s, that of the dump was %s",
			  session->sha256, header->sha256);
	else
		snprintf(session->verified, sizeof(session->verified), "%s%s%s",
			 header->client_crc[0] ? "CRC" : "",
			 header->client_crc[0] && header->sha256[0] ? " and " : "",
			 header->sha256[0] ? "SHA-256" : "");
}

static void on_over(void *arg)
{
	struct tape_session *session = arg;

	session->seconds = progress_seconds(&session->progress);
	progress_end(&session->progress);
	if (!session->talk.error[0] && !session->stream[TAPE_DATA].ended)
		talk_fail(&session->talk, "the tape server has hung up");
	if (!session->talk.error[0])
		verify(session);
	session->events->finished(session->arg);
}

/* What means something in an expression of common-src/match.c means itself here. */
static void print_exactly(struct tape_session *session, const char *key, const char *name)
{
	char exact[2050];
	size_t at = 0;

	for (; *name && at + 2 < sizeof(exact); name++) {
		if (strchr("\\[]*?^$", *name))
			exact[at++] = '\\';
		exact[at++] = *name;
	}
	exact[at] = '\0';
	channel_print(&session->stream[TAPE_CTL], "%s=^%s$\r\n", key, exact);
}

static void print_commands(struct tape_session *session)
{
	struct channel *ctl = &session->stream[TAPE_CTL];
	const struct index_item *item = &session->item;
	char stamp[32];
	size_t at = 0, i;

	for (i = 0; item->date[i]; i++)
		if (item->date[i] != '-')
			stamp[at++] = item->date[i];
	stamp[at] = '\0';
	channel_print(ctl, "CONFIG=%s\r\nLABEL=%s\r\nFSF=%lld\r\nHEADER\r\nDEVICE=%s\r\n",
		      session->query.config, item->tape, item->file, session->device);
	print_exactly(session, "HOST", session->query.client);
	print_exactly(session, "DISK", session->query.disk);
	channel_print(ctl, "DATESTAMP=%s\r\nEND\r\n", stamp);
}

static void take_features(struct tape_session *session, const char *value)
{
	snprintf(session->features, sizeof(session->features), "%s", value);
	if (!has(session, FEATURE_AMRECOVER_HEADER_SEND_SIZE))
		session->header_length = sizeof(session->block);
	print_commands(session);
}

static void take_header_size(struct tape_session *session, const char *value)
{
	session->header_length = strtoul(value, NULL, 10);
	if (!session->header_length || session->header_length > sizeof(session->block))
		talk_fail(&session->talk, "the tape server announces a header of %s bytes", value);
	else if (has(session, FEATURE_AMRECOVER_HEADER_READY))
		say(session, "HEADER-READY");
}

static void take_state(struct tape_session *session, const char *value)
{
	(void)value;
	if (has(session, FEATURE_AMRECOVER_STATE_READY))
		say(session, "STATE-READY");
}

static void offer_datapath(struct tape_session *session)
{
	if (has(session, FEATURE_AMIDXTAPED_DATAPATH))
		say(session, "AVAIL-DATAPATH AMANDA");
}

static void take_dar(struct tape_session *session, const char *value)
{
	(void)value;
	say(session, "USE-DAR NO");
	offer_datapath(session);
}

static void take_datapath(struct tape_session *session, const char *value)
{
	if (strcmp(value, "AMANDA"))
		talk_fail(&session->talk, "the tape server wants data path %s", value);
	else
		say(session, "DATAPATH-OK");
}

static void take_data(struct tape_session *session, const char *value)
{
	(void)value;
	if (has(session, FEATURE_AMRECOVER_DATA_READY))
		say(session, "DATA-READY");
}

/* Ends in failure unless data follows: amidxtaped tells its troubles this way. */
static void take_message(struct tape_session *session, const char *value)
{
	if (!session->sum.size)
		talk_fail(&session->talk, "the tape server says: %s", value);
	else
		fprintf(stderr, "amref recover: the tape server says: %s\n", value);
}

static void take_feedme(struct tape_session *session, const char *value)
{
	say(session, "ERROR");
	talk_fail(&session->talk, "the tape server wants tape %s", value);
}

static const struct {
	const char *word;
	void (*take)(struct tape_session *session, const char *value);
} lines[] = {
	{ "FEATURES=", take_features },
	{ "HEADER-SEND-SIZE ", take_header_size },
	{ "STATE-SEND", take_state },
	{ "USE-DAR ", take_dar },
	{ "USE-DATAPATH ", take_datapath },
	{ "DATA-SEND", take_data },
	{ "MESSAGE ", take_message },
	{ "FEEDME ", take_feedme },
	{ "DATA-STATUS ", NULL },
	{ "DATA-CRC ", NULL },
};

static void on_line(void *arg, char *line)
{
	struct tape_session *session = arg;
	size_t i, length;

	talk_heard(&session->talk);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		length = strlen(lines[i].word);
		if (strncmp(line, lines[i].word, length))
			continue;
		if (lines[i].take)
			lines[i].take(session, line + length);
		return;
	}
	talk_fail(&session->talk, "strange message from the tape server: %.100s", line);
}

static void take_header(struct tape_session *session)
{
	const char *why = NULL;

	session->header_done = true;
	if (!tape_header_read(session->block, session->block_length, &session->header))
		why = "the tape server sent no header of a dump";
	if (!why && !digest_begin(&session->sum, session->header.sha256[0]))
		why = "no memory";
	if (!why)
		why = session->events->header(session->arg, &session->header);
	if (why) {
		talk_fail(&session->talk, "%s", why);
		return;
	}
	session->progress.total = session->header.bytes;
	if (has(session, FEATURE_AMRECOVER_HEADER_DONE))
		say(session, "HEADER-DONE");
	if (!session->stream[TAPE_STATE].stream && !has(session, FEATURE_AMIDXTAPED_DAR))
		offer_datapath(session);
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct tape_session *session = arg;
	size_t part;

	talk_heard(&session->talk);
	if (!session->header_done) {
		part = session->header_length - session->block_length;
		part = part < length ? part : length;
		memcpy(session->block + session->block_length, data, part);
		session->block_length += part;
		data += part;
		length -= part;
		if (session->block_length && session->block_length == session->header_length)
			take_header(session);
	}
	if (!length || session->talk.error[0])
		return;
	digest_add(&session->sum, data, length);
	session->progress.done += length;
	if (!session->events->data(session->arg, data, length))
		channel_pause(&session->stream[TAPE_DATA], true);
}

static void end_if_done(struct tape_session *session)
{
	int i;

	for (i = 0; i < TAPE_STREAMS; i++)
		if (session->stream[i].stream && !session->stream[i].ended &&
		    !session->stream[i].broken)
			return;
	talk_end(&session->talk);
}

static void on_data_ended(void *arg)
{
	struct tape_session *session = arg;

	/* amidxtaped goes on reading CTL until we close it */
	channel_end(&session->stream[TAPE_DATA]);
	channel_end(&session->stream[TAPE_CTL]);
	end_if_done(session);
}

static void on_state_ended(void *arg)
{
	struct tape_session *session = arg;

	channel_end(&session->stream[TAPE_STATE]);
	if (has(session, FEATURE_AMRECOVER_STATE_DONE))
		say(session, "STATE-DONE");
	if (session->header_done && !has(session, FEATURE_AMIDXTAPED_DAR))
		offer_datapath(session);
	end_if_done(session);
}

static void on_ctl_ended(void *arg)
{
	struct tape_session *session = arg;

	channel_end(&session->stream[TAPE_CTL]);
	end_if_done(session);
}

static void on_failed(void *arg, const char *why)
{
	struct tape_session *session = arg;
	int i;

	/* A server that has sent all the data may close as it likes. */
	for (i = 0; i < TAPE_STREAMS && !session->stream[TAPE_DATA].ended; i++)
		if (session->stream[i].broken && !session->stream[i].ended)
			talk_fail(&session->talk, "%s stream: %s", stream_name[i], why);
	end_if_done(session);
}

static void on_ctl_opened(void *arg)
{
	struct tape_session *session = arg;

	say(session, "FEATURES=" FEATURES_OURS);
}

static const struct channel_events events[TAPE_STREAMS] = {
	[TAPE_CTL] = {
		.opened = on_ctl_opened, .line = on_line, .ended = on_ctl_ended, .failed = on_failed,
	},
	[TAPE_DATA] = { .data = on_data, .ended = on_data_ended, .failed = on_failed },
	[TAPE_STATE] = { .ended = on_state_ended, .failed = on_failed },
};

static void open_stream(struct tape_session *session, const char *tag, int number)
{
	int which;

	for (which = 0; which < TAPE_STREAMS && strcmp(tag, stream_name[which]); which++)
		;
	if (which == TAPE_STREAMS || number < 0 || session->stream[which].stream)
		return;
	if (!channel_connect(&session->stream[which], request_exchange(session->talk.request), tag,
			     number, &events[which], session))
		talk_fail(&session->talk, "cannot connect %s stream %d: %s", tag, number,
			  strerror(errno));
}

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	struct tape_session *session = arg;
	const char *end = memchr(body, '\n', length);
	size_t i;

	if (!count) {
		talk_fail(&session->talk, "amidxtaped answers: %.*s",
			  (int)(end ? end - body : (long)length), body);
		return;
	}
	for (i = 0; i < count && !session->talk.error[0]; i++)
		open_stream(session, tag[i], stream[i].number);
	if (!session->stream[TAPE_CTL].stream || !session->stream[TAPE_DATA].stream)
		talk_fail(&session->talk, "couldn't open CTL or DATA streams");
	talk_heard(&session->talk);
}

static const struct talk_events talk_events = {
	.silence = "data timeout: nothing came for a while",
	.answered = on_answered,
	.over = on_over,
};

/**
 * tape_begin() - begin a conversation
 * @session: zeroed; filled in, for tape_free() whatever this returns
 * @loop: runs it
 * @peer: the tape server
 * @timing: of the request
 * @query: whose dump; the names in it must stay
 * @item: which dump; copied
 * @device: of the index server; copied
 * @events: where the data goes
 * @arg: handed to @events
 *
 * Return: 0, or a negative errno; finished is then not called.
 */
int tape_begin(struct tape_session *session, struct loop *loop, struct security_peer *peer,
	       const struct request_timing *timing, const struct index_query *query,
	       const struct index_item *item, const char *device,
	       const struct tape_events *tape_events, void *arg)
{
	char text[512];
	int n;

	talk_begin(&session->talk, loop, query->idle, &talk_events, session);
	session->query = *query;
	session->item = *item;
	snprintf(session->device, sizeof(session->device), "%s", device);
	session->events = tape_events;
	session->arg = arg;
	progress_begin(&session->progress, loop, "recover");
	n = snprintf(text, sizeof(text), "OPTIONS features=%s;auth=%s;\n", FEATURES_OURS,
		     peer->driver->name);
	return talk_ask(&session->talk, peer, "amidxtaped", text, n, timing);
}

/**
 * tape_go_on() - more data may come
 * @session: begun
 */
void tape_go_on(struct tape_session *session)
{
	channel_pause(&session->stream[TAPE_DATA], false);
}

/**
 * tape_free() - free what a conversation holds; not the struct
 * @session: begun or zeroed; the peer must still be there
 */
void tape_free(struct tape_session *session)
{
	int i;

	if (!session->talk.loop)
		return;
	progress_end(&session->progress);
	for (i = 0; i < TAPE_STREAMS; i++)
		channel_close(&session->stream[i]);
	talk_free(&session->talk);
	digest_free(&session->sum);
}

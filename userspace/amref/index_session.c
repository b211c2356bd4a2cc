// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "index_session.h"
#include "quote.h"

static void on_over(void *arg)
{
	struct index_session *session = arg;

	if (!session->talk.error[0] && !session->items)
		talk_fail(&session->talk, "the index names no dump");
	session->finished(session->arg);
}

/* "201- 2026-11-22-01-07-19 0 "net:NET-001:1" 1 /sub/hello" */
static bool read_item(const char *line, struct index_item *item)
{
	int end = 0;

	if (sscanf(line, "201- %31s %d %n", item->date, &item->level, &end) != 2 || !end)
		return false;
	line = unquote_word(line + end, item->tape, sizeof(item->tape));
	return line && sscanf(line, "%lld", &item->file) == 1;
}

/* Each dump once, lowest level first: the order in which they are restored. */
static void add_item(struct index_session *session, const struct index_item *item)
{
	struct index_item *known = session->item;
	size_t i;

	session->names++;
	for (i = 0; i < session->items; i++)
		if (!strcmp(known[i].date, item->date) && known[i].level == item->level)
			return;
	if (session->items == INDEX_ITEMS_MAX) {
		talk_fail(&session->talk, "the index names too many dumps");
		return;
	}
	for (i = session->items++; i && known[i - 1].level > item->level; i--)
		known[i] = known[i - 1];
	known[i] = *item;
}

static void next_command(struct index_session *session)
{
	if (session->at < session->commands)
		channel_print(&session->mesg, "%s\r\n", session->command[session->at++]);
	else
		talk_end(&session->talk);
}

static void take_answer(struct index_session *session, const char *line)
{
	const char *command = session->at ? session->command[session->at - 1] : "";

	if (line[0] != '2') {
		talk_fail(&session->talk, "%s: the index server says: %s",
			  command[0] ? command : "hello", line);
		return;
	}
	if (!strcmp(command, "TAPE"))
		snprintf(session->device, sizeof(session->device), "%s", line + 4);
	next_command(session);
}

static void on_line(void *arg, char *line)
{
	struct index_session *session = arg;
	struct index_item item;

	talk_heard(&session->talk);
	if (!isdigit((unsigned char)line[0]) || strlen(line) < 4) {
		talk_fail(&session->talk, "unexpected answer of the index server: %.100s", line);
		return;
	}
	if (line[3] != '-')
		take_answer(session, line);
	else if (!strncmp(line, "201-", 4) && read_item(line, &item))
		add_item(session, &item);
}

static void on_ended(void *arg)
{
	struct index_session *session = arg;

	if (session->at < session->commands)
		talk_fail(&session->talk, "the index server has hung up");
	channel_end(&session->mesg);
	talk_end(&session->talk);
}

static void on_failed(void *arg, const char *why)
{
	struct index_session *session = arg;

	if (session->at < session->commands)
		talk_fail(&session->talk, "MESG stream: %s", why);
	talk_end(&session->talk);
}

static const struct channel_events mesg_events = {
	.line = on_line,
	.ended = on_ended,
	.failed = on_failed,
};

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	struct index_session *session = arg;
	const char *end;

	if (count != 1 || strcmp(tag[0], "MESG")) {
		end = memchr(body, '\n', length);
		talk_fail(&session->talk, "amindexd answers: %.*s",
			  (int)(end ? end - body : (long)length), body);
		return;
	}
	if (!channel_connect(&session->mesg, request_exchange(session->talk.request), tag[0],
			     stream[0].number, &mesg_events, session))
		talk_fail(&session->talk, "cannot connect MESG stream: %s", strerror(errno));
	talk_heard(&session->talk);
}

static const struct talk_events talk_events = {
	.silence = "the index server has not answered for a while",
	.answered = on_answered,
	.over = on_over,
};

static int add_command(struct index_session *session, const char *word, const char *argument)
{
	char quoted[4100] = "";

	if (argument && !quote_word(argument, quoted, sizeof(quoted)))
		return -EINVAL;
	if (asprintf(&session->command[session->commands], "%s%s%s", word, argument ? " " : "",
		     quoted) < 0)
		return -ENOMEM;
	session->commands++;
	return 0;
}

/* What amrecover says, for everything there is. */
static int add_commands(struct index_session *session, const struct index_query *query)
{
	int error = add_command(session, "FEATURES", FEATURES_OURS);

	if (!error && query->date)
		error = add_command(session, "DATE", query->date);
	else if (!error)
		error = add_command(session, "DATE", "9999-12-31");
	if (!error)
		error = add_command(session, "SCNF", query->config);
	if (!error)
		error = add_command(session, "HOST", query->client);
	if (!error)
		error = add_command(session, "DISK", query->disk);
	if (!error)
		error = add_command(session, "ORLD", "/");
	if (!error)
		error = add_command(session, "TAPE", NULL);
	if (!error)
		error = add_command(session, "QUIT", NULL);
	return error;
}

/**
 * index_begin() - begin a conversation
 * @session: zeroed; filled in, for index_free() whatever this returns
 * @loop: runs it
 * @peer: the index server
 * @timing: of the request
 * @query: what is asked for; not needed after this returns
 * @finished: called once; @session->talk.error says how it went
 * @arg: handed to @finished
 *
 * Return: 0, or a negative errno; @finished is then not called.
 */
int index_begin(struct index_session *session, struct loop *loop, struct security_peer *peer,
		const struct request_timing *timing, const struct index_query *query,
		void (*finished)(void *arg), void *arg)
{
	char text[512];
	int error, n;

	talk_begin(&session->talk, loop, query->idle, &talk_events, session);
	session->finished = finished;
	session->arg = arg;
	error = add_commands(session, query);
	if (error)
		return error;
	n = snprintf(text, sizeof(text), "OPTIONS features=%s;auth=%s;\n", FEATURES_OURS,
		     peer->driver->name);
	return talk_ask(&session->talk, peer, "amindexd", text, n, timing);
}

/**
 * index_free() - free what a conversation holds; not the struct
 * @session: begun; the peer must still be there
 */
void index_free(struct index_session *session)
{
	size_t i;

	if (!session->talk.loop)
		return;
	channel_close(&session->mesg);
	talk_free(&session->talk);
	for (i = 0; i < session->commands; i++)
		free(session->command[i]);
	session->commands = 0;
}

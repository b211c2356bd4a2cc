// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "index_session.h"
#include "quote.h"

static void fail(struct index_session *session, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct index_session *session, const char *format, ...)
{
	va_list list;

	if (!session->error[0]) {
		va_start(list, format);
		vsnprintf(session->error, sizeof(session->error), format, list);
		va_end(list);
	}
	loop_start(session->loop, &session->closing, 0);
}

static void finish(void *arg)
{
	struct index_session *session = arg;

	loop_stop(session->loop, &session->idle);
	if (!session->error[0] && !session->items)
		snprintf(session->error, sizeof(session->error), "the index names no dump");
	session->finished(session->arg);
}

static void on_idle(void *arg)
{
	fail(arg, "the index server has not answered for a while");
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
		fail(session, "the index names too many dumps");
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
		loop_start(session->loop, &session->closing, 0);
}

static void take_answer(struct index_session *session, const char *line)
{
	const char *command = session->at ? session->command[session->at - 1] : "";

	if (line[0] != '2') {
		fail(session, "%s: the index server says: %s", command[0] ? command : "hello", line);
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

	loop_start(session->loop, &session->idle, session->idle_time);
	if (!isdigit((unsigned char)line[0]) || strlen(line) < 4) {
		fail(session, "unexpected answer of the index server: %.100s", line);
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
		fail(session, "the index server has hung up");
	channel_end(&session->mesg);
	loop_start(session->loop, &session->closing, 0);
}

static void on_failed(void *arg, const char *why)
{
	struct index_session *session = arg;

	if (session->at < session->commands)
		fail(session, "MESG stream: %s", why);
	loop_start(session->loop, &session->closing, 0);
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
		fail(session, "amindexd answers: %.*s", (int)(end ? end - body : (long)length), body);
		return;
	}
	if (!channel_connect(&session->mesg, request_exchange(session->request), tag[0],
			     stream[0].number, &mesg_events, session))
		fail(session, "cannot connect MESG stream: %s", strerror(errno));
	loop_start(session->loop, &session->idle, session->idle_time);
}

static void on_refused(void *arg, const char *text, size_t length)
{
	while (length && text[length - 1] == '\n')
		length--;
	fail(arg, "NAK: %.*s", (int)length, text);
}

static void on_request_failed(void *arg, const char *why)
{
	fail(arg, "request failed: %s", why);
}

static const struct request_events request_events = {
	.answered = on_answered,
	.refused = on_refused,
	.failed = on_request_failed,
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
 * @finished: called once; @session->error says how it went
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

	session->loop = loop;
	session->finished = finished;
	session->arg = arg;
	session->idle_time = query->idle;
	session->idle = (struct loop_timer){ .expired = on_idle, .arg = session };
	session->closing = (struct loop_timer){ .expired = finish, .arg = session };
	error = add_commands(session, query);
	if (error)
		return error;
	n = snprintf(text, sizeof(text), "OPTIONS features=%s;auth=%s;\n", FEATURES_OURS,
		     peer->driver->name);
	session->request = request_send(peer, "amindexd", text, n, timing, &request_events, session);
	return session->request ? 0 : -ENOMEM;
}

/**
 * index_free() - free what a conversation holds; not the struct
 * @session: begun; the peer must still be there
 */
void index_free(struct index_session *session)
{
	size_t i;

	if (!session->loop)
		return;
	loop_stop(session->loop, &session->idle);
	loop_stop(session->loop, &session->closing);
	channel_close(&session->mesg);
	if (session->request)
		request_free(session->request);
	for (i = 0; i < session->commands; i++)
		free(session->command[i]);
	session->commands = 0;
	session->request = NULL;
	session->loop = NULL;
}

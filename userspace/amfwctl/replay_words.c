// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parts of what "amfwctl replay" prints for people.
 */
#include <stdarg.h>
#include <string.h>

#include "amfwctl/replay.h"

/* A terminal has this many columns, or more. */
#define COLUMNS		79

__attribute__((__format__(__printf__, 3, 4)))
static void add(char *text, size_t size, const char *format, ...)
{
	size_t length = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + length, size - length, format, args);
	va_end(args);
}

static void connect_line(const struct session *session, char *text, size_t size)
{
	unsigned int i;

	if (session->stream_count)
		add(text, size, "  CONNECT");
	for (i = 0; i < session->stream_count; i++)
		add(text, size, " %s %d", session->stream[i].tag, session->stream[i].number);
}

static void control_words(const struct session *session, const struct event *event, char *text,
			  size_t size)
{
	static const char *const names[] = {
		[EVENT_REQUEST] = "REQ", [EVENT_ACK] = "ACK", [EVENT_PARTIAL] = "PREP",
		[EVENT_ANSWER] = "REP", [EVENT_REFUSAL] = "NAK",
	};

	add(text, size, "%s", names[event->kind]);
	if (event->kind == EVENT_REQUEST && *session->service)
		add(text, size, "  %s", session->service);
	if (event->kind == EVENT_ANSWER)
		connect_line(session, text, size);
	if ((event->kind == EVENT_ANSWER || event->kind == EVENT_REFUSAL) && *session->text)
		add(text, size, "  %.60s%s", session->text, strlen(session->text) > 60 ? "..." : "");
	if (event->kind != EVENT_ACK && session->auth < AUTH_BSDTCP && !session->stream_count)
		add(text, size, "  %zu bytes", event->length);
}

static void error_words(const struct event *event, char *text, size_t size)
{
	char from[INET6_ADDRSTRLEN];

	address_print(&event->seen[0].source.address, from);
	add(text, size, "ICMP %u/%u from %s", event->icmp_type, event->icmp_code, from);
}

static void segment_words(const struct session *session, const struct event *event, char *text,
			  size_t size)
{
	static const char *const names[] = {
		[EVENT_SYN] = "SYN", [EVENT_SYN_ANSWER] = "SYN ACK", [EVENT_END] = "FIN",
		[EVENT_RESET] = "RST",
	};
	const struct stream *stream = event->stream < 0 ? &session->control :
							   &session->stream[event->stream];

	add(text, size, *stream->tag ? "%-7s %s" : "%s", names[event->kind], stream->tag);
	if (event->kind == EVENT_SYN)
		add(text, size, *stream->tag ? " %d" : "     port %d", stream->target.port);
}

/**
 * event_words() - say what an event is
 * @session: whose
 * @event: it
 * @text: receives the words
 * @size: of @text
 *
 * Return: @text.
 */
const char *event_words(const struct session *session, const struct event *event, char *text,
			size_t size)
{
	*text = '\0';
	if (event->kind == EVENT_ERROR)
		error_words(event, text, size);
	else if (event->kind < EVENT_SYN)
		control_words(session, event, text, size);
	else
		segment_words(session, event, text, size);
	if (event->copy > 1 && (event->kind == EVENT_REQUEST || event->kind == EVENT_ANSWER ||
				event->kind == EVENT_SYN))
		add(text, size, "  (again, %u)", event->copy);
	return text;
}

/**
 * print_endpoint() - an address and a port
 * @out: where to
 * @endpoint: both
 */
void print_endpoint(FILE *out, const struct endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN];

	address_print(&endpoint->address, address);
	fprintf(out, endpoint->address.family == AF_INET6 ? "[%s]:%u" : "%s:%u", address,
		endpoint->port);
}

/**
 * print_bytes() - a number of bytes, short
 * @text: receives it
 * @size: of @text
 * @bytes: how many
 */
void print_bytes(char *text, size_t size, uint64_t bytes)
{
	static const char units[] = "kMGT";
	double value = bytes / 1000.0;
	unsigned int i = 0;

	if (bytes < 10000) {
		snprintf(text, size, "%llu B", (unsigned long long)bytes);
		return;
	}
	for (; value >= 1000 && units[i + 1]; i++)
		value /= 1000;
	snprintf(text, size, "%.1f %cB", value, units[i]);
}

/**
 * print_wrapped() - a text on as many lines as it takes
 * @out: where to
 * @first: before its first line
 * @then: before the others
 * @text: words
 *
 * What capture files hold is quoted in it, and terminals obey control characters.
 */
void print_wrapped(FILE *out, const char *first, const char *then, const char *text)
{
	size_t column = strlen(first), length, i;
	bool begins = true;

	fputs(first, out);
	for (; *text; text += length + (text[length] == ' ')) {
		length = strcspn(text, " ");
		if (!begins && column + 1 + length > COLUMNS) {
			fprintf(out, "\n%s", then);
			column = strlen(then);
		} else if (!begins) {
			fputc(' ', out);
			column++;
		}
		for (i = 0; i < length; i++)
			fputc((unsigned char)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i], out);
		column += length;
		begins = false;
	}
	fputc('\n', out);
}

/**
 * colour_of() - begin a colour, where the reader sees it
 * @replay: the run
 * @level: what it is for
 */
const char *colour_of(const struct replay *replay, enum cause_level level)
{
	static const char *const colours[] = {
		[CAUSE_NOTE] = "\033[32m", [CAUSE_DOUBT] = "\033[33m", [CAUSE_TROUBLE] = "\033[31;1m",
	};

	return replay->colour ? colours[level] : "";
}

/**
 * colour_end() - end it
 * @replay: the run
 */
const char *colour_end(const struct replay *replay)
{
	return replay->colour ? "\033[0m" : "";
}

static void add_packets(const struct replay *replay, const struct cause *cause, char *text,
			size_t size)
{
	unsigned int i;

	if (cause->packet_count)
		add(text, size, " (packet%s", cause->packet_count > 1 ? "s" : "");
	for (i = 0; i < cause->packet_count; i++) {
		add(text, size, "%s%llu", i ? ", " : " ", (unsigned long long)cause->packet[i].number);
		if (replay->points > 1 && (i + 1 == cause->packet_count ||
					   cause->packet[i + 1].point != cause->packet[i].point))
			add(text, size, " of %s", replay->names[cause->packet[i].point]);
	}
	if (cause->untold)
		add(text, size, " and %u more", cause->untold);
	if (cause->packet_count)
		add(text, size, ")");
}

/**
 * print_cause() - what went wrong, who is to blame and what to do
 * @replay: the run
 * @cause: it
 */
void print_cause(const struct replay *replay, const struct cause *cause)
{
	static const char *const levels[] = {
		[CAUSE_NOTE] = "note", [CAUSE_DOUBT] = "unknown", [CAUSE_TROUBLE] = "TROUBLE",
	};
	char text[2 * CAUSE_TEXT_MAX];

	snprintf(text, sizeof(text), "%s", cause->text);
	add_packets(replay, cause, text, sizeof(text));
	fprintf(replay->out, "  %s%s%s", colour_of(replay, cause->level), levels[cause->level],
		colour_end(replay));
	if (cause->blame)
		fprintf(replay->out, ": %s", cause->blame);
	fputc('\n', replay->out);
	print_wrapped(replay->out, "    ", "    ", text);
	if (*cause->advice)
		print_wrapped(replay->out, "    -> ", "       ", cause->advice);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stands above and below a ladder: who, when, and what went wrong.
 */
#include <string.h>
#include <time.h>

#include "replay/plot_private.h"

#define SECOND		1000000000ll
#define TITLE_HEIGHT	26
#define END_TEXT	(INET6_ADDRSTRLEN + sizeof("[]:65535"))
#define INDENT		12
/* Names of places lie between; room for an IPv6 address and a port on either side. */
#define NAMES_LEFT	328
#define NAMES_RIGHT	716

static const char *end_text(const struct endpoint *endpoint, char text[END_TEXT])
{
	char address[INET6_ADDRSTRLEN];

	address_print(&endpoint->address, address);
	snprintf(text, END_TEXT, endpoint->address.family == AF_INET6 ? "[%s]:%u" : "%s:%u", address,
		 endpoint->port);
	return text;
}

/* The first of the worst causes. */
static const char *blamed(const struct diagnosis *diagnosis)
{
	unsigned int i;

	for (i = 0; i < diagnosis->count; i++)
		if (diagnosis->cause[i].level == diagnosis->level)
			return diagnosis->cause[i].blame;
	return NULL;
}

static void draw_title(const struct session *s, const struct diagnosis *diagnosis, FILE *out, int y)
{
	static const char *const words[] = {
		[CAUSE_NOTE] = "all is well", [CAUSE_DOUBT] = "unknown",
		[CAUSE_TROUBLE] = "TROUBLE",
	};
	const char *blame = blamed(diagnosis);
	time_t second = s->start / SECOND;
	char date[32] = "";
	struct tm parts;

	if (gmtime_r(&second, &parts))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &parts);
	fprintf(out, "<rect class=\"title\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", MARGIN,
		y, PAGE_WIDTH - 2 * MARGIN, TITLE_HEIGHT - 4);
	svg_print(out, MARGIN + 8, y + 15, ANCHOR_START, "strong",
		  "session %llu: %s%s%s%s by %s, %s UTC", (unsigned long long)s->number, s->operation,
		  *s->service ? " (" : "", s->service, *s->service ? ")" : "",
		  session_auth_name(s->auth), date);
	svg_print(out, PAGE_WIDTH - MARGIN - 8, y + 15, ANCHOR_END,
		  diagnosis->level == CAUSE_TROUBLE ? "bad" : "strong", "%s%s%s",
		  words[diagnosis->level], blame ? ": " : "", blame ? : "");
}

static void draw_ends(const struct session *s, FILE *out, int y)
{
	char text[END_TEXT];
	int half;

	svg_text(out, INITIATOR_X, y, ANCHOR_MIDDLE, "strong", "initiator", 20);
	svg_text(out, RESPONDER_X, y, ANCHOR_MIDDLE, "strong", "responder", 20);
	svg_text(out, TIME_RIGHT, y, ANCHOR_END, "note", "seconds", 20);
	svg_text(out, NUMBER_LEFT, y, ANCHOR_START, "note", "packet", 20);
	half = strlen(end_text(&s->initiator[0], text)) * LETTER / 2;
	svg_text(out, INITIATOR_X + half > NAMES_LEFT ? NAMES_LEFT - half : INITIATOR_X,
		 y + LINE_HEIGHT, ANCHOR_MIDDLE, "", text, END_TEXT);
	half = strlen(end_text(&s->responder[1], text)) * LETTER / 2;
	svg_text(out, RESPONDER_X - half < NAMES_RIGHT ? NAMES_RIGHT + half : RESPONDER_X,
		 y + LINE_HEIGHT, ANCHOR_MIDDLE, "", text, END_TEXT);
}

/* Not into what stands above the hosts. */
static int letters_around(int x)
{
	int left = x - NAMES_LEFT - 8, right = NAMES_RIGHT - 8 - x;

	return 2 * (left < right ? left : right) / LETTER;
}

/* Each name on a line of its own, since places are closer together than names are long. */
static void draw_places(const struct plot *plot, FILE *out, int y)
{
	const struct ladder *ladder = &plot->ladder;
	unsigned int i;
	int x;

	svg_text(out, MIDDLE_X, y, ANCHOR_MIDDLE, "strong", ladder->places == 2 ?
		 "before and behind the gateway" : "captured at", 40);
	for (i = 0; i < ladder->places; i++) {
		x = place_x(ladder, i);
		svg_line(out, "place", x, y + (i + 1) * LINE_HEIGHT + 3, x,
			 y + ladder->places * LINE_HEIGHT + 8);
	}
	for (i = 0; i < ladder->places; i++)
		svg_text(out, place_x(ladder, i), y + (i + 1) * LINE_HEIGHT, ANCHOR_MIDDLE, "halo",
			 plot->settings.names[ladder->place[i]], letters_around(place_x(ladder, i)));
}

static void draw_nat(const struct session *s, FILE *out, int y)
{
	char seen[END_TEXT], called[END_TEXT];

	svg_print(out, MARGIN + 8, y, ANCHOR_START, "",
		  "NAT: the initiator calls %s, the responder sees %s",
		  end_text(&s->responder[0], called), end_text(&s->initiator[1], seen));
}

/**
 * head_draw() - what stands above a ladder
 * @plot: the picture, with its ladder built
 * @session: the session
 * @diagnosis: what went wrong
 * @out: where to; NULL: it is only measured
 * @y: where it begins
 *
 * Return: its height.
 */
int head_draw(const struct plot *plot, const struct session *session,
	      const struct diagnosis *diagnosis, FILE *out, int y)
{
	int names = y + TITLE_HEIGHT + 14 + LINE_HEIGHT * (1 + session->translated);

	if (out) {
		draw_title(session, diagnosis, out, y);
		svg_print(out, MARGIN + 8, y + TITLE_HEIGHT + 10, ANCHOR_START, "",
			  "handle %s, sequence %d", session->handle, session->sequence);
		if (session->translated)
			draw_nat(session, out, y + TITLE_HEIGHT + 10 + LINE_HEIGHT);
		draw_ends(session, out, names);
		draw_places(plot, out, names);
	}
	return names - y + LINE_HEIGHT * plot->ladder.places + 8;
}

static bool failed(const struct stream *stream)
{
	return stream->fate == FATE_SILENT || stream->fate == FATE_REFUSED ||
	       stream->fate == FATE_REJECTED || stream->fate == FATE_RESET;
}

static void draw_stream(const struct plot *plot, const struct stream *stream, FILE *out, int y)
{
	bool used = stream->fate >= FATE_OPEN;
	char there[24] = "", back[24] = "", other[40] = "";

	if (used) {
		plot->settings.bytes(there, sizeof(there), stream->bytes[0]);
		plot->settings.bytes(back, sizeof(back), stream->bytes[1]);
	}
	if (stream->renumbered != stream->number)
		snprintf(other, sizeof(other), " (the initiator is told %d)", stream->renumbered);
	svg_print(out, MARGIN + 8, y, ANCHOR_START, failed(stream) ? "bad" : "",
		  "%s %s %d%s: %s%s%s%s%s%s",
		  *stream->tag ? stream->tag : "TCP", stream->inside ? "channel" : "port",
		  stream->number, other, stream_fate_name(stream->fate), used ? ", " : "",
		  there, used ? " from the initiator, " : "", back, used ? " from the responder" : "");
}

/**
 * streams_draw() - a line for each stream: what became of it
 * @plot: the picture
 * @session: the session
 * @out: where to; NULL: it is only measured
 * @y: where it begins
 *
 * Return: its height.
 */
int streams_draw(const struct plot *plot, const struct session *session, FILE *out, int y)
{
	int base = y + 18;
	unsigned int i;

	if (session->auth >= AUTH_BSDTCP) {
		if (out)
			draw_stream(plot, &session->control, out, base);
		base += LINE_HEIGHT;
	}
	for (i = 0; i < session->stream_count; i++) {
		if (session->stream[i].fate == FATE_ABSENT)
			continue;
		if (out)
			draw_stream(plot, &session->stream[i], out, base);
		base += LINE_HEIGHT;
	}
	return base - y - LINE_HEIGHT + 6;
}

static int draw_wrapped(FILE *out, const char *text, int x, int y)
{
	size_t length;
	char line[PAGE_LETTERS + 1];

	for (; *text; text += length + (text[length] == ' '), y += LINE_HEIGHT) {
		length = wrap_length(text, PAGE_LETTERS - INDENT / 2);
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		if (out)
			svg_text(out, x, y, ANCHOR_START, "", line, PAGE_LETTERS);
	}
	return y;
}

static void list_packets(const struct plot *plot, const struct cause *cause, char *text, size_t size)
{
	size_t length = snprintf(text, size, "Packets:");
	unsigned int i;

	for (i = 0; i < cause->packet_count && length < size; i++) {
		length += snprintf(text + length, size - length, "%s %llu", i ? "," : "",
				   (unsigned long long)cause->packet[i].number);
		if (plot->settings.points > 1 && length < size)
			length += snprintf(text + length, size - length, " of %.40s",
					   plot->settings.names[cause->packet[i].point]);
	}
}

static int draw_cause(const struct plot *plot, const struct cause *cause, FILE *out, int y)
{
	static const char *const levels[] = {
		[CAUSE_NOTE] = "Note", [CAUSE_DOUBT] = "Unknown", [CAUSE_TROUBLE] = "TROUBLE",
	};
	int x = MARGIN + 8 + INDENT, base = y + 14;
	char text[CAUSE_TEXT_MAX + 16];

	if (out)
		svg_print(out, x, base, ANCHOR_START,
			  cause->level == CAUSE_TROUBLE ? "bad" : "strong", "%s%s%s",
			  levels[cause->level], cause->blame ? ": " : "", cause->blame ? : "");
	base = draw_wrapped(out, cause->text, x, base + LINE_HEIGHT);
	if (cause->packet_count) {
		list_packets(plot, cause, text, sizeof(text));
		base = draw_wrapped(out, text, x, base);
	}
	if (*cause->advice) {
		snprintf(text, sizeof(text), "What to do: %s", cause->advice);
		base = draw_wrapped(out, text, x, base);
	}
	if (out)
		fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\"/>\n",
			cause->level == CAUSE_TROUBLE ? "ill" : "mild", MARGIN + 8, y + 3,
			base - LINE_HEIGHT - y + 2);
	return base - y - LINE_HEIGHT + 10;
}

/**
 * causes_draw() - the diagnosis
 * @plot: the picture
 * @diagnosis: it
 * @out: where to; NULL: it is only measured
 * @y: where it begins
 *
 * Return: its height.
 */
int causes_draw(const struct plot *plot, const struct diagnosis *diagnosis, FILE *out, int y)
{
	int height = 0;
	unsigned int i;

	for (i = 0; i < diagnosis->count; i++)
		height += draw_cause(plot, &diagnosis->cause[i], out, y + height);
	return height;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ladder: a line for each host and place of capture, an arrow for each packet.
 */
#include <stdlib.h>

#include "replay/plot_private.h"

/* The lines are broken where time passes that the page does not show. */
static void draw_rail(const struct plot *plot, const char *class, int x, int y)
{
	const struct ladder *ladder = &plot->ladder;
	int from = 0;
	unsigned int i;

	for (i = 0; i < ladder->count; i++) {
		if (ladder->row[i].kind == ROW_EVENT || ladder->row[i].kind == ROW_EXPECT)
			continue;
		svg_line(plot->body, class, x, y + from, x, y + ladder->row[i].y);
		from = ladder->row[i].y + NOTE_HEIGHT;
		svg_line(plot->body, "pause", x, y + ladder->row[i].y, x, y + from);
	}
	svg_line(plot->body, class, x, y + from, x, y + ladder->height);
}

static void draw_rails(const struct plot *plot, int y)
{
	const struct ladder *ladder = &plot->ladder;
	int left = place_x(ladder, 0), right = place_x(ladder, ladder->places - 1);
	unsigned int i;

	if (ladder->places > 1)
		fprintf(plot->body,
			"<rect class=\"inner\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
			left, y, right - left, ladder->height);
	draw_rail(plot, "host", INITIATOR_X, y);
	for (i = 0; i < ladder->places; i++)
		draw_rail(plot, "place", place_x(ladder, i), y);
	draw_rail(plot, "host", RESPONDER_X, y);
}

static const char *arrow_class(const struct event *event)
{
	if (event->kind == EVENT_REFUSAL || event->kind == EVENT_RESET || event->kind == EVENT_ERROR)
		return "no";
	return event->kind < EVENT_SYN ? "datagram" : "segment";
}

/* Three kinds of heads, so that colours are not needed to tell them apart. */
static void draw_head(FILE *out, const char *class, int x, int y, int way)
{
	switch (*class) {
	case 'd':
		fprintf(out, "<path class=\"datagram-head\" d=\"M%d %dl%d -5v10z\"/>\n", x, y,
			-10 * way);
		break;
	case 's':
		fprintf(out, "<path class=\"segment-head\" d=\"M%d %dl%d 5l%d 5\"/>\n",
			x - 10 * way, y - 5, 10 * way, -10 * way);
		break;
	default:
		fprintf(out, "<path class=\"no-head\" d=\"M%d %dv12m%d -6l%d -5v10z\"/>\n", x - way,
			y - 6, -way, -9 * way);
	}
}

static int place_of(const struct ladder *ladder, unsigned int point)
{
	unsigned int i;

	for (i = 0; i + 1 < ladder->places; i++)
		if (ladder->place[i] == point)
			break;
	return i;
}

/* The middle between a place and what comes next: another place, or a host. */
static int behind(const struct ladder *ladder, int at, int way)
{
	int next = at + way;

	if (next < 0)
		return (place_x(ladder, at) + INITIATOR_X) / 2;
	if (next >= (int)ladder->places)
		return (place_x(ladder, at) + RESPONDER_X) / 2;
	return (place_x(ladder, at) + place_x(ladder, next)) / 2;
}

/* Of a router no more is known than that it is before the first place that saw its error. */
static int begin_of(const struct ladder *ladder, const struct session *s, const struct event *event)
{
	int at = place_of(ladder, event->seen[0].point);

	if (from_router(s, event))
		return behind(ladder, at, event->by_initiator ? -1 : 1);
	return event->by_initiator ? INITIATOR_X : RESPONDER_X;
}

/* Where an arrow ends: in a cross behind the last place that saw it, or at the other host. */
static int end_of(const struct ladder *ladder, const struct event *event, enum outcome outcome)
{
	int at = place_of(ladder, event->seen[event->seen_count - 1].point);

	if (outcome != OUTCOME_PASSED)
		return behind(ladder, at, event->by_initiator ? 1 : -1);
	return event->by_initiator ? RESPONDER_X : INITIATOR_X;
}

static void draw_dots(const struct plot *plot, const struct event *event, int y)
{
	unsigned int i;

	for (i = 0; i < event->seen_count; i++)
		fprintf(plot->body, "<circle class=\"seen\" cx=\"%d\" cy=\"%d\" r=\"3\"/>\n",
			place_x(&plot->ladder, place_of(&plot->ladder, event->seen[i].point)), y);
}

static void draw_arrow(const struct plot *plot, const struct session *s, const struct row *row, int y)
{
	const struct event *event = &s->event[row->event];
	const char *class = arrow_class(event);
	int begin = begin_of(&plot->ladder, s, event);
	int end = end_of(&plot->ladder, event, row->outcome);
	int way = event->by_initiator ? 1 : -1;

	y += row->y + ARROW_BELOW;
	svg_line(plot->body, class, begin, y, row->outcome ? end : end - 3 * way, y);
	if (begin != INITIATOR_X && begin != RESPONDER_X)
		fprintf(plot->body,
			"<rect class=\"router\" x=\"%d\" y=\"%d\" width=\"8\" height=\"8\"/>\n",
			begin - 4, y - 4);
	draw_dots(plot, event, y);
	if (row->outcome)
		svg_cross(plot->body, end, y);
	else
		draw_head(plot->body, class, end - way, y, way);
}

static void write_numbers(const struct plot *plot, const struct event *event, int y)
{
	char text[SIGHTINGS_MAX * 24];
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < event->seen_count; i++)
		length += snprintf(text + length, sizeof(text) - length, "%s%llu", i ? "/" : "",
				   (unsigned long long)event->seen[i].number);
	svg_text(plot->body, NUMBER_LEFT, y, ANCHOR_START, "", text,
		 (INITIATOR_X - 8 - NUMBER_LEFT) / LETTER);
}

static const char *in_vain_words(enum event_kind kind)
{
	if (kind == EVENT_ANSWER)
		return "not acknowledged";
	return kind == EVENT_REQUEST || kind == EVENT_SYN ? "no answer" : "did not arrive";
}

static void write_remark(const struct plot *plot, const struct row *row, const struct event *event,
			 int y)
{
	char text[64] = "";
	unsigned int far = event->by_initiator ? plot->ladder.places - 1 : 0;
	bool late = event->late >> plot->settings.helper & 1;

	if (row->outcome == OUTCOME_UNSEEN)
		snprintf(text, sizeof(text), "not in %s",
			 plot->settings.names[plot->ladder.place[far]]);
	else if (row->outcome == OUTCOME_DROPPED)
		snprintf(text, sizeof(text), "\"%s\" drops it",
			 helper_kind_name(plot->settings.helper));
	else if (row->outcome == OUTCOME_REJECTED)
		snprintf(text, sizeof(text), "rejected");
	else if (row->outcome == OUTCOME_UNANSWERED)
		snprintf(text, sizeof(text), "%s", in_vain_words(event->kind));
	else if (late)
		snprintf(text, sizeof(text), "too late: state was over");
	if (*text)
		svg_text(plot->body, REMARK_LEFT, y, ANCHOR_START, "bad", text,
			 (PAGE_WIDTH - 8 - REMARK_LEFT) / LETTER);
}

static void write_event(const struct plot *plot, const struct session *s, const struct row *row,
			int64_t begun, int y)
{
	const struct event *event = &s->event[row->event];
	char words[256];

	y += row->y;
	svg_print(plot->body, TIME_RIGHT, y + ARROW_BELOW + 4, ANCHOR_END, "", "%.6f",
		  (event->seen[0].time - begun) / 1e9);
	write_numbers(plot, event, y + ARROW_BELOW + 4);
	plot->settings.words(s, event, words, sizeof(words));
	svg_text(plot->body, INITIATOR_X + 12, y + ARROW_BELOW - 7, ANCHOR_START, "", words,
		 (place_x(&plot->ladder, 0) - INITIATOR_X - 20) / LETTER);
	write_remark(plot, row, event, y + ARROW_BELOW + 4);
}

static void write_note(const struct plot *plot, const struct session *s, const struct row *row,
		       int y)
{
	const struct event *event = &s->event[row->event];
	double passed = row->kind == ROW_GAP ? (event->seen[0].time - event[-1].seen[0].time) / 1e9 : 0;
	int x = INITIATOR_X + 12;

	y += row->y + 15;
	if (row->kind == ROW_UNTOLD)
		svg_print(plot->body, x, y, ANCHOR_START, "note", "%u more packets", s->untold);
	else if (row->kind == ROW_RUN)
		svg_print(plot->body, x, y, ANCHOR_START, "note", "%u more: packets %llu to %llu",
			  row->last - row->event + 1, (unsigned long long)event->seen[0].number,
			  (unsigned long long)s->event[row->last].seen[0].number);
	else if (passed < 0)
		svg_print(plot->body, x, y, ANCHOR_START, "note", "the clock runs back %.1f s", -passed);
	else
		svg_print(plot->body, x, y, ANCHOR_START, "note", "%.1f s later", passed);
}

/**
 * ladder_draw() - draw the rows of a session
 * @plot: the picture, with its ladder built
 * @session: the session
 * @begun: time that the column of times counts from
 * @y: where the first row begins
 */
void ladder_draw(const struct plot *plot, const struct session *session, int64_t begun, int y)
{
	const struct row *row = plot->ladder.row, *end = row + plot->ladder.count;

	draw_rails(plot, y);
	bars_draw(plot, session, y);
	for (; row < end; row++) {
		if (row->kind == ROW_EVENT) {
			draw_arrow(plot, session, row, y);
			write_event(plot, session, row, begun, y);
		} else if (row->kind != ROW_EXPECT) {
			write_note(plot, session, row, y);
		}
	}
}

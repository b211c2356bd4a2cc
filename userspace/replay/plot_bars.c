// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the helper expects, as bars: from the answer that opens a port to the SYN that
 * takes it.
 */
#include "replay/plot_private.h"

#define BAR_WIDTH	6
#define BAR_STEP	10

static int bar_x(const struct ladder *ladder, unsigned int slot)
{
	return place_x(ladder, 0) + 10 + BAR_STEP * slot;
}

/* Where the first SYN for a stream arrives; the end of the ladder: there is none. */
static int end_of_bar(const struct ladder *ladder, const struct session *s, unsigned int stream)
{
	const struct event *event;
	unsigned int i;

	for (i = 0; i < ladder->count; i++) {
		event = &s->event[ladder->row[i].event];
		if (ladder->row[i].kind == ROW_EVENT && event->kind == EVENT_SYN &&
		    event->stream == (int)stream)
			return ladder->row[i].y + ARROW_BELOW;
	}
	return ladder->height;
}

static void draw_name(const struct plot *plot, const struct stream *stream, int x, int y,
		      bool opened)
{
	int last = place_x(&plot->ladder, plot->ladder.places - 1);
	int near = x + BAR_WIDTH + 6, left = near > last + 8 ? near : last + 8;
	char text[64];

	if (left > near)
		svg_line(plot->body, "leader", x + BAR_WIDTH, y, left - 2, y);
	if (opened)
		snprintf(text, sizeof(text), "would open %s %d", stream->tag, stream->renumbered);
	else
		snprintf(text, sizeof(text), "would not open %s %d", stream->tag, stream->renumbered);
	svg_text(plot->body, left, y + 4, ANCHOR_START, opened ? "" : "bad", text,
		 (RESPONDER_X - 8 - left) / LETTER);
}

static void draw_bar(const struct plot *plot, const struct session *s, const struct row *row,
		     unsigned int slot, int y)
{
	const struct stream *stream = &s->stream[row->stream];
	unsigned int helper = plot->settings.helper;
	int x = bar_x(&plot->ladder, slot), top = y + row->y + EXPECT_HEIGHT / 2;
	int end = y + end_of_bar(&plot->ladder, s, row->stream);
	bool opened = stream->opened >> helper & 1, met = stream->met >> helper & 1;

	draw_name(plot, stream, x, top, opened);
	if (!opened) {
		svg_cross(plot->body, x + BAR_WIDTH / 2, top);
		return;
	}
	fprintf(plot->body, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
		met ? "met" : "unmet", x, top, BAR_WIDTH, end > top ? end - top : 1);
	if (met)
		fprintf(plot->body, "<circle class=\"end\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
			x + BAR_WIDTH / 2, end);
	else if (stream->syn)
		svg_cross(plot->body, x + BAR_WIDTH / 2, end);
}

/**
 * bars_draw() - draw the expectations of a session
 * @plot: the picture
 * @session: the session
 * @y: where its first row begins
 */
void bars_draw(const struct plot *plot, const struct session *session, int y)
{
	unsigned int i, slot = 0;

	for (i = 0; i < plot->ladder.count; i++)
		if (plot->ladder.row[i].kind == ROW_EXPECT)
			draw_bar(plot, session, &plot->ladder.row[i], slot++, y);
}

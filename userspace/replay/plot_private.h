/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the picture share.  Lengths are in pixels of the page.
 */
#ifndef REPLAY_PLOT_PRIVATE_H
#define REPLAY_PLOT_PRIVATE_H

#include "replay/plot.h"

#define PAGE_WIDTH	1040
/* Common renderers refuse pictures that are higher than 32767. */
#define PAGE_HEIGHT_MAX	30000
/* What is well must leave room for what is not. */
#define PAGE_HEIGHT_WELL	15000
#define MARGIN		16
#define LEGEND_HEIGHT	60

#define TIME_RIGHT	104	/* the end of the column of times */
#define NUMBER_LEFT	114	/* of packets: the begin */
#define INITIATOR_X	250
#define MIDDLE_X	540
#define RESPONDER_X	830
#define REMARK_LEFT	846

/* One letter of the font that every text of the page has: 0.6 of its size. */
#define LETTER		6.6
#define FONT_SIZE	11
#define LINE_HEIGHT	15
/* Letters of a line across the page. */
#define PAGE_LETTERS	((int)((PAGE_WIDTH - 3 * MARGIN) / LETTER))

#define EVENT_HEIGHT	30
#define ARROW_BELOW	21	/* an arrow, below the begin of its row */
#define EXPECT_HEIGHT	18
#define NOTE_HEIGHT	22

/* An event has a row, and a gap before it at most; then the streams, and one more. */
#define ROWS_MAX	(2 * EVENTS_MAX + AMANDA_STREAMS_MAX + 1)

enum row_kind {
	ROW_EVENT,
	ROW_GAP,	/* time without packets */
	ROW_RUN,	/* copies that are not drawn one by one */
	ROW_EXPECT,	/* the answer opens a stream, or does not */
	ROW_UNTOLD,	/* events that the session did not keep */
};

/* What became of a packet, as far as it shows. */
enum outcome {
	OUTCOME_PASSED,
	OUTCOME_UNSEEN,		/* one place saw it, the next did not */
	OUTCOME_UNANSWERED,	/* it is sent again, or never answered */
	OUTCOME_DROPPED,	/* the helper drops it */
	OUTCOME_REJECTED,	/* a router on the way says so */
};

/**
 * struct row - one row of a ladder
 * @kind: what it holds
 * @y: where it begins, from the first row
 * @event: ROW_EVENT, ROW_GAP: index of the event; ROW_RUN: of the first one
 * @last: ROW_RUN: of the last one
 * @stream: ROW_EXPECT: index of the stream
 * @outcome: ROW_EVENT: of the packet
 */
struct row {
	enum row_kind kind;
	int y;
	unsigned int event;
	unsigned int last;
	unsigned int stream;
	enum outcome outcome;
};

/**
 * struct ladder - where everything of a session goes
 * @row: from top to bottom
 * @count: entries in use
 * @height: of all rows
 * @place: of each column of a place of capture, from the initiator's: which file
 * @places: how many columns
 */
struct ladder {
	struct row row[ROWS_MAX];
	unsigned int count;
	int height;
	unsigned int place[CAPTURE_FILES];
	unsigned int places;
};

/**
 * struct plot - a picture in the making
 * @settings: what is asked
 * @out: the file
 * @body: the sessions; they wait here, since the height stands at the head
 * @y: where the next one goes
 * @drawn: sessions
 * @well: sessions without trouble that found no room
 * @ill: others that found none
 * @ladder: of the session at hand
 */
struct plot {
	struct plot_settings settings;
	FILE *out;
	FILE *body;
	int y;
	uint64_t drawn;
	uint64_t well;
	uint64_t ill;
	struct ladder ladder;
};

enum svg_anchor {
	ANCHOR_START,
	ANCHOR_MIDDLE,
	ANCHOR_END,
};

/* plot_svg.c */
void svg_text(FILE *out, int x, int y, enum svg_anchor anchor, const char *class,
	      const char *text, int letters);
__attribute__((__format__(__printf__, 6, 7)))
void svg_print(FILE *out, int x, int y, enum svg_anchor anchor, const char *class,
	       const char *format, ...);
void svg_line(FILE *out, const char *class, int x1, int y1, int x2, int y2);
void svg_cross(FILE *out, int x, int y);
size_t wrap_length(const char *text, size_t letters);

/* plot_rows.c */
bool from_router(const struct session *session, const struct event *event);
void ladder_build(struct ladder *ladder, const struct session *session,
		  const struct plot_settings *settings);
int place_x(const struct ladder *ladder, unsigned int index);
bool stream_expected(const struct session *session, const struct stream *stream,
		     enum helper_kind helper);

/* plot_draw.c */
void ladder_draw(const struct plot *plot, const struct session *session, int64_t begun, int y);

/* plot_bars.c */
void bars_draw(const struct plot *plot, const struct session *session, int y);

/* plot_caption.c: each draws nothing where @out is NULL, and returns the height. */
int head_draw(const struct plot *plot, const struct session *session,
	      const struct diagnosis *diagnosis, FILE *out, int y);
int streams_draw(const struct plot *plot, const struct session *session, FILE *out, int y);
int causes_draw(const struct plot *plot, const struct diagnosis *diagnosis, FILE *out, int y);

/* plot_page.c */
void legend_draw(const struct plot *plot, FILE *out, int y);
void style_draw(FILE *out);

#endif /* REPLAY_PLOT_PRIVATE_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rows the ladder of a session has, and what became of each packet.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/plot_private.h"

/* What takes longer is said, since the page is not drawn to scale. */
#define GAP		500000000ll
/* That many copies in a row are worth a row each; of more the middle is summed up. */
#define COPIES_DRAWN	4

/**
 * stream_expected() - does a helper have to open it?
 * @session: whose
 * @stream: it
 * @helper: that helper
 */
bool stream_expected(const struct session *session, const struct stream *stream,
		     enum helper_kind helper)
{
	return helper != HELPER_NONE && session->auth < AUTH_BSDTCP && !stream->inside &&
	       stream->fate != FATE_ABSENT;
}

/**
 * from_router() - is it an ICMP error of neither host?
 * @session: whose
 * @event: any event of it
 */
bool from_router(const struct session *session, const struct event *event)
{
	const struct endpoint *sender = event->by_initiator ? session->initiator :
							      session->responder;
	const struct address *from = &event->seen[0].source.address;

	return event->kind == EVENT_ERROR && !address_equal(from, &sender[0].address) &&
	       !address_equal(from, &sender[1].address);
}

/*
 * What the other side sent next in the same stream; NULL: nothing came before the same
 * was sent again, or at all.
 */
static const struct event *answer_to(const struct session *s, unsigned int first)
{
	const struct event *asked = &s->event[first];
	unsigned int i;

	for (i = first + 1; i < s->event_count; i++) {
		if (s->event[i].stream != asked->stream)
			continue;
		if (s->event[i].by_initiator != asked->by_initiator)
			return &s->event[i];
		if (s->event[i].kind == asked->kind)
			return NULL;
	}
	return NULL;
}

/* What came behind the events that a session keeps is not known. */
static bool answered(const struct session *s, unsigned int first)
{
	return answer_to(s, first) || s->untold;
}

/* Copies of an answer that was acknowledged once are not acknowledged again. */
static bool acknowledged_before(const struct session *s, unsigned int index)
{
	while (index--)
		if (s->event[index].kind == EVENT_ACK && s->event[index].by_initiator)
			return true;
	return false;
}

/* Who sends the question again has not got the answer. */
static bool asked_again(const struct session *s, unsigned int first, enum event_kind kind)
{
	const struct event *answer = &s->event[first];
	unsigned int i;

	for (i = first + 1; i < s->event_count; i++)
		if (s->event[i].stream == answer->stream && s->event[i].kind == kind &&
		    s->event[i].by_initiator != answer->by_initiator)
			return true;
	return false;
}

static bool in_vain(const struct session *s, unsigned int index)
{
	const struct event *event = &s->event[index];

	switch (event->kind) {
	case EVENT_REQUEST:
	case EVENT_SYN:
		return !answered(s, index);
	case EVENT_ANSWER:
		return !answered(s, index) && !acknowledged_before(s, index);
	case EVENT_SYN_ANSWER:
		return asked_again(s, index, EVENT_SYN);
	case EVENT_ACK:
		return event->by_initiator && asked_again(s, index, EVENT_ANSWER);
	default:
		return false;
	}
}

static enum outcome outcome_of(const struct ladder *ladder, const struct session *s,
			       unsigned int index, enum helper_kind helper)
{
	const struct event *event = &s->event[index];
	unsigned int far = event->by_initiator ? ladder->places - 1 : 0;

	const struct event *answer = answer_to(s, index);
	bool vain = in_vain(s, index);

	if (event->dropped >> helper & 1)
		return OUTCOME_DROPPED;
	/* A file may lack a packet that came through all the same. */
	if (event->seen[event->seen_count - 1].point != ladder->place[far] &&
	    (vain || !answered(s, index)))
		return OUTCOME_UNSEEN;
	if ((event->kind == EVENT_REQUEST || event->kind == EVENT_SYN) && answer &&
	    from_router(s, answer))
		return OUTCOME_REJECTED;
	return vain ? OUTCOME_UNANSWERED : OUTCOME_PASSED;
}

static struct row *add(struct ladder *ladder, enum row_kind kind, unsigned int event, int height)
{
	struct row *row = &ladder->row[ladder->count++];

	*row = (struct row) { .kind = kind, .y = ladder->height, .event = event };
	ladder->height += height;
	return row;
}

static void add_expected(struct ladder *ladder, const struct session *s, unsigned int event,
			 enum helper_kind helper)
{
	unsigned int i;

	for (i = 0; i < s->stream_count; i++)
		if (stream_expected(s, &s->stream[i], helper))
			add(ladder, ROW_EXPECT, event, EXPECT_HEIGHT)->stream = i;
}

static bool alike(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && a->stream == b->stream && a->by_initiator == b->by_initiator &&
	       a->seen_count == b->seen_count;
}

/* The last of copies that follow each other. */
static unsigned int end_of_copies(const struct session *s, unsigned int first)
{
	unsigned int i = first;

	while (i + 1 < s->event_count && s->event[i + 1].copy > 1 &&
	       alike(&s->event[first], &s->event[i + 1]))
		i++;
	return i;
}

static void add_gap(struct ladder *ladder, const struct session *s, unsigned int event)
{
	if (event && llabs(s->event[event].seen[0].time - s->event[event - 1].seen[0].time) >= GAP)
		add(ladder, ROW_GAP, event, NOTE_HEIGHT);
}

static void add_event(struct ladder *ladder, const struct session *s, unsigned int event,
		      enum helper_kind helper)
{
	enum outcome outcome = outcome_of(ladder, s, event, helper);

	add_gap(ladder, s, event);
	add(ladder, ROW_EVENT, event, EVENT_HEIGHT)->outcome = outcome;
}

static void add_events(struct ladder *ladder, const struct session *s, enum helper_kind helper)
{
	bool opened = false;
	unsigned int i, end;

	for (i = 0; i < s->event_count; i++) {
		add_event(ladder, s, i, helper);
		if (s->event[i].kind == EVENT_ANSWER && !opened) {
			add_expected(ladder, s, i, helper);
			opened = true;
		}
		end = end_of_copies(s, i);
		if (end - i < COPIES_DRAWN)
			continue;
		add_event(ladder, s, i + 1, helper);
		add(ladder, ROW_RUN, i + 2, NOTE_HEIGHT)->last = end - 1;
		i = end - 1;
	}
}

static bool has_place(const struct ladder *ladder, unsigned int point)
{
	unsigned int i;

	for (i = 0; i < ladder->places; i++)
		if (ladder->place[i] == point)
			return true;
	return false;
}

/* The packet that was seen most often shows the order of the places. */
static const struct event *best_seen(const struct session *s)
{
	const struct event *best = NULL;
	unsigned int i;

	for (i = 0; i < s->event_count; i++)
		if (!best || s->event[i].seen_count > best->seen_count)
			best = &s->event[i];
	return best;
}

/*
 * Of a session that one place alone shows it is not known where the others are, unless
 * nothing ever came back: then they are behind it.
 */
static void add_silent_places(struct ladder *ladder, const struct session *s,
			      unsigned int points)
{
	unsigned int i;

	for (i = 0; i < s->event_count; i++)
		if (!s->event[i].by_initiator)
			return;
	for (i = 0; i < points && ladder->places < CAPTURE_FILES; i++)
		if (!has_place(ladder, i))
			ladder->place[ladder->places++] = i;
}

static void find_places(struct ladder *ladder, const struct session *s, unsigned int points)
{
	const struct event *event = best_seen(s);
	unsigned int i, j, count = event ? event->seen_count : 0;

	for (i = 0; i < count; i++)
		ladder->place[ladder->places++] =
			event->seen[event->by_initiator ? i : count - 1 - i].point;
	for (i = 0; i < s->event_count; i++)
		for (j = 0; j < s->event[i].seen_count; j++)
			if (!has_place(ladder, s->event[i].seen[j].point) &&
			    ladder->places < CAPTURE_FILES)
				ladder->place[ladder->places++] = s->event[i].seen[j].point;
	if (ladder->places < 2)
		add_silent_places(ladder, s, points);
	if (!ladder->places)
		ladder->places = 1;
}

/**
 * place_x() - where the line of a place of capture is
 * @ladder: the ladder
 * @index: of the place, from the initiator's side
 */
int place_x(const struct ladder *ladder, unsigned int index)
{
	int step = ladder->places < 3 ? 100 : 280 / (ladder->places - 1);

	return MIDDLE_X - step * ((int)ladder->places - 1) / 2 + step * index;
}

/**
 * ladder_build() - lay a session out
 * @ladder: receives it
 * @session: the session
 * @settings: of the picture
 */
void ladder_build(struct ladder *ladder, const struct session *session,
		  const struct plot_settings *settings)
{
	ladder->count = 0;
	ladder->height = 0;
	ladder->places = 0;
	memset(ladder->place, 0, sizeof(ladder->place));
	find_places(ladder, session, settings->points);
	add_events(ladder, session, settings->helper);
	if (session->untold)
		add(ladder, ROW_UNTOLD, 0, NOTE_HEIGHT);
}

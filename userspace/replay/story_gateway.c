// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What gateways with each helper would have made of the packets of a story.
 *
 * A gateway is told of a packet as it comes and as it leaves, so a packet waits
 * a moment for its second sighting.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/story_private.h"

_Static_assert(STORY_HELPERS == HELPER_KINDS, "an index of a session's fields is a helper_kind");

/**
 * notes_open() - build the gateways
 * @story: the story
 * @settings: of all of them
 *
 * Return: 0, or -1 where there is no memory.
 */
int notes_open(struct story *story, const struct gateway_settings *settings)
{
	struct gateway_settings one = *settings;
	unsigned int kind;

	for (kind = 0; kind < HELPER_KINDS; kind++) {
		one.helper = kind;
		story->gateway[kind] = gateway_new(&one);
		if (!story->gateway[kind])
			return -1;
	}
	return 0;
}

static bool opens(const struct session *s, const struct expected *expected)
{
	const struct stream *stream;

	if (expected->stream < 0 || (unsigned int)expected->stream >= s->stream_count)
		return false;
	stream = &s->stream[expected->stream];
	return !stream->inside &&
	       (stream->renumbered == expected->port || stream->number == expected->port);
}

static void add_hole(struct session *s, unsigned int kind, uint16_t port)
{
	unsigned int i;

	for (i = 0; i < s->hole_count[kind]; i++)
		if (s->hole[kind][i] == port)
			return;
	if (i < HOLES_MAX)
		s->hole[kind][s->hole_count[kind]++] = port;
}

static void answered(struct session *s, struct event *event, unsigned int kind,
		     const struct sight *sight)
{
	uint8_t bit = 1 << kind;
	unsigned int i;

	if (sight->helped && sight->reason == AMANDA_OK && !sight->dropped &&
	    (sight->expected_count || sight->repeated))
		s->accepted |= bit;
	else if (!(s->accepted & bit))
		s->reason[kind] = sight->reason;
	for (i = 0; i < sight->expected_count; i++) {
		if (opens(s, &sight->expected[i]))
			s->stream[sight->expected[i].stream].opened |= bit;
		else
			add_hole(s, kind, sight->expected[i].port);
	}
	if (sight->dropped) {
		s->dropped |= bit;
		event->dropped |= bit;
	}
	if (!sight->after || sight->state != SIGHT_NEW)
		return;
	event->late |= bit;
	if (event->copy > 1)
		return;
	s->late |= bit;
	s->ended[kind] = sight->ended;
}

static void met(struct session *s, const struct event *event, unsigned int kind,
		const struct sight *sight)
{
	if (sight->met && event->stream >= 0)
		s->stream[event->stream].met |= 1 << kind;
}

static void pass(struct story *story, struct note *note)
{
	struct session *s = note->tale ? &note->tale->session : NULL;
	struct event *event = note->event < 0 ? NULL : &s->event[note->event];
	struct sight sight;
	unsigned int kind;

	for (kind = 0; kind < HELPER_KINDS; kind++) {
		memset(&sight, 0, sizeof(sight));
		gateway_see(story->gateway[kind], &note->in, note->left ? &note->out : NULL,
			    &sight);
		if (!event)
			continue;
		if (event->kind == EVENT_SYN)
			met(s, event, kind, &sight);
		else if (!event->by_initiator && event->kind != EVENT_ACK)
			answered(s, event, kind, &sight);
	}
}

static void pass_first(struct story *story)
{
	struct notes *notes = &story->notes;
	struct note *note = &notes->note[notes->first];

	pass(story, note);
	notes->bytes -= note->in.captured + note->in.behind;
	free((void *)note->in.data);
	if (note->left) {
		notes->bytes -= note->out.captured + note->out.behind;
		free((void *)note->out.data);
	}
	notes->first = (notes->first + 1) % NOTES_MAX;
	notes->count--;
}

/* What is behind the datagram counts: the stock helper reads it. */
static size_t bytes_of(const struct packet *packet)
{
	return packet->captured + (packet->captured == packet->length ? packet->behind : 0);
}

static bool keep(struct notes *notes, struct packet *kept, const struct packet *packet)
{
	size_t bytes = bytes_of(packet);
	uint8_t *data = malloc(bytes + 1);

	if (!data)
		return false;
	if (bytes)
		memcpy(data, packet->data, bytes);
	*kept = *packet;
	kept->data = data;
	kept->behind = bytes - packet->captured;
	notes->bytes += bytes;
	return true;
}

/**
 * notes_add() - a packet that a gateway cares for
 * @story: the story
 * @tale: its session, or NULL
 * @event: its event, or NULL
 * @packet: it
 */
void notes_add(struct story *story, struct tale *tale, const struct event *event,
	       const struct packet *packet)
{
	struct notes *notes = &story->notes;
	struct note *note;

	while (notes->count == NOTES_MAX || (notes->count && notes->bytes > NOTES_BYTES))
		pass_first(story);
	note = &notes->note[(notes->first + notes->count) % NOTES_MAX];
	note->tale = tale;
	note->event = event ? event - tale->session.event : -1;
	note->left = false;
	if (!keep(notes, &note->in, packet)) {
		story->no_memory = true;
		return;
	}
	notes->count++;
}

/**
 * notes_pair() - a packet was seen at one more place
 * @story: the story
 * @tale: its session
 * @event: its event
 * @packet: it, as it is there
 */
void notes_pair(struct story *story, struct tale *tale, const struct event *event,
		const struct packet *packet)
{
	int index = event - tale->session.event;
	struct notes *notes = &story->notes;
	struct note *note;
	struct packet first;
	unsigned int i;

	for (i = notes->count; i--;) {
		note = &notes->note[(notes->first + i) % NOTES_MAX];
		if (note->tale != tale || note->event != index || note->left)
			continue;
		if (!keep(notes, &note->out, packet))
			return;
		note->left = true;
		if (event->seen[0].number != packet->number ||
		    event->seen[0].point != packet->point)
			return;
		first = note->in;	/* it was seen here before it was seen there */
		note->in = note->out;
		note->out = first;
		return;
	}
}

/**
 * notes_pass() - let the gateways see what has waited long enough
 * @story: the story
 * @now: time of the capture
 */
void notes_pass(struct story *story, int64_t now)
{
	struct notes *notes = &story->notes;

	while (notes->count && llabs(now - notes->note[notes->first].in.time) > NOTES_WAIT)
		pass_first(story);
}

/**
 * notes_flush() - let them see all of it
 * @story: the story
 */
void notes_flush(struct story *story)
{
	while (story->notes.count)
		pass_first(story);
}

/**
 * notes_close() - give the memory back
 * @story: the story
 */
void notes_close(struct story *story)
{
	unsigned int kind;

	notes_flush(story);
	for (kind = 0; kind < HELPER_KINDS; kind++)
		if (story->gateway[kind])
			gateway_free(story->gateway[kind]);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events, and whether a packet is a new one or one that was seen before at
 * another place: forwarding takes one from the TTL and keeps the identification
 * of IPv4; who sends again gives another identification and the same TTL.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/story_private.h"

/* So far apart clocks of two files, and a packet's two sightings, may be. */
#define SAME_DATAGRAM	(2 * SECOND)	/* sent again after 10 s: protocol.c, ACK_WAIT */
#define SAME_SEGMENT	(SECOND / 2)	/* sent again after 1 s: TCP_TIMEOUT_INIT */
/* A bridge does not touch the TTL, and is quick. */
#define SAME_BRIDGE	(SECOND / 1000)
/* NAT may add so many digits to a CONNECT line. */
#define NAT_GROWTH	(AMANDA_STREAMS_MAX * 4)
/* Older ones are not the same. */
#define LOOK_BACK	16

static bool times_fit(const struct sighting *seen, const struct packet *packet, bool tcp)
{
	return llabs(packet->time - seen->time) < (tcp ? SAME_SEGMENT : SAME_DATAGRAM);
}

static bool places_fit(const struct event *event, const struct packet *packet)
{
	const struct sighting *seen;
	unsigned int i;

	for (i = 0; i < event->seen_count; i++) {
		seen = &event->seen[i];
		if (seen->point != packet->point || seen->ttl != packet->ttl)
			continue;
		if (!packet->ip_id || llabs(packet->time - seen->time) > SAME_BRIDGE)
			return false;
	}
	return true;
}

/* Who cuts a segment in two numbers the pieces anew, and the FIN goes with the last. */
static bool content_fits(const struct event *event, const struct packet *packet)
{
	size_t growth = event->length > packet->length ? event->length - packet->length :
							 packet->length - event->length;

	return event->kind == EVENT_END ||
	       (event->seen[0].ip_id == packet->ip_id &&
		growth <= (event->kind == EVENT_ANSWER ? NAT_GROWTH : 0));
}

static bool same(const struct event *event, uint32_t mark, const struct packet *packet)
{
	bool tcp = packet->protocol == IPPROTO_TCP;

	return event->mark == mark && content_fits(event, packet) &&
	       times_fit(&event->seen[0], packet, tcp) && places_fit(event, packet);
}

/**
 * event_of_packet() - has this very packet been seen elsewhere?
 * @tale: of which session it would be
 * @kind: of the event
 * @by_initiator: likewise
 * @stream: likewise
 * @mark: likewise
 * @packet: it
 *
 * Return: its event, or NULL.
 */
struct event *event_of_packet(struct tale *tale, enum event_kind kind, bool by_initiator,
			      int stream, uint32_t mark, const struct packet *packet)
{
	unsigned int i = tale->session.event_count;
	unsigned int last = i > LOOK_BACK ? i - LOOK_BACK : 0;
	struct event *event;

	while (i-- > last) {
		event = &tale->session.event[i];
		if (event->kind == kind && event->by_initiator == by_initiator &&
		    event->stream == stream && same(event, mark, packet))
			return event;
	}
	return NULL;
}

/* Forwarding lowers the TTL; where it says nothing, the time does. */
static bool comes_first(const struct packet *packet, const struct sighting *seen)
{
	return packet->ttl != seen->ttl ? packet->ttl > seen->ttl : packet->time < seen->time;
}

/**
 * event_see() - a packet was seen, maybe not for the first time
 * @event: its event
 * @packet: it, at one place
 */
void event_see(struct event *event, const struct packet *packet)
{
	struct sighting *seen = event->seen;
	unsigned int at;

	if (event->seen_count == SIGHTINGS_MAX)
		return;
	for (at = event->seen_count; at && comes_first(packet, &seen[at - 1]); at--)
		seen[at] = seen[at - 1];
	event->seen_count++;
	seen[at] = (struct sighting){
		.number = packet->number,
		.point = packet->point,
		.time = packet->time,
		.ttl = packet->ttl,
		.ip_id = packet->ip_id,
		.source = packet->source,
		.destination = packet->destination,
	};
}

static bool room_for_event(struct story *story, struct tale *tale)
{
	unsigned int room = tale->event_room ? 2 * tale->event_room : 8;
	struct event *event;

	if (tale->session.event_count >= EVENTS_MAX)
		return false;
	if (tale->session.event_count < tale->event_room)
		return true;
	event = realloc(tale->session.event, room * sizeof(*event));
	if (!event) {
		story->no_memory = true;
		return false;
	}
	tale->session.event = event;
	tale->event_room = room;
	return true;
}

static unsigned int copies(const struct session *session, const struct event *event)
{
	unsigned int count = 0, i;

	for (i = 0; i < session->event_count; i++)
		count += session->event[i].kind == event->kind &&
			 session->event[i].by_initiator == event->by_initiator &&
			 session->event[i].stream == event->stream;
	return count;
}

/**
 * event_add() - the story's packet is something new
 * @story: the story
 * @tale: of which session it is
 * @kind: what it is
 * @by_initiator: who sent it
 * @stream: index, or -1
 * @mark: see struct event
 *
 * Return: the event, or NULL where there is no room, which is counted.
 */
struct event *event_add(struct story *story, struct tale *tale, enum event_kind kind,
			bool by_initiator, int stream, uint32_t mark)
{
	struct session *session = &tale->session;
	struct event *event;

	tale_touch(story, tale);
	if (!room_for_event(story, tale)) {
		session->untold++;
		return NULL;
	}
	event = &session->event[session->event_count];
	*event = (struct event){
		.kind = kind,
		.by_initiator = by_initiator,
		.stream = stream,
		.mark = mark,
		.length = story->packet->length,
	};
	event->copy = copies(session, event) + 1;
	session->event_count++;
	story->events_kept++;
	event_see(event, story->packet);
	return event;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions under way: how they are found, and when they are over.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/flow.h"
#include "replay/story_private.h"

/* Seconds without a packet after which no more is to be expected. */
#define QUIET_ANSWERED	60	/* rep-tries are 10 s apart: amandad.c, ACK_TIMEOUT */
#define QUIET_UNHEARD	300	/* protocol.c: 30 s for three REQs, twice that again */
#define QUIET_UNTRIED	180	/* no helper keeps a port open longer */

/**
 * endpoint_equal() - do both name one socket?
 * @a: one
 * @b: the other
 */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

static void link_newest(struct story *story, struct tale *tale)
{
	tale->newer = NULL;
	tale->older = story->newest;
	*(story->newest ? &story->newest->newer : &story->oldest) = tale;
	story->newest = tale;
}

static void unlink_tale(struct story *story, struct tale *tale)
{
	*(tale->newer ? &tale->newer->older : &story->newest) = tale->older;
	*(tale->older ? &tale->older->newer : &story->oldest) = tale->newer;
}

/**
 * tale_touch() - something happened to a session
 * @story: the story
 * @tale: the session
 */
void tale_touch(struct story *story, struct tale *tale)
{
	tale->session.last = story->packet->time;
	if (tale->leader)
		tale = tale->leader;
	tale->session.last = story->packet->time;
	if (tale == story->newest)
		return;
	unlink_tale(story, tale);
	link_newest(story, tale);
}

/**
 * tale_follow() - a session shares its connection with another
 * @story: the story
 * @tale: the session
 * @leader: the other
 */
void tale_follow(struct story *story, struct tale *tale, struct tale *leader)
{
	unlink_tale(story, tale);
	tale->leader = leader;
}

static uint32_t hosts_hash(const struct address *a, const struct address *b)
{
	return hash_address(hash_address(0, a), b);
}

/**
 * tale_sides() - put a session into the tables, by its addresses of both sides of NAT
 * @story: the story
 * @tale: the session
 */
void tale_sides(struct story *story, struct tale *tale)
{
	struct session *s = &tale->session;
	unsigned int side;

	s->translated = !endpoint_equal(&s->initiator[0], &s->initiator[1]) ||
			!endpoint_equal(&s->responder[0], &s->responder[1]);
	if (s->auth >= AUTH_BSDTCP)
		return;
	for (side = 0; side < 2; side++) {
		table_remove(&tale->by_flow[side]);
		table_remove(&tale->by_hosts[side]);
		if (side && !s->translated)
			break;
		table_add(&story->by_flow, &tale->by_flow[side],
			  hash_tuple(IPPROTO_UDP, &s->initiator[side], &s->responder[side]), tale);
		table_add(&story->by_hosts, &tale->by_hosts[side],
			  hosts_hash(&s->initiator[side].address, &s->responder[side].address),
			  tale);
	}
}

/**
 * tale_add_side() - an event was seen at two places: what NAT made of the addresses
 * @story: the story
 * @tale: the session
 * @event: of its control flow
 */
void tale_add_side(struct story *story, struct tale *tale, const struct event *event)
{
	const struct sighting *near = &event->seen[0];
	const struct sighting *far = &event->seen[event->seen_count - 1];
	struct session *s = &tale->session;

	if (event->by_initiator) {
		s->initiator[0] = near->source;
		s->responder[0] = near->destination;
		s->initiator[1] = far->source;
		s->responder[1] = far->destination;
	} else {
		s->initiator[0] = far->destination;
		s->responder[0] = far->source;
		s->initiator[1] = near->destination;
		s->responder[1] = near->source;
	}
	tale_sides(story, tale);
}

/**
 * tale_new() - a session begins
 * @story: the story
 * @auth: how
 * @from: the initiator
 * @to: the responder
 *
 * Return: the session, or NULL where there is no memory.
 */
struct tale *tale_new(struct story *story, enum session_auth auth, const struct endpoint *from,
		      const struct endpoint *to)
{
	struct tale *tale;
	unsigned int side;

	while (story->tales >= TALES_MAX || story->events_kept >= EVENTS_TOTAL) {
		story->counts.forgotten++;
		story_hand_out(story, story->oldest);
	}
	tale = calloc(1, sizeof(*tale));
	if (!tale) {
		story->no_memory = true;
		return NULL;
	}
	tale->session.number = ++story->session_count;
	tale->session.auth = auth;
	tale->session.start = story->packet->time;
	tale->session.last = story->packet->time;
	for (side = 0; side < 2; side++) {
		tale->session.initiator[side] = *from;
		tale->session.responder[side] = *to;
	}
	tale_sides(story, tale);
	link_newest(story, tale);
	story->tales++;
	return tale;
}

/**
 * tale_free() - forget a session
 * @story: the story
 * @tale: the session
 */
void tale_free(struct story *story, struct tale *tale)
{
	unsigned int side, i;

	if (!tale->leader)
		unlink_tale(story, tale);
	while (tale->conns)
		conn_free(tale->conns);
	table_remove(&tale->by_request);
	for (side = 0; side < 2; side++) {
		table_remove(&tale->by_flow[side]);
		table_remove(&tale->by_hosts[side]);
		for (i = 0; i < AMANDA_STREAMS_MAX; i++)
			table_remove(&tale->announced[i][side].node);
	}
	story->tales--;
	story->events_kept -= tale->session.event_count;
	free(tale->session.event);
	free(tale);
}

static uint32_t request_hash(const char *handle, size_t length, int32_t sequence)
{
	return hash_bytes(hash_bytes(2166136261u, &sequence, sizeof(sequence)), handle, length);
}

/* What of a handle is kept; longer ones are told apart by their hash as well. */
static size_t kept(const struct session *session, size_t length)
{
	return length < sizeof(session->handle) ? length : sizeof(session->handle) - 1;
}

/**
 * tale_request() - a session has a name
 * @story: the story
 * @tale: the session
 * @handle: of the request
 * @length: bytes of it
 * @sequence: likewise
 */
void tale_request(struct story *story, struct tale *tale, const char *handle, size_t length,
		  int32_t sequence)
{
	memcpy(tale->session.handle, handle, kept(&tale->session, length));
	tale->session.sequence = sequence;
	table_add(&story->by_request, &tale->by_request, request_hash(handle, length, sequence),
		  tale);
}

/**
 * tale_with_request() - find sessions by what they are called
 * @story: the story
 * @handle: of the request
 * @length: bytes of it
 * @sequence: likewise
 * @at: NULL to begin; to go on with the next one
 *
 * Return: the session, or NULL.
 */
struct tale *tale_with_request(const struct story *story, const char *handle, size_t length,
			       int32_t sequence, struct node **at)
{
	struct tale *tale;

	*at = *at ? table_next(*at) :
		    table_first(&story->by_request, request_hash(handle, length, sequence));
	for (; *at; *at = table_next(*at)) {
		tale = (*at)->of;
		length = kept(&tale->session, length);
		if (tale->session.sequence == sequence && !tale->session.handle[length] &&
		    !memcmp(tale->session.handle, handle, length))
			return tale;
	}
	return NULL;
}

/**
 * tale_goes() - is this the way of a session's control flow?
 * @tale: the session
 * @from: where a packet comes from
 * @to: where it goes to
 * @by_initiator: in this direction
 */
bool tale_goes(const struct tale *tale, const struct endpoint *from, const struct endpoint *to,
	       bool by_initiator)
{
	const struct session *s = &tale->session;
	unsigned int side;

	for (side = 0; side < 2; side++)
		if (endpoint_equal(by_initiator ? from : to, &s->initiator[side]) &&
		    endpoint_equal(by_initiator ? to : from, &s->responder[side]))
			return true;
	return false;
}

static bool stream_over(const struct stream *stream)
{
	return stream->fate != FATE_OPEN && stream->fate != FATE_UNTRIED &&
	       stream->fate != FATE_SILENT;
}

static int64_t quiet_seconds(const struct session *s)
{
	unsigned int i;

	/* Connections that live say so seldom: SO_KEEPALIVE is two hours. */
	if (s->auth >= AUTH_BSDTCP)
		return s->control.fate == FATE_OPEN ? AMANDA_REPLY_SECONDS + 3600 :
		       s->control.fate == FATE_SILENT ? QUIET_UNTRIED : QUIET_ANSWERED;
	if (s->answer == ANSWERED_NOT)
		return QUIET_UNHEARD;
	if (s->answer == ANSWERED_ACK)
		return AMANDA_REPLY_SECONDS + QUIET_UNHEARD;
	for (i = 0; i < s->stream_count; i++)
		if (s->stream[i].fate == FATE_OPEN)
			return AMANDA_REPLY_SECONDS + 3600;
	for (i = 0; i < s->stream_count; i++)
		if (!stream_over(&s->stream[i]))
			return QUIET_UNTRIED;
	return QUIET_ANSWERED;
}

/**
 * tale_over() - will nothing more come?
 * @tale: the session
 * @now: time of the capture
 */
bool tale_over(const struct tale *tale, int64_t now)
{
	return now - tale->session.last > quiet_seconds(&tale->session) * SECOND;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What requests and answers say, whichever way they come.
 */
#include <stdio.h>
#include <string.h>

#include "replay/story_private.h"

/* What users call what a service does; the names are those of SERVICE lines. */
static const struct {
	const char *service;
	const char *operation;
} operations_of[] = {
	{ "noop", "greeting" },
	{ "selfcheck", "check" },
	{ "sendsize", "estimate" },
	{ "sendbackup", "dump" },
	{ "amindexd", "recovery index" },
	{ "amidxtaped", "recovery tape" },
	{ "restore", "restore to the client" },
	{ "amdumpd", "dump asked for by the client" },
	{ "ambackupd", "backup sent by the client" },
	{ "senddiscover", "discovery" },
};

static const char *operation_of(const char *service)
{
	size_t i;

	for (i = 0; i < sizeof(operations_of) / sizeof(*operations_of); i++)
		if (!strcmp(service, operations_of[i].service))
			return operations_of[i].operation;
	return *service ? "service" : "unknown request";
}

/**
 * control_kind() - the event that a packet is
 * @type: of the packet
 */
enum event_kind control_kind(enum amanda_type type)
{
	static const enum event_kind kinds[] = {
		[AMANDA_REQ] = EVENT_REQUEST,
		[AMANDA_REP] = EVENT_ANSWER,
		[AMANDA_PREP] = EVENT_PARTIAL,
		[AMANDA_ACK] = EVENT_ACK,
		[AMANDA_NAK] = EVENT_REFUSAL,
	};

	return kinds[type];
}

/* Takes the rest of a line that begins so, where the body has one. */
static bool take_line(const char *body, size_t length, const char *begins, char *text, size_t size)
{
	size_t word = strlen(begins), rest;
	const char *end;

	while (length) {
		end = memchr(body, '\n', length);
		rest = end ? (size_t)(end - body) : length;
		if (rest > word && !memcmp(body, begins, word)) {
			rest = rest - word < size - 1 ? rest - word : size - 1;
			memcpy(text, body + word, rest);
			text[strnlen(text, rest)] = '\0';
			return true;
		}
		length -= end ? rest + 1 : rest;
		body += end ? rest + 1 : rest;
	}
	return false;
}

static void request(struct session *s, const char *body, size_t length,
		    const struct packet *packet)
{
	s->requests++;
	if (s->requested)
		return;
	s->requested = true;
	s->request = packet->number;
	s->request_time = packet->time;
	take_line(body, length, "SERVICE ", s->service, sizeof(s->service));
	s->operation = operation_of(s->service);
}

static void answer(struct session *s, bool refused, const char *body, size_t length,
		   const struct packet *packet)
{
	s->answers++;
	if (s->answer < ANSWERED_REP) {
		s->reply = packet->number;
		s->reply_time = packet->time;
		s->reply_length = packet->length;
	}
	if (s->answer < ANSWERED_REP || !refused)
		s->answer = refused ? ANSWERED_NAK : ANSWERED_REP;
	if (!*s->text)
		take_line(body, length, "ERROR ", s->text, sizeof(s->text));
}

/**
 * control_packet() - a packet of a control flow, in whatever it came
 * @tale: its session
 * @kind: what it is
 * @by_initiator: who sent it
 * @body: what stands behind its header
 * @length: bytes of it that are there
 * @packet: in which it came
 */
void control_packet(struct tale *tale, enum event_kind kind, bool by_initiator, const char *body,
		    size_t length, const struct packet *packet)
{
	struct session *s = &tale->session;

	switch (kind) {
	case EVENT_REQUEST:
		request(s, body, length, packet);
		break;
	case EVENT_ANSWER:
	case EVENT_REFUSAL:
		answer(s, kind == EVENT_REFUSAL, body, length, packet);
		break;
	case EVENT_ACK:
		if (by_initiator)
			s->confirmed = s->answer >= ANSWERED_REP;
		else if (s->answer == ANSWERED_NOT)
			s->answer = ANSWERED_ACK;
		break;
	default:
		break;
	}
	if (!s->operation)
		s->operation = operation_of("");
}

static void announce(struct story *story, struct tale *tale, int i, unsigned int side,
		     int32_t number)
{
	struct announced *announced = &tale->announced[i][side];

	table_remove(&announced->node);
	if (tale->session.stream[i].inside || number <= 0)
		return;
	announced->tale = tale;
	announced->stream = i;
	announced->target.address = tale->session.responder[side].address;
	announced->target.port = number;
	table_add(&story->by_target, &announced->node, hash_endpoint(0, &announced->target),
		  announced);
}

static void stream_begin(struct stream *stream, const char *data,
			 const struct amanda_stream *announced, bool tcp)
{
	memset(stream, 0, sizeof(*stream));
	memcpy(stream->tag, data + announced->tag_offset, announced->tag_length);
	stream->number = announced->number;
	stream->renumbered = announced->number;
	stream->inside = announced->number > 0 && (tcp || !amanda_stream_is_port(announced));
	stream->fate = announced->number > 0 ? FATE_UNTRIED : FATE_ABSENT;
}

/* Two ports are two connections, so bsd; an id that is no port lies inside, so bsdudp. */
static void tell_auth(struct session *s)
{
	unsigned int ports = 0, inside = 0, i;

	for (i = 0; i < s->stream_count; i++) {
		inside += s->stream[i].inside;
		ports += s->stream[i].fate != FATE_ABSENT && !s->stream[i].inside;
	}
	if (s->auth == AUTH_DATAGRAMS && (inside || ports > 1))
		s->auth = inside ? AUTH_BSDUDP : AUTH_BSD;
}

/**
 * control_streams() - an answer announces streams
 * @story: the story
 * @tale: the session
 * @data: where the offsets of @amanda count from
 * @amanda: the answer
 */
void control_streams(struct story *story, struct tale *tale, const char *data,
		     const struct amanda_packet *amanda)
{
	struct session *s = &tale->session;
	unsigned int i, side;

	if (s->stream_count)
		return;
	for (i = 0; i < amanda->stream_count; i++) {
		stream_begin(&s->stream[i], data, &amanda->stream[i], s->auth >= AUTH_BSDTCP);
		s->stream_count++;
		for (side = 0; side < 2; side++)
			announce(story, tale, i, side, s->stream[i].number);
		story->counts.announced += s->stream[i].fate != FATE_ABSENT &&
					   !s->stream[i].inside;
	}
	tell_auth(s);
}

/**
 * control_renumber() - an answer was seen again, at the other side of NAT
 * @story: the story
 * @tale: the session
 * @event: the answer
 * @data: as it was seen last
 * @amanda: likewise
 *
 * The place nearest to the responder has the numbers that it wrote, and the one
 * nearest to the initiator those that came to it.
 */
void control_renumber(struct story *story, struct tale *tale, const struct event *event,
		      const char *data, const struct amanda_packet *amanda)
{
	bool near_responder = event->seen[0].number == story->packet->number &&
			      event->seen[0].point == story->packet->point;
	struct session *s = &tale->session;
	unsigned int i;

	control_streams(story, tale, data, amanda);
	for (i = 0; i < s->stream_count && i < amanda->stream_count; i++) {
		if (near_responder)
			s->stream[i].number = amanda->stream[i].number;
		else
			s->stream[i].renumbered = amanda->stream[i].number;
		announce(story, tale, i, 0, s->stream[i].renumbered);
		announce(story, tale, i, 1, s->stream[i].number);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is inside of a TCP connection: the requests and streams of bsdtcp, the
 * streams of bsdudp, or TLS, of which nothing more can be said.
 */
#include <stdio.h>
#include <string.h>

#include "replay/story_private.h"

/* A connection of Amanda carries one request, or a handful. */
#define MEMBERS_MAX	128
/* RFC 8446, 5.1: the first record of TLS. */
#define TLS_HANDSHAKE	22
/* An answer without its header is given this one, so that the grammar can read it. */
#define BARE_HEADER	"Amanda 0.0 REP HANDLE 0 SEQ 0\n"

static struct tale *member_with_handle(struct tale *leader, const char *handle)
{
	struct tale *tale, *found = NULL;

	for (tale = leader; tale; tale = tale->member)
		if (!strcmp(tale->session.handle, handle))
			found = tale;
	return found;
}

static struct tale *member_new(struct conn *conn)
{
	struct tale **end = &conn->tale->member, *tale;
	unsigned int count = 0;

	for (; *end; end = &(*end)->member)
		count++;
	if (count >= MEMBERS_MAX)
		return NULL;
	tale = tale_new(conn->story, AUTH_BSDTCP, &conn->end[0], &conn->end[1]);
	if (!tale)
		return NULL;
	/* It is handed out behind its leader, and has no place of its own. */
	tale->session.control_number = conn->tale->session.control_number;
	tale->session.member = true;
	tale_follow(conn->story, tale, conn->tale);
	*end = tale;
	return tale;
}

static struct tale *member_for(struct conn *conn, enum event_kind kind, uint32_t number)
{
	char handle[sizeof(conn->tale->session.handle)];
	struct tale *tale;

	snprintf(handle, sizeof(handle), "%u", number);
	tale = member_with_handle(conn->tale, handle);
	if (tale && (kind != EVENT_REQUEST || tale->session.answer < ANSWERED_REP))
		return tale;
	tale = *conn->tale->session.handle ? member_new(conn) : conn->tale;
	if (tale)
		snprintf(tale->session.handle, sizeof(tale->session.handle), "%s", handle);
	return tale;
}

static void read_streams(struct story *story, struct tale *tale, const char *body, size_t length)
{
	char text[sizeof(BARE_HEADER) + FRAMES_BODY];
	struct amanda_packet amanda;
	size_t header = sizeof(BARE_HEADER) - 1;

	memcpy(text, BARE_HEADER, header);
	memcpy(text + header, body, length);
	tale->session.refusal = amanda_packet_parse(text, header + length, &amanda);
	if (!tale->session.refusal)
		control_streams(story, tale, text, &amanda);
}

static void packet_inside(struct conn *conn, unsigned int side, const struct frame *frame,
			  const uint8_t *body, size_t length)
{
	struct story *story = conn->story;
	enum event_kind kind;
	struct tale *tale;

	if (!length || body[0] > AMANDA_NAK)
		return;
	conn->tale->session.auth = AUTH_BSDTCP;
	kind = control_kind(body[0]);
	tale = member_for(conn, kind, frame->handle);
	if (!tale)
		return;
	event_add(story, tale, kind, !side, -1, story->packet->tcp.sequence);
	control_packet(tale, kind, !side, (const char *)body + 1, length - 1, story->packet);
	if (kind == EVENT_ANSWER) {
		tale->session.reply_length = frame->length;
		read_streams(story, tale, (const char *)body + 1, length - 1);
	}
}

/* The first stream of bsdudp has a port, and its handle is that. */
static struct stream *stream_numbered(struct conn *conn, uint32_t handle)
{
	const struct stream *own = conn_stream(conn);
	struct stream *found = NULL;
	struct tale *tale;
	struct session *s;
	unsigned int i;

	for (tale = conn->tale; tale; tale = tale->member) {
		s = &tale->session;
		for (i = 0; i < s->stream_count; i++)
			if (s->stream[i].number == (int32_t)handle &&
			    (s->stream[i].inside || &s->stream[i] == own))
				found = &s->stream[i];
	}
	return found;
}

static void stream_inside(struct conn *conn, unsigned int side, const struct frame *frame)
{
	const struct packet *packet = conn->story->packet;
	struct stream *stream = stream_numbered(conn, frame->handle);

	if (!stream)
		return;
	stream->last_time = packet->time;
	if (stream->fate == FATE_UNTRIED) {
		stream->fate = FATE_OPEN;
		stream->answered = packet->number;
		stream->answered_time = packet->time;
	}
	stream->bytes[side] += frame->length;
	if (frame->length || stream->ended)
		return;
	stream->fate = FATE_CLOSED;
	stream->ended = packet->number;
	stream->ended_time = packet->time;
	stream->ended_by_initiator = !side;
}

static void frame_came(void *arg, unsigned int side, const struct frame *frame,
		       const uint8_t *body, size_t length)
{
	struct conn *conn = arg;

	if (conn->stream < 0 && frame->handle < FRAME_STREAM)
		packet_inside(conn, side, frame, body, length);
	else
		stream_inside(conn, side, frame);
}

static const struct frames_events frames_events = { .frame = frame_came };

static void follow(struct conn *conn)
{
	unsigned int side;

	conn->frames = frames_new(&frames_events, conn, &conn->story->frames_room);
	if (!conn->frames) {
		conn->story->no_memory = true;
		return;
	}
	for (side = 0; side < 2; side++)
		if (conn->known[side])
			frames_start(conn->frames, side, conn->first[side]);
}

static void no_frames(struct conn *conn)
{
	frames_free(conn->frames);
	conn->frames = NULL;
}

static void look_at_control(struct conn *conn, const struct packet *packet)
{
	if (packet->data[0] != TLS_HANDSHAKE)
		return;
	conn->tale->session.auth = AUTH_SSL;
	no_frames(conn);
}

/* In bsdudp the first stream's handle is its port: tcp1_stream_server(). */
static void look_at_stream(struct conn *conn, const struct packet *packet)
{
	struct session *s = &conn->tale->session;
	struct frame frame;

	if (s->auth != AUTH_DATAGRAMS || packet->captured < FRAME_HEADER)
		return;
	frame = frame_read(packet->data);
	s->auth = frame.length <= FRAME_MAX &&
		  frame.handle == (uint32_t)s->stream[conn->stream].number ? AUTH_BSDUDP : AUTH_BSD;
	if (s->auth == AUTH_BSD)
		no_frames(conn);
}

static bool may_have_frames(const struct conn *conn)
{
	enum session_auth auth = conn->tale->session.auth;

	return conn->stream < 0 || auth == AUTH_DATAGRAMS || auth == AUTH_BSDUDP;
}

/**
 * conn_look() - bytes of a connection
 * @conn: the connection
 * @side: who sent them: 0 for the initiator
 * @packet: in which they are
 *
 * The first of them tell what is inside; until they come, anything may be.
 */
void conn_look(struct conn *conn, unsigned int side, const struct packet *packet)
{
	const struct segment segment = {
		.sequence = packet->tcp.sequence,
		.data = packet->data,
		.captured = packet->captured,
		.length = packet->length,
	};

	if (!conn->seen && may_have_frames(conn))
		follow(conn);
	conn->seen = true;
	if (!conn->looked && packet->captured && segment.sequence == conn->first[side]) {
		conn->looked = true;
		if (conn->stream < 0)
			look_at_control(conn, packet);
		else
			look_at_stream(conn, packet);
	}
	if (conn->frames)
		frames_feed(conn->frames, side, &segment);
}

/**
 * conn_settle() - what was followed is over
 * @conn: the connection
 *
 * A frame is counted as it begins; what never came of it is taken back.
 */
void conn_settle(struct conn *conn)
{
	struct session *s = &conn->tale->session;
	enum frames_state state = frames_state(conn->frames);
	struct stream *own = conn_stream(conn);
	uint32_t handle, bytes;
	struct stream *stream;
	unsigned int side;

	if (state > s->frames)
		s->frames = state;
	for (side = 0; side < 2 && !conn->near; side++)
		if (!conn->frames || conn->stream < 0)
			own->bytes[side] += conn->bytes[side];
	for (side = 0; conn->frames && side < 2; side++) {
		stream = frames_left(conn->frames, side, &handle, &bytes) ?
				 stream_numbered(conn, handle) : NULL;
		if (stream)
			stream->bytes[side] -= bytes;
	}
}

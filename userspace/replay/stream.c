// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TCP connections: those that an answer announced, and those to amandad's port.
 * Of all others nothing is kept, however many there are.
 */
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "replay/story_private.h"

/* So long after an answer a connection may be meant to be one of its streams. */
#define STRAY_SECONDS	180

/**
 * conn_stream() - the stream that a connection is
 * @conn: the connection
 */
struct stream *conn_stream(const struct conn *conn)
{
	struct session *session = &conn->tale->session;

	return conn->stream < 0 ? &session->control : &session->stream[conn->stream];
}

/**
 * conn_find() - find a connection that is followed
 * @story: the story
 * @from: where a segment comes from
 * @to: where it goes to
 * @side: set to who sent it: 0 for the initiator
 *
 * Return: the connection, or NULL.
 */
struct conn *conn_find(const struct story *story, const struct endpoint *from,
		       const struct endpoint *to, unsigned int *side)
{
	struct node *node = table_first(&story->by_tuple, hash_tuple(IPPROTO_TCP, from, to));
	struct conn *conn;

	for (; node; node = table_next(node)) {
		conn = node->of;
		*side = !endpoint_equal(from, &conn->end[0]);
		if (endpoint_equal(from, &conn->end[*side]) &&
		    endpoint_equal(to, &conn->end[!*side]))
			return conn;
	}
	return NULL;
}

static struct conn *conn_new(struct story *story, struct tale *tale, int stream)
{
	const struct packet *packet = story->packet;
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		story->no_memory = true;
		return NULL;
	}
	conn->story = story;
	conn->tale = tale;
	conn->stream = stream;
	conn->end[0] = packet->source;
	conn->end[1] = packet->destination;
	conn->first[0] = packet->tcp.sequence + 1;
	conn->top[0] = conn->first[0];
	conn->known[0] = true;
	conn->next = tale->conns;
	tale->conns = conn;
	table_add(&story->by_tuple, &conn->by_tuple,
		  hash_tuple(IPPROTO_TCP, &conn->end[0], &conn->end[1]), conn);
	table_add(&story->by_mark, &conn->by_mark, packet->tcp.sequence, conn);
	return conn;
}

/* Its ports are used anew: what is known of it stays with its session. */
static void conn_forget(struct conn *conn)
{
	table_remove(&conn->by_tuple);
	table_remove(&conn->by_mark);
}

/**
 * conn_free() - follow a connection no longer
 * @conn: the connection
 */
void conn_free(struct conn *conn)
{
	struct conn **at = &conn->tale->conns;

	while (*at != conn)
		at = &(*at)->next;
	*at = conn->next;
	conn_forget(conn);
	frames_free(conn->frames);
	free(conn);
}

/* One SYN is told of once, wherever it is seen. */
static void asked(struct story *story, struct conn *conn)
{
	const struct packet *packet = story->packet;
	struct stream *stream = conn_stream(conn);
	uint32_t mark = packet->tcp.sequence;
	struct event *event;

	event = event_of_packet(conn->tale, EVENT_SYN, true, conn->stream, mark, packet);
	if (event) {
		event_see(event, packet);
		notes_pair(story, conn->tale, event, packet);
		return;
	}
	event = event_add(story, conn->tale, EVENT_SYN, true, conn->stream, mark);
	notes_add(story, conn->tale, event, packet);
	stream->syns++;
	if (stream->syn)
		return;
	stream->syn = packet->number;
	stream->syn_time = packet->time;
	stream->last_time = packet->time;
	stream->source = packet->source;
	stream->target = packet->destination;
	stream->fate = FATE_SILENT;
}

/* The same SYN before NAT and behind it. */
static struct conn *before_nat(const struct story *story, const struct packet *packet)
{
	struct node *node = table_first(&story->by_mark, packet->tcp.sequence);
	struct conn *conn;

	for (; node; node = table_next(node)) {
		conn = node->of;
		if (event_of_packet(conn->tale, EVENT_SYN, true, conn->stream,
				    packet->tcp.sequence, packet))
			return conn;
	}
	return NULL;
}

static bool may_be_tried(const struct stream *stream)
{
	return stream->fate == FATE_UNTRIED || stream->fate == FATE_SILENT ||
	       stream->fate == FATE_REFUSED || stream->fate == FATE_REJECTED;
}

static struct announced *announced_at(const struct story *story, const struct packet *packet)
{
	struct node *node = table_first(&story->by_target,
					hash_endpoint(0, &packet->destination));
	struct announced *announced;
	struct session *s;

	for (; node; node = table_next(node)) {
		announced = node->of;
		s = &announced->tale->session;
		if (endpoint_equal(&announced->target, &packet->destination) &&
		    (address_equal(&packet->source.address, &s->initiator[0].address) ||
		     address_equal(&packet->source.address, &s->initiator[1].address)) &&
		    may_be_tried(&s->stream[announced->stream]))
			return announced;
	}
	return NULL;
}

static void begin_control(struct story *story, const struct packet *packet)
{
	struct tale *tale = tale_new(story, AUTH_TCP, &packet->source, &packet->destination);
	struct conn *conn;

	if (!tale)
		return;
	tale->session.operation = "connection";
	tale->session.control_number = ++story->connection_count;
	tale->session.control.number = packet->destination.port;
	tale->session.control.renumbered = packet->destination.port;
	conn = conn_new(story, tale, -1);
	if (conn)
		asked(story, conn);
}

static struct tale *session_of_hosts(const struct story *story, const struct packet *packet)
{
	const struct address *from = &packet->source.address, *to = &packet->destination.address;
	struct node *node = table_first(&story->by_hosts, hash_address(hash_address(0, from), to));
	const struct session *s;
	struct tale *tale;
	unsigned int side, looked = 0;

	for (; node && looked++ < SESSIONS_LOOKED_AT; node = table_next(node)) {
		tale = node->of;
		s = &tale->session;
		for (side = 0; side < 2; side++)
			if (s->stream_count && address_equal(from, &s->initiator[side].address) &&
			    address_equal(to, &s->responder[side].address) &&
			    packet->time - s->reply_time < STRAY_SECONDS * SECOND)
				return tale;
	}
	return NULL;
}

static bool stray_known(struct story *story, const struct packet *packet)
{
	struct stray_key *key;
	size_t i;

	for (i = 0; i < STRAYS_KEPT; i++)
		if (story->stray[i].mark == packet->tcp.sequence &&
		    story->stray[i].source.port == packet->source.port)
			return true;
	key = &story->stray[story->stray_next++ % STRAYS_KEPT];
	key->source = packet->source;
	key->mark = packet->tcp.sequence;
	return false;
}

static void stray(struct story *story, const struct packet *packet)
{
	struct tale *tale;
	struct stray stray = {
		.source = packet->source,
		.target = packet->destination,
		.number = packet->number,
		.time = packet->time,
	};

	if (packet->destination.port < 1024)
		return;
	tale = session_of_hosts(story, packet);
	if (!tale || stray_known(story, packet))
		return;
	notes_add(story, NULL, NULL, packet);
	stray.session = tale->session.number;
	story->counts.strays++;
	if (!tale->session.stray) {
		tale->session.stray = packet->number;
		tale->session.stray_port = packet->destination.port;
	}
	if (story->events->stray)
		story->events->stray(story->arg, &stray);
}

static void syn(struct story *story, struct conn *conn, unsigned int side,
		const struct packet *packet)
{
	struct announced *announced;
	struct conn *near;

	if (conn && !side && conn->first[0] == packet->tcp.sequence + 1) {
		asked(story, conn);
		return;
	}
	if (conn)
		conn_forget(conn);
	near = before_nat(story, packet);
	if (near) {
		conn = conn_new(story, near->tale, near->stream);
		if (conn) {
			conn->near = near->near ? : near;
			asked(story, conn);
		}
		return;
	}
	announced = announced_at(story, packet);
	if (announced) {
		conn = conn_new(story, announced->tale, announced->stream);
		if (conn)
			asked(story, conn);
	} else if (packet->destination.port == story->port) {
		begin_control(story, packet);
	} else {
		stray(story, packet);
	}
}

/*
 * A FIN by its place in the sequence, since segments are put together and cut apart on
 * their way (GRO, TSO).
 */
static uint32_t mark_of(enum event_kind kind, const struct packet *packet)
{
	return packet->tcp.sequence + (kind == EVENT_END ? packet->length : 0);
}

/* Something of the connection that is told of: once, wherever it is seen. */
static bool is_news(struct story *story, struct conn *conn, enum event_kind kind,
		    unsigned int side)
{
	const struct packet *packet = story->packet;
	struct event *event;

	event = event_of_packet(conn->tale, kind, !side, conn->stream, mark_of(kind, packet),
				packet);
	if (event)
		event_see(event, packet);
	return !event;
}

static void accepted(struct story *story, struct conn *conn)
{
	const struct packet *packet = story->packet;
	struct stream *stream = conn_stream(conn);

	conn->first[1] = packet->tcp.sequence + 1;
	conn->top[1] = conn->first[1];
	conn->known[1] = true;
	if (!is_news(story, conn, EVENT_SYN_ANSWER, 1))
		return;
	event_add(story, conn->tale, EVENT_SYN_ANSWER, false, conn->stream, packet->tcp.sequence);
	if (stream->fate == FATE_OPEN)
		return;
	stream->fate = FATE_OPEN;
	stream->answered = packet->number;
	stream->answered_time = packet->time;
	stream->last_time = packet->time;
}

static void end_stream(struct stream *stream, unsigned int side, const struct packet *packet)
{
	if (stream->ended)
		return;
	stream->ended = packet->number;
	stream->ended_time = packet->time;
	stream->ended_by_initiator = !side;
}

static void reset(struct story *story, struct conn *conn, unsigned int side)
{
	const struct packet *packet = story->packet;
	const struct conn *whole = conn->near ? : conn;
	struct stream *stream = conn_stream(conn);

	if (!is_news(story, conn, EVENT_RESET, side))
		return;
	/* Each segment that meets a closed socket is answered so; one is enough. */
	if (stream->fate == FATE_REFUSED || stream->fate == FATE_RESET)
		return;
	event_add(story, conn->tale, EVENT_RESET, !side, conn->stream, packet->tcp.sequence);
	if (stream->fate == FATE_SILENT && side) {
		stream->fate = FATE_REFUSED;
		stream->answered = packet->number;
		stream->answered_time = packet->time;
	} else if (stream->fate != FATE_CLOSED) {
		/* Who closes with bytes unread sends a RST behind its FIN: tcp_close(). */
		stream->fate = whole->ended[0] || whole->ended[1] ? FATE_CLOSED : FATE_RESET;
		end_stream(stream, side, packet);
	}
}

static void finish(struct story *story, struct conn *conn, unsigned int side)
{
	const struct packet *packet = story->packet;
	struct conn *whole = conn->near ? : conn;
	struct stream *stream = conn_stream(conn);

	if (!is_news(story, conn, EVENT_END, side) || whole->ended[side])
		return;
	whole->ended[side] = true;
	event_add(story, conn->tale, EVENT_END, !side, conn->stream,
		  mark_of(EVENT_END, packet));
	end_stream(stream, side, packet);
	if (whole->ended[!side] && stream->fate == FATE_OPEN)
		stream->fate = FATE_CLOSED;
}

static void carry(struct story *story, struct conn *conn, unsigned int side)
{
	const struct packet *packet = story->packet;
	uint32_t end = packet->tcp.sequence + packet->length;

	if (conn->near || !conn->known[side])
		return;
	tale_touch(story, conn->tale);
	conn_look(conn, side, packet);
	if ((int32_t)(end - conn->top[side]) <= 0)
		return;
	conn->bytes[side] += end - conn->top[side];
	conn->top[side] = end;
	conn_stream(conn)->last_time = packet->time;
}

/**
 * story_segment() - a TCP segment
 * @story: the story
 * @packet: it
 */
void story_segment(struct story *story, const struct packet *packet)
{
	uint8_t flags = packet->tcp.flags;
	unsigned int side = 0;
	struct conn *conn = conn_find(story, &packet->source, &packet->destination, &side);

	if ((flags & (TH_SYN | TH_ACK)) == TH_SYN) {
		syn(story, conn, side, packet);
		return;
	}
	if (!conn)
		return;
	if (flags & TH_SYN && side)
		accepted(story, conn);
	if (packet->length)
		carry(story, conn, side);
	if (flags & TH_FIN)
		finish(story, conn, side);
	if (flags & TH_RST)
		reset(story, conn, side);
}

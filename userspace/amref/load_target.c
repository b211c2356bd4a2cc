// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The targets of "amref load": one UDP socket for each address, and for each
 * REQ a session with its streams.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "amanda_exchange.h"
#include "features.h"
#include "load_parts.h"
#include "ports.h"
#include "wire.h"

#define BUCKETS		32768
/* amandad-src/amandad.c: rep-tries, and what it waits for a stream, in ACK waits. */
#define REP_TRIES	5
#define ACCEPT_WAIT	3
/* How long a session is remembered when it is over. */
#define LINGER_MS	1000
/* Packets that one turn takes from a socket. */
#define PACKETS		64
/* What a stream brings beside its proof. */
#define CHUNK		65536

enum end_state {
	END_NONE,
	END_LISTENING,
	END_PROVING,	/* connected; the proof is not out */
	END_SENDING,
	END_DONE,	/* all is out; the initiator closes */
};

/**
 * struct load_end - a target's end of a stream
 * @session: whose
 * @file: the listening socket, then the connection
 * @left: bytes that are not out yet, the proof not among them
 * @state: an enum end_state
 */
struct load_end {
	struct load_session *session;
	struct loop_file file;
	uint64_t left;
	uint8_t state;
};

/**
 * struct load_session - one REQ and what came of it
 * @next: in its bucket
 * @responder: whose socket it came to
 * @peer: who sent it
 * @timer: repeats the REP, then waits for the streams
 * @key: of the REQ
 * @sequence: of the REQ
 * @handle: likewise
 * @tries: how often the REP was sent
 * @streams: how many the REP announces
 * @connections: how many of these have sockets
 * @open: sockets that are not closed yet
 * @acknowledged: the REP was
 * @in_band: as auth bsdudp
 * @port: of the sockets
 * @end: the streams
 */
struct load_session {
	struct load_session *next;
	struct load_responder *responder;
	union load_address peer;
	struct loop_timer timer;
	uint32_t key;
	int32_t sequence;
	char handle[LOAD_HANDLE_MAX];
	uint8_t tries;
	uint8_t streams;
	uint8_t connections;
	uint8_t open;
	bool acknowledged;
	bool in_band;
	uint16_t port[AMANDA_STREAMS_MAX];
	struct load_end end[];
};

struct load_responder {
	struct load_targets *all;
	struct loop_file udp;
	union load_address address;
};

struct load_targets {
	struct load *load;
	struct load_session *bucket[BUCKETS];
	size_t responders;
	char chunk[CHUNK];
	struct load_responder responder[];
};

static struct load *load_of(const struct load_session *session)
{
	return session->responder->all->load;
}

/* --- sessions --------------------------------------------------------------- */

static bool same_peer(const union load_address *a, const union load_address *b)
{
	if (a->in.sin_port != b->in.sin_port || a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
}

static struct load_session **bucket_of(struct load_targets *all, uint32_t key)
{
	return &all->bucket[key % BUCKETS];
}

static struct load_session *find(struct load_responder *responder, const union load_address *peer,
				 uint32_t key)
{
	struct load_session *session = *bucket_of(responder->all, key);

	while (session && (session->key != key || session->responder != responder ||
			   !same_peer(&session->peer, peer)))
		session = session->next;
	return session;
}

static void close_end(struct load_end *end)
{
	struct load *load;

	if (end->state == END_NONE)
		return;
	load = load_of(end->session);
	if (end->state == END_LISTENING)
		load->report->not_accepted++;
	loop_forget(load->loop, &end->file);
	close(end->file.fd);
	load->files++;
	end->state = END_NONE;
	end->session->open--;
}

static void forget(struct load_session *session)
{
	struct load_session **at = bucket_of(session->responder->all, session->key);
	unsigned int i;

	for (i = 0; i < session->connections; i++)
		close_end(&session->end[i]);
	loop_stop(load_of(session)->loop, &session->timer);
	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	free(session);
}

static void answer(struct load_session *session, enum amanda_type type, const char *body)
{
	char text[LOAD_PACKET_MAX];
	size_t length = wire_header(text, sizeof(text), type, session->handle, session->sequence);

	length += snprintf(text + length, sizeof(text) - length, "%s", body);
	load_send(&load_of(session)->net, session->responder->udp.fd, &session->peer, text,
		  length);
}

static void send_reply(struct load_session *session)
{
	char body[LOAD_PACKET_MAX / 2];
	unsigned int i;
	size_t length = snprintf(body, sizeof(body), "CONNECT");

	for (i = 0; i < session->streams; i++)
		length += snprintf(body + length, sizeof(body) - length, " %s %d", load_tag(i),
				   i < session->connections ? session->port[i] : 500000 - (int)i);
	snprintf(body + length, sizeof(body) - length, "\nOPTIONS features=%s;\n", FEATURES_OURS);
	session->tries++;
	answer(session, AMANDA_REP, body);
	loop_start(load_of(session)->loop, &session->timer, load_of(session)->options->ack_wait);
}

static void session_expired(void *arg)
{
	struct load_session *session = arg;

	if (session->acknowledged || session->tries >= REP_TRIES)
		return forget(session);
	load_of(session)->report->repeated++;
	send_reply(session);
}

static bool all_accepted(const struct load_session *session)
{
	unsigned int i;

	for (i = 0; i < session->connections; i++)
		if (session->end[i].state == END_LISTENING)
			return false;
	return true;
}

/* A connection proves that the REP came, even where its ACK was lost. */
static void acknowledged(struct load_session *session)
{
	struct load *load = load_of(session);

	if (all_accepted(session))
		loop_stop(load->loop, &session->timer);
	else if (!session->acknowledged)
		loop_start(load->loop, &session->timer, ACCEPT_WAIT * load->options->ack_wait);
	session->acknowledged = true;
}

/* --- streams ---------------------------------------------------------------- */

static size_t proof_of(const struct load_end *end, char *proof)
{
	const struct load_session *session = end->session;
	int32_t number[AMANDA_STREAMS_MAX];
	unsigned int i;

	if (!session->in_band)
		return load_proof(proof, session->key, end - session->end, NULL, 1);
	number[0] = session->port[0];
	for (i = 1; i < session->streams; i++)
		number[i] = 500000 - i;
	return load_proof(proof, session->key, 0, number, session->streams);
}

/* Returns false where the end was closed, or the pipe is full. */
static bool send_some(struct load_end *end)
{
	char proof[LOAD_PROOF_MAX];
	size_t size = proof_of(end, proof);
	ssize_t done;

	if (end->state == END_PROVING) {
		/* A fresh connection has room for it. */
		if (send(end->file.fd, proof, size, MSG_NOSIGNAL) != (ssize_t)size)
			return false;
		end->state = END_SENDING;
	}
	while (end->left) {
		size = end->left < CHUNK ? end->left : CHUNK;
		done = send(end->file.fd, end->session->responder->all->chunk, size,
			    MSG_NOSIGNAL);
		if (done <= 0)
			return false;
		end->left -= done;
	}
	end->state = END_DONE;
	return true;
}

static void close_last(struct load_end *end)
{
	struct load_session *session = end->session;

	close_end(end);
	/* A copy of the REQ that comes late must not open it all again. */
	if (!session->open)
		loop_start(load_of(session)->loop, &session->timer, LINGER_MS);
}

static void end_ready(void *arg, uint32_t events)
{
	struct load_end *end = arg;
	char unexpected[64];
	ssize_t got;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		got = read(end->file.fd, unexpected, sizeof(unexpected));
		if (got >= 0 || errno != EAGAIN)
			return close_last(end);
	}
	if (events & EPOLLOUT && end->state != END_DONE && send_some(end))
		loop_change(load_of(end->session)->loop, &end->file, EPOLLIN);
}

static void take_over(struct load_end *end, int fd)
{
	struct load *load = load_of(end->session);

	loop_forget(load->loop, &end->file);
	close(end->file.fd);
	end->file = (struct loop_file){ fd, end_ready, end };
	end->state = END_PROVING;
	if (loop_watch(load->loop, &end->file, send_some(end) ? EPOLLIN : EPOLLIN | EPOLLOUT))
		return close_last(end);
	acknowledged(end->session);
}

/* Whoever comes first has the stream, as with Amanda. */
static void listener_ready(void *arg, uint32_t events)
{
	struct load_end *end = arg;
	int fd = accept4(end->file.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0)
		take_over(end, fd);
}

static bool open_end(struct load_session *session, unsigned int i, uint64_t size)
{
	struct load *load = load_of(session);
	struct load_end *end = &session->end[i];

	end->session = session;
	end->left = size;
	end->file.ready = listener_ready;
	end->file.arg = end;
	end->file.fd = load_listen(&load->net, session->responder->address, &session->port[i]);
	if (end->file.fd < 0)
		return false;
	end->state = END_LISTENING;
	session->open++;
	return !loop_watch(load->loop, &end->file, EPOLLIN);
}

static bool open_ends(struct load_session *session, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < session->connections; i++)
		if (!open_end(session, i, size))
			return false;
	return true;
}

/* --- packets ---------------------------------------------------------------- */

static uint64_t option(const char *body, size_t length, const char *name, uint64_t most)
{
	char value[24];
	uint64_t number;

	if (!wire_option(body, length, name, value, sizeof(value)))
		return 0;
	number = strtoull(value, NULL, 10);
	return number < most ? number : most;
}

static struct load_session *new_session(struct load_responder *responder,
					const union load_address *peer, const char *data,
					size_t length, const struct amanda_packet *packet)
{
	const char *body = data + packet->body_offset;
	size_t rest = length - packet->body_offset;
	unsigned int streams = option(body, rest, "load-streams", AMANDA_STREAMS_MAX);
	bool in_band = option(body, rest, "load-in-band", 1);
	unsigned int connections = in_band && streams ? 1 : streams;
	struct load_session *session, **bucket;

	session = calloc(1, sizeof(*session) + connections * sizeof(*session->end));
	if (!session)
		return NULL;
	session->responder = responder;
	session->peer = *peer;
	session->timer = (struct loop_timer){ .expired = session_expired, .arg = session };
	session->key = amanda_request_key(data, packet, 0);
	session->sequence = packet->sequence;
	memcpy(session->handle, data + packet->handle_offset, packet->handle_length);
	session->streams = streams;
	session->connections = connections;
	session->in_band = in_band;
	bucket = bucket_of(responder->all, session->key);
	session->next = *bucket;
	*bucket = session;
	return session;
}

static void request_came(struct load_responder *responder, const union load_address *peer,
			 const char *data, size_t length, const struct amanda_packet *packet)
{
	struct load_report *report = responder->all->load->report;
	struct load_session *session = new_session(responder, peer, data, length, packet);
	uint64_t size;

	if (!session)
		return;
	report->requests++;
	if (!session->streams) {
		answer(session, AMANDA_NAK, "ERROR amref load serves its own initiators alone\n");
		return forget(session);
	}
	answer(session, AMANDA_ACK, "");
	size = option(data + packet->body_offset, length - packet->body_offset, "load-size",
		      UINT64_MAX);
	if (open_ends(session, size))
		return send_reply(session);
	report->no_port++;
	answer(session, AMANDA_NAK, errno == EADDRINUSE ?
	       "ERROR no port of the range is free\n" : "ERROR no socket for a stream\n");
	forget(session);
}

static void request_again(struct load_session *session)
{
	answer(session, AMANDA_ACK, "");
	if (!session->acknowledged)
		send_reply(session);
}

static void packet_came(struct load_responder *responder, const union load_address *peer,
			const char *data, size_t length)
{
	struct amanda_packet packet;
	struct load_session *session;

	if (amanda_packet_parse(data, length, &packet) ||
	    packet.handle_length >= LOAD_HANDLE_MAX ||
	    (packet.type != AMANDA_REQ && packet.type != AMANDA_ACK)) {
		responder->all->load->report->strange++;
		return;
	}
	session = find(responder, peer, amanda_request_key(data, &packet, 0));
	if (packet.type == AMANDA_REQ && !session)
		request_came(responder, peer, data, length, &packet);
	else if (packet.type == AMANDA_REQ)
		request_again(session);
	else if (session)
		acknowledged(session);
}

static void responder_ready(void *arg, uint32_t events)
{
	struct load_responder *responder = arg;
	union load_address peer;
	char data[LOAD_PACKET_MAX];
	int left = PACKETS;
	ssize_t length;

	(void)events;
	while (left--) {
		socklen_t size = sizeof(peer);

		memset(&peer, 0, sizeof(peer));
		length = recvfrom(responder->udp.fd, data, sizeof(data), 0, &peer.any, &size);
		if (length < 0)
			return;
		packet_came(responder, &peer, data, length);
	}
}

/* --- beginning and end ------------------------------------------------------ */

static bool start_responder(struct load_targets *all, const union load_address *address)
{
	struct load_responder *responder = &all->responder[all->responders];
	union load_address at = *address;
	int fd;

	address_set_port(&at.any, all->load->options->port);
	fd = load_udp(&all->load->net, LOAD_TO, at);
	if (fd < 0)
		return false;
	responder->all = all;
	responder->address = *address;
	responder->udp = (struct loop_file){ fd, responder_ready, responder };
	if (!loop_watch(all->load->loop, &responder->udp, EPOLLIN)) {
		all->responders++;
		return true;
	}
	load_close_udp(&all->load->net, fd);
	return false;
}

/**
 * load_targets_start() - begin to answer
 * @load: the run
 * @why: where it fails: one line
 * @why_size: room there
 *
 * Return: to be stopped, or NULL.
 */
struct load_targets *load_targets_start(struct load *load, char *why, size_t why_size)
{
	const struct load_addresses *serve = &load->options->serve;
	struct load_targets *all;
	char text[INET6_ADDRSTRLEN + 8];
	int error;
	size_t i;

	all = calloc(1, sizeof(*all) + serve->count * sizeof(*all->responder));
	if (!all) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	all->load = load;
	for (i = 0; i < serve->count; i++) {
		if (start_responder(all, &serve->address[i]))
			continue;
		error = errno;
		address_to_text(&serve->address[i].any, text, sizeof(text));
		snprintf(why, why_size, "%s port %u: %s", text, load->options->port,
			 strerror(error));
		load_targets_stop(all);
		return NULL;
	}
	return all;
}

/**
 * load_targets_stop() - forget all sessions
 * @all: NULL does nothing; freed
 */
void load_targets_stop(struct load_targets *all)
{
	size_t i;

	if (!all)
		return;
	for (i = 0; i < BUCKETS; i++)
		while (all->bucket[i])
			forget(all->bucket[i]);
	for (i = 0; i < all->responders; i++) {
		loop_forget(all->load->loop, &all->responder[i].udp);
		load_close_udp(&all->load->net, all->responder[i].udp.fd);
	}
	free(all);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session of an initiator of "amref load": the request, the answer, and the
 * streams that it names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "amanda_exchange.h"
#include "features.h"
#include "load_client.h"
#include "ports.h"
#include "wire.h"

/* common-src/protocol.c: how often a REQ is sent without an ACK, and without a REP. */
#define REQ_TRIES	3
#define RESET_TRIES	2
/* STARTUP_TIMEOUT of server-src/dumper.c is six times its ACK_WAIT. */
#define REP_WAIT	6
/* How many read() calls a stream gets before others are looked at. */
#define READS		16

static void most(uint64_t *high, uint64_t value)
{
	if (value > *high)
		*high = value;
}

static void close_stream(struct load_stream *stream)
{
	struct load *load = stream->client->all->load;

	if (stream->file.fd < 0)
		return;
	loop_forget(load->loop, &stream->file);
	close(stream->file.fd);
	load->files++;
	stream->file.fd = -1;
}

static void close_control(struct load_client *client)
{
	struct load *load = client->all->load;

	if (client->udp.fd < 0)
		return;
	loop_forget(load->loop, &client->udp);
	load_close_udp(&load->net, client->udp.fd);
	client->udp.fd = -1;
}

/**
 * load_client_end() - end a session
 * @client: free for the next one afterwards
 */
void load_client_end(struct load_client *client)
{
	struct load_clients *all = client->all;
	unsigned int i;

	loop_stop(all->load->loop, &client->timer);
	close_control(client);
	for (i = 0; i < all->connections; i++)
		close_stream(&client->stream[i]);
	if (client->state == CLIENT_HOLDING)
		all->standing--;
	client->state = CLIENT_FREE;
	all->free[all->idle++] = client - all->client;
	all->underway--;
	load_offer_more(all);
}

/**
 * load_client_lose() - count a session as lost, and end it
 * @client: has one
 * @why: the reason
 */
void load_client_lose(struct load_client *client, enum load_loss why)
{
	struct load_report *report = client->all->load->report;

	report->lost++;
	report->lost_because[why]++;
	load_client_end(client);
}

/* --- the exchange ----------------------------------------------------------- */

static size_t print_request(const struct load_client *client, char *text, size_t size)
{
	const struct load_options *options = client->all->load->options;
	char handle[LOAD_HANDLE_MAX];
	size_t length;

	snprintf(handle, sizeof(handle), "000-%08x", client->number);
	length = wire_header(text, size, AMANDA_REQ, handle, client->sequence);
	length += wire_security(text + length, size - length, "amref");
	length += snprintf(text + length, size - length,
			   "SERVICE sendbackup\nOPTIONS features=%s;load-streams=%u;load-size=%llu;"
			   "load-in-band=%d;\n", FEATURES_OURS, options->streams,
			   (unsigned long long)options->size, options->in_band);
	return length;
}

static void send_request(struct load_client *client)
{
	struct load *load = client->all->load;
	char text[LOAD_PACKET_MAX];
	size_t length = print_request(client, text, sizeof(text));

	load_send(&load->net, client->udp.fd, NULL, text, length);
	loop_start(load->loop, &client->timer, load->options->ack_wait);
}

static void send_ack(struct load_client *client)
{
	char text[AMANDA_HEADER_MAX + 1], handle[LOAD_HANDLE_MAX];

	snprintf(handle, sizeof(handle), "000-%08x", client->number);
	load_send(&client->all->load->net, client->udp.fd, NULL, text,
		  wire_header(text, sizeof(text), AMANDA_ACK, handle, client->sequence));
}

static void wait_for_reply(struct load_client *client)
{
	struct load *load = client->all->load;

	client->state = CLIENT_WAITING;
	loop_start(load->loop, &client->timer, REP_WAIT * load->options->ack_wait);
}

static void repeat_request(struct load_client *client)
{
	client->state = CLIENT_ASKED;
	client->tries++;
	client->all->load->report->repeated++;
	send_request(client);
}

/**
 * load_client_expired() - the time of what a session waits for is over
 * @arg: the client
 */
void load_client_expired(void *arg)
{
	struct load_client *client = arg;

	switch (client->state) {
	case CLIENT_ASKED:
		if (client->tries >= REQ_TRIES)
			return load_client_lose(client, LOAD_NO_ACK);
		return repeat_request(client);
	case CLIENT_WAITING:
		if (client->resets++ >= RESET_TRIES)
			return load_client_lose(client, LOAD_NO_REP);
		client->tries = 0;
		return repeat_request(client);
	case CLIENT_OPENING:
		return load_client_lose(client, LOAD_SILENT);
	default:
		return load_client_end(client);
	}
}

/* --- the streams ------------------------------------------------------------ */

static void all_there(struct load_client *client)
{
	struct load_clients *all = client->all;
	struct load_report *report = all->load->report;
	uint64_t time = load_time();

	report->connected++;
	report->streams += all->load->options->streams;
	load_latency_add(&report->connect, time - client->answered);
	load_latency_add(&report->session, time - client->due);
	client->state = CLIENT_HOLDING;
	most(&report->together, ++all->standing);
	/* The target has seen our connections, so it repeats its REP no more. */
	close_control(client);
	loop_start(all->load->loop, &client->timer, all->load->options->hold);
	load_offer_more(all);
}

static size_t proof_of(const struct load_stream *stream, char *proof)
{
	const struct load_client *client = stream->client;
	const struct load_options *options = client->all->load->options;
	int32_t number[AMANDA_STREAMS_MAX];
	unsigned int i;

	if (!options->in_band)
		return load_proof(proof, client->key, stream - client->stream, NULL, 1);
	for (i = 1; i < options->streams; i++)
		number[i] = 500000 - i;
	number[0] = ntohs(client->to.in.sin_port);
	return load_proof(proof, client->key, 0, number, options->streams);
}

/* Looks at what came; false where the session is lost. */
static bool take(struct load_stream *stream, const char *data, size_t length)
{
	struct load_client *client = stream->client;
	struct load *load = client->all->load;
	char proof[LOAD_PROOF_MAX];
	uint64_t had = stream->got, size = proof_of(stream, proof);
	size_t part = had < size ? size - had : 0;

	if (part > length)
		part = length;
	if (memcmp(data, proof + (had < size ? had : 0), part)) {
		load_client_lose(client, LOAD_MISLED);
		return false;
	}
	stream->got += length;
	load->report->bytes += length - part;
	size += load->options->size;
	if (had < size && stream->got >= size && ++client->ready == client->all->connections)
		all_there(client);
	return true;
}

static void stream_broken(struct load_stream *stream, int error)
{
	struct load_client *client = stream->client;

	if (error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH)
		return load_client_lose(client, LOAD_REFUSED);
	if (error == ETIMEDOUT)
		return load_client_lose(client, LOAD_SILENT);
	if (client->state == CLIENT_HOLDING)
		return close_stream(stream);
	load_client_lose(client, LOAD_BROKEN);
}

/**
 * load_client_stream_ready() - a stream has something to say
 * @arg: the stream
 * @events: not looked at; read() knows
 */
void load_client_stream_ready(void *arg, uint32_t events)
{
	struct load_stream *stream = arg;
	char *buffer = stream->client->all->buffer;
	int left = READS;
	ssize_t got;

	(void)events;
	while (left--) {
		got = read(stream->file.fd, buffer, LOAD_READ_SIZE);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0)
			return stream_broken(stream, got ? errno : 0);
		if (!take(stream, buffer, got) || got < LOAD_READ_SIZE)
			return;
	}
}

static bool open_stream(struct load_client *client, unsigned int i, uint16_t port)
{
	struct load *load = client->all->load;
	struct load_stream *stream = &client->stream[i];
	union load_address to = client->to;

	address_set_port(&to.any, port);
	stream->got = 0;
	stream->file.fd = load_connect(&load->net, client->from, to);
	if (stream->file.fd < 0)
		return false;
	if (!loop_watch(load->loop, &stream->file, EPOLLIN))
		return true;
	close(stream->file.fd);
	load->files++;
	stream->file.fd = -1;
	return false;
}

/* The streams that were asked for: ports, or one port and ids of its own. */
static bool as_asked(const struct load_clients *all, const struct amanda_packet *packet)
{
	unsigned int i;

	if (!packet->connect || packet->stream_count != all->load->options->streams)
		return false;
	for (i = 0; i < all->connections; i++)
		if (!amanda_stream_is_port(&packet->stream[i]))
			return false;
	return true;
}

static void no_stream(struct load_client *client, int error)
{
	if (error == ECONNREFUSED)
		return load_client_lose(client, LOAD_REFUSED);
	client->all->load->report->socket_error = error;
	load_client_lose(client, LOAD_NO_SOCKET);
}

/*
 * Where one connection holds all streams, its port is also what the first one is
 * called inside, for tcp1_stream_client() of Amanda as for us.
 */
static void open_streams(struct load_client *client, const struct amanda_packet *packet)
{
	struct load_clients *all = client->all;
	struct load *load = all->load;
	unsigned int i;

	load->report->opened++;
	client->state = CLIENT_OPENING;
	client->ready = 0;
	loop_start(load->loop, &client->timer, load->options->connect_wait);
	if (load->options->in_band)
		address_set_port(&client->to.any, packet->stream[0].number);
	for (i = 0; i < all->connections; i++)
		if (!open_stream(client, i, packet->stream[i].number))
			return no_stream(client, errno);
}

/* --- packets ---------------------------------------------------------------- */

static void reply_came(struct load_client *client, const char *data,
		       const struct amanda_packet *packet)
{
	send_ack(client);
	/* A copy gets its ACK again: Amanda does not do that, and dumps fail by it. */
	if (client->state != CLIENT_ASKED && client->state != CLIENT_WAITING)
		return;
	client->answered = load_time();
	client->key = amanda_request_key(data, packet, 0);
	load_latency_add(&client->all->load->report->reply, client->answered - client->asked);
	if (!as_asked(client->all, packet))
		return load_client_lose(client, LOAD_NO_STREAMS);
	open_streams(client, packet);
}

static void ack_came(struct load_client *client)
{
	if (client->state != CLIENT_ASKED)
		return;
	if (!client->acknowledged)
		load_latency_add(&client->all->load->report->ack, load_time() - client->asked);
	client->acknowledged = true;
	wait_for_reply(client);
}

static bool is_ours(const struct load_client *client, const char *data,
		    const struct amanda_packet *packet)
{
	char handle[LOAD_HANDLE_MAX];
	int length = snprintf(handle, sizeof(handle), "000-%08x", client->number);

	return packet->sequence == client->sequence && packet->handle_length == length &&
	       !memcmp(data + packet->handle_offset, handle, length);
}

static void packet_came(struct load_client *client, const char *data, size_t length)
{
	struct amanda_packet packet;

	if (amanda_packet_parse(data, length, &packet) || !is_ours(client, data, &packet))
		return;
	switch (packet.type) {
	case AMANDA_ACK:
		return ack_came(client);
	case AMANDA_REP:
		return reply_came(client, data, &packet);
	case AMANDA_NAK:
		if (client->state < CLIENT_OPENING)
			load_client_lose(client, LOAD_NAK);
	}
}

/**
 * load_client_control_ready() - a packet came
 * @arg: the client
 * @events: not looked at
 */
void load_client_control_ready(void *arg, uint32_t events)
{
	struct load_client *client = arg;
	char data[LOAD_PACKET_MAX];
	ssize_t length;

	(void)events;
	/* An error is an ICMP message: the target may yet come back. */
	while (client->udp.fd >= 0) {
		length = recv(client->udp.fd, data, sizeof(data), 0);
		if (length < 0)
			return;
		packet_came(client, data, length);
	}
}

/* A source port, from the client's own on and around the range. */
static int bind_control(struct load_client *client)
{
	struct load *load = client->all->load;
	struct port_range range = load->options->udp_ports;
	unsigned int size = range.high - range.low + 1, i;
	unsigned int first = (client - client->all->client) / load->options->from.count;
	int fd;

	for (i = 0; i < size; i++) {
		address_set_port(&client->from.any, range.low + (first + i) % size);
		fd = load_udp(&load->net, LOAD_FROM, client->from);
		if (fd >= 0 || errno != EADDRINUSE)
			return fd;
	}
	return -1;
}

static bool open_control(struct load_client *client)
{
	struct load *load = client->all->load;

	address_set_port(&client->to.any, load->options->port);
	client->udp.fd = bind_control(client);
	if (client->udp.fd < 0)
		return false;
	if (!connect(client->udp.fd, &client->to.any, sizeof(client->to)) &&
	    !loop_watch(load->loop, &client->udp, EPOLLIN))
		return true;
	load_close_udp(&load->net, client->udp.fd);
	client->udp.fd = -1;
	return false;
}

/**
 * load_client_begin() - begin a session
 * @client: has none
 * @due: when it should have begun, monotonic nanoseconds; 0: now
 */
void load_client_begin(struct load_client *client, uint64_t due)
{
	struct load_clients *all = client->all;
	struct load_report *report = all->load->report;

	client->number = report->offered++;
	client->sequence = load_chance(&all->load->net);
	client->state = CLIENT_ASKED;
	client->tries = 1;
	client->resets = 0;
	client->acknowledged = false;
	client->asked = load_time();
	client->due = due ? due : client->asked;
	report->offering = client->asked - all->load->started;
	most(&report->underway, ++all->underway);
	if (!open_control(client)) {
		report->socket_error = errno;
		return load_client_lose(client, LOAD_NO_SOCKET);
	}
	send_request(client);
}


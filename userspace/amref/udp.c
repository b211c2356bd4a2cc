// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control packets over UDP (Amanda's common-src/bsd-security.c and the udp_*
 * functions of security-util.c); see udp.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>
#include <linux/errqueue.h>
#include <unistd.h>

#include "allow.h"
#include "fault.h"
#include "ports.h"
#include "udp.h"

#define SERVICE_PORT 10080
/* How many exchanges a target remembers after their end. */
#define ENDED_MAX 64

static struct udp_peer *to_peer(struct security_peer *peer)
{
	return (struct udp_peer *)peer;
}

static struct udp_exchange *to_exchange(struct security_exchange *exchange)
{
	return (struct udp_exchange *)exchange;
}

static bool same_peer(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port &&
		       !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
	return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
}

static struct udp_exchange *new_exchange(struct udp_peer *peer,
					 const struct sockaddr_storage *address)
{
	struct udp_exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->exchange.peer = &peer->peer;
	exchange->address = *address;
	exchange->next = peer->exchanges;
	peer->exchanges = exchange;
	return exchange;
}

static int send_datagram(const struct udp_peer *peer, const struct sockaddr_storage *to,
			 const char *data, size_t length)
{
	const struct sockaddr *address = (const struct sockaddr *)to;
	ssize_t sent = -1;
	int tries;

	/* The first call may return what the packet before it met. */
	for (tries = 0; sent < 0 && tries < 2; tries++)
		sent = sendto(peer->file.fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL, address,
			      address_length(address));
	/* A full queue loses the datagram, as a network may. */
	return sent >= 0 || errno == EAGAIN || errno == ENOBUFS ? 0 : -errno;
}

/* FAULT_OVERSIZE: newlines, which mean nothing to anybody. */
static size_t fill(const struct udp_peer *peer, enum amanda_type type, char *data, size_t length)
{
	const struct fault *fault = peer->peer.options.fault;
	size_t wanted;

	if (!fault_is(fault, FAULT_OVERSIZE) || type != (peer->target ? AMANDA_REP : AMANDA_REQ))
		return length;
	wanted = fault->number < WIRE_UDP_MAX ? fault->number : WIRE_UDP_MAX;
	if (wanted <= length)
		return length;
	memset(data + length, '\n', wanted - length);
	return wanted;
}

static const char *request_user(const struct udp_peer *peer)
{
	if (fault_is(peer->peer.options.fault, FAULT_CONNECT_IN_NAK))
		return FAULT_CONNECT_TEXT;
	return user_name(&peer->peer.options);
}

/**
 * udp_send() - driver's send()
 * @exchange: of this peer
 * @type: of the packet
 * @body: without the SECURITY line, which a REQ gets here
 * @length: bytes at @body
 *
 * Return: 0, or a negative errno: -EMSGSIZE above Amanda's 65503 bytes.
 */
int udp_send(struct security_exchange *exchange, enum amanda_type type, const char *body,
	     size_t length)
{
	struct udp_exchange *own = to_exchange(exchange);
	struct udp_peer *peer = to_peer(exchange->peer);
	char data[WIRE_UDP_MAX + 1];
	size_t at;

	at = wire_header(data, sizeof(data), type, own->handle, own->sequence);
	if (!at)
		return -EMSGSIZE;
	if (type == AMANDA_REQ)
		at += wire_security(data + at, sizeof(data) - at, request_user(peer));
	if (length > WIRE_DATAGRAM_MAX - at)
		return -EMSGSIZE;
	if (length)
		memcpy(data + at, body, length);
	at = fill(peer, type, data, at + length);
	return send_datagram(peer, &own->address, data, at);
}

/* A REQ that opens no exchange: its NAK goes back where it came from. */
static void refuse(struct udp_peer *peer, const struct sockaddr_storage *from,
		   const struct udp_exchange *named, const char *why)
{
	char data[2 * AMANDA_HEADER_MAX + ALLOW_WHY_MAX];
	size_t at;
	int n;

	at = wire_header(data, sizeof(data), AMANDA_NAK, named->handle, named->sequence);
	n = snprintf(data + at, sizeof(data) - at, "ERROR %s\n", why);
	send_datagram(peer, from, data, at + n);
}

static void deliver(struct udp_exchange *exchange, const struct amanda_packet *packet,
		    const char *data, size_t length)
{
	struct wire_request request;
	struct text body = { data + packet->body_offset, length - packet->body_offset };

	if (packet->type == AMANDA_REQ) {
		wire_request_parse(body.at, body.length, &request);
		body = request.rest;
	}
	exchange->acknowledged |= packet->type == AMANDA_ACK;
	if (exchange->exchange.events)
		exchange->exchange.events->packet(exchange->exchange.arg, packet->type, body.at,
						  body.length);
}

static void requested(struct udp_peer *peer, const struct sockaddr_storage *from,
		      const struct udp_exchange *named, const struct amanda_packet *packet,
		      const char *data, size_t length)
{
	char host[NI_MAXHOST], why[ALLOW_WHY_MAX];
	const struct sockaddr *address = (const struct sockaddr *)from;
	struct udp_exchange *exchange;
	struct wire_request request;

	if (allow_name(&peer->peer.options, address, host, why, sizeof(why)) ||
	    allow_request(&peer->peer.options, address, host, true, data + packet->body_offset,
			  length - packet->body_offset, &request, why, sizeof(why))) {
		refuse(peer, from, named, why);
		return;
	}
	exchange = new_exchange(peer, from);
	if (!exchange)
		return;
	memcpy(exchange->handle, named->handle, sizeof(exchange->handle));
	exchange->sequence = named->sequence;
	peer->target->requested(peer->arg, &exchange->exchange, host);
	deliver(exchange, packet, data, length);
}

static struct udp_exchange *find(struct udp_peer *peer, const struct sockaddr_storage *from,
				 const struct udp_exchange *named)
{
	struct udp_exchange *exchange = peer->exchanges;

	while (exchange && (exchange->sequence != named->sequence ||
			    strcmp(exchange->handle, named->handle) ||
			    !same_peer(&exchange->address, from)))
		exchange = exchange->next;
	return exchange;
}

/*
 * A network may bring a REQ twice, and late.  An amandad whose service still runs
 * acknowledges it; one that has forgotten it would run the service once more.
 */
static void answer_late(struct udp_exchange *exchange, enum amanda_type type)
{
	if (type == AMANDA_REQ)
		udp_send(&exchange->exchange, AMANDA_ACK, NULL, 0);
}

/* Handles of any length are read, those that could not be sent back are not known. */
static void take(struct udp_peer *peer, const struct sockaddr_storage *from, const char *data,
		 size_t length)
{
	struct udp_exchange named = { 0 }, *exchange;
	struct amanda_packet packet;

	if (amanda_packet_parse_header(data, length, &packet) ||
	    packet.handle_length > WIRE_HANDLE_MAX)
		return;
	memcpy(named.handle, data + packet.handle_offset, packet.handle_length);
	named.sequence = packet.sequence;
	exchange = find(peer, from, &named);
	if (exchange && exchange->ended)
		answer_late(exchange, packet.type);
	else if (exchange)
		deliver(exchange, &packet, data, length);
	else if (peer->target && packet.type == AMANDA_REQ)
		requested(peer, from, &named, &packet, data, length);
}

/*
 * What routers and firewalls say about our packets.  It ends nothing, as an
 * amandad may be about to be started, but who looks for a fault wants to know it.
 * Amanda hears none of it.
 */
static void tell_errors(struct udp_peer *peer)
{
	struct sock_extended_err *error;
	char control[512], data[1];
	struct iovec part = { data, sizeof(data) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *item;

	message.msg_controllen = sizeof(control);
	while (recvmsg(peer->file.fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
		for (item = CMSG_FIRSTHDR(&message); item; item = CMSG_NXTHDR(&message, item)) {
			error = (struct sock_extended_err *)CMSG_DATA(item);
			if ((item->cmsg_type != IP_RECVERR && item->cmsg_type != IPV6_RECVERR) ||
			    (int)error->ee_errno == peer->told)
				continue;
			peer->told = error->ee_errno;
			fprintf(stderr, "amref: %s answers: %s\n", peer->host,
				strerror(peer->told));
		}
		message.msg_controllen = sizeof(control);
	}
}

/* One datagram for each call: what it leads to may close the peer. */
static void readable(void *arg, uint32_t events)
{
	struct udp_peer *peer = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t length = sizeof(from);
	char data[65536];
	ssize_t n;

	if (events & EPOLLERR)
		tell_errors(peer);
	n = recvfrom(peer->file.fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from,
		     &length);
	if (n > 0 && (from.ss_family == AF_INET || from.ss_family == AF_INET6))
		take(peer, &from, data, n);
}

static struct udp_peer *new_peer(const struct security_driver *driver, struct loop *loop,
				 const struct security_options *options)
{
	struct udp_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->peer.driver = driver;
	peer->peer.loop = loop;
	peer->peer.options = *options;
	peer->file.fd = -1;
	peer->file.ready = readable;
	peer->file.arg = peer;
	return peer;
}

/* Watch @fd, or free @peer and say why not. */
static struct security_peer *watch_peer(struct udp_peer *peer, int fd, const char *what,
					char *why, size_t why_size)
{
	int error = fd;

	if (fd >= 0) {
		peer->file.fd = fd;
		error = loop_watch(peer->peer.loop, &peer->file, EPOLLIN);
	}
	if (error >= 0)
		return &peer->peer;
	snprintf(why, why_size, "%s: %s", what, strerror(-error));
	if (fd >= 0)
		close(fd);
	free(peer);
	errno = -error;
	return NULL;
}

static void hear_errors(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)))
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

static void range_text(char *text, size_t size, struct port_range range)
{
	if (range.low)
		snprintf(text, size, "cannot get a UDP port of %u-%u", range.low, range.high);
	else
		snprintf(text, size, "cannot get a UDP port");
}

/**
 * udp_connect() - driver's connect()
 * @driver: bsd or bsdudp
 * @loop: the loop
 * @host: the target
 * @options: copied
 * @why: gets one line where it fails
 * @why_size: bytes at @why
 *
 * Return: the peer for udp_close(), or NULL with errno set.
 */
struct security_peer *udp_connect(const struct security_driver *driver, struct loop *loop,
				  const char *host, const struct security_options *options,
				  char *why, size_t why_size)
{
	struct udp_peer *peer = new_peer(driver, loop, options);
	struct port_range range = ports_reserved(options->reserved_udp);
	char what[64];
	int error, fd;

	if (!peer) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	snprintf(peer->host, sizeof(peer->host), "%s", host);
	error = address_resolve(host, options->service_port ? options->service_port : SERVICE_PORT,
				SOCK_DGRAM, &peer->address, why, why_size);
	if (error) {
		free(peer);
		errno = -error;
		return NULL;
	}
	range_text(what, sizeof(what), range);
	fd = ports_udp((struct sockaddr *)&peer->address, range, NULL);
	if (fd >= 0)
		hear_errors(fd);
	return watch_peer(peer, fd, what, why, why_size);
}

/**
 * udp_begin() - driver's begin()
 * @peer: an initiator's
 * @events: of the new exchange
 * @arg: for @events
 *
 * Handle and sequence are made as bsd_connect() makes them.
 *
 * Return: the exchange, for udp_end(); NULL without memory.
 */
struct security_exchange *udp_begin(struct security_peer *peer,
				    const struct exchange_events *events, void *arg)
{
	struct udp_peer *own = to_peer(peer);
	struct udp_exchange *exchange = new_exchange(own, &own->address);
	struct timeval now;

	if (!exchange)
		return NULL;
	gettimeofday(&now, NULL);
	exchange->sequence = (int)now.tv_sec ^ (int)now.tv_usec;
	snprintf(exchange->handle, sizeof(exchange->handle), "000-%08x", own->handles++);
	exchange->exchange.events = events;
	exchange->exchange.arg = arg;
	return &exchange->exchange;
}

static void remove_exchange(struct udp_peer *peer, struct udp_exchange *exchange)
{
	struct udp_exchange **at = &peer->exchanges;

	while (*at != exchange)
		at = &(*at)->next;
	*at = exchange->next;
	free(exchange);
}

static void forget_oldest(struct udp_peer *peer)
{
	struct udp_exchange *exchange, *oldest = NULL;
	unsigned int count = 0;

	for (exchange = peer->exchanges; exchange; exchange = exchange->next) {
		if (!exchange->ended)
			continue;
		oldest = exchange;
		count++;
	}
	if (count > ENDED_MAX)
		remove_exchange(peer, oldest);
}

/**
 * udp_end() - driver's end()
 * @exchange: freed; its streams have no exchange any more
 */
void udp_end(struct security_exchange *exchange)
{
	struct udp_exchange *own = to_exchange(exchange);
	struct udp_peer *peer = to_peer(exchange->peer);
	struct udp_stream *stream;

	for (stream = peer->streams; stream; stream = stream->next)
		if (stream->stream.exchange == exchange)
			stream->stream.exchange = NULL;
	if (peer->target && own->acknowledged && !own->ended) {
		own->ended = true;
		own->exchange.events = NULL;
		forget_oldest(peer);
	} else {
		remove_exchange(peer, own);
	}
}

/**
 * udp_listen() - driver's listen()
 * @driver: bsd or bsdudp
 * @loop: the loop
 * @fd: from inetd, or -1; closed by udp_close()
 * @address: where to bind if @fd is -1
 * @length: of @address
 * @options: copied
 * @events: of the target
 * @arg: for @events
 * @why: gets one line where it fails
 * @why_size: bytes at @why
 *
 * Return: the target for udp_close(), or NULL with errno set.
 */
struct security_peer *udp_listen(const struct security_driver *driver, struct loop *loop, int fd,
				 const struct sockaddr *address, socklen_t length,
				 const struct security_options *options,
				 const struct target_events *events, void *arg,
				 char *why, size_t why_size)
{
	struct udp_peer *peer = new_peer(driver, loop, options);
	char what[64];

	if (!peer) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	peer->target = events;
	peer->arg = arg;
	if (fd >= 0)
		return watch_peer(peer, fd, "standard input", why, why_size);
	snprintf(what, sizeof(what), "cannot bind to UDP port %u", address_port(address));
	return watch_peer(peer, ports_listen_at(SOCK_DGRAM, address, length), what, why,
			  why_size);
}

/**
 * udp_close() - driver's disconnect() and stop()
 * @peer: freed with its exchanges and streams
 */
void udp_close(struct security_peer *peer)
{
	struct udp_peer *own = to_peer(peer);

	while (own->exchanges)
		peer->driver->end(&own->exchanges->exchange);
	while (own->streams)
		peer->driver->stream_close(&own->streams->stream);
	loop_forget(peer->loop, &own->file);
	close(own->file.fd);
	free(own);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that are really tried.
 *
 * The sender says which shot it is, in the handle of an Amanda request or as the
 * first bytes of a TCP connection; who receives it answers.  A shot has gone
 * through where that answer is back, and so packets of all kinds that a ruleset
 * tells apart have passed: the first, the answer, what follows both ways.
 */
#include "prove/trace.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prove/clock.h"

/* What does not get through is given up when nothing has moved for so long. */
#define QUIET_MS	60
/* What should get through is waited for as long as a busy machine may need. */
#define PATIENCE_MS	700

enum kind { SENDER, RECEIVER, ACCEPTED };

struct watched {
	enum kind kind;
	size_t shot;
};

struct volley {
	struct shot *shots;
	size_t count;
	struct pollfd *polled;
	struct watched *watched;
	size_t open;
	int trace;
};

static socklen_t socket_address(const struct address *address, uint16_t port,
				struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = address->family;
	if (address->family == AF_INET) {
		v4->sin_addr = address->v4;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	v6->sin6_addr = address->v6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static void read_address(const struct sockaddr_storage *from, struct address *address,
			 struct range *port)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	memset(address, 0, sizeof(*address));
	address->family = from->ss_family;
	if (from->ss_family == AF_INET) {
		address->v4 = v4->sin_addr;
		port->low = ntohs(v4->sin_port);
	} else {
		address->v6 = v6->sin6_addr;
		port->low = ntohs(v6->sin6_port);
	}
	port->high = port->low;
}

static void set(int fd, int level, int name)
{
	int one = 1;

	setsockopt(fd, level, name, &one, sizeof(one));
}

/* All may share a port: where one sends from, another may receive. */
static int bound(int network, int protocol, const struct address *address, uint16_t port)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	int type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	struct sockaddr_storage here;
	socklen_t length = socket_address(address, port, &here);
	int fd;

	if (setns(network, CLONE_NEWNET))
		return -1;
	fd = socket(address->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	set(fd, SOL_SOCKET, SO_REUSEADDR);
	set(fd, SOL_SOCKET, SO_REUSEPORT);
	/* Leave no TIME_WAIT behind: the next shot takes the same ports. */
	if (protocol == IPPROTO_TCP)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	if (!bind(fd, (struct sockaddr *)&here, length))
		return fd;
	close(fd);
	return -1;
}

static void watch(struct volley *volley, int fd, enum kind kind, size_t shot, short events)
{
	volley->polled[volley->open] = (struct pollfd) { .fd = fd, .events = events };
	volley->watched[volley->open++] = (struct watched) { kind, shot };
}

static void forget(struct volley *volley, size_t i)
{
	close(volley->polled[i].fd);
	volley->polled[i].fd = -1;
}

static bool same_receiver(const struct shot *a, const struct shot *b)
{
	return a->to == b->to && a->protocol == b->protocol &&
	       a->seen.dport.low == b->seen.dport.low &&
	       address_equal(&a->seen.destination, &b->seen.destination);
}

static int receive(struct volley *volley, size_t number)
{
	const struct shot *shot = &volley->shots[number];
	size_t i;
	int fd;

	for (i = 0; i < number; i++)
		if (same_receiver(&volley->shots[i], shot))
			return 0;
	fd = bound(shot->to, shot->protocol, &shot->seen.destination, shot->seen.dport.low);
	if (fd < 0 || (shot->protocol == IPPROTO_TCP && listen(fd, 64)))
		return -1;
	watch(volley, fd, RECEIVER, number, POLLIN);
	return 0;
}

static void send_request(struct shot *shot, size_t number, int fd)
{
	char text[160];
	int length = snprintf(text, sizeof(text),
			      "Amanda 3.5 REQ HANDLE 000-%08zX SEQ 1795858683\n"
			      "SECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n", number);

	/* EPERM: the sender's own rules drop it, and it is told. */
	if (send(fd, text, (size_t)length, 0) < 0)
		shot->error = errno;
}

static int launch(struct volley *volley, size_t number)
{
	struct shot *shot = &volley->shots[number];
	struct sockaddr_storage there;
	socklen_t length = socket_address(&shot->sent.destination, shot->sent.dport.low, &there);
	int fd = bound(shot->from, shot->protocol, &shot->sent.source, shot->sent.sport.low);

	if (fd < 0)
		return -1;
	shot->tried = true;
	/* udp_err() of net/ipv4/udp.c keeps to itself that a host cannot be reached. */
	set(fd, shot->sent.source.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
	    shot->sent.source.family == AF_INET ? IP_RECVERR : IPV6_RECVERR);
	watch(volley, fd, SENDER, number, shot->protocol == IPPROTO_TCP ? POLLOUT : POLLIN);
	if (connect(fd, (struct sockaddr *)&there, length) && errno != EINPROGRESS) {
		/* Not the network says so, but two trials have got the same ports. */
		if (errno == EADDRNOTAVAIL || errno == EADDRINUSE)
			return -1;
		shot->error = errno;
		forget(volley, volley->open - 1);
	} else if (shot->protocol == IPPROTO_UDP) {
		send_request(shot, number, fd);
	}
	return 0;
}

static bool as_said(const struct shot *shot)
{
	return address_equal(&shot->got.source, &shot->seen.source) &&
	       address_equal(&shot->got.destination, &shot->seen.destination) &&
	       range_holds(shot->seen.sport, shot->got.sport.low) &&
	       shot->got.dport.low == shot->seen.dport.low;
}

static void sender_moves(struct volley *volley, size_t i)
{
	struct shot *shot = &volley->shots[volley->watched[i].shot];
	uint32_t number = (uint32_t)volley->watched[i].shot;
	int fd = volley->polled[i].fd;
	socklen_t length = sizeof(shot->error);
	char answer[512];

	if (volley->polled[i].events == POLLOUT) {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &shot->error, &length);
		if (!shot->error && send(fd, &number, sizeof(number), MSG_NOSIGNAL) < 0)
			shot->error = errno;
		volley->polled[i].events = POLLIN;
		if (shot->error)
			forget(volley, i);
		return;
	}
	if (recv(fd, answer, sizeof(answer), 0) > 0)
		shot->through = shot->arrived && as_said(shot);
	else
		shot->error = errno;
	forget(volley, i);
}

static struct shot *note(struct volley *volley, unsigned long number, int fd,
			 const struct sockaddr_storage *from)
{
	struct sockaddr_storage here;
	socklen_t length = sizeof(here);
	struct shot *shot;

	if (number >= volley->count || getsockname(fd, (struct sockaddr *)&here, &length))
		return NULL;
	shot = &volley->shots[number];
	shot->arrived = true;
	read_address(from, &shot->got.source, &shot->got.sport);
	read_address(&here, &shot->got.destination, &shot->got.dport);
	return shot;
}

static void datagram(struct volley *volley, size_t i)
{
	char request[512], reply[512], *handle;
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int fd = volley->polled[i].fd, used;
	ssize_t got = recvfrom(fd, request, sizeof(request) - 1, 0, (struct sockaddr *)&from,
			       &length);
	const struct shot *shot;

	if (got <= 0)
		return;
	request[got] = '\0';
	handle = strstr(request, "HANDLE 000-");
	shot = handle ? note(volley, strtoul(handle + 11, NULL, 16), fd, &from) : NULL;
	if (!shot)
		return;
	used = snprintf(reply, sizeof(reply),
			"Amanda 3.5 REP HANDLE 000-%08zX SEQ 1795858683\n%s%s%sOPTIONS ;\n",
			(size_t)(shot - volley->shots), *shot->announce ? "CONNECT " : "",
			shot->announce, *shot->announce ? "\n" : "");
	sendto(fd, reply, (size_t)used, 0, (struct sockaddr *)&from, length);
}

static void receiver_moves(struct volley *volley, size_t i)
{
	size_t shot = volley->watched[i].shot;
	int fd;

	if (volley->shots[shot].protocol == IPPROTO_UDP) {
		datagram(volley, i);
		return;
	}
	fd = accept4(volley->polled[i].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (volley->open < 4 * volley->count)
		watch(volley, fd, ACCEPTED, shot, POLLIN);
	else
		close(fd);
}

static void accepted_moves(struct volley *volley, size_t i)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int fd = volley->polled[i].fd;
	uint32_t number;

	volley->polled[i].events = 0;
	if (recv(fd, &number, sizeof(number), 0) != sizeof(number) ||
	    getpeername(fd, (struct sockaddr *)&from, &length) ||
	    !note(volley, number, fd, &from) ||
	    send(fd, &number, sizeof(number), MSG_NOSIGNAL) < 0)
		forget(volley, i);
}

static void move(struct volley *volley, size_t i)
{
	switch (volley->watched[i].kind) {
	case SENDER:
		sender_moves(volley, i);
		break;
	case RECEIVER:
		receiver_moves(volley, i);
		break;
	case ACCEPTED:
		accepted_moves(volley, i);
	}
}

static bool hope(const struct volley *volley)
{
	size_t i;

	for (i = 0; i < volley->count; i++)
		if (volley->shots[i].hoped && !volley->shots[i].through && !volley->shots[i].error)
			return true;
	return false;
}

static bool all_through(const struct volley *volley)
{
	size_t i;

	for (i = 0; i < volley->count; i++)
		if (!volley->shots[i].through && !volley->shots[i].error)
			return false;
	return true;
}

static void wait_for(struct volley *volley)
{
	long start = clock_ms(), quiet = start, now = start;
	size_t i;

	while (!all_through(volley) &&
	       (now - quiet < QUIET_MS || (hope(volley) && now - start < PATIENCE_MS))) {
		if (poll(volley->polled, volley->open, QUIET_MS / 4) > 0) {
			quiet = clock_ms();
			for (i = 0; i < volley->open; i++)
				if (volley->polled[i].fd >= 0 && volley->polled[i].revents)
					move(volley, i);
		}
		if (volley->trace >= 0)
			trace_read(volley->trace, volley->shots, volley->count);
		now = clock_ms();
	}
}

/**
 * shots_fire() - try connections, all at once
 * @shots: they, and what became of them
 * @count: entries of @shots
 * @trace: of trace_open(), or -1
 * @errors: where to say why not
 *
 * Return: 0, or -1 where they could not be tried.
 */
int shots_fire(struct shot *shots, size_t count, int trace, FILE *errors)
{
	struct volley volley = { .shots = shots, .count = count, .trace = trace };
	size_t i;
	int err = 0;

	volley.polled = calloc(4 * count + 1, sizeof(*volley.polled));
	volley.watched = calloc(4 * count + 1, sizeof(*volley.watched));
	if (!volley.polled || !volley.watched)
		err = -1;
	for (i = 0; i < count && !err; i++)
		err = receive(&volley, i);
	for (i = 0; i < count && !err; i++)
		err = launch(&volley, i);
	if (err)
		fprintf(errors, "sockets for a trial: %s\n", strerror(errno));
	else
		wait_for(&volley);
	for (i = 0; i < volley.open; i++)
		if (volley.polled[i].fd >= 0)
			close(volley.polled[i].fd);
	free(volley.polled);
	free(volley.watched);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The two ends of a control flow; see session.h. */
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/report.h"
#include "selftests/lib/session.h"

/*
 * A datagram that passes is normally there before send() returns, but an
 * emulated CPU may be busy with other things; what was dropped costs this long.
 */
#define PATIENCE_MS	2000
/* For what must arrive: it costs nothing to be sure. */
#define LONG_PATIENCE_MS 20000

static int udp_socket(const struct lab *lab, enum lab_host host, uint16_t port)
{
	struct sockaddr_storage address;
	int fd;

	lab_enter(lab, host);
	lab_sockaddr(lab, lab->address[host], port, &address);
	fd = socket(lab_family(lab), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die("UDP socket of the %s at port %u: %s", lab_host_name(host), port,
		    strerror(errno));
	return fd;
}

/* One socket for all sessions of a responder, as amandad has it. */
static int responder_socket(const struct lab *lab, enum lab_host host)
{
	static int sockets[LAB_HOSTS];

	if (!sockets[host])
		sockets[host] = udp_socket(lab, host, AMANDA_PORT);
	return sockets[host];
}

/**
 * session_new() - an initiator and a responder that have said nothing yet
 * @lab: where they are; a gateway that forwards ports is dialled in the
 *	responder's place
 * @source_port: of the initiator
 * @responder: RESPONDER or SECOND
 */
struct session *session_new(const struct lab *lab, uint16_t source_port,
			    enum lab_host responder)
{
	bool forwarded = lab->flags & LAB_FORWARD;
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		die("out of memory");
	s->lab = lab;
	s->responder = responder;
	s->source_port = source_port;
	s->handle = "000-00000000";
	s->sequence = 1795858683;
	s->at_responder = responder_socket(lab, responder);
	s->at_initiator = udp_socket(lab, INITIATOR, source_port);
	lab_sockaddr(lab, lab->address[forwarded ? GATEWAY : responder],
		     forwarded && responder == SECOND ? AMANDA_PORT + 1 : AMANDA_PORT,
		     &s->dialled);
	lab_sockaddr(lab, lab->address[INITIATOR], source_port, &s->caller);
	return s;
}

/** session_packet() - write an Amanda packet of this session */
size_t session_packet(const struct session *s, const char *type, const char *body,
		      char *out, size_t size)
{
	int length = snprintf(out, size, "Amanda 3.5 %s HANDLE %s SEQ %d\n%s", type,
			      s->handle, s->sequence, body);

	if (length < 0 || (size_t)length >= size)
		die("packet too long");
	return (size_t)length;
}

static bool readable(int fd, int patience)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, patience) == 1;
}

/** session_ask() - the initiator sends; does the responder get it? */
bool session_ask(struct session *s, const char *type, const char *body)
{
	static char packet[DATAGRAM_MAX], arrived[DATAGRAM_MAX];
	size_t length = session_packet(s, type, body, packet, sizeof(packet));
	socklen_t size = sizeof(s->caller);
	ssize_t got;

	if (sendto(s->at_initiator, packet, length, 0, (struct sockaddr *)&s->dialled,
		   sizeof(s->dialled)) < 0)
		die("send from the initiator: %s", strerror(errno));
	if (!readable(s->at_responder, LONG_PATIENCE_MS))
		return false;
	got = recvfrom(s->at_responder, arrived, sizeof(arrived), 0,
		       (struct sockaddr *)&s->caller, &size);
	return got == (ssize_t)length && !memcmp(packet, arrived, length);
}

/** session_hears() - take what arrives at the initiator into @s->got */
bool session_hears(struct session *s)
{
	ssize_t got;

	s->got_length = 0;
	s->got[0] = '\0';
	if (!readable(s->at_initiator, PATIENCE_MS))
		return false;
	got = recv(s->at_initiator, s->got, DATAGRAM_MAX, 0);
	if (got < 0)
		return false;
	s->got_length = (size_t)got;
	s->got[got] = '\0';
	return true;
}

/** session_say() - the responder sends these bytes; does the initiator hear? */
bool session_say(struct session *s, const char *bytes, size_t length)
{
	return session_say_corked(s, bytes, length, length);
}

/**
 * session_say_corked() - send a datagram whose bytes are not in one piece
 * @s: the session
 * @bytes: what to send
 * @length: how much
 * @first: so much comes into the first piece of the socket buffer, the rest
 *	into pages
 */
bool session_say_corked(struct session *s, const char *bytes, size_t length, size_t first)
{
	const struct sockaddr *to = (struct sockaddr *)&s->caller;
	size_t more = length - first;

	memcpy(s->sent, bytes, length);
	s->sent_length = length;
	if (sendto(s->at_responder, bytes, first, more ? MSG_MORE : 0, to,
		   sizeof(s->caller)) < 0 ||
	    (more && sendto(s->at_responder, bytes + first, more, 0, to,
			    sizeof(s->caller)) < 0))
		die("send from the %s: %s", lab_host_name(s->responder), strerror(errno));
	return session_hears(s);
}

/** session_answer() - the responder sends a packet; does the initiator hear? */
bool session_answer(struct session *s, const char *type, const char *body)
{
	static char packet[DATAGRAM_MAX];

	return session_say(s, packet, session_packet(s, type, body, packet, sizeof(packet)));
}

/**
 * session_say_behind_end() - a datagram that goes on behind its UDP length
 * @s: the session, in IPv4
 * @inside: the datagram
 * @behind: bytes in the IP packet, but not in the datagram
 */
bool session_say_behind_end(struct session *s, const char *inside, const char *behind)
{
	const struct sockaddr_in *to = (struct sockaddr_in *)&s->caller;
	size_t datagram = strlen(inside), rest = strlen(behind);
	char packet[2048];
	struct udphdr *udp = (struct udphdr *)packet;
	struct sockaddr_in address = *to;
	int fd;

	udp->source = htons(AMANDA_PORT);
	udp->dest = to->sin_port;
	udp->len = htons((uint16_t)(sizeof(*udp) + datagram));
	udp->check = 0;
	memcpy(packet + sizeof(*udp), inside, datagram);
	memcpy(packet + sizeof(*udp) + datagram, behind, rest);
	lab_enter(s->lab, s->responder);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);
	address.sin_port = 0;
	if (fd < 0 || sendto(fd, packet, sizeof(*udp) + datagram + rest, 0,
			     (struct sockaddr *)&address, sizeof(address)) < 0)
		die("raw send: %s", strerror(errno));
	close(fd);
	return session_hears(s);
}

/** session_request() - REQ of the initiator, ACK of the responder */
void session_request(struct session *s)
{
	if (!session_ask(s, "REQ", "SECURITY USER backup\nSERVICE sendbackup\n" FEATURES))
		die("the request did not arrive");
	if (!session_answer(s, "ACK", ""))
		die("the responder's ACK did not arrive");
}

/** session_connect() - a REP that announces these streams, as amandad has it */
bool session_connect(struct session *s, const char *streams)
{
	char body[512];

	snprintf(body, sizeof(body), "CONNECT %s\n" FEATURES, streams);
	return session_answer(s, "REP", body);
}

static int stream_socket(const struct lab *lab, enum lab_host host, uint16_t port)
{
	struct linger at_once = { .l_onoff = 1 };
	struct sockaddr_storage address;
	int one = 1, fd;

	lab_enter(lab, host);
	lab_sockaddr(lab, lab->address[host], port, &address);
	fd = socket(lab_family(lab), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    (port && listen(fd, 1)))
		die("TCP socket of the %s at port %u: %s", lab_host_name(host), port,
		    strerror(errno));
	return fd;
}

static int who_accepts(int calling, int responder, int second)
{
	struct pollfd ends[] = {
		{ .fd = responder, .events = POLLIN },
		{ .fd = second, .events = POLLIN },
		{ .fd = calling, .events = POLLHUP | POLLERR },
	};

	if (poll(ends, 3, PATIENCE_MS) < 1)
		return -1;
	if (ends[0].revents)
		return RESPONDER;
	return ends[1].revents ? SECOND : -1;
}

/**
 * session_reaches() - connect a stream as the initiator would
 * @s: the session
 * @told: the port that the initiator was told
 * @listening: the port where the responders listen
 *
 * Return: the host that gets the connection, or -1.
 */
int session_reaches(const struct session *s, uint16_t told, uint16_t listening)
{
	int responder = stream_socket(s->lab, RESPONDER, listening);
	int second = lab_has_second(s->lab) ? stream_socket(s->lab, SECOND, listening) : -1;
	int calling = stream_socket(s->lab, INITIATOR, 0);
	struct sockaddr_storage to = s->dialled;
	int host;

	((struct sockaddr_in *)&to)->sin_port = htons(told);
	if (connect(calling, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
	host = who_accepts(calling, responder, second);
	close(calling);
	if (second >= 0)
		close(second);
	close(responder);
	return host;
}

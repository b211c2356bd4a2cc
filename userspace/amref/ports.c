// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets with a port in a range; see ports.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ports.h"

#define RESERVED_LOW	512
#define RESERVED_HIGH	1023

/**
 * address_port() - the port of an address
 * @address: IPv4 or IPv6
 *
 * Return: the port in host order.
 */
uint16_t address_port(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/**
 * address_set_port() - change the port of an address
 * @address: IPv4 or IPv6
 * @port: host order
 */
void address_set_port(struct sockaddr *address, uint16_t port)
{
	if (address->sa_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)address)->sin_port = htons(port);
}

/**
 * address_length() - the length that the kernel wants with an address
 * @address: IPv4 or IPv6
 *
 * Return: bytes.
 */
socklen_t address_length(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
	       sizeof(struct sockaddr_in);
}

/**
 * address_resolve() - find the address of a host
 * @host: name or address
 * @port: host order
 * @type: SOCK_DGRAM or SOCK_STREAM
 * @address: gets the first address
 * @why: gets one line where there is none
 * @why_size: bytes at @why
 *
 * All of an exchange goes to this one address.  Amanda looks the name up again
 * for each stream (stream_client_internal() of common-src/stream.c), and misses
 * a firewall's expectation where a name has several addresses.
 *
 * Return: 0, or -EHOSTUNREACH as Amanda.
 */
int address_resolve(const char *host, uint16_t port, int type, struct sockaddr_storage *address,
		    char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_socktype = type }, *found;
	int error = getaddrinfo(host, NULL, &hints, &found);

	if (error) {
		snprintf(why, why_size, "resolve_hostname(%s): %s", host, gai_strerror(error));
		return -EHOSTUNREACH;
	}
	memcpy(address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	address_set_port((struct sockaddr *)address, port);
	return 0;
}

/**
 * address_to_text() - an address as text
 * @address: IPv4 or IPv6
 * @text: gets it, without the port, and a NUL
 * @size: bytes at @text
 */
void address_to_text(const struct sockaddr *address, char *text, size_t size)
{
	if (getnameinfo(address, address_length(address), text, size, NULL, 0, NI_NUMERICHOST))
		snprintf(text, size, "?");
}

/**
 * user_name() - whose name stands in SECURITY USER
 * @options: what was asked for
 *
 * Return: a name; not the caller's, and valid until the next call.
 */
const char *user_name(const struct security_options *options)
{
	struct passwd *entry;

	if (options->user)
		return options->user;
	entry = getpwuid(geteuid());
	return entry ? entry->pw_name : "nobody";
}

/**
 * ports_reserved() - the range of reserved ports to use
 * @wanted: what was asked for; 0-0: nothing was
 *
 * Return: @wanted, or 512-1023 for root, or 0-0 for others: they cannot have
 * those, and the target will say "port N not secure".
 */
struct port_range ports_reserved(struct port_range wanted)
{
	struct port_range reserved = { RESERVED_LOW, RESERVED_HIGH };

	return wanted.low || geteuid() ? wanted : reserved;
}

static void any_address(int family, struct sockaddr_storage *any)
{
	memset(any, 0, sizeof(*any));
	any->ss_family = family;
}

/* bind_portrange() keeps off ports that /etc/services has for somebody else. */
static bool is_others(uint16_t port, const char *protocol)
{
	struct servent entry, *found = NULL;
	char buffer[1024];

	if (getservbyport_r(htons(port), protocol, &entry, buffer, sizeof(buffer), &found))
		return false;
	return found && !strstr(found->s_name, "amanda");
}

static int bind_port(int fd, int family, uint16_t port)
{
	struct sockaddr_storage at;

	any_address(family, &at);
	address_set_port((struct sockaddr *)&at, port);
	if (bind(fd, (struct sockaddr *)&at, address_length((struct sockaddr *)&at)))
		return -errno;
	return 0;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t length = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &length))
		return 0;
	return address_port((struct sockaddr *)&at);
}

static int new_socket(int family, int type)
{
	int on = 1;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	/* With it two UDP sockets could share a port, and one would hear nothing. */
	if (type == SOCK_STREAM) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	return fd;
}

/* One try: returns an open socket or a negative errno. */
static int try_port(int family, int type, uint16_t port)
{
	int fd = new_socket(family, type), error;

	if (fd < 0)
		return fd;
	error = bind_port(fd, family, port);
	/* Where somebody else is bound but does not listen yet, this one fails. */
	if (!error && type == SOCK_STREAM && listen(fd, 4))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

static int try_range(int family, int type, struct port_range range)
{
	unsigned int count = range.high - range.low + 1u;
	unsigned int start = (getpid() + time(NULL)) % count, i;
	const char *protocol = type == SOCK_STREAM ? "tcp" : "udp";
	int fd, error = -EADDRINUSE;

	for (i = 0; i < count; i++) {
		uint16_t port = range.low + (start + i) % count;

		if (is_others(port, protocol))
			continue;
		fd = try_port(family, type, port);
		if (fd >= 0)
			return fd;
		/* A port that another program has is no reason to stop, a ban is. */
		if (fd != -EADDRINUSE)
			error = fd;
		if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM)
			break;
	}
	return error;
}

static int in_range(int family, int type, struct port_range range, uint16_t *port)
{
	int fd = range.low ? try_range(family, type, range) : try_port(family, type, 0);

	if (fd >= 0 && port)
		*port = bound_port(fd);
	return fd;
}

/**
 * ports_udp() - a UDP socket for control packets
 * @to: the socket is for its family
 * @range: of the source port; 0-0: any
 * @port: gets the port in host order; may be NULL
 *
 * Amanda begins anywhere in the range, (pid + time) % size, and goes up.
 *
 * Return: a socket, or a negative errno: -EADDRINUSE where every port of the
 * range is taken, -EACCES where we may not have one.
 */
int ports_udp(const struct sockaddr *to, struct port_range range, uint16_t *port)
{
	return in_range(to->sa_family, SOCK_DGRAM, range, port);
}

/**
 * ports_tcp_listen() - a listening TCP socket for a stream
 * @family: AF_INET or AF_INET6
 * @range: of the port; 0-0: any
 * @port: gets the port in host order; may be NULL
 *
 * Return: a socket, or a negative errno as ports_udp().  Amanda waits up to 30
 * minutes for a free port (stream_server() of common-src/stream.c).
 */
int ports_tcp_listen(int family, struct port_range range, uint16_t *port)
{
	return in_range(family, SOCK_STREAM, range, port);
}

static int try_connect(const struct sockaddr *to, socklen_t length, uint16_t port)
{
	int fd = new_socket(to->sa_family, SOCK_STREAM), error;

	if (fd < 0)
		return fd;
	error = port ? bind_port(fd, to->sa_family, port) : 0;
	if (!error && connect(fd, to, length) && errno != EINPROGRESS)
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

/**
 * ports_tcp_connect() - begin to connect from a port in a range
 * @to: where to
 * @length: of @to
 * @range: of the source port; 0-0: any
 * @port: gets the source port in host order; may be NULL
 *
 * Streams to different ports share one source port, the first of the range
 * that is free, as those of Amanda do.
 *
 * Return: a socket that is connected when it becomes writable, or a negative
 * errno: -EADDRINUSE where all ports of the range are busy.
 */
int ports_tcp_connect(const struct sockaddr *to, socklen_t length, struct port_range range,
		      uint16_t *port)
{
	unsigned int at;
	int fd = -EADDRINUSE;

	for (at = range.low; at <= range.high; at++) {
		if (at && is_others(at, "tcp"))
			continue;
		fd = try_connect(to, length, at);
		if (fd != -EADDRINUSE && fd != -EADDRNOTAVAIL)
			break;
		fd = -EADDRINUSE;
	}
	if (fd >= 0 && port)
		*port = bound_port(fd);
	return fd;
}

/**
 * ports_listen_at() - a target's own socket
 * @type: SOCK_DGRAM, or SOCK_STREAM, which then listens
 * @at: address and port
 * @length: of @at
 *
 * Return: a socket, or a negative errno.
 */
int ports_listen_at(int type, const struct sockaddr *at, socklen_t length)
{
	int fd = new_socket(at->sa_family, type);
	int error = 0;

	if (fd < 0)
		return fd;
	if (bind(fd, at, length) || (type == SOCK_STREAM && listen(fd, 128)))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

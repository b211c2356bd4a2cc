// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An initiator's connection over TCP, for bsdtcp and ssl: stream_client() of
 * Amanda's common-src/stream.c, without blocking.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "muxed.h"
#include "ports.h"

#define AMANDA_PORT 10080

static void say_why(char *text, size_t size, const struct muxed_connection *connection, int error)
{
	const struct sockaddr *to = (const struct sockaddr *)&connection->address;

	snprintf(text, size, "can't connect to %s port %u: %s", connection->name,
		 address_port(to), strerror(error));
}

static void writable(void *arg, uint32_t events)
{
	struct muxed_connection *connection = arg;
	int error = 0, on = 1;
	socklen_t length = sizeof(error);
	char why[NI_MAXHOST + 128];

	(void)events;
	muxed_unwatch(connection);
	if (getsockopt(connection->in, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	if (error) {
		say_why(why, sizeof(why), connection, error);
		muxed_fail(connection, "%s", why);
		return;
	}
	/* control packets are small and somebody waits for each */
	setsockopt(connection->in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->peer->kind->dialled(connection);
}

static int dial(struct muxed_connection *connection, const char *host, struct port_range from,
		char *why, size_t why_size)
{
	struct muxed_peer *peer = connection->peer;
	const struct sockaddr *to = (struct sockaddr *)&connection->address;
	uint16_t port = peer->peer.options.service_port;
	int fd;

	snprintf(connection->name, sizeof(connection->name), "%s", host);
	if (address_resolve(host, port ? port : AMANDA_PORT, SOCK_STREAM, &connection->address,
			    why, why_size))
		return -EHOSTUNREACH;
	fd = ports_tcp_connect(to, address_length(to), from, NULL);
	if (fd == -EADDRINUSE) {
		/* connect_portrange() of common-src/amutil.c */
		snprintf(why, why_size, "All ports between %u and %u are busy",
			 from.low, from.high);
		return fd;
	}
	if (fd < 0) {
		say_why(why, why_size, connection, -fd);
		return fd;
	}
	connection->in = fd;
	connection->out = fd;
	loop_start(peer->peer.loop, &connection->timer, MUXED_CONNECT_WAIT * 1000);
	return muxed_watch(connection, EPOLLOUT, writable);
}

/**
 * muxed_dial() - the connect of struct security_driver, over TCP
 * @driver: whose it is
 * @loop: where it lives
 * @host: name or address
 * @from: source ports; 0-0: any
 * @options: copied
 * @why: gets one line where this fails
 * @why_size: bytes at @why
 *
 * Return: closed by muxed_disconnect(); NULL with errno set.
 */
struct security_peer *muxed_dial(const struct security_driver *driver, struct loop *loop,
				 const char *host, struct port_range from,
				 const struct security_options *options,
				 char *why, size_t why_size)
{
	struct muxed_peer *peer = muxed_peer_new(driver, loop, options);
	struct muxed_connection *connection;
	int error = -ENOMEM;

	connection = peer ? muxed_connection_new(peer, -1, -1) : NULL;
	if (connection)
		error = dial(connection, host, from, why, why_size);
	else
		snprintf(why, why_size, "%s", strerror(ENOMEM));
	if (!error)
		return &peer->peer;
	muxed_disconnect(peer ? &peer->peer : NULL);
	errno = -error;
	return NULL;
}

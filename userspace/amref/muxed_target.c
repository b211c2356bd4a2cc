// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target of the drivers over one connection: bound by itself, or on a socket
 * or a pair of pipes that inetd, sshd or a parent left us.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "allow.h"
#include "muxed.h"
#include "ports.h"

#define CONTROL_HANDLE 1	/* of every initiator's first exchange */

/**
 * muxed_nonblocking() - do not let reads and writes block
 * @fd: any
 *
 * Return: 0, or a negative errno.
 */
int muxed_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ? -errno : 0;
}

static bool has_type(int fd, int level, int option, int wanted)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return !getsockopt(fd, level, option, &value, &length) && value == wanted;
}

/* Refuse what comes on @handle; the initiator has a packet's channel there. */
static void refuse(struct muxed_connection *connection, uint32_t handle, const char *why)
{
	static const struct stream_events nothing;
	char text[ALLOW_WHY_MAX + 16];
	char type = AMANDA_NAK;
	struct iovec part[3] = { { &type, 1 }, { text, 0 }, { (char []){ 0 }, 1 } };
	struct mux_channel *channel;

	channel = mux_open(connection->mux, handle, true, &nothing, NULL);
	if (!channel)
		return;
	/* protocol_accept() of amandad.c */
	part[1].iov_len = snprintf(text, sizeof(text), "ERROR %s\n", why);
	mux_send(channel, part, 3);
	mux_close(channel);
}

static void accept_request(struct muxed_connection *connection, uint32_t handle,
			   const char *data, size_t length)
{
	struct muxed_peer *peer = connection->peer;
	struct muxed_exchange *exchange;

	exchange = muxed_exchange_new(connection, handle, NULL, NULL);
	if (!exchange)
		return;
	peer->events->requested(peer->arg, (struct security_exchange *)exchange,
				connection->name);
	muxed_receive(exchange, data, length);
}

/**
 * muxed_unclaimed() - a frame came on a new handle
 * @connection: a target's
 * @handle: in host order
 * @data: a type byte, a body, and usually a NUL
 * @length: bytes at @data; 0 for the end of a channel
 *
 * As sec_tcp_conn_read_callback() of security-util.c, with the checks of
 * bsd_recv_security_ok(); what is no REQ is forgotten (protocol_accept()).
 */
void muxed_unclaimed(struct muxed_connection *connection, uint32_t handle, const char *data,
		     size_t length)
{
	const struct muxed_peer *peer = connection->peer;
	const struct sockaddr *from = (struct sockaddr *)&connection->address;
	struct wire_request request;
	char why[ALLOW_WHY_MAX], *frame;

	if (!length || handle >= FRAME_STREAM || data[0] != AMANDA_REQ)
		return;
	if (!peer->kind->names_user) {
		accept_request(connection, handle, data, length);
		return;
	}
	if (allow_request(&peer->peer.options, from, connection->name, peer->kind->reserved,
			  data + 1, strnlen(data + 1, length - 1), &request, why, sizeof(why))) {
		refuse(connection, handle, why);
		return;
	}
	/* the frame again, without the SECURITY line */
	frame = malloc(request.rest.length + 1);
	if (!frame)
		return;
	frame[0] = AMANDA_REQ;
	memcpy(frame + 1, request.rest.at, request.rest.length);
	accept_request(connection, handle, frame, request.rest.length + 1);
	free(frame);
}

/* Find out who it is.  -EACCES after a NAK, as bsdtcp_accept() sends one. */
static int identify(struct muxed_connection *connection)
{
	struct sockaddr *address = (struct sockaddr *)&connection->address;
	socklen_t length = sizeof(connection->address);
	const struct muxed_peer *peer = connection->peer;
	char why[ALLOW_WHY_MAX];
	int error = -EACCES, on = 1;

	if (getpeername(connection->in, address, &length))
		snprintf(why, sizeof(why), "getpeername returned: %s", strerror(errno));
	else if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		snprintf(why, sizeof(why), "getpeername returned: no internet address");
	else
		error = allow_name(&peer->peer.options, address, connection->name, why,
				   sizeof(why));
	if (error) {
		/* not in the clear where the other end waits for TLS */
		if (peer->kind->reserved)
			refuse(connection, CONTROL_HANDLE, why);
		return error;
	}
	setsockopt(connection->in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(connection->in, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return 0;
}

static int accept_files(struct muxed_peer *peer, int in, int out)
{
	struct muxed_connection *connection;
	int error = muxed_nonblocking(in);

	if (!error && out != in)
		error = muxed_nonblocking(out);
	if (error)
		return error;
	connection = muxed_connection_new(peer, in, out);
	if (!connection)
		return -ENOMEM;
	snprintf(connection->name, sizeof(connection->name), "localhost");
	if (peer->kind->names_user && identify(connection)) {
		/* the NAK goes out, and the peer goes with it */
		muxed_start(connection, NULL, NULL);
		muxed_fail(connection, "%s is refused", connection->name);
		return 0;
	}
	loop_start(peer->peer.loop, &connection->timer, MUXED_CONNECT_WAIT * 1000);
	peer->kind->accepted(connection);
	return 0;
}

static void connection_waits(void *arg, uint32_t events)
{
	struct muxed_peer *peer = arg;
	int fd = accept4(peer->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd >= 0 && accept_files(peer, fd, fd))
		close(fd);
}

static int watch_listener(struct muxed_peer *peer, int fd)
{
	int error = muxed_nonblocking(fd);

	if (error)
		return error;
	peer->listener.ready = connection_waits;
	peer->listener.arg = peer;
	peer->listener.fd = fd;
	error = loop_watch(peer->peer.loop, &peer->listener, EPOLLIN);
	if (error)
		peer->listener.fd = -1;
	return error;
}

static int bind_listener(struct muxed_peer *peer, const struct sockaddr *address,
			 socklen_t length)
{
	int error, fd;

	if (!address || !peer->kind->names_user)
		return -EDESTADDRREQ;
	fd = ports_listen_at(SOCK_STREAM, address, length);
	if (fd < 0)
		return fd;
	error = watch_listener(peer, fd);
	if (error)
		close(fd);
	return error;
}

static int use_file(struct muxed_peer *peer, int fd)
{
	if (has_type(fd, SOL_SOCKET, SO_ACCEPTCONN, 1))
		return watch_listener(peer, fd);
	/* sshd and a parent leave two pipes, or one socket twice; inetd a socket */
	return accept_files(peer, fd, fd == STDIN_FILENO && !peer->kind->names_user ?
			    STDOUT_FILENO : fd);
}

/**
 * muxed_listen() - the listen of struct security_driver
 * @driver: whose it is
 * @loop: where it lives
 * @fd: -1: bound by itself; a listening socket, or a connection.  Belongs to the
 *	target from here on.  Standard input stands for standard output too, for
 *	the drivers that are run by a program
 * @address: to bind, where @fd is -1
 * @length: of @address
 * @options: copied
 * @events: kept by reference
 * @arg: handed to @events
 * @why: gets one line where this fails
 * @why_size: bytes at @why
 *
 * Return: stopped by muxed_disconnect(); NULL with errno set.
 */
struct security_peer *muxed_listen(const struct security_driver *driver, struct loop *loop, int fd,
				   const struct sockaddr *address, socklen_t length,
				   const struct security_options *options,
				   const struct target_events *events, void *arg,
				   char *why, size_t why_size)
{
	struct muxed_peer *peer = muxed_peer_new(driver, loop, options);
	int error = -ENOMEM;

	if (peer) {
		peer->events = events;
		peer->arg = arg;
		error = fd < 0 ? bind_listener(peer, address, length) : use_file(peer, fd);
	}
	if (!error)
		return &peer->peer;
	if (error == -EDESTADDRREQ)
		snprintf(why, why_size, "%s: a target is run on its standard input",
			 driver->name);
	else
		snprintf(why, why_size, "%s: can't listen: %s", driver->name,
			 strerror(-error));
	muxed_disconnect(peer ? &peer->peer : NULL);
	errno = -error;
	return NULL;
}

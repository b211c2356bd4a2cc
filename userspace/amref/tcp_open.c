// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCP connection in the making; see tcp_open.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports.h"
#include "tcp_open.h"

/* stream_accept() of Amanda's common-src/stream.c takes nothing from this port. */
#define FTP_DATA_PORT 20

/**
 * tcp_open_cancel() - give it up
 * @open: nothing is called any more; need not be in the making
 */
void tcp_open_cancel(struct tcp_open *open)
{
	if (!open->busy)
		return;
	open->busy = false;
	loop_stop(open->loop, &open->timer);
	if (open->file.fd < 0)
		return;
	loop_forget(open->loop, &open->file);
	close(open->file.fd);
}

static void fail(struct tcp_open *open, int error)
{
	char why[80];

	snprintf(why, sizeof(why), "%s", strerror(error));
	/* The words of connect_portrange(), common-src/amutil.c. */
	if (error == EADDRINUSE && open->range.low)
		snprintf(why, sizeof(why), "All ports between %d and %d are busy",
			 open->range.low, open->range.high);
	tcp_open_cancel(open);
	open->failed(open->arg, why);
}

static void expired(void *arg)
{
	struct tcp_open *open = arg;

	fail(open, open->error ? open->error : ETIMEDOUT);
}

static void accepted(void *arg, uint32_t events)
{
	struct tcp_open *open = arg;
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	int on = 1;
	int fd = accept4(open->file.fd, (struct sockaddr *)&from, &length,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (address_port((struct sockaddr *)&from) == FTP_DATA_PORT) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	tcp_open_cancel(open);
	open->opened(open->arg, fd);
}

static void connected(void *arg, uint32_t events)
{
	struct tcp_open *open = arg;
	int fd = open->file.fd, error = 0;
	socklen_t length = sizeof(error);

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) || error) {
		fail(open, error ? error : EIO);
		return;
	}
	loop_forget(open->loop, &open->file);
	open->file.fd = -1;
	tcp_open_cancel(open);
	open->opened(open->arg, fd);
}

static int begin(struct tcp_open *open, struct loop *loop, int fd, uint32_t events)
{
	open->loop = loop;
	open->busy = true;
	open->error = 0;
	open->file.fd = fd;
	open->file.arg = open;
	open->timer = (struct loop_timer){ .expired = expired, .arg = open };
	return fd < 0 ? fd : loop_watch(loop, &open->file, events);
}

/**
 * tcp_open_listen() - wait for a connection
 * @open: with its callbacks filled in
 * @loop: the loop
 * @family: AF_INET or AF_INET6
 * @range: of the port; 0-0: any
 * @port: gets the port, host order
 *
 * It waits without a limit until tcp_open_expect() sets one.  The socket is
 * closed when a connection has come: Amanda leaves it open, and a second
 * connection then hangs unread.
 *
 * Return: 0, or a negative errno: -EADDRINUSE at once where the range is used up.
 */
int tcp_open_listen(struct tcp_open *open, struct loop *loop, int family,
		    struct port_range range, uint16_t *port)
{
	int fd = ports_tcp_listen(family, range, port);
	int error;

	if (fd < 0)
		return fd;
	open->file.ready = accepted;
	error = begin(open, loop, fd, EPOLLIN);
	if (error) {
		open->busy = false;
		close(fd);
	}
	return error;
}

/**
 * tcp_open_expect() - set a time limit
 * @open: in the making
 * @milliseconds: from now
 */
void tcp_open_expect(struct tcp_open *open, unsigned int milliseconds)
{
	if (open->busy)
		loop_start(open->loop, &open->timer, milliseconds);
}

/**
 * tcp_open_connect() - connect
 * @open: with its callbacks filled in; @failed is never called from here, but
 *	from the loop
 * @loop: the loop
 * @to: address and port
 * @range: of the source port; 0-0: any
 * @milliseconds: time limit
 */
void tcp_open_connect(struct tcp_open *open, struct loop *loop, const struct sockaddr *to,
		      struct port_range range, unsigned int milliseconds)
{
	int fd = ports_tcp_connect(to, address_length(to), range, NULL);
	int error;

	open->file.ready = connected;
	error = begin(open, loop, fd, EPOLLOUT);
	if (error && fd >= 0) {
		close(fd);
		open->file.fd = -1;
	}
	open->error = -error;
	open->range = range;
	loop_start(loop, &open->timer, error ? 0 : milliseconds);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver bsd: control packets over UDP, and a TCP connection for each
 * stream, without any framing (Amanda's common-src/bsd-security.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports.h"
#include "tcp_open.h"
#include "udp.h"

#define READ_SIZE (256 * 1024)

/**
 * struct bsd_stream - one stream
 * @base: what udp.c knows
 * @opening: until the connection is there
 * @file: then
 * @watched: @file is in the loop
 * @paused: nothing is to be read
 * @ended: the other end has shut down
 * @blocked: a write was cut short
 */
struct bsd_stream {
	struct udp_stream base;
	struct tcp_open opening;
	struct loop_file file;
	bool watched;
	bool paused;
	bool ended;
	bool blocked;
};

static struct bsd_stream *to_stream(struct security_stream *stream)
{
	return (struct bsd_stream *)stream;
}

/*
 * With nothing to wait for the file leaves the loop, where the end of the
 * connection would be reported for ever.
 */
static void wait_for(struct bsd_stream *stream)
{
	uint32_t events = (stream->paused || stream->ended ? 0 : EPOLLIN) |
			  (stream->blocked ? EPOLLOUT : 0);
	struct loop *loop = stream->base.peer->peer.loop;

	if (stream->file.fd < 0)
		return;
	if (!events && stream->watched)
		loop_forget(loop, &stream->file);
	else if (events && stream->watched)
		loop_change(loop, &stream->file, events);
	else if (events)
		loop_watch(loop, &stream->file, events);
	stream->watched = events;
}

static void broke(struct bsd_stream *stream, int error)
{
	stream->ended = true;
	stream->blocked = false;
	wait_for(stream);
	stream->base.stream.events->failed(stream->base.stream.arg, strerror(error));
}

static void read_some(struct bsd_stream *stream)
{
	const struct stream_events *events = stream->base.stream.events;
	char data[READ_SIZE];
	ssize_t n = recv(stream->file.fd, data, sizeof(data), 0);

	if (n > 0) {
		if (events->data)
			events->data(stream->base.stream.arg, data, n);
	} else if (!n) {
		stream->ended = true;
		wait_for(stream);
		if (events->ended)
			events->ended(stream->base.stream.arg);
	} else if (errno != EAGAIN && errno != EINTR) {
		broke(stream, errno);
	}
}

/* One callback for each call: it may close the stream. */
static void ready(void *arg, uint32_t events)
{
	struct bsd_stream *stream = arg;

	if (stream->blocked && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
		stream->blocked = false;
		wait_for(stream);
		if (stream->base.stream.events->writable)
			stream->base.stream.events->writable(stream->base.stream.arg);
		return;
	}
	if (!stream->paused && !stream->ended)
		read_some(stream);
}

static void opened(void *arg, int fd)
{
	struct bsd_stream *stream = arg;

	stream->file.fd = fd;
	wait_for(stream);
	if (stream->base.stream.events->opened)
		stream->base.stream.events->opened(stream->base.stream.arg);
}

static void failed(void *arg, const char *why)
{
	struct bsd_stream *stream = arg;
	char text[NI_MAXHOST + 128];

	udp_stream_why(text, sizeof(text), stream->base.peer, stream->base.stream.number, why);
	stream->base.stream.events->failed(stream->base.stream.arg, text);
}

static struct bsd_stream *new_stream(struct security_exchange *exchange,
				     const struct stream_events *events, void *arg)
{
	struct bsd_stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	udp_stream_add(&stream->base, exchange, events, arg);
	stream->file = (struct loop_file){ .fd = -1, .ready = ready, .arg = stream };
	stream->opening.opened = opened;
	stream->opening.failed = failed;
	stream->opening.arg = stream;
	return stream;
}

static struct security_stream *bsd_stream_connect(struct security_exchange *exchange, int number,
						  const struct stream_events *events, void *arg)
{
	struct bsd_stream *stream;
	struct sockaddr_storage to = ((struct udp_exchange *)exchange)->address;

	if (number < 1 || number > 65535) {
		errno = EINVAL;
		return NULL;
	}
	stream = new_stream(exchange, events, arg);
	if (!stream)
		return NULL;
	stream->base.stream.number = number;
	address_set_port((struct sockaddr *)&to, number);
	tcp_open_connect(&stream->opening, exchange->peer->loop, (struct sockaddr *)&to,
			 exchange->peer->options.unreserved_tcp, TCP_OPEN_WAIT);
	return &stream->base.stream;
}

static struct security_stream *bsd_stream_listen(struct security_exchange *exchange,
						 const struct stream_events *events, void *arg,
						 int *error)
{
	struct bsd_stream *stream = new_stream(exchange, events, arg);
	int family = ((struct udp_exchange *)exchange)->address.ss_family;
	uint16_t port;

	*error = -ENOMEM;
	if (!stream)
		return NULL;
	*error = tcp_open_listen(&stream->opening, exchange->peer->loop, family,
				 udp_stream_range(&exchange->peer->options), &port);
	if (!*error) {
		stream->base.stream.number = port;
		return &stream->base.stream;
	}
	udp_stream_remove(&stream->base);
	free(stream);
	return NULL;
}

/* The answer has been acknowledged: the streams come now, or never. */
static void bsd_end(struct security_exchange *exchange)
{
	struct udp_stream *stream;

	for (stream = ((struct udp_peer *)exchange->peer)->streams; stream; stream = stream->next)
		if (stream->stream.exchange == exchange && stream->peer->target)
			tcp_open_expect(&((struct bsd_stream *)stream)->opening, TCP_OPEN_WAIT);
	udp_end(exchange);
}

static ssize_t bsd_stream_write(struct security_stream *stream, const char *data, size_t length)
{
	struct bsd_stream *own = to_stream(stream);
	ssize_t n;

	if (own->file.fd < 0)
		return -ENOTCONN;
	n = send(own->file.fd, data, length, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (n < 0)
		n = 0;
	if ((size_t)n < length && !own->blocked) {
		own->blocked = true;
		wait_for(own);
	}
	return n;
}

static void bsd_stream_shutdown(struct security_stream *stream)
{
	struct bsd_stream *own = to_stream(stream);

	if (own->file.fd >= 0)
		shutdown(own->file.fd, SHUT_WR);
}

static void bsd_stream_pause(struct security_stream *stream, bool paused)
{
	to_stream(stream)->paused = paused;
	wait_for(to_stream(stream));
}

static void bsd_stream_close(struct security_stream *stream)
{
	struct bsd_stream *own = to_stream(stream);

	tcp_open_cancel(&own->opening);
	if (own->watched)
		loop_forget(own->base.peer->peer.loop, &own->file);
	if (own->file.fd >= 0)
		close(own->file.fd);
	udp_stream_remove(&own->base);
	free(own);
}

const struct security_driver bsd_driver = {
	.name = "bsd",
	.acknowledges = true,
	.connect = udp_connect,
	.disconnect = udp_close,
	.begin = udp_begin,
	.send = udp_send,
	.end = bsd_end,
	.listen = udp_listen,
	.stop = udp_close,
	.stream_connect = bsd_stream_connect,
	.stream_listen = bsd_stream_listen,
	.stream_write = bsd_stream_write,
	.stream_shutdown = bsd_stream_shutdown,
	.stream_pause = bsd_stream_pause,
	.stream_close = bsd_stream_close,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver bsdudp: control packets over UDP, and one TCP connection for all
 * streams of an exchange (Amanda's common-src/bsdudp-security.c, and the tcp1_*
 * functions of security-util.c).  The first stream's number is the connection's
 * port, those of the others count down from 499999 and mean nothing outside.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mux.h"
#include "ports.h"
#include "tcp_open.h"
#include "udp.h"

/**
 * struct bsdudp_link - the connection of an exchange's streams
 * @peer: whose it is
 * @exchange: NULL where it has ended
 * @mux: its streams
 * @opening: until the connection is there
 * @fd: then
 * @port: what the CONNECT line says
 * @next: number of the target's next stream
 * @streams: how many are alive; the last one takes the link with it
 */
struct bsdudp_link {
	struct udp_peer *peer;
	struct udp_exchange *exchange;
	struct mux *mux;
	struct tcp_open opening;
	int fd;
	uint16_t port;
	uint32_t next;
	unsigned int streams;
};

struct bsdudp_stream {
	struct udp_stream base;
	struct bsdudp_link *link;
	struct mux_channel *channel;
};

static struct bsdudp_stream *to_stream(struct security_stream *stream)
{
	return (struct bsdudp_stream *)stream;
}

static void tell_opened(struct bsdudp_link *link)
{
	struct udp_stream *stream;

	for (stream = link->peer->streams; stream; stream = stream->next)
		if (((struct bsdudp_stream *)stream)->link == link)
			mux_opened(((struct bsdudp_stream *)stream)->channel);
}

static void opened(void *arg, int fd)
{
	struct bsdudp_link *link = arg;

	link->fd = fd;
	mux_start(link->mux, fd, fd, NULL, NULL);
	tell_opened(link);
}

static void failed(void *arg, const char *why)
{
	struct bsdudp_link *link = arg;
	char text[NI_MAXHOST + 128];

	udp_stream_why(text, sizeof(text), link->peer, link->port, why);
	mux_fail(link->mux, text);
}

/* Streams of the link hear of its end themselves. */
static const struct mux_events mux_events = { 0 };

static void free_link(struct bsdudp_link *link)
{
	tcp_open_cancel(&link->opening);
	mux_free(link->mux);
	if (link->fd >= 0)
		close(link->fd);
	if (link->exchange)
		link->exchange->link = NULL;
	free(link);
}

static struct bsdudp_link *new_link(struct udp_exchange *exchange)
{
	struct bsdudp_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	link->peer = (struct udp_peer *)exchange->exchange.peer;
	link->mux = mux_new(link->peer->peer.loop, &mux_events, link);
	if (!link->mux) {
		free(link);
		return NULL;
	}
	link->fd = -1;
	link->opening = (struct tcp_open){ .opened = opened, .failed = failed, .arg = link };
	link->next = FRAME_FIRST;
	link->exchange = exchange;
	exchange->link = link;
	return link;
}

static struct security_stream *add_stream(struct bsdudp_link *link, int number,
					  const struct stream_events *events, void *arg)
{
	struct bsdudp_stream *stream = calloc(1, sizeof(*stream));

	if (stream)
		stream->channel = mux_open(link->mux, number, false, events, arg);
	if (!stream || !stream->channel) {
		free(stream);
		if (!link->streams)
			free_link(link);
		return NULL;
	}
	stream->link = link;
	link->streams++;
	udp_stream_add(&stream->base, &link->exchange->exchange, events, arg);
	stream->base.stream.number = number;
	if (link->fd >= 0)
		mux_opened(stream->channel);
	return &stream->base.stream;
}

static struct bsdudp_link *connect_link(struct udp_exchange *exchange, int number)
{
	struct sockaddr_storage to = exchange->address;
	struct bsdudp_link *link;

	if (number < 1 || number > 65535) {
		errno = EINVAL;
		return NULL;
	}
	link = new_link(exchange);
	if (!link)
		return NULL;
	link->port = number;
	address_set_port((struct sockaddr *)&to, number);
	tcp_open_connect(&link->opening, exchange->exchange.peer->loop, (struct sockaddr *)&to,
			 exchange->exchange.peer->options.unreserved_tcp, TCP_OPEN_WAIT);
	return link;
}

static struct security_stream *bsdudp_stream_connect(struct security_exchange *exchange,
						     int number,
						     const struct stream_events *events, void *arg)
{
	struct udp_exchange *own = (struct udp_exchange *)exchange;
	struct bsdudp_link *link = own->link ? own->link : connect_link(own, number);

	return link ? add_stream(link, number, events, arg) : NULL;
}

static struct bsdudp_link *listen_link(struct udp_exchange *exchange, int *error)
{
	struct bsdudp_link *link = new_link(exchange);

	*error = -ENOMEM;
	if (!link)
		return NULL;
	*error = tcp_open_listen(&link->opening, exchange->exchange.peer->loop,
				 exchange->address.ss_family,
				 udp_stream_range(&exchange->exchange.peer->options), &link->port);
	if (!*error)
		return link;
	free_link(link);
	return NULL;
}

static struct security_stream *bsdudp_stream_listen(struct security_exchange *exchange,
						    const struct stream_events *events, void *arg,
						    int *error)
{
	struct udp_exchange *own = (struct udp_exchange *)exchange;
	struct bsdudp_link *link = own->link;
	struct security_stream *stream;

	if (link) {
		stream = add_stream(link, link->next--, events, arg);
	} else {
		link = listen_link(own, error);
		stream = link ? add_stream(link, link->port, events, arg) : NULL;
		if (!link)
			return NULL;
	}
	*error = stream ? 0 : -ENOMEM;
	return stream;
}

/* The answer has been acknowledged: the connection comes now, or never. */
static void bsdudp_end(struct security_exchange *exchange)
{
	struct bsdudp_link *link = ((struct udp_exchange *)exchange)->link;

	if (link) {
		((struct udp_exchange *)exchange)->link = NULL;
		link->exchange = NULL;
		if (link->peer->target)
			tcp_open_expect(&link->opening, TCP_OPEN_WAIT);
	}
	udp_end(exchange);
}

static ssize_t bsdudp_stream_write(struct security_stream *stream, const char *data,
				   size_t length)
{
	return mux_write(to_stream(stream)->channel, data, length);
}

static void bsdudp_stream_shutdown(struct security_stream *stream)
{
	mux_shutdown(to_stream(stream)->channel);
}

static void bsdudp_stream_pause(struct security_stream *stream, bool paused)
{
	mux_pause(to_stream(stream)->channel, paused);
}

static void bsdudp_stream_close(struct security_stream *stream)
{
	struct bsdudp_stream *own = to_stream(stream);
	struct bsdudp_link *link = own->link;

	mux_close(own->channel);
	udp_stream_remove(&own->base);
	free(own);
	if (!--link->streams)
		free_link(link);
}

const struct security_driver bsdudp_driver = {
	.name = "bsdudp",
	.acknowledges = true,
	.connect = udp_connect,
	.disconnect = udp_close,
	.begin = udp_begin,
	.send = udp_send,
	.end = bsdudp_end,
	.listen = udp_listen,
	.stop = udp_close,
	.stream_connect = bsdudp_stream_connect,
	.stream_listen = bsdudp_stream_listen,
	.stream_write = bsdudp_stream_write,
	.stream_shutdown = bsdudp_stream_shutdown,
	.stream_pause = bsdudp_stream_pause,
	.stream_close = bsdudp_stream_close,
};

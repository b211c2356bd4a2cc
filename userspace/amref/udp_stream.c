// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the streams of bsd and bsdudp have in common; see udp.h.
 */
#include <netinet/in.h>
#include <stdio.h>

#include "fault.h"
#include "udp.h"

static struct udp_peer *to_peer(struct security_peer *peer)
{
	return (struct udp_peer *)peer;
}

/**
 * udp_stream_add() - a new stream is there
 * @stream: zeroed; its driver's
 * @exchange: that it belongs to
 * @events: of the stream
 * @arg: for @events
 */
void udp_stream_add(struct udp_stream *stream, struct security_exchange *exchange,
		    const struct stream_events *events, void *arg)
{
	stream->stream.exchange = exchange;
	stream->stream.events = events;
	stream->stream.arg = arg;
	stream->peer = to_peer(exchange->peer);
	stream->next = stream->peer->streams;
	stream->peer->streams = stream;
}

/**
 * udp_stream_remove() - it is gone
 * @stream: that was added; freed by the driver
 */
void udp_stream_remove(struct udp_stream *stream)
{
	struct udp_stream **at = &stream->peer->streams;

	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
}

/**
 * udp_stream_range() - where a target's streams listen
 * @options: the range, and faults that leave it
 *
 * Return: the range; 0-0: any port.
 */
struct port_range udp_stream_range(const struct security_options *options)
{
	struct port_range range = options->unreserved_tcp;
	const struct fault *fault = options->fault;

	if (fault_is(fault, FAULT_PRIVILEGED_PORT)) {
		range.low = fault->number < IPPORT_RESERVED ? fault->number : 600;
		range.high = IPPORT_RESERVED - 1;
	} else if (fault_is(fault, FAULT_PORT_RANGE) && range.high &&
		   range.high + fault->number <= 65535) {
		range.low = range.high + fault->number;
		range.high = range.low + 100 > 65535 ? 65535 : range.low + 100;
	}
	return range;
}

/**
 * udp_stream_why() - say which stream could not be opened, as Amanda does
 * @text: gets one line
 * @size: bytes at @text
 * @peer: the peer
 * @number: the stream's port
 * @why: the reason
 *
 * bsd_stream_client() and bsd_stream_accept() of common-src/bsd-security.c.
 */
void udp_stream_why(char *text, size_t size, const struct udp_peer *peer, int number,
		    const char *why)
{
	if (peer->target)
		snprintf(text, size, "can't accept new stream connection: %s", why);
	else
		snprintf(text, size, "can't connect stream to %s port %d: %s", peer->host, number,
			 why);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control packets over UDP, which bsd and bsdudp have in common, and the list
 * of their streams.
 */
#ifndef AMREF_UDP_H
#define AMREF_UDP_H

#include <netdb.h>

#include "driver.h"
#include "loop.h"
#include "wire.h"

struct udp_stream;

/**
 * struct udp_exchange - one handle and sequence number
 * @exchange: what the caller sees
 * @next: of the same peer
 * @address: where its packets come from and go to
 * @handle: the initiator's choice
 * @sequence: likewise
 * @acknowledged: an ACK has come
 * @ended: a target's that is over: its REQ may still be repeated
 * @link: bsdudp: the connection of its streams
 */
struct udp_exchange {
	struct security_exchange exchange;
	struct udp_exchange *next;
	struct sockaddr_storage address;
	char handle[WIRE_HANDLE_MAX + 1];
	int sequence;
	bool acknowledged;
	bool ended;
	void *link;
};

/**
 * struct udp_peer - one UDP socket
 * @peer: what the caller sees
 * @file: the socket
 * @target: the events of a target; NULL: this is an initiator
 * @arg: for @target
 * @address: an initiator's target
 * @host: its name as it was given
 * @handles: the number of the next exchange
 * @told: the last errno that was printed
 * @exchanges: all that are alive
 * @streams: likewise
 */
struct udp_peer {
	struct security_peer peer;
	struct loop_file file;
	const struct target_events *target;
	void *arg;
	struct sockaddr_storage address;
	char host[NI_MAXHOST];
	unsigned int handles;
	int told;
	struct udp_exchange *exchanges;
	struct udp_stream *streams;
};

/* Both drivers embed this as the first member of their streams. */
struct udp_stream {
	struct security_stream stream;
	struct udp_peer *peer;
	struct udp_stream *next;
};

struct security_peer *udp_connect(const struct security_driver *driver, struct loop *loop,
				  const char *host, const struct security_options *options,
				  char *why, size_t why_size);
struct security_exchange *udp_begin(struct security_peer *peer,
				    const struct exchange_events *events, void *arg);
int udp_send(struct security_exchange *exchange, enum amanda_type type, const char *body,
	     size_t length);
void udp_end(struct security_exchange *exchange);
struct security_peer *udp_listen(const struct security_driver *driver, struct loop *loop, int fd,
				 const struct sockaddr *address, socklen_t length,
				 const struct security_options *options,
				 const struct target_events *events, void *arg,
				 char *why, size_t why_size);
void udp_close(struct security_peer *peer);

void udp_stream_add(struct udp_stream *stream, struct security_exchange *exchange,
		    const struct stream_events *events, void *arg);
void udp_stream_remove(struct udp_stream *stream);
struct port_range udp_stream_range(const struct security_options *options);
void udp_stream_why(char *text, size_t size, const struct udp_peer *peer, int number,
		    const char *why);

#endif /* AMREF_UDP_H */

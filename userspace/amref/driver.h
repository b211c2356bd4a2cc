/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Security API: an initiator talks to a target through a driver, and the
 * target is always an amandad.  It has the shape of Amanda's own
 * (common-src/security.h) without its history: a peer, on which requests are
 * made; an exchange, which is one request with all that answers it; streams,
 * which an answer names.  Everything is asynchronous.
 *
 * One file for each driver, one row for each in driver_table[].
 */
#ifndef AMREF_DRIVER_H
#define AMREF_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "amanda_packet.h"

struct loop;
struct fault;		/* misbehaviour on purpose, see fault.h */

struct port_range {
	uint16_t low;	/* host order, both ends included */
	uint16_t high;
};

/**
 * struct security_options - what a driver needs to know; may be zeroed
 * @service_port: amandad's port, UDP or TCP; 0: 10080
 * @reserved_udp: source ports of control packets; 0-0: 512-1023 where we are
 *	root, any port otherwise
 * @reserved_tcp: source ports of bsdtcp; likewise
 * @unreserved_tcp: source and listening ports of streams; 0-0: any
 * @user: for SECURITY USER; NULL: the name of the effective user
 * @amandahosts: file that allows peers; NULL: everybody is allowed
 * @check_reserved: a target refuses peers whose port is 1024 or above
 * @check_names: a target refuses peers whose names do not agree
 * @command: ssh, rsh, local: the program to run instead of the usual one
 * @remote_amandad: ssh, rsh, local: path of amandad at the other end
 * @ssl_certificate: ssl: file names
 * @ssl_key: likewise
 * @ssl_ca: likewise
 * @fault: NULL: none
 */
struct security_options {
	uint16_t service_port;
	struct port_range reserved_udp;
	struct port_range reserved_tcp;
	struct port_range unreserved_tcp;
	const char *user;
	const char *amandahosts;
	bool check_reserved;
	bool check_names;
	const char *command;
	const char *remote_amandad;
	const char *ssl_certificate;
	const char *ssl_key;
	const char *ssl_ca;
	const struct fault *fault;
};

struct security_driver;

/*
 * Drivers embed these three as the first member of structures of their own.
 * @driver points back to the driver.
 */
struct security_peer {
	const struct security_driver *driver;
	struct loop *loop;
	struct security_options options;
};

struct security_exchange {
	struct security_peer *peer;
	const struct exchange_events *events;
	void *arg;
};

struct security_stream {
	struct security_exchange *exchange;
	const struct stream_events *events;
	void *arg;
	int number;	/* what stands in the CONNECT line */
};

/**
 * struct exchange_events - what happens to an exchange
 * @packet: a packet came; @body is without the header and, where the driver has
 *	one, without its SECURITY line; it does not end in a NUL and is gone
 *	after the call
 * @failed: the connection is lost, or the peer is refused; @why is one line.
 *	No other event follows
 */
struct exchange_events {
	void (*packet)(void *arg, enum amanda_type type, const char *body, size_t length);
	void (*failed)(void *arg, const char *why);
};

/**
 * struct stream_events - what happens to a stream
 * @opened: both ends are there
 * @data: bytes came; gone after the call
 * @writable: a write that returned less than it was given may go on
 * @ended: the other end will send no more (an orderly end of the stream)
 * @failed: the stream could not be opened, or broke; nothing follows
 */
struct stream_events {
	void (*opened)(void *arg);
	void (*data)(void *arg, const char *data, size_t length);
	void (*writable)(void *arg);
	void (*ended)(void *arg);
	void (*failed)(void *arg, const char *why);
};

/**
 * struct target_events - what happens to a target
 * @requested: a peer sent a REQ that opens a new exchange; the callee sets
 *	@exchange->events and @exchange->arg before it returns.  @peer_name is
 *	the peer's host name, or its address.  The REQ itself follows as the
 *	exchange's first packet event.
 * @idle: the last connection is gone (a target that serves one connection)
 */
struct target_events {
	void (*requested)(void *arg, struct security_exchange *exchange, const char *peer_name);
	void (*idle)(void *arg);
};

/**
 * struct security_driver - one way to talk to an amandad
 * @name: as in amanda.conf
 * @acknowledges: packets may get lost: REQ, REP need an ACK and are repeated
 *	(bsd, bsdudp).  The state machines of protocol.c and amandad.c read it;
 *	a driver itself never repeats a packet
 * @own: what drivers with the same calls differ in (struct muxed_kind)
 * @connect: an initiator's peer; returns NULL with errno set and @why filled in
 * @disconnect: close it with all that belongs to it
 * @begin: a new exchange of an initiator (a new handle)
 * @send: send a packet of an exchange.  For a REQ the driver adds its SECURITY
 *	line.  0 or a negative errno
 * @end: forget an exchange; its streams live on
 * @listen: a target: bound by itself, or on @fd from inetd where that is not -1
 * @stop: close it with all that belongs to it
 * @stream_connect: initiator: open the stream that the answer calls @number
 * @stream_listen: target: make a stream whose @number goes into the answer;
 *	-EADDRINUSE at once where the range has no free port
 * @stream_write: how much was taken, 0 where the pipe is full, or a negative
 *	errno
 * @stream_shutdown: no more will be written
 * @stream_pause: stop or go on reading
 * @stream_close: forget it
 *
 * All objects that a call returns belong to the driver and are freed by the
 * call that ends them.
 */
struct security_driver {
	const char *name;
	bool acknowledges;
	const void *own;

	struct security_peer *(*connect)(const struct security_driver *driver,
					 struct loop *loop, const char *host,
					 const struct security_options *options,
					 char *why, size_t why_size);
	void (*disconnect)(struct security_peer *peer);
	struct security_exchange *(*begin)(struct security_peer *peer,
					   const struct exchange_events *events, void *arg);
	int (*send)(struct security_exchange *exchange, enum amanda_type type,
		    const char *body, size_t length);
	void (*end)(struct security_exchange *exchange);

	struct security_peer *(*listen)(const struct security_driver *driver,
					struct loop *loop, int fd,
					const struct sockaddr *address, socklen_t address_length,
					const struct security_options *options,
					const struct target_events *events, void *arg,
					char *why, size_t why_size);
	void (*stop)(struct security_peer *target);

	struct security_stream *(*stream_connect)(struct security_exchange *exchange, int number,
						  const struct stream_events *events, void *arg);
	struct security_stream *(*stream_listen)(struct security_exchange *exchange,
						 const struct stream_events *events, void *arg,
						 int *error);
	ssize_t (*stream_write)(struct security_stream *stream, const char *data, size_t length);
	void (*stream_shutdown)(struct security_stream *stream);
	void (*stream_pause)(struct security_stream *stream, bool paused);
	void (*stream_close)(struct security_stream *stream);
};

const struct security_driver *driver_find(const char *name);
const struct security_driver *driver_at(size_t index);

extern const struct security_driver bsd_driver;
extern const struct security_driver bsdudp_driver;
extern const struct security_driver bsdtcp_driver;
extern const struct security_driver ssl_driver;
extern const struct security_driver local_driver;
extern const struct security_driver ssh_driver;
extern const struct security_driver rsh_driver;

#endif /* AMREF_DRIVER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the drivers over one connection have in common: bsdtcp, ssl, local, ssh,
 * rsh.  Exchanges and streams are channels of a mux; a driver only has to bring
 * the connection about, and fills in a struct muxed_kind.
 */
#ifndef AMREF_MUXED_H
#define AMREF_MUXED_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "driver.h"
#include "loop.h"
#include "mux.h"

/* Seconds that a connection may take: CONNECT_TIMEOUT of Amanda's drivers. */
#define MUXED_CONNECT_WAIT	20
/* Seconds that a target bears a connection without a request: amandad.c. */
#define MUXED_IDLE_WAIT		30

struct muxed_connection;
struct muxed_exchange;
struct muxed_stream;
struct muxed_peer;

/**
 * struct muxed_kind - where these drivers differ, @own of struct security_driver
 * @names_user: a REQ begins with a SECURITY line, and a target looks at it, at
 *	the peer's name and at .amandahosts; ssh and its like leave that to the
 *	program that connected them
 * @reserved: and the peer's port has to be a reserved one
 * @dialled: initiator: a TCP connection is there, from muxed_dial(); goes on to
 *	muxed_start(), now or later
 * @accepted: target: likewise for a connection from outside
 * @released: free @private; the files are still open
 */
struct muxed_kind {
	bool names_user;
	bool reserved;
	void (*dialled)(struct muxed_connection *connection);
	void (*accepted)(struct muxed_connection *connection);
	void (*released)(struct muxed_connection *connection);
};

/**
 * struct muxed_connection - one connection
 * @peer: whose it is
 * @mux: there as long as the connection is
 * @in: file to read from; -1 before it is connected
 * @out: file to write to, the same for a socket
 * @child: program at the other end of @in and @out; 0: none
 * @file: watches @in before muxed_start(), for who connects it
 * @timer: gives up connecting; later an idle connection
 * @address: of the other end; ss_family is 0 where it has none
 * @name: of the other end
 * @private: the driver's
 * @gone: closed, but exchanges and streams still have to be ended by their owners
 */
struct muxed_connection {
	struct muxed_connection *next;
	struct muxed_peer *peer;
	struct mux *mux;
	struct muxed_exchange *exchanges;
	struct muxed_stream *streams;
	uint32_t next_exchange;
	uint32_t next_stream;
	int in, out;
	pid_t child;
	struct loop_file file;
	bool watched;
	struct loop_timer timer;
	struct sockaddr_storage address;
	char name[NI_MAXHOST];
	void *private;
	bool gone;
};

/**
 * struct muxed_peer - an initiator's peer, or a target
 * @peer: the public part, first
 * @kind: the driver's
 * @connections: one for an initiator, any number for a target
 * @events: NULL for an initiator
 * @arg: handed to @events
 * @listener: the listening socket of a target; fd is -1 where it has none
 */
struct muxed_peer {
	struct security_peer peer;
	const struct muxed_kind *kind;
	struct muxed_connection *connections;
	const struct target_events *events;
	void *arg;
	struct loop_file listener;
};

/**
 * struct muxed_exchange - an exchange
 * @settled: initiator: the answer came; target: the initiator acknowledged it, or
 *	was refused.  The end of the channel is no failure any more
 */
struct muxed_exchange {
	struct security_exchange exchange;
	struct muxed_exchange *next;
	struct muxed_connection *connection;
	struct mux_channel *channel;
	bool settled;
};

struct muxed_stream {
	struct security_stream stream;
	struct muxed_stream *next;
	struct muxed_connection *connection;
	struct mux_channel *channel;
};

/* For drivers: muxed.c */
struct muxed_peer *muxed_peer_new(const struct security_driver *driver, struct loop *loop,
				  const struct security_options *options);
struct muxed_connection *muxed_connection_new(struct muxed_peer *peer, int in, int out);
int muxed_start(struct muxed_connection *connection, const struct mux_io *io, void *io_arg);
void muxed_fail(struct muxed_connection *connection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int muxed_watch(struct muxed_connection *connection, uint32_t events,
		void (*ready)(void *arg, uint32_t events));
void muxed_settle(struct muxed_connection *connection);
void muxed_unwatch(struct muxed_connection *connection);
int muxed_nonblocking(int fd);

/* Target: muxed_target.c */
struct security_peer *muxed_listen(const struct security_driver *driver, struct loop *loop, int fd,
				   const struct sockaddr *address, socklen_t length,
				   const struct security_options *options,
				   const struct target_events *events, void *arg,
				   char *why, size_t why_size);
void muxed_unclaimed(struct muxed_connection *connection, uint32_t handle, const char *data,
		     size_t length);

/* Initiator over TCP: muxed_dial.c */
struct security_peer *muxed_dial(const struct security_driver *driver, struct loop *loop,
				 const char *host, struct port_range from,
				 const struct security_options *options,
				 char *why, size_t why_size);

/* Initiator through a program: muxed_child.c */
struct muxed_words {
	char text[1024];
	char *word[64];
	size_t count;
};

void muxed_words(struct muxed_words *words, const char *text);
void muxed_word(struct muxed_words *words, const char *word);
struct security_peer *muxed_run(const struct security_driver *driver, struct loop *loop,
				const char *host, char *const argv[], const char *login,
				const struct security_options *options,
				char *why, size_t why_size);
void muxed_reap(struct muxed_connection *connection);

/* Exchanges and streams: muxed_exchange.c */
struct muxed_exchange *muxed_exchange_new(struct muxed_connection *connection, uint32_t handle,
					  const struct exchange_events *events, void *arg);
void muxed_receive(struct muxed_exchange *exchange, const char *data, size_t length);

/* What all of the drivers put into struct security_driver. */
void muxed_disconnect(struct security_peer *peer);
struct security_exchange *muxed_begin(struct security_peer *peer,
				      const struct exchange_events *events, void *arg);
int muxed_send(struct security_exchange *exchange, enum amanda_type type,
	       const char *body, size_t length);
void muxed_end(struct security_exchange *exchange);
struct security_stream *muxed_stream_connect(struct security_exchange *exchange, int number,
					     const struct stream_events *events, void *arg);
struct security_stream *muxed_stream_listen(struct security_exchange *exchange,
					    const struct stream_events *events, void *arg,
					    int *error);
ssize_t muxed_stream_write(struct security_stream *stream, const char *data, size_t length);
void muxed_stream_shutdown(struct security_stream *stream);
void muxed_stream_pause(struct security_stream *stream, bool paused);
void muxed_stream_close(struct security_stream *stream);

#define MUXED_DRIVER_CALLS				\
	.disconnect = muxed_disconnect,			\
	.begin = muxed_begin,				\
	.send = muxed_send,				\
	.end = muxed_end,				\
	.stop = muxed_disconnect,			\
	.stream_connect = muxed_stream_connect,		\
	.stream_listen = muxed_stream_listen,		\
	.stream_write = muxed_stream_write,		\
	.stream_shutdown = muxed_stream_shutdown,	\
	.stream_pause = muxed_stream_pause,		\
	.stream_close = muxed_stream_close

#endif /* AMREF_MUXED_H */

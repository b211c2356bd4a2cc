/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The initiators of "amref load": load_offer.c begins sessions, load_client.c
 * has them.
 */
#ifndef AMREF_LOAD_CLIENT_H
#define AMREF_LOAD_CLIENT_H

#include "load_parts.h"

/* How much of a stream is read at once. */
#define LOAD_READ_SIZE	65536

enum client_state {
	CLIENT_FREE,
	CLIENT_ASKED,	/* no ACK yet */
	CLIENT_WAITING,	/* for the REP */
	CLIENT_OPENING,	/* streams are not all there */
	CLIENT_HOLDING,	/* they are */
};

/**
 * struct load_stream - an initiator's end of a stream
 * @client: whose
 * @file: its connection; fd -1 where there is none
 * @got: bytes that came
 */
struct load_stream {
	struct load_client *client;
	struct loop_file file;
	uint64_t got;
};

/**
 * struct load_client - an initiator
 * @udp: its control socket; fd -1 where there is none
 * @timer: of the state it is in
 * @due: when the session was to begin; nanoseconds, as the others
 * @asked: when it began
 * @answered: when the REP came
 * @key: proves the streams
 * @sequence: of the REQ
 * @number: of the session; its handle
 * @ready: streams that are there
 * @acknowledged: an ACK came
 * @stream: as many as there may be; fd -1 where there is no connection
 */
struct load_client {
	struct load_clients *all;
	struct loop_file udp;
	struct loop_timer timer;
	uint64_t due;
	uint64_t asked;
	uint64_t answered;
	union load_address from;
	union load_address to;
	uint32_t key;
	int32_t sequence;
	uint32_t number;
	uint8_t state;
	uint8_t tries;
	uint8_t resets;
	uint8_t ready;
	bool acknowledged;
	struct load_stream *stream;
};

/**
 * struct load_clients - all of them
 * @client: the clients
 * @stream: their streams
 * @free: indices of clients without a session, as a stack
 * @idle: how many there are
 * @connections: of each session
 * @files: sockets that each session needs at most, those of its target included
 * @tick: begins sessions
 * @underway: sessions
 * @standing: of these, those whose streams are all there
 * @buffer: for everybody to read into
 */
struct load_clients {
	struct load *load;
	struct load_client *client;
	struct load_stream *stream;
	unsigned int *free;
	unsigned int idle;
	unsigned int connections;
	long files;
	struct loop_timer tick;
	uint64_t underway;
	uint64_t standing;
	char buffer[LOAD_READ_SIZE];
};

void load_client_begin(struct load_client *client, uint64_t due);
void load_client_lose(struct load_client *client, enum load_loss why);
void load_client_end(struct load_client *client);
void load_client_stream_ready(void *arg, uint32_t events);
void load_client_control_ready(void *arg, uint32_t events);
void load_client_expired(void *arg);
void load_offer_more(struct load_clients *all);

#endif /* AMREF_LOAD_CLIENT_H */

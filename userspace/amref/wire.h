/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Printing what goes on the wire, and taking bodies apart.  Headers and CONNECT
 * lines are read by kernel/amanda_packet.h alone.
 */
#ifndef AMREF_WIRE_H
#define AMREF_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "amanda_packet.h"

/* dgram.h of Amanda's common-src: what it sends and receives at most. */
#define WIRE_DATAGRAM_MAX	65503
/* The most that fits into a UDP datagram over IPv4. */
#define WIRE_UDP_MAX		65507
/* A handle of Amanda has 12 characters; a header has 255 at most. */
#define WIRE_HANDLE_MAX		200
#define WIRE_WORD_MAX		64


/* A piece of a text that belongs to somebody else; not ended by a NUL. */
struct text {
	const char *at;
	size_t length;
};

/**
 * struct wire_request - the body of a REQ, taken apart
 * @security: what stands behind "SECURITY "; @security.at is NULL without such a line
 * @service: the word behind "SERVICE "; likewise
 * @arguments: what follows the SERVICE line
 * @rest: the body without its SECURITY line
 */
struct wire_request {
	struct text security;
	struct text service;
	struct text arguments;
	struct text rest;
};

size_t wire_header(char *buffer, size_t size, enum amanda_type type, const char *handle,
		   int sequence);
size_t wire_security(char *buffer, size_t size, const char *user);
void wire_request_parse(const char *body, size_t length, struct wire_request *request);

/**
 * struct wire_streams - the CONNECT line of a reply's body
 * @connect: there is one
 * @count: streams
 * @stream: number and places, relative to @text
 * @tag: NUL-terminated
 * @rest: the body behind the line, or all of it
 */
struct wire_streams {
	bool connect;
	size_t count;
	struct amanda_stream stream[AMANDA_STREAMS_MAX];
	char tag[AMANDA_STREAMS_MAX][AMANDA_TAG_MAX + 1];
	struct text rest;
};

enum amanda_refusal wire_streams_parse(const char *body, size_t length,
				       struct wire_streams *streams);

bool wire_option(const char *body, size_t length, const char *name, char *value, size_t size);
bool text_is(struct text text, const char *word);
struct text text_line(struct text *rest);

#endif /* AMREF_WIRE_H */

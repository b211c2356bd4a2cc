/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold for the grammar whatever it is fed.  The fuzzer and the unit
 * tests both call this; a property that fails aborts.
 */
#ifndef PACKET_PROPERTIES_H
#define PACKET_PROPERTIES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "amanda_packet.h"

#define MUST(condition) do { \
	if (!(condition)) { \
		fprintf(stderr, "%s:%d: property fails: %s\n", __FILE__, __LINE__, #condition); \
		abort(); \
	} \
} while (0)

/* The number, printed again, is what stands in the datagram, between a space
 * and a space or newline, behind its tag and another space.
 */
static inline void stream_stands_there(const char *data, size_t length,
				       const struct amanda_stream *s)
{
	size_t end = s->number_offset + s->number_length;
	char text[16];

	MUST(end < length);
	snprintf(text, sizeof(text), "%d", s->number);
	MUST(strlen(text) == s->number_length);
	MUST(!memcmp(data + s->number_offset, text, s->number_length));
	MUST(data[end] == ' ' || data[end] == '\n');
	MUST(s->tag_length > 0 && s->tag_length <= AMANDA_TAG_MAX);
	MUST(s->tag_offset + s->tag_length + 1 == s->number_offset);
	MUST(data[s->number_offset - 1] == ' ' && data[s->tag_offset - 1] == ' ');
	MUST(!memchr(data + s->tag_offset, ' ', s->tag_length));
	MUST(!memchr(data + s->tag_offset, '\n', s->tag_length));
}

/* The streams follow each other from CONNECT to the newline without a gap. */
static inline void connect_line_is_whole(const char *data, const struct amanda_packet *p)
{
	size_t at = p->body_offset;
	int i;

	MUST(p->type == AMANDA_REP);
	MUST(!memcmp(data + at, "CONNECT", 7));
	at += 7;
	for (i = 0; i < p->stream_count; i++) {
		MUST(p->stream[i].tag_offset == at + 1);
		at = p->stream[i].number_offset + p->stream[i].number_length;
	}
	MUST(data[at] == '\n');
	MUST(at < AMANDA_WINDOW);
}

static inline void header_stands_there(const char *data, size_t length,
				       const struct amanda_packet *p)
{
	char tail[32];
	int tail_length = snprintf(tail, sizeof(tail), " SEQ %d\n", p->sequence);
	const char *type = amanda_type_name(p->type);

	MUST(!memcmp(data, "Amanda ", 7));
	MUST(p->body_offset <= length && p->body_offset <= AMANDA_HEADER_MAX);
	MUST(memmem(data, p->handle_offset, type, strlen(type)));
	MUST(!memcmp(data + p->handle_offset - 7, "HANDLE ", 7));
	MUST(p->handle_length > 0);
	/* "-0" is the one number that is not printed as it was read. */
	if (p->sequence)
		MUST(!memcmp(data + p->handle_offset + p->handle_length, tail, tail_length));
	MUST(memchr(data, '\n', length) == data + p->body_offset - 1);
}

/* Other ports change those numbers and nothing else. */
static inline void renumbering_is_exact(const char *data, size_t length,
					const struct amanda_packet *p)
{
	const struct amanda_stream *last = &p->stream[p->stream_count - 1];
	size_t from = p->stream[0].number_offset;
	size_t to = last->number_offset + last->number_length;
	__u16 port[AMANDA_STREAMS_MAX];
	char *copy = malloc(length + AMANDA_WINDOW);
	struct amanda_packet again;
	size_t written;
	int i, n = 0;

	for (i = 0; i < p->stream_count; i++) {
		if (amanda_stream_is_port(&p->stream[i]))
			port[n++] = 1 + (p->stream[i].number * 7919u + 12345) % 65521;
	}
	memcpy(copy, data, from);
	written = amanda_packet_renumber(data, p, port, copy + from);
	memcpy(copy + from + written, data + to, length - to);
	/* Different ports may collide after this arithmetic; nothing else may go wrong. */
	i = amanda_packet_parse(copy, length - (to - from) + written, &again);
	MUST(i == AMANDA_OK || i == AMANDA_SAME_PORT);
	for (i = n = 0; i < again.stream_count; i++) {
		MUST(again.stream_count == p->stream_count);
		MUST(again.stream[i].tag_length == p->stream[i].tag_length);
		if (amanda_stream_is_port(&p->stream[i]))
			MUST(again.stream[i].number == port[n++]);
		else
			MUST(again.stream[i].number == p->stream[i].number);
	}
	free(copy);
}

/*
 * The datagram is copied to the end of a block of its own size, so that the
 * sanitizer sees a read of one byte too many.
 */
static inline enum amanda_refusal check_packet(const char *input, size_t length,
					       struct amanda_packet *p)
{
	char *data = malloc(length ? length : 1);
	enum amanda_refusal refusal;
	int i;

	memcpy(data, input, length);
	memset(p, 0xa5, sizeof(*p));
	refusal = amanda_packet_parse(data, length, p);
	MUST(refusal < AMANDA_REFUSALS);
	MUST(amanda_refusal_name(refusal));
	MUST(!refusal || !p->stream_count);
	MUST(p->connect || !p->stream_count);
	if (!refusal)
		header_stands_there(data, length, p);
	if (!refusal && p->connect) {
		MUST(p->stream_count > 0 && p->stream_count <= AMANDA_STREAMS_MAX);
		for (i = 0; i < p->stream_count; i++)
			stream_stands_there(data, length, &p->stream[i]);
		connect_line_is_whole(data, p);
		renumbering_is_exact(data, length, p);
	}
	free(data);
	return refusal;
}

#endif /* PACKET_PROPERTIES_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * One anchored pass over one Amanda datagram; see amanda_packet.h.
 *
 * The pass never searches: whatever is not where Amanda prints it ends the
 * parse.  That makes the cost of a packet without CONNECT independent of its
 * length, and leaves no way for text that a user chose (amandad echoes user
 * names in its NAKs) to be taken for a CONNECT line.
 */
#include "amanda_packet.h"
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <stdint.h>
#include <string.h>
#define S32_MAX INT32_MAX
#endif

struct cursor {
	const char *at;
	const char *end;
};

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Printable and no space, which is all that strtok() leaves in a word. */
static inline bool is_word(char c)
{
	return c > ' ' && c < 0x7f;
}

static __always_inline bool take(struct cursor *c, const char *text, size_t length)
{
	if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length))
		return false;
	c->at += length;
	return true;
}

#define TAKE(cursor, literal) take(cursor, literal, sizeof(literal) - 1)

static inline bool take_char(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static inline size_t take_word(struct cursor *c, size_t max)
{
	const char *start = c->at;
	const char *limit = (size_t)(c->end - start) > max ? start + max : c->end;

	while (c->at < limit && is_word(*c->at))
		c->at++;
	return c->at - start;
}

/* Digits as "%d" prints them, at most what an int holds; no sign. */
static inline bool take_number(struct cursor *c, __s32 *number)
{
	const char *start = c->at;
	const char *limit = c->end;
	__u64 value = 0;

	if ((size_t)(limit - start) > AMANDA_NUMBER_MAX)
		limit = start + AMANDA_NUMBER_MAX;
	while (c->at < limit && is_digit(*c->at))
		value = value * 10 + (*c->at++ - '0');
	if (c->at == start || value > S32_MAX || (*start == '0' && c->at - start > 1))
		return false;
	*number = value;
	return true;
}

static inline bool take_version(struct cursor *c)
{
	__s32 ignored;

	/* str2pkthdr() does nothing with the two numbers, so neither do we. */
	return TAKE(c, "Amanda ") && take_number(c, &ignored) && take_char(c, '.') &&
	       take_number(c, &ignored) && take_char(c, ' ');
}

static inline bool take_type(struct cursor *c, __u8 *type)
{
	if (TAKE(c, "REP "))
		*type = AMANDA_REP;
	else if (TAKE(c, "ACK "))
		*type = AMANDA_ACK;
	else if (TAKE(c, "REQ "))
		*type = AMANDA_REQ;
	else if (TAKE(c, "PREP "))
		*type = AMANDA_PREP;
	else if (TAKE(c, "NAK "))
		*type = AMANDA_NAK;
	else
		return false;
	return true;
}

/* The sequence number is time xor microseconds printed as an int: it may be
 * negative.
 */
static inline bool take_sequence(struct cursor *c, __s32 *sequence)
{
	bool negative;

	if (!TAKE(c, "SEQ "))
		return false;
	negative = take_char(c, '-');
	if (!take_number(c, sequence) || !take_char(c, '\n'))
		return false;
	if (negative)
		*sequence = -*sequence;
	return true;
}

static enum amanda_refusal parse_header(struct cursor *c, const char *data,
					struct amanda_packet *packet)
{
	if (!take_version(c))
		return AMANDA_BAD_MAGIC;
	if (!take_type(c, &packet->type))
		return AMANDA_BAD_TYPE;
	if (!TAKE(c, "HANDLE "))
		return AMANDA_BAD_HANDLE;
	packet->handle_offset = c->at - data;
	packet->handle_length = take_word(c, AMANDA_HEADER_MAX);
	if (!packet->handle_length || !take_char(c, ' '))
		return AMANDA_BAD_HANDLE;
	if (!take_sequence(c, &packet->sequence))
		return AMANDA_BAD_SEQUENCE;
	packet->body_offset = c->at - data;
	return AMANDA_OK;
}

static inline bool take_stream_number(struct cursor *c, __s32 *number)
{
	if (TAKE(c, "-1")) {
		*number = -1;
		return true;
	}
	return take_number(c, number);
}

static inline bool names_port_twice(const struct amanda_packet *packet)
{
	const struct amanda_stream *last = &packet->stream[packet->stream_count - 1];
	const struct amanda_stream *s;

	if (!amanda_stream_is_port(last))
		return false;
	for (s = packet->stream; s < last; s++) {
		if (s->number == last->number)
			return true;
	}
	return false;
}

static enum amanda_refusal parse_stream(struct cursor *c, const char *data,
					struct amanda_packet *packet)
{
	struct amanda_stream *stream;

	if (packet->stream_count == AMANDA_STREAMS_MAX)
		return AMANDA_MANY_STREAMS;
	stream = &packet->stream[packet->stream_count++];
	if (!take_char(c, ' '))
		return AMANDA_BAD_TAG;
	stream->tag_offset = c->at - data;
	stream->tag_length = take_word(c, AMANDA_TAG_MAX);
	if (!stream->tag_length || !take_char(c, ' '))
		return AMANDA_BAD_TAG;
	stream->number_offset = c->at - data;
	if (!take_stream_number(c, &stream->number))
		return AMANDA_BAD_NUMBER;
	stream->number_length = c->at - data - stream->number_offset;
	if (c->at == c->end || (*c->at != ' ' && *c->at != '\n'))
		return AMANDA_BAD_NUMBER;
	return names_port_twice(packet) ? AMANDA_SAME_PORT : AMANDA_OK;
}

static enum amanda_refusal parse_connect(struct cursor *c, const char *data,
					 struct amanda_packet *packet)
{
	enum amanda_refusal refusal;

	if (c->at < c->end && *c->at == '\n')
		return AMANDA_NO_STREAMS;
	do {
		refusal = parse_stream(c, data, packet);
	} while (refusal == AMANDA_OK && *c->at != '\n');
	return refusal;
}

/* CONNECT as a whole word; "CONNECTED" would be some service's own text. */
static inline bool take_connect(struct cursor *c)
{
	if (!TAKE(c, "CONNECT"))
		return false;
	return c->at < c->end && (*c->at == ' ' || *c->at == '\n');
}

/**
 * amanda_packet_parse() - read the header and the CONNECT line of a datagram
 * @data: the UDP payload; need not end in a NUL
 * @length: bytes at @data.  Only the first AMANDA_WINDOW are ever looked at,
 *	so a caller that has to copy may stop there.
 * @packet: filled in
 *
 * Only the body of a REP can hold a CONNECT line: s_processrep() of amandad.c
 * translates that line in REPs alone, so that in a PREP the same words would
 * stand in front of amandad's internal handles.
 *
 * Return: AMANDA_OK, or the reason of the refusal.  After a reason from
 * AMANDA_BAD_TAG on, the header in @packet is valid, @packet->connect is set
 * and @packet->stream_count is 0.
 */
enum amanda_refusal amanda_packet_parse(const char *data, size_t length,
					struct amanda_packet *packet)
{
	struct cursor c = { .at = data, .end = data + length };
	enum amanda_refusal refusal;

	packet->connect = false;
	packet->stream_count = 0;
	if (length > AMANDA_HEADER_MAX)
		c.end = data + AMANDA_HEADER_MAX;
	refusal = parse_header(&c, data, packet);
	if (refusal)
		return refusal;
	c.end = data + (length < AMANDA_WINDOW ? length : AMANDA_WINDOW);
	if (packet->type != AMANDA_REP || !take_connect(&c))
		return AMANDA_OK;
	packet->connect = true;
	refusal = parse_connect(&c, data, packet);
	if (refusal)
		packet->stream_count = 0;
	return refusal;
}

static char *put_number(char *at, __u16 number)
{
	char digits[5];
	int count = 0;

	do {
		digits[count++] = '0' + number % 10;
		number /= 10;
	} while (number);
	while (count)
		*at++ = digits[--count];
	return at;
}

/**
 * amanda_packet_renumber() - write the streams of a CONNECT line with other ports
 * @data: the datagram
 * @packet: what amanda_packet_parse() made of it, with at least one stream
 * @port: the new ports in host order, one for each stream that is a port
 * @text: room for AMANDA_WINDOW bytes
 *
 * The text stands for everything from the first stream's number to the end of
 * the last one's, so that one replacement changes all of them or none.  Numbers
 * that are no ports (bsdudp's in-band ids, -1) are copied as they are.
 *
 * Return: bytes written to @text; no NUL follows.
 */
size_t amanda_packet_renumber(const char *data, const struct amanda_packet *packet,
			      const __u16 *port, char *text)
{
	unsigned int from = packet->stream[0].number_offset;
	const struct amanda_stream *s = packet->stream;
	char *at = text;
	int i;

	for (i = 0; i < packet->stream_count; i++, s++) {
		memcpy(at, data + from, s->number_offset - from);
		at += s->number_offset - from;
		from = s->number_offset;
		if (!amanda_stream_is_port(s))
			continue;
		at = put_number(at, *port++);
		from += s->number_length;
	}
	s--;
	memcpy(at, data + from, s->number_offset + s->number_length - from);
	at += s->number_offset + s->number_length - from;
	return at - text;
}

/**
 * amanda_type_name() - the word that stands in the header
 * @type: a type that amanda_packet_parse() found
 *
 * Return: a static string.
 */
const char *amanda_type_name(enum amanda_type type)
{
	static const char * const names[] = {
		[AMANDA_REQ] = "REQ", [AMANDA_REP] = "REP", [AMANDA_PREP] = "PREP",
		[AMANDA_ACK] = "ACK", [AMANDA_NAK] = "NAK",
	};

	return names[type];
}

/**
 * amanda_refusal_name() - the name of a reason in counters, messages and JSON
 * @refusal: a reason below AMANDA_REFUSALS
 *
 * Return: a static string of lower-case letters and dashes.
 */
const char *amanda_refusal_name(enum amanda_refusal refusal)
{
	static const char * const names[] = {
		[AMANDA_OK] = "ok",
		[AMANDA_BAD_MAGIC] = "bad-magic",
		[AMANDA_BAD_TYPE] = "bad-type",
		[AMANDA_BAD_HANDLE] = "bad-handle",
		[AMANDA_BAD_SEQUENCE] = "bad-sequence",
		[AMANDA_BAD_TAG] = "bad-tag",
		[AMANDA_BAD_NUMBER] = "bad-number",
		[AMANDA_NO_STREAMS] = "no-streams",
		[AMANDA_MANY_STREAMS] = "many-streams",
		[AMANDA_SAME_PORT] = "same-port",
	};

	return names[refusal];
}

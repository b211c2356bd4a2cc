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
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>
#else
#include <endian.h>
#include <stdint.h>
#include <string.h>
#define S32_MAX INT32_MAX
#define __ffs64(word) ((unsigned int)__builtin_ctzll(word))
#define le64_to_cpu(word) le64toh(word)
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define noinline __attribute__((noinline))
#endif

/* A byte in each of the eight places of a word. */
#define EIGHT(byte) ((__u64)(byte) * 0x0101010101010101ull)

/*
 * The pass is at byte @at of @data.  @last is where the last eight bytes start:
 * the datagram must have so many.
 */
struct pass {
	const char *data;
	size_t at;
	size_t last;
};

static inline __u64 load(const char *at)
{
	__le64 word;

	memcpy(&word, at, sizeof(word));
	return le64_to_cpu(word);
}

static noinline __u64 peek_end(const char *data, size_t at, size_t last)
{
	return at < last + 8 ? load(data + last) >> (8 * (at - last)) : 0;
}

/*
 * The datagram is read eight bytes at a time: on a firewall this runs for each
 * packet of the flow, and most of a parser's work is to ask whether there is
 * one more byte.  The first byte of the text is the lowest of the word, and
 * behind the end there are NULs, which are part of nothing that Amanda prints.
 */
static __always_inline __u64 peek(const struct pass *p)
{
	if (likely(p->at <= p->last))
		return load(p->data + p->at);
	return peek_end(p->data, p->at, p->last);
}

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The byte at @index of a word. */
static inline char byte_of(__u64 word, unsigned int index)
{
	return word >> (8 * index);
}

/* A literal of up to eight characters as the number that peek() makes of it. */
#define PLACE(text, i) \
	((i) < sizeof(text) - 1 ? (__u64)(__u8)(text)[(i) % sizeof(text)] << 8 * (i) : 0)
#define WORD(text) (PLACE(text, 0) | PLACE(text, 1) | PLACE(text, 2) | PLACE(text, 3) | \
		    PLACE(text, 4) | PLACE(text, 5) | PLACE(text, 6) | PLACE(text, 7))

/* Does a word from peek() begin with a literal of up to eight characters? */
#define STARTS_WITH(word, text) \
	((((word) ^ WORD(text)) << 8 * (8 - (sizeof(text) - 1))) == 0)

static __always_inline bool take(struct pass *p, bool is_there, unsigned int length)
{
	if (is_there)
		p->at += length;
	return is_there;
}

#define TAKE(pass, text) take(pass, STARTS_WITH(peek(pass), text), sizeof(text) - 1)

/*
 * Sets the top bit of the first byte that is a space or a control character,
 * and perhaps of bytes behind it, since a borrow only moves upwards.
 */
static inline __u64 word_ends(__u64 word)
{
	return (word - EIGHT(' ' + 1)) & ~word & EIGHT(0x80);
}

/* Likewise for the first byte that is no digit; @values are bytes xor '0'. */
static inline __u64 digits_end(__u64 values)
{
	return ((values + EIGHT(0x80 - 10)) | values) & EIGHT(0x80);
}

/* The number that eight digits make, the first of which is the lowest byte. */
static inline __u32 eight_digits(__u64 values)
{
	values = (values * 10 + (values >> 8)) & 0x00ff00ff00ff00ffull;
	values = (values * 100 + (values >> 16)) & 0x0000ffff0000ffffull;
	return values * 10000 + (values >> 32);
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Move behind a word, which may be empty; return the byte that ends it. */
static __always_inline char take_word(struct pass *p)
{
	__u64 word = peek(p), ends;
	unsigned int bit;

	while (unlikely(!(ends = word_ends(word)))) {
		p->at += 8;
		word = peek(p);
	}
	bit = __ffs64(ends);
	p->at += bit / 8;
	return word >> (bit & ~7);
}

/* What follows the eighth digit; a longer number fails for what follows it. */
static __always_inline char more_digits(struct pass *p, __u64 value, __s32 *number)
{
	__u64 word = peek(p);
	int more;

	for (more = AMANDA_NUMBER_MAX - 8; more && is_digit(word); more--) {
		value = value * 10 + (byte_of(word, 0) - '0');
		word >>= 8;
		p->at++;
	}
	*number = value;
	return value <= S32_MAX ? byte_of(word, 0) : '\0';
}

/*
 * Digits as "%d" prints them, at most what an int holds; no sign.  Return the
 * byte that ends them, or NUL, which ends nothing, where they are none such.
 */
static __always_inline char take_number(struct pass *p, __s32 *number)
{
	__u64 word = peek(p);
	__u64 values = word ^ EIGHT('0');
	__u64 ends = digits_end(values);
	unsigned int bit;

	if (unlikely(!ends)) {
		p->at += 8;
		return byte_of(word, 0) == '0' ? '\0' :
		       more_digits(p, eight_digits(values), number);
	}
	bit = __ffs64(ends) & ~7;
	if (!bit || (!(values & 0xff) && bit > 8))
		return '\0';
	p->at += bit / 8;
	*number = eight_digits(values << (64 - bit));
	return word >> bit;
}

/* Up to three digits, from a word; the rest of the word is left. */
static inline unsigned int skip_digits(__u64 *word)
{
	unsigned int count = 0;

	for (; is_digit(*word) && count < 3; count++)
		*word >>= 8;
	return count;
}

/* How many bytes of @word are "NUMBER.NUMBER "; 0 where it begins otherwise. */
static noinline unsigned int version_length(__u64 word)
{
	unsigned int major = skip_digits(&word);
	unsigned int minor;

	if (!major || byte_of(word, 0) != '.')
		return 0;
	word >>= 8;
	minor = skip_digits(&word);
	return minor && byte_of(word, 0) == ' ' ? major + 1 + minor + 1 : 0;
}

/*
 * str2pkthdr() does nothing with the two numbers, so neither do we.  Amanda's
 * have always had one digit each: what is left of "N.N " without "0.0 " are two
 * bytes up to 9.
 */
static __always_inline bool take_version(struct pass *p)
{
	__u64 word = peek(p);
	__u32 digits = word ^ WORD("0.0 ");
	unsigned int length = sizeof("0.0 ") - 1;

	if (unlikely((digits | (digits + 0x00060006)) & 0xfff0fff0))
		length = version_length(word);
	p->at += length;
	return length;
}

static __always_inline bool take_type(struct pass *p, __u8 *type)
{
	__u64 word = peek(p);

	p->at += sizeof("REP ") - 1;
	if (STARTS_WITH(word, "REP "))
		*type = AMANDA_REP;
	else if (STARTS_WITH(word, "ACK "))
		*type = AMANDA_ACK;
	else if (STARTS_WITH(word, "REQ "))
		*type = AMANDA_REQ;
	else if (STARTS_WITH(word, "NAK "))
		*type = AMANDA_NAK;
	else if (STARTS_WITH(word, "PREP "))
		*type = AMANDA_PREP;
	else
		return false;
	p->at += *type == AMANDA_PREP;
	return true;
}

/* The sequence number is time xor microseconds printed as an int: it may be
 * negative.
 */
static __always_inline bool take_sequence(struct pass *p, __s32 *sequence)
{
	__u64 word = peek(p);
	bool negative = byte_of(word, sizeof(" SEQ ") - 1) == '-';

	if (!STARTS_WITH(word, " SEQ "))
		return false;
	p->at += sizeof(" SEQ ") - 1 + negative;
	if (take_number(p, sequence) != '\n')
		return false;
	p->at++;
	if (negative)
		*sequence = -*sequence;
	return true;
}

static __always_inline enum amanda_refusal parse_header(struct pass *p,
							struct amanda_packet *packet)
{
	if (!TAKE(p, "Amanda ") || !take_version(p))
		return AMANDA_BAD_MAGIC;
	if (!take_type(p, &packet->type))
		return AMANDA_BAD_TYPE;
	if (!TAKE(p, "HANDLE "))
		return AMANDA_BAD_HANDLE;
	packet->handle_offset = p->at;
	if (take_word(p) != ' ' || p->at == packet->handle_offset)
		return AMANDA_BAD_HANDLE;
	packet->handle_length = p->at - packet->handle_offset;
	if (!take_sequence(p, &packet->sequence))
		return AMANDA_BAD_SEQUENCE;
	packet->body_offset = p->at;
	return AMANDA_OK;
}

static noinline bool port_stands_before(const struct amanda_packet *packet,
					const struct amanda_stream *stream)
{
	const struct amanda_stream *s;

	if (!amanda_stream_is_port(stream))
		return false;
	for (s = packet->stream; s < stream; s++) {
		if (s->number == stream->number)
			return true;
	}
	return false;
}

static __always_inline bool parse_tag(struct pass *p, struct amanda_stream *stream)
{
	size_t tag = p->at;
	char end = take_word(p);
	size_t length = p->at - tag;

	stream->tag_offset = tag;
	stream->tag_length = length;
	p->at++;
	return end == ' ' && length - 1 < AMANDA_TAG_MAX;
}

/* Return the space or newline that ends the number, or NUL. */
static __always_inline char parse_number(struct pass *p, struct amanda_stream *stream)
{
	size_t number = p->at;
	char end = take_number(p, &stream->number);

	if (unlikely(p->at == number) && TAKE(p, "-1")) {
		stream->number = -1;
		end = byte_of(peek(p), 0);
	}
	stream->number_offset = number;
	stream->number_length = p->at - number;
	p->at++;
	return end == ' ' || end == '\n' ? end : '\0';
}

/* The pass stands behind "CONNECT ". */
static __always_inline enum amanda_refusal parse_streams(struct pass *p,
							 struct amanda_packet *packet)
{
	struct amanda_stream *stream = packet->stream;
	__u64 seen = 0, bit;
	char end;

	do {
		if (stream == packet->stream + AMANDA_STREAMS_MAX)
			return AMANDA_MANY_STREAMS;
		if (!parse_tag(p, stream))
			return AMANDA_BAD_TAG;
		end = parse_number(p, stream);
		if (!end)
			return AMANDA_BAD_NUMBER;
		/* Numbers that differ in their last bits cannot be the same. */
		bit = 1ull << (stream->number & 63);
		if ((seen & bit) && port_stands_before(packet, stream))
			return AMANDA_SAME_PORT;
		seen |= bit;
		stream++;
	} while (end == ' ');
	packet->stream_count = stream - packet->stream;
	return AMANDA_OK;
}

/* A whole word: "CONNECTED" would be some service's own text. */
static __always_inline bool has_connect_line(const struct pass *p)
{
	__u64 word = peek(p);

	return word == WORD("CONNECT ") || word == WORD("CONNECT\n");
}

/**
 * amanda_packet_parse_header() - read the header of a datagram
 * @data: the UDP payload; need not end in a NUL
 * @length: bytes at @data.  Only the first AMANDA_WINDOW are ever looked at,
 *	so a caller that has to copy may stop there.
 * @packet: filled in, but for the streams
 *
 * Only the body of a REP can hold a CONNECT line: s_processrep() of amandad.c
 * translates that line in REPs alone, so that in a PREP the same words would
 * stand in front of amandad's internal handles.
 *
 * Return: AMANDA_OK, or a reason up to AMANDA_BAD_SEQUENCE.
 */
enum amanda_refusal amanda_packet_parse_header(const char *data, size_t length,
					       struct amanda_packet *packet)
{
	struct pass p = {
		.data = data,
		.last = min_size(length, AMANDA_HEADER_MAX) - 8,
	};
	enum amanda_refusal refusal;

	packet->connect = false;
	packet->stream_count = 0;
	if (length < 8)
		return AMANDA_BAD_MAGIC;
	refusal = parse_header(&p, packet);
	if (refusal || packet->type != AMANDA_REP)
		return refusal;
	p.last = min_size(length, AMANDA_WINDOW) - 8;
	packet->connect = has_connect_line(&p);
	return AMANDA_OK;
}

/**
 * amanda_packet_parse_streams() - read the CONNECT line of a datagram
 * @data: as for amanda_packet_parse_header()
 * @length: likewise
 * @packet: what that made of them, with @packet->connect set; filled in
 *
 * Return: AMANDA_OK, or a reason from AMANDA_BAD_TAG on with no stream.
 */
enum amanda_refusal amanda_packet_parse_streams(const char *data, size_t length,
						struct amanda_packet *packet)
{
	struct pass p = {
		.data = data,
		.at = packet->body_offset + sizeof("CONNECT ") - 1,
		.last = min_size(length, AMANDA_WINDOW) - 8,
	};

	if (data[p.at - 1] == '\n')
		return AMANDA_NO_STREAMS;
	return parse_streams(&p, packet);
}

/**
 * amanda_packet_parse() - read a datagram whole
 * @data: as for amanda_packet_parse_header()
 * @length: likewise
 * @packet: filled in
 *
 * Return: AMANDA_OK, or the reason of the refusal.  After a reason from
 * AMANDA_BAD_TAG on, the header in @packet is valid, @packet->connect is set
 * and @packet->stream_count is 0.
 */
enum amanda_refusal amanda_packet_parse(const char *data, size_t length,
					struct amanda_packet *packet)
{
	enum amanda_refusal refusal = amanda_packet_parse_header(data, length, packet);

	if (refusal || !packet->connect)
		return refusal;
	return amanda_packet_parse_streams(data, length, packet);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar of one Amanda datagram, for the kernel and for userspace alike.
 *
 *	Amanda 3.5 REP HANDLE 000-00000000 SEQ 1795858683\n
 *	CONNECT DATA 11001 MESG 11003 INDEX -1 STATE 11004\n
 *	...
 *
 * The header is what pkthdr2str() of Amanda's common-src/security-util.c
 * prints, the CONNECT line what s_processrep() of amandad-src/amandad.c makes
 * of the line that the service wrote.
 */
#ifndef AMANDA_PACKET_H
#define AMANDA_PACKET_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#endif

/* Amanda prints its header into a buffer of 256 bytes. */
#define AMANDA_HEADER_MAX	255
/* Amanda 3.5 has four streams at most, its development branch five. */
#define AMANDA_STREAMS_MAX	8
/* The longest tag in use is INDEX. */
#define AMANDA_TAG_MAX		31
/* Ten digits hold every int that "%d" prints. */
#define AMANDA_NUMBER_MAX	10

/*
 * No byte behind this one is ever looked at: header, "CONNECT", streams of
 * " TAG NUMBER" and the newline all fit below it.
 */
#define AMANDA_WINDOW \
	(AMANDA_HEADER_MAX + 7 + AMANDA_STREAMS_MAX * \
	 (1 + AMANDA_TAG_MAX + 1 + AMANDA_NUMBER_MAX) + 1)

enum amanda_type {
	AMANDA_REQ,
	AMANDA_REP,
	AMANDA_PREP,
	AMANDA_ACK,
	AMANDA_NAK,
};

/* Why a datagram is not an Amanda packet, or its streams are not to be read. */
enum amanda_refusal {
	AMANDA_OK,
	AMANDA_BAD_MAGIC,	/* does not begin with "Amanda N.N " */
	AMANDA_BAD_TYPE,	/* not one of REQ REP PREP ACK NAK */
	AMANDA_BAD_HANDLE,	/* no "HANDLE " and a word */
	AMANDA_BAD_SEQUENCE,	/* no "SEQ " and a number that ends the line */
	AMANDA_BAD_TAG,		/* CONNECT line: not one space and a word */
	AMANDA_BAD_NUMBER,	/* CONNECT line: not -1 and not a plain number */
	AMANDA_NO_STREAMS,	/* CONNECT line without a stream */
	AMANDA_MANY_STREAMS,	/* more than AMANDA_STREAMS_MAX */
	AMANDA_SAME_PORT,	/* two streams name one port */
	AMANDA_REFUSALS		/* the number of the reasons above */
};

/**
 * struct amanda_stream - one "TAG NUMBER" of a CONNECT line
 * @number: a TCP port (1 to 65535), an in-band id of bsdudp (above 65535), or
 *	-1 where Amanda has no such stream
 * @tag_offset: where the tag starts, in bytes from the start of the datagram
 * @number_offset: where the number starts, likewise
 * @tag_length: bytes
 * @number_length: bytes, with the sign
 */
struct amanda_stream {
	__s32	number;
	__u16	tag_offset;
	__u16	number_offset;
	__u8	tag_length;
	__u8	number_length;
};

/**
 * struct amanda_packet - what one datagram says
 * @sequence: as printed, in host order
 * @handle_offset: where the handle starts, in bytes from the start of the
 *	datagram
 * @body_offset: where the line behind the header line starts
 * @handle_length: bytes
 * @type: an enum amanda_type
 * @connect: the body's first line is a CONNECT line
 * @stream_count: entries of @stream in use; 0 unless @connect
 * @stream: in the order of the line.  Entries beyond @stream_count are not
 *	initialised: the struct is filled once for each packet on the fast path.
 */
struct amanda_packet {
	__s32	sequence;
	__u16	handle_offset;
	__u16	body_offset;
	__u8	handle_length;
	__u8	type;
	bool	connect;
	__u8	stream_count;
	struct amanda_stream stream[AMANDA_STREAMS_MAX];
};

enum amanda_refusal amanda_packet_parse_header(const char *data, size_t length,
					       struct amanda_packet *packet);
enum amanda_refusal amanda_packet_parse_streams(const char *data, size_t length,
						struct amanda_packet *packet);
enum amanda_refusal amanda_packet_parse(const char *data, size_t length,
					struct amanda_packet *packet);
size_t amanda_packet_renumber(const char *data, const struct amanda_packet *packet,
			      const __u16 *port, char *text);
const char *amanda_type_name(enum amanda_type type);
const char *amanda_refusal_name(enum amanda_refusal refusal);

/**
 * amanda_stream_is_port() - does this stream need a TCP connection of its own?
 * @stream: a stream of a parsed packet
 *
 * allocstream() of amandad.c prints -1 for a stream that is not wanted;
 * bsdudp numbers all streams but the first from 499999 downwards and runs
 * them inside the first one's connection.
 *
 * Return: true where the number is a port.
 */
static inline bool amanda_stream_is_port(const struct amanda_stream *stream)
{
	return stream->number > 0 && stream->number <= 65535;
}

#endif /* AMANDA_PACKET_H */

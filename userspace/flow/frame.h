/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that carry packets and streams through one TCP connection, as
 * tcpm_send_token_helper() of Amanda's common-src/security-util.c writes them:
 *
 *	length		32 bits, network byte order; 0: the end of this channel
 *	handle		32 bits, network byte order
 *	data		length bytes
 *
 * A channel carries packets (a type byte, an enum amanda_type; a body; a NUL) or
 * the bytes of a stream.
 */
#ifndef FLOW_FRAME_H
#define FLOW_FRAME_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define FRAME_HEADER	8u
/* Of the data; Amanda's 128 * NETWORK_BLOCK_BYTES. */
#define FRAME_MAX	(128 * 32768)
/* Handles below carry packets, and those above streams. */
#define FRAME_STREAM	10000
/* A responder's first stream; the next ones count down (tcpma_stream_server()). */
#define FRAME_FIRST	499999

/**
 * struct frame - the header of one
 * @length: of the data
 * @handle: of the channel
 */
struct frame {
	uint32_t length;
	uint32_t handle;
};

/**
 * frame_read() - read a header
 * @data: FRAME_HEADER bytes
 *
 * Return: what it says, which may be nonsense.
 */
static inline struct frame frame_read(const void *data)
{
	uint32_t word[2];

	memcpy(word, data, FRAME_HEADER);
	return (struct frame){ .length = ntohl(word[0]), .handle = ntohl(word[1]) };
}

#endif /* FLOW_FRAME_H */

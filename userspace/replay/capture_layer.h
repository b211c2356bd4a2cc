/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that get peeled, layer by layer.
 */
#ifndef REPLAY_CAPTURE_LAYER_H
#define REPLAY_CAPTURE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the bytes turned out to be. */
enum layer {
	LAYER_FOUND,	/* what was looked for: its head is read, or peeled off */
	LAYER_OTHER,	/* something else, and no concern of a replay */
	LAYER_BROKEN,	/* a length lies, or a header is not whole */
};

/**
 * struct octets - what is left of a packet
 * @at: first byte
 * @captured: bytes that are there
 * @length: bytes that were sent; never less than @captured
 */
struct octets {
	const uint8_t *at;
	size_t captured;
	size_t length;
};

static inline uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

/* Peels @count bytes off, if they are there. */
static inline bool octets_skip(struct octets *octets, size_t count)
{
	if (count > octets->captured)
		return false;
	octets->at += count;
	octets->captured -= count;
	octets->length -= count;
	return true;
}

/* Cuts off what lies behind @length bytes: false where fewer were sent. */
static inline bool octets_trim(struct octets *octets, size_t length)
{
	if (length > octets->length)
		return false;
	octets->length = length;
	if (octets->captured > length)
		octets->captured = length;
	return true;
}

#endif /* REPLAY_CAPTURE_LAYER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Amanda's frames (flow/frame.h) in a TCP connection, as a capture shows it:
 * segments that come twice, in another order, cut, or not at all.
 */
#ifndef REPLAY_FRAMES_H
#define REPLAY_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/frame.h"
#include "replay/story.h"

/* So much of a packet's body is looked at; a CONNECT line ends well before. */
#define FRAMES_BODY	1024

/**
 * struct frames_events - who listens
 * @frame: a frame begins; where it carries a packet: the first bytes of it are there.
 *	@side is 0 for what the initiator sent
 */
struct frames_events {
	void (*frame)(void *arg, unsigned int side, const struct frame *frame,
		      const uint8_t *body, size_t length);
};

/**
 * struct segment - a piece of one side's bytes
 * @sequence: where it lies
 * @data: what there is of it
 * @captured: bytes at @data
 * @length: of all of it
 */
struct segment {
	uint32_t sequence;
	const uint8_t *data;
	size_t captured;
	size_t length;
};

struct frames;

struct frames *frames_new(const struct frames_events *events, void *arg, size_t *room);
void frames_start(struct frames *frames, unsigned int side, uint32_t sequence);
void frames_feed(struct frames *frames, unsigned int side, const struct segment *segment);
enum frames_state frames_state(const struct frames *frames);
bool frames_left(const struct frames *frames, unsigned int side, uint32_t *handle,
		 uint32_t *bytes);
void frames_free(struct frames *frames);

#endif /* REPLAY_FRAMES_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each side is a pass over its bytes in order: a header is gathered, the start of
 * a packet too, and all other data is skipped without being there: a hole inside
 * it does not matter, which is why a capture with lost or cut packets can mostly
 * still be followed.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/frames.h"

/* Segments that overtook others; the kernel's own reordering is 3 by default. */
#define HELD_MAX	16
/* The largest segment that a capture of an offloading card shows. */
#define HELD_BYTES	(64u * 1024)

/**
 * struct held - a segment that came too early
 * @segment: it; its data is @copy
 * @copy: of what was there
 */
struct held {
	struct segment segment;
	uint8_t *copy;
};

/**
 * struct side - one direction
 * @started: where it begins is known
 * @state: how far it was followed
 * @next: sequence number of the byte that comes next
 * @frame: the one whose data passes
 * @left: bytes of it that are still to be skipped
 * @gather: header, or the start of a packet
 * @gathered: bytes in @gather
 * @wanted: bytes that belong into it
 * @in_body: @gather is for the start of a packet
 * @held: in no order
 * @held_count: entries in use
 * @held_bytes: of all of their copies
 */
struct side {
	bool started;
	enum frames_state state;
	uint32_t next;
	struct frame frame;
	uint32_t left;
	uint8_t gather[FRAMES_BODY];
	uint32_t gathered;
	uint32_t wanted;
	bool in_body;
	struct held held[HELD_MAX];
	unsigned int held_count;
	size_t held_bytes;
};

struct frames {
	const struct frames_events *events;
	void *arg;
	size_t *room;
	struct side side[2];
};

/**
 * frames_new() - begin to follow a connection
 * @events: called as frames come
 * @arg: handed to @events
 *
 * Return: the frames, or NULL where there is no memory.
 */
struct frames *frames_new(const struct frames_events *events, void *arg, size_t *room)
{
	struct frames *frames = calloc(1, sizeof(*frames));

	if (frames) {
		frames->events = events;
		frames->arg = arg;
		frames->room = room;
	}
	return frames;
}

/**
 * frames_start() - say where a side's bytes begin
 * @frames: the frames
 * @side: 0 for the initiator
 * @sequence: of the first byte behind its SYN
 */
void frames_start(struct frames *frames, unsigned int side, uint32_t sequence)
{
	struct side *s = &frames->side[side];

	if (s->started)
		return;
	s->started = true;
	s->state = FRAMES_WHOLE;
	s->next = sequence;
	s->wanted = FRAME_HEADER;
}

static bool following(const struct side *side)
{
	return side->started && side->state == FRAMES_WHOLE;
}

static void header_next(struct side *side)
{
	side->in_body = false;
	side->gathered = 0;
	side->wanted = FRAME_HEADER;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void header_done(struct frames *frames, unsigned int side)
{
	struct side *s = &frames->side[side];

	s->frame = frame_read(s->gather);
	/* FRAME_FIRST is the highest handle that any Amanda gives out. */
	if (s->frame.length > FRAME_MAX || !s->frame.handle || s->frame.handle > FRAME_FIRST) {
		s->state = FRAMES_WRONG;
		return;
	}
	s->left = s->frame.length;
	header_next(s);
	if (s->frame.handle < FRAME_STREAM && s->frame.length) {
		s->in_body = true;
		s->wanted = smaller(s->frame.length, FRAMES_BODY);
		return;
	}
	frames->events->frame(frames->arg, side, &s->frame, s->gather, 0);
}

static void gather_done(struct frames *frames, unsigned int side)
{
	struct side *s = &frames->side[side];
	uint32_t length = s->gathered;

	if (!s->in_body) {
		header_done(frames, side);
		return;
	}
	s->left = s->frame.length - length;
	header_next(s);
	frames->events->frame(frames->arg, side, &s->frame, s->gather, length);
}

/* Bytes in order; those behind @captured are known by their number alone. */
static void pass(struct frames *frames, unsigned int side, const uint8_t *data, size_t captured,
		 size_t length)
{
	struct side *s = &frames->side[side];
	size_t at = 0, step;

	while (at < length && following(s)) {
		if ((!s->left || s->in_body) && at >= captured) {
			s->state = FRAMES_LOST;
			return;
		}
		if (s->left && !s->in_body) {
			step = length - at < s->left ? length - at : s->left;
			s->left -= step;
		} else {
			step = smaller(s->wanted - s->gathered,
				       captured - at > UINT32_MAX ? UINT32_MAX : captured - at);
			memcpy(s->gather + s->gathered, data + at, step);
			s->gathered += step;
			if (s->gathered == s->wanted)
				gather_done(frames, side);
		}
		at += step;
		s->next += step;
	}
}

static void pass_segment(struct frames *frames, unsigned int side, const struct segment *segment)
{
	uint32_t old = frames->side[side].next - segment->sequence;
	size_t captured = segment->captured > old ? segment->captured - old : 0;

	if (old < segment->length)
		pass(frames, side, captured ? segment->data + old : NULL, captured,
		     segment->length - old);
}

static bool comes_early(const struct side *side, const struct segment *segment)
{
	return (int32_t)(segment->sequence - side->next) > 0;
}

/* Takes the first held segment that no longer comes early. */
static bool release(struct frames *frames, unsigned int side)
{
	struct side *s = &frames->side[side];
	struct held held;
	unsigned int i;

	for (i = 0; i < s->held_count && comes_early(s, &s->held[i].segment); i++)
		continue;
	if (i == s->held_count)
		return false;
	held = s->held[i];
	s->held[i] = s->held[--s->held_count];
	s->held_bytes -= held.segment.captured;
	*frames->room += held.segment.captured;
	if ((int32_t)(held.segment.sequence + held.segment.length - s->next) > 0)
		pass_segment(frames, side, &held.segment);
	free(held.copy);
	return true;
}

static bool hold(struct frames *frames, struct side *side, const struct segment *segment)
{
	struct held *held = &side->held[side->held_count];

	if (side->held_count == HELD_MAX || side->held_bytes + segment->captured > HELD_BYTES ||
	    segment->captured > *frames->room)
		return false;
	held->copy = malloc(segment->captured + 1);
	if (!held->copy)
		return false;
	memcpy(held->copy, segment->data, segment->captured);
	held->segment = *segment;
	held->segment.data = held->copy;
	side->held_count++;
	side->held_bytes += segment->captured;
	*frames->room -= segment->captured;
	return true;
}

/* What lies before the earliest of the held segments never came. */
static void give_up_hole(struct frames *frames, unsigned int side)
{
	struct side *s = &frames->side[side];
	uint32_t hole = UINT32_MAX, distance;
	unsigned int i;

	for (i = 0; i < s->held_count; i++) {
		distance = s->held[i].segment.sequence - s->next;
		hole = smaller(hole, distance);
	}
	pass(frames, side, NULL, 0, hole);
	while (following(s) && release(frames, side))
		continue;
}

/**
 * frames_feed() - a segment came
 * @frames: the frames
 * @side: 0 where the initiator sent it
 * @segment: it
 */
void frames_feed(struct frames *frames, unsigned int side, const struct segment *segment)
{
	struct side *s = &frames->side[side];

	if (!segment->length || !following(s))
		return;
	while (comes_early(s, segment)) {
		if (hold(frames, s, segment))
			return;
		if (!s->held_count)	/* the hole is before this one */
			pass(frames, side, NULL, 0, segment->sequence - s->next);
		else
			give_up_hole(frames, side);
		if (!following(s))
			return;
	}
	if ((int32_t)(segment->sequence + segment->length - s->next) <= 0)
		return;
	pass_segment(frames, side, segment);
	while (following(s) && release(frames, side))
		continue;
}

/**
 * frames_state() - how far could it be followed?
 * @frames: the frames, or NULL
 *
 * Return: the worse of both sides.
 */
enum frames_state frames_state(const struct frames *frames)
{
	enum frames_state state = FRAMES_NONE, one;
	unsigned int side;

	for (side = 0; frames && side < 2; side++) {
		one = frames->side[side].held_count ? FRAMES_LOST : frames->side[side].state;
		if (one > state)
			state = one;
	}
	return state;
}

/**
 * frames_left() - what was announced and has not come
 * @frames: the frames
 * @side: 0 for the initiator
 * @handle: set to the channel
 * @bytes: set to how much
 *
 * Return: false where nothing is missing.
 */
bool frames_left(const struct frames *frames, unsigned int side, uint32_t *handle,
		 uint32_t *bytes)
{
	const struct side *s = &frames->side[side];

	*handle = s->frame.handle;
	*bytes = s->left;
	return s->left;
}

/**
 * frames_free() - give the memory back
 * @frames: the frames, or NULL
 */
void frames_free(struct frames *frames)
{
	unsigned int side, i;

	for (side = 0; frames && side < 2; side++) {
		for (i = 0; i < frames->side[side].held_count; i++)
			free(frames->side[side].held[i].copy);
		*frames->room += frames->side[side].held_bytes;
	}
	free(frames);
}

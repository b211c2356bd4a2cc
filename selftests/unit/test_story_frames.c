// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames out of segments: in any order, cut anywhere, with holes. */
#include <string.h>

#include "replay/frames.h"
#include "selftests/unit/lib/suite.h"

#define FIRST	4294967290u	/* sequence numbers wrap in the middle */

/* A packet of 5 bytes, 10 bytes of a stream, its end. */
static const uint8_t wire[] = {
	0, 0, 0, 5, 0, 0, 0, 1, 0, 'a', 'b', 'c', 0,
	0, 0, 0, 10, 0, 7, 0xa1, 0x1f, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	0, 0, 0, 0, 0, 7, 0xa1, 0x1f,
};

static struct frames *frames;
static size_t room;
static struct frame seen[8];
static unsigned int count;
static char body[16];

static void on_frame(void *arg, unsigned int side, const struct frame *frame, const uint8_t *data,
		     size_t length)
{
	(void)arg;
	(void)side;
	ck_assert_uint_lt(count, 8);
	seen[count++] = *frame;
	if (length)
		memcpy(body, data, length);
}

static const struct frames_events listener = { .frame = on_frame };

static void setup(void)
{
	room = 1000;
	count = 0;
	memset(body, 0, sizeof(body));
	frames = frames_new(&listener, NULL, &room);
	ck_assert_ptr_nonnull(frames);
	frames_start(frames, 0, FIRST);
}

static void teardown(void)
{
	frames_free(frames);
	ck_assert_uint_eq(room, 1000);
}

static void feed(size_t from, size_t to, size_t captured)
{
	const struct segment segment = {
		.sequence = FIRST + from,
		.data = wire + from,
		.captured = captured,
		.length = to - from,
	};

	frames_feed(frames, 0, &segment);
}

static void all_came(void)
{
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(seen[0].handle, 1);
	ck_assert_str_eq(body + 1, "abc");
	ck_assert_uint_eq(seen[1].handle, FRAME_FIRST);
	ck_assert_uint_eq(seen[1].length, 10);
	ck_assert_uint_eq(seen[2].length, 0);
	ck_assert_int_eq(frames_state(frames), FRAMES_WHOLE);
}

START_TEST(byte_by_byte)
{
	size_t i;

	for (i = 0; i < sizeof(wire); i++)
		feed(i, i + 1, 1);
	all_came();
}
END_TEST

/* Each cut in two, the second part first, and each part twice. */
START_TEST(two_parts_backwards)
{
	size_t cut = _i;

	feed(cut, sizeof(wire), sizeof(wire) - cut);
	feed(cut, sizeof(wire), sizeof(wire) - cut);
	feed(0, cut, cut);
	feed(0, cut, cut);
	all_came();
}
END_TEST

START_TEST(parts_overlap)
{
	size_t cut = _i;

	feed(0, cut, cut);
	feed(cut / 2, sizeof(wire), sizeof(wire) - cut / 2);
	all_came();
}
END_TEST

/* The capture kept no more of each packet than it needs: data of streams is skipped. */
START_TEST(data_of_a_stream_is_cut)
{
	feed(0, 31, 23);
	feed(31, sizeof(wire), 8);
	all_came();
}
END_TEST

START_TEST(header_is_cut)
{
	feed(0, sizeof(wire), 17);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(frames_state(frames), FRAMES_LOST);
}
END_TEST

/* Twenty segments wait behind a hole: it is given up, and lay in skipped data. */
START_TEST(hole_in_data)
{
	size_t i;

	feed(0, 22, 22);
	feed(29, 31, 2);
	for (i = 31; i < sizeof(wire); i++)
		feed(i, i + 1, 1);
	for (i = 0; i < 20; i++)
		feed(31, 32, 1);
	all_came();
}
END_TEST

START_TEST(hole_in_a_header)
{
	size_t i;

	feed(0, 3, 3);
	for (i = 0; i < 20; i++)
		feed(20, 21, 1);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(frames_state(frames), FRAMES_LOST);
}
END_TEST

START_TEST(nothing_is_held_without_room)
{
	room = 0;
	feed(10, 20, 10);
	room = 1000;
	ck_assert_int_eq(frames_state(frames), FRAMES_LOST);
}
END_TEST

START_TEST(length_is_too_large)
{
	const uint8_t large[] = { 0, 0x40, 0, 1, 0, 0, 0, 1 };
	const struct segment segment = { FIRST, large, sizeof(large), sizeof(large) };

	frames_feed(frames, 0, &segment);
	ck_assert_int_eq(frames_state(frames), FRAMES_WRONG);
}
END_TEST

START_TEST(rest_is_known)
{
	uint32_t handle, bytes;

	feed(0, 25, 25);
	ck_assert(frames_left(frames, 0, &handle, &bytes));
	ck_assert_uint_eq(handle, FRAME_FIRST);
	ck_assert_uint_eq(bytes, 6);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, byte_by_byte);
	tcase_add_loop_test(tests, two_parts_backwards, 0, sizeof(wire));
	tcase_add_loop_test(tests, parts_overlap, 0, sizeof(wire));
	tcase_add_test(tests, data_of_a_stream_is_cut);
	tcase_add_test(tests, header_is_cut);
	tcase_add_test(tests, hole_in_data);
	tcase_add_test(tests, hole_in_a_header);
	tcase_add_test(tests, nothing_is_held_without_room);
	tcase_add_test(tests, length_is_too_large);
	tcase_add_test(tests, rest_is_known);
}

int main(void)
{
	return suite_main("story_frames", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The algebra of sets of packets, against sets so small that every value and every
 * packet can be tried.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/space.h"
#include "selftests/unit/lib/suite.h"

#define VALUES		64
#define ROUNDS		4000
#define TOP		(~(__uint128_t)0)

static struct arena *arena;

static void fresh(void)
{
	srandom(1);
	arena = arena_new((size_t)1 << 28);
}

static void done(void)
{
	arena_free(arena);
}

/* Numbers 0 to 63 stand for themselves, or for the 64 highest there are. */
static __uint128_t number(unsigned int i, bool high)
{
	return high ? TOP - (VALUES - 1) + i : i;
}

static uint64_t random_bits(void)
{
	uint64_t bits = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ random();

	switch (random() % 6) {
	case 0:
		return 0;
	case 1:
		return ~(uint64_t)0;
	case 2:
		return (uint64_t)1 << random() % 64;
	case 3:
		return ~(uint64_t)0 << random() % 64;
	case 4:
		return bits & bits << 1 & bits << 2;
	}
	return bits;
}

/* Overlapping and in no order, as callers may hand them over. */
static const struct values *from_bits(uint64_t bits, bool high)
{
	struct interval list[2 * VALUES];
	size_t count = 0;
	unsigned int i, to;

	for (i = 0; i < VALUES; i++) {
		if (!(bits >> i & 1))
			continue;
		for (to = i; to + 1 < VALUES && bits >> (to + 1) & 1 && random() % 4; to++)
			;
		list[count++] = (struct interval){ number(i, high), number(to, high) };
	}
	for (i = 1; i < count; i++) {
		struct interval other = list[i];

		to = random() % (i + 1);
		list[i] = list[to];
		list[to] = other;
	}
	return values_list(arena, list, count);
}

/* One assertion for all values: each costs more than what it asserts. */
static void must_be(const struct values *values, uint64_t bits, bool high)
{
	uint64_t held = 0;
	bool sorted = true;
	unsigned int i;
	size_t j;

	ck_assert_ptr_nonnull(values);
	for (i = 0; i < VALUES; i++)
		held |= (uint64_t)values_hold(values, number(i, high)) << i;
	ck_assert_uint_eq(held, bits);
	for (j = 0; j < values->count; j++) {
		sorted &= values->interval[j].low <= values->interval[j].high;
		sorted &= !j || values->interval[j].low > values->interval[j - 1].high + 1;
	}
	ck_assert(sorted);
	ck_assert(!values->count || values->interval[0].low >= number(0, high));
	ck_assert(!values->count || values->interval[j - 1].high <= number(VALUES - 1, high));
}

static void must_relate(const struct values *a, uint64_t x, const struct values *b, uint64_t y)
{
	size_t count;

	ck_assert_int_eq(values_meet(a, b), (x & y) != 0);
	ck_assert_int_eq(values_cover(a, b), !(y & ~x));
	ck_assert_int_eq(values_same(a, b), x == y);
	ck_assert_int_eq(values_empty(a), !x);
	ck_assert_int_eq(values_count(a, 20, &count), __builtin_popcountll(x) <= 20);
	if (__builtin_popcountll(x) <= 20)
		ck_assert_uint_eq(count, __builtin_popcountll(x));
}

START_TEST(sets_of_values_are_sets)
{
	const struct values *a, *b;
	unsigned int i, low, high;
	uint64_t x, y, range;

	for (i = 0; i < ROUNDS; i++) {
		bool top = i % 2;

		x = random_bits();
		y = random_bits();
		a = from_bits(x, top);
		b = from_bits(y, top);
		must_be(a, x, top);
		must_be(values_and(arena, a, b), x & y, top);
		must_be(values_or(arena, a, b), x | y, top);
		must_be(values_minus(arena, a, b), x & ~y, top);
		if (!top)
			must_be(values_not(arena, a, VALUES - 1), ~x, top);
		must_be(a, x, top);
		must_relate(a, x, b, y);
		low = random() % VALUES;
		high = low + random() % (VALUES - low);
		range = ~(uint64_t)0 >> (VALUES - 1 - high + low) << low;
		ck_assert_int_eq(values_meet_range(a, number(low, top), number(high, top)),
				 (x & range) != 0);
		ck_assert_int_eq(values_cover_range(a, number(low, top), number(high, top)),
				 !(range & ~x));
	}
}
END_TEST

START_TEST(ends_of_the_number_line)
{
	const struct values *all = values_range(arena, 0, TOP);
	const struct values *last = values_one(arena, TOP);

	ck_assert(values_empty(values_not(arena, all, TOP)));
	ck_assert(values_same(values_not(arena, values_range(arena, 1, 0), TOP), all));
	ck_assert(values_same(values_not(arena, last, TOP), values_range(arena, 0, TOP - 1)));
	ck_assert(values_same(values_or(arena, last, values_range(arena, 0, TOP - 1)), all));
	ck_assert(values_same(values_minus(arena, all, last), values_range(arena, 0, TOP - 1)));
	ck_assert(values_hold(all, TOP));
	ck_assert(values_empty(values_range(arena, 2, 1)));
}
END_TEST

START_TEST(null_is_any_value)
{
	const struct values *some = values_range(arena, 3, 9);

	ck_assert_ptr_eq(values_and(arena, NULL, some), some);
	ck_assert_ptr_eq(values_and(arena, some, NULL), some);
	ck_assert_ptr_null(values_or(arena, NULL, some));
	ck_assert(values_empty(values_minus(arena, some, NULL)));
	ck_assert(values_cover(NULL, some) && !values_cover(some, NULL));
	ck_assert(values_meet(NULL, some) && !values_meet(NULL, values_range(arena, 1, 0)));
	ck_assert(values_hold(NULL, 77) && !values_empty(NULL));
}
END_TEST

/* --- boxes: three fields of eight values --------------------------------------- */

#define POINTS	512

static const enum field axis[] = { FIELD_SADDR, FIELD_DPORT, FIELD_MARK };

static const struct values *small(unsigned int bits)
{
	return from_bits(bits & 0xff, false);
}

static struct box random_box(void)
{
	struct box box = { 0 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		box.now[axis[i]] = random() % 4 ? small(random() % 255 + 1) : small(0xff);
		box.was[axis[i]] = box.now[axis[i]];
	}
	return box;
}

static bool has(const struct box *box, unsigned int point)
{
	return values_hold(box->was[axis[0]], point & 7) &&
	       values_hold(box->was[axis[1]], point >> 3 & 7) &&
	       values_hold(box->was[axis[2]], point >> 6);
}

static unsigned int how_many(const struct boxes *boxes, unsigned int point)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < boxes->count; i++)
		count += has(&boxes->box[i], point);
	return count;
}

START_TEST(subtracting_and_joining_lose_no_packet)
{
	struct boxes boxes = { 0 };
	struct box all = { 0 }, what[5];
	unsigned int round, point, i;
	bool gone, overlap, right;
	size_t before;

	for (i = 0; i < 3; i++)
		all.now[axis[i]] = all.was[axis[i]] = small(0xff);
	for (round = 0; round < 300; round++) {
		boxes.count = 0;
		ck_assert_int_eq(boxes_add(&boxes, &all), 0);
		for (i = 0; i < 5; i++) {
			what[i] = random_box();
			ck_assert_int_eq(boxes_subtract(arena, &boxes, &what[i]), 0);
		}
		before = boxes.count;
		if (round % 2)
			boxes_join(arena, &boxes);
		ck_assert_uint_le(boxes.count, before);
		overlap = false;
		right = true;
		for (point = 0; point < POINTS; point++) {
			gone = false;
			for (i = 0; i < 5; i++)
				gone |= has(&what[i], point);
			right &= how_many(&boxes, point) == !gone;
			overlap |= has(&what[0], point) && has(&what[1], point);
		}
		ck_assert(right);
		ck_assert_int_eq(boxes_overlap(arena, &what[0], &what[1]), overlap);
	}
	boxes_free(&boxes);
}
END_TEST

START_TEST(pieces_of_a_box_are_one_again)
{
	struct boxes boxes = { 0 };
	struct box box;
	unsigned int i;

	for (i = 0; i < POINTS; i++) {
		memset(&box, 0, sizeof(box));
		box.now[axis[0]] = box.was[axis[0]] = values_one(arena, i * 5 % POINTS & 7);
		box.now[axis[1]] = box.was[axis[1]] = values_one(arena, i * 5 % POINTS >> 3 & 7);
		box.now[axis[2]] = box.was[axis[2]] = values_one(arena, i * 5 % POINTS >> 6);
		box.doubt = i % 2 ? "this" : "that";
		ck_assert_int_eq(boxes_add(&boxes, &box), 0);
	}
	boxes_join(arena, &boxes);
	ck_assert_uint_eq(boxes.count, 1);
	for (i = 0; i < 3; i++)
		ck_assert(values_same(boxes.box[0].was[axis[i]], small(0xff)));
	boxes_free(&boxes);
}
END_TEST

START_TEST(boxes_that_differ_otherwise_stay_apart)
{
	struct boxes boxes = { 0 };
	struct box box = { 0 };

	box.now[FIELD_SADDR] = box.was[FIELD_SADDR] = values_one(arena, 1);
	boxes_add(&boxes, &box);
	box.now[FIELD_SADDR] = box.was[FIELD_SADDR] = values_one(arena, 2);
	box.doubt = "doubt";
	boxes_add(&boxes, &box);
	box.effects.helper = "amanda";
	boxes_add(&boxes, &box);
	box.effects.early_helper = "amanda";
	boxes_add(&boxes, &box);
	box.effects.notrack = true;
	boxes_add(&boxes, &box);
	boxes_join(arena, &boxes);
	ck_assert_uint_eq(boxes.count, 5);
	boxes_free(&boxes);
}
END_TEST

START_TEST(what_was_set_is_asked_for_as_it_is)
{
	struct box box = { 0 }, rest;

	box.now[FIELD_MARK] = box.was[FIELD_MARK] = values_range(arena, 0, 9);
	box_assign(arena, &box, FIELD_MARK, values_one(arena, 77));
	ck_assert(!box_narrow(arena, &box, FIELD_MARK, values_one(arena, 5), &rest));
	ck_assert(values_same(rest.now[FIELD_MARK], values_one(arena, 77)));
	ck_assert(values_same(rest.was[FIELD_MARK], values_range(arena, 0, 9)));
	ck_assert(box_narrow(arena, &rest, FIELD_MARK, values_one(arena, 77), &box));
	ck_assert(values_empty(box.now[FIELD_MARK]));
	ck_assert_ptr_null(rest.doubt);
}
END_TEST

START_TEST(what_a_translation_leaves_open_is_doubt)
{
	struct box box = { 0 }, rest;

	box_assign(arena, &box, FIELD_SPORT, values_range(arena, 1024, 65535));
	ck_assert(box_narrow(arena, &box, FIELD_SPORT, values_range(arena, 0, 65535), &rest));
	ck_assert_ptr_null(box.doubt);
	ck_assert(box_narrow(arena, &box, FIELD_SPORT, values_range(arena, 5000, 6000), &rest));
	ck_assert_ptr_nonnull(box.doubt);
	ck_assert_ptr_nonnull(rest.doubt);
	ck_assert_ptr_null(box.was[FIELD_SPORT]);
	ck_assert_ptr_null(rest.was[FIELD_SPORT]);
}
END_TEST

START_TEST(the_rest_of_any_state_is_the_other_states)
{
	struct box box = { 0 }, rest;
	size_t count;

	ck_assert(box_narrow(arena, &box, FIELD_CT_STATE, values_one(arena, 8), &rest));
	ck_assert(values_count(rest.now[FIELD_CT_STATE], 10, &count));
	ck_assert_uint_eq(count, 4);
	ck_assert(!values_hold(rest.now[FIELD_CT_STATE], 0));
	ck_assert(values_same(rest.was[FIELD_CT_STATE], rest.now[FIELD_CT_STATE]));
}
END_TEST

START_TEST(an_example_is_the_smallest_packet)
{
	__uint128_t example[FIELD_COUNT];
	struct box box = { 0 };

	box.was[FIELD_DPORT] = small(0xf0);
	box.was[FIELD_SADDR] = values_range(arena, 0x0a000001, 0x0a0000ff);
	box.now[FIELD_SADDR] = values_one(arena, 1);
	box_example(&box, example);
	ck_assert(example[FIELD_DPORT] == 4 && example[FIELD_SADDR] == 0x0a000001);
	ck_assert(example[FIELD_CT_STATE] == 1 && example[FIELD_MARK] == 0);
}
END_TEST

/* --- memory -------------------------------------------------------------------- */

START_TEST(an_arena_keeps_its_limit)
{
	struct arena *small_one = arena_new(1000);
	struct boxes boxes = { 0 };
	struct box box = { 0 };

	ck_assert_ptr_nonnull(arena_take(small_one, 400));
	ck_assert(!arena_full(small_one));
	ck_assert_ptr_null(arena_take(small_one, 700));
	ck_assert_ptr_null(arena_take(small_one, (size_t)-8));
	ck_assert(arena_full(small_one));
	ck_assert_ptr_null(values_one(small_one, 1));
	box.was[FIELD_SADDR] = values_one(arena, 1);
	boxes_add(&boxes, &(struct box){ 0 });
	ck_assert_int_lt(boxes_subtract(small_one, &boxes, &box), 0);
	ck_assert_uint_eq(boxes.count, 1);
	boxes_free(&boxes);
	arena_free(small_one);
	arena_free(NULL);
}
END_TEST

START_TEST(memory_is_zero_and_given_back)
{
	unsigned char *bytes;
	unsigned char any;
	size_t i, round, used;

	for (round = 0; round < 100; round++) {
		bytes = arena_take(arena, 3000);
		for (i = 0, any = 0; i < 3000; i++)
			any |= bytes[i];
		ck_assert_uint_eq(any, 0);
		used = arena_used(arena);
		memset(bytes, 0xff, 1000);
		arena_give_back(arena, bytes, 3000, 1000);
		ck_assert_uint_lt(arena_used(arena), used - 1900);
	}
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, fresh, done);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, sets_of_values_are_sets);
	tcase_add_test(tests, ends_of_the_number_line);
	tcase_add_test(tests, null_is_any_value);
	tcase_add_test(tests, subtracting_and_joining_lose_no_packet);
	tcase_add_test(tests, pieces_of_a_box_are_one_again);
	tcase_add_test(tests, boxes_that_differ_otherwise_stay_apart);
	tcase_add_test(tests, what_was_set_is_asked_for_as_it_is);
	tcase_add_test(tests, what_a_translation_leaves_open_is_doubt);
	tcase_add_test(tests, the_rest_of_any_state_is_the_other_states);
	tcase_add_test(tests, an_example_is_the_smallest_packet);
	tcase_add_test(tests, an_arena_keeps_its_limit);
	tcase_add_test(tests, memory_is_zero_and_given_back);
}

int main(void)
{
	return suite_main("space", add_tests);
}

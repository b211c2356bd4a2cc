// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fragments, by what ip_frag_queue() and nf_ct_frag6_queue() of the kernel decide.
 */
#include "selftests/unit/capture_made.h"
#include "selftests/unit/lib/suite.h"

#define PIECE	64
#define PIECES	4
/* The last piece is not a multiple of 8. */
#define WHOLE	(3 * PIECE + 29)

static struct made file, frame, whole;
static int64_t now;

/* The payload of IP: a UDP datagram of which every byte can be told. */
static void make_whole(void)
{
	static char text[WHOLE - 8 + 1];
	size_t i;

	for (i = 0; i < WHOLE - 8; i++)
		text[i] = (char)('a' + i % 23);
	whole.length = 0;
	made_udp(&whole, text);
}

static void fragment_v4(size_t from, size_t to, bool more, unsigned int id)
{
	size_t place = made_ipv4(&frame, IPPROTO_UDP);

	made_set_16(&frame, place + 4, id);
	made_set_16(&frame, place + 6, (unsigned int)(from / 8 | (more ? 0x2000 : 0)));
	made_add(&frame, whole.bytes + from, to - from);
	made_ip_end(&frame, place);
}

static void fragment_v6(size_t from, size_t to, bool more, unsigned int id)
{
	size_t place = made_ipv6(&frame, IPPROTO_FRAGMENT);

	made_add(&frame, (uint8_t []) { IPPROTO_UDP, 0 }, 2);
	made_16(&frame, (unsigned int)(from | more));
	made_32(&frame, id);
	made_add(&frame, whole.bytes + from, to - from);
	made_ip_end(&frame, place);
}

static void begin(void)
{
	make_whole();
	made_begin(&file, 101);
	now = SECOND;
}

/* A fragment of datagram @id, of IPv@version. */
static void add_of(int version, size_t from, size_t to, bool more, unsigned int id)
{
	frame.length = 0;
	if (version == 4)
		fragment_v4(from, to, more, id);
	else
		fragment_v6(from, to, more, id);
	made_record(&file, now, &frame);
}

static void add(int version, size_t from, size_t to)
{
	add_of(version, from, to, to < WHOLE, 1);
}

static void assert_whole(const struct seen *seen, uint64_t first, uint64_t last)
{
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_uint_eq(seen->packet[0].first, first);
	ck_assert_uint_eq(seen->packet[0].number, last);
	ck_assert_uint_eq(seen->packet[0].length, WHOLE - 8);
	ck_assert_uint_eq(seen->packet[0].captured, WHOLE - 8);
	ck_assert_mem_eq(seen->packet[0].data, whole.bytes + 8, WHOLE - 8);
	ck_assert_int_eq(seen->packet[0].destination.port, 10080);
}

static void assert_lost(const struct seen *seen, unsigned int incomplete, unsigned int overlapping,
			unsigned int broken)
{
	ck_assert_uint_eq(seen->count, 0);
	ck_assert_uint_eq(seen->counts.incomplete, incomplete);
	ck_assert_uint_eq(seen->counts.overlapping, overlapping);
	ck_assert_uint_eq(seen->counts.broken, broken);
}

/* Each test is run for IPv4 and IPv6. */
#define VERSION	(_i == 0 ? 4 : 6)

START_TEST(in_any_order)
{
	unsigned int code, rest, i;

	for (code = 0; code < 24; code++) {
		size_t order[PIECES] = { 0, 1, 2, 3 };

		for (i = PIECES, rest = code; i > 1; rest /= i--) {
			size_t other = order[rest % i];

			order[rest % i] = order[i - 1];
			order[i - 1] = other;
		}
		begin();
		for (i = 0; i < PIECES; i++)
			add(VERSION, order[i] * PIECE,
			    order[i] == PIECES - 1 ? WHOLE : (order[i] + 1) * PIECE);
		assert_whole(seen_made(&file), 1, PIECES);
	}
}
END_TEST

START_TEST(copies_are_ignored)
{
	struct seen *seen;

	begin();
	add(VERSION, 0, PIECE);
	add(VERSION, 0, PIECE);
	add(VERSION, 3 * PIECE, WHOLE);
	add(VERSION, 3 * PIECE, WHOLE);
	add(VERSION, PIECE, 2 * PIECE);
	add(VERSION, 2 * PIECE, 3 * PIECE);
	seen = seen_made(&file);
	assert_whole(seen, 1, 6);
	ck_assert_uint_eq(seen->counts.fragments, 6);
	ck_assert_uint_eq(seen->counts.overlapping, 0);
}
END_TEST

START_TEST(overlaps_drop_all)
{
	begin();
	add(VERSION, 0, PIECE);
	add(VERSION, PIECE - 8, 2 * PIECE);
	assert_lost(seen_made(&file), 0, 1, 0);
	/* What comes after it begins anew, and never ends. */
	add(VERSION, PIECE, 2 * PIECE);
	add(VERSION, 2 * PIECE, 3 * PIECE);
	add(VERSION, 3 * PIECE, WHOLE);
	assert_lost(seen_made(&file), 1, 1, 0);
}
END_TEST

/* Runs: inet_frag_queue_insert() takes two that came one after the other for one. */
START_TEST(within_a_run_is_a_copy)
{
	begin();
	add(VERSION, 0, PIECE);
	add(VERSION, PIECE, 2 * PIECE);
	add(VERSION, PIECE - 8, PIECE + 8);
	add(VERSION, 2 * PIECE, WHOLE);
	assert_whole(seen_made(&file), 1, 4);
}
END_TEST

START_TEST(across_runs_is_an_overlap)
{
	begin();
	add(VERSION, PIECE, 2 * PIECE);
	add(VERSION, 0, PIECE);
	add(VERSION, PIECE - 8, PIECE + 8);
	assert_lost(seen_made(&file), 0, 1, 0);
}
END_TEST

START_TEST(ends_that_differ)
{
	begin();
	add(VERSION, 3 * PIECE, WHOLE);
	add_of(VERSION, 2 * PIECE, 3 * PIECE, false, 1);
	add(VERSION, 0, PIECE);
	/* IPv4 drops all there is, so that the last one begins anew. */
	assert_lost(seen_made(&file), 1, 0, 1);
	add(VERSION, PIECE, 3 * PIECE);
	if (VERSION == 4)
		assert_lost(seen_made(&file), 1, 0, 1);
	else
		assert_whole(seen_made(&file), 1, 4);
}
END_TEST

/* Three ways: the end lies before what came; there are two ends; more lies behind it. */
START_TEST(ends_that_cannot_be)
{
	static const struct {
		size_t from;
		bool more;
	} pieces[3][2] = {
		{ { 2 * PIECE, true }, { PIECE, false } },
		{ { PIECE, false }, { 2 * PIECE, false } },
		{ { PIECE, false }, { 2 * PIECE, true } },
	};
	size_t way, i;

	for (way = 0; way < 3; way++) {
		begin();
		for (i = 0; i < 2; i++)
			add_of(VERSION, pieces[way][i].from, pieces[way][i].from + PIECE,
			       pieces[way][i].more, 1);
		assert_lost(seen_made(&file), VERSION == 6, 0, 1);
	}
}
END_TEST

START_TEST(an_end_that_is_no_multiple_of_8)
{
	begin();
	add_of(VERSION, 0, PIECE + 3, true, 1);
	add(VERSION, PIECE, WHOLE);
	if (VERSION == 4)
		assert_whole(seen_made(&file), 1, 2);
	else
		assert_lost(seen_made(&file), 1, 0, 1);
}
END_TEST

START_TEST(too_late)
{
	int64_t life = (VERSION == 4 ? 30 : 60) * SECOND;

	begin();
	add(VERSION, 0, PIECE);
	now += life;
	add(VERSION, PIECE, WHOLE);
	assert_whole(seen_made(&file), 1, 2);
	begin();
	add(VERSION, 0, PIECE);
	now += life + 1;
	add(VERSION, PIECE, WHOLE);
	assert_lost(seen_made(&file), 2, 0, 0);
}
END_TEST

START_TEST(the_oldest_gives_way)
{
	struct seen *seen;
	unsigned int i;

	begin();
	for (i = 1; i <= 200; i++)
		add_of(VERSION, 0, PIECE, true, i);
	add_of(VERSION, PIECE, WHOLE, false, 1);
	add_of(VERSION, PIECE, WHOLE, false, 200);
	seen = seen_made(&file);
	assert_whole(seen, 200, 202);
	ck_assert_uint_eq(seen->counts.incomplete, 200);
}
END_TEST

START_TEST(cut_by_the_capture)
{
	struct seen *seen;

	begin();
	add(VERSION, 0, PIECE);
	frame.length = 0;
	if (VERSION == 4)
		fragment_v4(PIECE, 3 * PIECE, true, 1);
	else
		fragment_v6(PIECE, 3 * PIECE, true, 1);
	made_record_cut(&file, now, &frame, frame.length - 100);
	add(VERSION, 3 * PIECE, WHOLE);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_uint_eq(seen->packet[0].length, WHOLE - 8);
	ck_assert_uint_eq(seen->packet[0].captured, 3 * PIECE - 100 - 8);
	ck_assert_mem_eq(seen->packet[0].data, whole.bytes + 8, 3 * PIECE - 100 - 8);
	ck_assert_uint_eq(seen->counts.cut, 1);
}
END_TEST

/* Where the bits for congestion are: the second byte, or the first two. */
static void set_ecn(int version, uint8_t ecn)
{
	if (version == 4)
		file.bytes[file.length - frame.length + 1] = ecn;
	else
		file.bytes[file.length - frame.length + 1] = (uint8_t)(ecn << 4);
}

START_TEST(congestion_bits_have_to_agree)
{
	begin();
	add(VERSION, 0, PIECE);
	set_ecn(VERSION, 2);
	add(VERSION, PIECE, WHOLE);
	set_ecn(VERSION, 3);
	assert_whole(seen_made(&file), 1, 2);
	set_ecn(VERSION, 0);
	assert_lost(seen_made(&file), 0, 0, 1);
}
END_TEST

START_TEST(other_datagrams_are_others)
{
	begin();
	add_of(VERSION, 0, PIECE, true, 1);
	add_of(VERSION, PIECE, WHOLE, false, 2);
	assert_lost(seen_made(&file), 2, 0, 0);
}
END_TEST

START_TEST(a_fragment_alone_is_whole)
{
	begin();
	add(VERSION, 0, WHOLE);
	assert_whole(seen_made(&file), 1, 1);
}
END_TEST

/* 65535 bytes with all headers, and not one more. */
START_TEST(the_biggest)
{
	static const uint8_t none[65535];
	size_t most = VERSION == 4 ? 65515 : 65535, from = 65024, i;

	for (i = 0; i < 2; i++) {
		struct seen *seen;

		begin();
		made_add(&whole, none, most + i - whole.length);
		made_set_16(&whole, 4, 100);
		add_of(VERSION, 0, from, true, 1);
		add_of(VERSION, from, most + i, false, 1);
		seen = seen_made(&file);
		ck_assert_uint_eq(seen->count, i == 0);
		ck_assert_uint_eq(seen->counts.broken, i);
		/* IPv4 finds out when all is there, IPv6 before. */
		ck_assert_uint_eq(seen->counts.incomplete, i && VERSION == 6);
		if (!i)
			ck_assert_uint_eq(seen->packet[0].behind, most - 100);
	}
}
END_TEST

/* The offset reaches behind what a packet can be: it never becomes whole. */
START_TEST(beyond_the_biggest)
{
	begin();
	add_of(VERSION, 0, PIECE, true, 1);
	frame.length = 0;
	if (VERSION == 4)
		fragment_v4(0, PIECE, false, 1);
	else
		fragment_v6(0, PIECE, false, 1);
	made_set_16(&frame, VERSION == 4 ? 6 : 42, VERSION == 4 ? 0x1fff : 0xfff8);
	made_record(&file, now, &frame);
	assert_lost(seen_made(&file), 1, 0, 1);
}
END_TEST

START_TEST(ipv6_shows_ports_in_the_first)
{
	size_t place;

	begin();
	add(6, 0, 8);
	add(6, 8, WHOLE);
	assert_whole(seen_made(&file), 1, 2);
	begin();
	frame.length = 0;
	place = made_ipv6(&frame, IPPROTO_FRAGMENT);
	made_add(&frame, (uint8_t []) { IPPROTO_DSTOPTS, 0, 0, 1, 0, 0, 0, 1 }, 8);
	made_add(&frame, (uint8_t [8]) { IPPROTO_UDP }, 8);
	made_ip_end(&frame, place);
	made_record(&file, now, &frame);
	assert_lost(seen_made(&file), 0, 0, 1);
}
END_TEST

/* A fragment of IPv6,  being what its fragment header says that follows. */
static void add_next(uint8_t next, unsigned int place, const void *bytes, size_t length)
{
	size_t head;

	frame.length = 0;
	head = made_ipv6(&frame, IPPROTO_FRAGMENT);
	made_add(&frame, (uint8_t []) { next, 0 }, 2);
	made_16(&frame, place);
	made_32(&frame, 1);
	made_add(&frame, bytes, length);
	made_ip_end(&frame, head);
	made_record(&file, now, &frame);
}

/* Headers behind the fragment header belong to what is fragmented. */
START_TEST(ipv6_headers_in_the_fragments)
{
	static struct made first;

	begin();
	first.length = 0;
	made_add(&first, (uint8_t [8]) { IPPROTO_UDP }, 8);
	made_add(&first, whole.bytes, PIECE);
	/* What follows is what the first one says, whichever comes first. */
	add_next(IPPROTO_TCP, PIECE + 8, whole.bytes + PIECE, WHOLE - PIECE);
	add_next(IPPROTO_DSTOPTS, 1, first.bytes, first.length);
	assert_whole(seen_made(&file), 1, 2);
}
END_TEST

START_TEST(ipv6_fragments_of_fragments)
{
	static struct made inner;

	begin();
	inner.length = 0;
	made_add(&inner, (uint8_t [8]) { IPPROTO_UDP }, 8);
	made_add(&inner, whole.bytes, WHOLE);
	add_next(IPPROTO_FRAGMENT, 0, inner.bytes, inner.length);
	assert_lost(seen_made(&file), 0, 0, 0);
}
END_TEST

START_TEST(the_first_one_gives_the_head)
{
	struct seen *seen;

	begin();
	add(VERSION, PIECE, WHOLE);
	file.bytes[file.length - frame.length + (VERSION == 4 ? 8 : 7)] = 5;
	add(VERSION, 0, PIECE);
	seen = seen_made(&file);
	assert_whole(seen, 1, 2);
	ck_assert_int_eq(seen->packet[0].ttl, 63);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_loop_test(tests, in_any_order, 0, 2);
	tcase_add_loop_test(tests, copies_are_ignored, 0, 2);
	tcase_add_loop_test(tests, overlaps_drop_all, 0, 2);
	tcase_add_loop_test(tests, within_a_run_is_a_copy, 0, 2);
	tcase_add_loop_test(tests, across_runs_is_an_overlap, 0, 2);
	tcase_add_loop_test(tests, ends_that_differ, 0, 2);
	tcase_add_loop_test(tests, ends_that_cannot_be, 0, 2);
	tcase_add_loop_test(tests, an_end_that_is_no_multiple_of_8, 0, 2);
	tcase_add_loop_test(tests, too_late, 0, 2);
	tcase_add_loop_test(tests, the_oldest_gives_way, 0, 2);
	tcase_add_loop_test(tests, cut_by_the_capture, 0, 2);
	tcase_add_loop_test(tests, congestion_bits_have_to_agree, 0, 2);
	tcase_add_loop_test(tests, other_datagrams_are_others, 0, 2);
	tcase_add_loop_test(tests, a_fragment_alone_is_whole, 0, 2);
	tcase_add_loop_test(tests, the_biggest, 0, 2);
	tcase_add_loop_test(tests, beyond_the_biggest, 0, 2);
	tcase_add_test(tests, ipv6_shows_ports_in_the_first);
	tcase_add_test(tests, ipv6_headers_in_the_fragments);
	tcase_add_test(tests, ipv6_fragments_of_fragments);
	tcase_add_loop_test(tests, the_first_one_gives_the_head, 0, 2);
}

int main(void)
{
	return suite_main("capture_fragments", add_tests);
}

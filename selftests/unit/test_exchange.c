// SPDX-License-Identifier: GPL-2.0-or-later
/* What a flow remembers, and how ports move under NAT. */
#include <string.h>

#include "amanda_exchange.h"
#include "amanda_ports.h"
#include "selftests/unit/lib/suite.h"

enum { A = 0xaaaa, B = 0xbbbb, PORTS = 0x1111, OTHER_PORTS = 0x2222 };

static struct amanda_flow flow;

static void setup(void)
{
	memset(&flow, 0, sizeof(flow));
}

static enum amanda_verdict reply(__u32 request, __u16 answer)
{
	return amanda_flow_reply(&flow, amanda_flow_find(&flow, request), answer);
}

START_TEST(fits_the_private_area)
{
	ck_assert_int_le(sizeof(struct amanda_flow), 32);
}
END_TEST

START_TEST(opens_only_what_was_asked)
{
	ck_assert_int_eq(reply(A, PORTS), AMANDA_UNASKED);
	amanda_flow_request(&flow, A);
	ck_assert_int_eq(reply(B, PORTS), AMANDA_UNASKED);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_OPEN);
}
END_TEST

START_TEST(a_copy_opens_nothing)
{
	amanda_flow_request(&flow, A);
	amanda_flow_opened(&flow, A, PORTS, 7);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_REPEAT);
	ck_assert_int_eq(flow.exchange[amanda_flow_find(&flow, A)].shift, 7);
	ck_assert_int_eq(reply(A, OTHER_PORTS), AMANDA_UNASKED);
}
END_TEST

START_TEST(asked_again_opens_other_ports)
{
	amanda_flow_request(&flow, A);
	amanda_flow_opened(&flow, A, PORTS, 0);
	amanda_flow_request(&flow, A);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_RENEW);
	ck_assert_int_eq(reply(A, OTHER_PORTS), AMANDA_OPEN);
}
END_TEST

START_TEST(a_final_answer_closes)
{
	amanda_flow_request(&flow, A);
	amanda_flow_end(&flow, A);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_UNASKED);
	ck_assert(!amanda_flow_outstanding(&flow));
}
END_TEST

START_TEST(a_late_nak_does_not_forget_a_mapping)
{
	amanda_flow_request(&flow, A);
	amanda_flow_opened(&flow, A, PORTS, 7);
	amanda_flow_end(&flow, A);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_REPEAT);
}
END_TEST

START_TEST(outstanding_once_acknowledged)
{
	amanda_flow_running(&flow, A);
	ck_assert(!amanda_flow_outstanding(&flow));
	amanda_flow_request(&flow, A);
	ck_assert(!amanda_flow_outstanding(&flow));
	amanda_flow_running(&flow, B);
	ck_assert(!amanda_flow_outstanding(&flow));
	amanda_flow_running(&flow, A);
	ck_assert(amanda_flow_outstanding(&flow));
	amanda_flow_opened(&flow, A, PORTS, 0);
	ck_assert(!amanda_flow_outstanding(&flow));
	amanda_flow_running(&flow, A);
	ck_assert(!amanda_flow_outstanding(&flow));
}
END_TEST

START_TEST(taken_over_opens_once)
{
	flow.taken_over = true;
	ck_assert(amanda_flow_outstanding(&flow));
	ck_assert_int_eq(reply(A, PORTS), AMANDA_OPEN);
	amanda_flow_opened(&flow, A, PORTS, 0);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_REPEAT);
	ck_assert_int_eq(reply(B, PORTS), AMANDA_UNASKED);
}
END_TEST

START_TEST(taken_over_ends_with_a_request)
{
	flow.taken_over = true;
	amanda_flow_request(&flow, B);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_UNASKED);
	ck_assert_int_eq(reply(B, PORTS), AMANDA_OPEN);
}
END_TEST

START_TEST(taken_over_ends_with_an_answer)
{
	flow.taken_over = true;
	amanda_flow_end(&flow, A);
	ck_assert_int_eq(reply(A, PORTS), AMANDA_UNASKED);
}
END_TEST

/* However many requests come, the one that waits for its answer stays known as
 * long as any other can make room.
 */
START_TEST(waiting_requests_stay)
{
	__u32 i;

	amanda_flow_request(&flow, A);
	for (i = 1; i < 100; i++) {
		amanda_flow_request(&flow, i);
		ck_assert_int_eq(reply(i, PORTS), AMANDA_OPEN);
		amanda_flow_opened(&flow, i, PORTS, 0);
		ck_assert_int_eq(reply(i, PORTS), AMANDA_REPEAT);
		ck_assert_int_eq(reply(A, PORTS), AMANDA_OPEN);
	}
}
END_TEST

START_TEST(a_flood_keeps_the_newest)
{
	__u32 i;

	for (i = 1; i < 100; i++) {
		amanda_flow_request(&flow, i);
		ck_assert_int_eq(reply(i, PORTS), AMANDA_OPEN);
	}
}
END_TEST

static __u32 key_of(const char *text, __u32 seed)
{
	struct amanda_packet packet;

	ck_assert_int_eq(amanda_packet_parse(text, strlen(text), &packet), AMANDA_OK);
	return amanda_request_key(text, &packet, seed);
}

START_TEST(key_has_handle_and_sequence)
{
	__u32 key = key_of("Amanda 3.5 REQ HANDLE 000-00000001 SEQ 7\n", 42);

	ck_assert_uint_eq(key, key_of("Amanda 2.4 REP HANDLE 000-00000001 SEQ 7\n", 42));
	ck_assert_uint_ne(key, key_of("Amanda 3.5 REQ HANDLE 000-00000002 SEQ 7\n", 42));
	ck_assert_uint_ne(key, key_of("Amanda 3.5 REQ HANDLE 000-00000001 SEQ 8\n", 42));
	ck_assert_uint_ne(key, key_of("Amanda 3.5 REQ HANDLE 000-00000001 SEQ -7\n", 42));
	ck_assert_uint_ne(key, key_of("Amanda 3.5 REQ HANDLE 000-0000000 SEQ 7\n", 42));
	ck_assert_uint_ne(key, key_of("Amanda 3.5 REQ HANDLE 000-00000001 SEQ 7\n", 43));
}
END_TEST

START_TEST(answer_key_has_order_and_count)
{
	static const __u16 ports[] = { 1, 2, 3 }, turned[] = { 2, 1, 3 };

	ck_assert_uint_ne(amanda_answer_key(ports, 3, 1), amanda_answer_key(turned, 3, 1));
	ck_assert_uint_ne(amanda_answer_key(ports, 3, 1), amanda_answer_key(ports, 2, 1));
	ck_assert_uint_eq(amanda_answer_key(ports, 3, 1), amanda_answer_key(ports, 3, 1));
}
END_TEST

struct range_text {
	const char *text;
	unsigned int count;	/* 0: refused */
};

static const struct range_text range_texts[] = {
	{ "11000-11040", 1 }, { "11000", 1 }, { "1-2,4-5\n", 2 }, { "1,2,3,4,5,6,7,8", 8 },
	{ "65535-65535", 1 }, { "1,2,3,4,5,6,7,8,9", 0 }, { "", 0 }, { "11040-11000", 0 },
	{ "0-5", 0 }, { "1-65536", 0 }, { "99999999999", 0 }, { "1-", 0 }, { "1,", 0 },
	{ "1;2", 0 }, { " 1", 0 }, { "1-2-3", 0 }, { "-5", 0 }, { "\n", 0 },
};

START_TEST(reads_ranges)
{
	struct amanda_ports ports;
	bool read = amanda_ports_parse(&ports, range_texts[_i].text);

	ck_assert_msg(read == (range_texts[_i].count > 0), "\"%s\"", range_texts[_i].text);
	if (read)
		ck_assert_uint_eq(ports.count, range_texts[_i].count);
}
END_TEST

START_TEST(moves_around_the_range_and_back)
{
	struct amanda_ports ports;
	__u32 port, shift;

	ck_assert(amanda_ports_parse(&ports, "500-1100,65000-65535"));
	for (port = 1; port <= 65535; port += port < 1200 || port > 64900 ? 1 : 97) {
		bool allowed = amanda_ports_allow(&ports, 1024, port);

		ck_assert_int_eq(allowed, (port >= 1024 && port <= 1100) || port >= 65000);
		for (shift = 0; allowed && shift <= 65535; shift += 251) {
			__u16 moved = amanda_ports_move(&ports, 1024, port, shift);

			ck_assert(amanda_ports_allow(&ports, 1024, moved));
			ck_assert_int_eq(amanda_ports_move_back(&ports, 1024, moved, shift), port);
			ck_assert_int_eq(amanda_ports_move(&ports, 1024, port,
					 amanda_ports_distance(&ports, 1024, port, moved)), moved);
		}
	}
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, fits_the_private_area);
	tcase_add_test(tests, opens_only_what_was_asked);
	tcase_add_test(tests, a_copy_opens_nothing);
	tcase_add_test(tests, asked_again_opens_other_ports);
	tcase_add_test(tests, a_final_answer_closes);
	tcase_add_test(tests, a_late_nak_does_not_forget_a_mapping);
	tcase_add_test(tests, outstanding_once_acknowledged);
	tcase_add_test(tests, taken_over_opens_once);
	tcase_add_test(tests, taken_over_ends_with_a_request);
	tcase_add_test(tests, taken_over_ends_with_an_answer);
	tcase_add_test(tests, waiting_requests_stay);
	tcase_add_test(tests, a_flood_keeps_the_newest);
	tcase_add_test(tests, key_has_handle_and_sequence);
	tcase_add_test(tests, answer_key_has_order_and_count);
	tcase_add_loop_test(tests, reads_ranges, 0,
			    sizeof(range_texts) / sizeof(range_texts[0]));
	tcase_add_test(tests, moves_around_the_range_and_back);
}

int main(void)
{
	return suite_main("exchange", add_tests);
}

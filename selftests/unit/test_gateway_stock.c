// SPDX-License-Identifier: GPL-2.0-or-later
/* The model of the kernel's own helper, defect by defect (docs/helper.md). */
#include "selftests/unit/gateway_packets.h"

static void stock(void)
{
	new_gateway(HELPER_STOCK);
	ask(REQUEST);
}

START_TEST(opens_the_tags_it_knows)
{
	answer(REP("CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004 CMD 50005\n"));
	ck_assert_str_eq(opened(), "50001 50002 50003 50004");
	ck_assert_int_eq(sight.expected[3].stream, 3);
	/* Recovery needs CTL, which it does not know. */
	answer(REP("CONNECT CTL 50011 DATA 50012 STATE 50013\n"));
	ck_assert_str_eq(opened(), "50012 50013");
	ck_assert_int_eq(sight.expected[0].stream, 1);
}
END_TEST

START_TEST(ends_at_what_is_no_number)
{
	answer(REP("CONNECT DATA 50001 MESG 50002 INDEX -1 STATE 50004\n"));
	ck_assert_str_eq(opened(), "50001 50002");
	ck_assert_int_eq(sight.reason, AMANDA_OK);
	answer(REP("CONNECT DATA 65536 MESG 50002\n"));
	ck_assert_str_eq(opened(), "");
	answer(REP("CONNECT DATA 22abc MESG 0x50\n"));
	ck_assert_str_eq(opened(), "22");
	answer(REP("CONNECT DATA \n"));
	ck_assert_str_eq(opened(), "");
}
END_TEST

START_TEST(cuts_numbers_off)
{
	answer(REP("CONNECT DATA 65558 MESG 99999 INDEX 499998\n"));
	ck_assert_str_eq(opened(), "22 34463 49999");
}
END_TEST

START_TEST(finds_words_anywhere)
{
	answer("hello CONNECT DATA 22 \n");
	ck_assert_str_eq(opened(), "22");
	ck_assert_int_eq(sight.expected[0].stream, -1);
	answer("Amanda 3.5 NAK HANDLE 000-01 SEQ 7\nERROR oops CONNECT DATA 23 MESG 25\n");
	ck_assert_str_eq(opened(), "23 25");
	answer(REP("CONNECT METADATA 24 XMESG 26\n"));
	ck_assert_str_eq(opened(), "24 26");
	answer(REP("CONNECT DATA 27"));
	ck_assert_str_eq(opened(), "");
}
END_TEST

START_TEST(reads_behind_the_datagram)
{
	static const char text[] = ACK "CONNECT DATA 22 \n";
	struct packet packet = datagram(CLIENT, 10080, SERVER, 700, text);

	packet.length = strlen(ACK);
	packet.captured = packet.length;
	packet.behind = strlen(text) - packet.length;
	see(&packet, NULL);
	ck_assert_str_eq(opened(), "22");
	packet.behind = 0;
	see(&packet, NULL);
	ck_assert_str_eq(opened(), "");
}
END_TEST

START_TEST(has_room_for_four)
{
	answer(REP("CONNECT DATA 50001 MESG 50002 INDEX 50003\n"));
	answer(REP("CONNECT DATA 50011 MESG 50012 INDEX 50013\n"));
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 4);
	ck_assert_int_eq(syn(50002)->met, 0);
	ck_assert_int_eq(syn(50003)->met, 3);
}
END_TEST

START_TEST(opens_again_after_use)
{
	answer(CONNECT);
	ck_assert_int_eq(syn(50001)->met, 1);
	answer(CONNECT);
	ck_assert_str_eq(opened(), "50001 (50002) (50003)");
}
END_TEST

START_TEST(drops_where_another_flow_expects_the_same)
{
	answer(CONNECT);
	ask_from(701, REQUEST);
	answer_to(701, REP("CONNECT DATA 50009 MESG 50002\n"));
	ck_assert(sight.dropped);
	ck_assert_int_eq(sight.reason, SIGHT_NO_ROOM);
	ck_assert_str_eq(opened(), "50009");
}
END_TEST

START_TEST(forgets_how_long_it_wanted_to_wait)
{
	wait_for(1);
	answer(CONNECT);
	check_life(300);
	wait_for(0.5);
	ask(ACK);
	check_life(30);
	wait_for(30);
	ck_assert_int_eq(syn(50001)->met, 0);
	ck_assert_int_eq(gateway_counts(gateway)->expired, 3);
}
END_TEST

START_TEST(a_capture_that_cuts)
{
	struct packet packet = datagram(CLIENT, 10080, SERVER, 700, CONNECT);

	packet.captured = strlen(REP("CONNECT DATA 50001"));
	ck_assert_int_eq(see(&packet, NULL)->reason, SIGHT_CUT);
	ck_assert_str_eq(opened(), "");
	packet.captured = strlen(REP("CONNECT DATA 50001 MESG 50002 INDEX 50003\n"));
	ck_assert_int_eq(see(&packet, NULL)->reason, AMANDA_OK);
	ck_assert_str_eq(opened(), "50001 50002 50003");
}
END_TEST

/* Two clients behind one address, which name the same ports. */
static const struct sight *second_client(const char *text, const char *as)
{
	struct packet ask_in = datagram(SERVER, 702, PUBLIC, 10080, REQUEST);
	struct packet ask_out = datagram(SERVER, 702, OTHER, 10080, REQUEST);
	struct packet in = datagram(OTHER, 10080, SERVER, 702, text);
	struct packet out = datagram(PUBLIC, 10080, SERVER, 702, as ? as : "");

	see(&ask_in, &ask_out);
	return see(&in, as ? &out : NULL);
}

static void first_client(const char *text)
{
	struct packet ask_in = datagram(SERVER, 701, PUBLIC, 10080, REQUEST);
	struct packet ask_out = datagram(SERVER, 701, CLIENT, 10080, REQUEST);
	struct packet in = datagram(CLIENT, 10080, SERVER, 701, text);

	see(&ask_in, &ask_out);
	see(&in, NULL);
}

START_TEST(nat_cuts_the_last_number_off)
{
	first_client(REP("CONNECT DATA 9997 MESG 9998 INDEX 9999\n"));
	ck_assert_str_eq(opened(), "9997 9998 9999");
	second_client(REP("CONNECT DATA 9997 MESG 9998 INDEX 9999\n"),
		      REP("CONNECT DATA 26616 MESG 39052 INDEX 9999\n"));
	ck_assert_str_eq(opened(), "26616 39052 99");
	ck_assert(!sight.dropped);
	ck_assert_int_eq(sight.expected[2].stream, 2);
}
END_TEST

START_TEST(nat_throws_dice_each_time)
{
	first_client(CONNECT);
	second_client(CONNECT, REP("CONNECT DATA 60001 MESG 60002 INDEX 60003\n\nOPTIONS ;\n"));
	ck_assert_str_eq(opened(), "60001 60002 60003");
	second_client(CONNECT, REP("CONNECT DATA 61001 MESG 61002 INDEX 61003\n\nOPTIONS ;\n"));
	ck_assert_str_eq(opened(), "61001 61002 61003");
	/* Those of the first client, and the last four of the second. */
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 7);
	second_client(CONNECT, NULL);
	ck_assert_int_eq(sight.reason, SIGHT_NO_REWRITE);
	ck_assert_str_eq(opened(), "");
}
END_TEST

START_TEST(nat_takes_the_verdict_of_the_last)
{
	first_client(REP("CONNECT DATA 65535 MESG 50002\n"));
	second_client(REP("CONNECT DATA 65535 MESG 50003\n"),
		      REP("CONNECT DATA 65535 MESG 50003\n"));
	ck_assert_str_eq(opened(), "50003");
	ck_assert(!sight.dropped);
	second_client(REP("CONNECT DATA 50004 INDEX 65535\n"), NULL);
	ck_assert_str_eq(opened(), "50004");
	ck_assert(sight.dropped);
}
END_TEST

START_TEST(nat_can_make_a_line_shorter)
{
	/* What follows moves up, and the end of the line stays. */
	first_client("CONNECT DATA 00022 MESG 50001\n");
	ck_assert_str_eq(opened(), "22 50001");
	first_client("CONNECT MESG 00022 DATA 00023\n");
	ck_assert_str_eq(opened(), "23 (22)");
	first_client("CONNECT DATA 00001 MESG 00002\n");
	ck_assert_str_eq(opened(), "1 2");
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, stock, drop_gateway);
	tcase_add_test(tests, opens_the_tags_it_knows);
	tcase_add_test(tests, ends_at_what_is_no_number);
	tcase_add_test(tests, cuts_numbers_off);
	tcase_add_test(tests, finds_words_anywhere);
	tcase_add_test(tests, reads_behind_the_datagram);
	tcase_add_test(tests, has_room_for_four);
	tcase_add_test(tests, opens_again_after_use);
	tcase_add_test(tests, drops_where_another_flow_expects_the_same);
	tcase_add_test(tests, forgets_how_long_it_wanted_to_wait);
	tcase_add_test(tests, a_capture_that_cuts);
	tcase_add_test(tests, nat_cuts_the_last_number_off);
	tcase_add_test(tests, nat_throws_dice_each_time);
	tcase_add_test(tests, nat_takes_the_verdict_of_the_last);
	tcase_add_test(tests, nat_can_make_a_line_shorter);
}

int main(void)
{
	return suite_main("gateway_stock", add_tests);
}

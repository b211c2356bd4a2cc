// SPDX-License-Identifier: GPL-2.0-or-later
/* The model of a gateway: flows and their time, our helper, TCP and errors. */
#include "selftests/unit/gateway_packets.h"

static void ours(void)
{
	new_gateway(HELPER_OURS);
}

static void none(void)
{
	new_gateway(HELPER_NONE);
}

START_TEST(udp_lives_as_the_kernel_has_it)
{
	ask(REQUEST);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	ck_assert_int_eq(sight.flow, 1);
	ck_assert(!sight.helped);
	check_life(30);
	wait_for(3);
	ask(REQUEST);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	answer(ACK);
	ck_assert_int_eq(sight.state, SIGHT_ESTABLISHED);
	ck_assert(sight.reply);
	/* The first answer finds a flow that was not answered before. */
	check_life(30);
	answer(ACK);
	check_life(120);
	ask(REQUEST);
	ck_assert_int_eq(sight.state, SIGHT_ESTABLISHED);
	check_life(120);
}
END_TEST

START_TEST(udp_is_no_stream_in_its_first_two_seconds)
{
	ask(REQUEST);
	answer(ACK);
	wait_for(2);
	answer(ACK);
	check_life(30);
	wait_for(0.001);
	answer(ACK);
	check_life(120);
}
END_TEST

START_TEST(an_answer_that_is_late)
{
	uint32_t flow = ask(REQUEST)->flow;

	wait_for(29.999);
	ck_assert_int_eq(answer(ACK)->state, SIGHT_ESTABLISHED);
	wait_for(30);
	answer(CONNECT);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	ck_assert_int_eq(sight.flow, 0);
	ck_assert_int_eq(sight.after, flow);
	ck_assert_int_eq(sight.ended, now);
	ck_assert_int_eq(gateway_counts(gateway)->flows, 0);
	ask(REQUEST);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	ck_assert_int_eq(sight.after, flow);
	ck_assert_int_ne(sight.flow, flow);
	ck_assert_int_eq(answer(ACK)->after, 0);
}
END_TEST

START_TEST(other_ports_are_not_followed)
{
	struct packet packet = datagram(SERVER, 53, CLIENT, 53, REQUEST);

	ck_assert_int_eq(see(&packet, NULL)->state, SIGHT_NONE);
	ck_assert_int_eq(gateway_counts(gateway)->flows, 0);
}
END_TEST

START_TEST(room_for_a_few_flows)
{
	const struct gateway_settings settings = { .helper = HELPER_OURS, .flows_max = 4 };
	unsigned int i;

	gateway_free(gateway);
	gateway = gateway_new(&settings);
	for (i = 0; i < 100; i++)
		ask_from(700 + i, REQUEST);
	ck_assert_int_eq(gateway_counts(gateway)->flows, 4);
	ck_assert_int_eq(gateway_counts(gateway)->forgotten, 96);
	/* Which end at the same time; it is one of them. */
	ck_assert_int_ne(ask_from(799, REQUEST)->flow, 0);
	wait_for(60);
	ask_from(600, REQUEST);
	ck_assert_int_eq(gateway_counts(gateway)->flows, 1);
	ck_assert_int_eq(gateway_counts(gateway)->forgotten, 96);
}
END_TEST

START_TEST(a_clock_that_runs_back)
{
	ask(REQUEST);
	wait_for(10);
	answer(ACK);
	/* A little: that of another capture.  A lot: somebody has set it. */
	wait_for(-3);
	answer(ACK);
	ck_assert_int_eq(sight.state, SIGHT_ESTABLISHED);
	wait_for(-100000);
	answer(ACK);
	check_life(120);
	wait_for(119);
	ck_assert_int_eq(answer(ACK)->state, SIGHT_ESTABLISHED);
	wait_for(120);
	answer(ACK);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	ck_assert_int_eq(sight.ended, now);
}
END_TEST

START_TEST(clocks_at_their_ends)
{
	static const int64_t times[] = {
		INT64_MAX, INT64_MIN, 0, INT64_MAX, -1, INT64_MAX / 2, 1, INT64_MAX,
	};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		now = times[i];
		ask(REQUEST);
		answer(CONNECT);
	}
	ck_assert_int_eq(gateway_counts(gateway)->flows, 1);
}
END_TEST

START_TEST(errors_belong_to_their_flow)
{
	struct packet error = {
		.protocol = IPPROTO_ICMP, .source = at(CLIENT, 0), .destination = at(SERVER, 0),
		.icmp = { .type = 3, .code = 3, .protocol = IPPROTO_UDP,
			  .source = at(SERVER, 700), .destination = at(CLIENT, 10080) },
	};

	error.time = now;
	ck_assert_int_eq(see(&error, NULL)->state, SIGHT_INVALID);
	ask(REQUEST);
	wait_for(10);
	error.time = now;
	see(&error, NULL);
	ck_assert_int_eq(sight.state, SIGHT_RELATED);
	ck_assert_int_eq(sight.flow, 1);
	ck_assert(sight.reply);
	check_life(20);
}
END_TEST

START_TEST(ours_opens_what_was_asked_for)
{
	ask(REQUEST);
	ck_assert(sight.helped);
	answer(ACK);
	check_life(6 * 60 * 60);
	answer(CONNECT);
	ck_assert_str_eq(opened(), "50001 50002 50003");
	ck_assert_int_eq(sight.reason, AMANDA_OK);
	ck_assert_int_eq(sight.expected[2].stream, 2);
	ck_assert_int_eq(sight.expected[2].number, 3);
	check_life(180);
	answer(CONNECT);
	ck_assert(sight.repeated);
	ck_assert_str_eq(opened(), "");
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 3);
}
END_TEST

START_TEST(ours_opens_nothing_unasked)
{
	ask("nonsense, but of some length");
	ck_assert_int_eq(sight.reason, AMANDA_BAD_MAGIC);
	answer(CONNECT);
	ck_assert_int_eq(sight.reason, SIGHT_NOT_ASKED);
	ask(REQUEST);
	answer(REP("CONNECT DATA 1023 MESG 50002\n"));
	ck_assert_int_eq(sight.reason, SIGHT_BAD_PORT);
	ck_assert(!sight.dropped);
	/* A refusal is final. */
	answer(CONNECT);
	ck_assert_int_eq(sight.reason, SIGHT_NOT_ASKED);
	ask(REQUEST);
	answer(REP("CONNECT DATA 50001 MESG 50001\n"));
	ck_assert_int_eq(sight.reason, AMANDA_SAME_PORT);
	ck_assert_int_eq(gateway_counts(gateway)->expected, 0);
}
END_TEST

START_TEST(ours_knows_what_is_no_port)
{
	ask(REQUEST);
	answer(REP("CONNECT DATA 50001 MESG 499999 INDEX -1\n"));
	ck_assert_str_eq(opened(), "50001");
	ask(REQUEST);
	answer(REP("CONNECT INDEX -1 STATE 50009\n"));
	ck_assert_str_eq(opened(), "50009");
	ck_assert_int_eq(sight.expected[0].stream, 1);
}
END_TEST

START_TEST(ours_renews_what_is_pending)
{
	ask(REQUEST);
	answer(CONNECT);
	ck_assert_int_eq(syn(50002)->met, 2);
	wait_for(100);
	ask(REQUEST);
	answer(CONNECT);
	ck_assert_str_eq(opened(), "(50001) (50003)");
	ck_assert_int_eq(sight.expected[1].number, 3);
	ck_assert_int_eq(sight.expected[1].stream, 2);
	wait_for(179);
	ck_assert_int_eq(syn(50003)->met, 3);
}
END_TEST

START_TEST(ours_gives_way_to_the_newer_session)
{
	ask(REQUEST);
	answer(CONNECT);
	ask_from(701, REQUEST);
	answer_to(701, CONNECT);
	ck_assert_str_eq(opened(), "50001 50002 50003");
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 3);
	ck_assert_int_eq(gateway_counts(gateway)->expired, 3);
	ck_assert_int_eq(syn(50001)->met, 4);
}
END_TEST

START_TEST(ours_has_room_for_two_replies)
{
	char text[128];
	unsigned int i;

	for (i = 0; i < 17; i++) {
		snprintf(text, sizeof(text), REP("CONNECT DATA %u\n"), 50000 + i);
		ask(REQUEST);
		answer(text);
	}
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 16);
	ck_assert_int_eq(syn(50000)->met, 0);
	ck_assert_int_eq(syn(50001)->met, 2);
}
END_TEST

START_TEST(the_table_is_full)
{
	const struct gateway_settings settings = { .helper = HELPER_OURS, .flows_max = 2 };
	char text[128];
	unsigned int i;

	/* Two flows can fill what there is room for: 17. */
	gateway_free(gateway);
	gateway = gateway_new(&settings);
	for (i = 0; i < 16; i++) {
		snprintf(text, sizeof(text), REP("CONNECT DATA %u\n"), 50000 + i);
		ask(REQUEST);
		answer(text);
	}
	ask_from(701, REQUEST);
	answer_to(701, REP("CONNECT DATA 60001 MESG 60002\n"));
	ck_assert_int_eq(sight.reason, SIGHT_NO_ROOM);
	ck_assert(sight.dropped);
	ck_assert_str_eq(opened(), "");
	ck_assert_int_eq(gateway_counts(gateway)->expectations, 16);
}
END_TEST

START_TEST(an_expectation_ends)
{
	ask(REQUEST);
	answer(CONNECT);
	wait_for(179.9);
	ck_assert_int_eq(syn(50001)->met, 1);
	wait_for(0.1);
	ck_assert_int_eq(syn(50002)->met, 0);
	ck_assert_int_eq(sight.state, SIGHT_NEW);
	ck_assert_int_eq(gateway_counts(gateway)->expired, 2);
	ck_assert_int_eq(gateway_counts(gateway)->met, 1);
	ck_assert_int_eq(gateway_counts(gateway)->expected, 3);
}
END_TEST

START_TEST(a_stream_is_met_once)
{
	struct packet back = segment(CLIENT, 50001, SERVER, 40000, TH_SYN | TH_ACK);
	struct packet second = segment(SERVER, 40001, CLIENT, 50001, TH_SYN);

	ask(REQUEST);
	answer(CONNECT);
	syn(50001);
	ck_assert_int_eq(sight.state, SIGHT_RELATED);
	ck_assert_int_eq(sight.met, 1);
	ck_assert_int_ne(sight.flow, 0);
	/* Sent again, it is the same connection. */
	syn(50001);
	ck_assert_int_eq(sight.state, SIGHT_RELATED);
	ck_assert_int_eq(sight.met, 0);
	ck_assert_int_eq(see(&back, NULL)->state, SIGHT_ESTABLISHED);
	ck_assert(sight.reply);
	check_life(60);
	ck_assert_int_eq(see(&second, NULL)->state, SIGHT_NEW);
	ck_assert_int_eq(sight.flow, 0);
}
END_TEST

START_TEST(ports_are_used_again_after_the_end)
{
	struct packet fin = segment(SERVER, 40000, CLIENT, 50001, TH_FIN | TH_ACK);
	struct packet back = segment(CLIENT, 50001, SERVER, 40000, TH_FIN | TH_ACK);
	uint32_t first;

	ask(REQUEST);
	answer(REP("CONNECT DATA 50001\n"));
	first = syn(50001)->flow;
	ask(REQUEST);
	answer(REP("CONNECT DATA 50001 MESG 50002\n"));
	ck_assert_int_eq(syn(50001)->flow, first);
	see(&fin, NULL);
	see(&back, NULL);
	check_life(120);
	ck_assert_int_eq(syn(50001)->met, 2);
	ck_assert_int_ne(sight.flow, first);
}
END_TEST

START_TEST(any_segment_uses_it_up)
{
	struct packet reset = segment(SERVER, 40000, CLIENT, 50001, TH_RST);
	struct packet middle = segment(SERVER, 40000, CLIENT, 50002, TH_ACK);

	ask(REQUEST);
	answer(CONNECT);
	ck_assert_int_eq(see(&reset, NULL)->met, 1);
	ck_assert_int_eq(sight.state, SIGHT_INVALID);
	ck_assert_int_eq(syn(50001)->met, 0);
	ck_assert_int_eq(see(&middle, NULL)->met, 2);
	ck_assert_int_eq(sight.state, SIGHT_RELATED);
}
END_TEST

START_TEST(a_capture_that_cuts)
{
	struct packet packet = datagram(CLIENT, 10080, SERVER, 700, CONNECT);
	size_t line = strlen(REP("CONNECT DATA 50001 MESG 50002 INDEX 50003\n"));

	ask(REQUEST);
	packet.captured = line - 1;
	see(&packet, NULL);
	ck_assert_int_eq(sight.reason, SIGHT_CUT);
	ck_assert_str_eq(opened(), "");
	packet.captured = strlen(REP("CON"));
	ck_assert_int_eq(see(&packet, NULL)->reason, SIGHT_CUT);
	packet.captured = 10;
	ck_assert_int_eq(see(&packet, NULL)->reason, SIGHT_CUT);
	/* All of the line is enough. */
	packet.captured = line;
	see(&packet, NULL);
	ck_assert_int_eq(sight.reason, AMANDA_OK);
	ck_assert_str_eq(opened(), "50001 50002 50003");
}
END_TEST

/* The gateway translates PUBLIC to CLIENT, on the server's way there. */
static const struct sight *ask_public(const char *server)
{
	struct packet in = datagram(server, 700, PUBLIC, 10080, REQUEST);
	struct packet out = datagram(server, 700, CLIENT, 10080, REQUEST);

	return see(&in, &out);
}

static const struct sight *answer_public(const char *text, const char *as)
{
	struct packet in = datagram(CLIENT, 10080, SERVER, 700, text);
	struct packet out = datagram(PUBLIC, 10080, SERVER, 700, as ? as : "");

	return see(&in, as ? &out : NULL);
}

START_TEST(nat_is_followed)
{
	struct packet in = segment(SERVER, 40000, PUBLIC, 50007, TH_SYN);
	struct packet out = segment(SERVER, 40000, CLIENT, 50001, TH_SYN);
	struct packet back = segment(CLIENT, 50001, SERVER, 40000, TH_SYN | TH_ACK);

	ask_public(SERVER);
	answer_public(REP("CONNECT DATA 50001 MESG 50002\n"),
		      REP("CONNECT DATA 50007 MESG 50008\n"));
	ck_assert_int_eq(sight.state, SIGHT_ESTABLISHED);
	ck_assert_int_eq(sight.flow, 1);
	ck_assert_str_eq(opened(), "50007 50008");
	ck_assert_int_eq(see(&in, &out)->met, 1);
	ck_assert_int_eq(see(&back, NULL)->state, SIGHT_ESTABLISHED);
}
END_TEST

START_TEST(nat_that_nobody_could_do)
{
	ask_public(SERVER);
	answer_public(REP("CONNECT DATA 50001 MESG 50002\n"),
		      REP("CONNECT DATA 50007 MESG 50009\n"));
	ck_assert_int_eq(sight.reason, SIGHT_NO_REWRITE);
	ck_assert(sight.dropped);
	ck_assert_str_eq(opened(), "");
}
END_TEST

START_TEST(nat_moves_to_where_it_is_free)
{
	struct packet in = datagram(SERVER, 701, PUBLIC, 10080, REQUEST);
	struct packet out = datagram(SERVER, 701, OTHER, 10080, REQUEST);
	struct packet reply = datagram(OTHER, 10080, SERVER, 701, CONNECT);

	ask_public(SERVER);
	answer_public(CONNECT, NULL);
	ck_assert_str_eq(opened(), "50001 50002 50003");
	see(&in, &out);
	see(&reply, NULL);
	ck_assert_str_eq(opened(), "50004 50005 50006");
}
END_TEST

START_TEST(nat_refusals_are_dropped)
{
	ask_public(SERVER);
	answer_public(REP("CONNECT DATA 22\n"), NULL);
	ck_assert_int_eq(sight.reason, SIGHT_BAD_PORT);
	ck_assert(sight.dropped);
}
END_TEST

START_TEST(nat_is_learned_late)
{
	struct packet in = datagram(SERVER, 700, PUBLIC, 10080, REQUEST);
	struct packet reply = datagram(CLIENT, 10080, SERVER, 700, ACK);
	struct packet left = datagram(PUBLIC, 10080, SERVER, 700, ACK);

	ck_assert_int_eq(see(&in, NULL)->flow, 1);
	ck_assert_int_eq(see(&reply, &left)->flow, 1);
	ck_assert(sight.reply);
	ck_assert_int_eq(see(&reply, NULL)->flow, 1);
}
END_TEST

START_TEST(names_are_there)
{
	unsigned int i;

	for (i = 0; i < SIGHT_REASONS; i++)
		ck_assert_int_gt(strlen(sight_reason_name(i)), 1);
	for (i = 0; i < HELPER_KINDS; i++)
		ck_assert_int_gt(strlen(helper_kind_name(i)), 1);
}
END_TEST

static struct TCase *new_case(struct Suite *suite, const char *name, void (*setup)(void))
{
	struct TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, setup, drop_gateway);
	suite_add_tcase(suite, tests);
	return tests;
}

static void add_plain(struct TCase *tests)
{
	tcase_add_test(tests, udp_lives_as_the_kernel_has_it);
	tcase_add_test(tests, udp_is_no_stream_in_its_first_two_seconds);
	tcase_add_test(tests, an_answer_that_is_late);
	tcase_add_test(tests, other_ports_are_not_followed);
	tcase_add_test(tests, room_for_a_few_flows);
	tcase_add_test(tests, a_clock_that_runs_back);
	tcase_add_test(tests, errors_belong_to_their_flow);
	tcase_add_test(tests, names_are_there);
}

static void add_ours(struct TCase *tests)
{
	tcase_add_test(tests, clocks_at_their_ends);
	tcase_add_test(tests, ours_opens_what_was_asked_for);
	tcase_add_test(tests, ours_opens_nothing_unasked);
	tcase_add_test(tests, ours_knows_what_is_no_port);
	tcase_add_test(tests, ours_renews_what_is_pending);
	tcase_add_test(tests, ours_gives_way_to_the_newer_session);
	tcase_add_test(tests, ours_has_room_for_two_replies);
	tcase_add_test(tests, the_table_is_full);
	tcase_add_test(tests, an_expectation_ends);
	tcase_add_test(tests, a_stream_is_met_once);
	tcase_add_test(tests, ports_are_used_again_after_the_end);
	tcase_add_test(tests, any_segment_uses_it_up);
	tcase_add_test(tests, a_capture_that_cuts);
	tcase_add_test(tests, nat_is_followed);
	tcase_add_test(tests, nat_that_nobody_could_do);
	tcase_add_test(tests, nat_moves_to_where_it_is_free);
	tcase_add_test(tests, nat_refusals_are_dropped);
	tcase_add_test(tests, nat_is_learned_late);
}

int main(void)
{
	struct Suite *suite = suite_create("gateway");

	add_plain(new_case(suite, "plain", none));
	add_ours(new_case(suite, "ours", ours));
	return suite_run(suite);
}

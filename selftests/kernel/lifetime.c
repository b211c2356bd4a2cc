// SPDX-License-Identifier: GPL-2.0-or-later
/* How long the control flow and its expectations live, and what a full table does. */
#include <stdio.h>
#include <unistd.h>

#include "selftests/lib/module.h"
#include "selftests/lib/report.h"
#include "selftests/lib/session.h"
#include "selftests/lib/tracked.h"

#define EXPECT_MAX "/proc/sys/net/netfilter/nf_conntrack_expect_max"
#define SIX_HOURS "21600"

static struct lab lab;

static struct session *session(void)
{
	lab_open(&lab, 0);
	return session_new(&lab, 850, RESPONDER);
}

static struct session *asked(void)
{
	struct session *s = session();

	session_request(s);
	return s;
}

/* Anybody who may send to port 10080 could fill the table else. */
static void unanswered(const struct test *test)
{
	struct session *s = session();
	int i;

	for (i = 0; i < 3; i++)
		session_ask(s, "REQ", test->body);
	saw_life(s);
	session_answer(s, "ACK", "");
	saw_life(s);
}

/* Nor may a responder that answers something else. */
static void other_answer(const struct test *test)
{
	struct session *s = session();

	session_ask(s, "REQ", test->body);
	s->sequence++;
	session_answer(s, "ACK", "");
	saw_life(s);
}

static void at_work(const struct test *test)
{
	struct session *s = asked();

	(void)test;
	saw_life(s);
	session_request(s);
	saw_life(s);
	session_ask(s, "ACK", "");
	saw_life(s);
}

/* The table's type and body are the responder's answer. */
static void answered(const struct test *test)
{
	struct session *s = asked();

	session_answer(s, test->type, test->body);
	saw_life(s);
	session_ask(s, "ACK", "");
	saw_life(s);
}

static void all_used(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	session_ask(s, "ACK", "");
	saw_life(s);
	saw_all_reach(s);
	session_answer(s, "ACK", "");
	saw_life(s);
}

/* An estimate of 40 minutes in small: the flow's ordinary life is over. */
static void slow(const struct test *test)
{
	struct session *s;

	module_load(NULL);
	module_set("master_timeout", "30");
	lab_open(&lab, LAB_FORWARD);
	lab_udp_timeouts(&lab, 2, 2);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	sleep(5);
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
	module_set("master_timeout", SIX_HOURS);
}

static void master_timeout(const struct test *test)
{
	struct session *s;

	(void)test;
	module_load(NULL);
	module_set("master_timeout", "3");
	s = session();
	lab_udp_timeouts(&lab, 1, 1);
	session_request(s);
	saw("lives %s", flow_seconds(&lab, 850) > 1 ? "3 s" : "less");
	sleep(5);
	saw_life(s);
	module_set("master_timeout", SIX_HOURS);
}

/* Two dumps of one client at the same time, or shortly one after the other. */
static void two_sessions(const struct test *test)
{
	struct session *older = asked(), *newer;

	session_connect(older, test->body);
	newer = session_new(&lab, 851, RESPONDER);
	session_request(newer);
	session_connect(newer, test->body);
	saw_reply(newer);
	saw_streams(newer);
	flow_delete(&lab, 850);
	saw_streams(newer);
	saw_all_reach(newer);
}

static void repeated(const struct test *test)
{
	struct session *s = asked();
	int i;

	session_connect(s, test->body);
	for (i = 0; i < 4; i++)
		session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

static void repeated_after_use(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	saw_all_reach(s);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
}

/* The REQ comes again, since the REP was lost; what was used stays shut. */
static void renewed(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	saw_reaches(s, "DATA", 50001);
	session_request(s);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
}

static void expired(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	openings_flush(&lab);
	session_connect(s, test->body);
	saw_open(s);
}

/* All or nothing; the copy that comes 10 s later finds room. */
static void full(const struct test *test)
{
	struct session *s = asked();

	lab_leave(&lab);
	write_line(EXPECT_MAX, "%d", 2);
	session_connect(s, test->body);
	lab_leave(&lab);
	write_line(EXPECT_MAX, "%d", 4096);
	saw_reply(s);
	saw_open(s);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

/* A flow holds two replies of eight streams; the oldest go first. */
static void many(const struct test *test)
{
	struct session *s = session();
	struct openings own;
	char streams[256];
	int i, n;

	(void)test;
	for (i = 0; i < 3; i++) {
		size_t used = 0;

		for (n = 0; n < 8; n++)
			used += (size_t)snprintf(streams + used, sizeof(streams) - used,
						 "%sT%d %d", n ? " " : "", n,
						 2000 + 10 * i + n);
		session_request(s);
		session_connect(s, streams);
		saw_reply(s);
		s->sequence++;
	}
	session_openings(s, &own);
	saw("%zu open", own.count);
	saw_all_reach(s);
}

#define ASK "SECURITY USER backup\nSERVICE sendsize\n" FEATURES
#define TWO "DATA 50001 MESG 50002"

static const struct test tests[] = {
	{ "unanswered", "a request that nobody acknowledges", unanswered, NULL, ASK,
	  "lives as any flow, lives for hours", NULL, 0 },
	{ "other-answer", "an ACK for another request", other_answer, NULL, ASK,
	  "lives as any flow", NULL, 0 },
	{ "at-work", "hours, whoever sends what meanwhile", at_work, NULL, NULL,
	  "lives for hours, lives for hours, lives for hours", NULL, 0 },
	{ "partial", "a partial answer does not end it", answered, "PREP", FEATURES,
	  "lives for hours, lives for hours", NULL, 0 },
	{ "done", "a reply without streams ends it", answered, "REP", FEATURES "/ 0 SIZE 9\n",
	  "lives as any flow, lives as any flow", NULL, 0 },
	{ "nak", "a refusal ends it", answered, "NAK", "ERROR invalid REQ\n",
	  "lives as any flow, lives as any flow", NULL, 0 },
	{ "streams", "it outlives the expectations", answered, "REP", "CONNECT " TWO "\n\n",
	  "lives for minutes, lives for minutes", NULL, 0 },
	{ "no-ports", "a reply whose streams are no ports", answered, "REP",
	  "CONNECT DATA -1\n\n", "lives as any flow, lives as any flow", NULL, 0 },
	{ "refused", "a reply that is refused", answered, "REP", "CONNECT DATA 22\n\n",
	  "lives as any flow, lives as any flow", NULL, 0 },
	{ "all-used", "until all are used", all_used, NULL, TWO,
	  "lives for minutes, all reach responder, lives as any flow", NULL, 0 },
	{ "two-sessions", "the same hosts and ports from two sessions", two_sessions, NULL, TWO,
	  "unchanged, DATA open, MESG open, DATA open, MESG open, all reach responder",
	  NULL, 0 },
	{ "repeated", "copies of a reply before it is used", repeated, NULL, TWO,
	  "unchanged, opens 50001 50002, "
	  "requests 1, replies 1, repeated 4, streams-opened 2", NULL, 0 },
	{ "repeated-after-use", "a copy after use", repeated_after_use, NULL, TWO,
	  "all reach responder, unchanged, opens nothing", NULL, 0 },
	{ "renewed", "the same request and reply again", renewed, NULL, TWO,
	  "DATA reaches responder, unchanged, opens 50002", NULL, 0 },
	{ "expired", "a copy opens nothing that has expired", expired, NULL, TWO,
	  "opens nothing", NULL, 0 },
	{ "many", "three replies of eight streams, none used", many, NULL, NULL,
	  "unchanged, unchanged, unchanged, 16 open, all reach responder", NULL, 0 },
	{ "full", "the table of expectations is full, then not", full, NULL,
	  "DATA 50001 MESG 50002 INDEX 50003",
	  "dropped, opens nothing, unchanged, opens 50001 50002 50003, "
	  "requests 1, replies 1, streams-opened 3, dropped 1, refused-no-room 1",
	  NULL, TEST_ALONE },
	{ "slow", "a reply after 5 s where flows live for 2 s", slow, NULL, TWO,
	  "unchanged, DATA open, MESG open", NULL, TEST_ALONE },
	{ "master-timeout", "master_timeout= is the upper figure", master_timeout, NULL, NULL,
	  "lives 3 s, flow forgotten", NULL, TEST_ALONE },
};

int main(int argc, char **argv)
{
	return tests_main(argc, argv, "lifetime/", tests, sizeof(tests) / sizeof(*tests));
}

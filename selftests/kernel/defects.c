// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of defects: what goes wrong with the kernel's own helper, one test
 * each, and what is right.  With --helper stock every line shows the defect.
 */
#include <stdio.h>
#include <string.h>

#include "selftests/lib/module.h"
#include "selftests/lib/report.h"
#include "selftests/lib/session.h"
#include "selftests/lib/tracked.h"

static struct lab lab;

/* A request, and one answer of the table's type and body. */
static void answer(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	if (!session_answer(s, test->type, test->body))
		saw("dropped");
	saw_open(s);
}

/* The body alone, without Amanda's header. */
static void bare(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	session_say(s, test->body, strlen(test->body));
	saw_open(s);
}

static void types(const struct test *test)
{
	static const char *const other[] = { "NAK", "ACK", "PREP", "REQ" };
	size_t i;

	lab_open(&lab, 0);
	for (i = 0; i < sizeof(other) / sizeof(*other); i++) {
		struct session *s = session_new(&lab, (uint16_t)(850 + i), RESPONDER);
		char body[64];

		session_request(s);
		snprintf(body, sizeof(body), test->body, 2000 + (int)i);
		session_answer(s, other[i], body);
		saw_open(s);
	}
}

static void behind_end(const struct test *test)
{
	char ack[256];
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	session_packet(s, test->type, "", ack, sizeof(ack));
	if (session_say_behind_end(s, ack, test->body) && strcmp(s->got, ack))
		saw("the initiator gets all of it");
	saw_open(s);
}

/*
 * Two responders behind one address announce the same ports: the second one's
 * have to be replaced.
 */
static struct session *clash(const char *streams)
{
	struct session *first, *second;

	module_nat_half();
	lab_open(&lab, LAB_FORWARD);
	first = session_new(&lab, 850, RESPONDER);
	session_request(first);
	session_connect(first, streams);
	second = session_new(&lab, 851, SECOND);
	session_request(second);
	return second;
}

static void clash_streams(const struct test *test)
{
	struct session *s = clash(test->type);

	session_connect(s, test->body);
	saw_streams(s);
}

static void clash_repeated(const struct test *test)
{
	struct openings own;
	struct session *s = clash(test->type);
	static char before[DATAGRAM_MAX + 1];
	int i, kinds = 1;

	session_connect(s, test->body);
	for (i = 0; i < 2; i++) {
		memcpy(before, s->got, s->got_length + 1);
		session_connect(s, test->body);
		kinds += !!strcmp(before, s->got);
	}
	saw("%d different %s in 3 copies", kinds, kinds == 1 ? "reply" : "replies");
	session_openings(s, &own);
	saw("%zu open", own.count);
}

static void acknowledged(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	session_connect(s, test->body);
	session_ask(s, "ACK", "");
	saw_life(s);
}

static void used(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	session_connect(s, test->body);
	if (session_reaches(s, 50001, 50001) == RESPONDER)
		saw("50001 used");
	session_connect(s, test->body);
	saw_open(s);
}

static void nat_half(const struct test *test)
{
	(void)test;
	module_unload();
	module_load(NULL);
	saw("nf_nat_amanda %s", module_is_loaded("nf_nat_amanda") ? "loaded" : "missing");
}

static void counters(const struct test *test)
{
	answer(test);
	saw_counters(&lab);
}

/* The six hours of amandad's REP_TIMEOUT. */
static void at_work(const struct test *test)
{
	struct session *s;

	(void)test;
	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	saw_life(s);
}

static void ipv6(const struct test *test)
{
	struct session *s;

	lab_open(&lab, LAB_IPV6);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	session_connect(s, test->body);
	saw_open(s);
	saw_reaches(s, "DATA", 50001);
}

static const struct test tests[] = {
	{ "D1", "a stream that is not there (-1) hides those behind it", answer, "REP",
	  "CONNECT DATA 50001 MESG 50002 INDEX -1 STATE 50004\n" FEATURES,
	  "opens 50001 50002 50004", "opens 50001 50002", 0 },
	{ "D2", "CTL, the control stream of a restore, is not known", answer, "REP",
	  "CONNECT CTL 50001 DATA 50002 STATE 50003\n\n",
	  "opens 50001 50002 50003", "opens 50002 50003", 0 },
	{ "D3", "CMD, the fifth stream of coming versions, is not known", answer, "REP",
	  "CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004 CMD 50005\n" FEATURES,
	  "opens 50001 50002 50003 50004 50005", "opens 50001 50002 50003 50004", 0 },
	{ "D4", "a number above 65535 is cut down to some port", answer, "REP",
	  "CONNECT DATA 65558 MESG 99999\n" FEATURES,
	  "opens nothing", "opens 22 34463", 0 },
	{ "D5", "any text from port 10080 opens ports", bare, NULL,
	  "hello CONNECT DATA 2000 \n",
	  "opens nothing", "opens 2000", 0 },
	{ "D6", "NAK, ACK, PREP and REQ open ports", types, NULL,
	  "ERROR oops CONNECT DATA %d \n",
	  "opens nothing, opens nothing, opens nothing, opens nothing",
	  "opens 2000, opens 2001, opens 2002, opens 2003", 0 },
	{ "D7", "CONNECT further down in a text opens ports", answer, "REP",
	  "OPTIONS features=ff;\nERROR [x CONNECT DATA 2000\n]\n",
	  "opens nothing", "opens 2000", 0 },
	{ "D8", "a tag is found inside another word, once", answer, "REP",
	  "CONNECT METADATA 2000 DATA 2001\n" FEATURES,
	  "opens 2000 2001", "opens 2000", 0 },
	{ "D9", "what is not a number is read as one", answer, "REP",
	  "CONNECT DATA 2000abc MESG 2001\n" FEATURES,
	  "opens nothing", "opens 2000 2001", 0 },
	{ "D10", "ports of system services are opened", answer, "REP",
	  "CONNECT DATA 22 MESG 1023\n" FEATURES,
	  "opens nothing", "opens 22 1023", 0 },
	{ "D11", "bytes behind the end of the datagram open ports", behind_end, "REP",
	  "CONNECT DATA 2000 \n",
	  "opens nothing", "opens 2000", 0 },
	{ "D12", "NAT: numbers that grow cut off the last one", clash_streams,
	  "DATA 9997 MESG 9998 INDEX 9999", "DATA 9997 MESG 9998 INDEX 9999",
	  "DATA open, MESG open, INDEX open",
	  "DATA open, MESG open, INDEX closed, unannounced 99 open", 0 },
	{ "D13", "NAT: each copy of a reply gets other numbers", clash_repeated,
	  "DATA 50001 MESG 50002 INDEX 50003", "DATA 50001 MESG 50002 INDEX 50003",
	  "1 different reply in 3 copies, 3 open",
	  "3 different replies in 3 copies, 4 open", 0 },
	{ "D14", "NAT: a stream without a port goes on unchanged", clash_streams,
	  "DATA 65535", "DATA 65535 MESG 50002 INDEX 50003",
	  "DATA open, MESG open, INDEX open", "DATA closed, MESG open, INDEX open", 0 },
	{ "D15", "NAT: a reply is dropped and half of its ports stay open", clash_streams,
	  "INDEX 65535", "DATA 50001 MESG 50002 INDEX 65535",
	  "DATA open, MESG open, INDEX open", "dropped, 2 open", 0 },
	{ "D16", "NAT: CTL leads to the wrong host", clash_streams,
	  "CTL 50001 DATA 50002", "CTL 50001 DATA 50002",
	  "CTL open, DATA open", "CTL closed, DATA open", 0 },
	{ "D17", "the initiator's ACK ends the life of flow and streams", acknowledged, NULL,
	  "DATA 50001 MESG 50002",
	  "lives for minutes", "lives as any flow", 0 },
	{ "D18", "a copy of the reply opens a used port again", used, NULL,
	  "DATA 50001 MESG 50002",
	  "50001 used, opens 50002", "50001 used, opens 50001 50002", 0 },
	{ "D19", "the NAT half is not loaded", nat_half, NULL, NULL,
	  "nf_nat_amanda loaded", "nf_nat_amanda missing", TEST_ALONE },
	{ "D20", "nothing tells what the helper did", counters, "REP",
	  "CONNECT DATA 50001 MESG 50002\n" FEATURES,
	  "opens 50001 50002, requests 1, replies 1, streams-opened 2",
	  "opens 50001 50002, no counters", 0 },
	{ "D21", "the flow ends long before amandad's six hours", at_work, NULL, NULL,
	  "lives for hours", "lives for minutes", 0 },
	{ "D22", "IPv6 (no defect)", ipv6, NULL, "DATA 50001 MESG 50002",
	  "opens 50001 50002, DATA reaches responder",
	  "opens 50001 50002, DATA reaches responder", 0 },
};

int main(int argc, char **argv)
{
	return tests_main(argc, argv, "", tests, sizeof(tests) / sizeof(*tests));
}

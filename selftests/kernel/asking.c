// SPDX-License-Identifier: GPL-2.0-or-later
/* Which replies open ports, and which ports. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/module.h"
#include "selftests/lib/report.h"
#include "selftests/lib/rtnl.h"
#include "selftests/lib/session.h"
#include "selftests/lib/takeover.h"
#include "selftests/lib/tracked.h"

static struct lab lab;

static struct session *asked(void)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_request(s);
	return s;
}

/* A request, and its answer with the table's streams. */
static void streams(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

static void details(const struct test *test)
{
	struct session *s = asked();
	struct openings own;
	const struct opening *one = own.list;

	session_connect(s, test->body);
	session_openings(s, &own);
	if (own.count != 1) {
		saw("%zu expectations", own.count);
		return;
	}
	saw("%s", one->protocol == IPPROTO_TCP ? "TCP" : "not TCP");
	saw("%s to %s", one->source, one->destination);
	saw("port %s to %u", one->any_source_port ? "any" : "fixed", one->port);
	saw("class %u", one->class);
	saw("%s s", one->timeout >= 175 && one->timeout <= 180 ? "180" : "not 180");
	saw("helper %s", one->helper);
}

static void one_connection(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->body);
	saw_reaches(s, "DATA", 50001);
	saw_reaches(s, "DATA", 50001);
	saw(session_reaches(s, 50003, 50003) < 0 ? "50003 closed" : "50003 passes");
	saw_reaches(s, "MESG", 50002);
}

/* The flow is there, but the initiator has not asked. */
static void unasked(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_ask(s, "ACK", "");
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

static void other_numbers(const struct test *test)
{
	struct session *s = asked();

	s->sequence++;
	session_connect(s, test->body);
	saw_open(s);
	s->sequence--;
	s->handle = "000-00000001";
	session_connect(s, test->body);
	saw_open(s);
	s->handle = "000-00000000";
	session_connect(s, test->body);
	saw_open(s);
}

/* Handles are any words: see str2pkthdr() of Amanda's security-util.c. */
static void other_handle(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	s->handle = "zz/../x";
	s->sequence = -5;
	session_request(s);
	session_connect(s, test->body);
	saw_open(s);
}

static void asked_by_responder(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	session_ask(s, "ACK", "");
	session_answer(s, "REQ", "SECURITY USER backup\nSERVICE sendbackup\n" FEATURES);
	session_connect(s, test->body);
	saw_open(s);
}

static void said_by_initiator(const struct test *test)
{
	struct session *s = asked();

	session_ask(s, "REP", test->body);
	saw_open(s);
	session_answer(s, "REP", test->body);
	saw_open(s);
}

static void taken_over(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	flow_take_over(&lab, 850);
	session_connect(s, test->type);
	saw_open(s);
	s->sequence++;
	session_connect(s, test->body);
	saw_open(s);
}

static void taken_over_asked(const struct test *test)
{
	struct session *s;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	flow_take_over(&lab, 850);
	session_request(s);
	s->sequence++;
	session_connect(s, test->body);
	saw_open(s);
	s->sequence--;
	session_connect(s, test->body);
	saw_open(s);
}

/* amandad gave up, was asked once more and found other ports. */
static void asked_again(const struct test *test)
{
	struct session *s = asked();

	session_connect(s, test->type);
	saw_open(s);
	session_connect(s, test->body);
	saw_open(s);
	session_request(s);
	session_connect(s, test->body);
	saw_open(s);
}

static void many_exchanges(const struct test *test)
{
	struct session *s = asked();
	char text[64];
	int i;

	for (i = 0; i < 6; i++) {
		if (i)
			session_request(s);
		snprintf(text, sizeof(text), test->body, 50001 + i);
		session_connect(s, text);
		session_ask(s, "ACK", "");
		s->sequence += 1000;
	}
	saw_open(s);
}

/* A dumper's three requests at the same time, answered the other way round. */
static void three_at_once(const struct test *test)
{
	struct session *s;
	char text[64];
	int i;

	lab_open(&lab, 0);
	s = session_new(&lab, 850, RESPONDER);
	for (s->sequence = 0; s->sequence < 3; s->sequence++)
		session_request(s);
	for (i = 2; i >= 0; i--) {
		s->sequence = i;
		snprintf(text, sizeof(text), test->body, 50001 + i);
		session_connect(s, text);
	}
	saw_open(s);
}

static void large(const struct test *test)
{
	static char body[20000];
	struct session *s = asked();
	size_t length = (size_t)snprintf(body, sizeof(body), "CONNECT %s\n", test->body);

	memset(body + length, 'x', sizeof(body) - 1 - length);
	session_answer(s, "REP", body);
	saw_reply(s);
	saw_open(s);
}

/* 48 bytes of each datagram in a packet: the line runs over several of them. */
static void small_fragments(const struct test *test)
{
	struct session *s = asked();

	lab_enter(&lab, RESPONDER);
	rtnl_mtu("gateway", 68);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
}

static void pieces(const struct test *test)
{
	static const size_t first[] = { 1, 11, 30, 52, 60 };
	struct session *s = asked();
	char body[128], packet[256];
	size_t i, length;

	for (i = 0; i < sizeof(first) / sizeof(*first); i++) {
		snprintf(body, sizeof(body), test->body, 50001 + (int)i);
		if (i)
			session_request(s);
		length = session_packet(s, "REP", body, packet, sizeof(packet));
		session_say_corked(s, packet, length, first[i]);
		saw_reply(s);
		s->sequence++;
	}
	saw_open(s);
}

/*
 * The initiator's socket is gone, so its host answers with an ICMP error, which
 * passes the helper in the original direction.
 */
static void icmp_error(const struct test *test)
{
	struct session *s = asked(), *later;

	close(s->at_initiator);
	later = session_new(&lab, 851, RESPONDER);
	s->at_initiator = later->at_initiator;
	session_answer(s, "PREP", "\n");
	close(later->at_initiator);
	s->at_initiator = session_new(&lab, 850, RESPONDER)->at_initiator;
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
}

static void truncated(const struct test *test)
{
	char body[128], packet[256];
	struct session *s = asked();
	size_t length;

	snprintf(body, sizeof(body), "CONNECT %s\n", test->body);
	length = session_packet(s, "REP", body, packet, sizeof(packet));
	while (--length > 0) {
		/* A refused reply ends its request. */
		session_request(s);
		if (!session_say(s, packet, length))
			saw("%zu bytes dropped", length);
	}
	saw_open(s);
	session_request(s);
	session_connect(s, test->body);
	saw_open(s);
}

static void with_option(const char *option)
{
	module_unload();
	module_load(option);
}

static void ranges(const struct test *test)
{
	struct session *s;

	with_option("ports=11000-11040,12000-12000");
	s = asked();
	session_connect(s, test->type);
	saw_open(s);
	s->sequence++;
	session_request(s);
	session_connect(s, test->body);
	saw_open(s);
	saw_counters(&lab);
}

static void low_allowed(const struct test *test)
{
	struct session *s;

	with_option("min_port=700");
	s = asked();
	session_connect(s, test->body);
	saw_open(s);
}

static void other_name(const struct test *test)
{
	struct session *s;

	with_option("helper_name=amanda-x");
	lab_helper = "amanda-x";
	s = asked();
	session_connect(s, test->body);
	saw_open(s);
}

/* Leaves the modules as the other tests want it. */
static void defaults(const struct test *test)
{
	(void)test;
	with_option(NULL);
	saw_parameters();
}

#define ONE_REPLY "requests 1, replies 1, streams-opened "
#define REFUSED(why) "unchanged, opens nothing, requests 1, refused-" why " 1"

static const struct test tests[] = {
	{ "streams-8", "as many streams as there may be", streams, NULL,
	  "A 2001 B 2002 C 2003 D 2004 E 2005 F 2006 G 2007 H 2008",
	  "unchanged, opens 2001 2002 2003 2004 2005 2006 2007 2008, " ONE_REPLY "8", NULL, 0 },
	{ "streams-9", "one more", streams, NULL,
	  "A 2001 B 2002 C 2003 D 2004 E 2005 F 2006 G 2007 H 2008 I 2009",
	  REFUSED("many-streams"), NULL, 0 },
	{ "unknown-tags", "tags are arbitrary by protocol", streams, NULL,
	  "x 50001 What-Ever_7 50002", "unchanged, opens 50001 50002, " ONE_REPLY "2", NULL, 0 },
	{ "bsdudp", "ids inside the first stream are not ports", streams, NULL,
	  "DATA 50022 MESG 499999 INDEX 499998 STATE 499997",
	  "unchanged, opens 50022, " ONE_REPLY "1", NULL, 0 },
	{ "no-ports", "only ids and streams that are not there", streams, NULL,
	  "DATA -1 MESG 499999", "unchanged, opens nothing, requests 1", NULL, 0 },
	{ "zero", "a stream with number 0 is not there", streams, NULL, "DATA 50001 MESG 0",
	  "unchanged, opens 50001, " ONE_REPLY "1", NULL, 0 },
	{ "hex", "a number that is not decimal", streams, NULL, "DATA 50001 MESG 0x7d1",
	  REFUSED("bad-number"), NULL, 0 },
	{ "two-spaces", "more than one space", streams, NULL, "DATA 50001 MESG  50002",
	  REFUSED("bad-number"), NULL, 0 },
	{ "same-port", "two streams with one port", streams, NULL, "DATA 50001 MESG 50001",
	  REFUSED("same-port"), NULL, 0 },
	{ "below-min-port", "a port of a system service among others", streams, NULL,
	  "DATA 50001 MESG 1023", REFUSED("bad-port"), NULL, 0 },
	{ "details", "what is expected, in full", details, NULL, "DATA 50001",
	  "TCP, 192.0.2.2 to 198.51.100.2, port any to 50001, class 0, 180 s, helper amanda",
	  NULL, 0 },
	{ "one-connection", "each port takes one connection", one_connection, NULL,
	  "DATA 50001 MESG 50002",
	  "DATA reaches responder, DATA reaches nobody, 50003 closed, MESG reaches responder",
	  NULL, 0 },
	{ "unasked", "a reply to nothing", unasked, NULL, "DATA 50001 MESG 50002",
	  "unchanged, opens nothing, refused-not-asked 1", NULL, 0 },
	{ "other-numbers", "a reply with another sequence number or handle", other_numbers, NULL,
	  "DATA 50001", "opens nothing, opens nothing, opens 50001", NULL, 0 },
	{ "any-handle", "handles are words, sequence numbers may be negative", other_handle, NULL,
	  "DATA 50001", "opens 50001", NULL, 0 },
	{ "asked-by-responder", "a request counts in the original direction only",
	  asked_by_responder, NULL, "DATA 50001", "opens nothing", NULL, 0 },
	{ "said-by-initiator", "a reply counts in the reply direction only", said_by_initiator,
	  NULL, "CONNECT DATA 50001\n\n", "opens nothing, opens 50001", NULL, 0 },
	{ "taken-over", "a flow that conntrackd brought opens once, unasked", taken_over,
	  "DATA 50001", "DATA 50002", "opens 50001, opens 50001", NULL, 0 },
	{ "taken-over-asked", "not once it has been asked", taken_over_asked, NULL,
	  "DATA 50001", "opens nothing, opens 50001", NULL, 0 },
	{ "asked-again", "the same request anew, other ports", asked_again,
	  "DATA 50001", "DATA 50002", "opens 50001, opens 50001, opens 50001 50002", NULL, 0 },
	{ "many-exchanges", "one flow, request after request", many_exchanges, NULL,
	  "DATA %d", "opens 50001 50002 50003 50004 50005 50006", NULL, 0 },
	{ "three-at-once", "three requests before the first answer", three_at_once, NULL,
	  "DATA %d", "opens 50001 50002 50003", NULL, 0 },
	{ "fragments", "a reply of 20 kB", large, NULL, "DATA 50001 MESG 50002",
	  "unchanged, opens 50001 50002", NULL, 0 },
	{ "small-fragments", "a line that runs over several fragments", small_fragments, NULL,
	  "DATA 50001 MESG 50002 INDEX 50003 STATE 50004",
	  "unchanged, opens 50001 50002 50003 50004", NULL, 0 },
	{ "pieces", "a datagram that is not in one piece of memory", pieces, NULL,
	  "CONNECT DATA %d\n\n",
	  "unchanged, unchanged, unchanged, unchanged, unchanged, "
	  "opens 50001 50002 50003 50004 50005", NULL, 0 },
	{ "icmp-error", "an ICMP error on the way", icmp_error, NULL, "DATA 50001",
	  "unchanged, opens 50001", NULL, 0 },
	{ "truncated", "a reply cut off anywhere", truncated, NULL, "DATA 50001 MESG 50002",
	  "opens nothing, opens 50001 50002", NULL, 0 },
	{ "ports", "ports=: the rest stays shut", ranges,
	  "DATA 11000 MESG 11040 INDEX 12000", "DATA 11001 MESG 11041",
	  "opens 11000 11040 12000, opens 11000 11040 12000, "
	  "requests 2, replies 1, streams-opened 3, refused-bad-port 1", NULL, TEST_ALONE },
	{ "min-port", "min_port= may be lowered", low_allowed, NULL, "DATA 700 MESG 1023",
	  "opens 700 1023", NULL, TEST_ALONE },
	{ "helper-name", "helper_name=: beside a helper that is built in", other_name, NULL,
	  "DATA 50001", "opens 50001", NULL, TEST_ALONE },
	{ "defaults", "the module loads again without options", defaults, NULL, NULL,
	  "master_timeout 21600, min_port 1024, ports 1-65535", NULL, TEST_ALONE },
};

int main(int argc, char **argv)
{
	return tests_main(argc, argv, "asking/", tests, sizeof(tests) / sizeof(*tests));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens to the numbers of a reply under NAT. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "selftests/lib/module.h"
#include "selftests/lib/report.h"
#include "selftests/lib/session.h"
#include "selftests/lib/takeover.h"
#include "selftests/lib/tracked.h"

static struct lab lab;
static struct session *holder;

/* The table's type holds ports at the first responder; the second is asked. */
static struct session *second_asked(unsigned int flags, const char *held)
{
	struct session *s;

	module_nat_half();
	lab_open(&lab, flags);
	holder = session_new(&lab, 850, RESPONDER);
	if (held) {
		session_request(holder);
		session_connect(holder, held);
	}
	s = session_new(&lab, 851, SECOND);
	session_request(s);
	return s;
}

static void clash_in(const struct test *test, unsigned int flags)
{
	struct session *s = second_asked(flags, test->type);

	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
	saw_all_reach(s);
	if (test->type)
		saw_all_reach(holder);
}

static void forward(const struct test *test)
{
	clash_in(test, LAB_FORWARD);
}

static void masquerade(const struct test *test)
{
	clash_in(test, LAB_MASQUERADE);
}

static void both(const struct test *test)
{
	clash_in(test, LAB_FORWARD | LAB_MASQUERADE);
}

static void forward6(const struct test *test)
{
	clash_in(test, LAB_FORWARD | LAB_IPV6);
}

static void both6(const struct test *test)
{
	clash_in(test, LAB_FORWARD | LAB_MASQUERADE | LAB_IPV6);
}

/* The helper sees each packet twice here, on its way out and on its way in. */
static void loopback(const struct test *test)
{
	clash_in(test, LAB_FORWARD | LAB_LOOPBACK);
}

static void loopback_repeated(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD | LAB_LOOPBACK, test->type);

	session_connect(s, test->body);
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
}

static void checksums(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, test->type);

	lab_checksums(&lab);
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
}

/* The kernel would take what lies behind the end for a part of the datagram. */
static void behind_end(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, test->type);
	char body[128];

	snprintf(body, sizeof(body), "CONNECT %s\n\n", test->body);
	s->sent_length = session_packet(s, "REP", body, s->sent, sizeof(s->sent));
	session_say_behind_end(s, s->sent, "behind");
	saw_reply(s);
	saw_streams(s);
}

static void no_checksum(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, test->type);
	int one = 1;

	lab_checksums(&lab);
	if (setsockopt(s->at_responder, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)))
		die("SO_NO_CHECK: %s", strerror(errno));
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
}

static void large_in(const struct test *test, unsigned int flags)
{
	static char body[20000];
	struct session *s = second_asked(flags, test->type);
	size_t length = (size_t)snprintf(body, sizeof(body), "CONNECT %s\n", test->body);

	memset(body + length, 'x', sizeof(body) - 1 - length);
	session_answer(s, "REP", body);
	saw_reply(s);
	saw_streams(s);
}

static void large(const struct test *test)
{
	large_in(test, LAB_FORWARD);
}

static void large6(const struct test *test)
{
	large_in(test, LAB_FORWARD | LAB_IPV6);
}

static void pieces(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, test->type);
	char body[128], packet[256];
	size_t length;

	snprintf(body, sizeof(body), "CONNECT %s\n\n", test->body);
	length = session_packet(s, "REP", body, packet, sizeof(packet));
	session_say_corked(s, packet, length, 64);
	saw_reply(s);
	saw_streams(s);
}

/* One to eight streams, each reply on a flow of its own. */
static void each_count(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, test->type);
	char streams[128] = "";
	int n, right = 0;

	for (n = 1; n <= 8; n++) {
		struct openings own;
		size_t used = strlen(streams);

		snprintf(streams + used, sizeof(streams) - used, "%sT%d %d", n > 1 ? " " : "",
			 n, 9992 + n);
		s = session_new(&lab, (uint16_t)(851 + n), SECOND);
		session_request(s);
		session_connect(s, streams);
		session_openings(s, &own);
		right += session_is_renumbered(s) && own.count == (size_t)n;
	}
	saw("%d of 8 right", right);
	saw_all_reach(s);
	saw_all_reach(holder);
}

static void repeated(const struct test *test)
{
	static char before[DATAGRAM_MAX + 1];
	struct session *s = second_asked(LAB_FORWARD, test->type);
	int i, same = 0;

	session_connect(s, test->body);
	memcpy(before, s->got, s->got_length + 1);
	saw_reply(s);
	saw_reaches(s, "DATA", 50001);
	for (i = 0; i < 4; i++) {
		session_connect(s, test->body);
		same += s->got_length && !strcmp(before, s->got);
	}
	saw("%d copies alike", same);
	saw_streams(s);
	saw_all_reach(holder);
	session_connect(s, test->body);
	saw("holder gone: copy %s", strcmp(before, s->got) ? "differs" : "alike");
}

/*
 * conntrackd brought the flow and what it expects; a copy of the reply that the
 * failed gateway had rewritten must leave with the same numbers.
 */
static void taken_over(const struct test *test)
{
	struct session *s;

	module_nat_half();
	lab_open(&lab, LAB_FORWARD);
	s = session_new(&lab, 850, RESPONDER);
	flow_take_over(&lab, 850);
	opening_take_over(&lab, 850, 50101, 50001);
	opening_take_over(&lab, 850, 50102, 50002);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_all_reach(s);
}

/* Two sessions with one responder: a port has one listener, so no clash. */
static void same_responder(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, NULL), *other;

	session_connect(s, test->body);
	other = session_new(&lab, 860, SECOND);
	session_request(other);
	session_connect(other, test->body);
	saw_reply(other);
	saw_streams(other);
	saw_all_reach(other);
}

static void refuse(const struct test *test, int sequence)
{
	struct session *s = second_asked(LAB_FORWARD, NULL);

	s->sequence += sequence;
	session_answer(s, "REP", test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

static void refused(const struct test *test)
{
	refuse(test, 0);
}

static void unasked(const struct test *test)
{
	refuse(test, 1);
}

static void without_streams(const struct test *test)
{
	struct session *s = second_asked(LAB_FORWARD, NULL);

	session_answer(s, test->type, test->body);
	saw_reply(s);
	saw_open(s);
}

static void with_ports(const char *option)
{
	module_unload();
	module_load(option);
}

static void inside_range(const struct test *test)
{
	struct session *s;
	struct openings own;
	size_t i;

	with_ports("ports=50000-50009");
	s = second_asked(LAB_FORWARD, test->type);
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
	session_openings(s, &own);
	for (i = 0; i < own.count; i++)
		if (own.list[i].port < 50000 || own.list[i].port > 50009)
			saw("%u outside", own.list[i].port);
}

/* No port is left: the reply is dropped, and a copy finds room later. */
static void crowded(const struct test *test)
{
	struct session *s;

	with_ports("ports=50000-50003");
	s = second_asked(LAB_FORWARD, test->type);
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_reaches(holder, "A", 50000);
	saw_reaches(holder, "B", 50001);
	session_connect(s, test->body);
	saw_reply(s);
	saw_streams(s);
	saw_all_reach(s);
}

static void no_nat_half(const struct test *test)
{
	struct session *s;

	with_ports(NULL);
	s = second_asked(LAB_FORWARD, NULL);
	module_remove_nat_half();
	session_connect(s, test->body);
	saw_reply(s);
	saw_open(s);
	saw_counters(&lab);
}

static void defaults(const struct test *test)
{
	(void)test;
	with_ports(NULL);
	saw_parameters();
}

#define TWO "DATA 50001 MESG 50002"
#define TWO_OPEN "DATA open, MESG open"
#define MAPPED "renumbered, " TWO_OPEN ", all reach second, all reach responder"

static const struct test tests[] = {
	{ "forward", "a port forward alone changes nothing", forward, NULL, TWO,
	  "unchanged, " TWO_OPEN ", all reach second", NULL, 0 },
	{ "forward-clash", "two responders behind one address, the same ports", forward, TWO, TWO,
	  MAPPED, NULL, 0 },
	{ "forward-overlap", "one port in common: all move", forward, "DATA 50002", TWO,
	  MAPPED, NULL, 0 },
	{ "forward-others", "no port in common: none moves", forward, "DATA 50003", TWO,
	  "unchanged, " TWO_OPEN ", all reach second, all reach responder", NULL, 0 },
	{ "masquerade", "the initiator is hidden", masquerade, NULL, TWO,
	  "unchanged, " TWO_OPEN ", all reach second", NULL, 0 },
	{ "both", "the initiator is hidden, the responders too", both, TWO, TWO, MAPPED, NULL, 0 },
	{ "forward6", "IPv6", forward6, TWO, TWO, MAPPED, NULL, 0 },
	{ "both6", "IPv6, both ends", both6, TWO, TWO, MAPPED, NULL, 0 },
	{ "loopback", "all in one namespace, the helper runs twice", loopback, TWO, TWO,
	  MAPPED, NULL, 0 },
	{ "loopback-repeated", "and a copy of the reply", loopback_repeated, TWO, TWO,
	  "renumbered, " TWO_OPEN, NULL, 0 },
	{ "grow", "numbers with a digit more", forward,
	  "DATA 9997 MESG 9998 INDEX 9999 STATE 10000",
	  "DATA 9997 MESG 9998 INDEX 9999",
	  "renumbered, DATA open, MESG open, INDEX open, all reach second, all reach responder",
	  NULL, 0 },
	{ "shrink", "numbers with a digit less", forward,
	  "DATA 65534 MESG 65535", "DATA 65534 MESG 65535", MAPPED, NULL, 0 },
	{ "ids", "ids of bsdudp and -1 stay as they are", forward, "DATA 50001",
	  "DATA 50001 MESG 499999 INDEX -1 STATE 499998",
	  "renumbered, DATA open, MESG no port, INDEX no port, STATE no port, "
	  "all reach second, all reach responder", NULL, 0 },
	{ "each-count", "one to eight streams", each_count,
	  "A 9993 B 9994 C 9995 D 9996 E 9997 F 9998 G 9999 H 10000", NULL,
	  "8 of 8 right, all reach second, all reach responder", NULL, 0 },
	{ "repeated", "a copy has the same numbers and opens nothing again", repeated, TWO, TWO,
	  "renumbered, DATA reaches second, 4 copies alike, DATA closed, MESG open, "
	  "all reach responder, holder gone: copy alike", NULL, 0 },
	{ "same-responder", "two sessions with one responder", same_responder, NULL, TWO,
	  "unchanged, " TWO_OPEN ", all reach second", NULL, 0 },
	{ "taken-over", "what another gateway had mapped", taken_over, NULL, TWO,
	  "renumbered, opens 50101 50102, all reach responder", NULL, 0 },
	{ "checksums", "the checksum is right", checksums, TWO, TWO,
	  "renumbered, " TWO_OPEN, NULL, 0 },
	{ "no-checksum", "a datagram without a checksum", no_checksum, TWO, TWO,
	  "renumbered, " TWO_OPEN, NULL, 0 },
	{ "behind-end", "bytes behind the end of the datagram", behind_end, "DATA 9998 MESG 9999",
	  "DATA 9998 MESG 9999", "renumbered, " TWO_OPEN, NULL, 0 },
	{ "fragments", "a reply of 20 kB", large, "DATA 9998 MESG 9999", "DATA 9998 MESG 9999",
	  "renumbered, " TWO_OPEN, NULL, 0 },
	{ "fragments6", "the same in IPv6", large6, "DATA 9998 MESG 9999", "DATA 9998 MESG 9999",
	  "renumbered, " TWO_OPEN, NULL, 0 },
	{ "pieces", "a datagram that is not in one piece of memory", pieces,
	  "DATA 9998 MESG 9999", "DATA 9998 MESG 9999", "renumbered, " TWO_OPEN, NULL, 0 },
	{ "refused", "a refused reply is dropped: its ports are somebody else's here", refused,
	  NULL, "CONNECT DATA 50001 MESG 22\n\n",
	  "dropped, opens nothing, requests 1, dropped 1, refused-bad-port 1", NULL, 0 },
	{ "garbled", "as is one that cannot be read", refused, NULL,
	  "CONNECT DATA 50001 MESG 5000x\n\n",
	  "dropped, opens nothing, requests 1, dropped 1, refused-bad-number 1", NULL, 0 },
	{ "other-reply", "and one to another request", unasked, NULL, "CONNECT DATA 50001\n\n",
	  "dropped, opens nothing, requests 1, dropped 1, refused-not-asked 1", NULL, 0 },
	{ "without-streams", "all other replies pass", without_streams, "REP",
	  FEATURES "ERROR [CONNECT DATA 50001 ]\n", "unchanged, opens nothing", NULL, 0 },
	{ "nak", "and refusals of the responder", without_streams, "NAK",
	  "ERROR user CONNECT DATA 50001  is not allowed\n", "unchanged, opens nothing", NULL, 0 },
	{ "inside-range", "ports=: numbers stay inside", inside_range,
	  "DATA 50000 MESG 50001 INDEX 50002", "DATA 50009 MESG 50000",
	  "renumbered, " TWO_OPEN, NULL, TEST_ALONE },
	{ "crowded", "no port is left, then some are", crowded,
	  "A 50000 B 50001 C 50002 D 50003", "DATA 50002 MESG 50003",
	  "dropped, opens nothing, A reaches responder, B reaches responder, "
	  "renumbered, " TWO_OPEN ", all reach second", NULL, TEST_ALONE },
	{ "no-nat-half", "without nf_nat_amanda a reply is dropped", no_nat_half, NULL, TWO,
	  "dropped, opens nothing, requests 1, dropped 1, refused-no-nat 1", NULL, TEST_ALONE },
	{ "defaults", "the modules load again without options", defaults, NULL, NULL,
	  "master_timeout 21600, min_port 1024, ports 1-65535", NULL, TEST_ALONE },
};

int main(int argc, char **argv)
{
	return tests_main(argc, argv, "mapping/", tests, sizeof(tests) / sizeof(*tests));
}

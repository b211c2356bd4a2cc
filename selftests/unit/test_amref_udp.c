// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target and an initiator of amref over bsd, each against a peer that sends
 * what it likes: lost, repeated and lying packets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "amref/fault.h"
#include "amref/loop.h"
#include "amref/ports.h"
#include "amref/protocol.h"
#include "amref/target.h"
#include "selftests/unit/lib/suite.h"

static struct loop *loop;
static struct loop_timer limit;
static struct sockaddr_in there;	/* the other end */
static int peer;			/* our socket */

static void enough(void *arg)
{
	(void)arg;
	loop_quit(loop, 1);
}

/* Let the loop run for a while. */
static int run(unsigned int milliseconds)
{
	limit = (struct loop_timer){ .expired = enough };
	loop_start(loop, &limit, milliseconds);
	return loop_run(loop);
}

static void say(const char *data, size_t length)
{
	ck_assert_int_eq(sendto(peer, data, length, 0, (struct sockaddr *)&there, sizeof(there)),
			 length);
}

static void say_text(const char *text)
{
	say(text, strlen(text));
}

static char heard[65536];

/* The next datagram that came, or "". */
static const char *hear(void)
{
	socklen_t length = sizeof(there);
	ssize_t n = recvfrom(peer, heard, sizeof(heard) - 1, MSG_DONTWAIT,
			     (struct sockaddr *)&there, &length);

	heard[n > 0 ? n : 0] = '\0';
	return heard;
}

static unsigned int count_heard(const char *word)
{
	unsigned int count = 0;

	while (*hear())
		count += strstr(heard, word) != NULL;
	return count;
}

static int open_peer(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return ports_listen_at(SOCK_DGRAM, (struct sockaddr *)&at, sizeof(at));
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t length = sizeof(at);

	getsockname(fd, (struct sockaddr *)&at, &length);
	return ntohs(at.sin_port);
}

static void setup(void)
{
	loop = loop_new();
	peer = open_peer();
	there = (struct sockaddr_in){ .sin_family = AF_INET };
	there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static void teardown(void)
{
	close(peer);
	loop_free(loop);
}

/* --- a target ---------------------------------------------------------------------- */

static struct target *target;

static void start_target(struct security_options *security)
{
	struct target_options options = { .ack_wait = 100, .rep_tries = 3 };
	int fd = open_peer();
	char why[256];

	there.sin_port = htons(port_of(fd));
	target = target_start(loop, &bsd_driver, fd, NULL, 0, security, &options, why,
			      sizeof(why));
	ck_assert_ptr_nonnull(target);
}

static void setup_target(void)
{
	struct security_options security = { 0 };

	setup();
	start_target(&security);
}

static void teardown_target(void)
{
	target_stop(target);
	teardown();
}

#define HEAD(type, handle) "Amanda 3.5 " type " HANDLE " handle " SEQ -7\n"
#define NOOP "SECURITY USER x\nSERVICE noop\nOPTIONS ;\n"

START_TEST(target_answers_with_handle_and_sequence)
{
	say_text(HEAD("REQ", "zz/../x") NOOP);
	run(10);
	ck_assert_str_eq(hear(), HEAD("ACK", "zz/../x"));
	ck_assert_ptr_nonnull(strstr(hear(), HEAD("REP", "zz/../x") "OPTIONS features="));
	say_text(HEAD("ACK", "zz/../x"));
	run(100);
	ck_assert_str_eq(hear(), "");
}
END_TEST

START_TEST(target_repeats_and_gives_up)
{
	say_text(HEAD("REQ", "1") NOOP);
	run(450);
	ck_assert_uint_eq(count_heard(" REP "), 3);
	/* It has forgotten the exchange: this is a new one. */
	say_text(HEAD("REQ", "1") NOOP);
	run(10);
	ck_assert_str_eq(hear(), HEAD("ACK", "1"));
}
END_TEST

START_TEST(target_answers_a_repeated_request)
{
	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	ck_assert_uint_eq(count_heard(" REP "), 1);
	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	ck_assert_uint_eq(count_heard(" REP "), 1);
	say_text(HEAD("REP", "1") "nonsense\n");
	run(5);
	ck_assert_str_eq(hear(), HEAD("NAK", "1") "ERROR unexpected packet type REP\n");
}
END_TEST

START_TEST(target_knows_a_late_request)
{
	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	say_text(HEAD("ACK", "1"));
	run(5);
	ck_assert_uint_eq(count_heard(" REP "), 1);
	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	ck_assert_str_eq(hear(), HEAD("ACK", "1"));
	ck_assert_str_eq(hear(), "");
}
END_TEST

START_TEST(target_forgets_at_last)
{
	char text[128];
	unsigned int replies = 0;
	int i;

	for (i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "Amanda 3.5 REQ HANDLE %d SEQ 1\n" NOOP, i);
		say_text(text);
		run(1);
		snprintf(text, sizeof(text), "Amanda 3.5 ACK HANDLE %d SEQ 1\n", i);
		say_text(text);
		run(1);
		replies += count_heard(" REP ");
	}
	ck_assert_uint_eq(replies, 200);
	say_text("Amanda 3.5 REQ HANDLE 0 SEQ 1\n" NOOP);
	run(5);
	ck_assert_uint_eq(count_heard(" REP "), 1);
}
END_TEST

/* Another socket with the same handle and sequence is somebody else. */
START_TEST(target_tells_peers_apart)
{
	int other = peer;

	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	peer = open_peer();
	say_text(HEAD("ACK", "1"));
	run(150);
	close(peer);
	peer = other;
	ck_assert_uint_eq(count_heard(" REP "), 2);
}
END_TEST

START_TEST(target_says_what_is_wrong)
{
	static const char *const wrong[][2] = {
		{ HEAD("REQ", "1"), "packet as no SERVICE line" },
		{ HEAD("REQ", "1") "SERVICE noop\nO\n", "no bsd SECURITY for P_REQ" },
		{ HEAD("REQ", "1") "SECURITY USER x\nSERVICE noop\n", "invalid REQ" },
		{ HEAD("REQ", "1") "SECURITY USER x\nSERVICE bad\nO\n",
		  "bad: invalid service, add 'bad' as argument to amandad" },
	};
	char expected[256];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		say_text(wrong[i][0]);
		run(5);
		snprintf(expected, sizeof(expected), HEAD("NAK", "1") "ERROR %s\n", wrong[i][1]);
		ck_assert_str_eq(hear(), expected);
	}
}
END_TEST

START_TEST(target_ignores_what_is_no_packet)
{
	char handle[400] = "Amanda 3.5 REQ HANDLE ";

	memset(handle + 22, 'h', 230);
	strcpy(handle + 252, " SEQ 1\n" NOOP);
	say_text(handle);
	say("", 0);
	say_text("Amanda");
	say_text("Amanda 3.5 REQ HANDLE 1 SEQ 99999999999\n" NOOP);
	say_text("Amanda 3.5 REQ HANDLE  SEQ 1\n" NOOP);
	say_text(HEAD("ACK", "1"));
	say_text(HEAD("PREP", "1") "CONNECT DATA 5\n");
	say("Amanda 3.5 REQ HANDLE \0 SEQ 1\n" NOOP, 60);
	run(20);
	ck_assert_str_eq(hear(), "");
	say_text(HEAD("REQ", "1") NOOP);
	run(5);
	ck_assert_str_eq(hear(), HEAD("ACK", "1"));
}
END_TEST

START_TEST(target_takes_the_largest_datagram)
{
	static char data[65507];
	size_t length = strlen(strcpy(data, HEAD("REQ", "1") NOOP));

	memset(data + length, 'x', sizeof(data) - length);
	say(data, sizeof(data));
	run(20);
	ck_assert_str_eq(hear(), HEAD("ACK", "1"));
}
END_TEST

START_TEST(faults_of_a_target)
{
	struct fault fault = { FAULT_LOST_REP, 1 };
	struct security_options security = { .fault = &fault };

	target_stop(target);
	start_target(&security);
	say_text(HEAD("REQ", "1") NOOP);
	run(20);
	ck_assert_uint_eq(count_heard(" REP "), 0);
	run(150);
	ck_assert_uint_eq(count_heard(" REP "), 1);
	say_text(HEAD("ACK", "1"));
	fault = (struct fault){ FAULT_CONNECT_IN_PREP, 0 };
	say_text(HEAD("REQ", "2") NOOP "x");
	run(20);
	ck_assert_str_eq(hear(), HEAD("ACK", "2"));
	ck_assert_ptr_nonnull(strstr(hear(), HEAD("PREP", "2")));
	ck_assert_ptr_nonnull(strstr(hear(), HEAD("REP", "2")));
	say_text(HEAD("ACK", "2"));
	fault = (struct fault){ FAULT_OVERSIZE, 65507 };
	say_text(HEAD("REQ", "3") NOOP "y");
	run(20);
	ck_assert_str_eq(hear(), HEAD("ACK", "3"));
	ck_assert_uint_eq(strlen(hear()), 65507);
	say_text(HEAD("ACK", "3"));
	fault = (struct fault){ FAULT_CONNECT_IN_NAK, 0 };
	say_text(HEAD("REQ", "4") NOOP "z");
	run(20);
	ck_assert_uint_eq(count_heard("ERROR user CONNECT DATA 22 MESG 3306 "), 1);
}
END_TEST

/* --- an initiator ------------------------------------------------------------------- */

static struct security_peer *initiator;
static struct request *request;
static char outcome[512];
static struct request_timing timing = {
	.ack_wait = 100, .req_tries = 3, .rep_wait = 100, .reset_tries = 1, .drop_dead = 3600000,
};

static void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	size_t length = strlen(outcome);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(outcome + length, sizeof(outcome) - length, format, arguments);
	va_end(arguments);
}

static void on_partial(void *arg, const char *body, size_t length)
{
	(void)arg;
	note("partial %.*s;", (int)length, body);
}

static void on_answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
			size_t count, const char *body, size_t length)
{
	size_t i;

	(void)arg;
	note("answered");
	for (i = 0; i < count; i++)
		note(" %s=%d", tag[i], stream[i].number);
	note(" %.*s;", (int)length, body);
}

static void on_refused(void *arg, const char *text, size_t length)
{
	(void)arg;
	note("refused %.*s;", (int)length, text);
}

static void on_failed(void *arg, const char *why)
{
	(void)arg;
	note("failed %s;", why);
}

static const struct request_events events = {
	.partial = on_partial,
	.answered = on_answered,
	.refused = on_refused,
	.failed = on_failed,
};

static void setup_initiator(void)
{
	struct security_options security = { .user = "me" };
	char why[256];

	setup();
	outcome[0] = '\0';
	security.service_port = port_of(peer);
	initiator = bsd_driver.connect(&bsd_driver, loop, "127.0.0.1", &security, why, sizeof(why));
	ck_assert_ptr_nonnull(initiator);
	request = request_send(initiator, "noop", "OPTIONS ;\n", 10, &timing, &events, NULL);
	ck_assert_ptr_nonnull(request);
}

static void teardown_initiator(void)
{
	request_free(request);
	bsd_driver.disconnect(initiator);
	teardown();
}

/* Answer the REQ that was heard: its header with another type, and a body. */
static void answer(const char *type, const char *body)
{
	char text[1024];
	const char *handle = strstr(heard, "HANDLE");

	snprintf(text, sizeof(text), "Amanda 3.5 %s %.*s\n%s", type,
		 (int)strcspn(handle, "\n"), handle, body);
	say_text(text);
}

START_TEST(initiator_asks_three_times)
{
	run(400);
	ck_assert_ptr_nonnull(strstr(hear(), "\nSECURITY USER me\nSERVICE noop\nOPTIONS ;\n"));
	ck_assert_uint_eq(count_heard(" REQ "), 2);
	ck_assert_str_eq(outcome, "failed timeout waiting for ACK;");
}
END_TEST

START_TEST(initiator_asks_again_for_the_reply)
{
	unsigned int asked = 0;
	int i;

	for (i = 0; i < 30; i++) {
		run(10);
		while (*hear()) {
			asked++;
			answer("ACK", "");
		}
	}
	ck_assert_uint_eq(asked, 2);
	ck_assert_str_eq(outcome, "failed timeout waiting for REP;");
}
END_TEST

START_TEST(initiator_acknowledges_each_copy)
{
	hear();
	answer("REP", "CONNECT DATA 5000 INDEX -1\nOPTIONS ;\n");
	answer("REP", "CONNECT DATA 5000 INDEX -1\nOPTIONS ;\n");
	run(20);
	ck_assert_str_eq(outcome, "answered DATA=5000 INDEX=-1 OPTIONS ;\n;");
	ck_assert_uint_eq(count_heard(" ACK "), 2);
}
END_TEST

START_TEST(initiator_reads_partial_replies)
{
	hear();
	answer("ACK", "");
	answer("PREP", "a");
	answer("REP", "b");
	answer("PREP", "late");
	answer("NAK", "late");
	run(20);
	ck_assert_str_eq(outcome, "partial a;answered b;");
}
END_TEST

START_TEST(initiator_hears_refusals)
{
	hear();
	answer("NAK", "ERROR no\n");
	answer("REP", "late");
	run(20);
	ck_assert_str_eq(outcome, "refused ERROR no\n;");
}
END_TEST

START_TEST(initiator_refuses_a_bad_connect_line)
{
	hear();
	answer("REP", "CONNECT DATA 5000 INDEX five\n");
	run(20);
	ck_assert_ptr_nonnull(strstr(outcome, "failed the reply's CONNECT line cannot be read"));
}
END_TEST

START_TEST(initiator_ignores_strangers)
{
	int own = peer;
	struct sockaddr_in them;

	hear();
	them = there;
	peer = open_peer();
	answer("REP", "from another port");
	close(peer);
	peer = own;
	there = them;
	say_text("Amanda 3.5 REP HANDLE 000-00000000 SEQ 1\nanother sequence\n");
	say_text("Amanda 3.5 REP HANDLE 000-00000001 SEQ 1\nanother handle\n");
	say_text("rubbish");
	say("", 0);
	run(10);
	ck_assert_str_eq(outcome, "");
	answer("REP", "good");
	run(10);
	ck_assert_str_eq(outcome, "answered good;");
}
END_TEST

static TCase *target_case(void)
{
	TCase *one = tcase_create("target");

	tcase_add_checked_fixture(one, setup_target, teardown_target);
	tcase_add_test(one, target_answers_with_handle_and_sequence);
	tcase_add_test(one, target_repeats_and_gives_up);
	tcase_add_test(one, target_answers_a_repeated_request);
	tcase_add_test(one, target_knows_a_late_request);
	tcase_add_test(one, target_forgets_at_last);
	tcase_add_test(one, target_tells_peers_apart);
	tcase_add_test(one, target_says_what_is_wrong);
	tcase_add_test(one, target_ignores_what_is_no_packet);
	tcase_add_test(one, target_takes_the_largest_datagram);
	tcase_add_test(one, faults_of_a_target);
	return one;
}

static TCase *initiator_case(void)
{
	TCase *one = tcase_create("initiator");

	tcase_add_checked_fixture(one, setup_initiator, teardown_initiator);
	tcase_add_test(one, initiator_asks_three_times);
	tcase_add_test(one, initiator_asks_again_for_the_reply);
	tcase_add_test(one, initiator_acknowledges_each_copy);
	tcase_add_test(one, initiator_reads_partial_replies);
	tcase_add_test(one, initiator_hears_refusals);
	tcase_add_test(one, initiator_refuses_a_bad_connect_line);
	tcase_add_test(one, initiator_ignores_strangers);
	return one;
}

int main(void)
{
	Suite *suite = suite_create("amref_udp");

	suite_add_tcase(suite, target_case());
	suite_add_tcase(suite, initiator_case());
	return suite_run(suite);
}

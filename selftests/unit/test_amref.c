// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of amref that need no peer: bodies, options, faults, timers, ports. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "amref/allow.h"
#include "amref/fault.h"
#include "amref/loop.h"
#include "amref/options.h"
#include "amref/ports.h"
#include "amref/wire.h"
#include "selftests/unit/lib/suite.h"

static void parse_request(const char *body, struct wire_request *request)
{
	wire_request_parse(body, strlen(body), request);
}

static enum amanda_refusal parse_streams(const char *body, struct wire_streams *streams)
{
	return wire_streams_parse(body, strlen(body), streams);
}

static bool option(const char *body, const char *name, char *value, size_t size)
{
	return wire_option(body, strlen(body), name, value, size);
}

/* --- wire --------------------------------------------------------------------- */

START_TEST(header_is_amandas)
{
	char line[AMANDA_HEADER_MAX + 1];

	ck_assert_uint_eq(wire_header(line, sizeof(line), AMANDA_REQ, "000-00000000", -5), 42);
	ck_assert_str_eq(line, "Amanda 3.5 REQ HANDLE 000-00000000 SEQ -5\n");
	ck_assert_uint_eq(wire_header(line, 42, AMANDA_REQ, "000-00000000", -5), 0);
}
END_TEST

START_TEST(request_is_taken_apart)
{
	struct wire_request request;

	parse_request("SECURITY USER a b\nSERVICE noop\nOPTIONS ;\n", &request);
	ck_assert(text_is(request.security, "USER a b"));
	ck_assert(text_is(request.service, "noop"));
	ck_assert(text_is(request.arguments, "OPTIONS ;\n"));
	parse_request("SERVICE noop", &request);
	ck_assert_ptr_null(request.security.at);
	ck_assert(text_is(request.service, "noop"));
	ck_assert_uint_eq(request.arguments.length, 0);
	parse_request("SERVICE", &request);
	ck_assert_ptr_null(request.service.at);
	parse_request("", &request);
	ck_assert_ptr_null(request.service.at);
}
END_TEST

START_TEST(streams_without_a_header)
{
	struct wire_streams streams;

	ck_assert_int_eq(parse_streams("CONNECT DATA 5 INDEX -1\nrest", &streams),
			 AMANDA_OK);
	ck_assert_uint_eq(streams.count, 2);
	ck_assert_str_eq(streams.tag[1], "INDEX");
	ck_assert_int_eq(streams.stream[1].number, -1);
	ck_assert(text_is(streams.rest, "rest"));
	ck_assert_int_eq(parse_streams("OPTIONS ;\nCONNECT DATA 5\n", &streams),
			 AMANDA_OK);
	ck_assert(!streams.connect);
	ck_assert_int_eq(parse_streams("CONNECT DATA 5", &streams),
			 AMANDA_BAD_NUMBER);
	ck_assert_uint_eq(streams.count, 0);
}
END_TEST

START_TEST(options_are_found)
{
	char value[8];

	ck_assert(option("x\nOPTIONS features=ff;auth=bsd;\n", "auth", value, 8));
	ck_assert_str_eq(value, "bsd");
	ck_assert(!option("OPTIONS features=ff;auth=bsd", "uth", value, 8));
	ck_assert(!option("OPTIONS auth=12345678;", "auth", value, 8));
	ck_assert(!option("auth=bsd;", "auth", value, 8));
}
END_TEST

/* --- the command line ------------------------------------------------------------ */

START_TEST(numbers_and_ranges)
{
	struct port_range range;
	uint64_t number;

	ck_assert_int_eq(options_range("11000-11040", &range), 0);
	ck_assert_uint_eq(range.low, 11000);
	ck_assert_uint_eq(range.high, 11040);
	ck_assert_int_eq(options_range("7", &range), 0);
	ck_assert_uint_eq(range.high, 7);
	ck_assert_int_ne(options_range("11040-11000", &range), 0);
	ck_assert_int_ne(options_range("0-5", &range), 0);
	ck_assert_int_ne(options_range("1-65536", &range), 0);
	ck_assert_int_ne(options_range("1-2x", &range), 0);
	ck_assert_int_eq(options_size("3G", &number), 0);
	ck_assert_uint_eq(number, 3ull << 30);
	ck_assert_int_ne(options_size("-1", &number), 0);
	ck_assert_int_ne(options_size("9999999T", &number), 0);
	ck_assert_int_ne(options_size("1kk", &number), 0);
	ck_assert_int_ne(options_number("11", 10, &number), 0);
}
END_TEST

START_TEST(faults_have_numbers)
{
	struct fault fault;

	ck_assert_int_eq(fault_parse("late-rep", &fault), 0);
	ck_assert_uint_eq(fault.number, 40);
	ck_assert_int_eq(fault_parse("late-rep=7", &fault), 0);
	ck_assert_uint_eq(fault.number, 7);
	ck_assert(fault_is(&fault, FAULT_LATE_REP));
	ck_assert(!fault_is(NULL, FAULT_LATE_REP));
	ck_assert_int_ne(fault_parse("late", &fault), 0);
	ck_assert_int_ne(fault_parse("late-rep=", &fault), 0);
	ck_assert_int_ne(fault_parse("late-rep=x", &fault), 0);
}
END_TEST

/* --- the loop ---------------------------------------------------------------------- */

struct tick {
	struct loop_timer timer;
	struct loop *loop;
	char name;
};

static char order[16];

static void tick(void *arg)
{
	struct tick *t = arg;

	strncat(order, &t->name, 1);
	if (t->name == 'z')
		loop_quit(t->loop, 42);
}

static void start(struct loop *loop, struct tick *t, char name, unsigned int ms)
{
	*t = (struct tick){ .timer = { .expired = tick, .arg = t }, .loop = loop, .name = name };
	loop_start(loop, &t->timer, ms);
}

START_TEST(timers_come_in_order)
{
	struct loop *loop = loop_new();
	struct tick t[5];

	order[0] = '\0';
	start(loop, &t[0], 'z', 30);
	start(loop, &t[1], 'b', 10);
	start(loop, &t[2], 'x', 5);
	start(loop, &t[3], 'a', 0);
	start(loop, &t[4], 'c', 25);
	loop_stop(loop, &t[2].timer);
	loop_stop(loop, &t[2].timer);
	loop_start(loop, &t[1].timer, 20);
	ck_assert_int_eq(loop_run(loop), 42);
	ck_assert_str_eq(order, "abcz");
	ck_assert_int_eq(loop_run(loop), -ENOENT);
	loop_free(loop);
}
END_TEST

struct pair {
	struct loop_file file[2];
	struct loop *loop;
	unsigned int calls;
};

/* Whichever comes first forgets the other, whose event is in the same batch. */
static void forget_other(void *arg, uint32_t events)
{
	struct pair *pair = arg;

	(void)events;
	pair->calls++;
	loop_forget(pair->loop, &pair->file[0]);
	loop_forget(pair->loop, &pair->file[1]);
}

START_TEST(a_forgotten_file_is_silent)
{
	struct pair pair = { .loop = loop_new() };
	struct tick later;
	int fd[2];
	int i;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "x", 1), 1);
	for (i = 0; i < 2; i++) {
		pair.file[i] = (struct loop_file){ .fd = i ? dup(fd[0]) : fd[0],
						   .ready = forget_other, .arg = &pair };
		ck_assert_int_eq(loop_watch(pair.loop, &pair.file[i], EPOLLIN), 0);
	}
	start(pair.loop, &later, 'z', 20);
	ck_assert_int_eq(loop_run(pair.loop), 42);
	ck_assert_uint_eq(pair.calls, 1);
	close(pair.file[0].fd);
	close(pair.file[1].fd);
	close(fd[1]);
	loop_free(pair.loop);
}
END_TEST

/* --- ports ------------------------------------------------------------------------- */

START_TEST(an_exhausted_range_says_so)
{
	struct port_range range;
	uint16_t port;
	int first = ports_tcp_listen(AF_INET, (struct port_range){ 0 }, &port);
	int second;

	ck_assert_int_ge(first, 0);
	range.low = port;
	range.high = port;
	ck_assert_int_eq(ports_tcp_listen(AF_INET, range, NULL), -EADDRINUSE);
	close(first);
	second = ports_tcp_listen(AF_INET, range, &port);
	ck_assert_int_ge(second, 0);
	ck_assert_uint_eq(port, range.low);
	close(second);
}
END_TEST

START_TEST(udp_ports_are_not_shared)
{
	struct sockaddr_storage to = { .ss_family = AF_INET };
	struct port_range range = { 0 };
	uint16_t port;
	int first = ports_udp((struct sockaddr *)&to, range, &port);

	range.low = port;
	range.high = port;
	ck_assert_int_eq(ports_udp((struct sockaddr *)&to, range, NULL), -EADDRINUSE);
	close(first);
}
END_TEST

/* --- who is let in ----------------------------------------------------------------- */

static char why[ALLOW_WHY_MAX];
static char file_name[32];

static int ask(const char *lines, unsigned int port, const char *host, const char *user,
	       const char *service)
{
	struct security_options options = { .check_reserved = true, .amandahosts = file_name };
	struct sockaddr_storage peer = { .ss_family = AF_INET };
	struct wire_request request;
	char body[300];
	int fd, n, error;

	strcpy(file_name, "/tmp/amref-hosts-XXXXXX");
	fd = mkstemp(file_name);
	ck_assert_int_eq(write(fd, lines, strlen(lines)), strlen(lines));
	close(fd);
	address_set_port((struct sockaddr *)&peer, port);
	n = snprintf(body, sizeof(body), "SECURITY USER %s\nSERVICE %s\nOPTIONS ;\n", user,
		     service);
	error = allow_request(&options, (struct sockaddr *)&peer, host, true, body, n, &request,
			      why, sizeof(why));
	unlink(file_name);
	return error;
}

START_TEST(amandahosts_lets_in)
{
	ck_assert_int_eq(ask("tape backup amdump\n", 700, "tape", "backup", "noop"), 0);
	ck_assert_int_eq(ask("\nTAPE\tBackup", 700, "tape", "backup", "sendbackup"), 0);
	ck_assert_int_eq(ask("tape backup a,amindexd\n", 700, "tape", "backup", "amindexd"), 0);
	ck_assert_int_eq(ask("x y\ntape backup restore", 700, "tape", "backup", "restore"), 0);
}
END_TEST

START_TEST(amandahosts_keeps_out)
{
	ck_assert_int_ne(ask("tape backup\n", 700, "tape", "backup", "amindexd"), 0);
	ck_assert_ptr_nonnull(strstr(why, "user backup from tape is not allowed to execute the service amindexd: Please add the line \"tape backup amindexd amidxtaped\" to "));
	ck_assert_int_ne(ask("tape root amdump\n", 700, "tape", "backup", "noop"), 0);
	ck_assert_int_ne(ask("tap backup amdump\n", 700, "tape", "backup", "noop"), 0);
	ck_assert_int_ne(ask("localhost backup\n", 700, "tape", "backup", "noop"), 0);
	ck_assert_int_ne(ask("tape backup amdump\n", 1024, "tape", "backup", "noop"), 0);
	ck_assert_str_eq(why, "host tape: port 1024 not secure");
}
END_TEST

static void refuses(const char *body, const char *words)
{
	struct security_options options = { 0 };
	struct sockaddr_storage peer = { .ss_family = AF_INET };
	struct wire_request request;

	ck_assert_int_ne(allow_request(&options, (struct sockaddr *)&peer, "h", true, body,
				       strlen(body), &request, why, sizeof(why)), 0);
	ck_assert_str_eq(why, words);
}

START_TEST(malformed_requests_are_refused)
{
	refuses("", "packet as no SERVICE line");
	refuses("SECURITY USER x\n", "packet as no SERVICE line");
	refuses("SERVICE noop\nO\n", "no bsd SECURITY for P_REQ");
	refuses("SECURITY TICKET x\nSERVICE noop\nO\n",
		"REQ SECURITY line parse error, expecting USER, got TICKET");
	refuses("SECURITY USER\nSERVICE noop\nO\n", "SECURITY line: SECURITY USER");
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_test(tests, header_is_amandas);
	tcase_add_test(tests, request_is_taken_apart);
	tcase_add_test(tests, streams_without_a_header);
	tcase_add_test(tests, options_are_found);
	tcase_add_test(tests, numbers_and_ranges);
	tcase_add_test(tests, faults_have_numbers);
	tcase_add_test(tests, timers_come_in_order);
	tcase_add_test(tests, a_forgotten_file_is_silent);
	tcase_add_test(tests, an_exhausted_range_says_so);
	tcase_add_test(tests, udp_ports_are_not_shared);
	tcase_add_test(tests, amandahosts_lets_in);
	tcase_add_test(tests, amandahosts_keeps_out);
	tcase_add_test(tests, malformed_requests_are_refused);
}

int main(void)
{
	return suite_main("amref", add_tests);
}

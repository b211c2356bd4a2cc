// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the table of "amfwctl monitor" makes of records of the kernel, in orders and at
 * times that are hard to get from one.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/metrics.h"
#include "monitor/table.h"
#include "selftests/unit/lib/suite.h"

#define START		(1000 * MONITOR_SECOND)

static struct table *table;
static int64_t now;
static unsigned int told[HAPPENINGS];
static uint64_t last_number;

static void on_happening(const struct happening *happening, void *data)
{
	(void)data;
	told[happening->kind]++;
	last_number = happening->entry->number;
	ck_assert_int_ge(happening->age, 0);
}

static void fresh(void)
{
	memset(told, 0, sizeof(told));
	now = START;
	table = table_new("amanda", on_happening, NULL);
}

static void done(void)
{
	table_free(table);
}

static struct path path_of(uint8_t protocol, uint16_t sport, uint16_t dport)
{
	struct path path = { .protocol = protocol, .from.port = sport, .to.port = dport };

	ck_assert(address_parse("192.0.2.1", &path.from.address));
	ck_assert(address_parse("198.51.100.2", &path.to.address));
	return path;
}

static struct path turned(struct path path)
{
	struct place from = path.from;

	path.from = path.to;
	path.to = from;
	return path;
}

static void control(uint16_t sport, enum record_news news)
{
	struct flow_record record = {
		.path = path_of(IPPROTO_UDP, sport, 10080),
		.status = IPS_HELPER | IPS_CONFIRMED,
		.helper = "amanda",
	};

	record.reply = turned(record.path);
	ck_assert_int_eq(table_flow(table, &record, news, now), 0);
}

static void expectation(uint16_t sport, uint16_t port, enum record_news news, uint32_t timeout)
{
	struct expectation_record record = {
		.path = path_of(IPPROTO_TCP, 0, port),
		.master = path_of(IPPROTO_UDP, sport, 10080),
		.timeout = timeout,
		.helper = "amanda",
	};

	ck_assert_int_eq(table_expectation(table, &record, news, now), 0);
}

static void stream(uint16_t sport, uint16_t port, enum record_news news, uint8_t state,
		   uint32_t timeout)
{
	struct flow_record record = {
		.path = path_of(IPPROTO_TCP, 40000, port),
		.related = news == NEWS_NEW || news == NEWS_READ,
		.master = path_of(IPPROTO_UDP, sport, 10080),
		.status = IPS_EXPECTED | IPS_CONFIRMED,
		.tcp_state = state,
		.timeout = timeout,
	};

	record.reply = turned(record.path);
	ck_assert_int_eq(table_flow(table, &record, news, now), 0);
}

static void wait_seconds(int64_t seconds)
{
	now += seconds * MONITOR_SECOND;
	table_settle(table, now);
}

START_TEST(a_connection_tells_that_its_expectation_was_met)
{
	control(700, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	expectation(700, 50001, NEWS_DESTROY, 179);
	stream(700, 50001, NEWS_NEW, TCP_CONNTRACK_SYN_SENT, 120);
	ck_assert_uint_eq(told[EXPECTATION_MET], 1);
	wait_seconds(5);
	ck_assert_uint_eq(told[EXPECTATION_MET], 1);
	ck_assert_uint_eq(told[EXPECTATION_REMOVED] + told[EXPECTATION_EXPIRED], 0);
	ck_assert_uint_eq(table_state(table).expectations, 0);
	ck_assert_uint_eq(table_state(table).streams, 1);
}
END_TEST

START_TEST(what_nobody_came_for_is_told_of_after_a_while)
{
	control(700, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	expectation(700, 50002, NEWS_NEW, 180);
	wait_seconds(100);
	expectation(700, 50001, NEWS_DESTROY, 80);
	wait_seconds(80);
	ck_assert_uint_eq(told[EXPECTATION_REMOVED], 1);
	expectation(700, 50002, NEWS_DESTROY, 0);
	ck_assert_uint_eq(told[EXPECTATION_EXPIRED], 0);
	ck_assert_int_eq(table_settle(table, now), now + SUSPENSE);
	wait_seconds(1);
	ck_assert_uint_eq(told[EXPECTATION_EXPIRED], 1);
	ck_assert_int_eq(table_settle(table, now), 0);
}
END_TEST

START_TEST(the_clock_tells_that_time_is_up)
{
	control(700, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	expectation(700, 50002, NEWS_READ, 0);
	ck_assert_uint_eq(told[EXPECTATION_FOUND], 0);
	now += 181 * MONITOR_SECOND;
	table_expire(table, now);
	wait_seconds(1);
	ck_assert_uint_eq(told[EXPECTATION_EXPIRED], 0);
	table_expire(table, now);
	wait_seconds(1);
	ck_assert_uint_eq(told[EXPECTATION_EXPIRED], 1);
	/* The event comes when the kernel happens to see it. */
	expectation(700, 50001, NEWS_DESTROY, 0);
	wait_seconds(2);
	ck_assert_uint_eq(told[EXPECTATION_EXPIRED], 1);
}
END_TEST

START_TEST(one_that_takes_the_room_of_another)
{
	control(700, NEWS_NEW);
	control(701, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	expectation(701, 50002, NEWS_NEW, 180);
	expectation(700, 50001, NEWS_DESTROY, 180);
	expectation(700, 50003, NEWS_NEW, 180);
	/* of another flow: it took nobody's room */
	expectation(701, 50002, NEWS_DESTROY, 180);
	expectation(700, 50004, NEWS_NEW, 180);
	wait_seconds(2);
	ck_assert_uint_eq(told[EXPECTATION_EVICTED], 1);
	ck_assert_uint_eq(told[EXPECTATION_REMOVED], 1);
}
END_TEST

START_TEST(announced_once_more_it_is_the_same)
{
	control(700, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	wait_seconds(10);
	expectation(700, 50001, NEWS_DESTROY, 170);
	expectation(700, 50001, NEWS_NEW, 180);
	ck_assert_uint_eq(told[EXPECTATION_RENEWED], 1);
	wait_seconds(5);
	ck_assert_uint_eq(told[EXPECTATION_REMOVED] + told[EXPECTATION_EVICTED], 0);
	ck_assert_uint_eq(table_state(table).expectations, 1);
}
END_TEST

START_TEST(a_flow_takes_what_it_expects_with_it)
{
	control(700, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	control(700, NEWS_DESTROY);
	expectation(700, 50001, NEWS_DESTROY, 180);
	/* The next flow of the same ports is another. */
	control(700, NEWS_NEW);
	wait_seconds(2);
	ck_assert_uint_eq(told[EXPECTATION_ORPHANED], 1);
	ck_assert_uint_eq(last_number, 1);
}
END_TEST

START_TEST(how_streams_end)
{
	control(700, NEWS_NEW);
	stream(700, 50001, NEWS_NEW, TCP_CONNTRACK_SYN_SENT, 120);
	stream(700, 50001, NEWS_UPDATE, TCP_CONNTRACK_ESTABLISHED, 120);
	stream(700, 50001, NEWS_UPDATE, TCP_CONNTRACK_FIN_WAIT, 120);
	stream(700, 50001, NEWS_DESTROY, 0, 0);
	ck_assert_uint_eq(told[STREAM_ANSWERED], 1);
	ck_assert_uint_eq(told[STREAM_ENDED], 1);
	stream(700, 50002, NEWS_NEW, TCP_CONNTRACK_SYN_SENT, 120);
	stream(700, 50002, NEWS_DESTROY, 0, 119);
	ck_assert_uint_eq(told[STREAM_REFUSED], 1);
	stream(700, 50003, NEWS_NEW, TCP_CONNTRACK_SYN_SENT, 120);
	stream(700, 50003, NEWS_DESTROY, 0, 0);
	ck_assert_uint_eq(told[STREAM_SILENT], 1);
}
END_TEST

START_TEST(a_reading_finds_what_was_missed)
{
	control(700, NEWS_NEW);
	control(701, NEWS_NEW);
	expectation(700, 50001, NEWS_NEW, 180);
	expectation(700, 50002, NEWS_NEW, 180);
	expectation(700, 50003, NEWS_NEW, 180);
	now += 10 * MONITOR_SECOND;
	table_reading_begins(table);
	control(700, NEWS_READ);
	control(702, NEWS_READ);
	stream(700, 50001, NEWS_READ, TCP_CONNTRACK_ESTABLISHED, 1000);
	expectation(700, 50003, NEWS_READ, 170);
	expectation(702, 50004, NEWS_READ, 90);
	table_reading_ends(table, now);
	wait_seconds(1);
	ck_assert_uint_eq(told[EXPECTATION_MET], 1);
	ck_assert_uint_eq(told[EXPECTATION_REMOVED], 1);
	ck_assert_uint_eq(told[FLOW_ENDED], 1);
	ck_assert_uint_eq(told[FLOW_FOUND], 1);
	ck_assert_uint_eq(told[EXPECTATION_FOUND], 1);
	ck_assert_uint_eq(table_state(table).expectations, 2);
	/* the flow that was found, what it expects, and the stream */
	ck_assert_uint_eq(table_state(table).silent, 3);
}
END_TEST

START_TEST(other_helpers_are_others)
{
	struct expectation_record record = {
		.path = path_of(IPPROTO_TCP, 0, 50001),
		.master = path_of(IPPROTO_TCP, 700, 21),
		.helper = "ftp",
	};
	struct flow_record flow = { .path = path_of(IPPROTO_TCP, 700, 21), .helper = "ftp" };

	ck_assert_int_eq(table_flow(table, &flow, NEWS_NEW, now), 0);
	ck_assert_int_eq(table_expectation(table, &record, NEWS_NEW, now), 0);
	stream(700, 50001, NEWS_NEW, TCP_CONNTRACK_SYN_SENT, 120);
	ck_assert_uint_eq(table_state(table).controls + table_state(table).streams +
			  table_state(table).expectations, 0);
}
END_TEST

START_TEST(any_order_of_news_leaves_the_books_right)
{
	struct table_state state;
	uint64_t gone, known;
	int i;

	srandom(7);
	for (i = 0; i < 200000; i++) {
		uint16_t sport = 700 + random() % 4, port = 50000 + random() % 8;
		enum record_news news = random() % 4;

		now += random() % (MONITOR_SECOND / 4);
		switch (random() % 4) {
		case 0:
			control(sport, news);
			break;
		case 1:
			stream(sport, port, news, random() % 10, random() % 2);
			break;
		case 2:
			expectation(sport, port, news, random() % 3);
			break;
		case 3:
			table_reading_begins(table);
			if (random() % 2)
				table_reading_ends(table, now);
		}
		table_settle(table, now);
	}
	table_settle(table, INT64_MAX);
	state = table_state(table);
	gone = told[EXPECTATION_MET] + told[EXPECTATION_EXPIRED] + told[EXPECTATION_ORPHANED] +
	       told[EXPECTATION_EVICTED] + told[EXPECTATION_REMOVED];
	known = told[EXPECTATION_MADE] + told[EXPECTATION_FOUND];
	ck_assert_uint_eq(known, gone + state.expectations);
	ck_assert_uint_eq(told[FLOW_BEGUN] + told[FLOW_FOUND], told[FLOW_ENDED] + state.controls);
	ck_assert_uint_eq(told[EXPECTATION_MET] + told[STREAM_FOUND], told[STREAM_ENDED] +
			  told[STREAM_REFUSED] + told[STREAM_SILENT] + state.streams);
}
END_TEST

START_TEST(metrics_name_every_reason)
{
	struct metrics metrics = {
		.counters = { .count = 2, .list = { { "streams-opened", 3 },
						    { "refused-not-asked", 4 } } },
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metrics.state = table_state(table);
	metrics_print(&metrics, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "\namfw_helper_streams_opened_total 3\n"));
	ck_assert_ptr_nonnull(strstr(text, "\namfw_helper_refused_total{reason=\"not-asked\"} 4\n"));
	free(text);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, fresh, done);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_connection_tells_that_its_expectation_was_met);
	tcase_add_test(tests, what_nobody_came_for_is_told_of_after_a_while);
	tcase_add_test(tests, the_clock_tells_that_time_is_up);
	tcase_add_test(tests, one_that_takes_the_room_of_another);
	tcase_add_test(tests, announced_once_more_it_is_the_same);
	tcase_add_test(tests, a_flow_takes_what_it_expects_with_it);
	tcase_add_test(tests, how_streams_end);
	tcase_add_test(tests, a_reading_finds_what_was_missed);
	tcase_add_test(tests, other_helpers_are_others);
	tcase_add_test(tests, any_order_of_news_leaves_the_books_right);
	tcase_add_test(tests, metrics_name_every_reason);
}

int main(void)
{
	return suite_main("monitor", add_tests);
}

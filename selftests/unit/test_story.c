// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions out of packets: what golden captures are too small or too tidy for. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "replay/diagnose.h"
#include "replay/story.h"
#include "selftests/unit/lib/suite.h"

#define SECOND		1000000000ll
#define REQUEST		"SECURITY USER backup\nSERVICE sendbackup\nOPTIONS ;\n"
#define CONNECT		"CONNECT DATA 50001 MESG 50002\nOPTIONS ;\n"

static struct story *story;
static uint64_t number;
static int64_t now;
static unsigned int handed_out, strays;
static struct session last;
static struct event events[EVENTS_MAX];

static void on_session(void *arg, const struct session *session)
{
	(void)arg;
	handed_out++;
	last = *session;
	if (session->event_count)
		memcpy(events, session->event, session->event_count * sizeof(*events));
	last.event = events;
}

static void on_stray(void *arg, const struct stray *stray)
{
	(void)arg;
	(void)stray;
	strays++;
}

static const struct story_events listener = { .session = on_session, .stray = on_stray };

static void setup(void)
{
	static const struct gateway_settings gateway = { .port = AMANDA_PORT };
	const struct story_settings settings = {
		.port = AMANDA_PORT,
		.points = 2,
		.gateway = &gateway,
	};

	number = 0;
	now = 1000 * SECOND;
	handed_out = 0;
	strays = 0;
	story = story_new(&settings, &listener, NULL);
	ck_assert_ptr_nonnull(story);
}

static void teardown(void)
{
	story_free(story);
}

static struct endpoint end(unsigned int host, uint16_t port)
{
	struct endpoint endpoint = { .port = port };

	endpoint.address.family = AF_INET;
	endpoint.address.prefix = 24;
	endpoint.address.v4.s_addr = htonl(0x0a420000 + host);
	return endpoint;
}

static struct packet packet(uint8_t protocol, struct endpoint from, struct endpoint to,
			    const void *data, size_t length)
{
	struct packet made;

	number++;
	made = (struct packet){
		.number = number,
		.time = now,
		.protocol = protocol,
		.source = from,
		.destination = to,
		.data = data,
		.length = length,
		.captured = length,
		.ip_id = number,
		.ttl = 64,
	};

	return made;
}

static void see(const struct packet *seen)
{
	ck_assert_int_eq(story_see(story, seen), 0);
}

/* The control flow goes from port 855 of host 1 to host 2. */
static struct packet letter(bool by_initiator, const char *type, unsigned int sequence,
			    const char *body)
{
	static char text[1024];

	snprintf(text, sizeof(text), "Amanda 3.5 %s HANDLE 000-00000000 SEQ %u\n%s", type, sequence,
		 body);
	return packet(IPPROTO_UDP, by_initiator ? end(1, 855) : end(2, AMANDA_PORT),
		      by_initiator ? end(2, AMANDA_PORT) : end(1, 855), text, strlen(text));
}

static void say(bool by_initiator, const char *type, const char *body)
{
	struct packet sent = letter(by_initiator, type, 1, body);

	see(&sent);
}

static void exchange(void)
{
	say(true, "REQ", REQUEST);
	say(false, "ACK", "");
	say(false, "REP", CONNECT);
	say(true, "ACK", "");
}

static void segment(bool by_initiator, uint16_t port, uint8_t flags, uint32_t sequence,
		    const void *data, size_t length)
{
	struct packet sent = packet(IPPROTO_TCP, by_initiator ? end(1, 50000) : end(2, port),
				    by_initiator ? end(2, port) : end(1, 50000), data, length);

	sent.tcp.flags = flags;
	sent.tcp.sequence = sequence;
	see(&sent);
}

static void finish(void)
{
	ck_assert_int_eq(story_end(story), 0);
}

START_TEST(same_packet_at_two_places)
{
	struct packet sent = letter(true, "REQ", 1, REQUEST);

	see(&sent);
	sent.point = 1;
	sent.ttl = 63;
	sent.number = 7;
	sent.time += SECOND / 10;
	see(&sent);
	finish();
	ck_assert_uint_eq(last.requests, 1);
	ck_assert_uint_eq(events[0].seen_count, 2);
	ck_assert_uint_eq(events[0].seen[1].number, 7);
}
END_TEST

START_TEST(place_behind_seen_first)
{
	struct packet sent = letter(true, "REQ", 1, REQUEST);

	sent.ttl = 63;
	sent.point = 1;
	see(&sent);
	sent.ttl = 64;
	sent.point = 0;
	see(&sent);
	finish();
	ck_assert_uint_eq(events[0].seen[0].point, 0);
	ck_assert_uint_eq(events[0].seen[1].point, 1);
}
END_TEST

START_TEST(sent_again)
{
	say(true, "REQ", REQUEST);
	now += 10 * SECOND;
	say(true, "REQ", REQUEST);
	finish();
	ck_assert_uint_eq(last.requests, 2);
	ck_assert_uint_eq(events[1].copy, 2);
}
END_TEST

START_TEST(other_sequence_is_another_session)
{
	struct packet sent = letter(true, "REQ", 2, REQUEST);

	see(&sent);
	say(true, "REQ", REQUEST);
	finish();
	ck_assert_uint_eq(handed_out, 2);
}
END_TEST

START_TEST(handed_out_while_it_goes_on)
{
	struct packet other;
	unsigned int i;

	say(true, "REQ", REQUEST);
	say(false, "REP", "OPTIONS ;\n");
	say(true, "ACK", "");
	ck_assert_uint_eq(handed_out, 0);
	now += 100 * SECOND;
	for (i = 0; i < 32; i++) {
		other = packet(IPPROTO_UDP, end(8, 53), end(9, 53), "", 0);
		see(&other);
	}
	ck_assert_uint_eq(handed_out, 1);
	ck_assert(last.confirmed);
}
END_TEST

START_TEST(many_requests_take_bounded_memory)
{
	const unsigned int requests = 20000;
	struct packet sent;
	unsigned int i;

	for (i = 0; i < requests; i++) {
		sent = letter(true, "REQ", i, REQUEST);
		see(&sent);
	}
	ck_assert_uint_ge(handed_out, requests - 2048);
	finish();
	ck_assert_uint_eq(handed_out, requests);
	ck_assert_uint_eq(story_counts(story)->forgotten, requests - 2048);
}
END_TEST

START_TEST(one_session_of_many_packets)
{
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		now += SECOND;
		say(true, "REQ", REQUEST);
	}
	finish();
	ck_assert_uint_eq(last.event_count, EVENTS_MAX);
	ck_assert_uint_eq(last.untold, 1000 - EVENTS_MAX);
	ck_assert_uint_eq(last.requests, 1000);
}
END_TEST

START_TEST(bytes_across_the_wrap)
{
	const uint32_t first = UINT32_MAX - 3;

	exchange();
	segment(true, 50001, TH_SYN, first, NULL, 0);
	segment(false, 50001, TH_SYN | TH_ACK, 9, NULL, 0);
	segment(true, 50001, TH_ACK, first + 1, "12345678", 8);
	segment(true, 50001, TH_ACK, first + 1, "12345678", 8);
	segment(true, 50001, TH_ACK, first + 9, "12", 2);
	finish();
	ck_assert_uint_eq(last.stream[0].bytes[0], 10);
	ck_assert_int_eq(last.stream[0].fate, FATE_OPEN);
}
END_TEST

START_TEST(ports_used_anew)
{
	exchange();
	segment(true, 50001, TH_SYN, 1, NULL, 0);
	segment(false, 50001, TH_RST, 0, NULL, 0);
	segment(true, 50001, TH_SYN, 100, NULL, 0);
	segment(false, 50001, TH_SYN | TH_ACK, 9, NULL, 0);
	finish();
	ck_assert_uint_eq(last.stream[0].syns, 2);
	ck_assert_int_eq(last.stream[0].fate, FATE_OPEN);
}
END_TEST

START_TEST(syn_of_another_host_is_not_the_stream)
{
	struct packet sent = packet(IPPROTO_TCP, end(3, 50000), end(2, 50001), NULL, 0);

	exchange();
	sent.tcp.flags = TH_SYN;
	see(&sent);
	finish();
	ck_assert_int_eq(last.stream[0].fate, FATE_UNTRIED);
	ck_assert_uint_eq(strays, 0);
}
END_TEST

START_TEST(stray_is_told_of_once)
{
	exchange();
	segment(true, 40000, TH_SYN, 77, NULL, 0);
	now += SECOND;
	segment(true, 40000, TH_SYN, 77, NULL, 0);
	finish();
	ck_assert_uint_eq(strays, 1);
	ck_assert_uint_eq(last.stray_port, 40000);
}
END_TEST

START_TEST(clock_jumps_back)
{
	exchange();
	now = SECOND;
	segment(true, 50001, TH_SYN, 1, NULL, 0);
	now = 5000000 * SECOND;
	segment(false, 50001, TH_SYN | TH_ACK, 9, NULL, 0);
	finish();
	ck_assert_int_eq(last.stream[0].fate, FATE_OPEN);
}
END_TEST

START_TEST(reset_behind_a_fin_is_an_end)
{
	exchange();
	segment(true, 50001, TH_SYN, 1, NULL, 0);
	segment(false, 50001, TH_SYN | TH_ACK, 9, NULL, 0);
	segment(true, 50001, TH_FIN | TH_ACK, 2, NULL, 0);
	segment(true, 50001, TH_RST, 3, NULL, 0);
	finish();
	ck_assert_int_eq(last.stream[0].fate, FATE_CLOSED);
}
END_TEST

START_TEST(which_helper_opens)
{
	say(true, "REQ", REQUEST);
	say(false, "REP", "CONNECT CTL 50001 DATA 65558\nOPTIONS ;\n");
	finish();
	ck_assert_uint_eq(last.stream[0].opened, 1 << HELPER_OURS);
	ck_assert_uint_eq(last.hole_count[HELPER_STOCK], 1);
	ck_assert_uint_eq(last.hole[HELPER_STOCK][0], 22);
	ck_assert_uint_eq(last.hole_count[HELPER_OURS], 0);
}
END_TEST

START_TEST(causes_of_the_capture)
{
	static const struct story_counts counts = { .sessions = 1, .forgotten = 3 };
	static const struct capture_counts capture = { .incomplete = 2 };
	const struct diagnose_context context = {
		.points = 1,
		.counts = &counts,
		.capture = &capture,
	};
	struct diagnosis diagnosis;

	diagnose_capture(&context, NULL, &diagnosis);
	ck_assert_uint_eq(diagnosis.count, 2);
	ck_assert_str_eq(diagnosis.cause[0].id, "sessions-forgotten");
	ck_assert_str_eq(diagnosis.cause[1].id, "fragments-missing");
	ck_assert_int_eq(diagnosis.level, CAUSE_DOUBT);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, same_packet_at_two_places);
	tcase_add_test(tests, place_behind_seen_first);
	tcase_add_test(tests, sent_again);
	tcase_add_test(tests, other_sequence_is_another_session);
	tcase_add_test(tests, handed_out_while_it_goes_on);
	tcase_add_test(tests, many_requests_take_bounded_memory);
	tcase_add_test(tests, one_session_of_many_packets);
	tcase_add_test(tests, bytes_across_the_wrap);
	tcase_add_test(tests, ports_used_anew);
	tcase_add_test(tests, syn_of_another_host_is_not_the_stream);
	tcase_add_test(tests, stray_is_told_of_once);
	tcase_add_test(tests, clock_jumps_back);
	tcase_add_test(tests, reset_behind_a_fin_is_an_end);
	tcase_add_test(tests, which_helper_opens);
	tcase_add_test(tests, causes_of_the_capture);
}

int main(void)
{
	return suite_main("story", add_tests);
}

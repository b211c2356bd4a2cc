// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many datagrams by chance, in both directions, through a gateway: whatever is
 * sent, nothing may be opened that was not asked for and answered, and never
 * some streams of a reply without the others.
 *
 * AMFW_STORM_SEED and AMFW_STORM_COUNT choose the datagrams and their number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "selftests/lib/chance.h"
#include "selftests/lib/deliver.h"
#include "selftests/lib/faults.h"
#include "selftests/lib/mutant.h"
#include "selftests/lib/oracle.h"
#include "selftests/lib/report.h"
#include "selftests/lib/rtnl.h"

#define FLOWS		4	/* of 16 expectations: what struct openings holds */
#define FIRST_PORT	850
#define DEFAULT_COUNT	1500
#define MOST_SECONDS	80
#define EXPECT_MAX	"/proc/sys/net/netfilter/nf_conntrack_expect_max"
#define EXPECT_CACHE	"nf_conntrack_expect"

/* What keeps replies from being opened whole. */
enum trouble { NO_TROUBLE, FULL_TABLE, NO_MEMORY };

/**
 * struct storm - one run
 * @trouble: what stands in the way
 * @small: of the links: too small for what raw sockets send
 * @number: of the datagram
 * @opened: replies that opened streams
 * @changed: of these, such as arrived with other numbers
 * @dropped: replies that did not arrive
 */
struct storm {
	enum trouble trouble;
	bool small;
	struct lab lab;
	struct flow flow[FLOWS];
	struct openings before;
	struct openings after;
	const char *objection;
	unsigned long seed;
	unsigned long number;
	unsigned long opened;
	unsigned long changed;
	unsigned long dropped;
	int sequence;
};

static struct storm storm;
static struct mutant mutant, other;

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

/* Every test has datagrams of its own. */
static uint64_t seed_of(const struct test *test)
{
	uint64_t seed = storm.seed;
	const char *c;

	for (c = test->name; *c; c++)
		seed = seed * 131 + (unsigned char)*c;
	return seed;
}

static void storm_lab(const struct test *test, unsigned int flags)
{
	storm.seed = setting("AMFW_STORM_SEED", 1);
	storm.sequence = 1000;
	chance_seed(seed_of(test));
	lab_open(&storm.lab, flags);
}

static void storm_sessions(void)
{
	bool second = lab_has_second(&storm.lab);
	int i;

	deliver_open(&storm.lab);
	for (i = 0; i < FLOWS; i++)
		flow_start(&storm.flow[i], deliver_session(&storm.lab, (uint16_t)(FIRST_PORT + i),
						second && i % 2 ? SECOND : RESPONDER));
}

/* How many expectations the next reply may have; more than any: no trouble. */
static void trouble(void)
{
	unsigned int room = chance_below(2 * AMANDA_STREAMS_MAX);

	if (storm.trouble == FULL_TABLE) {
		lab_leave(&storm.lab);
		write_line(EXPECT_MAX, "%zu", storm.before.count + room + 1);
	} else if (storm.trouble == NO_MEMORY) {
		faults_arm(room);
	}
}

static void end_of_trouble(void)
{
	if (storm.trouble == NO_MEMORY)
		faults_disarm();
}

static void judge(struct event *event)
{
	const char *objection;
	size_t opened;

	openings_read(&storm.lab, &storm.after);
	event->before = &storm.before;
	event->after = &storm.after;
	objection = oracle_objects(event, &opened);
	if (objection && !storm.objection) {
		storm.objection = objection;
		saw("datagram %lu of seed %lu %s: %s", storm.number, storm.seed, objection,
		    mutant_print(event->bytes, event->length));
	}
	storm.opened += opened > 0;
	storm.changed += opened > 0 && !event->unchanged;
	storm.dropped += event->from_responder && event->whole && !event->arrived;
	storm.before = storm.after;
}

/* One datagram, and what came of it. */
static bool send_one(struct flow *flow, const struct mutant *what, bool from_responder, bool raw)
{
	struct event event = {
		.flow = flow, .from_responder = from_responder, .whole = true,
		.bytes = what->bytes, .length = what->length,
	};

	storm.number++;
	if (!from_responder) {
		deliver_question(&event);
	} else {
		trouble();
		deliver_answer(&event, raw);
		end_of_trouble();
	}
	judge(&event);
	return event.arrived;
}

static struct flow *any_flow(void)
{
	return &storm.flow[chance_below(FLOWS)];
}

/* Types as they come, or where they never should. */
static void fill(bool from_responder)
{
	static const enum amanda_type answers[] = {
		AMANDA_ACK, AMANDA_PREP, AMANDA_NAK, AMANDA_REQ, AMANDA_REP, AMANDA_REP,
		AMANDA_REP, AMANDA_REP, AMANDA_REP, AMANDA_REP,
	};
	static const enum amanda_type questions[] = {
		AMANDA_REQ, AMANDA_REQ, AMANDA_REQ, AMANDA_REQ, AMANDA_ACK, AMANDA_REP,
	};

	if (chance_one_in(20)) {
		mutant_noise(&mutant);
		return;
	}
	if (from_responder)
		mutant_packet(&mutant, answers[chance_below(sizeof(answers) / sizeof(*answers))]);
	else
		mutant_packet(&mutant,
			      questions[chance_below(sizeof(questions) / sizeof(*questions))]);
	if (chance_one_in(from_responder ? 3 : 6))
		mutant_change(&mutant);
	if (chance_one_in(12))
		mutant_pad(&mutant, chance_below(MUTANT_MAX));
}

static void any_datagram(void)
{
	bool from_responder = !chance_one_in(3);
	bool raw = from_responder && chance_one_in(6) && !storm.small &&
		   !(storm.lab.flags & LAB_IPV6);
	struct flow *flow = any_flow();

	fill(from_responder);
	send_one(flow, &mutant, from_responder, raw);
	while (!storm.objection && chance_one_in(5))
		send_one(flow, &mutant, from_responder, raw);
}

/* What must open, whatever came before it. */
static void honest_exchange(void)
{
	struct flow *flow = any_flow();
	bool arrived;

	mutant_exchange(&mutant, &other, ++storm.sequence);
	send_one(flow, &mutant, false, false);
	arrived = send_one(flow, &other, true, false);
	if (storm.objection || (storm.trouble && !arrived))
		return;
	if (!arrived || !oracle_all_open(flow->session, &storm.after)) {
		storm.objection = "an honest reply";
		saw("datagram %lu of seed %lu is honest, and %s: %s", storm.number, storm.seed,
		    arrived ? "opens nothing" : "dropped",
		    mutant_print(other.bytes, other.length));
	}
}

static bool is_open(const struct session *s, uint16_t port)
{
	size_t i;

	for (i = 0; i < storm.before.count; i++)
		if (storm.before.list[i].port == port &&
		    (!strcmp(storm.before.list[i].destination, s->lab->address[s->responder]) ||
		     s->lab->flags & LAB_FORWARD))
			return true;
	return false;
}

/* A stream passes where it is expected, and nowhere else. */
static void connect_somewhere(void)
{
	const struct session *s = any_flow()->session;
	uint16_t port = (uint16_t)(MUTANT_PORT_LOW + chance_below(MUTANT_PORTS));
	bool open = is_open(s, port);
	int host = session_reaches(s, port, port);

	/* Behind NAT it may reach a port where nobody listens. */
	if (!storm.objection && ((host >= 0 && !open) ||
				 (host < 0 && open && !(storm.lab.flags & LAB_FORWARD)))) {
		storm.objection = "a stream";
		saw("after datagram %lu of seed %lu port %u is %s, but a stream %s", storm.number,
		    storm.seed, port, open ? "open" : "closed", open ? "is stopped" : "passes");
	}
	openings_read(&storm.lab, &storm.before);
}

static void forget_flow(struct flow *flow)
{
	flow_delete(&storm.lab, flow->session->source_port);
	if (!session_ask(flow->session, "ACK", ""))
		die("the first datagram did not arrive");
	flow_start(flow, flow->session);
}

static void forget_something(void)
{
	if (chance_one_in(2))
		openings_flush(&storm.lab);
	else
		forget_flow(any_flow());
	openings_read(&storm.lab, &storm.before);
}

/* The oracle forgets nothing, and would fill up. */
static void keep_room(void)
{
	int i;

	for (i = 0; i < FLOWS; i++) {
		if (storm.flow[i].count < ORACLE_REQUESTS / 2)
			continue;
		forget_flow(&storm.flow[i]);
		openings_read(&storm.lab, &storm.before);
	}
}

static void anything(void)
{
	unsigned int what = chance_below(100);

	keep_room();
	if (what < 10)
		honest_exchange();
	else if (what < 13)
		connect_somewhere();
	else if (what < 14)
		forget_something();
	else
		any_datagram();
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void storm_run(const struct test *test)
{
	unsigned long count = setting("AMFW_STORM_COUNT", DEFAULT_COUNT);
	double begin = seconds();

	while (!storm.objection && storm.number < count && seconds() < begin + MOST_SECONDS)
		anything();
	fprintf(stderr, "storm/%s: seed %lu: %lu datagrams in %.1f s, %lu replies opened streams, "
		"%lu of them renumbered, %lu dropped\n", test->name, storm.seed, storm.number,
		seconds() - begin, storm.opened, storm.changed, storm.dropped);
	if (storm.objection)
		return;
	saw("%s opened as asked", storm.opened > 20 ? "many" : "hardly any");
	if (storm.lab.flags & LAB_FORWARD)
		saw("%s renumbered", storm.changed > 5 ? "many" : "hardly any");
	if (storm.trouble)
		saw("%s dropped", storm.dropped > 20 ? "many" : "hardly any");
}

static void run_with(const struct test *test, unsigned int flags)
{
	storm_lab(test, flags);
	storm_sessions();
	storm_run(test);
}

static void plain(const struct test *test)
{
	run_with(test, 0);
}

static void forward(const struct test *test)
{
	run_with(test, LAB_FORWARD);
}

static void masquerade(const struct test *test)
{
	run_with(test, LAB_MASQUERADE);
}

static void both(const struct test *test)
{
	run_with(test, LAB_FORWARD | LAB_MASQUERADE);
}

static void ipv6(const struct test *test)
{
	run_with(test, LAB_IPV6 | LAB_FORWARD);
}

/* Nobody asks that packets be left whole, so none is lost on a smaller link. */
static void small_packets(enum lab_host host, unsigned int size)
{
	lab_enter(&storm.lab, GATEWAY);
	rtnl_mtu(lab_host_name(host), size);
	lab_enter(&storm.lab, host);
	rtnl_mtu("gateway", size);
	write_line("/proc/sys/net/ipv4/ip_no_pmtu_disc", "1");
}

/* Each datagram in many packets, of other sizes on either side. */
static void fragments(const struct test *test)
{
	storm_lab(test, LAB_FORWARD);
	storm.small = true;
	small_packets(RESPONDER, 92);
	small_packets(SECOND, 68);
	small_packets(INITIATOR, 300);
	storm_sessions();
	storm_run(test);
}

static void full(const struct test *test)
{
	char most[32];

	if (!read_line(EXPECT_MAX, most, sizeof(most)))
		die(EXPECT_MAX " cannot be read");
	storm.trouble = FULL_TABLE;
	storm_lab(test, LAB_FORWARD);
	storm_sessions();
	storm_run(test);
	lab_leave(&storm.lab);
	write_line(EXPECT_MAX, "%s", most);
}

static void no_memory(const struct test *test)
{
	storm.trouble = NO_MEMORY;
	storm_lab(test, LAB_FORWARD);
	storm_sessions();
	faults_of_cache(EXPECT_CACHE);
	storm_run(test);
	faults_disarm();
}

#define AS_ASKED "many opened as asked"
#define RENUMBERED AS_ASKED ", many renumbered"

/* The last needs a kernel that can be told to fail. */
static const struct test tests[] = {
	{ "plain", "without NAT", plain, NULL, NULL, AS_ASKED, NULL, 0 },
	{ "forward", "ports of the gateway lead to two responders", forward, NULL, NULL,
	  RENUMBERED, NULL, 0 },
	{ "masquerade", "the initiator hides", masquerade, NULL, NULL, AS_ASKED, NULL, 0 },
	{ "both", "both at once", both, NULL, NULL, RENUMBERED, NULL, 0 },
	{ "ipv6", "ports forwarded in IPv6", ipv6, NULL, NULL, RENUMBERED, NULL, 0 },
	{ "fragments", "small packets on either side", fragments, NULL, NULL, RENUMBERED, NULL, 0 },
	{ "full", "little room in the table of expectations", full, NULL, NULL,
	  RENUMBERED ", many dropped", NULL, TEST_ALONE },
	{ "no-memory", "no memory in the middle of a reply", no_memory, NULL, NULL,
	  RENUMBERED ", many dropped", NULL, TEST_ALONE },
};

int main(int argc, char **argv)
{
	size_t count = sizeof(tests) / sizeof(*tests) - !faults_offered();

	return tests_main(argc, argv, "storm/", tests, count);
}

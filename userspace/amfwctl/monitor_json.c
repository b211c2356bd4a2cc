// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "amfwctl monitor" for programs: an object a line.
 */
#include <inttypes.h>
#include <time.h>

#include "amfwctl/json.h"
#include "amfwctl/monitor.h"

static const char *const events[HAPPENINGS] = {
	[FLOW_BEGUN] = "flow-begun",
	[FLOW_FOUND] = "flow-found",
	[FLOW_ANSWERED] = "flow-answered",
	[FLOW_ENDED] = "flow-ended",
	[EXPECTATION_MADE] = "expectation-made",
	[EXPECTATION_FOUND] = "expectation-found",
	[EXPECTATION_RENEWED] = "expectation-renewed",
	[EXPECTATION_MET] = "expectation-met",
	[EXPECTATION_EXPIRED] = "expectation-expired",
	[EXPECTATION_ORPHANED] = "expectation-orphaned",
	[EXPECTATION_EVICTED] = "expectation-evicted",
	[EXPECTATION_REMOVED] = "expectation-removed",
	[STREAM_FOUND] = "stream-found",
	[STREAM_ANSWERED] = "stream-answered",
	[STREAM_REFUSED] = "stream-refused",
	[STREAM_SILENT] = "stream-silent",
	[STREAM_ENDED] = "stream-ended",
};

static void begin_object(const char *event)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	printf("{\"version\": 1, \"time\": %lld.%06ld, \"event\": \"%s\"", (long long)at.tv_sec,
	       at.tv_nsec / 1000, event);
}

static void put_place(const struct monitor *monitor, const char *member,
		      const struct place *place)
{
	char text[INET6_ADDRSTRLEN];

	address_print(&place->address, text);
	printf(", \"%s\": {\"address\": \"%s\", \"port\": ", member, text);
	if (place->port)
		printf("%u, ", place->port);
	else
		fputs("null, ", stdout);
	json_member(stdout, "name", monitor_name(monitor->names, &place->address));
	putchar('}');
}

/* Both ends as the other one sees them: where there is no NAT, they are the same. */
static void put_reply(const struct monitor *monitor, const struct entry *entry)
{
	if (entry->kind == ENTRY_EXPECTATION)
		return;
	put_place(monitor, "initiator-there", &entry->reply.to);
	put_place(monitor, "responder-there", &entry->reply.from);
}

static void put_expected(const struct entry *entry)
{
	if (entry->kind == ENTRY_EXPECTATION)
		printf(", \"timeout\": %u", entry->timeout);
	if (entry->kind == ENTRY_CONTROL)
		printf(", \"expectations\": %u, \"met\": %u", entry->made, entry->met);
	else if (entry->announced)
		printf(", \"announced\": %u", entry->announced);
	else
		fputs(", \"announced\": null", stdout);
}

/**
 * monitor_json_happening() - an event
 * @monitor: the run
 * @happening: what has happened
 */
void monitor_json_happening(struct monitor *monitor, const struct happening *happening)
{
	const struct entry *entry = happening->entry;

	begin_object(events[happening->kind]);
	printf(", \"flow\": %" PRIu64 ", \"protocol\": \"%s\"", entry->number,
	       entry->path.protocol == IPPROTO_UDP ? "udp" : "tcp");
	put_place(monitor, "initiator", &entry->path.from);
	put_place(monitor, "responder", &entry->path.to);
	put_reply(monitor, entry);
	put_expected(entry);
	printf(", \"age\": %.6f}\n", (double)happening->age / MONITOR_SECOND);
}

/**
 * monitor_json_helper() - there is a helper, or another one, or none
 * @monitor: the run
 */
void monitor_json_helper(struct monitor *monitor)
{
	const char *which = monitor->ours ? "ours" : monitor->loaded ? "stock" : NULL;

	begin_object("helper");
	fputs(", ", stdout);
	json_member(stdout, "helper", which);
	puts("}");
}

/**
 * monitor_json_counter() - a counter of the helper has grown
 * @monitor: the run
 * @change: by how much
 */
void monitor_json_counter(struct monitor *monitor, const struct counter_change *change)
{
	(void)monitor;
	begin_object("counter");
	fputs(", ", stdout);
	json_member(stdout, "counter", change->name);
	printf(", \"by\": %" PRIu64 ", \"value\": %" PRIu64 "}\n", change->by, change->value);
}

/**
 * monitor_json_overrun() - events were lost
 * @monitor: the run
 * @missed: how many
 */
void monitor_json_overrun(struct monitor *monitor, uint32_t missed)
{
	(void)monitor;
	begin_object("overrun");
	printf(", \"missed\": %" PRIu32 "}\n", missed);
}

/**
 * monitor_json_note() - something that the reader has to know
 * @monitor: the run
 * @note: it
 */
void monitor_json_note(struct monitor *monitor, const char *note)
{
	(void)monitor;
	begin_object("note");
	fputs(", ", stdout);
	json_member(stdout, "note", note);
	puts("}");
}

static void put_counters(const struct monitor *monitor)
{
	const struct counter *counter;
	size_t i;

	fputs(", \"counters\": {", stdout);
	for (i = 0; i < monitor->counters.count; i++) {
		counter = &monitor->counters.list[i];
		fputs(i ? ", " : "", stdout);
		json_string(stdout, counter->name);
		printf(": %" PRIu64,
		       counter->value - counters_find(&monitor->begun_with, counter->name));
	}
	putchar('}');
}

/**
 * monitor_json_sums() - what has happened in all
 * @monitor: the run
 */
void monitor_json_sums(struct monitor *monitor)
{
	struct table_state state = table_state(monitor->table);
	size_t i;

	begin_object("summary");
	printf(", \"seconds\": %.3f, \"events\": {",
	       (double)(monitor_clock() - monitor->begun) / MONITOR_SECOND);
	for (i = 0; i < HAPPENINGS; i++)
		printf("%s\"%s\": %" PRIu64, i ? ", " : "", events[i], state.happened[i]);
	printf("}, \"flows\": %zu, \"pending\": %zu, \"streams\": %zu, \"rate-most\": %" PRIu64
	       ", \"overruns\": %" PRIu64 ", \"missed\": %" PRIu64,
	       state.controls, state.expectations, state.streams, state.rate_most,
	       monitor->overruns, monitor->missed);
	put_counters(monitor);
	puts("}");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "amfwctl monitor" for people: a line for each event.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "amfwctl/monitor.h"

/* The time of day, the only clock that other logs know. */
static void begin_line(void)
{
	struct timespec at;
	struct tm local;
	char text[16];

	clock_gettime(CLOCK_REALTIME, &at);
	localtime_r(&at.tv_sec, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	printf("%s.%03ld  ", text, at.tv_nsec / 1000000);
}

static void print_place(const struct monitor *monitor, const struct place *place)
{
	const char *name = monitor_name(monitor->names, &place->address);
	char text[INET6_ADDRSTRLEN];

	if (name)
		printf("%s ", name);
	address_print(&place->address, text);
	printf(place->address.family == AF_INET6 ? "[%s]" : "%s", text);
	if (place->port)
		printf(":%u", place->port);
}

static void print_path(const struct monitor *monitor, const struct entry *entry)
{
	print_place(monitor, &entry->path.from);
	fputs(" > ", stdout);
	print_place(monitor, &entry->path.to);
	if (entry->announced)
		printf(", announced as port %u", entry->announced);
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

static void print_nat(const struct monitor *monitor, const struct entry *entry)
{
	if (!same_place(&entry->reply.from, &entry->path.to)) {
		fputs(", forwarded to ", stdout);
		print_place(monitor, &entry->reply.from);
	}
	if (!same_place(&entry->reply.to, &entry->path.from)) {
		fputs(", there seen as ", stdout);
		print_place(monitor, &entry->reply.to);
	}
}

static void print_flow(const struct monitor *monitor, const struct entry *entry)
{
	print_path(monitor, entry);
	print_nat(monitor, entry);
}

static void print_control_end(const struct entry *entry, double age)
{
	printf("after %.3f s, ", age);
	if (!entry->answered)
		fputs("without an answer", stdout);
	else if (entry->made)
		printf("%u of %u expectations met", entry->met, entry->made);
	else
		fputs("nothing was expected", stdout);
}

static void print_happening(const struct monitor *monitor, const struct happening *happening)
{
	const struct entry *entry = happening->entry;
	double age = (double)happening->age / MONITOR_SECOND;

	switch (happening->kind) {
	case FLOW_BEGUN:
	case FLOW_FOUND:
	case STREAM_FOUND:
		print_flow(monitor, entry);
		return;
	case FLOW_ANSWERED:
		printf("after %.3f s", age);
		return;
	case FLOW_ENDED:
		print_control_end(entry, age);
		return;
	case EXPECTATION_MADE:
	case EXPECTATION_FOUND:
	case EXPECTATION_RENEWED:
		print_path(monitor, entry);
		printf(", within %u s", entry->timeout);
		return;
	case EXPECTATION_MET:
		print_flow(monitor, entry);
		printf(", after %.3f s", age);
		return;
	default:
		print_path(monitor, entry);
		printf(", after %.3f s", age);
	}
}

static const char *const words[HAPPENINGS] = {
	[FLOW_BEGUN] = "begun",
	[FLOW_FOUND] = "is there already",
	[FLOW_ANSWERED] = "answered",
	[FLOW_ENDED] = "ended",
	[EXPECTATION_MADE] = "expects",
	[EXPECTATION_FOUND] = "expects already",
	[EXPECTATION_RENEWED] = "expects once more",
	[EXPECTATION_MET] = "met",
	[EXPECTATION_EXPIRED] = "expired, nobody connected",
	[EXPECTATION_ORPHANED] = "dropped with its flow",
	[EXPECTATION_EVICTED] = "pushed out by a newer one",
	[EXPECTATION_REMOVED] = "removed, and no connection got through",
	[STREAM_FOUND] = "stream is there already",
	[STREAM_ANSWERED] = "stream established",
	[STREAM_REFUSED] = "stream refused",
	[STREAM_SILENT] = "stream ended unanswered",
	[STREAM_ENDED] = "stream ended",
};

/**
 * monitor_print_happening() - an event
 * @monitor: the run
 * @happening: what has happened
 */
void monitor_print_happening(struct monitor *monitor, const struct happening *happening)
{
	begin_line();
	printf("flow %" PRIu64 "  %s: ", happening->entry->number, words[happening->kind]);
	print_happening(monitor, happening);
	putchar('\n');
}

/**
 * monitor_print_helper() - there is a helper, or another one, or none
 * @monitor: the run
 */
void monitor_print_helper(struct monitor *monitor)
{
	begin_line();
	if (monitor->ours)
		puts("helper of this project");
	else if (monitor->loaded)
		puts("the kernel's own helper, which counts nothing");
	else
		puts("no helper is loaded (modprobe nf_conntrack_amanda): waiting for it");
}

/**
 * monitor_print_counter() - a counter of the helper has grown
 * @monitor: the run
 * @change: by how much
 */
void monitor_print_counter(struct monitor *monitor, const struct counter_change *change)
{
	(void)monitor;
	begin_line();
	if (!strncmp(change->name, REFUSED, strlen(REFUSED)))
		printf("helper refused %" PRIu64 ": %s, %" PRIu64 " so far\n", change->by,
		       change->name + strlen(REFUSED), change->value);
	else
		printf("helper counted %s +%" PRIu64 ", %" PRIu64 " so far\n", change->name,
		       change->by, change->value);
}

/**
 * monitor_print_overrun() - events were lost
 * @monitor: the run
 * @missed: how many
 */
void monitor_print_overrun(struct monitor *monitor, uint32_t missed)
{
	(void)monitor;
	begin_line();
	printf("overrun: %" PRIu32 " events missed, everything is read again\n", missed);
}

/**
 * monitor_print_note() - something that the reader has to know
 * @monitor: the run
 * @note: it
 */
void monitor_print_note(struct monitor *monitor, const char *note)
{
	(void)monitor;
	begin_line();
	puts(note);
}

static void print_counters(const struct monitor *monitor)
{
	const struct counter *counter;
	uint64_t before;
	size_t i;

	for (i = 0; i < monitor->counters.count; i++) {
		counter = &monitor->counters.list[i];
		before = counters_find(&monitor->begun_with, counter->name);
		if (counter->value > before)
			printf("  helper: %s +%" PRIu64 "\n", counter->name,
			       counter->value - before);
	}
}

/**
 * monitor_print_sums() - what has happened in all
 * @monitor: the run
 */
void monitor_print_sums(struct monitor *monitor)
{
	struct table_state state = table_state(monitor->table);
	const uint64_t *n = state.happened;

	printf("\nIn %.1f s: %" PRIu64 " control flows, %" PRIu64 " answered, %zu still there\n",
	       (double)(monitor_clock() - monitor->begun) / MONITOR_SECOND,
	       n[FLOW_BEGUN] + n[FLOW_FOUND], n[FLOW_ANSWERED], state.controls);
	printf("  expectations: %" PRIu64 " made, at most %" PRIu64 " in a second; %" PRIu64
	       " met, %" PRIu64 " expired, %" PRIu64 " dropped with their flow, %" PRIu64
	       " pushed out, %" PRIu64 " removed; %zu pending\n",
	       n[EXPECTATION_MADE] + n[EXPECTATION_FOUND], state.rate_most, n[EXPECTATION_MET],
	       n[EXPECTATION_EXPIRED], n[EXPECTATION_ORPHANED], n[EXPECTATION_EVICTED],
	       n[EXPECTATION_REMOVED], state.expectations);
	printf("  streams: %" PRIu64 " established, %" PRIu64 " refused, %" PRIu64
	       " unanswered\n", n[STREAM_ANSWERED], n[STREAM_REFUSED], n[STREAM_SILENT]);
	printf("  events missed: %" PRIu64 " in %" PRIu64 " overruns\n", monitor->missed,
	       monitor->overruns);
	print_counters(monitor);
}

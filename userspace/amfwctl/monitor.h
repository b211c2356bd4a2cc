/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of "amfwctl monitor" share.
 */
#ifndef AMFWCTL_MONITOR_H
#define AMFWCTL_MONITOR_H

#include "amfwctl/verb.h"
#include "monitor/metrics.h"
#include "monitor/listener.h"

/**
 * struct monitor_options - the command line
 * @site: file with the names; NULL: none
 * @helper: name of the helper
 * @prometheus: file to write; NULL: none
 * @interval: seconds between two of them, and between two readings
 * @count: end after so many events; 0: never
 * @duration: end after so many seconds; 0: never
 * @buffer: bytes that may wait
 * @json: for programs
 */
struct monitor_options {
	const char *site;
	const char *helper;
	const char *prometheus;
	unsigned int interval;
	unsigned long count;
	unsigned int duration;
	size_t buffer;
	bool json;
};

struct monitor_names;

/**
 * struct monitor - one run
 * @options: of the command line
 * @names: of the hosts, or NULL
 * @listener: where the news come from
 * @table: what is known
 * @counters: of the helper, when they were last looked at
 * @begun_with: when it began
 * @loaded: there is a helper
 * @ours: its counters are there
 * @resync: events were lost: all has to be read again
 * @overruns: how often
 * @missed: how many
 * @told: events that were told of
 * @begun: when it began; nanoseconds of a clock that never jumps
 * @failed: no memory
 */
struct monitor {
	const struct monitor_options *options;
	struct monitor_names *names;
	struct listener listener;
	struct table *table;
	struct counters counters;
	struct counters begun_with;
	bool loaded;
	bool ours;
	bool resync;
	uint64_t overruns;
	uint64_t missed;
	uint64_t told;
	int64_t begun;
	bool failed;
};

/**
 * struct counter_change - a counter that has grown
 * @name: of it
 * @by: how much
 * @value: what it is now
 */
struct counter_change {
	const char *name;
	uint64_t by;
	uint64_t value;
};

/* monitor_options.c */
int monitor_options_read(struct monitor_options *options, int argc, char *argv[]);

/* monitor_names.c */
struct monitor_names *monitor_names_new(const struct site *site);
const char *monitor_name(const struct monitor_names *names, const struct address *address);
void monitor_names_free(struct monitor_names *names);

/* monitor_run.c */
int monitor_run(const struct monitor_options *options, const struct site *site);
int64_t monitor_clock(void);

/* monitor_print.c: for people. */
void monitor_print_happening(struct monitor *monitor, const struct happening *happening);
void monitor_print_helper(struct monitor *monitor);
void monitor_print_counter(struct monitor *monitor, const struct counter_change *change);
void monitor_print_overrun(struct monitor *monitor, uint32_t missed);
void monitor_print_note(struct monitor *monitor, const char *note);
void monitor_print_sums(struct monitor *monitor);

/* monitor_json.c: for programs. */
void monitor_json_happening(struct monitor *monitor, const struct happening *happening);
void monitor_json_helper(struct monitor *monitor);
void monitor_json_counter(struct monitor *monitor, const struct counter_change *change);
void monitor_json_overrun(struct monitor *monitor, uint32_t missed);
void monitor_json_note(struct monitor *monitor, const char *note);
void monitor_json_sums(struct monitor *monitor);

#endif /* AMFWCTL_MONITOR_H */

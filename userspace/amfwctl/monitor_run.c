// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listens, tells, and looks at the clock.
 */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "amfwctl/monitor.h"

#define EVENTS_PATH	"/proc/sys/net/netfilter/nf_conntrack_events"
/* Counters make no events. */
#define LOOK		MONITOR_SECOND
/* Messages between two looks at the clock, where there is no end of them. */
#define AT_ONCE		1024

/**
 * struct pace - when what is due
 * @look: counters and the helper
 * @turn: the file of metrics, and flows that make no events
 * @settle: fates that are in suspense; 0: none
 * @end: of the run; 0: never
 * @signals: ends it, too
 */
struct pace {
	int64_t look;
	int64_t turn;
	int64_t settle;
	int64_t end;
	int signals;
};

/**
 * monitor_clock() - the time
 *
 * Return: nanoseconds of a clock that never jumps.
 */
int64_t monitor_clock(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * MONITOR_SECOND + at.tv_nsec;
}

static void on_happening(const struct happening *happening, void *data)
{
	struct monitor *monitor = data;

	if (monitor->options->count && monitor->told >= monitor->options->count)
		return;
	monitor->told++;
	if (monitor->options->json)
		monitor_json_happening(monitor, happening);
	else
		monitor_print_happening(monitor, happening);
}

static void take_flow(struct monitor *monitor, const struct nlmsghdr *header,
		      enum record_news news)
{
	struct flow_record record;

	if (flow_record_read(&record, header) &&
	    table_flow(monitor->table, &record, news, monitor_clock()))
		monitor->failed = true;
}

static void take_expectation(struct monitor *monitor, const struct nlmsghdr *header,
			     enum record_news news)
{
	struct expectation_record record;

	if (expectation_record_read(&record, header) &&
	    table_expectation(monitor->table, &record, news, monitor_clock()))
		monitor->failed = true;
}

static void on_event(const struct nlmsghdr *header, void *data)
{
	if (message_is_expectation(header))
		take_expectation(data, header, record_news(header));
	else
		take_flow(data, header, record_news(header));
}

static void on_flow_read(const struct nlmsghdr *header, void *data)
{
	take_flow(data, header, NEWS_READ);
}

static void on_expectation_read(const struct nlmsghdr *header, void *data)
{
	take_expectation(data, header, NEWS_READ);
}

static int read_tables(struct monitor *monitor)
{
	int err;

	table_reading_begins(monitor->table);
	err = listener_tables(&monitor->listener, on_flow_read, on_expectation_read, monitor);
	if (err) {
		fprintf(stderr, "amfwctl: monitor: the tables of connection tracking: %s\n",
			strerror(-err));
		return EXIT_FAILED;
	}
	table_reading_ends(monitor->table, monitor_clock());
	return EXIT_DONE;
}

static void tell_overrun(struct monitor *monitor)
{
	uint32_t missed = listener_missed(&monitor->listener);

	monitor->overruns++;
	monitor->missed += missed;
	if (monitor->options->json)
		monitor_json_overrun(monitor, missed);
	else
		monitor_print_overrun(monitor, missed);
}

/* What did arrive is older than what is read then: it goes first. */
static int take_news(struct monitor *monitor)
{
	enum listener_state state = LISTENER_NEWS;
	int i;

	for (i = 0; i < AT_ONCE && (state == LISTENER_NEWS || state == LISTENER_OVERRUN); i++) {
		state = listener_read(&monitor->listener, on_event, monitor);
		if (state == LISTENER_OVERRUN)
			monitor->resync = true;
	}
	if (state == LISTENER_FAILED) {
		fprintf(stderr, "amfwctl: monitor: ctnetlink: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	if (!monitor->resync || state != LISTENER_EMPTY)
		return EXIT_DONE;
	monitor->resync = false;
	tell_overrun(monitor);
	return read_tables(monitor);
}

static void tell_counter(struct monitor *monitor, const struct counter *counter, uint64_t before)
{
	struct counter_change change = { counter->name, counter->value - before, counter->value };

	if (counter->value <= before)
		return;
	if (monitor->options->json)
		monitor_json_counter(monitor, &change);
	else
		monitor_print_counter(monitor, &change);
}

/* A module that was loaded anew begins at zero. */
static void look_at_counters(struct monitor *monitor, bool first)
{
	struct counters before = monitor->counters;
	size_t i;

	monitor->ours = counters_read(&monitor->counters);
	for (i = 0; !first && i < monitor->counters.count; i++)
		tell_counter(monitor, &monitor->counters.list[i],
			     counters_find(&before, monitor->counters.list[i].name));
}

static void look_at_helper(struct monitor *monitor, bool first)
{
	bool before = monitor->loaded, ours_before = monitor->ours;

	look_at_counters(monitor, first);
	if (first)
		monitor->begun_with = monitor->counters;
	monitor->loaded = helper_is_loaded();
	if (!first && before == monitor->loaded && ours_before == monitor->ours)
		return;
	if (monitor->options->json)
		monitor_json_helper(monitor);
	else
		monitor_print_helper(monitor);
}

static void note(struct monitor *monitor, const char *text)
{
	if (monitor->options->json)
		monitor_json_note(monitor, text);
	else
		monitor_print_note(monitor, text);
}

static bool kernel_makes_events(void)
{
	FILE *file = fopen(EVENTS_PATH, "re");
	int value = 1;

	if (!file)
		return true;
	if (fscanf(file, "%d", &value) != 1)
		value = 1;
	fclose(file);
	return value;
}

static int save_metrics(struct monitor *monitor)
{
	struct metrics metrics = {
		.state = table_state(monitor->table), .loaded = monitor->loaded,
		.counters = monitor->counters, .overruns = monitor->overruns,
		.missed = monitor->missed, .now = monitor_clock(),
	};
	struct timespec at;
	int err;

	if (!monitor->options->prometheus)
		return EXIT_DONE;
	clock_gettime(CLOCK_REALTIME, &at);
	metrics.written = (double)at.tv_sec;
	err = metrics_save(&metrics, monitor->options->prometheus);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: %s: %s\n", monitor->options->prometheus, strerror(-err));
	return EXIT_FAILED;
}

/* Flows that were there before make no events: see struct entry. */
static int turn(struct monitor *monitor)
{
	int code = EXIT_DONE;

	if (table_state(monitor->table).silent || !kernel_makes_events())
		code = read_tables(monitor);
	return code ? code : save_metrics(monitor);
}

static int on_time(struct monitor *monitor, struct pace *pace)
{
	int64_t now = monitor_clock();

	if (now >= pace->look) {
		pace->look = now + LOOK;
		table_expire(monitor->table, now);
		look_at_helper(monitor, false);
	}
	pace->settle = table_settle(monitor->table, now);
	if (now < pace->turn)
		return EXIT_DONE;
	pace->turn = now + monitor->options->interval * MONITOR_SECOND;
	return turn(monitor);
}

static bool is_over(const struct monitor *monitor, const struct pace *pace)
{
	const struct monitor_options *options = monitor->options;

	return (options->count && monitor->told >= options->count) ||
	       (pace->end && monitor_clock() >= pace->end);
}

static void sooner(int64_t *until, int64_t other)
{
	if (other && other < *until)
		*until = other;
}

/* Returns true where a signal ends it. */
static bool rest(const struct monitor *monitor, const struct pace *pace)
{
	struct pollfd wait[] = {
		{ .fd = listener_fd(&monitor->listener), .events = POLLIN },
		{ .fd = pace->signals, .events = POLLIN },
	};
	int64_t until = pace->look, left;

	sooner(&until, pace->turn);
	sooner(&until, pace->settle);
	sooner(&until, pace->end);
	left = until - monitor_clock();
	/* Upwards: nothing is due before its time, and nobody is to run in circles. */
	poll(wait, 2, left > 0 ? (int)(left / 1000000 + 1) : 0);
	return wait[1].revents;
}

static int listen_until_over(struct monitor *monitor, struct pace *pace)
{
	int code = EXIT_DONE;

	while (!code && !is_over(monitor, pace)) {
		code = output_done();
		if (code || rest(monitor, pace))
			break;
		code = take_news(monitor);
		if (!code)
			code = on_time(monitor, pace);
		if (monitor->failed) {
			fputs("amfwctl: monitor: no memory\n", stderr);
			code = EXIT_FAILED;
		}
	}
	return code;
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * Messages of the kernel are all that is read from now on, but hosts choose much of
 * what is in them.  Reading all again asks for CAP_NET_ADMIN; the folder of the metrics
 * may belong to their collector.
 */
static void drop_privileges(const struct monitor_options *options)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 }, *low = &data[0];

	if (syscall(SYS_capget, &header, data))
		return;
	low->permitted &= 1u << CAP_NET_ADMIN |
			  (options->prometheus ? 1u << CAP_DAC_OVERRIDE : 0);
	low->effective = low->permitted;
	low->inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0 };
	if (syscall(SYS_capset, &header, data) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fprintf(stderr, "amfwctl: monitor: privileges could not be given up: %s\n",
			strerror(errno));
}

static int begin(struct monitor *monitor, struct pace *pace)
{
	const struct monitor_options *options = monitor->options;
	int code;

	if (listener_open(&monitor->listener, options->buffer, stderr))
		return EXIT_FAILED;
	drop_privileges(options);
	monitor->begun = monitor_clock();
	*pace = (struct pace){
		.look = monitor->begun + LOOK,
		.turn = monitor->begun + options->interval * MONITOR_SECOND,
		.end = options->duration ?
			monitor->begun + options->duration * MONITOR_SECOND : 0,
		.signals = catch_signals(),
	};
	look_at_helper(monitor, true);
	if (!kernel_makes_events())
		note(monitor, "the kernel makes no events (net.netfilter.nf_conntrack_events = 0): all is read once in an interval");
	code = read_tables(monitor);
	return code ? code : save_metrics(monitor);
}

static int finish(struct monitor *monitor)
{
	take_news(monitor);
	table_settle(monitor->table, INT64_MAX);
	look_at_counters(monitor, false);
	if (monitor->options->json)
		monitor_json_sums(monitor);
	else
		monitor_print_sums(monitor);
	return save_metrics(monitor) ? : output_done();
}

static int run(struct monitor *monitor)
{
	struct pace pace;
	int code = begin(monitor, &pace);

	if (!code)
		code = listen_until_over(monitor, &pace);
	return code ? code : finish(monitor);
}

/**
 * monitor_run() - do it
 * @options: the command line
 * @site: for the names of hosts, or NULL
 *
 * Return: an enum exit_code.
 */
int monitor_run(const struct monitor_options *options, const struct site *site)
{
	struct monitor monitor = { .options = options };
	int code = EXIT_FAILED;

	monitor.table = table_new(options->helper, on_happening, &monitor);
	monitor.names = site ? monitor_names_new(site) : NULL;
	if (!monitor.table || (site && !monitor.names))
		fputs("amfwctl: monitor: no memory\n", stderr);
	else
		code = run(&monitor);
	listener_close(&monitor.listener);
	monitor_names_free(monitor.names);
	table_free(monitor.table);
	return code;
}

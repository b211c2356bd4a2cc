// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file for the textfile collector of Prometheus.  It replaces the one before as a
 * whole: the collector may read at any moment.
 */
#include "monitor/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Happenings that are one metric with a label: of one kind, one behind the other. */
struct family {
	const char *name;
	const char *help;
	const char *label;
	struct {
		enum happening_kind kind;
		const char *value;
	} of[6];
	size_t count;
};

static const struct family families[] = {
	{ "amfw_control_flows_total", "Control flows, by how they came to be known.", "how",
	  { { FLOW_BEGUN, "begun" }, { FLOW_FOUND, "found" } }, 2 },
	{ "amfw_control_flows_answered_total", "Control flows with a reply.", NULL,
	  { { FLOW_ANSWERED, NULL } }, 1 },
	{ "amfw_control_flows_ended_total", "Control flows that are gone.", NULL,
	  { { FLOW_ENDED, NULL } }, 1 },
	{ "amfw_expectations_total", "Expectations, by how they came to be known.", "how",
	  { { EXPECTATION_MADE, "made" }, { EXPECTATION_FOUND, "found" } }, 2 },
	{ "amfw_expectations_renewed_total", "Expectations announced once more.", NULL,
	  { { EXPECTATION_RENEWED, NULL } }, 1 },
	{ "amfw_expectations_gone_total", "Expectations that are gone, by their fate.", "fate",
	  { { EXPECTATION_MET, "met" }, { EXPECTATION_EXPIRED, "expired" },
	    { EXPECTATION_ORPHANED, "orphaned" }, { EXPECTATION_EVICTED, "evicted" },
	    { EXPECTATION_REMOVED, "removed" } }, 5 },
	{ "amfw_streams_answered_total", "Streams that were established.", NULL,
	  { { STREAM_ANSWERED, NULL } }, 1 },
	{ "amfw_streams_gone_total", "Streams that are gone, by how they ended.", "how",
	  { { STREAM_ENDED, "ended" }, { STREAM_REFUSED, "refused" },
	    { STREAM_SILENT, "silent" } }, 3 },
};

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_family(const struct family *family, const struct table_state *state, FILE *out)
{
	uint64_t value;
	size_t i;

	head(out, family->name, "counter", family->help);
	for (i = 0; i < family->count; i++) {
		value = state->happened[family->of[i].kind];
		if (family->label)
			fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", family->name, family->label,
				family->of[i].value, value);
		else
			fprintf(out, "%s %" PRIu64 "\n", family->name, value);
	}
}

static void print_number(FILE *out, const char *name, const char *type, const char *help,
			 double value)
{
	head(out, name, type, help);
	fprintf(out, "%s %.15g\n", name, value);
}

static double age(const struct metrics *metrics, int64_t since)
{
	return since ? (double)(metrics->now - since) / MONITOR_SECOND : 0;
}

static void print_gauges(const struct metrics *metrics, FILE *out)
{
	const struct table_state *state = &metrics->state;

	print_number(out, "amfw_control_flows", "gauge", "Control flows now.", state->controls);
	print_number(out, "amfw_control_flow_oldest_age_seconds", "gauge",
		     "For how long the oldest control flow has been known.",
		     age(metrics, state->oldest_control));
	print_number(out, "amfw_expectations_pending", "gauge",
		     "Expectations that nobody has connected to yet.", state->expectations);
	print_number(out, "amfw_expectation_oldest_age_seconds", "gauge",
		     "For how long the oldest of them has been known.",
		     age(metrics, state->oldest_expectation));
	print_number(out, "amfw_streams", "gauge", "Streams now.", state->streams);
	print_number(out, "amfw_helper_loaded", "gauge", "Whether a helper is loaded.",
		     metrics->loaded);
}

/* Names of the helper have "-", which those of Prometheus have not. */
static void print_counter(const struct counter *counter, FILE *out)
{
	char name[sizeof("amfw_helper__total") + sizeof(counter->name)], *at;

	snprintf(name, sizeof(name), "amfw_helper_%s_total", counter->name);
	for (at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	print_number(out, name, "counter", "Counted by the helper.", (double)counter->value);
}

static bool is_refusal(const struct counter *counter)
{
	return !strncmp(counter->name, REFUSED, strlen(REFUSED));
}

static void print_counters(const struct counters *counters, FILE *out)
{
	size_t i;

	if (!counters->count)
		return;
	for (i = 0; i < counters->count; i++)
		if (!is_refusal(&counters->list[i]))
			print_counter(&counters->list[i], out);
	head(out, "amfw_helper_refused_total", "counter",
	     "Datagrams of which the helper opened nothing, by reason.");
	for (i = 0; i < counters->count; i++)
		if (is_refusal(&counters->list[i]))
			fprintf(out, "amfw_helper_refused_total{reason=\"%s\"} %" PRIu64 "\n",
				counters->list[i].name + strlen(REFUSED),
				counters->list[i].value);
}

/**
 * metrics_print() - write them, in the text format of Prometheus
 * @metrics: the metrics
 * @out: where to
 */
void metrics_print(const struct metrics *metrics, FILE *out)
{
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(*families); i++)
		print_family(&families[i], &metrics->state, out);
	print_gauges(metrics, out);
	print_counters(&metrics->counters, out);
	print_number(out, "amfw_monitor_overruns_total", "counter",
		     "How often events did not fit, and all was read again.",
		     (double)metrics->overruns);
	print_number(out, "amfw_monitor_events_missed_total", "counter",
		     "Events that did not fit.", (double)metrics->missed);
	print_number(out, "amfw_monitor_written_timestamp_seconds", "gauge",
		     "When this was written.", metrics->written);
}

static int write_and_close(const struct metrics *metrics, FILE *file)
{
	bool bad;

	fchmod(fileno(file), 0644);
	metrics_print(metrics, file);
	bad = ferror(file);
	return fclose(file) || bad ? -EIO : 0;
}

/**
 * metrics_save() - replace the file
 * @metrics: the metrics
 * @path: of the file; for a moment there is another beside it, which is no .prom file
 *
 * Return: 0 or a negative errno.
 */
int metrics_save(const struct metrics *metrics, const char *path)
{
	char *temporary = NULL;
	FILE *file = NULL;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd >= 0)
		file = fdopen(fd, "w");
	err = file ? write_and_close(metrics, file) : -errno;
	if (!err && rename(temporary, path))
		err = -errno;
	if (err && fd >= 0)
		unlink(temporary);
	free(temporary);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What came of a run of "amref load", for people and for programs.
 */
#include <string.h>
#include <sys/resource.h>

#include "load.h"

/* The most memory that this process had, in bytes. */
static double memory(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_maxrss * 1024.0;
}

static double each_second(uint64_t count, uint64_t nanoseconds)
{
	return nanoseconds ? count * 1e9 / nanoseconds : 0;
}

/* --- for people ------------------------------------------------------------- */

/* Numbers stand below each other; words follow them. */
static void count(FILE *out, const char *name, unsigned long long value, const char *what)
{
	fprintf(out, "%-10s%10llu %s", name, value, what);
}

static void also(FILE *out, unsigned long long value, const char *what)
{
	fprintf(out, ", %llu %s", value, what);
}

static void print_latency(FILE *out, const char *name, const struct load_latency *latency)
{
	static const double share[] = { 0.5, 0.9, 0.99, 0.999 };
	size_t i;

	fprintf(out, "  %-9s", name);
	for (i = 0; i < sizeof(share) / sizeof(*share); i++)
		fprintf(out, " %10.3f", load_latency_at(latency, share[i]) / 1e6);
	fprintf(out, " %10.3f\n", latency->most / 1e6);
}

static void print_losses(const struct load_report *report, FILE *out)
{
	int i;

	for (i = 0; i < LOAD_LOSSES; i++) {
		if (!report->lost_because[i])
			continue;
		count(out, "", report->lost_because[i], load_loss_text(i));
		if (i == LOAD_NO_SOCKET && report->socket_error)
			fprintf(out, " (%s)", strerror(report->socket_error));
		fputc('\n', out);
	}
}

static void print_latencies(const struct load_report *report, FILE *out)
{
	fprintf(out, "latency, ms       p50        p90        p99      p99.9        max\n");
	print_latency(out, "ACK", &report->ack);
	print_latency(out, "REP", &report->reply);
	print_latency(out, "streams", &report->connect);
	print_latency(out, "session", &report->session);
}

static void print_initiators(const struct load_report *report, FILE *out)
{
	count(out, "offered", report->offered, "sessions");
	fprintf(out, " in %.3f s: %.0f/s\n", report->offering / 1e9,
		each_second(report->offered, report->offering));
	count(out, "opened", report->opened, "sessions\n");
	count(out, "connected", report->connected, "sessions");
	also(out, report->streams, "streams");
	fprintf(out, ", %.0f MB/s\n", each_second(report->bytes, report->nanoseconds) / 1e6);
	count(out, "lost", report->lost, "sessions\n");
	print_losses(report, out);
	count(out, "together", report->together, "sessions stood at the same time");
	also(out, report->underway, "were under way\n");
	if (report->ack.count || report->reply.count)
		print_latencies(report, out);
}

static void print_targets(const struct load_report *report, FILE *out)
{
	count(out, "targets", report->requests, "sessions");
	also(out, report->no_port, "refused for want of a port\n");
	count(out, "", report->not_accepted, "streams that nobody connected");
	also(out, report->strange, "strange packets\n");
}

/**
 * load_print_text() - the report for people
 * @options: of the run
 * @report: of the run
 * @out: where to
 */
void load_print_text(const struct load_options *options, const struct load_report *report,
		     FILE *out)
{
	if (options->initiators)
		print_initiators(report, out);
	if (options->targets)
		print_targets(report, out);
	count(out, "packets", report->sent, "sent");
	also(out, report->repeated, "repeated\n");
	count(out, "on purpose", report->dropped, "dropped");
	also(out, report->duplicated, "duplicated");
	also(out, report->reordered, "late\n");
	fprintf(out, "memory    %10.1f MB\n", memory() / 1e6);
}

/* --- for programs ----------------------------------------------------------- */

/* Fields of one object; @comma is empty before the first. */
struct json {
	FILE *out;
	const char *comma;
};

static void json_number(struct json *json, const char *name, unsigned long long value)
{
	fprintf(json->out, "%s\"%s\": %llu", json->comma, name, value);
	json->comma = ", ";
}

static void json_seconds(struct json *json, const char *name, uint64_t nanoseconds)
{
	fprintf(json->out, "%s\"%s\": %.9f", json->comma, name, nanoseconds / 1e9);
	json->comma = ", ";
}

static void json_open(struct json *json, const char *name)
{
	fprintf(json->out, "%s\n\"%s\": {", *json->comma ? "," : "", name);
	json->comma = "";
}

static void json_close(struct json *json)
{
	fputc('}', json->out);
	json->comma = ", ";
}

static void json_latency(struct json *json, const char *name, const struct load_latency *latency)
{
	json_open(json, name);
	json_number(json, "count", latency->count);
	json_seconds(json, "p50", load_latency_at(latency, 0.5));
	json_seconds(json, "p90", load_latency_at(latency, 0.9));
	json_seconds(json, "p99", load_latency_at(latency, 0.99));
	json_seconds(json, "p999", load_latency_at(latency, 0.999));
	json_seconds(json, "max", latency->most);
	json_close(json);
}

static void json_sessions(struct json *json, const struct load_report *report)
{
	json_number(json, "offered", report->offered);
	json_number(json, "opened", report->opened);
	json_number(json, "connected", report->connected);
	json_number(json, "lost", report->lost);
	json_number(json, "streams", report->streams);
	json_number(json, "bytes", report->bytes);
	json_number(json, "together", report->together);
	json_number(json, "underway", report->underway);
	json_seconds(json, "offering", report->offering);
	json_seconds(json, "seconds", report->nanoseconds);
}

static void json_losses(struct json *json, const struct load_report *report)
{
	int i;

	json_open(json, "losses");
	for (i = 0; i < LOAD_LOSSES; i++)
		if (report->lost_because[i])
			json_number(json, load_loss_text(i), report->lost_because[i]);
	json_close(json);
}

static void json_packets(struct json *json, const struct load_report *report)
{
	json_open(json, "packets");
	json_number(json, "sent", report->sent);
	json_number(json, "repeated", report->repeated);
	json_number(json, "dropped", report->dropped);
	json_number(json, "duplicated", report->duplicated);
	json_number(json, "late", report->reordered);
	json_close(json);
}

static void json_targets(struct json *json, const struct load_report *report)
{
	json_open(json, "targets");
	json_number(json, "sessions", report->requests);
	json_number(json, "no_port", report->no_port);
	json_number(json, "not_accepted", report->not_accepted);
	json_number(json, "strange", report->strange);
	json_close(json);
}

/**
 * load_print_json() - the report for programs: times in seconds, memory in bytes
 * @options: of the run
 * @report: of the run
 * @out: where to
 */
void load_print_json(const struct load_options *options, const struct load_report *report,
		     FILE *out)
{
	struct json json = { out, "" };

	fputc('{', out);
	json_number(&json, "version", 1);
	json_number(&json, "seed", options->seed);
	json_number(&json, "clients", options->clients);
	json_number(&json, "streams_each", options->streams);
	json_sessions(&json, report);
	json_number(&json, "memory", memory());
	json_losses(&json, report);
	json_packets(&json, report);
	json_targets(&json, report);
	json_open(&json, "latency");
	json_latency(&json, "ack", &report->ack);
	json_latency(&json, "rep", &report->reply);
	json_latency(&json, "streams", &report->connect);
	json_latency(&json, "session", &report->session);
	json_close(&json);
	fputs("}\n", out);
}

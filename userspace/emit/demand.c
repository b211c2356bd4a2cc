// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the flows of one machine demand of its kernel, beside rules.
 */
#include "emit/demand.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PORTS		65536
#define GAPS_MAX	(AMANDA_RANGES_MAX - 1)

/* A gap between two ranges: the ports from @low to @high are in none. */
struct gap {
	unsigned int low;
	unsigned int high;
};

static bool concerns(const struct plan *plan, const struct flow *flow)
{
	return flow->initiator != flow->responder && flow_touches(flow, plan->host);
}

/* The driver runs as many dumpers for a client; whatever else there is runs once. */
static unsigned long times(const struct flow *flow)
{
	unsigned int dumps = flow->responder->settings.maxdumps;

	return !strcmp(flow->operation->name, "dumper") && dumps ? dumps : 1;
}

static bool by_helper(const struct plan *plan, const struct flow *flow)
{
	return flow->tag && flow->auth->helper && plan->options.helper;
}

static void note_hops(const struct plan *plan, const struct flow *flow, struct demand *demand)
{
	size_t i;

	for (i = 0; i < flow->hop_count; i++) {
		const struct hop *hop = &flow->hops[i];

		if (hop->gateway != plan->host)
			continue;
		if (hop->in.destination.family == AF_INET)
			demand->forwards4 = true;
		else
			demand->forwards6 = true;
		if (!address_equal(&hop->in.source, &hop->out.source) ||
		    !address_equal(&hop->in.destination, &hop->out.destination))
			demand->translates = true;
	}
}

/* A single disk may be estimated for longer than amandad waits for most. */
static void note_seconds(const struct flow *flow, struct demand *demand)
{
	unsigned int seconds = flow->responder->settings.etimeout;

	if (flow->auth->helper && seconds > demand->seconds)
		demand->seconds = seconds;
}

/* @steps holds, for each port, how many ranges begin there less those that ended before. */
static void note_ports(const struct flow *flow, int *steps)
{
	steps[flow->received.dport.low]++;
	steps[flow->received.dport.high + 1]--;
}

static unsigned int gap_size(const struct gap *gap)
{
	return gap->high - gap->low;
}

/* Only the widest gaps stay: each that is dropped widens what may be opened. */
static void gap_keep(struct gap gaps[GAPS_MAX], size_t *count, const struct gap *gap,
		     bool *dropped)
{
	size_t i, least = 0;

	if (*count < GAPS_MAX) {
		gaps[(*count)++] = *gap;
		return;
	}
	*dropped = true;
	for (i = 1; i < GAPS_MAX; i++)
		if (gap_size(&gaps[i]) < gap_size(&gaps[least]))
			least = i;
	if (gap_size(gap) <= gap_size(&gaps[least]))
		return;
	memmove(&gaps[least], &gaps[least + 1], (GAPS_MAX - 1 - least) * sizeof(*gaps));
	gaps[GAPS_MAX - 1] = *gap;
}

/* Ranges that meet or touch are one. */
static void settle_ports(const int *steps, struct demand *demand)
{
	unsigned int port, first = 0, last = 0, i;
	struct gap gaps[GAPS_MAX], gap;
	size_t count = 0;
	int depth = 0;

	for (port = 1; port < PORTS; port++) {
		depth += steps[port];
		if (depth <= 0)
			continue;
		if (!first)
			first = port;
		gap = (struct gap) { last + 1, port - 1 };
		if (last && gap.low <= gap.high)
			gap_keep(gaps, &count, &gap, &demand->widened);
		last = port;
	}
	if (!first)
		return;
	for (i = 0; i <= count; i++) {
		demand->ports.range[i].low = (__u16)(i ? gaps[i - 1].high + 1 : first);
		demand->ports.range[i].high = (__u16)(i < count ? gaps[i].low - 1 : last);
	}
	demand->ports.count = (unsigned int)count + 1;
}

/**
 * demand_of() - what the flows of a machine demand of its kernel
 * @plan: the machine's plan
 * @demand: to fill
 *
 * Return: 0, or -ENOMEM.
 */
int demand_of(const struct plan *plan, struct demand *demand)
{
	int *steps = calloc(PORTS + 1, sizeof(*steps));
	size_t i;

	memset(demand, 0, sizeof(*demand));
	if (!steps)
		return -ENOMEM;
	demand->seconds = AMANDA_REPLY_SECONDS;
	for (i = 0; i < plan->flows->count; i++) {
		const struct flow *flow = &plan->flows->flow[i];

		if (!concerns(plan, flow))
			continue;
		note_hops(plan, flow, demand);
		note_seconds(flow, demand);
		demand->connections += times(flow);
		if (!by_helper(plan, flow))
			continue;
		demand->streams += times(flow);
		note_ports(flow, steps);
	}
	settle_ports(steps, demand);
	free(steps);
	return 0;
}

/**
 * demand_helper() - does the machine need the helper?
 * @plan: the machine's plan
 *
 * Return: true where a rule attaches it.
 */
bool demand_helper(const struct plan *plan)
{
	return plan_has(plan, PLACE_COUNT, ACT_HELPER);
}

/**
 * demand_round() - a figure that one more client does not change
 * @wanted: what is needed
 * @least: what there is to be anyhow, a power of two
 *
 * Return: the next power of two.
 */
unsigned long demand_round(unsigned long wanted, unsigned long least)
{
	while (least < wanted && least < 1ul << 30)
		least *= 2;
	return least;
}

/**
 * demand_ports_print() - ranges as the module's parameter ports= has them
 * @ports: the ranges
 * @out: where to
 */
void demand_ports_print(const struct amanda_ports *ports, FILE *out)
{
	unsigned int i;

	for (i = 0; i < ports->count; i++) {
		char text[12];

		range_print((struct range) { ports->range[i].low, ports->range[i].high }, text);
		fprintf(out, "%s%s", i ? "," : "", text);
	}
}

/**
 * title_put() - the first lines of a file with "#" comments
 * @out: where to
 * @plan: of which machine
 * @what: what the file is about
 * @format: as --format names it
 */
void title_put(FILE *out, const struct plan *plan, const char *what, const char *format)
{
	char host[COMMENT_MAX];

	host_comment(plan->host, host);
	fprintf(out, "# %s at %s.\n# Written by amfwctl generate --format %s%s.\n", what, host,
		format, plan->options.helper ? "" : " --no-helper");
}

/**
 * name_put() - a host's name where some language reads it
 * @out: where to
 * @name: the name
 *
 * The reader of site files lets nothing into a name that this replaces; a plan
 * that came from elsewhere may have anything.
 */
void name_put(FILE *out, const char *name)
{
	for (; *name; name++) {
		bool plain = isascii(*name) && (isalnum((unsigned char)*name) ||
						strchr("._-", *name));

		fputc(plain ? *name : '_', out);
	}
}

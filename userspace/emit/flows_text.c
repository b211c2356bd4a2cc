// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site for people: machine by machine, what has to be open.
 */
#include <string.h>

#include "emit/emit.h"

static const char *direction(const struct rule *rule)
{
	switch (rule->place) {
	case PLACE_INPUT:
		return "in";
	case PLACE_OUTPUT:
		return "out";
	case PLACE_FORWARD:
		return "through";
	case PLACE_DSTNAT:
		return "forward";
	case PLACE_SRCNAT:
		return "masquerade";
	default:
		return NULL;
	}
}

static void put_end(FILE *out, const struct address *address, struct range range, int width)
{
	char text[INET6_ADDRSTRLEN], ports[12];

	address_print(address, text);
	range_print(range, ports);
	fprintf(out, "%-*s %-11s  ", width, text, ports);
}

static void put_state(FILE *out, const struct rule *rule)
{
	char text[INET6_ADDRSTRLEN];

	if (rule->action == ACT_TRANSLATE) {
		address_print(&rule->to, text);
		fprintf(out, "%s %s", rule->place == PLACE_DSTNAT ? "to" : "as", text);
	} else {
		fputs(rule->by_helper ? "by helper" : "new", out);
	}
}

static void put_pair(FILE *out, const struct rule *rule, const struct pair *pair, int width)
{
	struct tuple match = rule_match(rule, pair);
	char needs[COMMENT_MAX];

	rule_needs(rule, needs);
	fprintf(out, "  %-10s  %s  ", direction(rule),
		rule->protocol == IPPROTO_UDP ? "udp" : "tcp");
	put_end(out, &match.source, match.sport, width);
	fputs("-> ", out);
	put_end(out, &match.destination, match.dport, width);
	put_state(out, rule);
	fprintf(out, "  (%s to %s: %s)\n", pair->initiator->name, pair->responder->name, needs);
}

static void put_rule(FILE *out, const struct plan *plan, const struct rule *rule, int width)
{
	const struct pair_set *set = rule_pairs(plan, rule);
	size_t i;

	for (i = 0; i < set->count; i++)
		put_pair(out, rule, &set->pairs[i], width);
}

static bool is_shown(const struct rule *rule)
{
	return direction(rule) && (rule->action == ACT_ACCEPT || rule->action == ACT_TRANSLATE);
}

static int wider(const struct address *address, int width)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static int widest(const struct plan *plan)
{
	const struct pair_set *set;
	size_t i, j;
	int width = 0;

	for (i = 0; i < plan->count; i++) {
		if (!is_shown(&plan->rules[i]))
			continue;
		set = rule_pairs(plan, &plan->rules[i]);
		for (j = 0; j < set->count; j++) {
			width = wider(&set->pairs[j].source, width);
			width = wider(&set->pairs[j].destination, width);
		}
	}
	return width;
}

static void put_host_head(FILE *out, const struct host *host)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	fprintf(out, "%s,%s%s%s:", host->name, host->roles & ROLE_GATEWAY ? " gateway" : "",
		host->roles & ROLE_SERVER ? " server" : "",
		host->roles & ROLE_CLIENT ? " client" : "");
	for (i = 0; i < host->address_count; i++) {
		address_print(&host->address[i], text);
		fprintf(out, " %s", text);
	}
	fputs("\n", out);
}

static int put_host(const struct flows *flows, const struct site *site,
		    const struct host *host, FILE *out)
{
	static const struct plan_options options = { .helper = "amanda", .policy = POLICY_DROP };
	struct plan plan;
	size_t i;
	int err = plan_make(&plan, site, flows, host, &options, stderr), width;

	if (!err) {
		put_host_head(out, host);
		width = widest(&plan);
		for (i = 0; i < plan.count; i++)
			if (is_shown(&plan.rules[i]))
				put_rule(out, &plan, &plan.rules[i], width);
	}
	plan_free(&plan);
	return err;
}

/**
 * flows_text_write() - show flows to people
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0, or a negative errno.
 */
int flows_text_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out)
{
	size_t i;
	int err = 0;

	if (host)
		return put_host(flows, site, host, out);
	for (i = 0; i < site->host_count && !err; i++) {
		if (i)
			fputs("\n", out);
		err = put_host(flows, site, &site->hosts[i], out);
	}
	return err;
}

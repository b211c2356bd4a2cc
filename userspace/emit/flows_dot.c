// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site as a picture, for Graphviz.
 *
 * Host names hold nothing that needs quoting: see name_is_plain() of
 * flow/site_parse.c.
 */
#include "emit/emit.h"

static void put_node(FILE *out, const struct host *host)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	fprintf(out, "\t\"%s\" [shape=%s, label=\"%s\\n%s%s%s", host->name,
		host->roles & ROLE_GATEWAY ? "diamond" : "box", host->name,
		host->roles & ROLE_GATEWAY ? " gateway" : "",
		host->roles & ROLE_SERVER ? " server" : "",
		host->roles & ROLE_CLIENT ? " client" : "");
	for (i = 0; i < host->address_count; i++) {
		address_print(&host->address[i], text);
		fprintf(out, "\\n%s", text);
	}
	fputs("\"];\n", out);
}

static void put_edge(FILE *out, const struct rule *rule, const struct pair *pair)
{
	char sport[12], dport[12], needs[COMMENT_MAX];

	range_print(rule->sport, sport);
	range_print(rule->dport, dport);
	rule_needs(rule, needs);
	fprintf(out, "\t\"%s\" -> \"%s\" [label=\"%s %s to %s\\n%s\"%s];\n",
		pair->initiator->name, pair->responder->name,
		rule->protocol == IPPROTO_UDP ? "udp" : "tcp", sport, dport, needs,
		rule->by_helper ? ", style=dashed" : "");
}

static void put_rule(FILE *out, const struct pair_set *set, const struct rule *rule,
		     const struct host *host)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (!host || host == set->pairs[i].initiator || host == set->pairs[i].responder ||
		    host->roles & ROLE_GATEWAY)
			put_edge(out, rule, &set->pairs[i]);
}

/* Each flow is drawn once: where it is received. */
static int put_edges(const struct flows *flows, const struct site *site,
		     const struct host *responder,
		     const struct host *host, FILE *out)
{
	static const struct plan_options options = { .helper = "amanda", .policy = POLICY_DROP };
	struct plan plan;
	size_t i;
	int err = plan_make(&plan, site, flows, responder, &options, stderr);

	for (i = 0; i < plan.count && !err; i++) {
		const struct rule *rule = &plan.rules[i];

		if (rule->place == PLACE_INPUT && rule->action == ACT_ACCEPT)
			put_rule(out, rule_pairs(&plan, rule), rule, host);
	}
	plan_free(&plan);
	return err;
}

static bool passes(const struct flows *flows, const struct host *gateway,
		   const struct host *end)
{
	size_t i, j;

	for (i = 0; i < flows->count; i++) {
		const struct flow *flow = &flows->flow[i];

		if (flow->initiator != end && flow->responder != end)
			continue;
		for (j = 0; j < flow->hop_count; j++)
			if (flow->hops[j].gateway == gateway)
				return true;
	}
	return false;
}

/* A thin line: this machine's flows pass at that gateway. */
static void put_passage(FILE *out, const struct flows *flows, const struct site *site,
			const struct host *gateway)
{
	size_t i;

	for (i = 0; i < site->host_count; i++)
		if (passes(flows, gateway, &site->hosts[i]))
			fprintf(out, "\t\"%s\" -> \"%s\" [dir=none, color=gray];\n",
				site->hosts[i].name, gateway->name);
}

/**
 * flows_dot_write() - draw flows
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0, or a negative errno.
 */
int flows_dot_write(const struct flows *flows, const struct site *site,
		    const struct host *host, FILE *out)
{
	size_t i;
	int err = 0;

	fputs("digraph site {\n\trankdir=LR;\n", out);
	for (i = 0; i < site->host_count; i++)
		put_node(out, &site->hosts[i]);
	for (i = 0; i < site->host_count && !err; i++) {
		if (site->hosts[i].roles & ROLE_GATEWAY)
			put_passage(out, flows, site, &site->hosts[i]);
		err = put_edges(flows, site, &site->hosts[i], host, out);
	}
	fputs("}\n", out);
	return err;
}

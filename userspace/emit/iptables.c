// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan for iptables-restore and ip6tables-restore, of either kind: legacy or
 * on top of nf_tables.
 *
 * What these cannot say: how long conntrack keeps a flow is a policy that
 * nfct(8) makes and that rules can only name, so the rules that would need one
 * are written as comments; and forwards to many machines are one rule each,
 * which only the first packet of a flow meets.
 */
#include <errno.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/xtables.h"

/* Chains beside those of an administrator; 28 characters are the most. */
static const char *const own_chains[PLACE_COUNT] = {
	[PLACE_TRACK_IN] = "AMFW-TRACK-IN",
	[PLACE_TRACK_OUT] = "AMFW-TRACK-OUT",
	[PLACE_DSTNAT] = "AMFW-DSTNAT",
	[PLACE_INPUT] = "AMFW-INPUT",
	[PLACE_FORWARD] = "AMFW-FORWARD",
	[PLACE_OUTPUT] = "AMFW-OUTPUT",
	[PLACE_SRCNAT] = "AMFW-SRCNAT",
};

static bool filters(enum place place)
{
	return place == PLACE_INPUT || place == PLACE_FORWARD || place == PLACE_OUTPUT;
}

static bool of_table(enum place place, const char *table)
{
	return !strcmp(xtables_table_of[place], table);
}

/* The policies are there whether a family has flows or not. */
static bool needs_table(const struct xtables *xt, const char *table)
{
	enum place place;

	if (xt->plan->options.style == STYLE_OWN && !strcmp(table, "filter"))
		return true;
	for (place = 0; place < PLACE_COUNT; place++)
		if (of_table(place, table) && plan_uses(xt->plan, place) &&
		    xtables_has(xt->plan, xt->family, place, ACT_COUNT))
			return true;
	return false;
}

/* A chain of iptables' own has a policy; loading what has none empties it. */
static bool needs_chain(const struct xtables *xt, enum place place)
{
	return xt->plan->options.style == STYLE_OWN ||
	       xtables_has(xt->plan, xt->family, place, ACT_COUNT);
}

static void put_chains(const struct xtables *xt, const char *table)
{
	bool own = xt->plan->options.style == STYLE_OWN;
	enum place place;

	for (place = 0; place < PLACE_COUNT; place++)
		if (of_table(place, table) && needs_chain(xt, place))
			fprintf(xt->out, ":%s %s [0:0]\n", xt->chains[place],
				!own ? "-" : plan_drops(xt->plan, place) ? "DROP" : "ACCEPT");
}

static int put_table(const struct xtables *xt, const char *table)
{
	enum place place;
	int err = 0;

	fprintf(xt->out, "\n*%s\n", table);
	put_chains(xt, table);
	for (place = 0; place < PLACE_COUNT && !err; place++) {
		if (!of_table(place, table) || !plan_uses(xt->plan, place))
			continue;
		if (filters(place))
			xtables_common(xt, place);
		err = xtables_rules(xt, place);
	}
	fputs("COMMIT\n", xt->out);
	return err;
}

static const char *tool(const struct xtables *xt)
{
	return xt->family == AF_INET ? "iptables" : "ip6tables";
}

static bool has_sets(const struct xtables *xt)
{
	size_t i;

	for (i = 0; i < xt->plan->count; i++)
		if (rule_pairs(xt->plan, &xt->plan->rules[i])->count > 1 &&
		    plan_uses(xt->plan, xt->plan->rules[i].place) &&
		    xtables_applies(&xt->plan->rules[i], xt->family))
			return true;
	return false;
}

static void put_title(const struct xtables *xt)
{
	const struct plan_options *options = &xt->plan->options;
	char host[COMMENT_MAX];

	host_comment(xt->plan->host, host);
	fprintf(xt->out, "# Amanda's flows at %s.\n# Written by amfwctl generate --format %s%s%s%s.\n",
		host, tool(xt), options->style == STYLE_INCLUDE ? " --style include" : "",
		options->sets ? " --sets" : "", options->helper ? "" : " --no-helper");
	if (options->sets && has_sets(xt))
		fputs("# The sets come first: ipset restore <amfw.ipset (--format ipset).\n", xt->out);
}

static void put_own_use(const struct xtables *xt)
{
	const char *before = "";
	size_t i;

	fprintf(xt->out, "# Load this with: %s-restore <amfw.%s\n# It replaces all that was in ",
		tool(xt), tool(xt));
	for (i = 0; i < xtables_table_count; i++)
		if (needs_table(xt, xtables_tables[i])) {
			fprintf(xt->out, "%s%s", before, xtables_tables[i]);
			before = ", ";
		}
	fputs(".  Beside rules that shall stay, use --style include.\n", xt->out);
	if (!plan_drops(xt->plan, PLACE_INPUT))
		fputs("# What else starts or ends at this machine is let through.\n", xt->out);
}

/* A jump that is there twice would only cost time, so -C asks first. */
static void put_jumps(const struct xtables *xt)
{
	enum place place;

	for (place = 0; place < PLACE_COUNT; place++)
		if (xtables_has(xt->plan, xt->family, place, ACT_COUNT))
			fprintf(xt->out,
				"#\t%s -t %s -C %s -j %s 2>/dev/null || %s -t %s -I %s -j %s\n",
				tool(xt), xtables_table_of[place], xtables_builtin[place],
				xt->chains[place], tool(xt), xtables_table_of[place],
				xtables_builtin[place], xt->chains[place]);
}

static void put_include_use(const struct xtables *xt)
{
	fprintf(xt->out,
		"# Chains beside those that are there.  Load this with:\n"
		"#\t%s-restore --noflush <amfw.%s\n"
		"# and once, and wherever the chains are jumped from is made anew:\n",
		tool(xt), tool(xt));
	put_jumps(xt);
	fputs("# Loading this again replaces these chains and touches no others.\n", xt->out);
}

/*
 * conntrack keeps a UDP flow for 30 s, or for 120 s once it has seen a few
 * packets of both sides; amandad may take hours to answer a request.
 */
static void put_patience(const struct xtables *xt)
{
	const char *name = XTABLES_TIMEOUT(xt->family);

	if (!xtables_has(xt->plan, xt->family, PLACE_COUNT, ACT_TIMEOUT))
		return;
	fprintf(xt->out,
		"# Without the helper conntrack forgets a request before a long estimate answers\n"
		"# it.  Either let the machine keep all UDP flows that long (--format sysctl), or\n"
		"# only these: load nfnetlink_cttimeout, say\n"
		"#\tnfct timeout get %s >/dev/null 2>&1 ||\n"
		"#\t\tnfct timeout add %s %s udp unreplied %u replied %u\n"
		"# and take the # from the lines that name it below.\n",
		name, name, xt->family == AF_INET ? "inet" : "inet6", AMANDA_REPLY_SECONDS,
		AMANDA_REPLY_SECONDS);
}

static void put_head(const struct xtables *xt)
{
	bool any = xtables_has(xt->plan, xt->family, PLACE_COUNT, ACT_COUNT);

	put_title(xt);
	if (!any)
		fprintf(xt->out, "# No flow of Amanda meets a rule here in %s.\n",
			xt->family == AF_INET ? "IPv4" : "IPv6");
	if (xt->plan->options.style == STYLE_OWN)
		put_own_use(xt);
	else if (any)
		put_include_use(xt);
	put_patience(xt);
}

static int write_family(const struct plan *plan, struct output *output, sa_family_t family)
{
	bool own = plan->options.style == STYLE_OWN;
	struct xtables xt = {
		.plan = plan,
		.family = family,
		.chains = own ? xtables_builtin : own_chains,
		.sets = plan->options.sets,
	};
	size_t i;
	int err = 0;

	xt.out = output_file(output, family == AF_INET ? "amfw.iptables" : "amfw.ip6tables", 0644);
	if (!xt.out)
		return -ENOMEM;
	put_head(&xt);
	for (i = 0; i < xtables_table_count && !err; i++)
		if (needs_table(&xt, xtables_tables[i]))
			err = put_table(&xt, xtables_tables[i]);
	return err ? err : output_end(output);
}

/**
 * iptables_write() - write a plan's IPv4 rules for iptables-restore
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int iptables_write(const struct plan *plan, struct output *output, FILE *errors)
{
	(void)errors;
	return write_family(plan, output, AF_INET);
}

/**
 * ip6tables_write() - write a plan's IPv6 rules for ip6tables-restore
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int ip6tables_write(const struct plan *plan, struct output *output, FILE *errors)
{
	(void)errors;
	return write_family(plan, output, AF_INET6);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /etc/sysconfig: the configuration of Red Hat's iptables service, and the
 * variables of SuSEfirewall2.
 *
 * Red Hat: the script of the package iptables-services (RHEL 7 and later,
 * Fedora; part of iptables before) reads iptables-config and ip6tables-config,
 * and loads rules from the files iptables and ip6tables beside them.
 *
 * SUSE: SuSEfirewall2 came with SLE up to 12 and openSUSE up to Leap 42.3; later
 * ones have firewalld.  What its variables cannot say: source ports of what is
 * forwarded, which helper expected what is RELATED, and translation that keeps
 * ports in their range.  Its own way to attach a helper (configure_ct_helper())
 * does so for what starts on the machine alone, so a hook does it here.
 */
#include <errno.h>
#include <string.h>

#include "emit/demand.h"
#include "emit/emit.h"

#define MODULES	"nf_conntrack_amanda nf_nat_amanda"
#define HOOK	"/etc/sysconfig/scripts/SuSEfirewall2-amfw"

/* --- Red Hat --- */

static int put_red_hat(const struct plan *plan, struct output *output, const char *program)
{
	const char *upper = !strcmp(program, "iptables") ? "IPTABLES" : "IP6TABLES";
	char path[48];
	FILE *out;

	snprintf(path, sizeof(path), "etc/sysconfig/%s-config", program);
	out = output_file(output, path, 0600);
	if (!out)
		return -ENOMEM;
	title_put(out, plan, "Amanda's modules", "sysconfig");
	fprintf(out, "# Red Hat's service %s reads this; the rules come from \"--format %s\",\n"
		"# as /etc/sysconfig/%s.  Settings that are not here keep their defaults.\n\n",
		program, program, program);
	if (demand_helper(plan))
		fprintf(out, "# The helper, and its half that rewrites what it announces.\n"
			"%s_MODULES=\"" MODULES "\"\n\n", upper);
	fprintf(out, "# Unloading modules forgets every connection (RHEL 7 and before).\n"
		"%s_MODULES_UNLOAD=\"no\"\n\n"
		"# The rules are written by amfwctl, with its comments: they shall not be replaced\n"
		"# by what the kernel lists.\n"
		"%s_SAVE_ON_STOP=\"no\"\n%s_SAVE_ON_RESTART=\"no\"\n\n"
		"# Settings of connection tracking (\"--format sysctl\") exist once it is loaded.\n"
		"%s_SYSCTL_LOAD_LIST=\".nf_conntrack\"\n", upper, upper, upper, upper);
	return 0;
}

/* --- SUSE --- */

static void put_ports(FILE *out, struct range range)
{
	if (range.high)
		fprintf(out, range.low == range.high ? "%u" : "%u:%u", range.low, range.high);
}

static const char *protocol_name(const struct rule *rule)
{
	return rule->protocol == IPPROTO_UDP ? "udp" : "tcp";
}

/* "net,protocol,dport,sport", and for what is RELATED "net,protocol,sport,dport" */
static void put_service(FILE *out, const struct rule *rule, const struct pair *pair)
{
	struct tuple match = rule_match(rule, pair);
	char source[INET6_ADDRSTRLEN];

	address_print(&match.source, source);
	fprintf(out, "\n\t%s,%s,", source, protocol_name(rule));
	put_ports(out, rule->by_helper ? match.sport : match.dport);
	fputc(',', out);
	put_ports(out, rule->by_helper ? match.dport : match.sport);
}

/* "source,destination,protocol,dport" */
static void put_forward(FILE *out, const struct rule *rule, const struct pair *pair)
{
	struct tuple match = rule_match(rule, pair);
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	address_print(&match.source, source);
	address_print(&match.destination, destination);
	fprintf(out, "\n\t%s,%s,%s,", source, destination, protocol_name(rule));
	put_ports(out, match.dport);
}

/* A variable holds words; those of one rule are assigned at once, since it grows. */
static void put_rule(FILE *out, const struct plan *plan, const struct rule *rule,
		     const char *variable)
{
	const struct pair_set *set = rule_pairs(plan, rule);
	char comment[COMMENT_MAX];
	size_t i;

	rule_comment(plan, rule, NULL, comment);
	fprintf(out, "# %s\n%s=\"$%s", comment, variable, variable);
	for (i = 0; i < set->count; i++) {
		if (rule->place == PLACE_FORWARD)
			put_forward(out, rule, &set->pairs[i]);
		else
			put_service(out, rule, &set->pairs[i]);
	}
	fputs("\"\n", out);
}

static size_t put_accepts(FILE *out, const struct plan *plan, enum place place, bool by_helper,
			  const char *variable)
{
	const struct rule *rule;
	size_t count = 0;

	for (rule = plan_next(plan, place, NULL); rule; rule = plan_next(plan, place, rule)) {
		if (rule->action != ACT_ACCEPT || rule->by_helper != by_helper)
			continue;
		if (!count++)
			fprintf(out, "\n%s=\n", variable);
		put_rule(out, plan, rule, variable);
	}
	return count;
}

static void put_zones(FILE *out, const char *suse, const char *variable)
{
	static const char *const zones[] = { "EXT", "INT", "DMZ" };
	size_t i;

	for (i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		fprintf(out, "%s_%s=\"$%s_%s $%s\"\n", suse, zones[i], suse, zones[i], variable);
}

static void put_forwards(FILE *out, const struct plan *plan)
{
	if (!plan_has(plan, PLACE_FORWARD, ACT_ACCEPT))
		return;
	fputs("\n# Source ports cannot be said here.\nFW_ROUTE=\"yes\"", out);
	if (put_accepts(out, plan, PLACE_FORWARD, false, "AMFW_FORWARD"))
		fputs("FW_FORWARD=\"$FW_FORWARD $AMFW_FORWARD\"\n", out);
	if (plan_has(plan, PLACE_DSTNAT, ACT_TRANSLATE) ||
	    plan_has(plan, PLACE_SRCNAT, ACT_TRANSLATE))
		fputs("\n# This gateway translates addresses.  SuSEfirewall2's masquerading moves reserved\n"
		      "# ports out of their range, which Amanda refuses: take \"--format iptables\".\n", out);
}

static void put_variables(FILE *out, const struct plan *plan)
{
	title_put(out, plan, "Amanda's flows", "sysconfig");
	fputs("# To be appended to /etc/sysconfig/SuSEfirewall2 (SLE up to 12, openSUSE up to Leap\n"
	      "# 42.3; later ones have firewalld).  The zone of an interface is not known here: each\n"
	      "# has the words, and only Amanda's addresses are in them.\n", out);
	if (demand_helper(plan))
		fputs("\nFW_LOAD_MODULES=\"$FW_LOAD_MODULES " MODULES "\"\n"
		      "# Attaches the helper; one that you have already: join the two.\n"
		      "FW_CUSTOMRULES=\"" HOOK "\"\n", out);
	if (put_accepts(out, plan, PLACE_INPUT, false, "AMFW_ACCEPT"))
		put_zones(out, "FW_SERVICES_ACCEPT", "AMFW_ACCEPT");
	if (put_accepts(out, plan, PLACE_INPUT, true, "AMFW_RELATED"))
		put_zones(out, "FW_SERVICES_ACCEPT_RELATED", "AMFW_RELATED");
	put_forwards(out, plan);
}

/* SuSEfirewall2 takes the words iptables and ip6tables for its own, and loads all at once. */
static void put_line(FILE *out, const struct plan *plan, const struct rule *rule,
		     const struct pair *pair)
{
	struct tuple match = rule_match(rule, pair);
	const char *v6 = match.destination.family == AF_INET6 ? "6" : "";
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	address_print(&match.source, source);
	address_print(&match.destination, destination);
	fputs("\t", out);
	if (rule->action == ACT_HELPER)
		fprintf(out, "ip%stables -t raw -A %s", v6,
			rule->place == PLACE_TRACK_IN ? "PREROUTING" : "OUTPUT");
	else
		fprintf(out, "\tip%stables -A $chain", v6);
	if (*source)
		fprintf(out, " -s %s", source);
	fprintf(out, " -d %s -p %s --sport ", destination, protocol_name(rule));
	put_ports(out, match.sport);
	fputs(" --dport ", out);
	put_ports(out, match.dport);
	if (rule->action == ACT_HELPER)
		fprintf(out, " -j CT --helper %s\n", plan->options.helper);
	else
		fprintf(out, " -m conntrack --ctstate RELATED,ESTABLISHED -m helper --helper %s -j ACCEPT\n",
			plan->options.helper);
}

static void put_lines(FILE *out, const struct plan *plan, const struct rule *rule)
{
	const struct pair_set *set = rule_pairs(plan, rule);
	char comment[COMMENT_MAX];
	size_t i;

	rule_comment(plan, rule, NULL, comment);
	fprintf(out, "\t%s# %s\n", rule->action == ACT_HELPER ? "" : "\t", comment);
	for (i = 0; i < set->count; i++)
		put_line(out, plan, rule, &set->pairs[i]);
}

static void put_attachments(FILE *out, const struct plan *plan, enum place place)
{
	const struct rule *rule;

	for (rule = plan_next(plan, place, NULL); rule; rule = plan_next(plan, place, rule))
		if (rule->action == ACT_HELPER)
			put_lines(out, plan, rule);
}

/* What answers is ESTABLISHED, and ends up in the chain of another zone. */
static void put_streams(FILE *out, const struct plan *plan)
{
	const struct rule *rule;
	bool begun = false;

	for (rule = plan_next(plan, PLACE_FORWARD, NULL); rule;
	     rule = plan_next(plan, PLACE_FORWARD, rule)) {
		if (!rule->by_helper || rule->action != ACT_ACCEPT)
			continue;
		if (!begun)
			fputs("\tfor zone in $forward_zones; do\n\t\tchain=forward_$zone\n", out);
		begun = true;
		put_lines(out, plan, rule);
	}
	if (begun)
		fprintf(out, "\t\tiptables -A $chain -p tcp -m conntrack --ctstate ESTABLISHED -m helper --helper %s -j ACCEPT\n"
			"\t\tip6tables -A $chain -p tcp -m conntrack --ctstate ESTABLISHED -m helper --helper %s -j ACCEPT\n"
			"\tdone\n", plan->options.helper, plan->options.helper);
}

static void put_hook(FILE *out, const struct plan *plan)
{
	title_put(out, plan, "The helper for Amanda's flows", "sysconfig");
	fputs("# SuSEfirewall2 calls this (FW_CUSTOMRULES) while it makes its own rules.\n"
	      "# shellcheck shell=bash\n\n"
	      "fw_custom_before_port_handling() {\n", out);
	put_attachments(out, plan, PLACE_TRACK_IN);
	put_attachments(out, plan, PLACE_TRACK_OUT);
	put_streams(out, plan);
	fputs("\ttrue\n}\n", out);
}

static int put_suse(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, "etc/sysconfig/SuSEfirewall2.amfw", 0600);

	if (!out)
		return -ENOMEM;
	put_variables(out, plan);
	if (!demand_helper(plan))
		return 0;
	out = output_file(output, &HOOK[1], 0700);
	if (!out)
		return -ENOMEM;
	put_hook(out, plan);
	return 0;
}

/**
 * sysconfig_write() - write Red Hat's and SUSE's variables
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int sysconfig_write(const struct plan *plan, struct output *output, FILE *errors)
{
	(void)errors;
	if (put_red_hat(plan, output, "iptables") || put_red_hat(plan, output, "ip6tables") ||
	    put_suse(plan, output))
		return -ENOMEM;
	return output_end(output);
}

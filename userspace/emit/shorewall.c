// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan for Shorewall 5.2.6 and later, which is when snat got its source
 * ports: a tree of files for each address family.
 *
 * All interfaces are one zone and each line names the addresses, so it does
 * not matter which interface has which name.
 *
 * What Shorewall cannot say: how long conntrack keeps a flow; and replies to
 * whatever was let through are let through, whoever they are for.
 */
#include "emit/shorewall.h"

#include <errno.h>
#include <string.h>

#include "emit/emit.h"

/**
 * shorewall_included() - are these parts for files that are there already?
 * @sw: the tree
 *
 * Return: true where they are.
 */
bool shorewall_included(const struct shorewall *sw)
{
	return sw->plan->options.style == STYLE_INCLUDE;
}

/**
 * shorewall_file() - begin a file of a tree
 * @sw: the tree; its @out becomes the file
 * @name: of the file
 *
 * Return: 0, or -ENOMEM.
 */
int shorewall_file(struct shorewall *sw, const char *name)
{
	/* Shorewall looks for macros in its own folder only. */
	bool part = shorewall_included(sw) && strncmp(name, "macro.", strlen("macro."));
	char path[80], host[COMMENT_MAX];

	snprintf(path, sizeof(path), "etc/%s/%s%s", SHOREWALL_NAME(sw), part ? "amfw." : "", name);
	sw->out = output_file(sw->output, path, 0644);
	if (!sw->out)
		return -ENOMEM;
	sw->comment[0] = '\0';
	host_comment(sw->plan->host, host);
	fprintf(sw->out, "# Amanda's flows at %s.\n"
		"# Written by amfwctl generate --format shorewall%s%s.\n", host,
		shorewall_included(sw) ? " --style include" : "",
		sw->plan->options.helper ? "" : " --no-helper");
	return 0;
}

/**
 * shorewall_comment() - say what the next lines are there for
 * @sw: the tree
 * @comment: the text; "" for nothing that would be said of them
 */
void shorewall_comment(struct shorewall *sw, const char *comment)
{
	if (!strcmp(sw->comment, comment))
		return;
	fprintf(sw->out, "?COMMENT%s%s\n", *comment ? " " : "", comment);
	snprintf(sw->comment, sizeof(sw->comment), "%s", comment);
}

static void put_patience(const struct shorewall *sw)
{
	if (plan_has(sw->plan, PLACE_COUNT, ACT_TIMEOUT))
		fputs("# Without the helper conntrack forgets a request before a long estimate answers\n"
		      "# it: let the machine keep all UDP flows that long (--format sysctl).\n", sw->out);
}

static bool has_family(const struct plan *plan, sa_family_t family, enum place place)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->rules[i].family == family &&
		    (place == PLACE_COUNT || plan->rules[i].place == place))
			return true;
	return false;
}

/* What is not named has Shorewall's default, or stays as the machine has it. */
static int write_conf(struct shorewall *sw)
{
	bool forwards = has_family(sw->plan, sw->family, PLACE_FORWARD);
	int err = shorewall_file(sw, sw->family == AF_INET ? "shorewall.conf" : "shorewall6.conf");

	if (err)
		return err;
	fprintf(sw->out, "# Look at it with: %s check.  Load it with: %s start.\n",
		SHOREWALL_NAME(sw), SHOREWALL_NAME(sw));
	if (!plan_drops(sw->plan, PLACE_INPUT))
		fputs("# What else starts or ends at this machine is let through.\n", sw->out);
	put_patience(sw);
	fprintf(sw->out, "STARTUP_ENABLED=Yes\n"
		"# The helper follows the lines of conntrack alone.\nAUTOHELPERS=No\n"
		"# What is related to a flow, but expected by no line of rules, is like anything new.\n"
		"RELATED_DISPOSITION=CONTINUE\n"
		"IP_FORWARDING=%s\n", forwards ? "On" : "Keep");
	if (sw->family == AF_INET)
		fputs("ROUTE_FILTER=Keep\nLOG_MARTIANS=Keep\n", sw->out);
	return 0;
}

static int write_zones(struct shorewall *sw)
{
	int err = shorewall_file(sw, "zones");

	if (err)
		return err;
	fprintf(sw->out, "#ZONE\tTYPE\nfw\tfirewall\nnet\t%s\n",
		sw->family == AF_INET ? "ipv4" : "ipv6");
	err = shorewall_file(sw, "interfaces");
	if (err)
		return err;
	fputs("# All there are, those to come too: the lines of rules name addresses.\n"
	      "?FORMAT 2\n#ZONE\tINTERFACE\tOPTIONS\nnet\tall\tphysical=+,routeback\n", sw->out);
	return 0;
}

static int write_policy(struct shorewall *sw)
{
	static const struct {
		enum place place;
		const char *ends;
	} policies[] = {
		{ PLACE_OUTPUT, "$FW\tnet" },
		{ PLACE_INPUT, "net\t$FW" },
		{ PLACE_FORWARD, "net\tnet" },
	};
	int err = shorewall_file(sw, "policy");
	size_t i;

	if (err)
		return err;
	fputs("#SOURCE\tDEST\tPOLICY\n", sw->out);
	for (i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		fprintf(sw->out, "%s\t%s\n", policies[i].ends,
			plan_drops(sw->plan, policies[i].place) ? "DROP" : "ACCEPT");
	return 0;
}

/* The parts say themselves nothing of where they belong. */
static int write_readme(struct shorewall *sw)
{
	int err = shorewall_file(sw, "readme");

	if (err)
		return err;
	fprintf(sw->out, "\nIn /etc/%s, as the first lines of each:\n\n"
		"rules, in these sections:\n"
		"\t?SECTION RELATED\n\tINCLUDE amfw.related\n"
		"\t?SECTION NEW\n\tINCLUDE amfw.rules\n", SHOREWALL_NAME(sw));
	if (shorewall_uses(sw, PLACE_TRACK_IN) || shorewall_uses(sw, PLACE_TRACK_OUT))
		fputs("conntrack, behind its line ?FORMAT 3:\n\tINCLUDE amfw.conntrack\n", sw->out);
	if (shorewall_uses(sw, PLACE_SRCNAT))
		fputs("snat, whose lines are of format 1 behind it:\n\tINCLUDE amfw.snat\n", sw->out);
	fprintf(sw->out, "%s.conf:\n\tAUTOHELPERS=No\n\n", SHOREWALL_NAME(sw));
	fputs("Everybody else's packets are for your own policy to refuse.  What other helpers\n"
	      "expect is let through as before.\n", sw->out);
	put_patience(sw);
	return 0;
}

static int write_tree(struct shorewall *sw)
{
	int (*const own[])(struct shorewall *sw) = {
		write_conf, write_zones, write_policy, shorewall_conntrack_write,
		shorewall_rules_write, shorewall_snat_write, shorewall_macros_write, NULL,
	};
	int (*const parts[])(struct shorewall *sw) = {
		write_readme, shorewall_conntrack_write, shorewall_rules_write,
		shorewall_snat_write, shorewall_macros_write, NULL,
	};
	int (*const *write)(struct shorewall *sw) = shorewall_included(sw) ? parts : own;
	int err = 0;

	for (; *write && !err; write++)
		err = (*write)(sw);
	return err;
}

/* A set of rules for snat has to name an interface that its owner has. */
static int need_interfaces(const struct plan *plan)
{
	const struct rule *rule = plan_next(plan, PLACE_SRCNAT, NULL);
	size_t i;

	if (plan->options.style == STYLE_OWN)
		return 0;
	for (; rule; rule = plan_next(plan, PLACE_SRCNAT, rule))
		for (i = 0; i < rule_pairs(plan, rule)->count; i++)
			if (!rule_pairs(plan, rule)->pairs[i].out) {
				site_error(plan->site, plan->host->name_span,
					   "snat of shorewall names the interface that a packet leaves by: "
					   "add lines \"interface = NAME ADDRESS...\" to %s",
					   plan->host->name);
				return -EINVAL;
			}
	return 0;
}

/**
 * shorewall_write() - write a plan for Shorewall
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, -EINVAL after a complaint, or -ENOMEM.
 */
int shorewall_write(const struct plan *plan, struct output *output, FILE *errors)
{
	static const sa_family_t families[] = { AF_INET, AF_INET6 };
	int err = need_interfaces(plan);
	size_t i;

	(void)errors;
	for (i = 0; i < sizeof(families) / sizeof(*families) && !err; i++) {
		struct shorewall sw = { .plan = plan, .output = output, .family = families[i] };

		/* What closes a machine closes it to a family without flows as well. */
		if (plan->options.style == STYLE_OWN ||
		    has_family(plan, families[i], PLACE_COUNT))
			err = write_tree(&sw);
	}
	return err ? err : output_end(output);
}

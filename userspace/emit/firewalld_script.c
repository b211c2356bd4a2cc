// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The firewall-cmd lines that do to a firewalld what its files do.
 *
 * They change its permanent configuration and load that at the end, so a line
 * that fails leaves the running firewall as it was.  A second run begins by
 * taking away what the first one made.
 */
#include "emit/firewalld.h"

#include <errno.h>

static const char head[] =
	"# firewalld lets through all that any helper expected, whatever is written here.\n"
	"set -eu\n"
	"\n"
	"fw() { firewall-cmd --quiet --permanent \"$@\"; }\n"
	"rich() { fw --policy=\"$policy\" --add-rich-rule=\"$1\"; }\n"
	"direct() { # direct FAMILY RULE...\n"
	"\tfamily=$1\n"
	"\tshift\n"
	"\tfw --direct --add-rule \"$family\" raw PREROUTING 0 \"$@\"\n"
	"}\n"
	"\n"
	"# What an earlier run made, users first.\n"
	"for name in $(firewall-cmd --permanent --get-policies); do\n"
	"\tcase $name in amfw-*) fw --delete-policy=\"$name\" ;; esac\n"
	"done\n"
	"for name in $(firewall-cmd --permanent --get-services); do\n"
	"\tcase $name in amfw-*) fw --delete-service=\"$name\" ;; esac\n"
	"done\n"
	"for name in $(firewall-cmd --permanent --get-helpers); do\n"
	"\tcase $name in " FIREWALLD_HELPER ") fw --delete-helper=\"$name\" ;; esac\n"
	"done\n"
	"for name in $(firewall-cmd --permanent --get-ipsets); do\n"
	"\tcase $name in amfw-*) fw --delete-ipset=\"$name\" ;; esac\n"
	"done\n"
	"firewall-cmd --permanent --direct --get-all-rules |\n"
	"\twhile read -r family table chain priority rule; do\n"
	"\t\tcase $rule in *'" FIREWALLD_MARK "'*) ;; *) continue ;; esac\n"
	"\t\t# shellcheck disable=SC2086 # the words of the rule\n"
	"\t\tfw --direct --remove-rule \"$family\" \"$table\" \"$chain\" \"$priority\" $rule\n"
	"\tdone\n";

static void put_helper(const struct plan *plan, FILE *out)
{
	char ports[12];
	size_t i;

	fprintf(out, "\nfw --new-helper=" FIREWALLD_HELPER " --module=nf_conntrack_%s\n",
		plan->options.helper);
	for (i = 0; i < plan->count; i++) {
		const struct rule *rule = &plan->rules[i];

		if (!firewalld_serves(plan, rule) || !firewalld_service_helped(plan, rule))
			continue;
		range_print(rule->dport, ports);
		fprintf(out, "fw --helper=" FIREWALLD_HELPER " --add-port=%s/udp\n", ports);
	}
}

static void put_service(const struct plan *plan, const struct rule *rule, FILE *out)
{
	char name[FIREWALLD_SERVICE_NAME], needs[COMMENT_MAX], ports[12];

	firewalld_service_name(rule, name);
	rule_needs(rule, needs);
	range_print(rule->dport, ports);
	fputc('\n', out);
	firewalld_comment(needs, out, false);
	fprintf(out, "fw --new-service=%s\nfw --service=%s --add-port=%s/%s\n", name, name, ports,
		firewalld_protocol(rule->protocol));
	/* Of two things to add, firewall-cmd adds one, and says nothing. */
	if (firewalld_service_helped(plan, rule))
		fprintf(out, "fw --service=%s --add-helper=" FIREWALLD_HELPER "\n", name);
}

static int put_set(const struct firewalld_set *set, void *data)
{
	FILE *out = data;

	fprintf(out, "\nfw --new-ipset=%s --type=%s --option=maxelem=1048576%s\n"
		"fw --ipset=%s --add-entries-from-file=/dev/stdin <<'END'\n", set->name,
		set->sport.high ? "hash:ip,port" : "hash:ip",
		set->family == AF_INET6 ? " --option=family=inet6" : "", set->name);
	firewalld_members(set, out, false);
	fputs("END\n", out);
	return 0;
}

static int put_policy(const struct firewalld *fd, const struct firewalld_policy *policy,
		      FILE *out)
{
	fprintf(out,
		"\npolicy=%s\n"
		"fw --new-policy=$policy\n"
		"fw --policy=$policy --set-priority=%d\n"
		"fw --policy=$policy --set-target=%s\n"
		"fw --policy=$policy --add-ingress-zone=%s\n"
		"fw --policy=$policy --add-egress-zone=%s\n",
		policy->name, FIREWALLD_PRIORITY, firewalld_target(fd->plan, policy),
		policy->ingress, policy->egress);
	return firewalld_rules(fd, policy, out, false);
}

static int put_all(const struct firewalld *fd, FILE *out)
{
	const struct plan *plan = fd->plan;
	size_t i;
	int err;

	if (firewalld_needs_helper(plan))
		put_helper(plan, out);
	for (i = 0; i < plan->count; i++)
		if (firewalld_serves(plan, &plan->rules[i]))
			put_service(plan, &plan->rules[i], out);
	err = firewalld_each_set(fd, out, put_set);
	for (i = 0; i < firewalld_policy_count && !err; i++)
		if (firewalld_policy_needed(plan, &firewalld_policies[i]))
			err = put_policy(fd, &firewalld_policies[i], out);
	return err;
}

/**
 * firewalld_script() - write the script
 * @fd: the plan and its sets
 * @output: where to
 *
 * Return: 0, or -ENOMEM.
 */
int firewalld_script(const struct firewalld *fd, struct output *output)
{
	FILE *out = output_file(output, "usr/local/sbin/amfw-firewalld", 0755);
	char host[COMMENT_MAX];
	int err;

	if (!out)
		return -ENOMEM;
	host_comment(fd->plan->host, host);
	fputs("#!/bin/sh\n", out);
	firewalld_comment("Written by amfwctl generate, format firewalld; for:", out, false);
	firewalld_comment(host, out, false);
	fputs(head, out);
	err = put_all(fd, out);
	if (firewalld_direct(fd->plan, NULL, false)) {
		fputs("\n# Translated here before any policy sees them.\n", out);
		firewalld_direct(fd->plan, out, false);
	}
	fputs("\nfirewall-cmd --check-config\nfirewall-cmd --reload\n", out);
	return err ? err : output_end(output);
}

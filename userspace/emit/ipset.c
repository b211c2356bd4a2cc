// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sets that the rules of iptables --sets match, for ipset restore.
 *
 * A set is filled under another name and swapped in, so that no packet meets
 * half of one and a second load replaces the first.  Loading a set under its
 * own name again needs the same limit as before, so that is one for all sites.
 */
#include <errno.h>

#include "emit/emit.h"
#include "emit/pair_groups.h"
#include "emit/xtables.h"

#define MOST_MEMBERS	1048576
/* What the kernel starts with: IPSET_DEFAULT_HASHSIZE. */
#define FEWEST_BUCKETS	1024

static void put_create(FILE *out, const char *name, sa_family_t family, size_t members)
{
	size_t buckets = FEWEST_BUCKETS;

	while (buckets < members)
		buckets *= 2;
	fprintf(out, "create %s hash:ip family %s hashsize %zu maxelem %d comment -exist\n", name,
		family == AF_INET ? "inet" : "inet6", buckets, MOST_MEMBERS);
}

static void put_member(FILE *out, const char *name, const struct pair_groups *groups,
		       const struct pair *pair)
{
	char address[INET6_ADDRSTRLEN], comment[COMMENT_MAX];

	address_print(pair_group_member(groups, pair), address);
	pair_comment(pair, comment);
	fprintf(out, "add %s %s comment \"%s\"\n", name, address, comment);
}

static void put_set(FILE *out, const struct pair_groups *groups, const struct pair_group *group)
{
	sa_family_t family = group->pairs[0]->destination.family;
	const char *fresh = family == AF_INET ? "amfw-4-new" : "amfw-6-new";
	size_t i;

	fputc('\n', out);
	put_create(out, group->name, family, 0);
	put_create(out, fresh, family, group->count);
	fprintf(out, "flush %s\n", fresh);
	for (i = 0; i < group->count; i++)
		put_member(out, fresh, groups, group->pairs[i]);
	fprintf(out, "swap %s %s\ndestroy %s\n", fresh, group->name, fresh);
}

static int put_sets(FILE *out, const struct pair_set *set)
{
	struct pair_groups groups;
	int err = pair_groups_make(&groups, set);
	size_t i;

	for (i = 0; i < groups.count && !err; i++)
		if (groups.groups[i].count > 1)
			put_set(out, &groups, &groups.groups[i]);
	pair_groups_free(&groups);
	return err;
}

static void put_head(FILE *out, const struct plan *plan)
{
	char host[COMMENT_MAX];

	host_comment(plan->host, host);
	fprintf(out,
		"# Sets of hosts for Amanda's flows at %s.\n"
		"# Written by amfwctl generate --format ipset%s%s.\n"
		"# Load this with: ipset restore <amfw.ipset\n"
		"# and then what --format iptables --sets and --format ip6tables --sets write.\n"
		"# Loading it again replaces these sets and touches no others.\n",
		host, plan->options.style == STYLE_INCLUDE ? " --style include" : "",
		plan->options.helper ? "" : " --no-helper");
}

/* In the order of their numbers, which is that of the rules. */
static int put_all(FILE *out, const struct plan *plan)
{
	unsigned int done = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < plan->count && !err; i++) {
		const struct pair_set *set = rule_pairs(plan, &plan->rules[i]);

		if (set->number <= done || !plan_uses(plan, plan->rules[i].place))
			continue;
		err = put_sets(out, set);
		done = set->number;
	}
	if (!err && !done)
		fputs("# No rule of this machine matches more than one host: there are none.\n", out);
	return err;
}

/**
 * ipset_write() - write the sets of a plan for ipset restore
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int ipset_write(const struct plan *plan, struct output *output, FILE *errors)
{
	FILE *out = output_file(output, "amfw.ipset", 0644);
	int err;

	(void)errors;
	if (!out)
		return -ENOMEM;
	put_head(out, plan);
	err = put_all(out, plan);
	return err ? err : output_end(output);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of this machine's flows by name, for lines of Shorewall's rules that
 * its users write themselves.
 *
 * A macro says nothing of addresses.  What the helper expected is a macro of its
 * own, since such lines stand in another section.
 */
#include <errno.h>
#include <string.h>

#include "emit/shorewall.h"
#include "emit/xtables.h"

/* What asks decides what the machine that answers is to it. */
static const struct macro {
	enum role from;
	bool by_helper;
	const char *name;
	const char *use;
} macros[] = {
	{ ROLE_SERVER, false, "AmandaClient", "what an Amanda server asks of its clients" },
	{ ROLE_SERVER, true, "AmandaClientStreams", "what the helper expects then: section RELATED" },
	{ ROLE_CLIENT, false, "AmandaServer", "what clients ask of their server, to restore" },
	{ ROLE_CLIENT, true, "AmandaServerStreams", "what the helper expects then: section RELATED" },
	{ ROLE_BACKUPPC, false, "AmfwBackupPC", "what a BackupPC server asks of its clients" },
};

/* Columns take one helper by its name alone. */
static bool known_helper(const struct shorewall *sw)
{
	const char *helper = sw->plan->options.helper;

	return helper && !strcmp(helper, SHOREWALL_HELPER);
}

static bool same_ports(const struct rule *a, const struct rule *b)
{
	return a->protocol == b->protocol && range_equal(a->dport, b->dport) &&
	       range_equal(a->sport, b->sport);
}

static bool belongs(const struct shorewall *sw, const struct macro *macro,
		    const struct rule *rule)
{
	return (rule->place == PLACE_INPUT || rule->place == PLACE_FORWARD) &&
	       rule->action == ACT_ACCEPT && rule->from == macro->from &&
	       rule->by_helper == macro->by_helper &&
	       (!rule->by_helper || known_helper(sw)) && xtables_applies(rule, sw->family);
}

/* The first line of a macro for these ports; others would only repeat it. */
static bool leads(const struct shorewall *sw, const struct macro *macro, const struct rule *rule)
{
	const struct rule *one = sw->plan->rules;

	while (!belongs(sw, macro, one) || !same_ports(one, rule))
		one++;
	return one == rule;
}

/* A reply may announce streams where the helper looks at these flows. */
static bool has_helper(const struct shorewall *sw, const struct rule *rule)
{
	size_t i;

	if (!known_helper(sw))
		return false;
	for (i = 0; i < sw->plan->count && !rule->by_helper; i++)
		if (sw->plan->rules[i].action == ACT_HELPER &&
		    same_ports(&sw->plan->rules[i], rule))
			return true;
	return rule->by_helper;
}

static void put_line(struct shorewall *sw, const struct rule *rule)
{
	char needs[COMMENT_MAX];

	rule_needs(rule, needs);
	fputs("PARAM\t-\t-", sw->out);
	shorewall_ports(sw, rule);
	fprintf(sw->out, "%s # %s\n", has_helper(sw, rule) ? "\t{ helper=" SHOREWALL_HELPER " }" : "",
		needs);
}

static int begin(struct shorewall *sw, const struct macro *macro)
{
	char name[64];
	int err;

	snprintf(name, sizeof(name), "macro.%s", macro->name);
	err = shorewall_file(sw, name);
	if (!err)
		fprintf(sw->out, "# %s(ACCEPT) SOURCE DEST: %s.\n", macro->name, macro->use);
	return err;
}

static int write_macro(struct shorewall *sw, const struct macro *macro)
{
	bool begun = false;
	size_t i;

	for (i = 0; i < sw->plan->count; i++) {
		const struct rule *rule = &sw->plan->rules[i];

		if (!belongs(sw, macro, rule) || !leads(sw, macro, rule))
			continue;
		if (!begun && begin(sw, macro))
			return -ENOMEM;
		begun = true;
		put_line(sw, rule);
	}
	return 0;
}

/**
 * shorewall_macros_write() - write a macro for each kind of machine that answers
 * @sw: the tree
 *
 * Return: 0, or -ENOMEM.
 */
int shorewall_macros_write(struct shorewall *sw)
{
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(macros) / sizeof(*macros) && !err; i++)
		err = write_macro(sw, &macros[i]);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of a machine by name, for rules that ufw's users write themselves.
 *
 * A profile knows destination ports alone: neither who asks nor from where.
 */
#include "emit/ufw_profile.h"

#include <errno.h>

/* What asks decides what the machine is to it. */
static const struct profile {
	enum role from;
	const char *name;
	const char *description;
} profiles[] = {
	{ ROLE_SERVER, "Amanda client", "What an Amanda server asks of its clients" },
	{ ROLE_CLIENT, "Amanda server", "What Amanda's clients ask of their server: restores" },
	{ ROLE_BACKUPPC, "BackupPC client", "What a BackupPC server asks of its clients" },
};

#define PROFILE_COUNT	(sizeof(profiles) / sizeof(*profiles))

/* Streams that the helper opens need no port to be open. */
static bool belongs(const struct rule *rule, enum role from)
{
	return rule->place == PLACE_INPUT && rule->action == ACT_ACCEPT && !rule->by_helper &&
	       rule->from == from;
}

static const struct rule *next_port(const struct plan *plan, enum role from,
				    const struct rule *after)
{
	const struct rule *rule = after;

	do
		rule = plan_next(plan, PLACE_INPUT, rule);
	while (rule && !belongs(rule, from));
	return rule;
}

/* Both families, and auths with other source ports, have ports in common. */
static bool written(const struct plan *plan, const struct rule *rule)
{
	const struct rule *one;

	for (one = next_port(plan, rule->from, NULL); one != rule;
	     one = next_port(plan, rule->from, one))
		if (one->protocol == rule->protocol && range_equal(one->dport, rule->dport))
			return true;
	return false;
}

static void put_ports(const struct plan *plan, const struct profile *profile, FILE *out)
{
	const struct rule *rule = next_port(plan, profile->from, NULL);
	const char *separator = "ports=";

	for (; rule; rule = next_port(plan, profile->from, rule)) {
		if (written(plan, rule))
			continue;
		fprintf(out, "%s%u", separator, rule->dport.low);
		if (rule->dport.high != rule->dport.low)
			fprintf(out, ":%u", rule->dport.high);
		fprintf(out, "/%s", rule->protocol == IPPROTO_UDP ? "udp" : "tcp");
		separator = "|";
	}
	fputc('\n', out);
}

/**
 * ufw_has_profile() - do flows end at this machine?
 * @plan: the plan
 *
 * Return: true where they do.
 */
bool ufw_has_profile(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < PROFILE_COUNT; i++)
		if (next_port(plan, profiles[i].from, NULL))
			return true;
	return false;
}

/**
 * ufw_profile_write() - write the profiles
 * @plan: the plan
 * @output: where to
 *
 * Return: 0, or -ENOMEM.
 */
int ufw_profile_write(const struct plan *plan, struct output *output)
{
	FILE *out = output_file(output, "etc/ufw/applications.d/amfw", 0644);
	size_t i;

	if (!out)
		return -ENOMEM;
	fputs("# Written by amfwctl generate --format ufw.\n", out);
	for (i = 0; i < PROFILE_COUNT; i++) {
		if (!next_port(plan, profiles[i].from, NULL))
			continue;
		fprintf(out, "\n[%s]\ntitle=%s\ndescription=%s\n", profiles[i].name,
			profiles[i].name, profiles[i].description);
		put_ports(plan, &profiles[i], out);
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan for OpenWrt: sections of uci for fw4, the sets that they match, and a
 * script that puts them beside the administrator's own sections.
 *
 * fw4 lets through whatever belongs or is related to a connection before it
 * asks a rule, and sets helpers only in packets that came in.  Parts that it
 * includes at the head of its chains say the rest: which of the streams that
 * the helper expected may pass, and the helper of flows that start here.
 *
 * What cannot be said: how long conntrack keeps a flow; a source translation
 * matches no set, so each pair of machines has one of its own; and rules for
 * "nobody else" come after those that the administrator has for any zone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/openwrt.h"

#define PREFIX		OPENWRT_PREFIX
/* A zone of everybody: fw4 sets helpers and translates for zones only. */
#define ZONE		PREFIX "all"
/* What fw4 puts before a name, "!fw4: ", shares nft's room for a comment. */
#define NAME_SIZE	(COMMENT_MAX - 6)

static const struct {
	const char *chain;
	const char *section;
	const char *direction[2];
} places[PLACE_COUNT] = {
	[PLACE_DSTNAT] = { "dstnat", "redirect", { NULL, NULL } },
	[PLACE_INPUT] = { "input", "rule", { "src", NULL } },
	[PLACE_FORWARD] = { "forward", "rule", { "src", "dest" } },
	[PLACE_OUTPUT] = { "output", "rule", { "dest", NULL } },
	[PLACE_SRCNAT] = { "srcnat", "nat", { NULL, NULL } },
};

/* A section on its way: the name of each ends in a number. */
struct uci {
	const struct plan *plan;
	FILE *out;
	size_t number;
};

/* In single quotes everything but the quote itself stands for itself. */
static void put_option(FILE *out, const char *key, const char *value)
{
	fprintf(out, "\toption %s '", key);
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", out);
		else if (*value != '\n')
			fputc(*value, out);
	fputs("'\n", out);
}

static void put_range(FILE *out, const char *key, struct range range)
{
	char text[12];

	if (!range.high)
		return;
	range_print(range, text);
	put_option(out, key, text);
}

static void put_address(FILE *out, const char *key, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (!address->family)
		return;
	address_print(address, text);
	put_option(out, key, text);
}

static void put_set_name(FILE *out, const struct pair_set *set)
{
	char name[32];

	snprintf(name, sizeof(name), OPENWRT_SET "%u", set->number);
	put_option(out, "ipset", name);
}

static void put_name(FILE *out, const char *comment)
{
	char name[NAME_SIZE];
	bool fits = strlen(comment) < sizeof(name);

	snprintf(name, sizeof(name), "%.*s%s", fits ? NAME_SIZE - 1 : NAME_SIZE - 4, comment,
		 fits ? "" : "...");
	put_option(out, "name", name);
}

static const char *family_name(sa_family_t family)
{
	return family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : "any";
}

static const char *protocol_name(const struct rule *rule)
{
	return rule->protocol == IPPROTO_UDP ? "udp" : "tcp";
}

/* Each section says what it serves, and begins alike. */
static void begin(struct uci *uci, const char *section, const struct rule *rule,
		  const struct pair *pair)
{
	char comment[COMMENT_MAX];

	rule_comment(uci->plan, rule, pair, comment);
	fprintf(uci->out, "\nconfig %s '" PREFIX "%s_%zu'\n", section, section, ++uci->number);
	put_name(uci->out, comment);
	put_option(uci->out, "family", family_name(rule->family));
	put_option(uci->out, "proto", protocol_name(rule));
}

/* The addresses: of one pair, or in a set of many. */
static void put_addresses(const struct uci *uci, const struct rule *rule, const char *destination)
{
	const struct pair_set *set = rule_pairs(uci->plan, rule);

	if (set->count == 1) {
		put_address(uci->out, "src_ip", &set->pairs[0].source);
		put_address(uci->out, destination, &set->pairs[0].destination);
	} else if (set->count) {
		put_set_name(uci->out, set);
	}
}

static void put_direction(FILE *out, enum place place)
{
	size_t i;

	for (i = 0; i < 2 && places[place].direction[i]; i++)
		put_option(out, places[place].direction[i], "*");
}

static void put_rule(struct uci *uci, const struct rule *rule, const char *target)
{
	begin(uci, "rule", rule, NULL);
	put_direction(uci->out, rule->place);
	put_addresses(uci, rule, "dest_ip");
	put_range(uci->out, "src_port", rule->sport);
	put_range(uci->out, "dest_port", rule->dport);
	put_option(uci->out, "target", target);
}

/*
 * fw4 sets the helper behind the translation of the destination, where a
 * packet has the addresses that it is let through with.
 */
static void put_helper(struct uci *uci, const struct rule *rule)
{
	begin(uci, "rule", rule, NULL);
	put_option(uci->out, "src", ZONE);
	put_addresses(uci, rule, "dest_ip");
	put_range(uci->out, "src_port", rule->sport);
	put_range(uci->out, "dest_port", rule->dport);
	put_option(uci->out, "target", "HELPER");
	put_option(uci->out, "set_helper", uci->plan->options.helper);
}

/* "reflection" would let this machine's own nets in by the same address. */
static void put_redirect(struct uci *uci, const struct rule *rule)
{
	begin(uci, "redirect", rule, NULL);
	put_option(uci->out, "src", ZONE);
	put_option(uci->out, "dest", ZONE);
	put_addresses(uci, rule, "src_dip");
	put_range(uci->out, "src_port", rule->sport);
	put_range(uci->out, "src_dport", rule->dport);
	put_address(uci->out, "dest_ip", &rule->to);
	put_range(uci->out, "dest_port", rule->ports);
	put_option(uci->out, "reflection", "0");
	put_option(uci->out, "target", "DNAT");
}

/* Without a zone it comes before the masquerade of any zone. */
static void put_nat(struct uci *uci, const struct rule *rule, const struct pair *pair)
{
	begin(uci, "nat", rule, pair);
	put_option(uci->out, "src", "*");
	put_address(uci->out, "src_ip", &pair->source);
	put_range(uci->out, "src_port", rule->sport);
	put_address(uci->out, "dest_ip", &pair->destination);
	put_range(uci->out, "dest_port", rule->dport);
	put_address(uci->out, "snat_ip", &rule->to);
	put_range(uci->out, "snat_port", rule->ports);
	put_option(uci->out, "target", "SNAT");
}

static void put_nats(struct uci *uci, const struct rule *rule)
{
	const struct pair_set *set = rule_pairs(uci->plan, rule);
	size_t i;

	for (i = 0; i < set->count; i++)
		put_nat(uci, rule, &set->pairs[i]);
}

static bool sets_helper(const struct plan *plan, const struct rule *rule)
{
	return plan->options.helper && rule->action == ACT_ACCEPT &&
	       rule->protocol == IPPROTO_UDP && rule->place != PLACE_OUTPUT;
}

static void put_filter(struct uci *uci, const struct rule *rule)
{
	if (!plan_uses(uci->plan, rule->place))
		return;
	if (rule->action == ACT_ACCEPT && !rule->by_helper)
		put_rule(uci, rule, "ACCEPT");
	else if (rule->action == ACT_REFUSE)
		put_rule(uci, rule, "REJECT");
	else if (rule->action == ACT_GUARD)
		put_rule(uci, rule, "DROP");
}

static void put_place(struct uci *uci, enum place place)
{
	const struct rule *rule = NULL;

	while ((rule = plan_next(uci->plan, place, rule))) {
		if (place == PLACE_DSTNAT)
			put_redirect(uci, rule);
		else if (place == PLACE_SRCNAT)
			put_nats(uci, rule);
		else
			put_filter(uci, rule);
		if (sets_helper(uci->plan, rule))
			put_helper(uci, rule);
	}
}

/* A machine that drops everything else still has to find its neighbours. */
static void put_neighbours(const struct uci *uci, enum place place)
{
	FILE *out = uci->out;

	if (place == PLACE_FORWARD || !plan_drops(uci->plan, place))
		return;
	fprintf(out, "\nconfig rule '" PREFIX "icmp_%s'\n", places[place].chain);
	put_option(out, "name", "neighbours, errors");
	put_direction(out, place);
	put_option(out, "family", "any");
	put_option(out, "proto", "icmp");
	put_option(out, "target", "ACCEPT");
}

static bool needs_zone(const struct plan *plan)
{
	return plan_has(plan, PLACE_TRACK_IN, ACT_HELPER) ||
	       plan_has(plan, PLACE_DSTNAT, ACT_TRANSLATE);
}

/* Its policies are those of the section "defaults", as for packets of no zone. */
static void put_zone(FILE *out)
{
	fputs("\n# Everybody: asked after all other zones, and as \"defaults\" says.\n"
	      "config zone '" ZONE "'\n", out);
	put_option(out, "name", ZONE);
	fputs("\tlist subnet '0.0.0.0/0'\n\tlist subnet '::/0'\n", out);
	put_option(out, "auto_helper", "0");
}

/* fw4 sets helpers by the addresses that packets are let through with. */
static bool writes_set(const struct plan *plan, const struct rule *rule)
{
	switch (rule->action) {
	case ACT_HELPER:
		return rule->place == PLACE_TRACK_OUT;
	case ACT_TRANSLATE:
		return rule->place == PLACE_DSTNAT;
	case ACT_ACCEPT:
		if (rule->by_helper)
			return openwrt_narrows(plan, rule->place);
		return plan_uses(plan, rule->place);
	case ACT_REFUSE:
	case ACT_GUARD:
		return plan_uses(plan, rule->place);
	default:
		return false;
	}
}

static void put_set(FILE *out, const struct pair_set *set)
{
	const struct pair *first = &set->pairs[0];

	fprintf(out, "\nconfig ipset '" OPENWRT_SET "%u'\n\toption name '" OPENWRT_SET "%u'\n",
		set->number, set->number);
	put_option(out, "family", family_name(first->destination.family));
	if (first->source.family)
		fputs("\tlist match 'src_ip'\n", out);
	fprintf(out, "\tlist match 'dest_ip'\n\toption loadfile '/" OPENWRT_FOLDER "hosts_%u'\n",
		set->number);
}

/* fw4 reads a comment only where it has the line for itself. */
static int put_members(struct output *output, const struct pair_set *set)
{
	char path[64], comment[COMMENT_MAX], address[INET6_ADDRSTRLEN];
	FILE *out;
	size_t i;

	snprintf(path, sizeof(path), OPENWRT_FOLDER "hosts_%u", set->number);
	out = output_file(output, path, 0644);
	if (!out)
		return -ENOMEM;
	for (i = 0; i < set->count; i++) {
		const struct pair *pair = &set->pairs[i];

		pair_comment(pair, comment);
		fprintf(out, "# %s\n", comment);
		if (pair->source.family) {
			address_print(&pair->source, address);
			fprintf(out, "%s ", address);
		}
		address_print(&pair->destination, address);
		fprintf(out, "%s\n", address);
	}
	return 0;
}

/* Which of the plan's sets a section or a part matches; to be freed. */
static bool *find_sets(const struct plan *plan)
{
	bool *used = calloc(plan->set_count + 1, sizeof(*used));
	size_t i;

	for (i = 0; used && i < plan->count; i++)
		if (rule_pairs(plan, &plan->rules[i])->number && writes_set(plan, &plan->rules[i]))
			used[plan->rules[i].set] = true;
	return used;
}

static void put_title(const struct plan *plan, FILE *out)
{
	char host[COMMENT_MAX];

	host_comment(plan->host, host);
	fprintf(out, "# Amanda's flows at %s.\n"
		"# Written by amfwctl generate --format openwrt%s.\n"
		"# sh /" OPENWRT_FOLDER "apply puts these sections into /etc/config/firewall.\n",
		host, plan->options.helper ? "" : " --no-helper");
}

static int write_sections(const struct plan *plan, struct output *output, const bool *used)
{
	struct uci uci = { .plan = plan };
	enum place place;
	size_t i;

	uci.out = output_file(output, OPENWRT_FOLDER "firewall.uci", 0644);
	if (!uci.out)
		return -ENOMEM;
	put_title(plan, uci.out);
	for (i = 0; i < plan->set_count; i++)
		if (used[i])
			put_set(uci.out, &plan->sets[i]);
	if (needs_zone(plan))
		put_zone(uci.out);
	for (place = 0; place < PLACE_COUNT; place++) {
		if (!places[place].section)
			continue;
		put_neighbours(&uci, place);
		put_place(&uci, place);
	}
	openwrt_includes(plan, uci.out);
	return 0;
}

/**
 * openwrt_write() - write a plan for OpenWrt's fw4
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int openwrt_write(const struct plan *plan, struct output *output, FILE *errors)
{
	bool *used = find_sets(plan);
	size_t i;
	int err;

	(void)errors;
	if (!used)
		return -ENOMEM;
	err = write_sections(plan, output, used);
	for (i = 0; i < plan->set_count && !err; i++)
		if (used[i])
			err = put_members(output, &plan->sets[i]);
	free(used);
	if (!err)
		err = openwrt_parts(plan, output);
	if (!err)
		err = openwrt_install(plan, output);
	return err ? err : output_end(output);
}

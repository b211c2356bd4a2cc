// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of Shorewall's conntrack, rules and snat: one for each pair of
 * addresses.
 *
 * In rules the section RELATED comes before the section NEW, and what no line
 * there decides goes on to NEW (RELATED_DISPOSITION=CONTINUE): so a stream that
 * nothing announced meets the same refusal as any other.
 */
#include <errno.h>
#include <string.h>

#include "emit/shorewall.h"
#include "emit/xtables.h"

#define COLUMNS		"ACTION\tSOURCE\tDEST\tPROTO\tDPORT\tSPORT"

static const enum place filters[] = { PLACE_INPUT, PLACE_FORWARD, PLACE_OUTPUT };

#define FILTER_COUNT	(sizeof(filters) / sizeof(*filters))

/* Zones of an administrator have names that nobody knows here. */
static const char *zone(const struct shorewall *sw, bool own)
{
	if (own)
		return "$FW";
	return shorewall_included(sw) ? "all+!$FW" : "net";
}

static const char *source_zone(const struct shorewall *sw, enum place place)
{
	return zone(sw, place == PLACE_OUTPUT);
}

static const char *destination_zone(const struct shorewall *sw, enum place place)
{
	return zone(sw, place == PLACE_INPUT);
}

static const char *icmp(const struct shorewall *sw)
{
	return sw->family == AF_INET ? "icmp" : "ipv6-icmp";
}

/* "10.1.0.2", "[2001:db8::1]" */
static void put_address(const struct shorewall *sw, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	fprintf(sw->out, address->family == AF_INET6 ? "[%s]" : "%s", text);
}

static void put_end(const struct shorewall *sw, const char *zone, const struct address *address)
{
	fprintf(sw->out, "\t%s", zone);
	if (!address->family)
		return;
	fputc(':', sw->out);
	put_address(sw, address);
}

static void put_bare_end(const struct shorewall *sw, const struct address *address)
{
	fputc('\t', sw->out);
	if (address->family)
		put_address(sw, address);
	else
		fputc('-', sw->out);
}

static void put_range(const struct shorewall *sw, struct range range)
{
	if (!range.high)
		fputs("\t-", sw->out);
	else if (range.low == range.high)
		fprintf(sw->out, "\t%u", range.low);
	else
		fprintf(sw->out, "\t%u:%u", range.low, range.high);
}

/**
 * shorewall_ports() - write the columns PROTO, DPORT and SPORT
 * @sw: the tree
 * @rule: whose
 */
void shorewall_ports(const struct shorewall *sw, const struct rule *rule)
{
	const char *protocol = rule->protocol == IPPROTO_UDP ? "udp" : "tcp";

	fprintf(sw->out, "\t%s%s", protocol, rule->action == ACT_REFUSE ? ":syn" : "");
	put_range(sw, rule->dport);
	put_range(sw, rule->sport);
}

/* No column takes a helper that Shorewall does not know. */
static void put_helper_match(const struct shorewall *sw)
{
	const char *helper = sw->plan->options.helper;

	if (!strcmp(helper, SHOREWALL_HELPER))
		fprintf(sw->out, "\t{ helper=%s }", helper);
	else
		fprintf(sw->out, "\t;; -m helper --helper %s", helper);
}

static void put_track(const struct shorewall *sw, const struct rule *rule,
		      const struct tuple *match)
{
	const char *helper = sw->plan->options.helper;
	const char *chain = rule->place == PLACE_TRACK_IN ? "P" : "O";

	if (!strcmp(helper, SHOREWALL_HELPER))
		fprintf(sw->out, "CT:helper:%s:%s", helper, chain);
	else
		fprintf(sw->out, "IP%sTABLES(CT --helper %s):%s",
			sw->family == AF_INET ? "" : "6", helper, chain);
	put_bare_end(sw, &match->source);
	put_bare_end(sw, &match->destination);
	shorewall_ports(sw, rule);
}

static void put_new_address(const struct shorewall *sw, const struct rule *rule)
{
	put_address(sw, &rule->to);
	if (!rule->ports.high)
		return;
	fprintf(sw->out, ":%u", rule->ports.low);
	if (rule->ports.high != rule->ports.low)
		fprintf(sw->out, "-%u", rule->ports.high);
}

/* DNAT- translates only: who may pass is said by the lines behind it. */
static void put_dnat(const struct shorewall *sw, const struct rule *rule,
		     const struct tuple *match)
{
	fputs("DNAT-", sw->out);
	put_end(sw, zone(sw, false), &match->source);
	fputc('\t', sw->out);
	put_new_address(sw, rule);
	shorewall_ports(sw, rule);
	put_bare_end(sw, &match->destination);
}

static void put_snat(const struct shorewall *sw, const struct rule *rule,
		     const struct pair *pair)
{
	struct tuple match = rule_match(rule, pair);

	fputs("SNAT(", sw->out);
	put_new_address(sw, rule);
	fputc(')', sw->out);
	put_bare_end(sw, &match.source);
	put_end(sw, shorewall_included(sw) ? pair->out : "all", &match.destination);
	shorewall_ports(sw, rule);
}

static void put_filter(const struct shorewall *sw, const struct rule *rule,
		       const struct tuple *match)
{
	static const char *const actions[ACT_COUNT] = {
		[ACT_ACCEPT] = "ACCEPT",
		[ACT_REFUSE] = "REJECT(tcp-reset)",
		[ACT_GUARD] = "DROP",
	};

	fputs(actions[rule->action], sw->out);
	put_end(sw, source_zone(sw, rule->place), &match->source);
	put_end(sw, destination_zone(sw, rule->place), &match->destination);
	shorewall_ports(sw, rule);
	if (rule->by_helper)
		put_helper_match(sw);
}

static void put_line(struct shorewall *sw, const struct rule *rule, const struct pair *pair)
{
	const struct tuple match = rule_match(rule, pair);
	char comment[COMMENT_MAX];

	rule_comment(sw->plan, rule, pair->initiator ? pair : NULL, comment);
	shorewall_comment(sw, comment);
	if (rule->action == ACT_HELPER)
		put_track(sw, rule, &match);
	else if (rule->place == PLACE_DSTNAT)
		put_dnat(sw, rule, &match);
	else if (rule->place == PLACE_SRCNAT)
		put_snat(sw, rule, pair);
	else
		put_filter(sw, rule, &match);
	fputc('\n', sw->out);
}

static void put_rule(struct shorewall *sw, const struct rule *rule)
{
	static const struct pair everybody;
	const struct pair_set *set = rule_pairs(sw->plan, rule);
	size_t i;

	if (!set->count)
		put_line(sw, rule, &everybody);
	for (i = 0; i < set->count; i++)
		put_line(sw, rule, &set->pairs[i]);
}

/* Shorewall lets replies through by itself, and cannot say for how long. */
static bool writes(const struct shorewall *sw, const struct rule *rule)
{
	return xtables_applies(rule, sw->family) && rule->action != ACT_REPLY &&
	       rule->action != ACT_TIMEOUT;
}

static void put_place(struct shorewall *sw, bool by_helper, enum place place)
{
	const struct rule *rule = plan_next(sw->plan, place, NULL);

	for (; rule && plan_uses(sw->plan, place); rule = plan_next(sw->plan, place, rule))
		if (writes(sw, rule) && rule->by_helper == by_helper)
			put_rule(sw, rule);
}

/**
 * shorewall_uses() - are there lines for a place?
 * @sw: the tree
 * @place: the place
 *
 * Return: true where there are.
 */
bool shorewall_uses(const struct shorewall *sw, enum place place)
{
	const struct rule *rule = plan_next(sw->plan, place, NULL);

	for (; rule && plan_uses(sw->plan, place); rule = plan_next(sw->plan, place, rule))
		if (writes(sw, rule))
			return true;
	return false;
}

static void put_between(struct shorewall *sw, const char *action, const char *protocol,
			const char *comment, enum place place)
{
	shorewall_comment(sw, comment);
	fprintf(sw->out, "%s\t%s\t%s\t%s\n", action, source_zone(sw, place),
		destination_zone(sw, place), protocol);
}

/*
 * Errors carry the path's MTU; resets are related to what they refuse
 * (nf_ct_attach() in the kernel).
 */
static void put_related_common(struct shorewall *sw, enum place place)
{
	if (!plan_drops(sw->plan, place))
		return;
	put_between(sw, "ACCEPT", icmp(sw), "errors", place);
	if (place == PLACE_OUTPUT && plan_has(sw->plan, PLACE_COUNT, ACT_REFUSE))
		put_between(sw, "RST(ACCEPT)", "tcp", "resets of what is refused", place);
}

/* An administrator's Shorewall lets through what any helper expected. */
static void put_other_streams(struct shorewall *sw, enum place place)
{
	if (!shorewall_included(sw) || !plan_has(sw->plan, place, ACT_REFUSE) ||
	    !plan_has(sw->plan, PLACE_COUNT, ACT_HELPER))
		return;
	shorewall_comment(sw, "streams to other ports");
	fprintf(sw->out, "REJECT(tcp-reset)\t%s\t%s\ttcp\t-\t-", source_zone(sw, place),
		destination_zone(sw, place));
	put_helper_match(sw);
	fputc('\n', sw->out);
}

static void put_related(struct shorewall *sw)
{
	size_t i;

	for (i = 0; i < FILTER_COUNT; i++) {
		put_place(sw, true, filters[i]);
		put_related_common(sw, filters[i]);
		put_other_streams(sw, filters[i]);
	}
}

static void put_new(struct shorewall *sw)
{
	size_t i;

	put_place(sw, false, PLACE_DSTNAT);
	for (i = 0; i < FILTER_COUNT; i++) {
		if (plan_drops(sw->plan, filters[i]) && filters[i] != PLACE_FORWARD)
			put_between(sw, "ACCEPT", icmp(sw), "neighbours, errors", filters[i]);
		put_place(sw, false, filters[i]);
	}
}

static int begin(struct shorewall *sw, const char *name, const char *columns)
{
	int err = shorewall_file(sw, name);

	if (!err)
		fprintf(sw->out, "#%s\n", columns);
	return err;
}

/* Lines of a file that includes this one shall not get our comment. */
static void end(struct shorewall *sw)
{
	shorewall_comment(sw, "");
}

/**
 * shorewall_conntrack_write() - write conntrack: the helper
 * @sw: the tree
 *
 * Shorewall brings a conntrack of its own, for any address: so this is written
 * without a line too.
 *
 * Return: 0, or -ENOMEM.
 */
int shorewall_conntrack_write(struct shorewall *sw)
{
	int err = begin(sw, "conntrack", COLUMNS);

	if (err)
		return err;
	fputs("?FORMAT 3\n", sw->out);
	put_place(sw, false, PLACE_TRACK_IN);
	put_place(sw, false, PLACE_TRACK_OUT);
	end(sw);
	return 0;
}

/* Parts of a file cannot begin a section that is there already. */
static int write_parts(struct shorewall *sw)
{
	int err = begin(sw, "related", COLUMNS);

	if (err)
		return err;
	put_related(sw);
	end(sw);
	err = begin(sw, "rules", COLUMNS "\tORIGDEST");
	if (err)
		return err;
	put_new(sw);
	end(sw);
	return 0;
}

/**
 * shorewall_rules_write() - write rules: who may pass, and forwards
 * @sw: the tree
 *
 * Return: 0, or -ENOMEM.
 */
int shorewall_rules_write(struct shorewall *sw)
{
	int err;

	if (shorewall_included(sw))
		return write_parts(sw);
	err = begin(sw, "rules", COLUMNS "\tORIGDEST");
	if (err)
		return err;
	fputs("?SECTION RELATED\n", sw->out);
	put_related(sw);
	fputs("?SECTION NEW\n", sw->out);
	put_new(sw);
	end(sw);
	return 0;
}

/**
 * shorewall_snat_write() - write snat: addresses that hide others
 * @sw: the tree
 *
 * Format 1 has no source ports: it is what the lines behind an INCLUDE expect.
 *
 * Return: 0, or -ENOMEM.
 */
int shorewall_snat_write(struct shorewall *sw)
{
	int err;

	if (!shorewall_uses(sw, PLACE_SRCNAT))
		return 0;
	err = begin(sw, "snat", COLUMNS);
	if (err)
		return err;
	fputs("?FORMAT 2\n", sw->out);
	put_place(sw, false, PLACE_SRCNAT);
	end(sw);
	if (shorewall_included(sw))
		fputs("?FORMAT 1\n", sw->out);
	return 0;
}

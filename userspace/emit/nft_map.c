// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Forwards that differ in their addresses alone, as one rule and a map.
 *
 * A gateway that gives each of its clients an address of its own would else
 * make each packet meet a rule for each client.
 */
#include "emit/nft_map.h"

#define MAP_PREFIX	"amfw_forwards_"

static bool same_kind(const struct rule *a, const struct rule *b)
{
	return a->action == ACT_TRANSLATE && b->action == ACT_TRANSLATE &&
	       a->family == b->family && a->protocol == b->protocol && a->from == b->from &&
	       range_equal(a->sport, b->sport) && range_equal(a->dport, b->dport) &&
	       range_equal(a->ports, b->ports);
}

static const struct rule *next_member(const struct plan *plan, const struct rule *leader,
				      const struct rule *after)
{
	const struct rule *rule = after;

	do
		rule = plan_next(plan, PLACE_DSTNAT, rule);
	while (rule && !same_kind(leader, rule));
	return rule;
}

/**
 * nft_map_leads() - is this the rule that is written for all of its kind?
 * @plan: the plan
 * @rule: a rule of PLACE_DSTNAT
 *
 * Return: true where it is the first one.
 */
bool nft_map_leads(const struct plan *plan, const struct rule *rule)
{
	return next_member(plan, rule, NULL) == rule;
}

/**
 * nft_map_members() - how many rules are there of this kind?
 * @plan: the plan
 * @rule: the first of them
 *
 * Return: their number; a single one needs no map.
 */
size_t nft_map_members(const struct plan *plan, const struct rule *rule)
{
	const struct rule *member;
	size_t count = 0;

	for (member = rule; member; member = next_member(plan, rule, member))
		count++;
	return count;
}

/* Maps are numbered in the order of their first rules. */
static unsigned int map_number(const struct plan *plan, const struct rule *rule)
{
	const struct rule *other;
	unsigned int number = 1;

	for (other = plan_next(plan, PLACE_DSTNAT, NULL); other != rule;
	     other = plan_next(plan, PLACE_DSTNAT, other))
		number += nft_map_leads(plan, other) && nft_map_members(plan, other) > 1;
	return number;
}

static void put_pair(const struct rule *rule, const struct pair *pair, bool last, FILE *out)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	char comment[COMMENT_MAX];

	address_print(&pair->source, source);
	address_print(&pair->destination, destination);
	address_print(&rule->to, to);
	pair_comment(pair, comment);
	fprintf(out, "\t\t\t%s . %s comment \"%s\" : %s%s\n", source, destination, comment, to,
		last ? "" : ",");
}

static void put_member(const struct plan *plan, const struct rule *rule, bool last, FILE *out)
{
	const struct pair_set *set = rule_pairs(plan, rule);
	size_t i;

	for (i = 0; i < set->count; i++)
		put_pair(rule, &set->pairs[i], last && i + 1 == set->count, out);
}

static void put_map(const struct plan *plan, const struct rule *leader, FILE *out)
{
	const char *type = leader->family == AF_INET ? "ipv4_addr" : "ipv6_addr";
	const struct rule *rule = leader, *next;

	fprintf(out, "\n\tmap " MAP_PREFIX "%u {\n\t\ttype %s . %s : %s\n\t\telements = {\n",
		map_number(plan, leader), type, type, type);
	for (; rule; rule = next) {
		next = next_member(plan, leader, rule);
		put_member(plan, rule, !next, out);
	}
	fputs("\t\t}\n\t}\n", out);
}

/**
 * nft_maps_write() - write the maps that rules look forwards up in
 * @plan: the plan
 * @out: where to, inside the table
 */
void nft_maps_write(const struct plan *plan, FILE *out)
{
	const struct rule *rule;

	for (rule = plan_next(plan, PLACE_DSTNAT, NULL); rule;
	     rule = plan_next(plan, PLACE_DSTNAT, rule))
		if (nft_map_leads(plan, rule) && nft_map_members(plan, rule) > 1)
			put_map(plan, rule, out);
}

/**
 * nft_map_lookup() - write what takes the place of one new address
 * @plan: the plan
 * @rule: the first rule of several
 * @out: where to
 */
void nft_map_lookup(const struct plan *plan, const struct rule *rule, FILE *out)
{
	const char *family = rule->family == AF_INET ? "ip" : "ip6";

	fprintf(out, "%s saddr . %s daddr map @" MAP_PREFIX "%u", family, family,
		map_number(plan, rule));
}

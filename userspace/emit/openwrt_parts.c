// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What fw4's sections cannot say, as parts that it includes at the head of its
 * chains: in the words of nft, inside fw4's own table.
 *
 * fw4 lets through all that is related to anything before it asks a rule, and
 * would so open whatever port the helper was told of.  And it jumps to the
 * rules that set helpers from the hook of packets that came in alone.
 */
#include <errno.h>

#include "emit/openwrt.h"

static const char *const chains[PLACE_COUNT] = {
	[PLACE_INPUT] = "input",
	[PLACE_FORWARD] = "forward",
	[PLACE_OUTPUT] = "output",
};

/**
 * openwrt_narrows() - do the streams of a chain pass by a part?
 * @plan: the plan
 * @place: the place of the chain
 *
 * Return: true where the helper opens some there, and not all that passes is
 * let through anyway.
 */
bool openwrt_narrows(const struct plan *plan, enum place place)
{
	const struct rule *rule = NULL;

	if (!plan_uses(plan, place))
		return false;
	while ((rule = plan_next(plan, place, rule)))
		if (rule->action == ACT_ACCEPT && rule->by_helper)
			return true;
	return false;
}

/**
 * openwrt_part_needed() - is there something to include in a chain?
 * @plan: the plan
 * @place: the place of the chain
 *
 * Return: true where there is.
 */
bool openwrt_part_needed(const struct plan *plan, enum place place)
{
	if (!chains[place])
		return false;
	return openwrt_narrows(plan, place) ||
	       (place == PLACE_OUTPUT && plan_has(plan, PLACE_TRACK_OUT, ACT_HELPER));
}

/**
 * openwrt_includes() - write the sections that name the parts
 * @plan: the plan
 * @out: where to
 */
void openwrt_includes(const struct plan *plan, FILE *out)
{
	enum place place;

	for (place = 0; place < PLACE_COUNT; place++)
		if (openwrt_part_needed(plan, place))
			fprintf(out, "\nconfig include '" OPENWRT_PREFIX "include_%s'\n"
				"\toption type 'nftables'\n"
				"\toption path '/" OPENWRT_FOLDER "%s.nft'\n"
				"\toption position 'chain-prepend'\n"
				"\toption chain '%s'\n", chains[place], chains[place],
				chains[place]);
}

static void put_address(FILE *out, const char *family, const char *key,
			const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	fprintf(out, "%s %s %s ", family, key, text);
}

static void put_range(FILE *out, const char *protocol, const char *key, struct range range)
{
	char ports[12];

	if (!range.high)
		return;
	range_print(range, ports);
	fprintf(out, "%s %s %s ", protocol, key, ports);
}

static void put_match(FILE *out, const struct plan *plan, const struct rule *rule)
{
	const char *protocol = rule->protocol == IPPROTO_UDP ? "udp" : "tcp";
	const char *family = rule->family == AF_INET ? "ip" : "ip6";
	const struct pair_set *set = rule_pairs(plan, rule);

	if (set->count > 1) {
		fprintf(out, "%s saddr . %s daddr @" OPENWRT_SET "%u ", family, family,
			set->number);
	} else {
		put_address(out, family, "saddr", &set->pairs[0].source);
		put_address(out, family, "daddr", &set->pairs[0].destination);
	}
	put_range(out, protocol, "sport", rule->sport);
	put_range(out, protocol, "dport", rule->dport);
}

static void put_comment(FILE *out, const struct plan *plan, const struct rule *rule)
{
	char comment[COMMENT_MAX];

	rule_comment(plan, rule, NULL, comment);
	fprintf(out, " comment \"%s\"\n", comment);
}

static void put_helpers(FILE *out, const struct plan *plan)
{
	const struct rule *rule = NULL;

	while ((rule = plan_next(plan, PLACE_TRACK_OUT, rule))) {
		if (rule->action != ACT_HELPER)
			continue;
		put_match(out, plan, rule);
		fprintf(out, "ct helper set \"%s\"", plan->options.helper);
		put_comment(out, plan, rule);
	}
}

/* Resets of what is refused are related to it too, but answers. */
static void put_streams(FILE *out, const struct plan *plan, enum place place)
{
	const struct rule *rule = NULL;

	while ((rule = plan_next(plan, place, rule))) {
		if (rule->action == ACT_ACCEPT && rule->by_helper) {
			put_match(out, plan, rule);
			fprintf(out, "ct direction original ct state established,related ct helper \"%s\" accept",
				plan->options.helper);
		} else if (rule->action == ACT_REFUSE) {
			put_match(out, plan, rule);
			fputs("ct direction original ct state related reject with tcp reset", out);
		} else {
			continue;
		}
		put_comment(out, plan, rule);
	}
	if (plan_drops(plan, place))
		fprintf(out, "meta l4proto tcp ct direction original ct state related ct helper \"%s\" drop comment \"streams to other ports\"\n",
			plan->options.helper);
}

/**
 * openwrt_parts() - write the parts, each as a file
 * @plan: the plan
 * @output: where to
 *
 * Return: 0, or -ENOMEM.
 */
int openwrt_parts(const struct plan *plan, struct output *output)
{
	char path[64], host[COMMENT_MAX];
	enum place place;
	FILE *out;

	host_comment(plan->host, host);
	for (place = 0; place < PLACE_COUNT; place++) {
		if (!openwrt_part_needed(plan, place))
			continue;
		snprintf(path, sizeof(path), OPENWRT_FOLDER "%s.nft", chains[place]);
		out = output_file(output, path, 0644);
		if (!out)
			return -ENOMEM;
		fprintf(out, "# Amanda's flows at %s: for the head of fw4's chain %s.\n", host,
			chains[place]);
		if (place == PLACE_OUTPUT)
			put_helpers(out, plan);
		if (openwrt_narrows(plan, place))
			put_streams(out, plan, place);
	}
	return 0;
}

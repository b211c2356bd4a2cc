// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan as an nft ruleset: one table of its own, to be loaded with nft -f.
 *
 * Ports are written as numbers, since service names differ from machine to
 * machine; each block ends on a line of its own and each chain's name has a
 * prefix, since nft 1.0.6 stumbles over anything else.
 */
#include <errno.h>

#include "emit/emit.h"
#include "emit/nft_map.h"

#define HELPER_OBJECT	"amfw_amanda"
#define TIMEOUT_OBJECT	"amfw_patient"
#define SET_PREFIX	"amfw_hosts_"
#define ICMP		"meta l4proto { icmp, ipv6-icmp }"

/*
 * Conntrack works at -200 and binds the helper with the first packet of a
 * flow, so the object has to be set behind that and before nat (-100): at
 * -300 it loads, and nothing ever happens.  The translations come five before
 * their usual place: the first table to translate a flow wins, and these rules
 * name single flows where others say "masquerade everything".
 */
static const struct {
	const char *name;
	const char *hook;
} chains[PLACE_COUNT] = {
	[PLACE_TRACK_IN] = { "amfw_track_in", "type filter hook prerouting priority mangle" },
	[PLACE_TRACK_OUT] = { "amfw_track_out", "type filter hook output priority mangle" },
	[PLACE_DSTNAT] = { "amfw_dstnat", "type nat hook prerouting priority dstnat - 5" },
	[PLACE_INPUT] = { "amfw_input", "type filter hook input priority filter - 5" },
	[PLACE_FORWARD] = { "amfw_forward", "type filter hook forward priority filter - 5" },
	[PLACE_OUTPUT] = { "amfw_output", "type filter hook output priority filter - 5" },
	[PLACE_SRCNAT] = { "amfw_srcnat", "type nat hook postrouting priority srcnat - 5" },
};

static const char *family_name(sa_family_t family)
{
	return family == AF_INET ? "ip" : "ip6";
}

static void put_address(FILE *out, const char *key, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->family == AF_UNSPEC)
		return;
	address_print(address, text);
	fprintf(out, "%s %s %s ", family_name(address->family), key, text);
}

/* One pair of addresses is written where it is matched, several in a set. */
static void put_addresses(FILE *out, const struct plan *plan, const struct rule *rule)
{
	const char *from = rule->reversed ? "daddr" : "saddr";
	const char *to = rule->reversed ? "saddr" : "daddr";
	const struct pair_set *set = rule_pairs(plan, rule);
	const char *family = family_name(rule->family);

	if (!set->count)
		return;
	if (set->count > 1 && set->pairs[0].source.family)
		fprintf(out, "%s %s . %s %s @" SET_PREFIX "%u ", family, from, family, to,
			set->number);
	else if (set->count > 1)
		fprintf(out, "%s %s @" SET_PREFIX "%u ", family, to, set->number);
	else if (rule->reversed) {
		put_address(out, to, &set->pairs[0].destination);
		put_address(out, from, &set->pairs[0].source);
	} else {
		put_address(out, from, &set->pairs[0].source);
		put_address(out, to, &set->pairs[0].destination);
	}
}

static void put_range(FILE *out, const char *protocol, const char *key, struct range range)
{
	char text[12];

	if (!range.high)
		return;
	range_print(range, text);
	fprintf(out, "%s %s %s ", protocol, key, text);
}

static void put_match_ports(FILE *out, const struct rule *rule)
{
	const char *protocol = rule->protocol == IPPROTO_UDP ? "udp" : "tcp";

	put_range(out, protocol, "sport", rule->sport);
	put_range(out, protocol, "dport", rule->dport);
}

/* "dnat ip to ip saddr . ip daddr map @amfw_forwards_1:10080" */
static void put_mapped(FILE *out, const struct plan *plan, const struct rule *rule)
{
	char needs[COMMENT_MAX];

	put_match_ports(out, rule);
	fprintf(out, "dnat %s to ", family_name(rule->family));
	nft_map_lookup(plan, rule, out);
	if (rule->ports.high)
		fprintf(out, ":%u", rule->ports.low);
	rule_needs(rule, needs);
	fprintf(out, " comment \"%zu forwards: %.100s\"\n", nft_map_members(plan, rule), needs);
}

/* "dnat ip to 192.0.2.1:10080", "snat ip6 to [2001:db8::1]:700-740" */
static void put_translation(FILE *out, const struct rule *rule)
{
	char address[INET6_ADDRSTRLEN], ports[12];
	bool v6 = rule->to.family == AF_INET6;

	address_print(&rule->to, address);
	fprintf(out, "%s %s to ", rule->place == PLACE_DSTNAT ? "dnat" : "snat",
		family_name(rule->to.family));
	if (!rule->ports.high) {
		fprintf(out, "%s", address);
		return;
	}
	range_print(rule->ports, ports);
	fprintf(out, v6 ? "[%s]:%s" : "%s:%s", address, ports);
}

/* "ct helper" of a connection that was expected is the helper that expected it. */
static void put_accept(FILE *out, const struct plan *plan, const struct rule *rule)
{
	if (rule->action == ACT_REPLY)
		fputs("ct direction reply ct state established", out);
	else
		fprintf(out, "ct direction original ct state %s",
			rule->by_helper ? "established,related" : "new,established");
	if (rule->by_helper)
		fprintf(out, " ct helper \"%s\"", plan->options.helper);
	fputs(" accept", out);
}

static void put_verdict(FILE *out, const struct plan *plan, const struct rule *rule)
{
	switch (rule->action) {
	case ACT_HELPER:
		fputs("ct helper set \"" HELPER_OBJECT "\"", out);
		break;
	case ACT_TIMEOUT:
		fputs("ct timeout set \"" TIMEOUT_OBJECT "\"", out);
		break;
	case ACT_TRANSLATE:
		put_translation(out, rule);
		break;
	case ACT_ACCEPT:
	case ACT_REPLY:
		put_accept(out, plan, rule);
		break;
	case ACT_REFUSE:
		fputs("tcp flags syn / fin,syn,rst,ack reject with tcp reset", out);
		break;
	case ACT_GUARD:
		fputs("ct state != established drop", out);
		break;
	case ACT_COUNT:
		break;
	}
}

static void put_rule(FILE *out, const struct plan *plan, const struct rule *rule)
{
	char comment[COMMENT_MAX];

	fputs("\t\t", out);
	if (rule->place == PLACE_DSTNAT && nft_map_members(plan, rule) > 1) {
		put_mapped(out, plan, rule);
		return;
	}
	put_addresses(out, plan, rule);
	put_match_ports(out, rule);
	put_verdict(out, plan, rule);
	rule_comment(plan, rule, NULL, comment);
	fprintf(out, " comment \"%s\"\n", comment);
}

/*
 * Errors that routers report about these flows carry the path's MTU.  A
 * machine that drops everything else still has to find its neighbours, and to
 * talk to itself; its resets pass its own chain too, related to what they refuse
 * (nf_ct_attach() in the kernel).
 */
static void put_common(FILE *out, const struct plan *plan, enum place place)
{
	static const char *const interface[PLACE_COUNT] = {
		[PLACE_INPUT] = "iifname",
		[PLACE_OUTPUT] = "oifname",
	};

	if (interface[place] && (plan_drops(plan, place) || plan_has(plan, place, ACT_GUARD)))
		fprintf(out, "\t\t%s \"lo\" accept comment \"this machine to itself\"\n",
			interface[place]);
	if (!plan_drops(plan, place))
		return;
	if (interface[place])
		fputs("\t\t" ICMP " accept comment \"neighbours, errors\"\n", out);
	else
		fputs("\t\t" ICMP " ct state related accept comment \"errors\"\n", out);
	if (place == PLACE_OUTPUT && plan_has(plan, PLACE_COUNT, ACT_REFUSE))
		fputs("\t\ttcp flags rst ct state related accept comment \"resets of what is refused\"\n", out);
}

static void put_chain(FILE *out, const struct plan *plan, enum place place)
{
	const struct rule *rule;
	bool filters = place == PLACE_INPUT || place == PLACE_FORWARD || place == PLACE_OUTPUT;

	fprintf(out, "\n\tchain %s {\n", chains[place].name);
	if (!filters || plan->options.style == STYLE_OWN)
		fprintf(out, "\t\t%s; policy %s;\n", chains[place].hook,
			plan_drops(plan, place) ? "drop" : "accept");
	if (filters)
		put_common(out, plan, place);
	for (rule = plan_next(plan, place, NULL); rule; rule = plan_next(plan, place, rule))
		if (place != PLACE_DSTNAT || nft_map_leads(plan, rule))
			put_rule(out, plan, rule);
	fputs("\t}\n", out);
}

static void put_element(FILE *out, const struct pair *pair, const char *separator)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], comment[COMMENT_MAX];

	address_print(&pair->source, source);
	address_print(&pair->destination, destination);
	pair_comment(pair, comment);
	fprintf(out, "\t\t\t%s%s%s comment \"%s\"%s\n", source, *source ? " . " : "",
		destination, comment, separator);
}

static void put_set(FILE *out, const struct pair_set *set)
{
	const struct pair *first = &set->pairs[0];
	const char *type = first->destination.family == AF_INET ? "ipv4_addr" : "ipv6_addr";
	size_t i;

	fprintf(out, "\n\tset " SET_PREFIX "%u {\n\t\ttype %s%s%s\n\t\telements = {\n", set->number,
		first->source.family ? type : "", first->source.family ? " . " : "", type);
	for (i = 0; i < set->count; i++)
		put_element(out, &set->pairs[i], i + 1 < set->count ? "," : "");
	fputs("\t\t}\n\t}\n", out);
}

/* In the order of their numbers, which is that of the rules. */
static void put_sets(FILE *out, const struct plan *plan)
{
	unsigned int done = 0;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct pair_set *set = rule_pairs(plan, &plan->rules[i]);

		if (set->number <= done || !plan_uses(plan, plan->rules[i].place))
			continue;
		put_set(out, set);
		done = set->number;
	}
}

/*
 * The kernel counts a flow as unreplied until it is two seconds old, whatever
 * was replied (nf_conntrack_udp_packet()), and noop and the acknowledgement of
 * a sendsize take less: both figures have to be long.
 */
static void put_objects(FILE *out, const struct plan *plan)
{
	if (plan_has(plan, PLACE_COUNT, ACT_HELPER))
		fprintf(out, "\tct helper " HELPER_OBJECT " {\n"
			"\t\ttype \"%s\" protocol udp;\n"
			"\t}\n", plan->options.helper);
	if (plan_has(plan, PLACE_COUNT, ACT_TIMEOUT))
		fprintf(out, "\tct timeout " TIMEOUT_OBJECT " {\n"
			"\t\tprotocol udp;\n"
			"\t\tpolicy = { unreplied : %u, replied : %u }\n"
			"\t}\n", AMANDA_REPLY_SECONDS, AMANDA_REPLY_SECONDS);
}

static void put_title(FILE *out, const struct plan *plan)
{
	char host[COMMENT_MAX];

	host_comment(plan->host, host);
	fprintf(out, "%s# Amanda's flows at %s.\n# Written by amfwctl generate --format nft%s%s.\n",
		plan->options.style == STYLE_OWN ? "#!/usr/sbin/nft -f\n" : "", host,
		plan->options.style == STYLE_INCLUDE ? " --style include" : "",
		plan->options.helper ? "" : " --no-helper");
}

/* An accept in one table does not undo a drop in another. */
static void put_use(FILE *out, const struct plan *plan)
{
	static const char *const hooks[PLACE_COUNT] = {
		[PLACE_INPUT] = "input",
		[PLACE_FORWARD] = "forward",
		[PLACE_OUTPUT] = "output",
	};
	enum place place;

	fputs("# For a table of the family inet that is there already.  Inside it:\n"
	      "#\tinclude \"amfw.nft\"\n"
	      "# and, before anything there drops:\n", out);
	for (place = 0; place < PLACE_COUNT; place++)
		if (hooks[place] && plan_uses(plan, place))
			fprintf(out, "#\tjump %s\tin the chain of the hook %s\n",
				chains[place].name, hooks[place]);
}

/**
 * nft_write() - write a plan for nft -f
 * @plan: the plan
 * @output: where to
 * @errors: not used
 *
 * Return: 0, or -ENOMEM.
 */
int nft_write(const struct plan *plan, struct output *output, FILE *errors)
{
	bool own = plan->options.style == STYLE_OWN;
	FILE *out = output_file(output, "amfw.nft", 0644);
	enum place place;

	(void)errors;
	if (!out)
		return -ENOMEM;
	put_title(out, plan);
	if (own)
		fputs("# Loading it again replaces this table and touches no other.\n\n"
		      "table inet amfw\ndelete table inet amfw\n\ntable inet amfw {\n", out);
	else
		put_use(out, plan);
	put_objects(out, plan);
	put_sets(out, plan);
	nft_maps_write(plan, out);
	for (place = 0; place < PLACE_COUNT; place++)
		if (plan_uses(plan, place))
			put_chain(out, plan, place);
	if (own)
		fputs("}\n", out);
	return output_end(output);
}

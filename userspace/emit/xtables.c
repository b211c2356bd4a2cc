// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules in the words of iptables-restore, which iptables, ip6tables and ufw
 * have in common.
 *
 * Each match names its module and each option is spelled as iptables-save
 * spells it, so that a dump can be compared with what was loaded.
 */
#include "emit/xtables.h"

#include <string.h>

#include "emit/pair_groups.h"

/* A reset of REJECT is related to what it refuses: nf_ct_attach() in the kernel. */
#define RESETS	" -p tcp -m tcp --tcp-flags RST RST -m conntrack --ctstate RELATED"

/*
 * A missing helper is found out when raw is loaded (iptables-restore --test
 * does not see it): so that comes first, and what fails has changed nothing.
 */
const char *const xtables_tables[] = { "raw", "nat", "filter" };
const size_t xtables_table_count = sizeof(xtables_tables) / sizeof(*xtables_tables);

const char *const xtables_builtin[PLACE_COUNT] = {
	[PLACE_TRACK_IN] = "PREROUTING",
	[PLACE_TRACK_OUT] = "OUTPUT",
	[PLACE_DSTNAT] = "PREROUTING",
	[PLACE_INPUT] = "INPUT",
	[PLACE_FORWARD] = "FORWARD",
	[PLACE_OUTPUT] = "OUTPUT",
	[PLACE_SRCNAT] = "POSTROUTING",
};

/* The target CT gives the helper to a packet that conntrack has not seen yet. */
const char *const xtables_table_of[PLACE_COUNT] = {
	[PLACE_TRACK_IN] = "raw",
	[PLACE_TRACK_OUT] = "raw",
	[PLACE_DSTNAT] = "nat",
	[PLACE_INPUT] = "filter",
	[PLACE_FORWARD] = "filter",
	[PLACE_OUTPUT] = "filter",
	[PLACE_SRCNAT] = "nat",
};

/* The addresses of one line: of one pair, or of a group of them. */
struct ends {
	struct address source;
	struct address destination;
	const char *set;
	bool set_is_source;
	const struct pair *pair;
};

static void put_address(const struct xtables *xt, const char *option,
			const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->family == AF_UNSPEC)
		return;
	address_print(address, text);
	fprintf(xt->out, " %s %s/%d", option, text, address->family == AF_INET ? 32 : 128);
}

static void put_ports(const struct xtables *xt, const char *option, struct range range)
{
	if (!range.high)
		return;
	fprintf(xt->out, " %s %u", option, range.low);
	if (range.high != range.low)
		fprintf(xt->out, ":%u", range.high);
}

static void put_match(const struct xtables *xt, const struct rule *rule, const struct ends *ends)
{
	const char *protocol = rule->protocol == IPPROTO_UDP ? "udp" : "tcp";

	put_address(xt, "-s", &ends->source);
	put_address(xt, "-d", &ends->destination);
	fprintf(xt->out, " -p %s -m %s", protocol, protocol);
	put_ports(xt, "--sport", rule->sport);
	put_ports(xt, "--dport", rule->dport);
	if (rule->action == ACT_REFUSE)
		fputs(" --tcp-flags FIN,SYN,RST,ACK SYN", xt->out);
	if (ends->set)
		fprintf(xt->out, " -m set --match-set %s %s", ends->set,
			ends->set_is_source ? "src" : "dst");
}

/* -m helper asks for the helper that expected a connection. */
static void put_state(const struct xtables *xt, const struct rule *rule)
{
	static const char match[] = " -m conntrack --ctstate ";

	if (rule->action == ACT_GUARD)
		fputs(" -m conntrack ! --ctstate ESTABLISHED", xt->out);
	else if (rule->action == ACT_REPLY)
		fprintf(xt->out, "%sESTABLISHED --ctdir REPLY", match);
	else if (rule->action == ACT_ACCEPT)
		fprintf(xt->out, "%s%s,ESTABLISHED --ctdir ORIGINAL", match,
			rule->by_helper ? "RELATED" : "NEW");
	if (rule->by_helper)
		fprintf(xt->out, " -m helper --helper %s", xt->plan->options.helper);
}

/* "--to-destination 192.0.2.1:10080", "--to-source [2001:db8::1]:700-740" */
static void put_translation(const struct xtables *xt, const struct rule *rule)
{
	bool v6 = rule->to.family == AF_INET6;
	char address[INET6_ADDRSTRLEN], ports[12];

	address_print(&rule->to, address);
	fputs(rule->place == PLACE_DSTNAT ? " -j DNAT --to-destination " : " -j SNAT --to-source ",
	      xt->out);
	if (!rule->ports.high) {
		fputs(address, xt->out);
		return;
	}
	range_print(rule->ports, ports);
	fprintf(xt->out, v6 ? "[%s]:%s" : "%s:%s", address, ports);
}

static void put_target(const struct xtables *xt, const struct rule *rule)
{
	switch (rule->action) {
	case ACT_HELPER:
		fprintf(xt->out, " -j CT --helper %s", xt->plan->options.helper);
		break;
	case ACT_TIMEOUT:
		fprintf(xt->out, " -j CT --timeout %s", XTABLES_TIMEOUT(xt->family));
		break;
	case ACT_TRANSLATE:
		put_translation(xt, rule);
		break;
	case ACT_ACCEPT:
	case ACT_REPLY:
		fputs(" -j ACCEPT", xt->out);
		break;
	case ACT_REFUSE:
		fputs(" -j REJECT --reject-with tcp-reset", xt->out);
		break;
	case ACT_GUARD:
		fputs(" -j DROP", xt->out);
		break;
	case ACT_COUNT:
		break;
	}
}

/* Lines that do not load without a policy of nfct wait behind a "#". */
static void put_line(const struct xtables *xt, const struct rule *rule, const struct ends *ends)
{
	char comment[COMMENT_MAX];

	fprintf(xt->out, "%s-A %s", rule->action == ACT_TIMEOUT ? "#" : "",
		xt->chains[rule->place]);
	put_match(xt, rule, ends);
	put_state(xt, rule);
	rule_comment(xt->plan, rule, ends->pair, comment);
	fprintf(xt->out, " -m comment --comment \"%s\"", comment);
	put_target(xt, rule);
	fputc('\n', xt->out);
}

static void put_pair(const struct xtables *xt, const struct rule *rule, const struct pair *pair)
{
	struct tuple match = rule_match(rule, pair);
	const struct ends ends = {
		.source = match.source, .destination = match.destination, .pair = pair,
	};

	put_line(xt, rule, &ends);
}

static void put_group(const struct xtables *xt, const struct rule *rule,
		      const struct pair_groups *groups, const struct pair_group *group)
{
	struct tuple match = rule_match(rule, group->pairs[0]);
	/* The set holds what the group does not have in common. */
	struct ends ends = { .set = group->name, .set_is_source = groups->by_source == rule->reversed };

	if (group->count == 1) {
		put_pair(xt, rule, group->pairs[0]);
		return;
	}
	if (ends.set_is_source)
		ends.destination = match.destination;
	else
		ends.source = match.source;
	put_line(xt, rule, &ends);
}

static int put_groups(const struct xtables *xt, const struct rule *rule,
		      const struct pair_set *set)
{
	struct pair_groups groups;
	int err = pair_groups_make(&groups, set);
	size_t i;

	for (i = 0; i < groups.count && !err; i++)
		put_group(xt, rule, &groups, &groups.groups[i]);
	pair_groups_free(&groups);
	return err;
}

static int put_rule(const struct xtables *xt, const struct rule *rule)
{
	const struct pair_set *set = rule_pairs(xt->plan, rule);
	const struct ends everybody = { .set = NULL };
	size_t i;

	if (xt->sets && set->count > 1)
		return put_groups(xt, rule, set);
	if (!set->count)
		put_line(xt, rule, &everybody);
	for (i = 0; i < set->count; i++)
		put_pair(xt, rule, &set->pairs[i]);
	return 0;
}

/**
 * xtables_applies() - does a rule concern an address family?
 * @rule: the rule
 * @family: AF_INET or AF_INET6
 *
 * Return: true where it is of that family, or of any.
 */
bool xtables_applies(const struct rule *rule, sa_family_t family)
{
	return rule->family == AF_UNSPEC || rule->family == family;
}

/**
 * xtables_has() - is there a rule of this kind for this family?
 * @plan: the plan
 * @family: AF_INET or AF_INET6
 * @place: where; PLACE_COUNT for anywhere that is used
 * @action: what it does; ACT_COUNT for anything
 *
 * Return: true where there is.
 */
bool xtables_has(const struct plan *plan, sa_family_t family, enum place place,
		 enum action action)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct rule *rule = &plan->rules[i];

		if ((place == PLACE_COUNT ? plan_uses(plan, rule->place) : rule->place == place) &&
		    (action == ACT_COUNT || rule->action == action) &&
		    xtables_applies(rule, family))
			return true;
	}
	return false;
}

/**
 * xtables_rules() - write the rules of one place
 * @xt: what is being written
 * @place: the place
 *
 * Return: 0, or -ENOMEM.
 */
int xtables_rules(const struct xtables *xt, enum place place)
{
	const struct rule *rule = plan_next(xt->plan, place, NULL);
	int err = 0;

	for (; rule && !err; rule = plan_next(xt->plan, place, rule))
		if (xtables_applies(rule, xt->family) && !(xt->skip & 1u << rule->action))
			err = put_rule(xt, rule);
	return err;
}

/**
 * xtables_common() - write what stands before the rules of a filter chain
 * @xt: what is being written
 * @place: PLACE_INPUT, PLACE_FORWARD or PLACE_OUTPUT
 *
 * Errors that routers report about these flows carry the path's MTU.  A
 * machine that drops everything else still has to find its neighbours, which
 * IPv6 does by ICMP, and to talk to itself; its resets pass its own chains too.
 */
void xtables_common(const struct xtables *xt, enum place place)
{
	static const char *const interface[PLACE_COUNT] = {
		[PLACE_INPUT] = "-i",
		[PLACE_OUTPUT] = "-o",
	};
	const char *icmp = xt->family == AF_INET ? "icmp" : "ipv6-icmp";
	const char *chain = xt->chains[place];
	bool drops = plan_drops(xt->plan, place);

	if (interface[place] && (drops || plan_has(xt->plan, place, ACT_GUARD)))
		fprintf(xt->out, "-A %s %s lo -m comment --comment \"this machine to itself\" -j ACCEPT\n",
			chain, interface[place]);
	if (drops && interface[place])
		fprintf(xt->out, "-A %s -p %s -m comment --comment \"neighbours, errors\" -j ACCEPT\n",
			chain, icmp);
	else if (drops)
		fprintf(xt->out,
			"-A %s -p %s -m conntrack --ctstate RELATED -m comment --comment \"errors\" -j ACCEPT\n",
			chain, icmp);
	if (drops && place == PLACE_OUTPUT && plan_has(xt->plan, PLACE_COUNT, ACT_REFUSE))
		fprintf(xt->out, "-A %s" RESETS " -m comment --comment \"resets of what is refused\" -j ACCEPT\n",
			chain);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plan as an nft ruleset: one table of its own, to be loaded with nft -f.
 *
 * Ports are written as numbers, since service names differ from machine to
 * machine; each block ends on a line of its own and each chain's name has a
 * prefix, since nft 1.0.6 stumbles over anything else.
 */
#include <string.h>

#include "emit/emit.h"

#define HELPER_OBJECT	"amfw_amanda"
#define TIMEOUT_OBJECT	"amfw_patient"
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

static const char *family_name(const struct address *address)
{
	return address->family == AF_INET ? "ip" : "ip6";
}

static void put_address(FILE *out, const char *key, const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->family == AF_UNSPEC)
		return;
	address_print(address, text);
	fprintf(out, "%s %s %s ", family_name(address), key, text);
}

static void put_range(FILE *out, const char *protocol, const char *key, struct range range)
{
	char text[12];

	if (!range.high)
		return;
	range_print(range, text);
	fprintf(out, "%s %s %s ", protocol, key, text);
}

static void put_match(FILE *out, const struct rule *rule)
{
	const char *protocol = rule->protocol == IPPROTO_UDP ? "udp" : "tcp";

	put_address(out, "saddr", &rule->match.source);
	put_address(out, "daddr", &rule->match.destination);
	put_range(out, protocol, "sport", rule->match.sport);
	put_range(out, protocol, "dport", rule->match.dport);
}

/* "dnat ip to 192.0.2.1:10080", "snat ip6 to [2001:db8::1]:700-740" */
static void put_translation(FILE *out, const struct rule *rule)
{
	char address[INET6_ADDRSTRLEN], ports[12];
	bool v6 = rule->to.family == AF_INET6;

	address_print(&rule->to, address);
	fprintf(out, "%s %s to ", rule->place == PLACE_DSTNAT ? "dnat" : "snat",
		family_name(&rule->to));
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

/* A reader of other sources than the site file may let anything into a name. */
static void put_clean(FILE *out, const char *text, size_t most)
{
	size_t i;

	for (i = 0; text[i] && i < most; i++) {
		unsigned char c = (unsigned char)text[i];

		putc(c < ' ' || c >= 0x7f || strchr("\"\\{};#", c) ? '_' : c, out);
	}
}

static const char *const prefixes[ACT_COUNT] = {
	[ACT_REPLY] = "replies: ",
	[ACT_REFUSE] = "not expected: ",
};

/* The kernel keeps 128 bytes of a comment: NFTNL_UDATA_COMMENT_MAXLEN. */
static void put_comment(FILE *out, const struct rule *rule)
{
	char comment[WHY_MAX + 2 * SITE_NAME_MAX + 32];
	const char *prefix = prefixes[rule->action];

	if (rule->action == ACT_GUARD)
		snprintf(comment, sizeof(comment), "nobody else");
	else
		snprintf(comment, sizeof(comment), "%s%s to %s: %s", prefix ? prefix : "",
			 rule->initiator->name, rule->responder->name, rule->why);
	fputs(" comment \"", out);
	put_clean(out, comment, 127);
	fputs("\"\n", out);
}

static void put_rule(FILE *out, const struct plan *plan, const struct rule *rule)
{
	fputs("\t\t", out);
	put_match(out, rule);
	put_verdict(out, plan, rule);
	put_comment(out, rule);
}

/*
 * Errors that routers report about these flows carry the path's MTU.  A
 * machine that drops everything else still has to find its neighbours, and to
 * talk to itself.
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
}

static void put_chain(FILE *out, const struct plan *plan, enum place place)
{
	enum action action;
	size_t i;

	fprintf(out, "\n\tchain %s {\n\t\t%s; policy %s;\n", chains[place].name,
		chains[place].hook, plan_drops(plan, place) ? "drop" : "accept");
	if (place == PLACE_INPUT || place == PLACE_FORWARD || place == PLACE_OUTPUT)
		put_common(out, plan, place);
	for (action = 0; action < ACT_COUNT; action++)
		for (i = 0; i < plan->count; i++)
			if (plan->rules[i].place == place && plan->rules[i].action == action)
				put_rule(out, plan, &plan->rules[i]);
	fputs("\t}\n", out);
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

static void put_roles(FILE *out, unsigned int roles)
{
	fprintf(out, "%s%s%s", roles & ROLE_GATEWAY ? " gateway" : "",
		roles & ROLE_SERVER ? " server" : "", roles & ROLE_CLIENT ? " client" : "");
}

static void put_head(FILE *out, const struct plan *plan)
{
	fputs("#!/usr/sbin/nft -f\n# Amanda's flows at ", out);
	put_clean(out, plan->host->name, SITE_NAME_MAX);
	fputs(", roles:", out);
	put_roles(out, plan->host->roles);
	fprintf(out, ".\n# Written by amfwctl generate --format nft%s.\n"
		"# Loading it again replaces this table and touches no other.\n\n"
		"table inet amfw\n"
		"delete table inet amfw\n\n"
		"table inet amfw {\n", plan->options.helper ? "" : " --no-helper");
}

/**
 * nft_write() - write a plan for nft -f
 * @plan: the plan
 * @out: where to
 *
 * Return: 0, or -EIO as @out says.
 */
int nft_write(const struct plan *plan, FILE *out)
{
	enum place place;

	put_head(out, plan);
	put_objects(out, plan);
	for (place = 0; place < PLACE_COUNT; place++)
		if (plan_uses(plan, place))
			put_chain(out, plan, place);
	fputs("}\n", out);
	return ferror(out) ? -1 : 0;
}

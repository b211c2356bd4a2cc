// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a rule asks of packets, as nft and as iptables write it.
 */
#include <ctype.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "amfwctl/check_fix.h"

static bool built_in(const char *name)
{
	static const char *const names[] = {
		"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/**
 * language_of() - what a chain's own tool speaks
 * @chain: the chain
 *
 * Return: LANGUAGE_XTABLES where its rules, or its name, are those of iptables.
 */
enum language language_of(const struct chain *chain)
{
	if (chain->table->family != NFPROTO_IPV4 && chain->table->family != NFPROTO_IPV6)
		return LANGUAGE_NFT;
	if (chain->count && chain->rules[0].text)
		return strncmp(chain->rules[0].text, "-A ", 3) ? LANGUAGE_NFT :
								  LANGUAGE_XTABLES;
	return built_in(chain->name) ? LANGUAGE_XTABLES : LANGUAGE_NFT;
}

/**
 * match_take() - these packets, too
 * @match: the packets so far
 * @box: more, as they look where the rule will stand
 */
void match_take(struct fix_match *match, const struct box *box)
{
	static const enum field counted[] = {
		FIELD_SADDR, FIELD_DADDR, FIELD_PROTOCOL, FIELD_SPORT, FIELD_DPORT,
		FIELD_CT_STATE, FIELD_CT_HELPER,
	};
	struct arena *arena = match->check->arena;
	size_t i;

	for (i = 0; i < sizeof(counted) / sizeof(*counted); i++) {
		enum field field = counted[i];

		if (!match->field[field])
			match->field[field] = box->now[field];
		else if (box->now[field])
			match->field[field] = values_or(arena, match->field[field],
							box->now[field]);
	}
}

static void span(FILE *out, const struct fix_match *match, enum field field,
		 const char *between)
{
	const struct values *values = match->field[field];
	__uint128_t low = values->interval[0].low;
	__uint128_t high = values->interval[values->count - 1].high;

	print_field_value(out, match->check, match->version, field, low);
	if (low == high)
		return;
	fputs(between, out);
	print_field_value(out, match->check, match->version, field, high);
}

static bool given(const struct fix_match *match, enum field field)
{
	return match->field[field] && match->field[field]->count;
}

static void part(FILE *out, const struct fix_match *match, enum field field,
		 const char *between, const char *name)
{
	if (!given(match, field))
		return;
	fputs(name, out);
	span(out, match, field, between);
}

/* What connection tracking has said already; before it, all packets are invalid. */
static bool has_state(const struct fix_match *match)
{
	return given(match, FIELD_CT_STATE) && match->field[FIELD_CT_STATE]->count == 1 &&
	       !values_hold(match->field[FIELD_CT_STATE], NF_CT_STATE_INVALID_BIT);
}

static bool has_helper(const struct fix_match *match)
{
	return has_state(match) && given(match, FIELD_CT_HELPER) &&
	       match->field[FIELD_CT_HELPER]->interval[0].low;
}

static void ports_nft(FILE *out, const struct fix_match *match)
{
	char name[24];
	FILE *text = fmemopen(name, sizeof(name), "w");

	if (!text)
		return;
	span(text, match, FIELD_PROTOCOL, "-");
	fclose(text);
	if (given(match, FIELD_SPORT)) {
		fprintf(out, " %s sport ", name);
		span(out, match, FIELD_SPORT, "-");
	}
	if (given(match, FIELD_DPORT)) {
		fprintf(out, " %s dport ", name);
		span(out, match, FIELD_DPORT, "-");
	}
}

static void print_nft(FILE *out, const struct fix_match *match)
{
	bool v4 = match->version == VERSION_4;

	part(out, match, FIELD_SADDR, "-", v4 ? "ip saddr " : "ip6 saddr ");
	part(out, match, FIELD_DADDR, "-", v4 ? " ip daddr " : " ip6 daddr ");
	if (given(match, FIELD_PROTOCOL))
		ports_nft(out, match);
	if (has_state(match))
		part(out, match, FIELD_CT_STATE, ",", " ct state ");
	if (has_helper(match)) {
		part(out, match, FIELD_CT_HELPER, "-", " ct helper \"");
		fputs("\"", out);
	}
}

/* iptables-save writes states in capitals. */
static void state_xtables(FILE *out, const struct fix_match *match)
{
	char name[24] = "", *c;
	FILE *text = fmemopen(name, sizeof(name), "w");

	if (!text)
		return;
	span(text, match, FIELD_CT_STATE, ",");
	fclose(text);
	for (c = name; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	fprintf(out, " -m conntrack --ctstate %s", name);
}

static void print_xtables(FILE *out, const struct fix_match *match)
{
	part(out, match, FIELD_SADDR, "-", " -s ");
	part(out, match, FIELD_DADDR, "-", " -d ");
	part(out, match, FIELD_PROTOCOL, "-", " -p ");
	part(out, match, FIELD_SPORT, ":", " --sport ");
	part(out, match, FIELD_DPORT, ":", " --dport ");
	if (has_state(match))
		state_xtables(out, match);
	if (has_helper(match))
		part(out, match, FIELD_CT_HELPER, "-", " -m helper --helper ");
}

/**
 * match_print() - write it
 * @out: where to
 * @language: in which language; iptables begins with a blank
 * @match: the packets
 */
void match_print(FILE *out, enum language language, const struct fix_match *match)
{
	if (language == LANGUAGE_NFT)
		print_nft(out, match);
	else
		print_xtables(out, match);
}

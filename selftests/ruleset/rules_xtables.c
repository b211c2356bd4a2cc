// SPDX-License-Identifier: GPL-2.0-or-later
/* Rulesets of iptables by chance, as iptables-save writes them. */
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/rules.h"

#define RULE_ROOM	1024

struct part {
	char version;		/* 4, 6 or 0 */
	char protocol;		/* t, u, b(oth), i or 0 */
	const char *text;
};

static const struct part matches[] = {
	{ 0, 0, "%!-s %a" }, { 0, 0, "%!-d %a" }, { 0, 0, "%!-s %n" }, { 0, 0, "%!-d %n" },
	{ 0, 0, "-m iprange %!--src-range %r" }, { 0, 0, "-m iprange %!--dst-range %r" },
	{ 0, 0, "-m conntrack %!--ctstate %S" }, { 0, 0, "-m conntrack %!--ctstate %S" },
	{ 0, 0, "-m state --state %S" }, { 0, 0, "-m conntrack --ctstate RELATED,ESTABLISHED" },
	{ 0, 0, "-m conntrack %!--ctstatus ASSURED" }, { 0, 0, "-m conntrack %!--ctstatus EXPECTED,SEEN_REPLY" },
	{ 0, 0, "-m conntrack %!--ctorigsrc %a" }, { 0, 0, "-m conntrack %!--ctorigdst %n" },
	{ 0, 0, "-m conntrack --ctstate NEW,ESTABLISHED %!--ctorigdst %n" },
	{ 0, 't', "-m conntrack %!--ctorigdstport %p" }, { 0, 'u', "-m conntrack %!--ctorigsrcport %q" },
	{ 0, 0, "-m conntrack --ctdir ORIGINAL" }, { 0, 0, "-m conntrack --ctdir REPLY" },
	{ 0, 0, "-m conntrack %!--ctstate DNAT" },
	{ 0, 0, "-m mark %!--mark %m" }, { 0, 0, "-m mark %!--mark %m/%x" },
	{ 0, 0, "-m connmark %!--mark %m/%x" }, { 0, 0, "-m helper %!--helper amanda" },
	{ 0, 0, "-m addrtype %!--dst-type LOCAL" }, { 0, 0, "-m addrtype --src-type UNICAST" },
	{ 0, 0, "-m addrtype %!--src-type LOCAL,MULTICAST" },
	{ 0, 0, "-m length %!--length %l" }, { 0, 0, "-m length --length 100:300" },
	{ 4, 0, "-m ttl --ttl-eq %t" }, { 4, 0, "-m ttl --ttl-lt %t" }, { 4, 0, "-m ttl --ttl-gt %t" },
	{ 6, 0, "-m rt --rt-type 0" }, { 6, 0, "-m hl --hl-lt %t" }, { 6, 0, "-m hl --hl-eq %t" },
	{ 0, 0, "-m dscp %!--dscp %d" }, { 0, 0, "-m tos --tos 0x10/0x3f" }, { 0, 0, "-m pkttype %!--pkt-type unicast" },
	{ 0, 0, "-m comment --comment \"why not\"" }, { 4, 0, "%!-f" },
	{ 0, 't', "%!--dport %p" }, { 0, 't', "%!--sport %p" }, { 0, 't', "%!--dport %q" },
	{ 0, 't', "--syn" }, { 0, 't', "! --syn" }, { 0, 't', "%!--tcp-flags %F SYN" },
	{ 0, 't', "--tcp-flags %F %F" },
	{ 0, 'u', "%!--dport %p" }, { 0, 'u', "%!--sport %q" }, { 0, 'u', "%!--dport %q" },
	{ 0, 'b', "-m multiport %!--dports %Q" }, { 0, 'b', "-m multiport %!--sports %Q" },
	{ 0, 'b', "-m multiport %!--ports %Q" },
	{ 4, 'i', "-m icmp %!--icmp-type 8" }, { 4, 'i', "-m icmp --icmp-type 3/1" }, { 4, 'i', "-m icmp --icmp-type any" },
	{ 6, 'i', "-m icmp6 %!--icmpv6-type 128" }, { 6, 'i', "-m icmp6 --icmpv6-type 1/4" },
};

static const struct part doubts[] = {
	{ 0, 0, "-m limit --limit 3/min" }, { 0, 0, "-m statistic --mode random --probability 0.5" },
	{ 0, 0, "-m recent --name x --rcheck" }, { 0, 0, "-m connlimit --connlimit-above 3" },
	{ 0, 0, "-m hashlimit --hashlimit-upto 5/min --hashlimit-name h" },
	{ 0, 0, "-m u32 --u32 \"0>>22&0x3C@0=1\"" }, { 0, 0, "-m cpu --cpu 0" },
	{ 0, 0, "-m string --string NF --algo bm" },
	{ 0, 0, "-m connbytes --connbytes 2:9 --connbytes-dir both --connbytes-mode packets" },
};

struct kind_of_table {
	const char *name;
	const char *const chains[6];
	const char *const changes[10];
};

static const struct kind_of_table tables[] = {
	{ "raw", { "PREROUTING", "OUTPUT" }, { "NOTRACK", "CT --notrack", "MARK --set-xmark %m/0xffffffff" } },
	{ "mangle", { "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING" },
	  { "MARK --set-xmark %m/%x", "MARK --or-mark %m", "CONNMARK --set-xmark %m/%x", "CONNMARK --save-mark",
	    "CONNMARK --restore-mark", "DSCP --set-dscp %d", "TOS --set-tos 0x10/0x3f", "MARK --and-mark %x",
	    "CONNMARK --save-mark --nfmask %x --ctmask %x" } },
	{ "nat", { "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING" }, { NULL } },
	{ "filter", { "INPUT", "FORWARD", "OUTPUT" }, { "REJECT" } },
};

static const char *const dnats[] = { "DNAT --to-destination %R", "REDIRECT", "REDIRECT --to-ports %p",
				     "DNAT --to-destination %R" };
static const char *const snats[] = { "SNAT --to-source %R", "MASQUERADE", "MASQUERADE --to-ports 2000-3000",
				     "MASQUERADE --random-fully", "MASQUERADE --random" };

static void append(const struct rules *rules, char *rule, const char *template)
{
	struct fill fill = { .rules = rules, .six = rules->six };
	size_t used = strlen(rule);

	fill_template(&fill, template, rule + used, RULE_ROOM - used - 1);
	strcat(rule, " ");
}

static void take(const struct rules *rules, const struct part *parts, size_t count, char protocol,
		 char *rule)
{
	const struct part *part = &parts[chance_below((uint32_t)count)];
	bool both = part->protocol == 'b' && (protocol == 't' || protocol == 'u');
	char option[8];

	if (part->version && part->version != (rules->six ? 6 : 4))
		return;
	if (part->protocol && part->protocol != protocol && !both)
		return;
	/* An option may be given once only. */
	if (*part->text == '%' && strlen(part->text) > 4) {
		snprintf(option, sizeof(option), "%.4s", part->text + 2);
		if (strstr(rule, option))
			return;
	}
	if (part->protocol == 't' && strstr(part->text, part->text[0] == '%' ? "flags" : "-") &&
	    (strstr(rule, "syn") || strstr(rule, "flags")))
		return;
	snprintf(option, sizeof(option), "%.7s", part->text);
	if (strncmp(option, "-m ", 3) == 0 && strstr(rule, option))
		return;
	append(rules, rule, part->text);
}

static void target(const struct rules *rules, const struct kind_of_table *table, unsigned int level,
		   const char *chain, char *rule)
{
	bool source = !strcmp(chain, "POSTROUTING") || !strcmp(chain, "INPUT");
	unsigned int changes = 0;
	uint32_t n = chance_below(12);
	char text[64];

	while (changes < 10 && table->changes[changes])
		changes++;
	strcat(rule, "-j ");
	if (!strcmp(table->name, "nat") && n < 8 && !level) {
		append(rules, rule, source ? snats[strcmp(chain, "INPUT") ? chance_below(5) : 0] :
		       dnats[chance_below(4)]);
	} else if (changes && n < 3) {
		append(rules, rule, table->changes[chance_below(changes)]);
	} else if (n < 6) {
		strcat(rule, "ACCEPT");
	} else if (n < 8 && strcmp(table->name, "nat")) {
		strcat(rule, "DROP");
	} else if (n < 11 && level < 3) {
		snprintf(text, sizeof(text), "c%u", level + chance_below(3 - level));
		if (chance_one_in(3))
			rule[strlen(rule) - 2] = 'g';
		strcat(rule, text);
	} else {
		strcat(rule, "RETURN");
	}
}

static bool leaves(const char *chain)
{
	return !strcmp(chain, "OUTPUT") || !strcmp(chain, "POSTROUTING");
}

static bool enters(const char *chain)
{
	return !strcmp(chain, "INPUT") || !strcmp(chain, "PREROUTING");
}

static void interface(const struct rules *rules, const char *chain, char *rule)
{
	static const char *const in[] = { "%!-i %i", "-i l+", "-i +" };
	static const char *const out[] = { "%!-o %i", "-o r+" };

	if (!leaves(chain) && chance_one_in(4))
		append(rules, rule, in[chance_below(3)]);
	if (!enters(chain) && chance_one_in(4))
		append(rules, rule, out[chance_below(2)]);
}

static void rule_add(struct rules *rules, const struct kind_of_table *table, const char *chain,
		     unsigned int level)
{
	static const char *const protocols[] = { "", "-p tcp -m tcp ", "-p udp -m udp ", "-p icmp ", "%!-p tcp " };
	static const char letters[] = { 0, 't', 'u', 'i', 0 };
	bool nat = !strcmp(table->name, "nat");
	unsigned int n = nat ? 1 + chance_below(2) : chance_below(5), parts = 1 + chance_below(3), i;
	char rule[RULE_ROOM] = "";

	if (letters[n] == 'i' && rules->six)
		append(rules, rule, "-p ipv6-icmp");
	else
		append(rules, rule, protocols[n]);
	interface(rules, chain, rule);
	for (i = 0; i < parts; i++)
		take(rules, matches, sizeof(matches) / sizeof(*matches), letters[n], rule);
	if (rules->doubts && chance_one_in(3))
		take(rules, doubts, sizeof(doubts) / sizeof(*doubts), letters[n], rule);
	target(rules, table, level, chain, rule);
	rules_add(rules, true, "-A %s %s", chain, rule);
}

static void rules_of(struct rules *rules, const struct kind_of_table *table, const char *chain,
		     unsigned int level, unsigned int most)
{
	unsigned int count = 1 + chance_below(most), i;

	for (i = 0; i < count; i++)
		rule_add(rules, table, chain, level);
}

static void table_add(struct rules *rules, const struct kind_of_table *table)
{
	bool filters = !strcmp(table->name, "filter");
	unsigned int i;
	char name[8];

	rules_add(rules, false, "*%s", table->name);
	for (i = 0; i < 6 && table->chains[i]; i++)
		rules_add(rules, false, ":%s %s [0:0]", table->chains[i],
			  filters && chance_one_in(3) ? "DROP" : "ACCEPT");
	for (i = 0; i < 3; i++)
		rules_add(rules, false, ":c%u - [0:0]", i);
	for (i = 0; i < 6 && table->chains[i]; i++)
		rules_of(rules, table, table->chains[i], 0, 8);
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		rules_of(rules, table, name, i + 1, 4);
	}
	rules_add(rules, false, "COMMIT");
}

/**
 * rules_xtables() - write a ruleset
 * @rules: started
 */
void rules_xtables(struct rules *rules)
{
	unsigned int i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (i == 3 || chance_one_in(2))
			table_add(rules, &tables[i]);
}

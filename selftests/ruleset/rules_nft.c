// SPDX-License-Identifier: GPL-2.0-or-later
/* Rulesets of nft by chance. */
#include <netinet/in.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/rules.h"

#define RULE_ROOM	1024
#define CHAINS		3	/* that others jump to, in each table */

/* Which packets a part of a rule is about; parts of one rule must agree. */
enum about {
	ABOUT_ANY,
	ABOUT_INET,
	ABOUT_4,
	ABOUT_6,
	ABOUT_TCP,
	ABOUT_UDP,
	ABOUT_PORTS,
	ABOUT_ICMP,
	ABOUT_ICMP6,
};

struct part {
	enum about about;
	const char *text;
};

static const struct part matches[] = {
	{ ABOUT_4, "ip saddr %o%a" }, { ABOUT_4, "ip daddr %o%a" },
	{ ABOUT_4, "ip saddr %o%n" }, { ABOUT_4, "ip daddr %o%n" },
	{ ABOUT_4, "ip saddr %o%r" }, { ABOUT_4, "ip daddr %o%r" },
	{ ABOUT_4, "ip saddr %o{ %A }" }, { ABOUT_4, "ip daddr %o{ %A }" },
	{ ABOUT_4, "ip saddr %o@s4" }, { ABOUT_4, "ip daddr %o@s4" },
	{ ABOUT_4, "ip daddr & 255.255.0.255 == 10.2.0.5" },
	{ ABOUT_4, "ip ttl %c%t" }, { ABOUT_4, "ip length %c%l" }, { ABOUT_4, "ip dscp %o%d" },
	{ ABOUT_4, "ip protocol %o{ tcp, icmp }" }, { ABOUT_4, "ip frag-off & 0x1fff == 0" },
	{ ABOUT_4, "ip frag-off & 0x4000 %o0" },
	{ ABOUT_4, "ip version 4" }, { ABOUT_4, "ip saddr . ip daddr { %a . %a, %a . %a }" },
	{ ABOUT_6, "ip6 saddr %o%a" }, { ABOUT_6, "ip6 daddr %o%a" },
	{ ABOUT_6, "ip6 saddr %o%n" }, { ABOUT_6, "ip6 daddr %o%n" },
	{ ABOUT_6, "ip6 saddr %o%r" }, { ABOUT_6, "ip6 daddr %o%r" },
	{ ABOUT_6, "ip6 saddr %o{ %A }" }, { ABOUT_6, "ip6 daddr %o{ %A }" },
	{ ABOUT_6, "ip6 saddr %o@s6" }, { ABOUT_6, "ip6 daddr %o@s6" },
	{ ABOUT_6, "ip6 hoplimit %c%t" }, { ABOUT_6, "ip6 dscp %o%d" },
	{ ABOUT_6, "exthdr rt missing" }, { ABOUT_6, "rt type 0" }, { ABOUT_6, "frag more-fragments 1" },
	{ ABOUT_6, "ip6 nexthdr %o{ tcp, ipv6-icmp }" },
	{ ABOUT_ANY, "meta l4proto %otcp" }, { ABOUT_ANY, "meta l4proto %o{ udp, icmp, esp }" },
	{ ABOUT_ANY, "meta l4proto %oudp" }, { ABOUT_ANY, "meta l4proto { tcp, udp } th dport %p" },
	{ ABOUT_ANY, "meta l4proto . th dport %o{ tcp . %p, udp . %p }" },
	{ ABOUT_INET, "meta nfproto %oipv4" }, { ABOUT_INET, "meta protocol ip6" },
	{ ABOUT_ANY, "iifname %o\"%i\"" }, { ABOUT_ANY, "oifname %o\"%i\"" },
	{ ABOUT_ANY, "iifname { \"l0\", \"lo\" }" }, { ABOUT_ANY, "oifname %o{ \"r0\", \"x9\" }" },
	{ ABOUT_ANY, "iifname \"l*\"" }, { ABOUT_ANY, "oifname \"r*\"" }, { ABOUT_ANY, "iif %olo" },
	{ ABOUT_ANY, "oif %olo" },
	{ ABOUT_ANY, "ct state %s" }, { ABOUT_ANY, "ct state %s" }, { ABOUT_ANY, "ct state new" },
	{ ABOUT_ANY, "ct state established,related" }, { ABOUT_ANY, "ct state { new, untracked }" },
	{ ABOUT_ANY, "ct state != new" }, { ABOUT_ANY, "ct state . meta mark { new . 0x1, established . 0x0 }" },
	{ ABOUT_4, "ct original ip saddr %o%a" }, { ABOUT_4, "ct original ip daddr %n" },
	{ ABOUT_4, "ct original ip daddr %o{ %A }" }, { ABOUT_6, "ct original ip6 daddr %o%a" },
	{ ABOUT_6, "ct original ip6 saddr %o{ %A }" },
	{ ABOUT_TCP, "meta l4proto tcp ct original proto-dst %o%p" },
	{ ABOUT_UDP, "meta l4proto udp ct original proto-src %o{ %p, 40-60 }" },
	{ ABOUT_ANY, "ct direction %ooriginal" }, { ABOUT_ANY, "ct direction reply" },
	{ ABOUT_ANY, "ct status assured" }, { ABOUT_ANY, "ct status expected,seen-reply" },
	{ ABOUT_ANY, "ct status dnat" }, { ABOUT_ANY, "ct status & (assured|confirmed) == confirmed" },
	{ ABOUT_ANY, "ct helper \"amanda\"" }, { ABOUT_ANY, "ct mark %c%m" },
	{ ABOUT_ANY, "ct mark & %x %o%m" }, { ABOUT_ANY, "ct l3proto ipv4" },
	{ ABOUT_ANY, "meta mark %c%m" }, { ABOUT_ANY, "meta mark & %x %o%m" },
	{ ABOUT_ANY, "meta mark & 0xd %o{ 0x0, 0x1, 0x4 }" }, { ABOUT_ANY, "ct mark & 0x6 %o{ 0x2, 0x4 }" },
	{ ABOUT_ANY, "meta mark { %m, 0x20-0x40 }" }, { ABOUT_ANY, "meta mark . ct mark { 0x0 . 0x0, 0x1 . %m }" },
	{ ABOUT_ANY, "meta length %c%l" }, { ABOUT_ANY, "meta length %o%L" },
	{ ABOUT_ANY, "meta pkttype %ohost" }, { ABOUT_ANY, "meta pkttype { broadcast, multicast }" },
	{ ABOUT_ANY, "fib daddr type %olocal" }, { ABOUT_ANY, "fib saddr type { local, unicast }" },
	{ ABOUT_ANY, "fib daddr type != { local, broadcast }" },
	{ ABOUT_TCP, "tcp dport %c%p" }, { ABOUT_TCP, "tcp sport %c%p" }, { ABOUT_TCP, "tcp dport %o%q" },
	{ ABOUT_TCP, "tcp dport %o{ %P }" }, { ABOUT_TCP, "tcp sport %o{ %P }" },
	{ ABOUT_TCP, "tcp dport %o@sp" }, { ABOUT_TCP, "tcp flags %f" },
	{ ABOUT_TCP, "tcp flags & (%f) == %f" }, { ABOUT_TCP, "tcp flags & (fin|syn|rst|ack) %osyn" },
	{ ABOUT_TCP, "tcp flags != syn" }, { ABOUT_TCP, "tcp flags { syn, syn | ack, ack }" },
	{ ABOUT_TCP, "tcp dport & 0xff00 == 0x2b00" },
	{ ABOUT_UDP, "udp dport %c%p" }, { ABOUT_UDP, "udp sport %c%p" }, { ABOUT_UDP, "udp dport %o%q" },
	{ ABOUT_UDP, "udp dport %o{ %P }" }, { ABOUT_UDP, "udp sport %o@sp" },
	{ ABOUT_UDP, "udp sport . udp dport { %p . %q, %q . %p }" },
	{ ABOUT_PORTS, "th dport %c%p" }, { ABOUT_PORTS, "th sport %o{ %P }" },
	{ ABOUT_ICMP, "icmp type %oecho-request" }, { ABOUT_ICMP, "icmp type { echo-reply, destination-unreachable }" },
	{ ABOUT_ICMP, "icmp code %c1" }, { ABOUT_ICMP, "icmp type . icmp code { 3 . 1, 8 . 0, 3 . 4 }" },
	{ ABOUT_ICMP6, "icmpv6 type %oecho-request" }, { ABOUT_ICMP6, "icmpv6 type { 1-4, 129, 133-137 }" },
	{ ABOUT_ICMP6, "icmpv6 code %c0" },
};

/* Keys that lie in a set of several fields, which need both of them. */
static const struct part joined[] = {
	{ ABOUT_TCP, "ip saddr . tcp dport %o@sc" }, { ABOUT_TCP, "ip daddr . tcp dport { %a . %p, %n . %q }" },
	{ ABOUT_UDP, "ip saddr . ip daddr . udp dport { %a . %a . %p }" },
	{ ABOUT_TCP, "iifname . tcp dport { \"l0\" . %p, \"r0\" . %q }" },
	{ ABOUT_UDP, "iifname . oifname . udp sport { \"l0\" . \"r0\" . %q }" },
};

static const struct part doubts[] = {
	{ ABOUT_ANY, "limit rate 10/second burst 3 packets" }, { ABOUT_ANY, "numgen inc mod 2 0" },
	{ ABOUT_ANY, "meta cpu 0" }, { ABOUT_ANY, "quota over 2000 bytes" },
	{ ABOUT_ANY, "ct count over 4" }, { ABOUT_ANY, "meta skuid 0" },
	{ ABOUT_ANY, "@th,160,32 0x4e46a5d1" }, { ABOUT_4, "ct reply ip saddr %a" },
	{ ABOUT_ANY, "ct expiration > 30s" }, { ABOUT_TCP, "tcp option maxseg exists" },
	{ ABOUT_ANY, "ct packets > 1" }, { ABOUT_ANY, "numgen random mod 2 == 0" },
};

static const char *const changes[] = {
	"meta mark set %m", "meta mark set meta mark | %m", "meta mark set meta mark & %x",
	"meta mark set meta mark ^ %m", "meta mark set ct mark", "ct mark set %m",
	"ct mark set meta mark", "ct mark set ct mark & %x", "counter", "ip dscp set %d", "ip6 dscp set %d",
	"ip ttl set %t", "ip6 hoplimit set %t",
	"meta mark set tcp dport map { %p : 0x5, 0-0 : 0x6 }", "meta mark set udp dport map @mm",
	"ct mark set meta mark | 0x10", "meta mark set ip daddr map { %a : 0x3, %R : 0x4 }",
};

struct hook {
	const char *type;
	const char *hook;
	const char *priority;
	unsigned int weight;
	const char *device;
};

static const struct hook hooks[] = {
	{ "filter", "prerouting", "raw", 4, NULL }, { "filter", "prerouting", "mangle", 3, NULL },
	{ "filter", "prerouting", "filter", 4, NULL },
	{ "filter", "input", "filter", 1, NULL }, { "filter", "input", "10", 4, NULL },
	{ "filter", "forward", "filter", 1, NULL }, { "filter", "forward", "mangle", 3, NULL },
	{ "filter", "output", "filter", 1, NULL }, { "filter", "output", "raw", 4, NULL },
	{ "route", "output", "mangle", 6, NULL }, { "filter", "postrouting", "mangle", 4, NULL },
	{ "nat", "prerouting", "dstnat", 3, NULL }, { "nat", "postrouting", "srcnat", 3, NULL },
	{ "nat", "output", "-100", 4, NULL }, { "nat", "input", "100", 6, NULL },
};

struct place {
	const char *family;
	const struct hook *hook;	/* NULL: a chain that others jump to */
	unsigned int chain;
	bool reject;
};

/* A device sees frames before and after all hooks; connections, it does not know. */
static bool for_device(const struct place *place, const char *text)
{
	if (!place->hook || !place->hook->device)
		return true;
	return !strstr(text, "ct ") && !strstr(text, "oif") && !strstr(text, "iif") &&
	       !strstr(text, "fib") && !strstr(text, "pkttype") && !strstr(text, "nfproto");
}

/* nft refuses a rule that names two protocols, even where one is in a set. */
static bool names_protocol(const char *text)
{
	return strstr(text, "l4proto") || strstr(text, "ip protocol") || strstr(text, "nexthdr") ||
	       strstr(text, "tcp ") || strstr(text, "udp ") || strstr(text, "icmp");
}

static bool names_version(const char *text)
{
	return strstr(text, "nfproto") || strstr(text, "meta protocol") || strstr(text, "ip ") ||
	       strstr(text, "ip6 ");
}

static bool clashes(const struct part *part, enum about about, const char *rule)
{
	bool any = part->about == ABOUT_ANY || part->about == ABOUT_4 || part->about == ABOUT_6;

	if (any && names_protocol(part->text) && (names_protocol(rule) || about > ABOUT_6))
		return true;
	return part->about == ABOUT_INET && (names_version(rule) || about == ABOUT_4 ||
					     about == ABOUT_6 || about >= ABOUT_ICMP);
}

static void take(struct rules *rules, const struct place *place, const struct part *parts,
		 size_t count, enum about about, char *rule)
{
	const struct part *part = &parts[chance_below((uint32_t)count)];
	struct fill fill = { .rules = rules, .six = about == ABOUT_6 };
	size_t used = strlen(rule);

	if (part->about == ABOUT_INET ? strcmp(place->family, "inet") :
	    part->about != ABOUT_ANY && part->about != about)
		return;
	if (clashes(part, about, rule) || !for_device(place, part->text))
		return;
	fill_template(&fill, part->text, rule + used, RULE_ROOM - used - 1);
	strcat(rule, " ");
}

static bool fits(const struct place *place, enum about about)
{
	if (!strcmp(place->family, "ip"))
		return about != ABOUT_6 && about != ABOUT_ICMP6;
	if (!strcmp(place->family, "ip6"))
		return about != ABOUT_4 && about != ABOUT_ICMP;
	return true;
}

static const char *some_chain(const struct place *place)
{
	static const char *const names[CHAINS] = { "c0", "c1", "c2" };

	return place->chain < CHAINS ? names[place->chain + chance_below(CHAINS - place->chain)] : NULL;
}

static void verdict(const struct place *place, char *text, size_t room)
{
	const char *chain = some_chain(place);
	uint32_t n = chance_below(12);

	if (n < 4)
		snprintf(text, room, "accept");
	else if (n < 7)
		snprintf(text, room, "drop");
	else if (n == 7 && place->reject)
		snprintf(text, room, strcmp(place->family, "inet") || chance_one_in(2) ? "reject" :
			 "reject with icmpx admin-prohibited");
	else if (n < 10 && chain)
		snprintf(text, room, "%s %s", chance_one_in(3) ? "goto" : "jump", chain);
	else if (n == 10)
		snprintf(text, room, "return");
	else
		snprintf(text, room, "continue");
}

static bool version_change(const struct place *place, enum about about, const char *text)
{
	(void)place;
	if (strstr(text, "ip6 "))
		return about == ABOUT_6;
	if (strstr(text, "ip "))
		return about == ABOUT_4;
	if (strstr(text, "tcp dport"))
		return about == ABOUT_TCP;
	return !strstr(text, "udp dport") || about == ABOUT_UDP;
}

static void statement(const struct rules *rules, const struct place *place, enum about about,
		      char *rule)
{
	struct fill fill = { .rules = rules, .six = about == ABOUT_6 };
	const char *change = changes[chance_below(sizeof(changes) / sizeof(*changes))];
	char text[160];

	if (chance_one_in(4) && version_change(place, about, change) && for_device(place, change)) {
		fill.six = false;
		fill_template(&fill, change, rule + strlen(rule), RULE_ROOM - strlen(rule) - 1);
		return;
	}
	if (place->hook && !place->hook->device && chance_one_in(12) && !strcmp(place->hook->priority, "raw")) {
		strcat(rule, "notrack");
		return;
	}
	verdict(place, text, sizeof(text));
	strcat(rule, text);
}

static void verdict_map(const struct rules *rules, const struct place *place, char *rule)
{
	static const char *const keys[] = {
		"ct state vmap { established : accept, invalid : %s, new : %s }",
		"meta mark & 0x5 vmap { 0x1 : %s, 0x4 : %s }",
		"meta l4proto vmap { tcp : %s, udp : %s }", "iifname vmap { \"l0\" : %s, \"r0\" : %s }",
		"tcp dport vmap { 1-1023 : %s, 11000-12000 : %s }", "meta mark vmap { 0x0 : %s, 0x1 : %s }",
		"udp dport vmap @mv",
	};
	char first[64], second[64];

	(void)rules;
	verdict(place, first, sizeof(first));
	verdict(place, second, sizeof(second));
	if (strstr(first, "reject"))
		strcpy(first, "drop");
	if (strstr(second, "reject"))
		strcpy(second, "accept");
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(rule, RULE_ROOM, keys[chance_below(place->hook ? 7 : 6)], first, second);
}

static void nat_rule(const struct rules *rules, const struct place *place, char *rule)
{
	static const char *const to[2][6] = {
		{ "dnat ip to %R", "dnat ip to %R:%p", "redirect to :%p", "redirect",
		  "dnat ip to %R", "dnat ip to %R:%q" },
		{ "snat ip to %R", "masquerade", "snat ip to %R:%q", "masquerade to :%q",
		  "masquerade fully-random", "snat ip to %R random" },
	};
	bool source = !strcmp(place->hook->hook, "postrouting") || !strcmp(place->hook->hook, "input");
	enum about about = chance_one_in(2) ? ABOUT_TCP : ABOUT_UDP;
	bool six = !strcmp(place->family, "ip6") || (!strcmp(place->family, "inet") && chance_one_in(3));
	struct fill fill = { .rules = rules, .six = six };
	char text[160], target[160], *at;

	snprintf(rule, RULE_ROOM, six ? "meta nfproto ipv6 " : "meta nfproto ipv4 ");
	if (strcmp(place->family, "inet"))
		*rule = '\0';
	take((struct rules *)rules, place, matches, sizeof(matches) / sizeof(*matches),
	     chance_one_in(2) ? about : six ? ABOUT_6 : ABOUT_4, rule);
	if (!names_protocol(rule))
		strcat(rule, chance_one_in(2) ? "meta l4proto { tcp, udp } " : "meta l4proto tcp ");
	else if (strstr(rule, "icmp") || strstr(rule, "!="))
		strcpy(rule, six ? "ip6 nexthdr tcp " : "ip protocol tcp ");
	snprintf(text, sizeof(text), "%s", to[source][chance_below(6)]);
	if (!strcmp(place->hook->hook, "input") && strstr(text, "masquerade"))
		snprintf(text, sizeof(text), "snat ip to %%R");
	at = strstr(text, " ip to ");
	if (at && six)
		snprintf(target, sizeof(target), "%.*s ip6 to %s%s", (int)(at - text), text,
			 strchr(at, ':') ? "[%R]" : "%R", strchr(at, ':') ? strchr(at, ':') : "");
	else
		snprintf(target, sizeof(target), "%s", text);
	if (at && strcmp(place->family, "inet"))
		memmove(strstr(target, six ? " ip6 to" : " ip to"),
			strstr(target, " to"), strlen(strstr(target, " to")) + 1);
	fill_template(&fill, target, rule + strlen(rule), RULE_ROOM - strlen(rule) - 1);
}

static void rule_add(struct rules *rules, const struct place *place)
{
	static const enum about abouts[] = { ABOUT_ANY, ABOUT_4, ABOUT_6, ABOUT_TCP, ABOUT_UDP,
					     ABOUT_TCP, ABOUT_UDP, ABOUT_ICMP, ABOUT_ICMP6 };
	enum about about = abouts[chance_below(sizeof(abouts) / sizeof(*abouts))];
	char rule[RULE_ROOM] = "";
	unsigned int i, parts = 1 + chance_below(4);

	if (!fits(place, about))
		about = ABOUT_ANY;
	if (place->hook && !strcmp(place->hook->type, "nat") && !chance_one_in(3)) {
		nat_rule(rules, place, rule);
		rules_add(rules, true, "\t\t%s", rule);
		return;
	}
	if (chance_one_in(8) && !(place->hook && (place->hook->device || !strcmp(place->hook->type, "nat")))) {
		verdict_map(rules, place, rule);
		rules_add(rules, true, "\t\t%s", rule);
		return;
	}
	for (i = 0; i < parts; i++)
		take(rules, place, matches, sizeof(matches) / sizeof(*matches), about, rule);
	if ((about == ABOUT_TCP || about == ABOUT_UDP) && chance_one_in(3) && strcmp(place->family, "ip6"))
		take(rules, place, joined, sizeof(joined) / sizeof(*joined), about, rule);
	if (rules->doubts && chance_one_in(3))
		take(rules, place, doubts, sizeof(doubts) / sizeof(*doubts), about, rule);
	statement(rules, place, about, rule);
	rules_add(rules, true, "\t\t%s", rule);
}

static void sets_add(struct rules *rules, bool reject)
{
	struct fill fill = { .rules = rules };
	struct place none = { .family = "inet", .chain = 0, .reject = reject };
	char text[RULE_ROOM], one[64], two[64];

	fill_template(&fill, "\tset s4 { type ipv4_addr; flags interval; elements = { %A }; }", text, RULE_ROOM);
	rules_add(rules, false, "%s", text);
	fill_template(&fill, "\tset sp { type inet_service; flags interval; elements = { %P }; }", text, RULE_ROOM);
	rules_add(rules, false, "%s", text);
	fill_template(&fill, "\tset sc { type ipv4_addr . inet_service; flags interval; elements = { %a . %p, 10.2.3.0/24 . %q }; }", text, RULE_ROOM);
	rules_add(rules, false, "%s", text);
	fill.six = true;
	fill_template(&fill, "\tset s6 { type ipv6_addr; flags interval; elements = { %A }; }", text, RULE_ROOM);
	rules_add(rules, false, "%s", text);
	fill_template(&fill, "\tmap mm { type inet_service : mark; elements = { %p : 0x1, 0 : %m }; }", text, RULE_ROOM);
	rules_add(rules, false, "%s", text);
	verdict(&none, one, sizeof(one));
	verdict(&none, two, sizeof(two));
	rules_add(rules, false, "\tmap mv { type inet_service : verdict; elements = { %u : %s, %u : %s }; }",
		  rules->port[chance_below(7)], strstr(one, "reject") ? "drop" : one,
		  rules->port[7 + chance_below(7)], strstr(two, "reject") ? "drop" : two);
}

static void chain_add(struct rules *rules, const struct place *place, const char *name,
		      unsigned int most)
{
	unsigned int count = 1 + chance_below(most), i;

	rules_add(rules, false, "\tchain %s {", name);
	if (place->hook)
		rules_add(rules, false, "\t\ttype %s hook %s %s%s%s priority %s; policy %s;",
			  place->hook->type, place->hook->hook,
			  place->hook->device ? "device \"" : "",
			  place->hook->device ? place->hook->device : "",
			  place->hook->device ? "\"" : "", place->hook->priority,
			  strcmp(place->hook->type, "nat") && chance_one_in(5) ? "drop" : "accept");
	if (place->hook && place->hook->device)
		rules_add(rules, false, "\t\tmeta protocol arp accept");
	for (i = 0; i < count; i++)
		rule_add(rules, place);
	rules_add(rules, false, "\t}");
}

static void device_add(struct rules *rules)
{
	static const struct hook in = { "filter", "ingress", "0", 0, LEFT_LINK };
	static const struct hook out = { "filter", "egress", "0", 0, RIGHT_LINK };
	struct place place = { .family = "netdev", .chain = CHAINS, .hook = &in };

	rules_add(rules, false, "table netdev n0 {");
	sets_add(rules, false);
	chain_add(rules, &place, "in", 5);
	place.hook = &out;
	if (chance_one_in(2))
		chain_add(rules, &place, "out", 5);
	rules_add(rules, false, "}");
}

static void table_add(struct rules *rules, unsigned int number)
{
	static const char *const families[] = { "inet", "inet", "ip", "ip6" };
	struct place place = { .family = families[chance_below(4)] };
	unsigned int i;
	char name[32];

	rules_add(rules, false, "table %s t%u {", place.family, number);
	sets_add(rules, false);
	for (i = CHAINS; i-- > 0;) {
		place.chain = i + 1;
		snprintf(name, sizeof(name), "c%u", i);
		chain_add(rules, &place, name, 4);
	}
	for (i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		if (!chance_one_in(hooks[i].weight))
			continue;
		place.hook = &hooks[i];
		place.chain = strcmp(hooks[i].type, "nat") ? 0 : CHAINS;
		place.reject = !strcmp(hooks[i].hook, "input") || !strcmp(hooks[i].hook, "forward") ||
			       !strcmp(hooks[i].hook, "output");
		place.reject = place.reject && !strcmp(hooks[i].type, "filter");
		snprintf(name, sizeof(name), "b%u", i);
		chain_add(rules, &place, name, 9);
	}
	rules_add(rules, false, "}");
}

/**
 * rules_nft() - write a ruleset
 * @rules: started
 */
void rules_nft(struct rules *rules)
{
	unsigned int tables = 1 + chance_below(3), i;

	for (i = 0; i < tables; i++)
		table_add(rules, i);
	if (chance_one_in(4))
		device_add(rules);
}

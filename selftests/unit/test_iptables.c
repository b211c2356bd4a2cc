// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules for iptables, ip6tables and ufw, and the sets of ipset. */
#include <errno.h>
#include <stdio.h>

#include "emit/emit.h"
#include "emit/pair_groups.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
#define BSDTCP "[site]\nauth = bsdtcp\n" SERVER CLIENT PLAIN_GATEWAY
#define SECOND "[host d]\nrole = client\naddress = 10.2.0.3\n"
#define SIX BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n" \
	"[host c]\nrole = client\naddress = 2001:db8:2::2\n" \
	"[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"

#define WITH { .helper = "amanda" }
#define WITHOUT { .helper = NULL }
#define CLOSED { .helper = "amanda", .policy = POLICY_DROP }
#define INCLUDE { .helper = "amanda", .style = STYLE_INCLUDE }
#define SETS { .helper = "amanda", .sets = true }

static char *rules_for(const char *site, const char *host, const char *format,
		       const struct plan_options *options)
{
	return written(&(struct written_for){
		.site = site, .host = host, .format = format, .options = options });
}

#define MATCHES_MAX	5

static const struct rules_case {
	const char *site, *host, *format;
	struct plan_options options;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} rules_cases[] = {
	{ BASE, "g", "iptables", WITH,
	  { "-A PREROUTING -s 10.1.0.2/32 -d 10.2.0.2/32 -p udp -m udp --sport 840:860 --dport 10080 -m comment",
	    "-j CT --helper amanda\n", ":FORWARD DROP [0:0]",
	    "--ctstate RELATED,ESTABLISHED --ctdir ORIGINAL -m helper --helper amanda -m comment",
	    "--dport 50000:50100 --tcp-flags FIN,SYN,RST,ACK SYN -m comment" },
	  { "*nat", "--timeout", "-A INPUT", "--match-set", "AMFW" } },
	{ BASE, "g", "iptables", { .helper = "other" },
	  { "-j CT --helper other\n", "-m helper --helper other" }, { "--helper amanda" } },
	{ BASE, "g", "iptables", WITHOUT,
	  { "\n#-A PREROUTING", "-j CT --timeout amfw-patient\n",
	    "nfct timeout add amfw-patient inet udp unreplied 21600 replied 21600",
	    "--dport 50000:50100 -m conntrack --ctstate NEW,ESTABLISHED" },
	  { "--helper", "RELATED,ESTABLISHED", "\n-A PREROUTING" } },
	{ BASE, "c", "iptables", WITH,
	  { "-A INPUT -i lo", "--dport 10080 -m conntrack ! --ctstate ESTABLISHED",
	    ":INPUT ACCEPT", "What else starts or ends at this machine is let through" },
	  { ":INPUT DROP", "-A OUTPUT -p", "resets" } },
	{ BASE, "c", "iptables", CLOSED,
	  { ":INPUT DROP", ":OUTPUT DROP", "-A OUTPUT -o lo", "-A INPUT -p icmp",
	    "-A OUTPUT -p tcp -m tcp --tcp-flags RST RST -m conntrack --ctstate RELATED" },
	  { "! --ctstate", "let through" } },
	{ BASE, "c", "ip6tables", CLOSED,
	  { ":INPUT DROP", "-A INPUT -p ipv6-icmp", "-A OUTPUT -p ipv6-icmp",
	    "No flow of Amanda meets a rule here in IPv6" }, { "-p udp", "10.1.0.2", "-p icmp" } },
	{ BASE, "g", "ip6tables", WITH,
	  { ":FORWARD DROP", "No flow of Amanda meets a rule here in IPv6" }, { "*raw", "udp" } },
	{ BASE, "g", "ip6tables", INCLUDE, { "No flow of Amanda" }, { "\n*", "AMFW" } },
	{ BASE, "g", "iptables", INCLUDE,
	  { "iptables-restore --noflush", ":AMFW-FORWARD - [0:0]", "-A AMFW-TRACK-IN -s",
	    "iptables -t raw -C PREROUTING -j AMFW-TRACK-IN",
	    "iptables -t filter -I FORWARD -j AMFW-FORWARD" },
	  { ":PREROUTING", ":FORWARD", "-A FORWARD", "-i lo", "icmp" } },
	{ BSDTCP, "g", "iptables", WITH,
	  { "--sport 512:1023 --dport 10080" }, { "*raw", "--helper", "udp", "REJECT" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", "iptables", WITH,
	  { "-A POSTROUTING -s 10.1.0.2/32 -d 10.2.0.2/32 -p udp -m udp --sport 840:860 --dport 10080",
	    "-j SNAT --to-source 10.2.0.1:840-860", "raw, nat, filter" },
	  { "-p tcp -m tcp --sport 50000:50100 --dport 50000:50100 -m comment" } },
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", "iptables", WITH,
	  { "--dport 10081 -m comment --comment \"s to c: amcheck, planner",
	    "-j DNAT --to-destination 10.2.0.2:10080" }, { "SNAT" } },
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", "iptables", WITHOUT,
	  { "-j DNAT --to-destination 10.2.0.2\n" }, { "SNAT" } },
	{ SIX "nat = forward [2001:db8:1::1]:10080 -> c\nnat = masquerade 2001:db8:2::1\n", "g",
	  "ip6tables", WITH,
	  { "-j DNAT --to-destination [2001:db8:2::2]:10080",
	    "-j SNAT --to-source [2001:db8:2::1]:840-860", "-s 2001:db8:1::2/128" }, { "/32" } },
	{ SIX, "g", "iptables", WITH, { ":FORWARD DROP" }, { "2001:", "-p udp" } },
	{ BASE SECOND, "g", "iptables", SETS,
	  { "-A PREROUTING -s 10.1.0.2/32 -p udp -m udp --sport 840:860 --dport 10080 -m set --match-set amfw-4-1 dst",
	    "-A FORWARD -d 10.1.0.2/32 -p udp -m udp --sport 10080 --dport 840:860 -m set --match-set amfw-4-1 src",
	    "ipset restore <amfw.ipset" }, { "10.2.0" } },
	{ BASE, "g", "iptables", SETS, { "-s 10.1.0.2/32 -d 10.2.0.2/32" }, { "-m set", "ipset" } },
	{ BASE SECOND, "g", "ipset", WITH,
	  { "create amfw-4-1 hash:ip family inet", "add amfw-4-new 10.2.0.3 comment \"s to d\"\n",
	    "swap amfw-4-new amfw-4-1\ndestroy amfw-4-new\n" }, { "inet6", "10.1.0.2" } },
	{ BASE, "g", "ipset", WITH, { "there are none" }, { "\ncreate" } },
	{ BASE, "g", "ufw", WITH,
	  { "==> etc/ufw/amfw/before.rules <==\n# BEGIN amfw", "-I ufw-before-forward 1 -j amfw-forward",
	    "-A PREROUTING -j amfw-track-in", "ufw default deny routed",
	    "--ctstate RELATED -m helper --helper amanda -m comment --comment \"streams to other ports\"" },
	  { "before6.rules <==", "applications.d", "--ctdir REPLY", "default deny incoming" } },
	{ BASE, "c", "ufw", WITH,
	  { "[Amanda client]\ntitle=Amanda client\n", "ports=10080/udp\n", "-A amfw-input -s",
	    "-I ufw6-before-input 1 -j amfw-input" },
	  { "amfw-output -", "[Amanda server]", "streams to other ports", "-m tcp --dport 50000/udp" } },
	{ BASE, "s", "ufw", WITHOUT,
	  { "[Amanda server]", "ports=10080/udp|50000:50100/tcp\n",
	    "nf_conntrack_udp_timeout_stream=21600" }, { "CT --timeout", "--helper", "[Amanda client]" } },
	{ BASE, "c", "ufw", CLOSED,
	  { "\tufw default deny outgoing\n", "-A amfw-output -s", "resets of what is refused",
	    "-A amfw-output -p tcp -m conntrack --ctstate RELATED -m helper" }, { "! --ctstate" } },
};

START_TEST(writes)
{
	const struct rules_case *one = &rules_cases[_i];
	char *text = rules_for(one->site, one->host, one->format, &one->options);

	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	free(text);
}
END_TEST

/* The restore programs and ufw's shell read a line at a time. */
START_TEST(names_do_not_inject)
{
	static const char evil[] = "x\" -j ACCEPT\nCOMMIT\n*filter\n-F #$(id)`id`;\\";
	const struct rules_case *one = &rules_cases[_i];
	char *tame = rules_for(one->site, one->host, one->format, &one->options);
	const char *const bad[] = { "\nCOMMIT\n*filter\n-F", "$(id)", "`id`", "x\"", "\\" };
	char *text;
	size_t i;

	text = written(&(struct written_for){
		.site = one->site, .host = one->host, .format = one->format,
		.options = &one->options, .renamed = evil });
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!strstr(text, bad[i]) || strstr(tame, bad[i]), "%s in\n%.2000s", bad[i],
			      text);
	ck_assert_uint_eq(text_count(text, "\n"), text_count(tame, "\n"));
	free(text);
	free(tame);
}
END_TEST

/* xt_comment keeps 255 characters; a line that says nothing is no use. */
START_TEST(every_rule_has_a_comment)
{
	const struct rules_case *one = &rules_cases[_i];
	char *text = rules_for(one->site, one->host, one->format, &one->options), *line, *comment;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "-A ", 3) || strstr(line, "-j amfw-"))
			continue;
		comment = strstr(line, "--comment \"");
		ck_assert_msg(comment, "%s", line);
		ck_assert_uint_le(strcspn(comment + 11, "\""), 255);
	}
	free(text);
}
END_TEST

static char *many(unsigned int servers, unsigned int clients)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned int i;

	fputs(BSD "[host g]\nrole = gateway\naddress = 10.1.0.1/16 10.2.0.1/15\n", out);
	for (i = 0; i < servers; i++)
		fprintf(out, "[host s%u]\nrole = server\naddress = 10.1.1.%u\n", i, i + 1);
	for (i = 0; i < clients; i++)
		fprintf(out, "[host c%u]\nrole = client\naddress = 10.2.%u.%u\n", i, i / 250 + 1,
			i % 250 + 1);
	fclose(out);
	return text;
}

static size_t count_in(unsigned int servers, unsigned int clients, const char *format, bool sets,
		       const char *what)
{
	const struct plan_options options = { .helper = "amanda", .sets = sets };
	char *site = many(servers, clients);
	char *text = rules_for(site, "g", format, &options);
	size_t found = text_count(text, what);

	free(text);
	free(site);
	return found;
}

/* With sets there are as many rules for 100 clients as for 5. */
START_TEST(sets_keep_rules_few)
{
	size_t few = count_in(1, 5, "iptables", true, "\n-A ");

	ck_assert_uint_eq(count_in(1, 100, "iptables", true, "\n-A "), few);
	ck_assert_uint_gt(count_in(1, 100, "iptables", false, "\n-A "), 10 * few);
	ck_assert_uint_eq(count_in(1, 100, "ipset", true, "\nadd "),
			  20 * count_in(1, 5, "ipset", true, "\nadd "));
	/* One rule for each server, but for what is there once. */
	ck_assert_uint_eq(count_in(3, 100, "iptables", true, "\n-A ") - 1, 3 * (few - 1));
}
END_TEST

/* Whether by source or by destination: each pair is in one group, and in no other. */
START_TEST(groups_hold_their_pairs)
{
	static const struct { uint8_t source, destination; } all[] = {
		{ 1, 11 }, { 2, 11 }, { 1, 12 }, { 3, 13 }, { 1, 13 }, { 2, 14 }, { 1, 14 },
	};
	struct pair pairs[7] = { 0 };
	const struct pair_set set = { .pairs = pairs, .count = 7, .number = 9 };
	struct pair_groups groups;
	unsigned int seen = 0;
	size_t i, j;
	int turned;

	for (turned = 0; turned < 2; turned++, seen = 0) {
		for (i = 0; i < set.count; i++) {
			pairs[i].source.family = AF_INET;
			pairs[i].destination.family = AF_INET;
			pairs[i].source.v4.s_addr = turned ? all[i].destination : all[i].source;
			pairs[i].destination.v4.s_addr = turned ? all[i].source : all[i].destination;
		}
		ck_assert_int_eq(pair_groups_make(&groups, &set), 0);
		ck_assert_int_eq(groups.by_source, !turned);
		ck_assert_uint_eq(groups.count, 3);
		ck_assert_str_eq(groups.groups[0].name, "amfw-4-9-1");
		ck_assert_uint_eq(groups.groups[0].count, 4);
		for (i = 0; i < groups.count; i++)
			for (j = 0; j < groups.groups[i].count; j++) {
				const struct pair *pair = groups.groups[i].pairs[j];

				ck_assert_uint_eq((turned ? pair->destination : pair->source).v4.s_addr,
						  i + 1);
				ck_assert_uint_ge(pair_group_member(&groups, pair)->v4.s_addr, 11);
				seen |= 1u << (pair - pairs);
			}
		ck_assert_uint_eq(seen, 0x7f);
		pair_groups_free(&groups);
	}
}
END_TEST

/* Before it is loaded again, all that the rules added to raw and nat is taken out. */
START_TEST(ufw_forgets_what_it_loads)
{
	static const struct plan_options options = WITH;
	char *text = rules_for(BASE "nat = masquerade 10.2.0.1\nnat = forward 10.1.0.1 -> c\n", "g",
			     "ufw", &options);
	char *line, *chain, wanted[128];

	ck_assert_uint_eq(text_count(text, "\n-A PREROUTING -j amfw-track-in"), 1);
	for (line = text; (line = strstr(line, "OUTING -j amfw-")); line++) {
		chain = line + strlen("OUTING -j ");
		snprintf(wanted, sizeof(wanted), "OUTING %.*s\n", (int)strcspn(chain, "\n"), chain);
		ck_assert_msg(strstr(text, wanted), "nobody forgets %s", wanted);
	}
	free(text);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	const int cases = sizeof(rules_cases) / sizeof(*rules_cases);

	tcase_add_loop_test(tests, writes, 0, cases);
	tcase_add_loop_test(tests, names_do_not_inject, 0, cases);
	tcase_add_loop_test(tests, every_rule_has_a_comment, 0, cases);
	tcase_add_test(tests, sets_keep_rules_few);
	tcase_add_test(tests, groups_hold_their_pairs);
	tcase_add_test(tests, ufw_forgets_what_it_loads);
}

int main(void)
{
	return suite_main("iptables", add_tests);
}

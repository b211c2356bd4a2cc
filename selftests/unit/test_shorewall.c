// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of Shorewall and Shorewall6. */
#include <errno.h>
#include <stdio.h>

#include "emit/emit.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
#define NAMED "interface = eth0 10.1.0.1\ninterface = eth1 10.2.0.1\n"
#define SIX BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n" \
	"[host c]\nrole = client\naddress = 2001:db8:2::2\n" \
	"[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"
#define HIDES "nat = masquerade 10.2.0.1\nnat = forward 10.1.0.1:10081 -> c\n"
#define HIDES_SIX "nat = masquerade 2001:db8:2::1\nnat = forward [2001:db8:1::1]:10081 -> c\n"

#define WITH { .helper = "amanda" }
#define OTHER { .helper = "amanda-2" }
#define WITHOUT { .helper = NULL }
#define CLOSED { .helper = "amanda", .policy = POLICY_DROP }
#define INCLUDE { .helper = "amanda", .style = STYLE_INCLUDE }

#define MATCHES_MAX	7

static char *rules_for(const char *site, const char *host, const struct plan_options *options,
		       const char *renamed, int err)
{
	return written(&(struct written_for){
		.site = site, .host = host, .format = "shorewall", .options = options,
		.renamed = renamed, .err = err });
}

static const struct shorewall_case {
	const char *site, *host;
	struct plan_options options;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} shorewall_cases[] = {
	{ BASE, "g", WITH,
	  { "CT:helper:amanda:P\t10.1.0.2\t10.2.0.2\tudp\t10080\t840:860\n",
	    "ACCEPT\tnet:10.1.0.2\tnet:10.2.0.2\ttcp\t50000:50100\t50000:50100\t{ helper=amanda }\n",
	    "REJECT(tcp-reset)\tnet:10.1.0.2\tnet:10.2.0.2\ttcp:syn\t50000:50100\t-\n",
	    "ACCEPT\tnet\tnet\ticmp\n?SECTION NEW\n", "net\tnet\tDROP\n", "IP_FORWARDING=On\n",
	    "==> etc/shorewall/macro.AmandaClient <==" },
	  { "\nDNAT-", "SNAT(", "etc/shorewall/snat", "README", "AmfwBackupPC", "$FW:10." } },
	{ BASE, "c", WITH,
	  { "ACCEPT\tnet:10.1.0.2\t$FW:10.2.0.2\tudp\t10080\t840:860\n",
	    "DROP\tnet\t$FW\tudp\t10080\t-\n", "net\t$FW\tACCEPT\n", "net\tnet\tACCEPT\n",
	    "What else starts or ends at this machine is let through", "IP_FORWARDING=Keep\n" },
	  { "ACCEPT\t$FW:", "icmp", "=On", "RST(" } },
	{ BASE, "c", CLOSED,
	  { "net\t$FW\tDROP\n", "$FW\tnet\tDROP\n", "ACCEPT\t$FW:10.2.0.2\tnet:10.1.0.2\tudp",
	    "RST(ACCEPT)\t$FW\tnet\ttcp\n", "ACCEPT\tnet\t$FW\tipv6-icmp\n",
	    "CT:helper:amanda:O\t10.2.0.2\t10.1.0.2" }, { "DROP\tnet\t$FW\t", "let through" } },
	{ BASE, "g", WITHOUT,
	  { "ACCEPT\tnet:10.1.0.2\tnet:10.2.0.2\ttcp\t50000:50100\t50000:50100\n",
	    "--format sysctl", "?FORMAT 3\n" }, { "helper=", "CT:", "--helper", "Streams" } },
	{ BASE, "g", OTHER,
	  { "IPTABLES(CT --helper amanda-2):P\t10.1.0.2", "50000:50100\t;; -m helper --helper amanda-2\n" },
	  { "helper=", "CT:helper", "Streams" } },
	{ BASE HIDES, "g", WITH,
	  { "DNAT-\tnet:10.1.0.2\t10.2.0.2:10080\tudp\t10081\t840:860\t10.1.0.1\n",
	    "?FORMAT 2\n", "SNAT(10.2.0.1:840-860)\t10.1.0.2\tall:10.2.0.2\tudp\t10080\t840:860\n" },
	  { "?FORMAT 1" } },
	{ SIX HIDES_SIX, "g", WITH,
	  { "DNAT-\tnet:[2001:db8:1::2]\t[2001:db8:2::2]:10080\tudp\t10081\t840:860\t[2001:db8:1::1]\n",
	    "SNAT([2001:db8:2::1]:840-860)\t[2001:db8:1::2]\tall:[2001:db8:2::2]\tudp",
	    "==> etc/shorewall6/shorewall6.conf <==", "net\tipv6\n", "ACCEPT\tnet\tnet\tipv6-icmp\n",
	    "IP_FORWARDING=Keep\n" }, { "ROUTE_FILTER=On" } },
	{ BASE NAMED HIDES, "g", INCLUDE,
	  { "\tINCLUDE amfw.related\n", "\tINCLUDE amfw.snat\n",
	    "ACCEPT\tall+!$FW:10.1.0.2\tall+!$FW:10.2.0.2\tudp\t10080\t840:860\n",
	    "REJECT(tcp-reset)\tall+!$FW\tall+!$FW\ttcp\t-\t-\t{ helper=amanda }\n",
	    "==> etc/shorewall/macro.AmandaServerStreams <==", "?COMMENT\n?FORMAT 1\n" },
	  { "shorewall6", "?SECTION RELATED\n?COMMENT", "\nnet\t", "DROP\t", "all:10.",
	    "policy <==" } },
};

START_TEST(writes)
{
	const struct shorewall_case *one = &shorewall_cases[_i];
	char *text = rules_for(one->site, one->host, &one->options, NULL, 0);

	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	free(text);
}
END_TEST

/* Shorewall runs what is behind "?" or between backquotes, and expands "$". */
START_TEST(names_do_not_inject)
{
	static const char evil[] = "x\" \n?SHELL id\nACCEPT all all\n$(id)`id`;;\\{}";
	const struct shorewall_case *one = &shorewall_cases[_i];
	static const char *const bad[] = { "?SHELL", "$(id)", "`", "x\"", "\\", "\nACCEPT all" };
	char *tame = rules_for(one->site, one->host, &one->options, NULL, 0), *text;
	size_t i;

	text = rules_for(one->site, one->host, &one->options, evil, 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!strstr(text, bad[i]), "%s in\n%s", bad[i], text);
	ck_assert_uint_eq(text_count(text, "\n"), text_count(tame, "\n"));
	free(text);
	free(tame);
}
END_TEST

/* A line without one would go under the name of another flow. */
START_TEST(every_line_has_a_comment)
{
	static const char *const actions[] = {
		"ACCEPT\t", "REJECT(", "DROP\t", "DNAT-", "SNAT(", "CT:", "RST(", "IPTABLES(",
	};
	const struct shorewall_case *one = &shorewall_cases[_i];
	char *text = rules_for(one->site, one->host, &one->options, NULL, 0), *line;
	bool commented = false;
	size_t i;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "?COMMENT", 8) || !strncmp(line, "==>", 3))
			commented = !strncmp(line, "?COMMENT ", 9);
		for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
			ck_assert_msg(commented || strncmp(line, actions[i], strlen(actions[i])),
				      "%s", line);
	}
	free(text);
}
END_TEST

/* Only snat of a part has to say which interface it means. */
START_TEST(interfaces_are_asked_for)
{
	static const struct plan_options own = WITH, part = INCLUDE;
	char *text;

	text = rules_for(BASE HIDES, "g", &part, NULL, -EINVAL);
	ck_assert_ptr_nonnull(strstr(text, "\"interface = NAME ADDRESS...\""));
	ck_assert_ptr_nonnull(strstr(text, "x.site:"));
	free(text);
	text = rules_for(BASE HIDES, "g", &own, NULL, 0);
	free(text);
	text = rules_for(BASE, "g", &part, NULL, 0);
	free(text);
	text = rules_for(BASE NAMED HIDES, "g", &part, NULL, 0);
	ck_assert_ptr_nonnull(strstr(text, "\t10.1.0.2\teth1:10.2.0.2\tudp"));
	free(text);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	const int cases = sizeof(shorewall_cases) / sizeof(*shorewall_cases);

	tcase_add_loop_test(tests, writes, 0, cases);
	tcase_add_loop_test(tests, names_do_not_inject, 0, cases);
	tcase_add_loop_test(tests, every_line_has_a_comment, 0, cases);
	tcase_add_test(tests, interfaces_are_asked_for);
}

int main(void)
{
	return suite_main("shorewall", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written for firewalld: content, hostile names, numbers of rules, refusals. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "emit/emit.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
#define SECOND "[host d]\nrole = client\naddress = 10.2.0.3\n"
#define SIX BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n" \
	"[host c]\nrole = client\naddress = 2001:db8:2::2\n" \
	"[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"
/* ssh and rsyncd come from the same ports, which is all that a masquerade can tell. */
#define TWINS "[site]\nauth = bsdtcp\nbackuppc = ssh rsyncd\n" CLIENT PLAIN_GATEWAY \
	"nat = masquerade 10.2.0.1\n[host s]\nrole = server backuppc\naddress = 10.1.0.2\n"
#define NAT "nat = forward 10.1.0.1:10081 -> c\nnat = masquerade 10.2.0.1\n"

#define WITH { .helper = "amanda" }
#define WITHOUT { .helper = NULL }
#define CLOSED { .helper = "amanda", .policy = POLICY_DROP }
#define OPEN { .helper = "amanda", .policy = POLICY_ACCEPT }
#define INCLUDE { .helper = "amanda", .style = STYLE_INCLUDE }

static const char *rename_to;

static int write_output(struct output *output, const char *text, const char *name,
			const struct plan_options *options, FILE *errors)
{
	struct flows flows;
	struct plan plan;
	struct site site;
	int err;

	flows_of(&flows, &site, text);
	if (rename_to)
		snprintf(site.hosts[0].name, sizeof(site.hosts[0].name), "%s", rename_to);
	ck_assert_int_eq(plan_make(&plan, &site, &flows, site_host(&site, name), options), 0);
	err = firewalld_write(&plan, output, errors);
	ck_assert_int_eq(output_end(output), 0);
	plan_free(&plan);
	flows_free(&flows);
	site_free(&site);
	return err;
}

/* All files, to be freed. */
static char *text_for(const char *text, const char *name, const struct plan_options *options)
{
	struct output output = { 0 };
	char *all;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	ck_assert_int_eq(write_output(&output, text, name, options, stderr), 0);
	output_print(&output, out);
	fclose(out);
	output_free(&output);
	return all;
}

#define MATCHES_MAX	6

static const struct rules_case {
	const char *site, *host;
	struct plan_options options;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} rules_cases[] = {
	{ BASE, "g", WITH,
	  { "<policy priority=\"-500\" target=\"DROP\">", "<entry>10.1.0.2,udp:840-860</entry>",
	    "<source ipset=\"amfw-from-1\"/><destination address=\"10.2.0.2\"/><service name=\"amfw-udp-10080\"/><accept/>",
	    "<helper module=\"nf_conntrack_amanda\">", "  <helper name=\"amfw\"/>\n",
	    "fw --service=amfw-udp-10080 --add-helper=amfw\n" },
	  { "direct.xml", "amfw-output", "masquerade", "amfw-tcp", "inet6" } },
	{ BASE, "g", { .helper = "other" },
	  { "nf_conntrack_other", "--module=nf_conntrack_other" }, { "nf_conntrack_amanda" } },
	{ BASE, "g", WITHOUT,
	  { "<service name=\"amfw-tcp-50000-50100\"/>", "<entry>10.1.0.2,tcp:50000-50100</entry>" },
	  { "<helper", "new-helper" } },
	/* Behind the rules that accept, first the answer to whoever may try, then the rest. */
	{ BASE, "c", WITH,
	  { "<egress-zone name=\"HOST\"/>", "target=\"CONTINUE\"",
	    "<rule priority=\"10\" family=\"ipv4\"><source address=\"10.1.0.2\"/>",
	    "<rule priority=\"20\"><port port=\"10080\" protocol=\"udp\"/><drop/></rule>",
	    "rich 'rule priority=\"20\" port port=\"10080\" protocol=\"udp\" drop'" },
	  { "amfw-forward", "amfw-output.xml", "icmp", "DROP\">" } },
	{ BASE, "c", CLOSED,
	  { "target=\"DROP\"", "amfw-output.xml", "<protocol value=\"icmp\"/><accept/>",
	    "<protocol value=\"ipv6-icmp\"/><accept/>" }, { "<drop/>", "CONTINUE" } },
	{ BASE, "g", OPEN,
	  { "target=\"ACCEPT\"", "nobody else", "<drop/>" }, { "target=\"DROP\"" } },
	{ BASE, "g", INCLUDE, { "target=\"CONTINUE\"" }, { "target=\"DROP\"", "nobody else" } },
	{ BASE, "c", INCLUDE, { "amfw-output.xml" }, { "target=\"DROP\"", "<drop/>" } },
	{ BASE NAT, "g", WITH,
	  { "<destination address=\"10.1.0.1\"/><forward-port port=\"10081\" protocol=\"udp\" to-port=\"10080\" to-addr=\"10.2.0.2\"/>",
	    "<destination address=\"10.2.0.2\"/><masquerade/></rule>",
	    "==> etc/firewalld/direct.xml <==",
	    "-s 10.1.0.2 -d 10.1.0.1 -p udp --sport 840:860 --dport 10081:10081 -m comment --comment amfw -j CT --helper amanda</rule>",
	    "\ndirect ipv4 -s 10.1.0.2 -d 10.1.0.1 " }, { "--sport 50000" } },
	{ BASE NAT, "g", WITHOUT,
	  { "<forward-port port=\"50000-50100\" protocol=\"tcp\" to-addr=\"10.2.0.2\"/>" },
	  { "direct.xml" } },
	{ SIX, "g", WITH,
	  { "<option name=\"family\" value=\"inet6\"/>", "<entry>2001:db8:1::2,udp:840-860</entry>",
	    "<rule family=\"ipv6\">" }, { "family=\"ipv4\"" } },
	{ TWINS, "g", WITH,
	  { "amfw-tcp-22", "amfw-tcp-873", "<masquerade/>" }, { "forward-port" } },
	{ BASE SECOND, "g", WITH,
	  { "<ipset type=\"hash:ip\">", "<entry>10.2.0.3</entry> <!-- s to d -->",
	    "<source ipset=\"amfw-from-1\"/><destination ipset=\"amfw-",
	    "<entry>10.2.0.3,udp:840-860</entry> <!-- d to s -->" },
	  { "<destination address=\"10.2.0.3\"/>" } },
};

START_TEST(writes)
{
	const struct rules_case *one = &rules_cases[_i];
	char *text = text_for(one->site, one->host, &one->options);

	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	free(text);
}
END_TEST

/* --- files that firewalld's XML reader takes -------------------------------------- */

#define DEPTH_MAX	8

static const char *behind(const char *at, const char *mark)
{
	const char *found = strstr(at, mark);

	ck_assert_msg(found, "no \"%s\" in %.60s", mark, at);
	return found + strlen(mark);
}

static const char *skip_comment(const char *at)
{
	const char *end = behind(at + strlen("<!--"), "-->");
	const char *dashes = strstr(at + strlen("<!--"), "--");

	ck_assert_msg(dashes + strlen("-->") == end, "\"--\" in %.*s", (int)(end - at), at);
	return end;
}

/* The name and its attributes, each in double quotes. */
static const char *skip_tag(const char *at)
{
	while (isalnum((unsigned char)*at) || *at == '-')
		at++;
	while (*at == ' ') {
		at += 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-");
		ck_assert_msg(at[0] == '=' && at[1] == '"', "no value at %.60s", at);
		at += 2 + strcspn(at + 2, "<\"");
		ck_assert_msg(*at++ == '"', "no end of the value at %.60s", at);
	}
	return at;
}

/* Elements that end where they ought to; returns the text behind the document. */
static void check_document(const char *at)
{
	const char *open[DEPTH_MAX];
	size_t depth = 0, length;

	at = behind(at, "?>\n");
	for (; (at = strchr(at, '<')); ) {
		if (!strncmp(at, "<!--", 4)) {
			at = skip_comment(at);
		} else if (at[1] == '/') {
			ck_assert_uint_gt(depth--, 0);
			length = strcspn(at + 2, ">");
			ck_assert_msg(!strncmp(open[depth], at + 2, length) &&
				      !isalnum((unsigned char)open[depth][length]), "%.60s", at);
			at += 2 + length;
		} else {
			ck_assert_uint_lt(depth, DEPTH_MAX);
			open[depth++] = at + 1;
			at = skip_tag(at + 1);
			if (*at == '/') {
				depth--;
				at++;
			}
			ck_assert_msg(*at == '>', "%.60s", at);
		}
	}
	ck_assert_uint_eq(depth, 0);
}

static void check_files(const struct output *output)
{
	size_t i;

	for (i = 0; i < output->count; i++)
		if (strstr(output->files[i].path, ".xml"))
			check_document(output->files[i].text);
}

static size_t lines_of(const struct output *output)
{
	size_t lines = 0, i;

	for (i = 0; i < output->count; i++)
		lines += text_count(output->files[i].text, "\n");
	return lines;
}

/* Two dashes end no comment of XML before its end, and are in names of hosts. */
START_TEST(names_do_not_inject)
{
	static const char *const names[] = {
		"x-->\n<rule><accept/></rule>\"'--", "a--b---c-", "x'\nfw --panic-on; $(id)`id`\n#",
	};
	const struct rules_case *one = &rules_cases[_i];
	struct output tame = { 0 }, output;
	size_t i, j;

	ck_assert_int_eq(write_output(&tame, one->site, one->host, &one->options, stderr), 0);
	check_files(&tame);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		memset(&output, 0, sizeof(output));
		rename_to = names[i];
		ck_assert_int_eq(write_output(&output, one->site,
					      strcmp(one->host, "s") ? one->host : rename_to,
					      &one->options, stderr), 0);
		rename_to = NULL;
		check_files(&output);
		ck_assert_uint_eq(output.count, tame.count);
		ck_assert_uint_eq(lines_of(&output), lines_of(&tame));
		for (j = 0; j < output.count; j++)
			ck_assert_ptr_null(strstr(output.files[j].text, "$(id)"));
		output_free(&output);
	}
	output_free(&tame);
}
END_TEST

/* A second rule that says the same is an error to firewalld. */
START_TEST(each_rule_once)
{
	const struct rules_case *one = &rules_cases[_i];
	struct output output = { 0 };
	size_t i;

	ck_assert_int_eq(write_output(&output, one->site, one->host, &one->options, stderr), 0);
	for (i = 0; i < output.count; i++) {
		char *line, *rest = output.files[i].text;

		if (!strstr(output.files[i].path, "policies/"))
			continue;
		while ((line = strsep(&rest, "\n")) && rest)
			if (strstr(line, "<rule"))
				ck_assert_msg(!strstr(rest, line), "%s twice", line);
	}
	output_free(&output);
}
END_TEST

static size_t rules_for(unsigned int clients)
{
	static const struct plan_options options = WITH;
	char *site, *text;
	size_t size, found;
	FILE *out = open_memstream(&site, &size);
	unsigned int i;

	fputs(BSD SERVER "[host g]\nrole = gateway\naddress = 10.1.0.1/16 10.2.0.1/15\n", out);
	for (i = 0; i < clients; i++)
		fprintf(out, "[host c%u]\nrole = client\naddress = 10.2.%u.%u\n", i, i / 250 + 1,
			i % 250 + 1);
	fclose(out);
	text = text_for(site, "g", &options);
	ck_assert_uint_ge(text_count(text, "<entry>"), clients);
	found = text_count(text, "<rule");
	free(text);
	free(site);
	return found;
}

START_TEST(rules_stay_few)
{
	ck_assert_uint_eq(rules_for(500), rules_for(5));
}
END_TEST

/* firewalld makes the helper's name from that of a module, where "_" is "-". */
START_TEST(refuses_a_helper)
{
	static const struct plan_options options = { .helper = "amanda_2" };
	struct output output = { 0 };
	char *said;
	size_t size;
	FILE *errors = open_memstream(&said, &size);

	ck_assert_int_eq(write_output(&output, BASE, "g", &options, errors), -EINVAL);
	fclose(errors);
	ck_assert_ptr_nonnull(strstr(said, "cannot name the helper amanda_2"));
	ck_assert_uint_eq(output.count, 0);
	free(said);
	output_free(&output);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	const int cases = sizeof(rules_cases) / sizeof(*rules_cases);

	tcase_add_loop_test(tests, writes, 0, cases);
	tcase_add_loop_test(tests, names_do_not_inject, 0, cases);
	tcase_add_loop_test(tests, each_rule_once, 0, cases);
	tcase_add_test(tests, rules_stay_few);
	tcase_add_test(tests, refuses_a_helper);
}

int main(void)
{
	return suite_main("firewalld", add_tests);
}

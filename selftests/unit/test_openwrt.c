// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections for fw4 of OpenWrt, read by the rules of uci and by those of fw4. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "emit/emit.h"
#include "emit/openwrt.h"
#include "selftests/unit/lib/suite.h"
#include "selftests/unit/lib/written.h"
#include "selftests/unit/site_text.h"

#define BSD "[site]\nauth = bsd\n"
#define BASE "[site]\nauth = bsd\n" SERVER CLIENT PLAIN_GATEWAY
#define BSDTCP "[site]\nauth = bsdtcp\n" SERVER CLIENT PLAIN_GATEWAY
#define SECOND "[host d]\nrole = client\naddress = 10.2.0.3\n"
#define TWO "[site]\nauth = bsd\n" SERVER CLIENT SECOND PLAIN_GATEWAY
#define SIX BSD "[host s]\nrole = server\naddress = 2001:db8:1::2\n" \
	"[host c]\nrole = client\naddress = 2001:db8:2::2\n" \
	"[host g]\nrole = gateway\naddress = 2001:db8:1::1 2001:db8:2::1\n"

#define WITH { .helper = "amanda" }
#define WITHOUT { .helper = NULL }
#define CLOSED { .helper = "amanda", .policy = POLICY_DROP }

static const char *rename_to;

static void write_for(struct output *output, const char *text, const char *name,
		      const struct plan_options *options)
{
	const struct host *host;
	struct flows flows;
	struct plan plan;
	struct site site;
	size_t i;

	flows_of(&flows, &site, text);
	host = site_host(&site, name);
	for (i = 0; rename_to && i < site.host_count; i++)
		snprintf(site.hosts[i].name, sizeof(site.hosts[i].name), "%s", rename_to);
	ck_assert_int_eq(plan_make(&plan, &site, &flows, host, options), 0);
	ck_assert_int_eq(openwrt_write(&plan, output, stderr), 0);
	ck_assert_int_eq(output_end(output), 0);
	plan_free(&plan);
	flows_free(&flows);
	site_free(&site);
}

static const char *file_of(const struct output *output, const char *name)
{
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), OPENWRT_FOLDER "%s", name);
	for (i = 0; i < output->count; i++)
		if (!strcmp(output->files[i].path, path))
			return output->files[i].text;
	return NULL;
}

/* --- the files of one case: those of /etc/amfw, with text that is or is not there --- */

#define MATCHES_MAX	6

static const struct content {
	const char *site, *host, *file;
	struct plan_options options;
	const char *has[MATCHES_MAX], *lacks[MATCHES_MAX];
} contents[] = {
	{ BASE, "g", "firewall.uci", WITH,
	  { "\toption src '*'\n\toption dest '*'\n\toption src_ip '10.1.0.2'\n\toption dest_ip '10.2.0.2'\n\toption src_port '840-860'\n\toption dest_port '10080'\n\toption target 'ACCEPT'\n",
	    "\toption target 'HELPER'\n\toption set_helper 'amanda'\n",
	    "\toption dest_port '50000-50100'\n\toption target 'REJECT'\n",
	    "config zone 'amfw_all'\n", "\toption auto_helper '0'\n",
	    "\toption path '/etc/amfw/forward.nft'\n\toption position 'chain-prepend'\n\toption chain 'forward'\n" },
	  { "config defaults", "config redirect", "config nat", "input.nft", "config ipset", "'DROP'" } },
	{ BASE, "g", "forward.nft", WITH,
	  { "\nip saddr 10.1.0.2 ip daddr 10.2.0.2 tcp sport 50000-50100 tcp dport 50000-50100 ct direction original ct state established,related ct helper \"amanda\" accept comment \"s to c: dumper",
	    "\nmeta l4proto tcp ct direction original ct state related ct helper \"amanda\" drop" }, { NULL } },
	{ BASE, "g", "apply", WITH, { "#!/bin/sh\n", "[ -d /sys/module/nf_conntrack_amanda ]" },
	  { "/etc/amfw/helpers" } },
	{ BASE, "g", "apply", { .helper = "other" },
	  { "\tcat /etc/amfw/helpers >>\"$list\"\n", "list=/usr/share/firewall4/helpers\n" },
	  { NULL } },
	{ BASE, "g", "helpers", { .helper = "other" },
	  { "\toption name 'other'\n", "\toption module 'nf_conntrack_amanda'\n",
	    "\toption port '10080'\n" }, { NULL } },
	{ BASE, "g", "README", WITH,
	  { "\tuci set firewall.@defaults[0].forward=DROP\n", "kmod-nf-nathelper-extra" },
	  { "input=DROP", "udp_timeout" } },
	{ BASE, "g", "README", WITHOUT, { "nf_conntrack_udp_timeout_stream=21600" }, { "kmod" } },
	{ BASE, "g", "firewall.uci", WITHOUT,
	  { "\toption src_port '50000-50100'\n\toption dest_port '50000-50100'\n\toption target 'ACCEPT'\n" },
	  { "HELPER", "include", "amfw_all" } },
	{ BASE, "g", "apply", WITHOUT, { "uci -m import firewall" }, { "/sys/module" } },
	{ BASE, "c", "firewall.uci", WITH,
	  { "\toption family 'any'\n\toption proto 'udp'\n\toption src '*'\n\toption dest_port '10080'\n\toption target 'DROP'\n",
	    "\toption path '/etc/amfw/input.nft'\n" },
	  { "option dest '*'", "icmp" } },
	{ BASE, "c", "firewall.uci", CLOSED,
	  { "config rule 'amfw_icmp_input'\n", "config rule 'amfw_icmp_output'\n",
	    "\toption chain 'input'\n", "\toption chain 'output'\n" }, { "'DROP'" } },
	{ BASE, "c", "README", CLOSED,
	  { "\tuci set firewall.@defaults[0].input=DROP\n\tuci set firewall.@defaults[0].output=DROP\n" },
	  { "forward=DROP" } },
	{ BASE, "s", "output.nft", WITH,
	  { "\nip saddr 10.1.0.2 ip daddr 10.2.0.2 udp sport 840-860 udp dport 10080 ct helper set \"amanda\" comment \"s to c" },
	  { "drop" } },
	{ BSDTCP, "g", "firewall.uci", WITH, { "\toption proto 'tcp'\n\toption src '*'\n" },
	  { "amfw_all", "udp", "REJECT", "include" } },
	{ BASE "nat = masquerade 10.2.0.1\n", "g", "firewall.uci", WITH,
	  { "\toption src '*'\n\toption src_ip '10.1.0.2'\n\toption src_port '840-860'\n\toption dest_ip '10.2.0.2'\n\toption dest_port '10080'\n\toption snat_ip '10.2.0.1'\n\toption snat_port '840-860'\n\toption target 'SNAT'\n" },
	  { "DNAT" } },
	/* The helper is set behind the translation: by the real address and port. */
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", "firewall.uci", WITH,
	  { "\toption src_dip '10.1.0.1'\n\toption src_port '840-860'\n\toption src_dport '10081'\n\toption dest_ip '10.2.0.2'\n\toption dest_port '10080'\n\toption reflection '0'\n\toption target 'DNAT'\n",
	    "\toption dest_ip '10.2.0.2'\n\toption src_port '840-860'\n\toption dest_port '10080'\n\toption target 'HELPER'\n" },
	  { "SNAT" } },
	{ BASE "nat = forward 10.1.0.1:10081 -> c\n", "g", "firewall.uci", WITHOUT,
	  { "\toption src_dport '50000-50100'\n\toption dest_ip '10.2.0.2'\n\toption reflection" },
	  { "HELPER" } },
	{ SIX, "g", "firewall.uci", WITH,
	  { "\toption family 'ipv6'\n", "\toption src_ip '2001:db8:1::2'\n" }, { "ipv4" } },
	{ TWO, "g", "firewall.uci", WITH,
	  { "config ipset 'amfw_hosts_1'\n\toption name 'amfw_hosts_1'\n\toption family 'ipv4'\n\tlist match 'src_ip'\n\tlist match 'dest_ip'\n\toption loadfile '/etc/amfw/hosts_1'\n",
	    "\toption ipset 'amfw_hosts_1'\n" }, { "10.2.0" } },
	{ TWO, "g", "hosts_1", WITH,
	  { "# s to c\n10.1.0.2 10.2.0.2\n# s to d\n10.1.0.2 10.2.0.3\n" }, { NULL } },
};

START_TEST(writes)
{
	const struct content *one = &contents[_i];
	struct output output = { 0 };
	const char *text;

	write_for(&output, one->site, one->host, &one->options);
	text = file_of(&output, one->file);
	ck_assert_msg(text, "no %s", one->file);
	text_has(text, one->has, MATCHES_MAX);
	text_lacks(text, one->lacks, MATCHES_MAX);
	output_free(&output);
}
END_TEST

/* --- uci, read strictly ------------------------------------------------------- */

/* The options that parse_rule() and its like in fw4.uc know, of those used here. */
static const struct {
	const char *type;
	const char *options;
	const char *needs;
} sections[] = {
	{ "rule", " name family proto src dest src_ip dest_ip src_port dest_port ipset target set_helper ",
	  "name family proto target" },
	{ "redirect", " name family proto src dest src_ip src_dip src_port src_dport dest_ip dest_port ipset reflection target ",
	  "name family proto src dest dest_ip target" },
	{ "nat", " name family proto src src_ip src_port dest_ip dest_port snat_ip snat_port target ",
	  "name family proto snat_ip target" },
	{ "zone", " name subnet auto_helper ", "name subnet auto_helper" },
	{ "ipset", " name family match loadfile ", "name family match loadfile" },
	{ "include", " type path position chain ", "type path position chain" },
};

#define SECTION_TYPES	(sizeof(sections) / sizeof(*sections))

/* What is known of the section that is being read. */
struct reading {
	int line;
	int type;
	char seen[512];
	char names[8192];
	const char *fault;
};

static bool listed(const char *list, const char *word)
{
	char spaced[80];

	snprintf(spaced, sizeof(spaced), " %s ", word);
	return strstr(list, spaced);
}

static void fault(struct reading *reading, const char *what)
{
	if (!reading->fault)
		reading->fault = what;
}

static void end_section(struct reading *reading)
{
	char needs[80], *word;

	if (reading->type < 0)
		return;
	snprintf(needs, sizeof(needs), "%s", sections[reading->type].needs);
	for (word = strtok(needs, " "); word; word = strtok(NULL, " "))
		if (!listed(reading->seen, word))
			fault(reading, "lacks an option");
}

static bool is_name(const char *name)
{
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

/* What stands between quotes: 'it'\''s' is it's.  NULL where they do not match. */
static const char *unquote(const char *at, char value[COMMENT_MAX])
{
	size_t length = 0;

	if (*at++ != '\'')
		return NULL;
	for (;; at++) {
		if (*at == '\'' && strncmp(at, "'\\''", 4))
			break;
		if ((unsigned char)*at < ' ' || length == COMMENT_MAX - 1)
			return NULL;
		value[length++] = *at;
		at += *at == '\'' ? 3 : 0;
	}
	value[length] = '\0';
	return at + 1;
}

static void read_section(struct reading *reading, const char *type, const char *name)
{
	size_t i;

	end_section(reading);
	snprintf(reading->seen, sizeof(reading->seen), " ");
	reading->type = -1;
	for (i = 0; i < SECTION_TYPES; i++)
		if (!strcmp(sections[i].type, type))
			reading->type = (int)i;
	if (reading->type < 0)
		fault(reading, "no type that fw4 knows");
	if (!is_name(name) || strncmp(name, OPENWRT_PREFIX, strlen(OPENWRT_PREFIX)))
		fault(reading, "not a name of ours");
	if (listed(reading->names, name))
		fault(reading, "a name twice");
	strncat(reading->names, name, sizeof(reading->names) - strlen(reading->names) - 2);
	strcat(reading->names, " ");
}

static void read_option(struct reading *reading, const char *key, const char *value, bool list)
{
	bool twice = listed(reading->seen, key);

	if (reading->type < 0) {
		fault(reading, "of no section");
		return;
	}
	if (!listed(sections[reading->type].options, key))
		fault(reading, "no option of that section");
	if (twice && !list)
		fault(reading, "an option twice");
	if (!*value)
		fault(reading, "an empty value");
	/* With "!fw4: " before it, nft has room for this many. */
	if (!strcmp(key, "name") && strlen(value) > 121)
		fault(reading, "a name that nft cannot keep");
	if (strlen(reading->seen) + strlen(key) + 2 < sizeof(reading->seen)) {
		strcat(reading->seen, key);
		strcat(reading->seen, " ");
	}
}

static void read_line(struct reading *reading, const char *line)
{
	char word[16], key[32], value[COMMENT_MAX];
	const char *end;
	int used = 0;

	if (!*line || *line == '#')
		return;
	if (sscanf(line, "config %31[a-z] %n", key, &used) == 1 && used) {
		end = unquote(line + used, value);
		if (!end || *end)
			fault(reading, "quotes");
		else
			read_section(reading, key, value);
		return;
	}
	if (sscanf(line, "\t%15[a-z] %31[a-z_] %n", word, key, &used) != 2 || !used ||
	    *line != '\t' || (strcmp(word, "option") && strcmp(word, "list"))) {
		fault(reading, "neither a section nor an option");
		return;
	}
	end = unquote(line + used, value);
	if (!end || *end)
		fault(reading, "quotes");
	else
		read_option(reading, key, value, !strcmp(word, "list"));
}

/* The first fault in a text, or NULL. */
static const char *uci_fault(const char *text)
{
	struct reading reading = { .type = -1, .names = " " };
	char *copy = strdup(text), *line, *rest = copy;

	ck_assert_ptr_nonnull(copy);
	while (!reading.fault && (line = strsep(&rest, "\n"))) {
		reading.line++;
		read_line(&reading, line);
	}
	end_section(&reading);
	free(copy);
	return reading.fault;
}

static const char *const faulty[] = {
	"config rule amfw_1\n", "config rule 'amfw_1\n", "config rule 'amfw_1' x\n",
	"config rile 'amfw_1'\n", "config rule 'other_1'\n", "config rule 'amfw_A'\n",
	"\toption name 'x'\n", "config zone 'amfw_1'\n\toption name 'x'\n",
	"config zone 'amfw_1'\n\toption nome 'x'\n", "config zone 'amfw_1'\n option name 'x'\n",
	"config zone 'amfw_1'\n\toption name 'x'\n\toption name 'x'\n",
	"config zone 'amfw_1'\n\toption name 'x'y'\n", "config zone 'amfw_1'\n\toption name ''\n",
	"config zone 'amfw_1'\n\toption name 'x'\\''\n", "config zone 'amfw_1'\n\toption name 'x\ty'\n",
	"config zone 'amfw_1'\n\tset name 'x'\n", "flush ruleset\n",
	"config zone 'amfw_1'\n\toption name 'x'\n\tlist subnet 'y'\n\toption auto_helper '0'\nconfig zone 'amfw_1'\n",
};

START_TEST(faults_are_found)
{
	ck_assert_msg(uci_fault(faulty[_i]), "none in %s", faulty[_i]);
	ck_assert_ptr_null(uci_fault("# x\n\nconfig zone 'amfw_1'\n\toption name 'it'\\''s'\n"
				     "\tlist subnet 'x'\n\tlist subnet 'y'\n\toption auto_helper '0'\n"));
}
END_TEST

START_TEST(is_uci)
{
	const struct content *one = &contents[_i];
	struct output output = { 0 };
	const char *text, *found;

	write_for(&output, one->site, one->host, &one->options);
	text = file_of(&output, "firewall.uci");
	found = uci_fault(text);
	ck_assert_msg(!found, "%s in\n%.3000s", found, text);
	output_free(&output);
}
END_TEST

/* Every set and file that something names is there, and the other way round. */
START_TEST(sets_are_there)
{
	static const char *const sites[] = {
		BASE, TWO, TWO "[host t]\nrole = server\naddress = 10.1.0.3\n",
		TWO "nat = masquerade 10.2.0.1\n",
		TWO "nat = forward 10.1.0.1:10081 -> c\n",
	};
	static const struct plan_options options[] = { WITH, WITHOUT, CLOSED };
	static const char *const hosts[] = { "g", "s", "c" };
	char set[32], file[16];
	unsigned int i, number;

	for (i = 0; i < 9; i++) {
		struct output output = { 0 };
		char *all;
		size_t size;
		FILE *out = open_memstream(&all, &size);

		write_for(&output, sites[_i], hosts[i / 3], &options[i % 3]);
		output_print(&output, out);
		fclose(out);
		for (number = 1; number < 20; number++) {
			bool used, declared;

			snprintf(file, sizeof(file), "hosts_%u", number);
			snprintf(set, sizeof(set), "option ipset 'amfw_hosts_%u'", number);
			used = strstr(all, set);
			snprintf(set, sizeof(set), "@amfw_hosts_%u ", number);
			used = used || strstr(all, set);
			snprintf(set, sizeof(set), "config ipset 'amfw_hosts_%u'", number);
			declared = strstr(all, set);
			ck_assert_msg(used == declared && used == !!file_of(&output, file),
				      "%s of %s, case %u:\n%.4000s", file, hosts[i / 3], i, all);
		}
		free(all);
		output_free(&output);
	}
}
END_TEST

/* --- names -------------------------------------------------------------------- */

START_TEST(names_do_not_inject)
{
	static const char evil[] = "x'\"; }\noption target 'ACCEPT'\nflush ruleset #{\\`$(";
	static const struct plan_options options = CLOSED;
	struct output output = { 0 };
	const char *found;
	size_t i;

	rename_to = evil;
	write_for(&output, TWO "nat = masquerade 10.2.0.1\n", _i ? "c" : "g", &options);
	rename_to = NULL;
	found = uci_fault(file_of(&output, "firewall.uci"));
	ck_assert_msg(!found, "%s in\n%.3000s", found, file_of(&output, "firewall.uci"));
	for (i = 0; i < output.count; i++) {
		ck_assert_ptr_null(strstr(output.files[i].text, "\noption"));
		ck_assert_ptr_null(strstr(output.files[i].text, "\nflush"));
		ck_assert_ptr_null(strstr(output.files[i].text, "x'"));
		ck_assert_ptr_null(strstr(output.files[i].text, "x\""));
	}
	output_free(&output);
}
END_TEST

START_TEST(long_names_end)
{
	static const struct plan_options options = CLOSED;
	struct output output = { 0 };
	char name[65];

	memset(name, 'n', 64);
	name[64] = '\0';
	rename_to = name;
	write_for(&output, BASE, "g", &options);
	rename_to = NULL;
	ck_assert_ptr_null(uci_fault(file_of(&output, "firewall.uci")));
	ck_assert_ptr_nonnull(strstr(file_of(&output, "firewall.uci"), "...'\n"));
	output_free(&output);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_loop_test(tests, writes, 0, sizeof(contents) / sizeof(*contents));
	tcase_add_loop_test(tests, is_uci, 0, sizeof(contents) / sizeof(*contents));
	tcase_add_loop_test(tests, faults_are_found, 0, sizeof(faulty) / sizeof(*faulty));
	tcase_add_loop_test(tests, sets_are_there, 0, 5);
	tcase_add_loop_test(tests, names_do_not_inject, 0, 2);
	tcase_add_test(tests, long_names_end);
}

int main(void)
{
	return suite_main("openwrt", add_tests);
}

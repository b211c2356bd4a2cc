// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From rules to steps: real rules, loaded by their own loader into a namespace
 * and read back, and what each becomes.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/suite.h"
#include "ruleset/load.h"
#include "steps_text.h"

/**
 * struct example - a rule and its steps
 * @rule: as written
 * @steps: for IPv4
 * @steps_6: for IPv6; NULL: the same
 */
struct example {
	const char *rule;
	const char *steps;
	const char *steps_6;
};

#include "compile_rules.h"

#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))

/* Where namespaces are forbidden there is nothing to read rules back from. */
static bool namespaces(void)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (!status)
		return true;
	printf("skip compile - namespaces are not allowed here\n");
	return false;
}

static void load(struct ruleset *ruleset, enum dialect dialect, const char *text)
{
	static const char *const interfaces[] = { "eth0", "eth1", "wan0" };
	struct source source = { dialect, "example", text, strlen(text) };
	struct load_options options = { interfaces, COUNT(interfaces), 30 };

	memset(ruleset, 0, sizeof(*ruleset));
	ck_assert_int_eq(ruleset_load(ruleset, &source, 1, &options, stderr), 0);
}

static const struct chain *find_chain(const struct ruleset *ruleset, const char *name)
{
	size_t t, c;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			if (!strcmp(ruleset->tables[t].chains[c].name, name))
				return &ruleset->tables[t].chains[c];
	ck_abort_msg("no chain %s", name);
	return NULL;
}

static void compare(const struct rule *rule, enum protocol_version version,
		    const char *source, const char *expected)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	print_steps(out, rule, version);
	fclose(out);
	ck_assert_msg(!strcmp(text, expected), "%s (%d):\n%s\nnot\n%s", source, version,
		      text, expected);
	free(text);
}

static void check_examples(const struct ruleset *ruleset, const char *name,
			   const struct example *examples, size_t count, bool both)
{
	const struct chain *chain = find_chain(ruleset, name);
	size_t i;

	ck_assert_uint_eq(chain->count, count);
	for (i = 0; i < count; i++) {
		compare(&chain->rules[i], VERSION_4, examples[i].rule, examples[i].steps);
		if (both)
			compare(&chain->rules[i], VERSION_6, examples[i].rule,
				examples[i].steps_6 ? examples[i].steps_6 : examples[i].steps);
	}
}

static char *join(const char *before, const char *prefix, const struct example *examples,
		  size_t count, const char *after)
{
	char *text;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	fputs(before, out);
	for (i = 0; i < count; i++)
		fprintf(out, "%s%s\n", prefix, examples[i].rule);
	fputs(after, out);
	fclose(out);
	return text;
}

static void check_nft(const char *name, const char *hook, const struct example *examples,
		      size_t count)
{
	char before[4096], *text;
	struct ruleset ruleset;

	snprintf(before, sizeof(before), "table inet t {\n%schain %s {\n%s\n", declarations, name,
		 hook);
	text = join(before, "", examples, count, "}\n}\n");
	load(&ruleset, DIALECT_NFT, text);
	check_examples(&ruleset, name, examples, count, true);
	ruleset_free(&ruleset);
	free(text);
}

START_TEST(nft_filter)
{
	if (namespaces())
		check_nft("c", "type filter hook input priority 0;", nft_rules, COUNT(nft_rules));
}
END_TEST

START_TEST(nft_nat)
{
	if (namespaces())
		check_nft("n", "type nat hook prerouting priority -100;", nft_nat_rules,
			  COUNT(nft_nat_rules));
}
END_TEST

static void check_iptables(const char *before, const char *name, const struct example *examples,
			   size_t count)
{
	char prefix[64], *text;
	struct ruleset ruleset;

	snprintf(prefix, sizeof(prefix), "-A %s ", name);
	text = join(before, prefix, examples, count, "COMMIT\n");
	load(&ruleset, DIALECT_IPTABLES, text);
	check_examples(&ruleset, name, examples, count, false);
	ruleset_free(&ruleset);
	free(text);
}

START_TEST(iptables_filter)
{
	if (namespaces())
		check_iptables("*mangle\n:INPUT ACCEPT\n:x -\n", "INPUT", iptables_rules,
			       COUNT(iptables_rules));
}
END_TEST

START_TEST(iptables_raw)
{
	if (namespaces())
		check_iptables("*raw\n:PREROUTING ACCEPT\n", "PREROUTING", raw_rules,
			       COUNT(raw_rules));
}
END_TEST

START_TEST(iptables_nat)
{
	if (namespaces()) {
		check_iptables("*nat\n:PREROUTING ACCEPT\n", "PREROUTING", dnat_rules,
			       COUNT(dnat_rules));
		check_iptables("*nat\n:POSTROUTING ACCEPT\n", "POSTROUTING", snat_rules,
			       COUNT(snat_rules));
	}
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, nft_filter);
	tcase_add_test(tests, nft_nat);
	tcase_add_test(tests, iptables_filter);
	tcase_add_test(tests, iptables_raw);
	tcase_add_test(tests, iptables_nat);
}

int main(void)
{
	return suite_main("compile", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Findings that depend on the machine, which is made up here.  Those that depend
 * on rules and site alone are tried with real rules: selftests/net/check_lint.sh.
 */
#include "ruleset/lint.h"

#include "selftests/unit/lib/suite.h"
#include "selftests/unit/site_text.h"

#define SITE "[site]\nauth = bsd\n[host s]\nrole = server\naddress = 10.1.0.2\n" \
	"[host c]\nrole = client\naddress = 10.2.0.2\n" PLAIN_GATEWAY

static struct arena *arena;
static struct site site;
static struct flows flows;
static struct ruleset ruleset;
static struct world world;
static struct journeys journeys;
static struct excesses excesses;
static struct findings findings;

static void set_up(void)
{
	arena = arena_new((size_t)1 << 24);
	ck_assert_ptr_nonnull(arena);
	flows_of(&flows, &site, SITE);
	ck_assert_int_eq(world_of_host(&world, &ruleset, site_host(&site, "g"), arena), 0);
}

static void tear_down(void)
{
	findings_free(&findings);
	journeys_free(&journeys);
	flows_free(&flows);
	site_free(&site);
	arena_free(arena);
}

/* All journeys through no rules at all, as if each had taken the helper with it. */
static void look(struct machine machine, uint32_t changed, const char *helper)
{
	const struct question question = {
		.ruleset = &ruleset,
		.world = &world,
		.flows = &flows,
		.host = site_host(&site, "g"),
	};
	const struct lint_question lint = {
		.question = &question,
		.site = &site,
		.journeys = &journeys,
		.excesses = &excesses,
		.machine = machine,
	};
	size_t i;

	findings_free(&findings);
	journeys_free(&journeys);
	ck_assert_int_eq(journeys_run(&journeys, &question, arena), 0);
	for (i = 0; i < journeys.count; i++) {
		struct journey *journey = &journeys.journey[i];

		journey->helper = helper;
		journey->stages[0].fates.fate[0].box.changed |= changed;
		journey->stages[0].fates.fate[0].box.effects.helper = helper;
	}
	ck_assert_int_eq(lint_run(&findings, &lint, arena), 0);
}

static size_t found(const char *id)
{
	size_t count = 0, i;

	for (i = 0; i < findings.count; i++) {
		ck_assert_ptr_nonnull(findings.finding[i].message);
		ck_assert_ptr_nonnull(findings.finding[i].fix);
		count += !strcmp(findings.finding[i].id, id);
	}
	return count;
}

START_TEST(built_in_helper)
{
	look((struct machine) { .helper_built_in = KNOWN_YES }, 0, NULL);
	ck_assert_uint_eq(found("helper-built-in"), 1);
	look((struct machine) { .helper_built_in = KNOWN_YES, .ours = KNOWN_YES }, 0, NULL);
	ck_assert_uint_eq(found("helper-built-in"), 0);
	look((struct machine) { .helper_built_in = KNOWN_NO }, 0, NULL);
	ck_assert_uint_eq(found("helper-built-in"), 0);
	look(machine_unknown(), 0, NULL);
	ck_assert_uint_eq(found("helper-built-in"), 0);
}
END_TEST

START_TEST(missing_nat_module)
{
	const struct machine without = { .nat_module = KNOWN_NO };
	const struct machine with = { .nat_module = KNOWN_YES };

	look(without, 1u << FIELD_SADDR, "amanda");
	ck_assert_uint_eq(found("nat-helper-missing"), 1);
	look(with, 1u << FIELD_SADDR, "amanda");
	ck_assert_uint_eq(found("nat-helper-missing"), 0);
	look(without, 0, "amanda");
	ck_assert_uint_eq(found("nat-helper-missing"), 0);
	look(without, 1u << FIELD_SADDR, NULL);
	ck_assert_uint_eq(found("nat-helper-missing"), 0);
	look(machine_unknown(), 1u << FIELD_SADDR, "amanda");
	ck_assert_uint_eq(found("nat-helper-missing"), 0);
}
END_TEST

START_TEST(rules_of_the_other_kind)
{
	look((struct machine) { .legacy = { [VERSION_4] = true } }, 0, "amanda");
	ck_assert_uint_eq(found("legacy-rules"), 1);
	look((struct machine) { .legacy = { true, true } }, 0, NULL);
	ck_assert_uint_eq(found("legacy-rules"), 2);
	look(machine_unknown(), 0, "amanda");
	ck_assert_uint_eq(found("legacy-rules"), 0);
}
END_TEST

START_TEST(few_expectations)
{
	look((struct machine) { .expect_max = 3 }, 0, "amanda");
	ck_assert_uint_eq(found("expectations-few"), 1);
	look((struct machine) { .expect_max = 4 }, 0, "amanda");
	ck_assert_uint_eq(found("expectations-few"), 0);
	look((struct machine) { .expect_max = 3 }, 0, NULL);
	ck_assert_uint_eq(found("expectations-few"), 0);
	look(machine_unknown(), 0, "amanda");
	ck_assert_uint_eq(found("expectations-few"), 0);
}
END_TEST

START_TEST(table_of_rules)
{
	size_t i, j;

	for (i = 0; i < lint_rule_count; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(lint_rules[i].id, lint_rules[j].id);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, built_in_helper);
	tcase_add_test(tests, missing_nat_module);
	tcase_add_test(tests, few_expectations);
	tcase_add_test(tests, rules_of_the_other_kind);
	tcase_add_test(tests, table_of_rules);
}

int main(void)
{
	return suite_main("lint", add_tests);
}

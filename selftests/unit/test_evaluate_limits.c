// SPDX-License-Identifier: GPL-2.0-or-later
/* Chains without end, too many pieces, too little memory, and what must stay cheap. */
#include <stdlib.h>
#include <string.h>

#include "ruleset/evaluate.h"
#include "selftests/unit/lib/suite.h"

#define MANY	3000

static struct arena *arena;
static struct chain base;
static struct rule rules[MANY];
static struct step steps[MANY][4];
static struct evaluation evaluation;
static struct box any;

static void fresh(void)
{
	arena = arena_new((size_t)1 << 28);
	memset(steps, 0, sizeof(steps));
	base = (struct chain){ .hooked = true, .policy = VERDICT_DROP, .rules = rules };
	evaluation = (struct evaluation){ .arena = arena, .version = VERSION_6 };
	memset(&any, 0, sizeof(any));
}

static void done(void)
{
	evaluation_free(&evaluation);
	arena_free(arena);
}

static void rule(size_t number, size_t count)
{
	rules[number] = (struct rule){
		.chain = &base,
		.steps = { steps[number], steps[number] },
		.step_count = { count, count },
	};
	if (base.count <= number)
		base.count = number + 1;
}

static void match(struct step *step, enum field field, const struct values *values)
{
	*step = (struct step){ .kind = STEP_MATCH, .field = field, .values = values };
}

static void verdict(struct step *step, enum verdict how, struct chain *to)
{
	*step = (struct step){ .kind = STEP_VERDICT, .verdict = how, .chain = to };
}

/* Accepted and dropped: nobody can tell. */
static void must_be_unknown(void)
{
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, 2);
	ck_assert_int_ne(evaluation.endings[0].verdict, evaluation.endings[1].verdict);
	ck_assert_ptr_nonnull(evaluation.endings[0].box.doubt);
	ck_assert_ptr_nonnull(evaluation.endings[1].box.doubt);
}

START_TEST(chains_in_a_circle_end)
{
	verdict(&steps[0][0], _i ? VERDICT_GOTO : VERDICT_JUMP, &base);
	rule(0, 1);
	must_be_unknown();
}
END_TEST

/* Each jumps twice into the next: 2^16 ways, and with ten times as many a day. */
START_TEST(chains_that_multiply_end)
{
	static struct chain chains[16];
	static struct step jump[16];
	static struct rule twice[16][40];
	unsigned int i, j;

	for (i = 0; i < 15; i++) {
		verdict(&jump[i], VERDICT_JUMP, &chains[i + 1]);
		for (j = 0; j < 40; j++)
			twice[i][j] = (struct rule){
				.chain = &chains[i],
				.steps = { &jump[i], &jump[i] },
				.step_count = { 1, 1 },
			};
		chains[i] = (struct chain){ .rules = twice[i], .count = 40 };
	}
	chains[0].policy = VERDICT_ACCEPT;
	ck_assert_int_eq(chain_run(&evaluation, &chains[0], &any), 0);
	ck_assert_uint_eq(evaluation.count, 2);
	ck_assert_ptr_nonnull(evaluation.endings[0].box.doubt);
}
END_TEST

START_TEST(too_little_memory_is_doubt)
{
	struct arena *small = arena_new(2000);
	size_t i;

	for (i = 0; i < 100; i++) {
		match(&steps[i][0], FIELD_SADDR, values_one(arena, 2 * i));
		verdict(&steps[i][1], VERDICT_ACCEPT, NULL);
		rule(i, 2);
	}
	evaluation.arena = small;
	must_be_unknown();
	arena_free(small);
}
END_TEST

/* Each doubt doubles the marks there may be. */
START_TEST(too_many_pieces_are_doubt)
{
	size_t i;

	any.now[FIELD_MARK] = any.was[FIELD_MARK] = values_one(arena, 0);
	for (i = 0; i < 20; i++) {
		steps[i][0] = (struct step){ .kind = STEP_DOUBT, .name = "limit" };
		steps[i][1] = (struct step){ .kind = STEP_ASSIGN, .field = FIELD_MARK,
					     .from = FIELD_MARK, .mask = UINT32_MAX,
					     .value = 1u << i };
		rule(i, 2);
	}
	must_be_unknown();
}
END_TEST

/* Log with a limit, twenty times: the packets are what they were. */
START_TEST(doubt_without_consequence_is_none)
{
	size_t i;

	for (i = 0; i < 20; i++) {
		steps[i][0] = (struct step){ .kind = STEP_DOUBT, .name = "limit" };
		rule(i, 1);
	}
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, 1);
	ck_assert_ptr_null(evaluation.endings[0].box.doubt);
}
END_TEST

START_TEST(a_set_that_rules_fill_is_in_doubt_from_then_on)
{
	struct set set = { .key_count = 1, .name = "seen" };

	steps[0][0] = (struct step){ .kind = STEP_LOOKUP, .set = &set, .key_count = 1 };
	verdict(&steps[0][1], VERDICT_REJECT, NULL);
	rule(0, 2);
	steps[1][0] = (struct step){ .kind = STEP_FILL, .set = &set, .key_count = 1 };
	rule(1, 1);
	steps[2][0] = steps[0][0];
	verdict(&steps[2][1], VERDICT_ACCEPT, NULL);
	rule(2, 2);
	must_be_unknown();
	ck_assert_ptr_eq(evaluation.endings[0].rule, &rules[2]);
}
END_TEST

START_TEST(a_map_that_rules_fill_may_say_anything)
{
	struct interval five = { 5, 5 };
	const struct mapped reject = { .verdict = VERDICT_REJECT };
	struct element one = { .key = &five, .mapped = &reject };
	struct set map = { .key_count = 1, .is_map = true, .elements = &one, .count = 1,
			   .doubt = "a map that rules add to" };
	unsigned int seen = 0;
	size_t i;

	steps[0][0] = (struct step){ .kind = STEP_LOOKUP, .set = &map, .key_count = 1,
				     .keys = { FIELD_SADDR } };
	steps[0][1] = (struct step){ .kind = STEP_CHOOSE };
	rule(0, 2);
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	for (i = 0; i < evaluation.count; i++) {
		ck_assert_ptr_nonnull(evaluation.endings[i].box.doubt);
		seen |= 1u << evaluation.endings[i].verdict;
	}
	ck_assert_uint_eq(seen, 1u << VERDICT_ACCEPT | 1u << VERDICT_DROP | 1u << VERDICT_REJECT);
}
END_TEST

START_TEST(a_mask_of_too_many_values_is_doubt)
{
	steps[0][0] = (struct step){ .kind = STEP_MASKED, .field = FIELD_CT_MARK, .mask = 0xff,
				     .values = values_one(arena, 1) };
	verdict(&steps[0][1], VERDICT_ACCEPT, NULL);
	rule(0, 2);
	must_be_unknown();
	evaluation.count = 0;
	any.now[FIELD_CT_MARK] = any.was[FIELD_CT_MARK] = values_one(arena, 0xff01);
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, 1);
	ck_assert_int_eq(evaluation.endings[0].verdict, VERDICT_ACCEPT);
}
END_TEST

struct told {
	unsigned int rules;
	unsigned int matched;
};

static void tell(void *data, const struct rule *met, const struct box *reached,
		 const struct boxes *matched)
{
	struct told *told = data;

	ck_assert(!box_empty(reached));
	told->rules |= 1u << (met - rules);
	if (matched->count)
		told->matched |= 1u << (met - rules);
}

START_TEST(each_rule_that_is_met_is_told_of)
{
	struct told told = { 0 };

	any.now[FIELD_DPORT] = any.was[FIELD_DPORT] = values_range(arena, 1, 9);
	match(&steps[0][0], FIELD_DPORT, values_one(arena, 77));
	verdict(&steps[0][1], VERDICT_DROP, NULL);
	rule(0, 2);
	match(&steps[1][0], FIELD_DPORT, values_one(arena, 7));
	rule(1, 1);
	verdict(&steps[2][0], VERDICT_ACCEPT, NULL);
	rule(2, 1);
	rule(3, 0);
	evaluation.met = tell;
	evaluation.met_data = &told;
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(told.rules, 7);
	ck_assert_uint_eq(told.matched, 6);
}
END_TEST

START_TEST(addresses_of_ipv4_have_32_bits)
{
	match(&steps[0][0], FIELD_SADDR, values_range(arena, 0, 0x7fffffff));
	verdict(&steps[0][1], VERDICT_ACCEPT, NULL);
	rule(0, 2);
	evaluation.version = VERSION_4;
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, 2);
	ck_assert(values_same(evaluation.endings[1].box.was[FIELD_SADDR],
			      values_range(arena, 0x80000000, UINT32_MAX)));
}
END_TEST

START_TEST(no_packets_have_no_end)
{
	any.now[FIELD_MARK] = values_range(arena, 1, 0);
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, 0);
}
END_TEST

/* One rule for each client; packets of any address.  Copying what is left of them for
 * every rule would take 290 MB.
 */
START_TEST(many_rules_do_not_copy_what_they_leave)
{
	size_t i, before = arena_used(arena);

	for (i = 0; i < MANY; i++) {
		match(&steps[i][0], FIELD_SADDR, values_one(arena, 2 * i));
		match(&steps[i][1], FIELD_DPORT, values_one(arena, 10080));
		verdict(&steps[i][2], VERDICT_ACCEPT, NULL);
		rule(i, 3);
	}
	before = arena_used(arena);
	ck_assert_int_eq(chain_run(&evaluation, &base, &any), 0);
	ck_assert_uint_eq(evaluation.count, MANY + 2);
	ck_assert_uint_lt(arena_used(arena) - before, (size_t)MANY * 1000);
	ck_assert_ptr_eq(evaluation.endings[MANY - 1].rule, &rules[MANY - 1]);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, fresh, done);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, chains_in_a_circle_end, 0, 2);
	tcase_add_test(tests, chains_that_multiply_end);
	tcase_add_test(tests, too_little_memory_is_doubt);
	tcase_add_test(tests, too_many_pieces_are_doubt);
	tcase_add_test(tests, doubt_without_consequence_is_none);
	tcase_add_test(tests, a_set_that_rules_fill_is_in_doubt_from_then_on);
	tcase_add_test(tests, a_map_that_rules_fill_may_say_anything);
	tcase_add_test(tests, a_mask_of_too_many_values_is_doubt);
	tcase_add_test(tests, each_rule_that_is_met_is_told_of);
	tcase_add_test(tests, addresses_of_ipv4_have_32_bits);
	tcase_add_test(tests, no_packets_have_no_end);
	tcase_add_test(tests, many_rules_do_not_copy_what_they_leave);
}

int main(void)
{
	return suite_main("evaluate_limits", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Rulesets made by hand. */
#include <check.h>
#include <string.h>

#include "selftests/unit/lib/rules.h"

#define TABLES	4
#define CHAINS	12
#define RULES	12

struct arena *rules_arena;
struct ruleset rules;

/**
 * rules_begin() - an empty ruleset, in @rules
 */
void rules_begin(void)
{
	static const char *const names[] = { "lo", "lan", "wan" };
	static const char *const helpers[] = { "amanda", "ftp" };

	rules_arena = arena_new((size_t)1 << 26);
	memset(&rules, 0, sizeof(rules));
	rules.arena = rules_arena;
	rules.tables = arena_take(rules_arena, TABLES * sizeof(*rules.tables));
	rules.interfaces = arena_take(rules_arena, sizeof(names));
	memcpy(rules.interfaces, names, sizeof(names));
	rules.interface_count = sizeof(names) / sizeof(*names);
	rules.helpers = arena_take(rules_arena, sizeof(helpers));
	memcpy(rules.helpers, helpers, sizeof(helpers));
	rules.helper_count = sizeof(helpers) / sizeof(*helpers);
}

/**
 * rules_end() - forget it, and all that lives in @rules_arena
 */
void rules_end(void)
{
	arena_free(rules_arena);
	rules_arena = NULL;
}

/**
 * family_table() - a table, to which chains are added from now on
 * @family: NFPROTO_*
 *
 * Return: the table.
 */
struct table *family_table(int family)
{
	struct table *table = &rules.tables[rules.count++];

	ck_assert_uint_le(rules.count, TABLES);
	table->name = "table";
	table->family = family;
	table->chains = arena_take(rules_arena, CHAINS * sizeof(*table->chains));
	return table;
}

/**
 * base_chain() - a base chain in the last table; one of family inet if there is none
 * @type: "filter", "nat"
 * @hook: enum nf_inet_hooks
 * @priority: of the chain
 * @policy: of the chain
 *
 * Return: the chain.
 */
struct chain *base_chain(const char *type, unsigned int hook, int priority,
			 enum verdict policy)
{
	struct table *table = rules.count ? &rules.tables[rules.count - 1] :
		family_table(NFPROTO_INET);
	struct chain *chain = &table->chains[table->chain_count++];

	ck_assert_uint_le(table->chain_count, CHAINS);
	*chain = (struct chain) {
		.table = table,
		.name = "chain",
		.hooked = true,
		.type = type,
		.hook = hook,
		.priority = priority,
		.policy = policy,
		.rules = arena_take(rules_arena, RULES * sizeof(struct rule)),
	};
	return chain;
}

/**
 * rule_add() - a rule, the same for both versions of IP
 * @chain: at the end of this chain
 * @steps: of the rule
 * @count: how many
 *
 * Return: the rule.
 */
struct rule *rule_add(struct chain *chain, const struct step *steps, size_t count)
{
	struct rule *rule = &chain->rules[chain->count++];
	struct step *copy = arena_take(rules_arena, count * sizeof(*steps));
	int version;

	ck_assert_uint_le(chain->count, RULES);
	memcpy(copy, steps, count * sizeof(*steps));
	rule->chain = chain;
	rule->handle = chain->count;
	rule->text = "rule";
	for (version = 0; version < VERSION_COUNT; version++) {
		rule->steps[version] = copy;
		rule->step_count[version] = count;
	}
	return rule;
}

/**
 * match() - a step that asks for values of a field
 * @field: the field
 * @low: first value
 * @high: last value
 *
 * Return: the step.
 */
struct step match(enum field field, __uint128_t low, __uint128_t high)
{
	return (struct step) {
		.kind = STEP_MATCH,
		.field = field,
		.values = values_range(rules_arena, low, high),
	};
}

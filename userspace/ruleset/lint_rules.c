// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What rules ask and do, by their steps.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/lint_private.h"

static bool step_asks(const struct step *step, enum field field)
{
	size_t i;

	switch (step->kind) {
	case STEP_MATCH:
	case STEP_MASKED:
		return step->field == field;
	case STEP_EITHER:
		return step->field == field || step->keys[0] == field;
	case STEP_LOOKUP:
		for (i = 0; i < step->key_count; i++)
			if (step->keys[i] == field)
				return true;
		return false;
	default:
		return false;
	}
}

/**
 * rule_asks() - does a rule look at a field?
 * @rule: the rule
 * @field: the field
 */
bool rule_asks(const struct rule *rule, enum field field)
{
	size_t version, i;

	for (version = 0; version < VERSION_COUNT; version++)
		for (i = 0; i < rule->step_count[version]; i++)
			if (step_asks(&rule->steps[version][i], field))
				return true;
	return false;
}

/**
 * rule_step() - the first step of a kind
 * @rule: the rule
 * @kind: the kind
 *
 * Return: the step, or NULL.
 */
const struct step *rule_step(const struct rule *rule, enum step_kind kind)
{
	size_t version, i;

	for (version = 0; version < VERSION_COUNT; version++)
		for (i = 0; i < rule->step_count[version]; i++)
			if (rule->steps[version][i].kind == kind)
				return &rule->steps[version][i];
	return NULL;
}

static bool has_nat(const struct rule *rule, const struct nat_step *nat)
{
	size_t version, i;

	for (version = 0; version < VERSION_COUNT; version++)
		for (i = 0; i < rule->step_count[version]; i++)
			if (&rule->steps[version][i].nat == nat)
				return true;
	return false;
}

/**
 * rule_of_nat() - the rule that translates
 * @ruleset: of which ruleset
 * @nat: its translation
 *
 * Return: the rule, or NULL.
 */
const struct rule *rule_of_nat(const struct ruleset *ruleset, const struct nat_step *nat)
{
	size_t t, c, r;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			for (r = 0; r < ruleset->tables[t].chains[c].count; r++)
				if (has_nat(&ruleset->tables[t].chains[c].rules[r], nat))
					return &ruleset->tables[t].chains[c].rules[r];
	return NULL;
}

/**
 * ruleset_says() - is there a rule with these words?
 * @ruleset: the ruleset
 * @words: as the rule's own tool writes them
 */
bool ruleset_says(const struct ruleset *ruleset, const char *words)
{
	size_t t, c, r;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			for (r = 0; r < ruleset->tables[t].chains[c].count; r++) {
				const char *text = ruleset->tables[t].chains[c].rules[r].text;

				if (text && strstr(text, words))
					return true;
			}
	return false;
}

/**
 * struct visit - a walk through the chains that a base chain leads to
 * @lint: the run
 * @base: where it began
 * @see: is shown each rule
 * @seen: of each chain of the table: it has been visited
 * @waiting: chains to visit
 * @count: entries of @waiting
 */
struct visit {
	struct lint *lint;
	const struct chain *base;
	int (*see)(struct lint *lint, const struct chain *base, const struct rule *rule);
	bool *seen;
	const struct chain **waiting;
	size_t count;
};

static void visit_later(struct visit *visit, const struct chain *chain)
{
	size_t index;

	if (!chain || chain->table != visit->base->table)
		return;
	index = (size_t)(chain - chain->table->chains);
	if (visit->seen[index])
		return;
	visit->seen[index] = true;
	visit->waiting[visit->count++] = chain;
}

static void follow_step(struct visit *visit, const struct step *step)
{
	size_t i;

	if (step->kind == STEP_VERDICT)
		visit_later(visit, step->chain);
	if (step->kind != STEP_LOOKUP || !step->set->is_map)
		return;
	for (i = 0; i < step->set->count; i++)
		visit_later(visit, step->set->elements[i].mapped->chain);
}

static int visit_chain(struct visit *visit, const struct chain *chain)
{
	size_t r, version, i;
	int err = 0;

	for (r = 0; r < chain->count && !err; r++) {
		const struct rule *rule = &chain->rules[r];

		err = visit->see(visit->lint, visit->base, rule);
		for (version = 0; version < VERSION_COUNT; version++)
			for (i = 0; i < rule->step_count[version]; i++)
				follow_step(visit, &rule->steps[version][i]);
	}
	return err;
}

/**
 * rules_below() - look at each rule of a base chain and of those it leads to
 * @lint: the run
 * @base: the base chain
 * @see: is shown them
 *
 * Return: 0, or what @see returned instead.
 */
int rules_below(struct lint *lint, const struct chain *base,
		int (*see)(struct lint *lint, const struct chain *base, const struct rule *rule))
{
	size_t room = base->table->chain_count;
	struct visit visit = { .lint = lint, .base = base, .see = see };
	int err = 0;

	visit.seen = calloc(room, sizeof(*visit.seen));
	visit.waiting = calloc(room, sizeof(*visit.waiting));
	if (!visit.seen || !visit.waiting)
		err = -ENOMEM;
	else
		visit_later(&visit, base);
	while (!err && visit.count)
		err = visit_chain(&visit, visit.waiting[--visit.count]);
	free(visit.seen);
	free(visit.waiting);
	return err;
}

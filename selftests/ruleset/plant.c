// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes: a ruleset is changed, behind the loader's back, into what an evaluator
 * with such a mistake would have made of it.
 */
#include "selftests/ruleset/plant.h"

#define STATE_INVALID	1
#define STATE_NEW	8

enum {
	PORT_TOO_FAR,
	GOTO_COMES_BACK,
	RETURN_GOES_ON,
	INVALID_IS_NEW,
	LOOKUP_TURNED,
	MASK_WHOLE,
	MARK_NOT_SET,
	NOT_TRANSLATED,
	POLICY_ACCEPTS,
	LINK_IGNORED,
	REJECT_IS_DROP,
	PRIORITY_TURNED,
	TRACKED_ANYWAY,
};

const char *const plants[] = {
	"port-too-far", "goto-comes-back", "return-goes-on", "invalid-is-new", "lookup-turned",
	"mask-whole", "mark-not-set", "not-translated", "policy-accepts", "link-ignored",
	"reject-is-drop", "priority-turned", "tracked-anyway", NULL,
};

static void end_one_later(struct ruleset *ruleset, struct step *step)
{
	const struct interval *last;

	if (!step->values || !step->values->count)
		return;
	last = &step->values->interval[step->values->count - 1];
	if (last->high < field_most(step->field))
		step->values = values_or(ruleset->arena, step->values,
					 values_one(ruleset->arena, last->high + 1));
}

static void plant_match(struct ruleset *ruleset, struct step *step, size_t which)
{
	if (which == PORT_TOO_FAR && (step->field == FIELD_DPORT || step->field == FIELD_SPORT))
		end_one_later(ruleset, step);
	else if (which == LINK_IGNORED && (step->field == FIELD_IIF || step->field == FIELD_OIF))
		step->values = NULL;
	else if (which == INVALID_IS_NEW && step->field == FIELD_CT_STATE && step->values &&
		 values_hold(step->values, STATE_NEW))
		step->values = values_or(ruleset->arena, step->values,
					 values_one(ruleset->arena, STATE_INVALID));
}

static void plant_verdict(struct step *step, size_t which)
{
	if (which == GOTO_COMES_BACK && step->verdict == VERDICT_GOTO)
		step->verdict = VERDICT_JUMP;
	else if (which == RETURN_GOES_ON && step->verdict == VERDICT_RETURN)
		step->verdict = VERDICT_CONTINUE;
	else if (which == REJECT_IS_DROP && step->verdict == VERDICT_REJECT)
		step->verdict = VERDICT_DROP;
}

static void forget(struct step *step, enum verdict verdict)
{
	step->kind = STEP_VERDICT;
	step->verdict = verdict;
}

static void plant_step(struct ruleset *ruleset, struct step *step, size_t which)
{
	switch (step->kind) {
	case STEP_MATCH:
		plant_match(ruleset, step, which);
		break;
	case STEP_VERDICT:
		plant_verdict(step, which);
		break;
	case STEP_LOOKUP:
		step->inverted ^= which == LOOKUP_TURNED;
		break;
	case STEP_MASKED:
		if (which == MASK_WHOLE)
			step->mask = field_most(step->field);
		break;
	case STEP_ASSIGN:
		if (which == MARK_NOT_SET)
			forget(step, VERDICT_CONTINUE);
		break;
	case STEP_NAT:
		if (which == NOT_TRANSLATED)
			forget(step, VERDICT_ACCEPT);
		break;
	case STEP_NOTRACK:
		if (which == TRACKED_ANYWAY)
			forget(step, VERDICT_CONTINUE);
		break;
	default:
		break;
	}
}

static void plant_chain(struct ruleset *ruleset, struct chain *chain, size_t which)
{
	size_t i, j, version;

	if (which == POLICY_ACCEPTS)
		chain->policy = VERDICT_ACCEPT;
	if (which == PRIORITY_TURNED)
		chain->priority = -chain->priority;
	for (i = 0; i < chain->count; i++)
		for (version = 0; version < VERSION_COUNT; version++)
			for (j = 0; j < chain->rules[i].step_count[version]; j++)
				plant_step(ruleset, &chain->rules[i].steps[version][j], which);
}

/**
 * plant() - make a mistake
 * @ruleset: in this one, wherever there is a place for it
 * @which: number in plants[]
 */
void plant(struct ruleset *ruleset, size_t which)
{
	size_t i, j;

	for (i = 0; i < ruleset->count; i++)
		for (j = 0; j < ruleset->tables[i].chain_count; j++)
			plant_chain(ruleset, &ruleset->tables[i].chains[j], which);
}

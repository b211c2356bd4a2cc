// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What check says of a trial beside what the kernel did: whether it gets through,
 * which rule decided, and whether the sender was told.
 */
#include <string.h>

#include "amfwctl/prove.h"

/* Behind check.h, which sees to the names of netinet/in.h. */
#include <linux/netfilter.h>

static const struct chain *find_chain(const struct ruleset *ruleset,
				      const struct decision *decision)
{
	size_t i, j;

	for (i = 0; i < ruleset->count; i++) {
		const struct table *table = &ruleset->tables[i];

		if (table->family != decision->family || strcmp(table->name, decision->table))
			continue;
		for (j = 0; j < table->chain_count; j++)
			if (!strcmp(table->chains[j].name, decision->base))
				return &table->chains[j];
	}
	return NULL;
}

/* The one that path.c names, too: the last rule that filters, or one that translates. */
static const struct decision *accepting(const struct ruleset *ruleset, const struct shot *shot)
{
	const struct decision *found = NULL;
	size_t i;

	for (i = 0; i < shot->accepted_count; i++) {
		const struct decision *decision = &shot->accepted[i];
		const struct chain *base = find_chain(ruleset, decision);

		if (base && decision->handle && (!found || !strcmp(base->type, "filter")))
			found = decision;
	}
	return found;
}

static bool same_rule(const struct rule *rule, const struct chain *chain,
		      const struct decision *real)
{
	if (rule)
		chain = rule->chain;
	return chain->table->family == real->family && !strcmp(chain->name, real->chain) &&
	       !strcmp(chain->table->name, real->table) &&
	       (rule ? rule->handle : 0) == real->handle;
}

/* Chains at ingress come before the one that asks for traces. */
static bool is_traced(const struct rule *rule)
{
	return !rule || rule->chain->table->family != NFPROTO_NETDEV;
}

static bool names(const struct stage *stage, const struct decision *real)
{
	size_t i;

	for (i = 0; i < stage->fates.count; i++) {
		const struct fate *fate = &stage->fates.fate[i];

		if (fate->verdict != VERDICT_ACCEPT)
			continue;
		if (!is_traced(fate->rule) || (!fate->rule && !real) ||
		    (fate->rule && real && same_rule(fate->rule, NULL, real)))
			return true;
	}
	return false;
}

/* A first packet may be one of several kinds, where a helper may have expected it. */
static bool other_rule_accepts(const struct trial *trial)
{
	const struct journey *journey = trial->journey;
	size_t i;

	/* By lo it comes twice; and iptables-legacy leaves no trace. */
	if (journey->position == AT_BOTH_ENDS || !trial->shot.accepted_count)
		return false;
	for (i = 0; i < journey->stage_count; i++)
		if (journey->stages[i].kind == STAGE_FIRST &&
		    names(&journey->stages[i], trial->decider))
			return false;
	return journey->stage_count;
}

/*
 * check names one rule, and the kernel another one, for the same packet.  Where the
 * site does not tell interfaces there are packets of several fates, and check names
 * one for all.
 */
static bool other_rule_drops(const struct trial *trial)
{
	const struct decision *real = &trial->shot.decision;
	const struct journey *journey = trial->journey;
	const struct stage *stage = journey_stage(journey);
	size_t i;

	/* What would get through, and not as it should, names no rule that drops. */
	if (!real->dropped || !stage || !journey->fate ||
	    (!journey->fate->rule && !journey->fate->chain))
		return false;
	for (i = 0; i < stage->fates.count; i++) {
		const struct fate *fate = &stage->fates.fate[i];

		if (fate->verdict != VERDICT_ACCEPT && (fate->rule || fate->chain) &&
		    same_rule(fate->rule, fate->chain, real))
			return false;
	}
	return true;
}

static bool is_open(const struct chain *chain)
{
	return !chain->hooked || strcmp(chain->type, "filter") ||
	       (chain->hook != NF_INET_LOCAL_OUT && chain->hook != NF_INET_POST_ROUTING) ||
	       (!chain->count && chain->policy == VERDICT_ACCEPT);
}

/* Nothing is in the way of what the machine itself tells others. */
static bool speaks_freely(const struct ruleset *ruleset)
{
	size_t i, j;

	for (i = 0; i < ruleset->count; i++)
		for (j = 0; j < ruleset->tables[i].chain_count; j++)
			if (!is_open(&ruleset->tables[i].chains[j]))
				return false;
	return true;
}

static bool one_manner(const struct stage *stage)
{
	bool drop = false, reject = false;
	size_t i;

	for (i = 0; i < stage->fates.count; i++) {
		drop |= stage->fates.fate[i].verdict == VERDICT_DROP;
		reject |= stage->fates.fate[i].verdict == VERDICT_REJECT;
	}
	return drop != reject;
}

static bool by_a_rule(enum reason reason)
{
	return reason == REASON_RULE || reason == REASON_CONTROL ||
	       reason == REASON_NO_HELPER || reason == REASON_HELPER_GAP;
}

/* What becomes of its first packet is this machine's doing alone, and certain. */
static bool ends_here(const struct journey *journey)
{
	const struct stage *stage = journey_stage(journey);

	return stage && stage->kind == STAGE_FIRST && one_manner(stage) &&
	       by_a_rule(journey->reason) &&
	       (journey->position == AT_GATEWAY || journey->position == AT_RESPONDER);
}

/**
 * trial_is_told() - does the sender hear that it is rejected?
 * @journey: what check says
 * @ruleset: what it has read
 *
 * Return: true where it has to; false: it may, or may not.
 */
bool trial_is_told(const struct journey *journey, const struct ruleset *ruleset)
{
	return journey->answer == ANSWER_REJECT && ends_here(journey) && speaks_freely(ruleset);
}

static bool other_manner(const struct trial *trial, const struct ruleset *ruleset)
{
	const struct journey *journey = trial->journey;

	/* Streams that nobody was told of are not tried. */
	if (!trial->shot.tried || trial->shot.arrived || !ends_here(journey))
		return false;
	if (journey->answer == ANSWER_DROP)
		return trial->shot.error;
	return !trial->shot.error && speaks_freely(ruleset);
}

static enum difference compare(const struct trial *trial, const struct ruleset *ruleset,
			       bool same_rules)
{
	enum answer answer = trial->journey->answer;

	if (answer == ANSWER_UNKNOWN)
		return SAME;
	if ((answer == ANSWER_ACCEPT) != trial->shot.through)
		return OTHER_ANSWER;
	if (answer == ANSWER_ACCEPT)
		return same_rules && other_rule_accepts(trial) ? OTHER_RULE : SAME;
	if (other_rule_drops(trial))
		return OTHER_RULE;
	return other_manner(trial, ruleset) ? OTHER_MANNER : SAME;
}

/**
 * trials_compare() - do check and the kernel say the same?
 * @trials: after trials_run(); gets the differences
 * @ruleset: what check has read
 * @same_rules: and the kernel, too: rules have the same numbers
 */
void trials_compare(struct trials *trials, const struct ruleset *ruleset, bool same_rules)
{
	size_t i;

	for (i = 0; i < trials->flows.count; i++) {
		struct trial *trial = &trials->trial[i];

		if (!trial->journey)
			continue;
		trial->decider = accepting(ruleset, &trial->shot);
		trial->difference = compare(trial, ruleset, same_rules);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of a plan while it is made.
 *
 * A site of 10,000 clients has 300,000 steps of flows and a handful of rules,
 * so both the rule for a step and the pair in the rule are found by hash.
 */
#include "emit/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct class_index - an open hash of what has been added
 * @slots: rule and pair of each; a pair of 0 stands for the rule itself, and
 *	pair n + 1 for its n-th; a rule of 0 for an empty slot
 * @room: slots there are, a power of two
 * @used: slots in use
 */
struct class_index {
	struct slot {
		uint32_t rule;
		uint32_t pair;
	} *slots;
	size_t room;
	size_t used;
};

static uint32_t mix(uint32_t hash, const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;

	for (; length; length--)
		hash = (hash ^ *byte++) * 16777619u;
	return hash;
}

static uint32_t mix_address(uint32_t hash, const struct address *address)
{
	hash = mix(hash, &address->family, sizeof(address->family));
	if (address->family == AF_INET)
		return mix(hash, &address->v4, sizeof(address->v4));
	return address->family ? mix(hash, &address->v6, sizeof(address->v6)) : hash;
}

static uint32_t rule_hash(const struct rule *rule)
{
	const uint32_t words[] = {
		rule->place, rule->action, rule->family, (uint32_t)rule->protocol,
		rule->by_helper, rule->reversed, rule->from, rule->sport.low, rule->sport.high,
		rule->dport.low, rule->dport.high, rule->ports.low, rule->ports.high,
	};

	return mix_address(mix(2166136261u, words, sizeof(words)), &rule->to);
}

static bool rule_same(const struct rule *a, const struct rule *b)
{
	return a->place == b->place && a->action == b->action && a->family == b->family &&
	       a->protocol == b->protocol && a->by_helper == b->by_helper &&
	       a->reversed == b->reversed && a->from == b->from &&
	       range_equal(a->sport, b->sport) && range_equal(a->dport, b->dport) &&
	       range_equal(a->ports, b->ports) && address_equal(&a->to, &b->to);
}

static uint32_t pair_hash(uint32_t rule, const struct pair *pair)
{
	uint32_t hash = mix(2166136261u, &rule, sizeof(rule));

	return mix_address(mix_address(hash, &pair->source), &pair->destination);
}

static bool pair_same(const struct pair *a, const struct pair *b)
{
	return address_equal(&a->source, &b->source) &&
	       address_equal(&a->destination, &b->destination);
}

static void slot_put(struct class_index *index, uint32_t hash, struct slot slot)
{
	size_t at = hash & (index->room - 1);

	while (index->slots[at].rule)
		at = (at + 1) & (index->room - 1);
	index->slots[at] = slot;
	index->used++;
}

static uint32_t slot_hash(const struct plan *plan, struct slot slot)
{
	const struct rule *rule = &plan->rules[slot.rule - 1];

	return slot.pair ? pair_hash(slot.rule, &plan->sets[rule->set].pairs[slot.pair - 1]) :
		rule_hash(rule);
}

static int index_grow(struct plan *plan)
{
	struct class_index *index = plan->index, old = *index;
	size_t i;

	if (index->used * 2 < index->room)
		return 0;
	index->room = old.room ? old.room * 2 : 256;
	index->slots = calloc(index->room, sizeof(*index->slots));
	if (!index->slots) {
		*index = old;
		return -ENOMEM;
	}
	index->used = 0;
	for (i = 0; i < old.room; i++)
		if (old.slots[i].rule)
			slot_put(index, slot_hash(plan, old.slots[i]), old.slots[i]);
	free(old.slots);
	return 0;
}

/* The number of the rule that equals @rule, or 0. */
static uint32_t rule_find(const struct plan *plan, const struct rule *rule)
{
	const struct class_index *index = plan->index;
	size_t at;

	for (at = rule_hash(rule) & (index->room - 1); index->slots[at].rule;
	     at = (at + 1) & (index->room - 1))
		if (!index->slots[at].pair &&
		    rule_same(&plan->rules[index->slots[at].rule - 1], rule))
			return index->slots[at].rule;
	return 0;
}

static bool pair_known(const struct plan *plan, uint32_t rule, const struct pair *pair)
{
	const struct class_index *index = plan->index;
	const struct pair_set *set = &plan->sets[plan->rules[rule - 1].set];
	size_t at;

	for (at = pair_hash(rule, pair) & (index->room - 1); index->slots[at].rule;
	     at = (at + 1) & (index->room - 1))
		if (index->slots[at].rule == rule && index->slots[at].pair &&
		    pair_same(&set->pairs[index->slots[at].pair - 1], pair))
			return true;
	return false;
}

/* Each rule has a set of its own until all of them are complete. */
static uint32_t rule_append(struct plan *plan, const struct rule *rule)
{
	struct rule *rules;
	struct pair_set *sets;

	if (plan->count == plan->room) {
		plan->room = plan->room ? plan->room * 2 : 32;
		rules = reallocarray(plan->rules, plan->room, sizeof(*rules));
		if (!rules)
			return 0;
		plan->rules = rules;
		sets = reallocarray(plan->sets, plan->room, sizeof(*sets));
		if (!sets)
			return 0;
		plan->sets = sets;
	}
	plan->rules[plan->count] = *rule;
	plan->rules[plan->count].set = plan->count;
	memset(&plan->sets[plan->count], 0, sizeof(*plan->sets));
	plan->set_count = ++plan->count;
	slot_put(plan->index, rule_hash(rule), (struct slot) { (uint32_t)plan->count, 0 });
	return (uint32_t)plan->count;
}

static int pair_append(struct plan *plan, uint32_t rule, const struct pair *pair)
{
	struct pair_set *set = &plan->sets[rule - 1];
	struct pair *grown;

	if (set->count == set->room) {
		set->room = set->room ? set->room * 2 : 4;
		grown = reallocarray(set->pairs, set->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		set->pairs = grown;
	}
	set->pairs[set->count++] = *pair;
	slot_put(plan->index, pair_hash(rule, pair),
		 (struct slot) { rule, (uint32_t)set->count });
	return 0;
}

static struct need *need_of(struct rule *rule, const struct operation *operation)
{
	size_t i;

	for (i = 0; i < rule->need_count; i++)
		if (rule->needs[i].operation == operation)
			return &rule->needs[i];
	if (rule->need_count == NEEDS_MOST)
		return NULL;
	rule->needs[rule->need_count].operation = operation;
	return &rule->needs[rule->need_count++];
}

/* Those that have no room left are only missing in a comment. */
static void need_add(struct rule *rule, const struct flow *flow)
{
	struct need *need = need_of(rule, flow->operation);
	size_t i;

	if (!need || !flow->tag)
		return;
	for (i = 0; i < OPERATION_STREAMS && need->tags[i]; i++)
		if (!strcmp(need->tags[i], flow->tag))
			return;
	if (i < OPERATION_STREAMS)
		need->tags[i] = flow->tag;
}

/**
 * rules_start() - make room for rules
 * @plan: the plan, zeroed
 *
 * Return: 0, or -ENOMEM.
 */
int rules_start(struct plan *plan)
{
	plan->index = calloc(1, sizeof(*plan->index));
	return plan->index ? index_grow(plan) : -ENOMEM;
}

/**
 * rules_add() - a flow needs a rule
 * @plan: the plan
 * @flow: the flow
 * @rule: the rule
 * @pair: the addresses it matches here; NULL where it matches none
 *
 * Operations share flows, amcheck, planner and dumper ask at the same port,
 * and machines share rules: what is there already is only named after the new
 * flow too.
 *
 * Return: 0, or -ENOMEM.
 */
int rules_add(struct plan *plan, const struct flow *flow, const struct rule *rule,
	      const struct pair *pair)
{
	uint32_t number;

	if (index_grow(plan))
		return -ENOMEM;
	number = rule_find(plan, rule);
	if (!number)
		number = rule_append(plan, rule);
	if (!number)
		return -ENOMEM;
	if (pair && !pair_known(plan, number, pair) && pair_append(plan, number, pair))
		return -ENOMEM;
	need_add(&plan->rules[number - 1], flow);
	return 0;
}

static bool sets_equal(const struct pair_set *a, const struct pair_set *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!pair_same(&a->pairs[i], &b->pairs[i]) ||
		    a->pairs[i].initiator != b->pairs[i].initiator ||
		    a->pairs[i].responder != b->pairs[i].responder)
			return false;
	return true;
}

/* A rule of one place knows the way in, one of another the way out. */
static void keep_interfaces(struct pair_set *kept, const struct pair_set *other)
{
	size_t i;

	for (i = 0; i < kept->count; i++) {
		if (!kept->pairs[i].in)
			kept->pairs[i].in = other->pairs[i].in;
		if (!kept->pairs[i].out)
			kept->pairs[i].out = other->pairs[i].out;
	}
}

/* Accepting, attaching the helper and refusing often ask for the same pairs. */
static void share_set(struct plan *plan, size_t number)
{
	struct pair_set *own = &plan->sets[number];
	size_t i;

	for (i = 0; i < number; i++) {
		if (!plan->sets[i].count || !sets_equal(&plan->sets[i], own))
			continue;
		plan->rules[number].set = i;
		keep_interfaces(&plan->sets[i], own);
		free(own->pairs);
		memset(own, 0, sizeof(*own));
		return;
	}
}

static size_t bucket_of(const struct rule *rule)
{
	return rule->place * ACT_COUNT + rule->action;
}

/* By place and action, and otherwise as they were. */
static int sort_rules(struct plan *plan)
{
	size_t starts[PLACE_COUNT * ACT_COUNT + 1] = { 0 }, i;
	struct rule *sorted = calloc(plan->count + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++)
		starts[bucket_of(&plan->rules[i]) + 1]++;
	for (i = 1; i <= PLACE_COUNT * ACT_COUNT; i++)
		starts[i] += starts[i - 1];
	for (i = 0; i < plan->count; i++)
		sorted[starts[bucket_of(&plan->rules[i])]++] = plan->rules[i];
	free(plan->rules);
	plan->rules = sorted;
	return 0;
}

static void number_sets(struct plan *plan)
{
	unsigned int number = 0;
	struct pair_set *set;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		set = &plan->sets[plan->rules[i].set];
		if (set->count > 1 && !set->number)
			set->number = ++number;
	}
}

/**
 * rules_finish() - all flows have been added
 * @plan: the plan
 *
 * Return: 0, or -ENOMEM.
 */
int rules_finish(struct plan *plan)
{
	size_t i;

	rules_free_index(plan);
	for (i = 1; i < plan->count; i++)
		share_set(plan, i);
	if (sort_rules(plan))
		return -ENOMEM;
	number_sets(plan);
	return 0;
}

/**
 * rules_free_index() - give back what only making the plan needs
 * @plan: the plan
 */
void rules_free_index(struct plan *plan)
{
	if (plan->index)
		free(plan->index->slots);
	free(plan->index);
	plan->index = NULL;
}

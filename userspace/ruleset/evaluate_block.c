// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many rules at once.
 *
 * Packets of any address that meet 10,000 rules, each of which takes its own address
 * out, would be copied 10,000 times with ever more holes.  Rules in a row that only
 * ask for values and then decide are like the elements of a set, and are cut like
 * them; where several match, the first decides.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/evaluate_run.h"

/* Fewer rules are faster one by one. */
#define BLOCK_LEAST	16

/* So many elements one block may have, and one rule. */
#define BLOCK_MOST	65536
#define RULE_MOST	16

/**
 * struct block - rules in a row
 * @first: the first of them
 * @count: how many
 * @version: of IP
 * @common: what all of them ask of a field, or NULL
 * @fields: bit n: the rules ask for field n, and not all for the same
 * @changes: how often that changes from one rule to the next
 * @set: with an element for each rule, or some: a map to the numbers of the rules
 * @keys: of its elements
 * @mapped: the number of each rule
 * @step: the lookup
 */
struct block {
	const struct rule *first;
	size_t count;
	enum protocol_version version;
	const struct values *common[FIELD_COUNT];
	uint32_t fields;
	size_t changes[FIELD_COUNT];
	struct set set;
	struct interval *keys;
	struct mapped *mapped;
	struct step step;
};

static bool decides(const struct step *step)
{
	return step->kind == STEP_VERDICT && step->verdict != VERDICT_CONTINUE &&
	       step->verdict != VERDICT_JUMP && step->verdict != VERDICT_GOTO &&
	       step->verdict != VERDICT_RETURN;
}

/*
 * What a rule asks of each field, if it asks for values only and then decides.
 * Return: how many elements it makes; 0: it matches no packet; -1: it is another rule.
 */
static int rule_values(const struct rule *rule, enum protocol_version version,
		       const struct values *values[FIELD_COUNT])
{
	const struct step *step = rule->steps[version], *end = step + rule->step_count[version];
	int elements = 1;

	memset(values, 0, FIELD_COUNT * sizeof(*values));
	for (; step < end; step++) {
		if (step->kind == STEP_NEVER)
			return 0;
		if (step->kind != STEP_MATCH)
			return decides(step) ? elements : -1;
		if (values[step->field] || !step->values || step->values->count > RULE_MOST)
			return -1;
		values[step->field] = step->values;
		elements *= step->values->count;
		if (elements > RULE_MOST)
			return -1;
	}
	return -1;
}

/* In which fields two rules differ. */
static uint32_t differing(const struct values *const a[FIELD_COUNT],
			  const struct values *const b[FIELD_COUNT])
{
	uint32_t fields = 0;
	unsigned int field;

	for (field = 0; field < FIELD_COUNT; field++)
		if (!values_same(a[field], b[field]))
			fields |= 1u << field;
	return fields;
}

/* One more rule, unless the fields that tell rules apart were more than a key may have. */
static bool compare(struct block *block, const struct values *const before[FIELD_COUNT],
		    const struct values *const values[FIELD_COUNT])
{
	uint32_t fields = differing(before, values);
	unsigned int field;

	if (__builtin_popcount(block->fields | fields) > KEY_FIELDS)
		return false;
	block->fields |= fields;
	for (field = 0; field < FIELD_COUNT; field++)
		block->changes[field] += fields >> field & 1;
	return true;
}

/* How far the rules reach, and in what they differ. */
static size_t measure(struct block *block, const struct rule *rule, size_t most)
{
	const struct values *before[FIELD_COUNT], *values[FIELD_COUNT];
	size_t elements = 0;
	int more;

	for (; block->count < most; block->count++) {
		more = rule_values(&rule[block->count], block->version, values);
		if (more < 0 || elements + more > BLOCK_MOST)
			break;
		if (more && elements && !compare(block, before, values))
			break;
		if (more && !elements)
			memcpy(block->common, values, sizeof(values));
		if (more)
			memcpy(before, values, sizeof(values));
		elements += more;
	}
	return elements;
}

/* What changes most comes first: it tells rules apart at once. */
static void choose_keys(struct block *block)
{
	struct step *step = &block->step;
	unsigned int field;
	size_t at;

	for (field = 0; field < FIELD_COUNT; field++) {
		if (!(block->fields & 1u << field))
			continue;
		block->common[field] = NULL;
		for (at = step->key_count++; at; at--) {
			if (block->changes[step->keys[at - 1]] >= block->changes[field])
				break;
			step->keys[at] = step->keys[at - 1];
		}
		step->keys[at] = field;
	}
}

static void add_elements(struct block *block, const struct values *const values[FIELD_COUNT],
			 struct interval *key, size_t rule, size_t depth)
{
	static const struct values any = { 1, { { 0, ~(__uint128_t)0 } } };
	size_t keys = block->step.key_count, i;
	struct element *element;
	const struct values *asked;

	if (depth == keys) {
		element = &block->set.elements[block->set.count];
		element->key = block->keys + block->set.count++ * keys;
		memcpy(element->key, key, keys * sizeof(*key));
		element->mapped = &block->mapped[rule];
		return;
	}
	asked = values[block->step.keys[depth]];
	if (!asked)
		asked = &any;
	for (i = 0; i < asked->count; i++) {
		key[depth] = asked->interval[i];
		add_elements(block, values, key, rule, depth + 1);
	}
}

static bool fill(struct run *run, struct block *block, size_t elements)
{
	const struct values *values[FIELD_COUNT];
	struct interval key[KEY_FIELDS];
	struct set *set = &block->set;
	size_t i;

	set->elements = malloc(elements * sizeof(*set->elements));
	set->key_count = block->step.key_count;
	set->is_map = true;
	block->keys = malloc(elements * set->key_count * sizeof(*block->keys));
	block->mapped = calloc(block->count, sizeof(*block->mapped));
	if (!set->elements || !block->keys || !block->mapped)
		return false;
	for (i = 0; i < block->count; i++) {
		if (rule_values(&block->first[i], block->version, values) <= 0)
			continue;
		block->mapped[i].data = i;
		add_elements(block, values, key, i, 0);
	}
	block->step.set = set;
	return !set_index(run->evaluation->arena, set);
}

/* Of what a translation leaves open, each rule for itself has its doubts. */
static bool is_open(const struct block *block, const struct box *box)
{
	unsigned int field;
	size_t count;

	for (field = 0; field < FIELD_COUNT; field++)
		if (box->changed & 1u << field &&
		    (block->common[field] || block->fields & 1u << field) &&
		    !values_count(box->now[field], 1, &count))
			return true;
	return false;
}

static int by_rule(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->found->mapped->data < y->found->mapped->data ? -1 :
	       x->found->mapped->data > y->found->mapped->data;
}

static enum verdict verdict_of(const struct rule *rule, enum protocol_version version)
{
	const struct step *step = rule->steps[version];

	while (!decides(step))
		step++;
	return step->verdict;
}

/* Packets that one rule takes are one box again, if they can be. */
static void end_pieces(struct run *run, const struct block *block, struct pieces *found)
{
	struct boxes boxes = { 0 };
	const struct rule *rule;
	size_t i, j;

	if (found->count)
		qsort(found->piece, found->count, sizeof(*found->piece), by_rule);
	for (i = 0; i < found->count; i++) {
		keep_box(run, &boxes, &found->piece[i].box);
		if (i + 1 < found->count && !by_rule(&found->piece[i], &found->piece[i + 1]))
			continue;
		boxes_join(run->evaluation->arena, &boxes);
		rule = &block->first[(size_t)found->piece[i].found->mapped->data];
		for (j = 0; j < boxes.count; j++)
			run_end(run, &boxes.box[j], verdict_of(rule, block->version), rule,
				rule->chain);
		boxes.count = 0;
	}
	boxes_free(&boxes);
}

/* Those whom all rules miss go on as they came. */
static bool narrow_common(struct run *run, const struct block *block, struct box *box,
			  struct boxes *rest)
{
	struct arena *arena = run->evaluation->arena;
	unsigned int field;
	struct box outside;

	for (field = 0; field < FIELD_COUNT; field++)
		if (block->common[field] && !values_meet(box->now[field], block->common[field]))
			return false;
	for (field = 0; field < FIELD_COUNT; field++) {
		if (!block->common[field])
			continue;
		box_narrow(arena, box, field, block->common[field], &outside);
		if (!values_empty(outside.now[field]))
			keep_box(run, rest, &outside);
	}
	return true;
}

static void run_box(struct run *run, const struct block *block, const struct box *box,
		    struct boxes *onward)
{
	struct boxes rest = { 0 };
	struct pieces found = { 0 };
	struct lookup lookup = { .run = run, .step = &block->step, .first_wins = true };
	struct list list = { 0 };
	struct box inside = *box;

	if (narrow_common(run, block, &inside, &rest))
		lookup_candidates(&lookup, &inside, &list);
	if (!list.count) {
		keep_box(run, onward, box);
		goto out;
	}
	lookup.found = &found;
	split_box(&lookup, &list, &inside);
	end_pieces(run, block, &found);
	/* The others do not mind which rule it was: they are fewer. */
	lookup.found = NULL;
	lookup.rest = &rest;
	lookup.blind = true;
	split_box(&lookup, &list, &inside);
	keep_boxes(run, onward, &rest);
out:
	boxes_free(&rest);
	free(found.piece);
	free(list.element);
}

static void run_boxes(struct run *run, const struct block *block, struct boxes *live)
{
	struct boxes onward = { 0 };
	size_t i;

	for (i = 0; i < live->count && spend(run, 1); i++)
		run_box(run, block, &live->box[i], &onward);
	boxes_free(live);
	*live = onward;
}

/**
 * block_run() - as many rules at once as can be
 * @run: whose
 * @chain: of the rules
 * @from: the first
 * @live: the packets; is set to those that go on
 *
 * Return: how many rules, which may be none.
 */
size_t block_run(struct run *run, const struct chain *chain, size_t from, struct boxes *live)
{
	struct block block = { .first = &chain->rules[from], .version = run->evaluation->version };
	size_t elements, i, done = 0;

	if (run->evaluation->met)
		return 0;
	elements = measure(&block, block.first, chain->count - from);
	if (elements < BLOCK_LEAST || !block.fields)
		return 0;
	choose_keys(&block);
	for (i = 0; i < live->count; i++)
		if (is_open(&block, &live->box[i]))
			return 0;
	if (fill(run, &block, elements)) {
		run_boxes(run, &block, live);
		done = block.count;
	} else {
		run->failed = !arena_full(run->evaluation->arena);
	}
	free(block.set.elements);
	free(block.keys);
	free(block.mapped);
	return done;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets and the elements of a set: finding those that matter without reading all.
 * A set that is only asked whether it has a value is one more set of values; for what
 * is more than that see evaluate_split.c.
 */
#include <stdlib.h>

#include "ruleset/evaluate_run.h"

static bool element_meets(const struct step *step, const struct element *element,
			  const struct box *box)
{
	size_t i;

	for (i = 0; i < step->key_count; i++)
		if (!values_meet_range(box->now[step->keys[i]], element->key[i].low,
				       element->key[i].high))
			return false;
	return true;
}

/* The first element, from @low on, that may have @value or one above it. */
static size_t first_reaching(const struct set *set, size_t low, __uint128_t value)
{
	size_t high = set->count, middle;
	__uint128_t reach;

	if (!set->reach && set->key_count > 1)
		return low;
	while (low < high) {
		middle = low + (high - low) / 2;
		reach = set->reach ? set->reach[middle] : set->elements[middle].key[0].high;
		if (reach < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * lookup_candidates() - the elements of a set that share packets with a box
 * @lookup: whose set and fields
 * @box: the packets
 * @list: gets them
 */
void lookup_candidates(struct lookup *lookup, const struct box *box, struct list *list)
{
	static const struct values any = { 1, { { 0, ~(__uint128_t)0 } } };
	const struct step *step = lookup->step;
	const struct set *set = step->set;
	const struct values *now = box->now[step->keys[0]];
	const struct interval *interval;
	size_t i, at = 0;

	if (!now)
		now = &any;
	for (i = 0; i < now->count; i++) {
		interval = &now->interval[i];
		at = first_reaching(set, at, interval->low);
		for (; at < set->count && set->elements[at].key[0].low <= interval->high; at++) {
			if (!spend(lookup->run, 1))
				return;
			if (element_meets(step, &set->elements[at], box))
				list_push(lookup->run, list, &set->elements[at]);
		}
	}
}

/* The values that some elements of the set have. */
static const struct values *values_of(struct lookup *lookup, const struct list *list)
{
	const struct set *set = lookup->step->set;
	struct interval *intervals;
	const struct values *values;
	size_t i;

	if (set->values && list->count == set->count)
		return set->values;
	intervals = malloc(list->count * sizeof(*intervals));
	if (!intervals) {
		lookup->run->failed = true;
		return NULL;
	}
	for (i = 0; i < list->count; i++)
		intervals[i] = *list->element[i]->key;
	values = values_list(lookup->run->evaluation->arena, intervals, list->count);
	free(intervals);
	return values;
}

/* Is a value in the set, and nothing else. */
static void plain(struct lookup *lookup, const struct list *list, const struct box *box)
{
	struct arena *arena = lookup->run->evaluation->arena;
	enum field field = lookup->step->keys[0];
	const struct values *values = values_of(lookup, list);
	struct box hits = *box, rest;

	if (!values)
		return;
	if (box_narrow(arena, &hits, field, values, &rest))
		add_found(lookup, &hits, list->element[0], NULL);
	if (!values_empty(rest.now[field]))
		keep_box(lookup->run, lookup->rest, &rest);
}

static const char *set_doubt(const struct run *run, const struct set *set)
{
	size_t i;

	if (set->doubt)
		return set->doubt;
	if (run->filled_count > FILLED_MOST)
		return "a set that rules add to";
	for (i = 0; i < run->filled_count; i++)
		if (run->filled[i] == set)
			return "a set that rules add to";
	return NULL;
}

/* What is in the map may have left it, what is not may have come: with what data? */
static void doubt_all(struct lookup *lookup, const char *doubt)
{
	size_t i;

	for (i = 0; i < lookup->found->count; i++)
		lookup->found->piece[i].doubt = doubt;
	for (i = 0; i < lookup->rest->count; i++)
		add_found(lookup, &lookup->rest->box[i], NULL, doubt);
	lookup->rest->count = 0;
}

static void invert(struct lookup *lookup)
{
	struct boxes rest = *lookup->rest;
	struct pieces found = *lookup->found;
	size_t i;

	*lookup->rest = (struct boxes){ 0 };
	*lookup->found = (struct pieces){ 0 };
	for (i = 0; i < rest.count; i++)
		add_found(lookup, &rest.box[i], NULL, NULL);
	for (i = 0; i < found.count; i++)
		keep_box(lookup->run, lookup->rest, &found.piece[i].box);
	boxes_free(&rest);
	free(found.piece);
}

/**
 * lookup_run() - ask a set
 * @run: whose
 * @step: the step
 * @box: the packets
 * @found: gets those for which the condition holds
 * @rest: gets the others
 */
void lookup_run(struct run *run, const struct step *step, const struct box *box,
		struct pieces *found, struct boxes *rest)
{
	struct lookup lookup = {
		.run = run,
		.step = step,
		.found = found,
		.rest = rest,
		.blind = !step->set->is_map,
	};
	const char *doubt = set_doubt(run, step->set);
	struct list list = { 0 };

	if (doubt && !step->set->is_map) {
		add_found(&lookup, box, NULL, doubt);
		return;
	}
	if (step->key_count && step->key_count <= KEY_FIELDS)
		lookup_candidates(&lookup, box, &list);
	if (!list.count)
		keep_box(run, rest, box);
	else if (step->key_count == 1 && !step->set->is_map)
		plain(&lookup, &list, box);
	else
		split_box(&lookup, &list, box);
	if (doubt)
		doubt_all(&lookup, doubt);
	if (step->inverted)
		invert(&lookup);
	free(list.element);
}


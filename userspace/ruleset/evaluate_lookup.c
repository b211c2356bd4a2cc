// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets and the elements of a set.
 *
 * A set that is only asked whether it has a value is one more set of values.  Of maps
 * and of keys of several fields, the first field is cut where elements begin and end;
 * parts for which the remaining fields say the same are one again; then the next field.
 * So 10,000 clients that may reach one port stay one box.
 */
#include <errno.h>
#include <stdlib.h>

#include "ruleset/evaluate_run.h"

/**
 * struct part - values of one field, and the elements that have them
 * @interval: the values
 * @first: of the elements, in the list of all parts
 * @count: how many elements
 */
struct part {
	struct interval interval;
	size_t first;
	size_t count;
};

typedef const struct element *element_ptr;

struct list {
	element_ptr *element;
	size_t count;
	size_t room;
};

/**
 * struct lookup - one lookup
 * @run: whose
 * @step: which
 * @found: gets what is found
 * @rest: gets what is not
 */
struct lookup {
	struct run *run;
	const struct step *step;
	struct pieces *found;
	struct boxes *rest;
};

static void split(struct lookup *lookup, const struct list *candidates, size_t depth,
		  const struct box *box);

static bool push(struct run *run, struct list *list, const struct element *element)
{
	element_ptr *grown;
	size_t room;

	if (!spend(run, 1))
		return false;
	if (list->count == list->room) {
		room = list->room ? list->room * 2 : 16;
		grown = reallocarray(list->element, room, sizeof(*grown));
		if (!grown) {
			run->failed = true;
			return false;
		}
		list->element = grown;
		list->room = room;
	}
	list->element[list->count++] = element;
	return true;
}

static void add_found(struct lookup *lookup, const struct box *box,
		      const struct element *element, const char *doubt)
{
	struct pieces *pieces = lookup->found;
	struct piece *grown;
	size_t room;

	if (pieces->count >= PIECES_MOST) {
		lookup->run->gave_up = "more pieces than can be followed";
		return;
	}
	if (pieces->count == pieces->room) {
		room = pieces->room ? pieces->room * 2 : 4;
		grown = reallocarray(pieces->piece, room, sizeof(*grown));
		if (!grown) {
			lookup->run->failed = true;
			return;
		}
		pieces->piece = grown;
		pieces->room = room;
	}
	pieces->piece[pieces->count++] = (struct piece){ *box, element, doubt };
}

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

static void candidates(struct lookup *lookup, const struct box *box, struct list *list)
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
				push(lookup->run, list, &set->elements[at]);
		}
	}
}

static int compare_key(const struct interval *a, const struct interval *b)
{
	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return a->high < b->high ? -1 : a->high > b->high;
}

/**
 * struct order - what qsort_r() is told
 * @depth: the field from which on elements are compared
 * @key_count: of the set
 * @list: of all parts
 */
struct order {
	size_t depth;
	size_t key_count;
	const element_ptr *list;
};

/* By what the fields from one on, and then what is found, say: the same or not. */
static int compare_elements(const struct element *a, const struct element *b,
			    const struct order *order)
{
	size_t i;
	int way;

	for (i = order->depth; i < order->key_count; i++) {
		way = compare_key(&a->key[i], &b->key[i]);
		if (way)
			return way;
	}
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (a->chain != b->chain)
		return a->chain < b->chain ? -1 : 1;
	if (a->data != b->data)
		return a->data < b->data ? -1 : 1;
	return a->data_port < b->data_port ? -1 : a->data_port > b->data_port;
}

static int by_rest(const void *a, const void *b, void *order)
{
	return compare_elements(*(const element_ptr *)a, *(const element_ptr *)b, order);
}

static int by_list(const void *a, const void *b, void *data)
{
	const struct part *x = a, *y = b;
	const struct order *order = data;
	size_t i;
	int way;

	if (x->count != y->count)
		return x->count < y->count ? -1 : 1;
	for (i = 0; i < x->count; i++) {
		way = compare_elements(order->list[x->first + i], order->list[y->first + i], order);
		if (way)
			return way;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	__uint128_t x = *(const __uint128_t *)a, y = *(const __uint128_t *)b;

	return x < y ? -1 : x > y;
}

static int by_begin(const void *a, const void *b, void *depth)
{
	const struct element *x = *(const element_ptr *)a, *y = *(const element_ptr *)b;
	size_t at = *(size_t *)depth;

	return compare_key(&x->key[at], &y->key[at]);
}

/* Where elements begin, and where values begin that they do not have any more. */
static __uint128_t *boundaries(const struct list *list, size_t depth, size_t *count)
{
	__uint128_t *at = malloc((2 * list->count + 1) * sizeof(*at));
	size_t i, kept = 0, used = 0;

	if (!at)
		return NULL;
	for (i = 0; i < list->count; i++) {
		at[used++] = list->element[i]->key[depth].low;
		if (list->element[i]->key[depth].high != ~(__uint128_t)0)
			at[used++] = list->element[i]->key[depth].high + 1;
	}
	qsort(at, used, sizeof(*at), by_value);
	for (i = 0; i < used; i++)
		if (!kept || at[kept - 1] != at[i])
			at[kept++] = at[i];
	*count = kept;
	return at;
}

/* Forget the elements of @active that end before @value; add those that begin there. */
static void advance(struct run *run, struct list *active, const struct list *list,
		    size_t depth, size_t *next, __uint128_t value)
{
	size_t i, kept = 0;

	for (i = 0; i < active->count; i++)
		if (active->element[i]->key[depth].high >= value)
			active->element[kept++] = active->element[i];
	active->count = kept;
	while (*next < list->count && list->element[*next]->key[depth].low <= value)
		if (!push(run, active, list->element[(*next)++]))
			return;
}

/* Cut the values of one field into parts; @list is sorted by where elements begin. */
static size_t cut(struct run *run, const struct list *list, struct order *order,
		  struct part *parts, const __uint128_t *at, size_t at_count, struct list *all)
{
	size_t depth = order->depth - 1, count = 0, next = 0, i, j;
	struct list active = { 0 };
	struct part *part;

	for (i = 0; i < at_count && spend(run, 1); i++) {
		advance(run, &active, list, depth, &next, at[i]);
		if (!active.count)
			continue;
		part = &parts[count++];
		part->interval.low = at[i];
		part->interval.high = i + 1 < at_count ? at[i + 1] - 1 : ~(__uint128_t)0;
		part->first = all->count;
		part->count = active.count;
		for (j = 0; j < active.count; j++)
			if (!push(run, all, active.element[j]))
				goto out;
		qsort_r(all->element + part->first, part->count, sizeof(element_ptr), by_rest,
			order);
	}
out:
	free(active.element);
	return count;
}

static const struct values *parts_values(struct lookup *lookup, const struct part *parts,
					 size_t count)
{
	struct interval *list = malloc((count + 1) * sizeof(*list));
	const struct values *values;
	size_t i;

	if (!list) {
		lookup->run->failed = true;
		return NULL;
	}
	for (i = 0; i < count; i++)
		list[i] = parts[i].interval;
	values = values_list(lookup->run->evaluation->arena, list, count);
	free(list);
	return values;
}

/* The last field is known: this is the element, unless several say different things. */
static void hit(struct lookup *lookup, const struct box *box, const struct list *elements)
{
	const struct order whole = { .depth = 1, .key_count = 1 };
	const char *doubt = NULL;
	size_t i;

	for (i = 1; i < elements->count && !doubt; i++)
		if (compare_elements(elements->element[0], elements->element[i], &whole))
			doubt = "elements of a set that overlap";
	add_found(lookup, box, elements->element[0], doubt);
	for (i = 1; i < elements->count && doubt; i++)
		add_found(lookup, box, elements->element[i], doubt);
}

static void split_parts(struct lookup *lookup, struct part *parts, size_t count,
			const struct list *all, const struct order *order, const struct box *box)
{
	struct arena *arena = lookup->run->evaluation->arena;
	enum field field = lookup->step->keys[order->depth - 1];
	struct list elements;
	size_t from, to;
	struct box piece;

	for (from = 0; from < count && spend(lookup->run, 1); from = to) {
		for (to = from + 1; to < count; to++)
			if (by_list(&parts[from], &parts[to], (void *)order))
				break;
		piece = *box;
		if (!box_narrow(arena, &piece, field,
				parts_values(lookup, parts + from, to - from), NULL))
			continue;
		elements.element = all->element + parts[from].first;
		elements.count = parts[from].count;
		if (order->depth == order->key_count)
			hit(lookup, &piece, &elements);
		else
			split(lookup, &elements, order->depth, &piece);
	}
}

static void split(struct lookup *lookup, const struct list *list, size_t depth,
		  const struct box *box)
{
	struct order order = { .depth = depth + 1, .key_count = lookup->step->key_count };
	struct run *run = lookup->run;
	struct list all = { 0 };
	struct box hits = *box, rest;
	struct part *parts = NULL;
	size_t at_count = 0, count;
	__uint128_t *at;

	qsort_r(list->element, list->count, sizeof(element_ptr), by_begin, &depth);
	at = boundaries(list, depth, &at_count);
	parts = calloc(at_count + 1, sizeof(*parts));
	if (!at || !parts) {
		run->failed = true;
		goto out;
	}
	count = cut(run, list, &order, parts, at, at_count, &all);
	order.list = all.element;
	box_narrow(run->evaluation->arena, &hits, lookup->step->keys[depth],
		   parts_values(lookup, parts, count), &rest);
	if (!values_empty(rest.now[lookup->step->keys[depth]]))
		keep_box(run, lookup->rest, &rest);
	qsort_r(parts, count, sizeof(*parts), by_list, &order);
	split_parts(lookup, parts, count, &all, &order, box);
out:
	free(at);
	free(parts);
	free(all.element);
}

/* Is a value in the set, and nothing else. */
static void plain(struct lookup *lookup, const struct list *list, const struct box *box)
{
	struct arena *arena = lookup->run->evaluation->arena;
	enum field field = lookup->step->keys[0];
	struct interval *intervals = malloc(list->count * sizeof(*intervals));
	struct box hits = *box, rest;
	size_t i;

	if (!intervals) {
		lookup->run->failed = true;
		return;
	}
	for (i = 0; i < list->count; i++)
		intervals[i] = list->element[i]->key[0];
	if (box_narrow(arena, &hits, field, values_list(arena, intervals, list->count), &rest))
		add_found(lookup, &hits, list->element[0], NULL);
	if (!values_empty(rest.now[field]))
		keep_box(lookup->run, lookup->rest, &rest);
	free(intervals);
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
	struct lookup lookup = { run, step, found, rest };
	const char *doubt = set_doubt(run, step->set);
	struct list list = { 0 };

	if (doubt && !step->set->is_map) {
		add_found(&lookup, box, NULL, doubt);
		return;
	}
	if (step->key_count && step->key_count <= KEY_FIELDS)
		candidates(&lookup, box, &list);
	if (!list.count)
		keep_box(run, rest, box);
	else if (step->key_count == 1 && !step->set->is_map)
		plain(&lookup, &list, box);
	else
		split(&lookup, &list, 0, box);
	if (doubt)
		doubt_all(&lookup, doubt);
	if (step->inverted)
		invert(&lookup);
	free(list.element);
}

static int by_first_field(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	return compare_key(&x->key[0], &y->key[0]);
}

/**
 * set_index() - make a set ready to be looked up in
 * @arena: of the ruleset
 * @set: is sorted, and gets its @reach
 *
 * Return: 0 or -ENOMEM.
 */
int set_index(struct arena *arena, struct set *set)
{
	__uint128_t *reach = arena_take(arena, (set->count + 1) * sizeof(*reach));
	size_t i;

	if (!reach)
		return -ENOMEM;
	qsort(set->elements, set->count, sizeof(*set->elements), by_first_field);
	for (i = 0; i < set->count; i++) {
		reach[i] = set->elements[i].key[0].high;
		if (i && reach[i - 1] > reach[i])
			reach[i] = reach[i - 1];
	}
	set->reach = reach;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets and elements whose keys have several fields.
 *
 * The first field is cut where elements begin and end; parts for which the remaining
 * fields say the same are one again; then the next field.  So 10,000 clients that may
 * reach one port stay one box.
 */
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

static void split(struct lookup *lookup, const struct list *list, size_t depth,
		  const struct box *box);

/**
 * list_push() - one more element, which is one unit of work
 * @run: whose
 * @list: of elements
 * @element: which
 *
 * Return: whether the run goes on.
 */
bool list_push(struct run *run, struct list *list, const struct element *element)
{
	const struct element **grown;
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

/**
 * add_found() - packets that a lookup has found
 * @lookup: which; it may not want to know
 * @box: the packets
 * @element: what was found, or NULL
 * @doubt: why they may not be found after all, or NULL
 */
void add_found(struct lookup *lookup, const struct box *box,
		      const struct element *element, const char *doubt)
{
	struct pieces *pieces = lookup->found;
	struct piece *grown;
	size_t room;

	if (!pieces)
		return;
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

/**
 * compare_key() - by where they begin, then by where they end
 * @a: values of a key
 * @b: others
 */
int compare_key(const struct interval *a, const struct interval *b)
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
 * @blind: what is found does not matter
 */
struct order {
	size_t depth;
	size_t key_count;
	const struct element *const *list;
	bool blind;
};

static int compare_mapped(const struct mapped *a, const struct mapped *b)
{
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (a->chain != b->chain)
		return a->chain < b->chain ? -1 : 1;
	if (a->data != b->data)
		return a->data < b->data ? -1 : 1;
	return a->data_port < b->data_port ? -1 : a->data_port > b->data_port;
}

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
	return order->blind ? 0 : compare_mapped(a->mapped, b->mapped);
}

static int by_rest(const void *a, const void *b, void *order)
{
	return compare_elements(*(const struct element *const *)a, *(const struct element *const *)b, order);
}

static int by_list(const void *a, const void *b, void *data)
{
	const struct part *x = a, *y = b;
	const struct order *order = data;
	size_t i;
	int way;

	if (order->blind && order->depth == order->key_count)
		return 0;
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
	const struct element *x = *(const struct element *const *)a, *y = *(const struct element *const *)b;
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
		if (!list_push(run, active, list->element[(*next)++]))
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
			if (!list_push(run, all, active.element[j]))
				goto out;
		qsort_r(all->element + part->first, part->count, sizeof(const struct element *), by_rest,
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

/* Of elements that stand for rules. */
static const struct element *first_rule(const struct list *elements)
{
	const struct element *first = elements->element[0];
	size_t i;

	for (i = 1; i < elements->count; i++)
		if (elements->element[i]->mapped->data < first->mapped->data)
			first = elements->element[i];
	return first;
}

/* The last field is known: this is the element, unless several say different things. */
static void hit(struct lookup *lookup, const struct box *box, const struct list *elements)
{
	const struct order whole = { .depth = 1, .key_count = 1 };
	const char *doubt = NULL;
	size_t i;

	if (lookup->first_wins) {
		add_found(lookup, box, first_rule(elements), NULL);
		return;
	}
	for (i = 1; i < elements->count && !doubt && !lookup->blind; i++)
		if (compare_elements(elements->element[0], elements->element[i], &whole))
			doubt = "elements of a set that overlap";
	add_found(lookup, box, elements->element[0], doubt);
	for (i = 1; i < elements->count && doubt; i++)
		add_found(lookup, box, elements->element[i], doubt);
}

/* Mostly, once the first field is known there is one element left: nothing is to sort. */
static void split_one(struct lookup *lookup, const struct list *list, size_t depth,
		      const struct box *box)
{
	struct arena *arena = lookup->run->evaluation->arena;
	struct box hits = *box, rest;
	bool some = true;

	for (; depth < lookup->step->key_count && some; depth++) {
		const struct interval *key = &list->element[0]->key[depth];
		enum field field = lookup->step->keys[depth];

		some = box_narrow(arena, &hits, field, values_range(arena, key->low, key->high),
				  &rest);
		if (lookup->rest && !values_empty(rest.now[field]))
			keep_box(lookup->run, lookup->rest, &rest);
	}
	if (some)
		hit(lookup, &hits, list);
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
		else if (elements.count == 1)
			split_one(lookup, &elements, order->depth, &piece);
		else
			split(lookup, &elements, order->depth, &piece);
	}
}

static void split(struct lookup *lookup, const struct list *list, size_t depth,
		  const struct box *box)
{
	struct order order = {
		.depth = depth + 1,
		.key_count = lookup->step->key_count,
		.blind = lookup->blind,
	};
	struct run *run = lookup->run;
	struct list all = { 0 };
	struct box hits = *box, rest;
	struct part *parts = NULL;
	size_t at_count = 0, count;
	__uint128_t *at;

	qsort_r(list->element, list->count, sizeof(const struct element *), by_begin, &depth);
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
	if (lookup->rest && !values_empty(rest.now[lookup->step->keys[depth]]))
		keep_box(run, lookup->rest, &rest);
	qsort_r(parts, count, sizeof(*parts), by_list, &order);
	split_parts(lookup, parts, count, &all, &order, box);
out:
	free(at);
	free(parts);
	free(all.element);
}


/**
 * split_box() - cut packets by elements
 * @lookup: gets what is cut
 * @list: elements; is sorted
 * @box: the packets
 */
void split_box(struct lookup *lookup, const struct list *list, const struct box *box)
{
	split(lookup, list, 0, box);
}

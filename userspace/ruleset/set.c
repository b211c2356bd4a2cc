// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making sets: their elements in order, as few of them as say the same, and in as
 * little memory as can be, for a set may have a million.
 */
#include "ruleset/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct mapped nothing;

static int grow(struct draft *draft)
{
	size_t room = draft->room ? 2 * draft->room : 16;
	/* Keys of constants have no field, and reallocarray() of nothing is free(). */
	size_t size = (draft->key_count ? draft->key_count : 1) * sizeof(*draft->keys);
	struct interval *keys = reallocarray(draft->keys, room, size);
	const struct mapped **mapped = draft->mapped;

	if (!keys)
		return -ENOMEM;
	draft->keys = keys;
	if (draft->is_map) {
		mapped = reallocarray(mapped, room, sizeof(*mapped));
		if (!mapped)
			return -ENOMEM;
		draft->mapped = mapped;
	}
	draft->room = room;
	return 0;
}

/**
 * draft_add() - one more element
 * @draft: of the set
 * @key: values of each field
 * @mapped: what a map holds for them; it has to stay
 *
 * Return: 0 or -ENOMEM.
 */
int draft_add(struct draft *draft, const struct interval *key, const struct mapped *mapped)
{
	if (draft->count == draft->room && grow(draft) < 0)
		return -ENOMEM;
	memcpy(draft->keys + draft->count * draft->key_count, key,
	       draft->key_count * sizeof(*key));
	if (draft->is_map)
		draft->mapped[draft->count] = mapped;
	draft->count++;
	return 0;
}

static int by_first_field(const void *a, const void *b)
{
	const struct interval *x = ((const struct element *)a)->key;
	const struct interval *y = ((const struct element *)b)->key;

	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	return x->high < y->high ? -1 : x->high > y->high;
}

static void sort(struct set *set)
{
	if (set->count && set->key_count)
		qsort(set->elements, set->count, sizeof(*set->elements), by_first_field);
}

/* Lists of addresses often are a few ranges, of which each address is an element. */
static void merge(struct set *set)
{
	struct interval *last = NULL, *key;
	size_t i, kept = 0;

	for (i = 0; i < set->count; i++) {
		key = set->elements[i].key;
		if (last && (key->low <= last->high || key->low - 1 == last->high)) {
			if (key->high > last->high)
				last->high = key->high;
			continue;
		}
		last = key;
		set->elements[kept++] = set->elements[i];
	}
	set->count = kept;
}

static bool is_plain(const struct set *set)
{
	return set->key_count == 1 && !set->is_map;
}

/* Where the keys go that a draft has now; NULL: memory is out. */
static struct interval *place_for_keys(struct arena *arena, struct set *set)
{
	struct values *values;

	if (!is_plain(set))
		return arena_take(arena, set->count * set->key_count * sizeof(struct interval));
	values = arena_take(arena, sizeof(*values) + set->count * sizeof(struct interval));
	if (!values)
		return NULL;
	values->count = set->count;
	set->values = values;
	return values->interval;
}

static int keep_keys(struct arena *arena, struct set *set)
{
	struct interval *keys = place_for_keys(arena, set);
	size_t i;

	if (!keys)
		return -ENOMEM;
	for (i = 0; i < set->count; i++) {
		memcpy(keys, set->elements[i].key, set->key_count * sizeof(*keys));
		set->elements[i].key = keys;
		keys += set->key_count;
	}
	return 0;
}

static int finish(struct draft *draft, struct arena *arena, struct set *set)
{
	size_t size = (draft->count + 1) * sizeof(*set->elements), i;

	set->elements = arena_take(arena, size);
	if (!set->elements)
		return -ENOMEM;
	for (i = 0; i < draft->count; i++) {
		set->elements[i].key = draft->keys + i * draft->key_count;
		set->elements[i].mapped = draft->is_map ? draft->mapped[i] : &nothing;
	}
	set->count = draft->count;
	sort(set);
	if (is_plain(set))
		merge(set);
	return keep_keys(arena, set) < 0 ? -ENOMEM : set_index(arena, set);
}

/**
 * draft_end() - a set has all its elements
 * @draft: them; draft_free() is done
 * @arena: of the ruleset
 * @set: gets its elements, and all that looking up needs
 *
 * Return: 0 or -ENOMEM, and then the set is empty.
 */
int draft_end(struct draft *draft, struct arena *arena, struct set *set)
{
	int result;

	set->key_count = draft->key_count;
	set->is_map = draft->is_map;
	set->values = NULL;
	result = finish(draft, arena, set);
	if (result < 0)
		set->count = 0;
	draft_free(draft);
	return result;
}

/**
 * draft_free() - give the memory back
 * @draft: it
 */
void draft_free(struct draft *draft)
{
	free(draft->keys);
	free(draft->mapped);
	memset(draft, 0, sizeof(*draft));
}

/* Whether elements end in the order in which they begin. */
static bool in_order(const struct set *set)
{
	size_t i;

	for (i = 1; i < set->count; i++)
		if (set->elements[i].key->high < set->elements[i - 1].key->high)
			return false;
	return set->key_count == 1;
}

/**
 * set_index() - make a set ready to be looked up in
 * @arena: where that lives
 * @set: is sorted, and gets its @reach where it needs one
 *
 * Return: 0 or -ENOMEM.
 */
int set_index(struct arena *arena, struct set *set)
{
	__uint128_t *reach;
	size_t i;

	sort(set);
	set->reach = NULL;
	if (!set->key_count || in_order(set))
		return 0;
	reach = arena_take(arena, (set->count + 1) * sizeof(*reach));
	if (!reach)
		return -ENOMEM;
	for (i = 0; i < set->count; i++) {
		reach[i] = set->elements[i].key->high;
		if (i && reach[i - 1] > reach[i])
			reach[i] = reach[i - 1];
	}
	set->reach = reach;
	return 0;
}

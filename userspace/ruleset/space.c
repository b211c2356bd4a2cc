// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of numbers as sorted lists of intervals.
 *
 * Most of them have one interval, so each operation first asks whether one of its
 * operands is the answer: then nothing is allocated.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/space.h"

/* The arena's shelf: values below that, and then ranges, of which some share a place. */
#define SHELF_SMALL	256
#define SHELF_BITS	10

_Static_assert(SHELF_SMALL + (1 << SHELF_BITS) == ARENA_SHELF, "places of the shelf");

static const struct values none;

static struct values *make(struct arena *arena, size_t count)
{
	return arena_take(arena, sizeof(struct values) + count * sizeof(struct interval));
}

static const struct values *made(struct arena *arena, struct values *values, size_t room)
{
	size_t size = sizeof(struct interval);

	arena_give_back(arena, values, sizeof(*values) + room * size,
			sizeof(*values) + values->count * size);
	return values;
}

/* Intervals come sorted by where they begin. */
static void append(struct values *values, __uint128_t low, __uint128_t high)
{
	struct interval *last = &values->interval[values->count];

	if (values->count && (last[-1].high == ~(__uint128_t)0 || low <= last[-1].high + 1)) {
		if (high > last[-1].high)
			last[-1].high = high;
		return;
	}
	last->low = low;
	last->high = high;
	values->count++;
}

/*
 * The same addresses and ports are asked for time and again: what was last made is kept,
 * each in the place that its ends say.  Who finds it there need not compare it, either.
 */
static const void **place_of(struct arena *arena, __uint128_t low, __uint128_t high)
{
	const uint64_t odd = 0x9e3779b97f4a7c15;	/* spreads all bits to the upper ones */
	uint64_t ends = (uint64_t)low + (uint64_t)(low >> 64) + odd * (uint64_t)high;

	return arena_shelf(arena, SHELF_SMALL + (ends * odd >> (64 - SHELF_BITS)));
}

/**
 * values_range() - all values from one to another
 * @arena: where the result lives
 * @low: first
 * @high: last; below @low: no values
 *
 * Return: the values, or NULL without memory, as from all that follow.
 */
const struct values *values_range(struct arena *arena, __uint128_t low, __uint128_t high)
{
	const struct values *known;
	struct values *values;
	const void **kept;

	if (low > high)
		return &none;
	kept = place_of(arena, low, high);
	known = *kept;
	if (known && known->interval[0].low == low && known->interval[0].high == high)
		return known;
	values = make(arena, 1);
	if (!values)
		return NULL;
	append(values, low, high);
	*kept = values;
	return values;
}

/**
 * values_one() - a single value
 * @arena: where the result lives
 * @value: which
 */
const struct values *values_one(struct arena *arena, __uint128_t value)
{
	const void **kept;

	/* Protocols, states, bytes of headers: nearly all that packets are made of. */
	if (value >= SHELF_SMALL)
		return values_range(arena, value, value);
	kept = arena_shelf(arena, (size_t)value);
	if (!*kept)
		*kept = values_range(arena, value, value);
	return *kept;
}

static int by_low(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/**
 * values_list() - the values of some intervals
 * @arena: where the result lives
 * @list: the intervals, in any order; they may overlap, and one that ends before it
 *	begins counts for nothing
 * @count: how many
 */
const struct values *values_list(struct arena *arena, const struct interval *list, size_t count)
{
	struct values *values;
	struct interval *sorted;
	size_t i;

	if (!count)
		return &none;
	if (count == 1)
		return values_range(arena, list->low, list->high);
	values = make(arena, count);
	if (!values)
		return NULL;
	sorted = values->interval;
	memcpy(sorted, list, count * sizeof(*list));
	for (i = 1; i < count && sorted[i - 1].low <= sorted[i].low; i++)
		;
	if (i < count)
		qsort(sorted, count, sizeof(*sorted), by_low);
	for (i = 0; i < count; i++)
		if (sorted[i].low <= sorted[i].high)
			append(values, sorted[i].low, sorted[i].high);
	return values;
}

static __uint128_t lowest(const struct values *values)
{
	return values->interval[0].low;
}

static __uint128_t highest(const struct values *values)
{
	return values->interval[values->count - 1].high;
}

/* The first interval, from @from on, that ends at @value or above. */
static size_t first_reaching(const struct values *values, size_t from, __uint128_t value)
{
	size_t low = from, high = values->count, middle;

	if (low < high && values->interval[low].high >= value)
		return low;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (values->interval[middle].high < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool spans(const struct values *wide, const struct values *narrow)
{
	return wide->count == 1 && wide->interval[0].low <= lowest(narrow) &&
	       wide->interval[0].high >= highest(narrow);
}

/**
 * values_and() - the values that two sets share
 * @arena: where the result lives
 * @a: a set, or NULL: any value
 * @b: likewise
 */
const struct values *values_and(struct arena *arena, const struct values *a,
				const struct values *b)
{
	struct values *values;
	size_t i, j, room;

	if (!a || !b)
		return a ? a : b;
	if (!values_meet(a, b))
		return &none;
	if (spans(a, b))
		return b;
	if (spans(b, a))
		return a;
	i = first_reaching(a, 0, lowest(b));
	j = first_reaching(b, 0, lowest(a));
	room = a->count - i + b->count - j;
	values = make(arena, room);
	if (!values)
		return NULL;
	while (i < a->count && j < b->count) {
		const struct interval *x = &a->interval[i], *y = &b->interval[j];

		if (x->high < y->low) {
			i = first_reaching(a, i + 1, y->low);
		} else if (y->high < x->low) {
			j = first_reaching(b, j + 1, x->low);
		} else {
			append(values, x->low > y->low ? x->low : y->low,
			       x->high < y->high ? x->high : y->high);
			if (x->high < y->high)
				i++;
			else
				j++;
		}
	}
	return made(arena, values, room);
}

/**
 * values_or() - the values of two sets
 * @arena: where the result lives
 * @a: a set, or NULL: any value
 * @b: likewise
 */
const struct values *values_or(struct arena *arena, const struct values *a,
			       const struct values *b)
{
	struct values *values;
	size_t i = 0, j = 0;

	if (!a || !b)
		return NULL;
	if (!b->count || values_cover(a, b))
		return a;
	if (!a->count || values_cover(b, a))
		return b;
	values = make(arena, a->count + b->count);
	if (!values)
		return NULL;
	while (i < a->count || j < b->count) {
		const struct interval *next;

		if (j == b->count || (i < a->count && a->interval[i].low < b->interval[j].low))
			next = &a->interval[i++];
		else
			next = &b->interval[j++];
		append(values, next->low, next->high);
	}
	return made(arena, values, a->count + b->count);
}

static void copy(struct values *to, const struct values *from, size_t first, size_t end)
{
	memcpy(to->interval + to->count, from->interval + first,
	       (end - first) * sizeof(struct interval));
	to->count += end - first;
}

/* The parts of @from that lie outside of @b, whose intervals from *@j on matter. */
static void append_outside(struct values *values, struct interval from, const struct values *b,
			   size_t *j)
{
	for (; *j < b->count && b->interval[*j].low <= from.high; (*j)++) {
		const struct interval *hole = &b->interval[*j];

		if (hole->low > from.low)
			append(values, from.low, hole->low - 1);
		if (hole->high >= from.high)
			return;
		from.low = hole->high + 1;
	}
	append(values, from.low, from.high);
}

/**
 * values_minus() - the values of one set that another does not have
 * @arena: where the result lives
 * @a: a set; not NULL, since any value has no end: see field_most()
 * @b: what to leave out, or NULL: any value
 */
const struct values *values_minus(struct arena *arena, const struct values *a,
				  const struct values *b)
{
	size_t room, i, j, end;
	struct values *values;

	if (!a)
		return NULL;
	if (!b || values_cover(b, a))
		return &none;
	if (!values_meet(a, b))
		return a;
	/* Rules often take a value off a long list: its both sides are copied as they are. */
	i = first_reaching(a, 0, lowest(b));
	j = first_reaching(b, 0, lowest(a));
	end = first_reaching(a, i, highest(b));
	if (end < a->count)
		end++;
	room = a->count + b->count;
	values = make(arena, room);
	if (!values)
		return NULL;
	copy(values, a, 0, i);
	for (; i < end; i++) {
		j = first_reaching(b, j, a->interval[i].low);
		append_outside(values, a->interval[i], b, &j);
	}
	copy(values, a, end, a->count);
	return made(arena, values, room);
}

/**
 * values_not() - the values that a set does not have
 * @arena: where the result lives
 * @a: the set, or NULL: any value
 * @most: the highest value there is
 */
const struct values *values_not(struct arena *arena, const struct values *a, __uint128_t most)
{
	struct values *values;
	size_t j = 0;

	if (!a)
		return &none;
	if (!a->count)
		return values_range(arena, 0, most);
	values = make(arena, a->count + 1);
	if (!values)
		return NULL;
	append_outside(values, (struct interval){ 0, most }, a, &j);
	return made(arena, values, a->count + 1);
}

/**
 * values_empty() - whether a set has no values
 * @values: the set, or NULL: any value
 */
bool values_empty(const struct values *values)
{
	return values && !values->count;
}

/**
 * values_hold() - whether a set has a value
 * @values: the set, or NULL: any value
 * @value: the value
 */
bool values_hold(const struct values *values, __uint128_t value)
{
	size_t at;

	if (!values)
		return true;
	at = first_reaching(values, 0, value);
	return at < values->count && values->interval[at].low <= value;
}

/**
 * values_meet() - whether two sets share a value
 * @a: a set, or NULL: any value
 * @b: likewise
 */
bool values_meet(const struct values *a, const struct values *b)
{
	size_t i, j = 0;

	if (!a || !b)
		return !values_empty(a) && !values_empty(b);
	if (a->count > b->count)
		return values_meet(b, a);
	for (i = 0; i < a->count && j < b->count; i++) {
		j = first_reaching(b, j, a->interval[i].low);
		if (j < b->count && b->interval[j].low <= a->interval[i].high)
			return true;
	}
	return false;
}

/**
 * values_cover() - whether one set has all values of another
 * @a: the one, or NULL: any value
 * @b: the other, or NULL: any value
 */
bool values_cover(const struct values *a, const struct values *b)
{
	size_t i, j = 0;

	if (!a || a == b)
		return true;
	if (!b)
		return false;
	for (i = 0; i < b->count; i++) {
		j = first_reaching(a, j, b->interval[i].low);
		if (j == a->count || a->interval[j].low > b->interval[i].low ||
		    a->interval[j].high < b->interval[i].high)
			return false;
	}
	return true;
}

/**
 * values_same() - whether two sets have the same values
 * @a: a set, or NULL: any value
 * @b: likewise
 */
bool values_same(const struct values *a, const struct values *b)
{
	if (a == b)
		return true;
	return a && b && a->count == b->count &&
	       !memcmp(a->interval, b->interval, a->count * sizeof(*a->interval));
}

/**
 * values_count() - how many values a set has
 * @values: the set, or NULL: any value
 * @most: where to stop counting
 * @count: is set to how many, if they are not more than @most
 *
 * Return: whether they are not.
 */
bool values_count(const struct values *values, size_t most, size_t *count)
{
	__uint128_t width;
	size_t i;

	*count = 0;
	for (i = 0; values && i < values->count; i++) {
		width = values->interval[i].high - values->interval[i].low;
		if (width >= most - *count)
			return false;
		*count += width + 1;
	}
	return values != NULL;
}

/**
 * values_meet_range() - whether a set has any of some values in a row
 * @values: the set, or NULL: any value
 * @low: first
 * @high: last
 */
bool values_meet_range(const struct values *values, __uint128_t low, __uint128_t high)
{
	size_t at;

	if (!values)
		return true;
	at = first_reaching(values, 0, low);
	return at < values->count && values->interval[at].low <= high;
}

/**
 * values_cover_range() - whether a set has all of some values in a row
 * @values: the set, or NULL: any value
 * @low: first
 * @high: last
 */
bool values_cover_range(const struct values *values, __uint128_t low, __uint128_t high)
{
	size_t at;

	if (!values)
		return true;
	at = first_reaching(values, 0, low);
	return at < values->count && values->interval[at].low <= low &&
	       values->interval[at].high >= high;
}

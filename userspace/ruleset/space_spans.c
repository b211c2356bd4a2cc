// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Intervals sorted by where they begin, so that those that meet a set of values are
 * found without reading all.
 */
#include "ruleset/space_spans.h"

#include <errno.h>
#include <stdlib.h>

static const struct values any = { 1, { { 0, ~(__uint128_t)0 } } };

/**
 * spans_make() - no spans yet
 * @arena: where they will live
 * @spans: to fill
 * @room: intervals that will be added at most
 *
 * Return: 0 or -ENOMEM.
 */
int spans_make(struct arena *arena, struct spans *spans, size_t room)
{
	*spans = (struct spans){ .room = room };
	spans->span = arena_take(arena, (room + 1) * sizeof(*spans->span));
	return spans->span ? 0 : -ENOMEM;
}

/**
 * spans_add() - one set of values
 * @spans: which have room for each of its intervals
 * @values: the values, or NULL: any value, which is one interval
 * @number: to be found by them
 */
void spans_add(struct spans *spans, const struct values *values, size_t number)
{
	size_t i;

	if (!values)
		values = &any;
	for (i = 0; i < values->count && spans->count < spans->room; i++)
		spans->span[spans->count++] = (struct span){
			.low = values->interval[i].low,
			.high = values->interval[i].high,
			.number = number,
		};
}

static int by_low(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

/**
 * spans_sort() - make ready for questions
 * @arena: of the spans, which gets back what they have no need of
 * @spans: after the last was added, and before anything else was taken from the arena
 */
void spans_sort(struct arena *arena, struct spans *spans)
{
	struct span *span = spans->span;
	size_t i, size = sizeof(*span);

	arena_give_back(arena, span, (spans->room + 1) * size, (spans->count + 1) * size);
	spans->room = spans->count;
	for (i = 1; i < spans->count && span[i - 1].low <= span[i].low; i++)
		;
	if (i < spans->count)
		qsort(span, spans->count, sizeof(*span), by_low);
	for (i = 0; i < spans->count; i++) {
		span[i].reach = span[i].high;
		if (i && span[i - 1].reach > span[i].reach)
			span[i].reach = span[i - 1].reach;
	}
}

/* The first span that may have @low or a value above it. */
static size_t first_reaching(const struct spans *spans, __uint128_t low)
{
	size_t from = 0, to = spans->count, middle;

	while (from < to) {
		middle = from + (to - from) / 2;
		if (spans->span[middle].reach < low)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* The first span that begins above @high. */
static size_t first_above(const struct spans *spans, size_t from, __uint128_t high)
{
	size_t to = spans->count, middle;

	while (from < to) {
		middle = from + (to - from) / 2;
		if (spans->span[middle].low <= high)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/**
 * spans_most() - how many spans would have to be read
 * @spans: sorted
 * @values: to find some by, or NULL: any value
 */
size_t spans_most(const struct spans *spans, const struct values *values)
{
	size_t i, from, most = 0;

	if (!values)
		return spans->count;
	for (i = 0; i < values->count && most < spans->count; i++) {
		from = first_reaching(spans, values->interval[i].low);
		most += first_above(spans, from, values->interval[i].high) - from;
	}
	return most;
}

/**
 * spans_find() - the spans that share a value with a set
 * @spans: sorted
 * @values: the set, or NULL: any value
 * @numbers: gets their numbers, in no order, and some perhaps more than once
 *
 * Return: 0 or -ENOMEM.
 */
int spans_find(const struct spans *spans, const struct values *values, struct numbers *numbers)
{
	size_t i, at;

	if (!values)
		values = &any;
	for (i = 0; i < values->count; i++) {
		const struct interval *wanted = &values->interval[i];

		at = first_reaching(spans, wanted->low);
		for (; at < spans->count && spans->span[at].low <= wanted->high; at++)
			if (spans->span[at].high >= wanted->low &&
			    numbers_add(numbers, spans->span[at].number))
				return -ENOMEM;
	}
	return 0;
}

/**
 * numbers_add() - one more
 * @numbers: the list
 * @number: what is added
 *
 * Return: 0 or -ENOMEM.
 */
int numbers_add(struct numbers *numbers, size_t number)
{
	size_t room, *grown;

	if (numbers->count == numbers->room) {
		room = numbers->room ? numbers->room * 2 : 32;
		grown = reallocarray(numbers->number, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		numbers->number = grown;
		numbers->room = room;
	}
	numbers->number[numbers->count++] = number;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/**
 * numbers_sort() - rising, and each once
 * @numbers: the list
 */
void numbers_sort(struct numbers *numbers)
{
	size_t i, kept = 0;

	if (numbers->count > 1)
		qsort(numbers->number, numbers->count, sizeof(*numbers->number), by_number);
	for (i = 0; i < numbers->count; i++)
		if (!kept || numbers->number[kept - 1] != numbers->number[i])
			numbers->number[kept++] = numbers->number[i];
	numbers->count = kept;
}

/**
 * numbers_free() - forget a list
 * @numbers: is empty then, and can be used again
 */
void numbers_free(struct numbers *numbers)
{
	free(numbers->number);
	*numbers = (struct numbers){ 0 };
}

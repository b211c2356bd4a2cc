/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many intervals with a number each, and which of them share a value with a set.
 */
#ifndef RULESET_SPACE_SPANS_H
#define RULESET_SPACE_SPANS_H

#include "ruleset/space.h"

/**
 * struct span - one interval
 * @low: first value
 * @high: last value
 * @reach: the highest value of this and of all spans before: spans_sort() fills it
 * @number: whose it is
 */
struct span {
	__uint128_t low;
	__uint128_t high;
	__uint128_t reach;
	size_t number;
};

/**
 * struct spans - all of them
 * @span: sorted by where they begin
 * @count: entries in use
 * @room: entries there is memory for
 *
 * Belongs to the arena it was made in.
 */
struct spans {
	struct span *span;
	size_t count;
	size_t room;
};

/**
 * struct numbers - what was found
 * @number: the numbers
 * @count: entries in use
 * @room: entries there is memory for
 */
struct numbers {
	size_t *number;
	size_t count;
	size_t room;
};

int spans_make(struct arena *arena, struct spans *spans, size_t room);
void spans_add(struct spans *spans, const struct values *values, size_t number);
void spans_sort(struct arena *arena, struct spans *spans);
size_t spans_most(const struct spans *spans, const struct values *values);
int spans_find(const struct spans *spans, const struct values *values, struct numbers *numbers);

int numbers_add(struct numbers *numbers, size_t number);
void numbers_sort(struct numbers *numbers);
void numbers_free(struct numbers *numbers);

#endif /* RULESET_SPACE_SPANS_H */

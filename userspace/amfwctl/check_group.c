// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Journeys that end alike: people read of one rule once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check.h"

/* What to read first. */
static int rank(enum answer answer)
{
	switch (answer) {
	case ANSWER_REJECT:
	case ANSWER_DROP:
		return 0;
	case ANSWER_UNKNOWN:
		return 1;
	default:
		return 2;
	}
}

static int compare_pointers(const void *a, const void *b)
{
	return (a > b) - (a < b);
}

static int compare_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : compare_pointers(a, b);
}

static const struct rule *rule_of(const struct journey *journey)
{
	return journey->fate ? journey->fate->rule : NULL;
}

static const struct chain *chain_of(const struct journey *journey)
{
	return journey->fate ? journey->fate->chain : NULL;
}

static int kind_of(const struct journey *journey)
{
	const struct stage *stage = journey_stage(journey);

	return stage ? 2 * (int)stage->kind + stage->related : -1;
}

/* The end of an accepted journey is told by its rule alone. */
static int compare(const struct journey *a, const struct journey *b)
{
	int differ = rank(a->answer) - rank(b->answer);

	differ = differ ? : (int)a->answer - (int)b->answer;
	differ = differ ? : compare_pointers(rule_of(a), rule_of(b));
	differ = differ ? : compare_pointers(chain_of(a), chain_of(b));
	if (differ || a->answer == ANSWER_ACCEPT)
		return differ;
	differ = (int)a->reason - (int)b->reason;
	differ = differ ? : kind_of(a) - kind_of(b);
	return differ ? : compare_text(a->what, b->what);
}

static int compare_indexes(const void *a, const void *b, void *data)
{
	const struct journey *journeys = data;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int differ = compare(&journeys[i], &journeys[j]);

	return differ ? : (i > j) - (i < j);
}

/* Of what is equally bad, what comes first in the site comes first. */
static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int differ = rank(x->first->answer) - rank(y->first->answer);

	return differ ? : (x->members[0] > y->members[0]) - (x->members[0] < y->members[0]);
}

/**
 * groups_make() - gather journeys
 * @groups: to fill; groups_free() it whatever is returned
 * @journeys: them
 *
 * Return: 0 or -ENOMEM.
 */
int groups_make(struct groups *groups, const struct journeys *journeys)
{
	size_t count = journeys->count, i;
	struct group *group = NULL;

	memset(groups, 0, sizeof(*groups));
	groups->group = calloc(count + 1, sizeof(*groups->group));
	groups->order = calloc(count + 1, sizeof(*groups->order));
	if (!groups->group || !groups->order)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		groups->order[i] = i;
	qsort_r(groups->order, count, sizeof(*groups->order), compare_indexes,
		journeys->journey);
	for (i = 0; i < count; i++) {
		const struct journey *journey = &journeys->journey[groups->order[i]];

		if (!group || compare(group->first, journey)) {
			group = &groups->group[groups->count++];
			group->first = journey;
			group->members = &groups->order[i];
		}
		group->count++;
	}
	qsort(groups->group, groups->count, sizeof(*groups->group), compare_groups);
	return 0;
}

/**
 * groups_free() - give the memory back
 * @groups: the groups
 */
void groups_free(struct groups *groups)
{
	free(groups->group);
	free(groups->order);
	*groups = (struct groups) { 0 };
}

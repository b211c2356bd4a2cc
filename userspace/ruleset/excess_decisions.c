// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fates together by what decided, so that who decides is asked once for each rule and
 * not for each pair of fates.
 */
#include "ruleset/journey_private.h"

#include <stdlib.h>
#include <string.h>

static int compare_decisions(const struct fate *a, const struct fate *b)
{
	uintptr_t x = (uintptr_t)a->rule, y = (uintptr_t)b->rule;

	if (x == y) {
		x = (uintptr_t)a->chain;
		y = (uintptr_t)b->chain;
	}
	return x < y ? -1 : x > y;
}

static int by_decision(const void *a, const void *b)
{
	const struct fate *x = *(const struct fate *const *)a, *y = *(const struct fate *const *)b;
	int order = compare_decisions(x, y);

	return order ? : x < y ? -1 : x > y;
}

/**
 * decisions_add() - one more fate
 * @decisions: before decisions_cut()
 * @fate: is left out where it is no accepted one
 *
 * Return: 0 or -ENOMEM.
 */
int decisions_add(struct decisions *decisions, const struct fate *fate)
{
	const struct fate **grown;
	size_t room;

	if (fate->verdict != VERDICT_ACCEPT)
		return 0;
	if (decisions->fates == decisions->room) {
		room = decisions->room ? decisions->room * 2 : 64;
		grown = reallocarray(decisions->fate, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		decisions->fate = grown;
		decisions->room = room;
	}
	decisions->fate[decisions->fates++] = fate;
	return 0;
}

/**
 * decisions_cut() - put together what the same rule, or policy, has accepted
 * @decisions: after the last was added
 *
 * Return: 0 or -ENOMEM.
 */
int decisions_cut(struct decisions *decisions)
{
	size_t i;

	decisions->decision = calloc(decisions->fates + 1, sizeof(*decisions->decision));
	if (!decisions->decision)
		return -ENOMEM;
	if (decisions->fates)
		qsort(decisions->fate, decisions->fates, sizeof(*decisions->fate), by_decision);
	for (i = 0; i < decisions->fates; i++) {
		if (!i || compare_decisions(decisions->fate[i - 1], decisions->fate[i]))
			decisions->decision[decisions->count++] = (struct decision) { &decisions->fate[i], 0 };
		decisions->decision[decisions->count - 1].count++;
	}
	return 0;
}

/**
 * decisions_find() - who else was accepted by what accepted these
 * @decisions: in the order of decisions_cut()
 * @fate: of these
 *
 * Return: them, or NULL.
 */
const struct decision *decisions_find(const struct decisions *decisions, const struct fate *fate)
{
	size_t low = 0, high = decisions->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_decisions(decisions->decision[middle].fate[0], fate) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == decisions->count || compare_decisions(decisions->decision[low].fate[0], fate))
		return NULL;
	return &decisions->decision[low];
}

/**
 * decisions_free() - forget them
 * @decisions: are empty then
 */
void decisions_free(struct decisions *decisions)
{
	free(decisions->fate);
	free(decisions->decision);
	memset(decisions, 0, sizeof(*decisions));
}

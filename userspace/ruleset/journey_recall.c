// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions that have been asked before: the control flows of all operations
 * between two machines look the same, and so do their streams.
 */
#include "ruleset/journey_private.h"

#include <stdlib.h>
#include <string.h>

static bool same_translation(const struct translation *a, const struct translation *b)
{
	if (!a || !b)
		return a == b;
	return values_same(a->daddr, b->daddr) && values_same(a->dport, b->dport) &&
	       values_same(a->saddr, b->saddr) && values_same(a->sport, b->sport);
}

static bool same_passage(const struct passage *a, const struct passage *b)
{
	unsigned int field;

	if (a->version != b->version || a->made_here != b->made_here || a->first != b->first ||
	    !same_translation(a->translation, b->translation))
		return false;
	for (field = 0; field < FIELD_COUNT; field++)
		if (!values_same(a->box.now[field], b->box.now[field]))
			return false;
	return true;
}

static void keep(struct recall *recall, const struct stage *stage)
{
	size_t i = recall->next;

	recall->known[i].passage = stage->passage;
	recall->known[i].fates = stage->fates;
	recall->next = (i + 1) % RECALL_MOST;
	if (recall->count < RECALL_MOST)
		recall->count++;
}

/**
 * recall_run() - what becomes of a stage's packets, if need be by path_run()
 * @recall: what has been asked so far
 * @question: as given
 * @arena: where values live
 * @stage: of which the fates are filled in
 *
 * Return: 0 or -ENOMEM.
 */
int recall_run(struct recall *recall, const struct question *question, struct arena *arena,
	       struct stage *stage)
{
	size_t i;
	int err;

	for (i = 0; i < recall->count; i++) {
		if (same_passage(&recall->known[i].passage, &stage->passage)) {
			stage->fates = recall->known[i].fates;
			stage->recalled = true;
			return 0;
		}
	}
	err = path_run(question->ruleset, question->world, arena, &stage->passage, NULL,
		       &stage->fates);
	if (!err)
		keep(recall, stage);
	return err;
}

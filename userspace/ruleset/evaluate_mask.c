// SPDX-License-Identifier: GPL-2.0-or-later
/* Conditions and changes that touch some bits of a field. */
#include "ruleset/evaluate_run.h"

/* So many intervals may have the bits that are wanted: a byte of flags needs 128. */
#define INTERVALS_MOST	1024

/* Halves that are looked at before the question is given up. */
#define TRIED_MOST	16384

/* Pieces that a change of some bits may make of one box. */
#define RESULTS_MOST	((size_t)256)

/**
 * struct search - for the values of a field whose masked bits are wanted ones
 * @now: the values that the packets have
 * @step: the mask and what is wanted
 * @list: what has been found, sorted
 * @count: entries of @list
 * @tried: how much has been looked at; above TRIED_MOST: in vain
 */
struct search {
	const struct values *now;
	const struct step *step;
	struct interval list[INTERVALS_MOST];
	size_t count;
	size_t tried;
};

static void found(struct search *search, __uint128_t low, __uint128_t high)
{
	struct interval *last = &search->list[search->count];

	if (search->count && last[-1].high + 1 == low) {
		last[-1].high = high;
	} else if (search->count == INTERVALS_MOST) {
		search->tried = TRIED_MOST + 1;
	} else {
		*last = (struct interval){ low, high };
		search->count++;
	}
}

/*
 * The values from @low to @low + @rest, where @rest has all bits below some.  What the
 * mask makes of them lies between two numbers; while neither all nor none of those are
 * wanted, each half is looked at for itself.
 */
static void search_in(struct search *search, __uint128_t low, __uint128_t rest)
{
	const struct step *step = search->step;
	__uint128_t from = low & step->mask, to = (low | rest) & step->mask;
	__uint128_t half = rest >> 1;

	if (search->tried > TRIED_MOST || ++search->tried > TRIED_MOST)
		return;
	if (!values_meet_range(search->now, low, low | rest) || !values_meet_range(step->values, from, to))
		return;
	if (values_cover_range(step->values, from, to)) {
		found(search, low, low | rest);
		return;
	}
	search_in(search, low, half);
	search_in(search, low | (rest ^ half), half);
}

/**
 * masked_values() - the values for which STEP_MASKED holds
 * @arena: where the result lives
 * @now: those that the packets have, or NULL: any
 * @step: the step
 *
 * Return: values, of which only those in @now count; or NULL: too many to tell.
 */
const struct values *masked_values(struct arena *arena, const struct values *now,
				   const struct step *step)
{
	struct search search;

	search.now = now ? now : field_any(step->field);
	search.step = step;
	search.count = 0;
	search.tried = 0;
	search_in(&search, 0, field_most(step->field));
	if (step->or_none)
		found(&search, field_most(step->field) + 1, field_most(step->field) + 1);
	if (search.tried > TRIED_MOST)
		return NULL;
	return values_list(arena, search.list, search.count);
}

static void assign_one(struct run *run, const struct step *step, __uint128_t value,
		       const struct box *box, struct boxes *results)
{
	struct arena *arena = run->evaluation->arena;
	struct box piece = *box;

	box_assign(arena, &piece, step->field, values_one(arena, value & field_most(step->field)));
	keep_box(run, results, &piece);
}

static void assign_each(struct run *run, const struct step *step, __uint128_t value,
			const struct box *box, struct boxes *results)
{
	struct arena *arena = run->evaluation->arena;
	const struct values *now = box->now[step->from];
	__uint128_t old;
	struct box piece;
	size_t i;

	for (i = 0; i < now->count; i++) {
		for (old = now->interval[i].low; ; old++) {
			piece = *box;
			box_narrow(arena, &piece, step->from, values_one(arena, old), NULL);
			assign_one(run, step, (old & step->mask) ^ value, &piece, results);
			if (old == now->interval[i].high)
				break;
		}
	}
}

/* Whoever asks for the value later is in doubt; see box_narrow(). */
static void assign_any(struct run *run, const struct step *step, const struct box *box,
		       struct boxes *results)
{
	struct box piece = *box;

	box_assign(run->evaluation->arena, &piece, step->field, NULL);
	keep_box(run, results, &piece);
}

static void assign_from(struct run *run, const struct step *step, __uint128_t value,
			const struct box *box, struct boxes *results)
{
	__uint128_t most = field_most(step->from);
	bool whole = (step->mask & most) == most;
	size_t count;

	value &= field_most(step->field);
	if (whole && !value && step->from == step->field)
		keep_box(run, results, box);
	else if (!(step->mask & most))
		assign_one(run, step, value, box, results);
	else if (values_count(box->now[step->from], RESULTS_MOST, &count))
		assign_each(run, step, value, box, results);
	else
		assign_any(run, step, box, results);
}

/* What stays of the field itself is part of the value, once it is known. */
static void assign_kept(struct run *run, const struct step *step, __uint128_t value,
			const struct box *box, struct boxes *results)
{
	const struct values *now = box->now[step->field];
	__uint128_t old;
	struct box piece;
	size_t i;

	for (i = 0; i < now->count; i++) {
		for (old = now->interval[i].low; ; old++) {
			piece = *box;
			box_narrow(run->evaluation->arena, &piece, step->field,
				   values_one(run->evaluation->arena, old), NULL);
			assign_from(run, step, value ^ (old & step->keep), &piece, results);
			if (old == now->interval[i].high)
				break;
		}
	}
}

/**
 * masked_assign() - do STEP_ASSIGN
 * @run: whose
 * @step: the step
 * @value: what the masked bits are joined with
 * @box: the packets
 * @results: gets them with the new value, in as many boxes as there are values; where
 *	those are too many, or nobody knows, with any value
 */
void masked_assign(struct run *run, const struct step *step, __uint128_t value,
		   const struct box *box, struct boxes *results)
{
	size_t count;

	if (step->name)
		assign_any(run, step, box, results);
	else if (!step->keep)
		assign_from(run, step, value, box, results);
	else if (values_count(box->now[step->field], RESULTS_MOST, &count))
		assign_kept(run, step, value, box, results);
	else
		assign_any(run, step, box, results);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of a chain by the addresses and ports that they ask for.
 *
 * Rules for each pair of machines, and as many questions: if every question read every
 * rule, that would be quadratic.  Most rules ask for an address before they do anything,
 * and packets with others pass them by.
 */
#include <errno.h>
#include <stdlib.h>

#include "ruleset/evaluate_run.h"

/* Fewer rules are read faster than they are sorted. */
#define INDEX_LEAST	64
/* A million rules are not worth the memory. */
#define INDEX_MOST	((size_t)1 << 19)

static const enum field indexed[] = { FIELD_SADDR, FIELD_DADDR, FIELD_DPORT };

#define INDEXED	(sizeof(indexed) / sizeof(*indexed))

/**
 * struct field_index - the rules of a chain by one field
 * @spans: the values of those that ask for some
 * @others: the rules that may concern any value
 */
struct field_index {
	struct spans spans;
	struct numbers others;
};

struct rule_index {
	struct field_index by[INDEXED];
};

/**
 * chain_index() - let the rules of a chain be found by what they ask for
 * @arena: of the ruleset
 * @chain: its rules are counted; they are looked at when the first packets come
 *
 * Return: 0 or -ENOMEM.
 */
int chain_index(struct arena *arena, struct chain *chain)
{
	if (chain->count < INDEX_LEAST || chain->count > INDEX_MOST)
		return 0;
	chain->index = arena_take(arena, sizeof(*chain->index));
	if (!chain->index)
		return -ENOMEM;
	chain->index->arena = arena;
	return 0;
}

/*
 * What a rule asks that does something to packets; nothing: it never does.  One that asks
 * for more than one interval is rare, and may as well be looked at each time.
 */
static const struct values *asked(const struct rule *rule, enum protocol_version version,
				  enum field field)
{
	static const struct values none;
	const struct values *values;

	if (!rule_acts(rule, version))
		return &none;
	values = rule_wants(rule, version, field);
	return values && values->count > 1 ? NULL : values;
}

static int fill_field(struct arena *arena, struct field_index *by, const struct chain *chain,
		      enum protocol_version version, enum field field)
{
	struct spans *spans = &by->spans;
	const struct values *values;
	size_t i, *others;

	others = arena_take(arena, chain->count * sizeof(*others));
	if (!others || spans_make(arena, spans, chain->count))
		return -ENOMEM;
	by->others = (struct numbers){ .number = others, .room = chain->count };
	for (i = 0; i < chain->count; i++) {
		values = asked(&chain->rules[i], version, field);
		if (values)
			spans_add(spans, values, i);
		else
			others[by->others.count++] = i;
	}
	spans_sort(arena, spans);
	return 0;
}

/* Without memory there is none, and every rule is read. */
static const struct rule_index *index_of(const struct chain *chain,
					 enum protocol_version version)
{
	struct chain_index *holder = chain->index;
	struct rule_index *made;
	size_t i;
	int err = 0;

	if (!holder || holder->made[version])
		return holder ? holder->of[version] : NULL;
	holder->made[version] = true;
	made = arena_take(holder->arena, sizeof(*made));
	for (i = 0; made && i < INDEXED && !err; i++)
		err = fill_field(holder->arena, &made->by[i], chain, version, indexed[i]);
	holder->of[version] = err ? NULL : made;
	return holder->of[version];
}

static size_t most_of(const struct field_index *by, enum field field, const struct boxes *live)
{
	size_t i, most = by->others.count;

	for (i = 0; i < live->count; i++)
		most += spans_most(&by->spans, live->box[i].now[field]);
	return most;
}

/* The field that leaves the fewest rules, if those are far from all. */
static bool choose(struct candidates *candidates, const struct rule_index *index,
		   const struct chain *chain, const struct boxes *live)
{
	size_t i, most, least = chain->count / 2;

	for (i = 0; i < INDEXED; i++) {
		most = most_of(&index->by[i], indexed[i], live);
		if (most >= least)
			continue;
		least = most;
		candidates->by = &index->by[i];
		candidates->field = indexed[i];
	}
	return candidates->by;
}

/**
 * candidates_find() - which rules of a chain may concern packets
 * @candidates: to fill; candidates_free() it
 * @chain: the chain
 * @version: of IP
 * @live: the packets
 */
void candidates_find(struct candidates *candidates, const struct chain *chain,
		     enum protocol_version version, const struct boxes *live)
{
	const struct rule_index *index = NULL;
	size_t i;
	int err = 0;

	candidates->by = NULL;
	candidates->found.count = 0;
	candidates->at = 0;
	candidates->other_at = 0;
	candidates->count = live->count;
	if (live->count <= CANDIDATES_BOXES)
		index = index_of(chain, version);
	if (!index || !choose(candidates, index, chain, live))
		return;
	for (i = 0; i < live->count && !err; i++) {
		candidates->values[i] = live->box[i].now[candidates->field];
		err = spans_find(&candidates->by->spans, candidates->values[i],
				 &candidates->found);
	}
	numbers_sort(&candidates->found);
	if (err)
		candidates->by = NULL;
}

static bool is_covered(const struct candidates *candidates, const struct box *box)
{
	size_t i;

	for (i = 0; i < candidates->count; i++)
		if (values_cover(candidates->values[i], box->now[candidates->field]))
			return true;
	return false;
}

/**
 * candidates_hold() - are they still all that may concern packets?
 * @candidates: found for packets that have met rules since
 * @live: what has become of them
 *
 * Return: whether no rule has given them values that they did not have.
 */
bool candidates_hold(const struct candidates *candidates, const struct boxes *live)
{
	size_t i;

	for (i = 0; candidates->by && i < live->count; i++)
		if (!is_covered(candidates, &live->box[i]))
			return false;
	return true;
}

static size_t next_of(const struct numbers *numbers, size_t *at, size_t from)
{
	while (*at < numbers->count && numbers->number[*at] < from)
		(*at)++;
	return *at < numbers->count ? numbers->number[*at] : SIZE_MAX;
}

/**
 * candidates_next() - the next rule to look at
 * @candidates: as candidates_find() left them
 * @from: number of the first rule that was not looked at; never less than before
 *
 * Return: its number; beyond all of the chain: there is none.
 */
size_t candidates_next(struct candidates *candidates, size_t from)
{
	size_t found, other;

	if (!candidates->by)
		return from;
	found = next_of(&candidates->found, &candidates->at, from);
	other = next_of(&candidates->by->others, &candidates->other_at, from);
	return found < other ? found : other;
}

/**
 * candidates_many() - are there so many that they are better tried at once?
 * @candidates: the candidates
 */
bool candidates_many(const struct candidates *candidates)
{
	size_t left = candidates->found.count - candidates->at;

	return !candidates->by ||
	       left + candidates->by->others.count - candidates->other_at >= INDEX_LEAST;
}

/**
 * candidates_free() - forget them
 * @candidates: the candidates
 */
void candidates_free(struct candidates *candidates)
{
	numbers_free(&candidates->found);
}

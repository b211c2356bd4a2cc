// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fewer boxes for the same packets: two that differ in one field are one.
 *
 * Every field has a hash; that of a box without one field is the sum less that
 * field's, so that boxes which differ there alone are neighbours once sorted by it.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/space.h"

struct entry {
	uint64_t total;
	uint64_t key;
	size_t at;
	bool gone;
	uint64_t part[FIELD_COUNT];
};

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static uint64_t hash_values(uint64_t hash, const struct values *values)
{
	const uint64_t *word;
	size_t i;

	if (!values)
		return mix(hash + 1);
	word = (const uint64_t *)values->interval;
	for (i = 0; i < values->count * sizeof(struct interval) / sizeof(*word); i++)
		hash = mix(hash ^ word[i]) + i;
	return mix(hash + 2);
}

static uint64_t hash_field(const struct box *box, unsigned int field)
{
	uint64_t hash = mix(field + 1);

	hash = hash_values(hash, box->was[field]);
	if (box->now[field] != box->was[field] && !values_same(box->now[field], box->was[field]))
		hash = hash_values(hash, box->now[field]);
	return hash;
}

static uint64_t hash_name(const char *name)
{
	uint64_t hash = 1;

	while (name && *name)
		hash = mix(hash ^ (unsigned char)*name++);
	return name ? hash : 0;
}

/* What else must be the same; see alike_but(). */
static uint64_t hash_rest(const struct box *box)
{
	const struct effects *effects = &box->effects;
	uint64_t hash = mix(box->changed) ^ mix(!box->doubt + 2 * effects->notrack + 4);

	hash = mix(hash ^ (uintptr_t)effects->dnat) ^ mix((uintptr_t)effects->snat + 5);
	hash = mix(hash ^ (uint64_t)effects->address) ^ mix((uint64_t)effects->port + 6);
	return mix(hash ^ hash_name(effects->helper)) ^ hash_name(effects->early_helper);
}

/* Without a field, except for what it has become where it was changed. */
static uint64_t hash_without(const struct entry *entry, const struct box *box, unsigned int field)
{
	uint64_t hash = entry->total - entry->part[field];

	return box->changed & 1u << field ? mix(hash ^ hash_values(7, box->now[field])) : hash;
}

static bool same_name(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_effects(const struct effects *a, const struct effects *b)
{
	return a->dnat == b->dnat && a->snat == b->snat && a->address == b->address &&
	       a->port == b->port && same_name(a->helper, b->helper) &&
	       same_name(a->early_helper, b->early_helper) &&
	       a->notrack == b->notrack;
}

static bool same_field(const struct box *a, const struct box *b, unsigned int field)
{
	return values_same(a->now[field], b->now[field]) &&
	       values_same(a->was[field], b->was[field]);
}

/* Two doubts are one: what counts is that there is any, and the first is as good. */
static bool alike_but(const struct box *a, const struct box *b, unsigned int but)
{
	unsigned int field;

	if (a->changed != b->changed || !a->doubt != !b->doubt ||
	    !same_effects(&a->effects, &b->effects))
		return false;
	for (field = 0; field < FIELD_COUNT; field++)
		if (field != but && !same_field(a, b, field))
			return false;
	/* What it has become must be the same too, or its origin would be lost. */
	return !(a->changed & 1u << but) || values_same(a->now[but], b->now[but]);
}

static bool unite(struct arena *arena, struct box *into, const struct box *box,
		  unsigned int field)
{
	const struct values *was = values_or(arena, into->was[field], box->was[field]);

	if (arena_full(arena))
		return false;
	if (!(into->changed & 1u << field))
		into->now[field] = was;
	into->was[field] = was;
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/*
 * Are any two keys the same?  Most often not, where boxes have been joined before: then
 * they need not be sorted.  Without memory they are.
 */
static bool keys_meet(struct entry *const *order, size_t count)
{
	size_t room = 64, i, at;
	uint64_t *table;
	bool same = false;

	while (room < 2 * count)
		room *= 2;
	table = calloc(room, sizeof(*table));
	if (!table)
		return true;
	for (i = 0; i < count && !same; i++) {
		/* An empty place is 0; keys are that by chance at most. */
		for (at = order[i]->key % room; table[at] && table[at] != order[i]->key;)
			at = (at + 1) % room;
		same = !order[i]->key || table[at];
		table[at] = order[i]->key;
	}
	free(table);
	return same;
}

/* Unite what is between two equal keys; several at once, not one by one, since each
 * union copies what it unites.
 */
static bool join_run(struct arena *arena, struct box *box, struct entry **run, size_t count,
		     unsigned int field)
{
	size_t half = count / 2, i, j;
	bool joined;

	if (count < 2)
		return false;
	joined = join_run(arena, box, run, half, field);
	joined |= join_run(arena, box, run + half, count - half, field);
	for (i = 0; i < half; i++) {
		for (j = half; j < count && !run[i]->gone; j++) {
			if (run[j]->gone ||
			    !alike_but(&box[run[i]->at], &box[run[j]->at], field) ||
			    !unite(arena, &box[run[i]->at], &box[run[j]->at], field))
				continue;
			run[j]->gone = true;
			run[i]->total -= run[i]->part[field];
			run[i]->part[field] = hash_field(&box[run[i]->at], field);
			run[i]->total += run[i]->part[field];
			joined = true;
		}
	}
	return joined;
}

static bool join_by(struct arena *arena, struct box *box, struct entry **order, size_t *count,
		    unsigned int field)
{
	size_t from, to, kept = 0;
	bool joined = false;

	for (from = 0; from < *count; from++)
		order[from]->key = hash_without(order[from], &box[order[from]->at], field);
	if (!keys_meet(order, *count))
		return false;
	qsort(order, *count, sizeof(*order), by_key);
	for (from = 0; from < *count; from = to) {
		for (to = from; to < *count && order[to]->key == order[from]->key; to++)
			;
		joined |= join_run(arena, box, order + from, to - from, field);
	}
	for (from = 0; from < *count; from++)
		if (!order[from]->gone)
			order[kept++] = order[from];
	*count = kept;
	return joined;
}

/* Fields in which any two boxes differ: no others are worth a look. */
static uint32_t differing(const struct boxes *boxes)
{
	uint32_t fields = 0;
	unsigned int field;
	size_t i;

	for (i = 1; i < boxes->count; i++)
		for (field = 0; field < FIELD_COUNT; field++)
			if (!(fields & 1u << field) &&
			    !same_field(&boxes->box[0], &boxes->box[i], field))
				fields |= 1u << field;
	return fields ? fields : 1;
}

static void fill(const struct boxes *boxes, struct entry *entries, struct entry **order,
		 uint32_t fields)
{
	unsigned int field;
	size_t i;

	for (i = 0; i < boxes->count; i++) {
		order[i] = &entries[i];
		entries[i].at = i;
		entries[i].total = hash_rest(&boxes->box[i]);
		for (field = 0; field < FIELD_COUNT; field++) {
			if (!(fields & 1u << field))
				continue;
			entries[i].part[field] = hash_field(&boxes->box[i], field);
			entries[i].total += entries[i].part[field];
		}
	}
}

static void drop_gone(struct boxes *boxes, const struct entry *entries)
{
	size_t i, kept = 0;

	for (i = 0; i < boxes->count; i++)
		if (!entries[i].gone)
			boxes->box[kept++] = boxes->box[i];
	boxes->count = kept;
}

/**
 * boxes_join() - as few boxes as uniting pairs gives
 * @arena: where values live; if it is full, boxes stay apart
 * @boxes: the list
 */
void boxes_join(struct arena *arena, struct boxes *boxes)
{
	struct entry *entries = calloc(boxes->count + 1, sizeof(*entries));
	struct entry **order = calloc(boxes->count + 1, sizeof(*order));
	uint32_t fields = boxes->count > 1 ? differing(boxes) : 0;
	size_t count = boxes->count;
	unsigned int field;
	bool joined = true;

	if (!entries || !order || !fields)
		goto out;
	fill(boxes, entries, order, fields);
	while (joined) {
		joined = false;
		for (field = 0; field < FIELD_COUNT; field++)
			if (fields & 1u << field)
				joined |= join_by(arena, boxes->box, order, &count, field);
	}
	drop_gone(boxes, entries);
out:
	free(order);
	free(entries);
}

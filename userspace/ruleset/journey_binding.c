// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the first packets of a connection have gone through, which decides how the
 * others look.
 */
#include "ruleset/journey_private.h"

#include <string.h>

static const enum field tuple_fields[] = {
	FIELD_SADDR, FIELD_DADDR, FIELD_SPORT, FIELD_DPORT,
};

static bool same_tuple(const struct binding *a, const struct box *b)
{
	size_t i;

	for (i = 0; i < sizeof(tuple_fields) / sizeof(*tuple_fields); i++) {
		enum field field = tuple_fields[i];

		if ((a->changed ^ b->changed) & 1u << field)
			return false;
		if (a->changed & 1u << field && !values_same(a->now[field], b->now[field]))
			return false;
	}
	return true;
}

static bool same_helper(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static struct binding *bindings_find(struct bindings *bindings, const struct box *box)
{
	size_t i;

	for (i = 0; i < bindings->count; i++) {
		struct binding *one = &bindings->binding[i];

		if (one->notrack == box->effects.notrack &&
		    same_helper(one->helper, box->effects.helper) && same_tuple(one, box))
			return one;
	}
	return NULL;
}

static uint32_t tuple_changes(const struct box *box)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < sizeof(tuple_fields) / sizeof(*tuple_fields); i++)
		bits |= box->changed & 1u << tuple_fields[i];
	return bits;
}

static const struct values *mark_of(struct arena *arena, const struct box *box)
{
	if (box->effects.notrack)
		return values_one(arena, 0);
	return box->now[FIELD_CT_MARK];
}

static void binding_widen(struct arena *arena, struct binding *one, const struct box *box)
{
	size_t i;

	for (i = 0; i < sizeof(tuple_fields) / sizeof(*tuple_fields); i++) {
		enum field field = tuple_fields[i];

		one->now[field] = values_or(arena, one->now[field], box->now[field]);
	}
	one->mark = values_or(arena, one->mark, mark_of(arena, box));
	one->zone = values_or(arena, one->zone, box->now[FIELD_CT_ZONE]);
	if (!box->doubt)
		one->doubt = NULL;
}

/**
 * bindings_note() - sort what got through by what has been done to it
 * @arena: where values live
 * @bindings: to fill
 * @fates: of the first packets of a connection
 *
 * There are few kinds: what is more than fits joins the last.
 */
void bindings_note(struct arena *arena, struct bindings *bindings, const struct fates *fates)
{
	struct binding *one;
	size_t i, j;

	for (i = 0; i < fates->count; i++) {
		const struct box *box = &fates->fate[i].box;

		if (fates->fate[i].verdict != VERDICT_ACCEPT)
			continue;
		one = bindings_find(bindings, box);
		if (!one && bindings->count == BINDINGS_MOST)
			one = &bindings->binding[BINDINGS_MOST - 1];
		if (one) {
			binding_widen(arena, one, box);
			continue;
		}
		one = &bindings->binding[bindings->count++];
		for (j = 0; j < sizeof(tuple_fields) / sizeof(*tuple_fields); j++)
			one->now[tuple_fields[j]] = box->now[tuple_fields[j]];
		one->changed = tuple_changes(box);
		one->notrack = box->effects.notrack;
		one->helper = box->effects.helper;
		one->mark = mark_of(arena, box);
		one->zone = box->now[FIELD_CT_ZONE];
		one->doubt = box->doubt;
	}
}

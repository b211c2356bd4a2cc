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

static void binding_add(struct arena *arena, struct bindings *bindings,
			const struct box *box)
{
	struct binding *one = &bindings->binding[bindings->count++];
	size_t i;

	for (i = 0; i < sizeof(tuple_fields) / sizeof(*tuple_fields); i++)
		one->now[tuple_fields[i]] = box->now[tuple_fields[i]];
	one->changed = tuple_changes(box);
	one->notrack = box->effects.notrack;
	one->helper = box->effects.helper;
	one->mark = mark_of(arena, box);
	one->zone = box->now[FIELD_CT_ZONE];
	one->doubt = box->doubt;
}

/* There are few kinds: what is more than fits joins the last. */
static struct binding *binding_of(struct bindings *bindings, const struct box *box)
{
	struct binding *one = bindings_find(bindings, box);

	if (!one && bindings->count == BINDINGS_MOST)
		one = &bindings->binding[BINDINGS_MOST - 1];
	return one;
}

/* Those of its packets that would be of no other kind, whatever interface they took. */
static int packets_alone(struct arena *arena, struct bindings *bindings,
			 const struct binding *one, const struct fates *fates,
			 struct boxes *left)
{
	struct box box;
	size_t i;
	int err = 0;

	for (i = 0; i < fates->count && !err; i++) {
		box = without_interfaces(&fates->fate[i].box);
		if (fates->fate[i].verdict == VERDICT_ACCEPT && binding_of(bindings, &box) == one)
			err = boxes_add(left, &box);
	}
	for (i = 0; i < fates->count && left->count && !err; i++) {
		box = without_interfaces(&fates->fate[i].box);
		if (fates->fate[i].verdict == VERDICT_ACCEPT && binding_of(bindings, &box) != one)
			err = boxes_subtract(arena, left, &box);
	}
	return err;
}

/* Of which kind a packet is may depend on interfaces that the site does not tell. */
static int doubt_interfaces(struct arena *arena, struct bindings *bindings,
			    const struct stage *stage)
{
	const char *doubt = interface_doubt(stage);
	size_t i;
	int err = 0;

	for (i = 0; i < bindings->count && bindings->count > 1 && doubt && !err; i++) {
		struct binding *one = &bindings->binding[i];
		struct boxes alone = { 0 };

		if (one->doubt)
			continue;
		err = packets_alone(arena, bindings, one, &stage->fates, &alone);
		if (!err && !alone.count)
			one->doubt = doubt;
		boxes_free(&alone);
	}
	return err;
}

/**
 * bindings_note() - sort what got through by what has been done to it
 * @arena: where values live
 * @bindings: to fill
 * @stage: the first packets of a connection
 *
 * Return: 0 or -ENOMEM.
 */
int bindings_note(struct arena *arena, struct bindings *bindings, const struct stage *stage)
{
	const struct fates *fates = &stage->fates;
	struct binding *one;
	size_t i;

	for (i = 0; i < fates->count; i++) {
		if (fates->fate[i].verdict != VERDICT_ACCEPT)
			continue;
		one = binding_of(bindings, &fates->fate[i].box);
		if (one)
			binding_widen(arena, one, &fates->fate[i].box);
		else
			binding_add(arena, bindings, &fates->fate[i].box);
	}
	return doubt_interfaces(arena, bindings, stage);
}

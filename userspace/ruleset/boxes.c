// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Boxes: what rules cut off sets of packets.
 *
 * Of a field that nothing has changed, what it is and what it was are one; of one
 * that was set to a constant, later rules ask for the constant, and what it was
 * stays.  Where a translation leaves several values open, packets that were the
 * same may go either way: that is doubt.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/space.h"

/**
 * boxes_add() - one more box
 * @boxes: the list
 * @box: is copied
 *
 * Return: 0 or -ENOMEM.
 */
int boxes_add(struct boxes *boxes, const struct box *box)
{
	struct box *grown;
	size_t room;

	if (boxes->count == boxes->room) {
		room = boxes->room ? boxes->room * 2 : 4;
		grown = reallocarray(boxes->box, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		boxes->box = grown;
		boxes->room = room;
	}
	boxes->box[boxes->count++] = *box;
	return 0;
}

/**
 * boxes_free() - forget a list
 * @boxes: is empty then, and can be used again
 */
void boxes_free(struct boxes *boxes)
{
	free(boxes->box);
	*boxes = (struct boxes){ 0 };
}

static bool changed(const struct box *box, enum field field)
{
	return box->changed & 1u << field;
}

/* What a field can have, where NULL stands for any value. */
static const struct values *spelled_out(struct arena *arena, enum field field,
					const struct values *values)
{
	if (values)
		return values;
	values = field_any(field);
	return values ? values : values_range(arena, 0, field_most(field));
}

static void set_field(struct box *box, enum field field, const struct values *values)
{
	box->now[field] = values;
	if (!changed(box, field))
		box->was[field] = values;
}

static const char *open_value(enum field field)
{
	static const char *const doubt[FIELD_COUNT] = {
		[FIELD_SADDR] = "which source address the translation takes",
		[FIELD_DADDR] = "which destination address the translation takes",
		[FIELD_SPORT] = "which source port the translation takes",
		[FIELD_DPORT] = "which destination port the translation takes",
	};

	return doubt[field] ? doubt[field] : "a value that rules have changed";
}

/**
 * box_narrow() - cut a box in two
 * @arena: where values live
 * @box: keeps the packets whose @field has one of @values
 * @field: as the packet is now
 * @values: which, or NULL: any
 * @rest: is set to the other packets, in which @field has no values if there are
 *	none; or NULL
 *
 * Return: whether there are packets left in @box.
 */
bool box_narrow(struct arena *arena, struct box *box, enum field field,
		const struct values *values, struct box *rest)
{
	const struct values *now = box->now[field], *in, *out;

	if (rest)
		*rest = *box;
	if (values_cover(values, now)) {
		if (rest)
			set_field(rest, field, values_range(arena, 1, 0));
		return !values_empty(now);
	}
	now = spelled_out(arena, field, now);
	in = values_and(arena, now, values);
	out = rest || changed(box, field) ? values_minus(arena, now, values) : in;
	if (changed(box, field) && in && out && in->count && out->count && !box->doubt) {
		box->doubt = open_value(field);
		if (rest)
			rest->doubt = box->doubt;
	}
	set_field(box, field, in);
	if (rest && !values_empty(in))
		set_field(rest, field, out);
	return !values_empty(in);
}

/**
 * box_assign() - set a field of all packets
 * @arena: where values live
 * @box: the packets
 * @field: what is set
 * @values: to which; more than one: it is not known to which of them
 */
void box_assign(struct arena *arena, struct box *box, enum field field,
		const struct values *values)
{
	(void)arena;
	box->now[field] = values;
	box->changed |= 1u << field;
}

/**
 * box_empty() - whether there are no packets in a box
 * @box: the box
 */
bool box_empty(const struct box *box)
{
	unsigned int field;

	for (field = 0; field < FIELD_COUNT; field++)
		if (values_empty(box->now[field]) || values_empty(box->was[field]))
			return true;
	return false;
}

/**
 * boxes_overlap() - whether two boxes share packets, as they were
 * @arena: where values live
 * @a: a box
 * @b: another
 */
bool boxes_overlap(struct arena *arena, const struct box *a, const struct box *b)
{
	unsigned int field;

	(void)arena;
	for (field = 0; field < FIELD_COUNT; field++)
		if (!values_meet(a->was[field], b->was[field]))
			return false;
	return true;
}

/* Cut @box by what @field was; *@rest gets what is outside of @values. */
static void narrow_was(struct arena *arena, struct box *box, enum field field,
		       const struct values *values, struct box *rest)
{
	const struct values *was = spelled_out(arena, field, box->was[field]);

	*rest = *box;
	rest->was[field] = values_minus(arena, was, values);
	box->was[field] = values_and(arena, was, values);
	if (changed(box, field))
		return;
	rest->now[field] = rest->was[field];
	box->now[field] = box->was[field];
}

static int subtract_one(struct arena *arena, struct boxes *left, struct box box,
			const struct box *what)
{
	unsigned int field;
	struct box rest;

	for (field = 0; field < FIELD_COUNT; field++) {
		if (values_cover(what->was[field], box.was[field]))
			continue;
		narrow_was(arena, &box, field, what->was[field], &rest);
		if (arena_full(arena) || boxes_add(left, &rest))
			return -ENOMEM;
	}
	return 0;
}

/**
 * boxes_subtract() - take packets off a list, as they were
 * @arena: where values live
 * @from: the list
 * @what: the packets
 *
 * Return: 0, or -ENOMEM with @from as it was.
 */
int boxes_subtract(struct arena *arena, struct boxes *from, const struct box *what)
{
	struct boxes left = { 0 };
	size_t i;
	int err = 0;

	for (i = 0; i < from->count && !err; i++) {
		if (boxes_overlap(arena, &from->box[i], what))
			err = subtract_one(arena, &left, from->box[i], what);
		else
			err = boxes_add(&left, &from->box[i]);
	}
	if (err) {
		boxes_free(&left);
		return err;
	}
	boxes_free(from);
	*from = left;
	return 0;
}

/**
 * box_example() - the smallest packet of a box, as it was
 * @box: not an empty one
 * @example: is set to the value of each field
 */
void box_example(const struct box *box, __uint128_t example[FIELD_COUNT])
{
	unsigned int field;

	for (field = 0; field < FIELD_COUNT; field++) {
		const struct values *values = box->was[field];

		if (!values)
			values = field_any(field);
		example[field] = values && values->count ? values->interval[0].low : 0;
	}
}

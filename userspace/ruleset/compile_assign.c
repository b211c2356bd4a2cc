// SPDX-License-Identifier: GPL-2.0-or-later
/* What rules write into packets and connections: marks, and fields of headers. */
#include <string.h>

#include "ruleset/compile.h"

/**
 * struct origin_of - where the new bits of a field come from
 * @field: it
 * @from: another field, or itself
 * @mask: bits of it that come
 * @keep: bits of the field itself that stay
 * @value: what those bits, or others, are changed by
 * @data: what the last lookup found
 * @doubt: name of what cannot be known, or NULL
 */
struct origin_of {
	enum field field;
	enum field from;
	__uint128_t mask;
	__uint128_t keep;
	__uint128_t value;
	bool data;
	const char *doubt;
};

static void one_bit(struct code *code, const struct bit *bit, unsigned int index,
		    unsigned int data_index, struct origin_of *origin)
{
	__uint128_t one = (__uint128_t)1 << index;

	if (bit->flip)
		origin->value |= one;
	if (bit->origin == ORIGIN_CONSTANT)
		return;
	if (bit->origin == ORIGIN_FIELD && bit->index == index && bit->field == origin->field) {
		origin->keep |= one;
	} else if (bit->origin == ORIGIN_FIELD && bit->index == index &&
		   (!origin->mask || origin->from == bit->field)) {
		origin->from = bit->field;
		origin->mask |= one;
	} else if (bit->origin == ORIGIN_DATA && bit->index == data_index) {
		origin->data = true;
	} else {
		origin->doubt = bit->origin == ORIGIN_UNKNOWN ? code->names[bit->index] :
			"a value that is put together";
	}
}

/* Bits that are not written stay what they are. */
static void unwritten(struct code *code, enum field field, __uint128_t written,
		      struct origin_of *origin)
{
	origin->keep |= code_most(code, field) & ~written;
	if (origin->data && (origin->mask || origin->keep || origin->value))
		origin->doubt = "a value that is put together";
	if (!origin->mask) {
		origin->from = field;
		origin->mask = origin->keep;
		origin->keep = 0;
	}
}

static void assign_field(struct code *code, enum field field, const struct bits *target,
			 const struct bits *value)
{
	struct origin_of origin = { .field = field, .from = field };
	__uint128_t written = 0;
	struct step *step;
	unsigned int i;

	for (i = 0; i < 8 * target->bytes; i++) {
		const struct bit *bit = &target->bit[i];

		if (bit->origin != ORIGIN_FIELD || bit->field != field)
			continue;
		one_bit(code, &value->bit[i], bit->index, i, &origin);
		written |= (__uint128_t)1 << bit->index;
	}
	unwritten(code, field, written, &origin);
	if (!origin.data && !origin.doubt && origin.from == field && !origin.value &&
	    origin.mask == code_most(code, field))
		return;
	if (origin.mask && origin.from == FIELD_CT_MARK && field != FIELD_CT_MARK)
		code_tracked(code);
	step = code_step(code, STEP_ASSIGN);
	register_changed(code, field);
	if (!step)
		return;
	step->field = field;
	step->from = origin.from;
	step->mask = origin.mask;
	step->keep = origin.keep;
	step->value = origin.value;
	step->from_lookup = origin.data;
	step->name = origin.doubt;
}

/**
 * assign_bits() - a rule writes
 * @code: the rule
 * @target: bits that are written to; those that are of no field do not matter
 * @value: what is written there: as many
 */
void assign_bits(struct code *code, const struct bits *target, const struct bits *value)
{
	uint32_t seen = 0;
	unsigned int i;

	for (i = 0; i < 8 * target->bytes; i++) {
		const struct bit *bit = &target->bit[i];

		if (bit->origin != ORIGIN_FIELD || (seen & (uint32_t)1 << bit->field))
			continue;
		seen |= (uint32_t)1 << bit->field;
		assign_field(code, bit->field, target, value);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* One element of a set: from bytes to values of fields. */
#include <net/if.h>
#include <string.h>

#include "ruleset/compile_set.h"

/**
 * elements_append() - one more element
 * @elements: where to; its @key is that of the element
 * @mapped: what a map holds for it
 */
void elements_append(struct elements *elements, const struct mapped *mapped)
{
	if (draft_add(&elements->draft, elements->key, mapped) < 0)
		elements->code->compiler->failed = true;
}

static void take_part(const struct layout *layout, const struct part *part, struct bits *bits)
{
	bits->bytes = part->end - part->first;
	memcpy(bits->bit, layout->bit + 8 * part->first, 8 * bits->bytes * sizeof(struct bit));
}

/**
 * elements_prepare() - be ready to add elements
 * @elements: where to; @code and @layout are set
 */
void elements_prepare(struct elements *elements)
{
	const struct layout *layout = elements->layout;
	size_t i;

	for (i = 0; i < layout->part_count; i++) {
		take_part(layout, &layout->parts[i], &elements->part[i]);
		elements->is_linear[i] = elements->part[i].bytes <= 16 &&
			!layout->parts[i].shared &&
			bits_linear(&elements->part[i], &elements->linear[i]);
	}
}

static unsigned int wanted_bit(const unsigned char *bytes, const struct bit *bit, unsigned int i)
{
	return (bytes[i / 8] >> (i % 8) & 1) ^ bit->flip;
}

/* The values of the field of which these bytes are made; false: none are. */
static bool point(const struct part *part, const struct bits *bits, const unsigned char *bytes,
		  __uint128_t *mask, __uint128_t *value)
{
	unsigned int i;

	*mask = 0;
	*value = 0;
	for (i = 0; i < 8 * bits->bytes; i++) {
		const struct bit *bit = &bits->bit[i];
		unsigned int wanted = wanted_bit(bytes, bit, i);
		__uint128_t one = (__uint128_t)1 << bit->index % 128;

		if (bit->origin == ORIGIN_CONSTANT && wanted)
			return false;
		if (bit->origin != ORIGIN_FIELD || bit->field != part->field)
			continue;
		if ((*mask & one) && !!(*value & one) != wanted)
			return false;
		*mask |= one;
		if (wanted)
			*value |= one;
	}
	return true;
}

static bool add_rest(struct elements *elements, const struct mapped *mapped, size_t i,
		     const unsigned char *low, const unsigned char *high);

/* Bits that are not asked may be anything: that is an interval if they are the last. */
static bool add_point(struct elements *elements, const struct mapped *mapped, size_t i,
		      const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];
	__uint128_t mask, value, open, most = ~(__uint128_t)0 >> (128 - part->width);

	if (!point(part, &elements->part[i], low + part->first, &mask, &value))
		return true;
	open = most & ~mask;
	if (open & (open + 1))
		return false;
	elements->key[i].low = value;
	elements->key[i].high = value | open;
	return add_rest(elements, mapped, i + 1, low, high);
}

static bool add_range(struct elements *elements, const struct mapped *mapped, size_t i,
		      const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];
	const struct linear *linear = &elements->linear[i];
	unsigned int bytes = part->end - part->first;
	struct interval asked;
	__uint128_t unit;

	if (!elements->is_linear[i] || linear->first + linear->count != part->width)
		return false;
	unit = (__uint128_t)1 << linear->first;
	if (!linear_values(linear, bytes_number(low + part->first, bytes),
			   bytes_number(high + part->first, bytes), &asked))
		return true;
	elements->key[i].low = asked.low * unit;
	elements->key[i].high = asked.high * unit | (unit - 1);
	return add_rest(elements, mapped, i + 1, low, high);
}

static bool add_number(struct elements *elements, const struct mapped *mapped, size_t i, size_t number,
		       const unsigned char *low, const unsigned char *high)
{
	elements->key[i].low = number;
	elements->key[i].high = number;
	return add_rest(elements, mapped, i + 1, low, high);
}

/* Names between two others, as "eth*" is; each that is known becomes an element. */
static bool add_names(struct elements *elements, const struct mapped *mapped, size_t i,
		      const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];
	struct compiler *compiler = elements->code->compiler;
	struct names *names = part->field == FIELD_CT_HELPER ? &compiler->helpers :
			      &compiler->interfaces;
	size_t n;

	compiler->asked_part = true;
	for (n = 0; n < *names->count; n++) {
		char name[IFNAMSIZ] = "";

		strncpy(name, (*names->list)[n], sizeof(name) - 1);
		if (memcmp(name, low + part->first, IFNAMSIZ) >= 0 &&
		    memcmp(name, high + part->first, IFNAMSIZ) <= 0 &&
		    !add_number(elements, mapped, i, n + 1, low, high))
			return false;
	}
	return true;
}

static bool add_name(struct elements *elements, const struct mapped *mapped, size_t i,
		     const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];
	struct compiler *compiler = elements->code->compiler;
	struct names *names = part->field == FIELD_CT_HELPER ? &compiler->helpers :
			      &compiler->interfaces;
	char name[IFNAMSIZ + 1] = "";

	if (part->end - part->first != IFNAMSIZ)
		return false;
	if (memcmp(low + part->first, high + part->first, IFNAMSIZ))
		return add_names(elements, mapped, i, low, high);
	memcpy(name, low + part->first, IFNAMSIZ);
	return add_number(elements, mapped, i, names_number(compiler, names, name), low, high);
}

static bool add_index(struct elements *elements, const struct mapped *mapped, size_t i,
		      const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];
	struct compiler *compiler = elements->code->compiler;
	uint32_t index;
	size_t n;

	if (part->end - part->first != sizeof(index) ||
	    memcmp(low + part->first, high + part->first, sizeof(index)))
		return false;
	memcpy(&index, low + part->first, sizeof(index));
	for (n = 0; n < compiler->dump->interface_count; n++)
		if (compiler->dump->interfaces[n].index == index)
			return add_number(elements, mapped, i,
					  names_number(compiler, &compiler->interfaces,
						       compiler->dump->interfaces[n].name),
					  low, high);
	return true;
}

static bool add_rest(struct elements *elements, const struct mapped *mapped, size_t i,
		     const unsigned char *low, const unsigned char *high)
{
	const struct part *part = &elements->layout->parts[i];

	if (i == elements->layout->part_count) {
		elements_append(elements, mapped);
		return true;
	}
	if (part->origin == ORIGIN_NAME)
		return add_name(elements, mapped, i, low, high);
	if (part->origin == ORIGIN_NUMBER)
		return add_index(elements, mapped, i, low, high);
	if (!memcmp(low + part->first, high + part->first, part->end - part->first))
		return add_point(elements, mapped, i, low, high);
	return add_range(elements, mapped, i, low, high);
}

/* A key of constants: the elements that are not it are none. */
static bool fits_constants(const struct layout *layout, const unsigned char *low,
			   const unsigned char *high)
{
	unsigned char bytes[REGISTER_BYTES];
	struct bits bits = { .bytes = layout->bytes };

	memcpy(bits.bit, layout->bit, 8 * layout->bytes * sizeof(struct bit));
	return !bits_constant(&bits, bytes) || (memcmp(bytes, low, layout->bytes) >= 0 &&
						memcmp(bytes, high, layout->bytes) <= 0);
}

/**
 * elements_add() - translate one element
 * @elements: where to
 * @mapped: what a map holds for it
 * @low: first key
 * @high: last key: of each part of the key
 */
void elements_add(struct elements *elements, const struct mapped *mapped, const unsigned char *low,
		  const unsigned char *high)
{
	if (!elements->layout->part_count && !fits_constants(elements->layout, low, high))
		return;
	if (!add_rest(elements, mapped, 0, low, high))
		elements->layout->lost = true;
}

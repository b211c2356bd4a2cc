// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparisons of registers: cmp and range. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/* As the kernel has them: IFNAMSIZ and NF_CT_HELPER_NAME_LEN. */
#define NAME_BYTES	16

/**
 * struct asked - the bits of one field in a comparison
 * @field: which
 * @mask: which bits
 * @value: what they are compared with
 */
struct asked {
	enum field field;
	__uint128_t mask;
	__uint128_t value;
};

static bool is_text(const struct bits *bits)
{
	return bits->bit[0].origin == ORIGIN_NAME || bits->bit[0].origin == ORIGIN_NUMBER;
}

static const char *index_name(const struct dump *dump, uint32_t index)
{
	size_t i;

	for (i = 0; i < dump->interface_count; i++)
		if (dump->interfaces[i].index == index)
			return dump->interfaces[i].name;
	return NULL;
}

static bool in_order(const struct bits *bits, enum origin origin)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++)
		if (bits->bit[i].origin != origin || bits->bit[i].index != i ||
		    bits->bit[i].field != bits->bit[0].field || bits->bit[i].flip)
			return false;
	return true;
}

/* The interface whose index @data is; an index without interface: none can have it. */
static void equal_index(struct code *code, enum field field, const unsigned char *data,
			bool inverted)
{
	struct compiler *compiler = code->compiler;
	const struct values *values = values_range(compiler->arena, 1, 0);
	const char *name;
	uint32_t index;

	memcpy(&index, data, sizeof(index));
	name = index_name(compiler->dump, index);
	if (name || !index)
		values = values_one(compiler->arena,
				    names_number(compiler, &compiler->interfaces,
						 name ? name : ""));
	if (inverted)
		code_match_not(code, field, values);
	else
		code_match(code, field, values);
}

static struct names *names_of(struct compiler *compiler, enum field field)
{
	return field == FIELD_CT_HELPER ? &compiler->helpers : &compiler->interfaces;
}

/* All names whose first bytes these are. */
static const struct values *with_prefix(struct code *code, const struct names *names,
					const char *prefix, size_t length)
{
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_range(arena, 1, 0);
	size_t i;

	code->compiler->asked_part = true;
	for (i = 0; i < *names->count && values; i++)
		if (!strncmp((*names->list)[i], prefix, length))
			values = values_or(arena, values, values_one(arena, i + 1));
	return values;
}

static void equal_name(struct code *code, enum field field, const struct bits *bits,
		       const unsigned char *data, bool inverted)
{
	struct compiler *compiler = code->compiler;
	struct names *names = names_of(compiler, field);
	char name[NAME_BYTES + 1] = "";
	const struct values *values;

	memcpy(name, data, bits->bytes < NAME_BYTES ? bits->bytes : NAME_BYTES);
	if (strlen(name) < bits->bytes || bits->bytes >= NAME_BYTES)
		values = values_one(compiler->arena, names_number(compiler, names, name));
	else
		values = with_prefix(code, names, name, bits->bytes);
	if (inverted)
		code_match_not(code, field, values);
	else
		code_match(code, field, values);
}

static void equal_text(struct code *code, const struct bits *bits, const unsigned char *data,
		       bool inverted)
{
	enum field field = bits->bit[0].field;

	if (in_order(bits, ORIGIN_NUMBER) && bits->bytes == 4)
		equal_index(code, field, data, inverted);
	else if (in_order(bits, ORIGIN_NAME))
		equal_name(code, field, bits, data, inverted);
	else
		code_doubt(code, "a part of a name");
}

static struct asked *asked_of(struct asked *list, size_t *count, enum field field)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (list[i].field == field)
			return &list[i];
	memset(&list[i], 0, sizeof(list[i]));
	list[i].field = field;
	(*count)++;
	return &list[i];
}

/*
 * Collects what is asked of each field.  Returns false where a bit that is always
 * the same is another one than asked for, or one bit would have to be both.
 */
static bool collect(const struct bits *bits, const unsigned char *data, struct asked *list,
		    size_t *count)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++) {
		const struct bit *bit = &bits->bit[i];
		unsigned int wanted = (data[i / 8] >> (i % 8) & 1) ^ bit->flip;
		__uint128_t one = (__uint128_t)1 << bit->index % 128;
		struct asked *asked;

		if (bit->origin == ORIGIN_CONSTANT && wanted)
			return false;
		if (bit->origin != ORIGIN_FIELD)
			continue;
		asked = asked_of(list, count, bit->field);
		if ((asked->mask & one) && !!(asked->value & one) != wanted)
			return false;
		asked->mask |= one;
		if (wanted)
			asked->value |= one;
	}
	return true;
}

static void different(struct code *code, const char *unknown, const struct asked *list,
		      size_t count)
{
	if (unknown)
		code_doubt(code, unknown);
	else if (!count)
		code_never(code);
	else if (count == 1)
		code_bits(code, list->field, list->mask, list->value, true);
	else
		code_doubt(code, "several fields that are not all as given");
}

/**
 * compare_equal() - a register has a value
 * @code: the rule
 * @bits: the register
 * @data: the value: as many bytes
 * @inverted: it has another one
 */
void compare_equal(struct code *code, const struct bits *bits, const unsigned char *data,
		   bool inverted)
{
	const char *unknown = bits_unknown(code, bits);
	struct asked list[FIELD_COUNT];
	size_t count = 0, i;

	if (is_text(bits)) {
		equal_text(code, bits, data, inverted);
		return;
	}
	if (!collect(bits, data, list, &count)) {
		if (!inverted)
			code_never(code);
		return;
	}
	if (inverted) {
		different(code, unknown, list, count);
		return;
	}
	for (i = 0; i < count; i++)
		code_bits(code, list[i].field, list[i].mask, list[i].value, false);
	if (unknown)
		code_doubt(code, unknown);
}

static void constant_range(struct code *code, const unsigned char *bytes, size_t length,
			   const unsigned char *low, const unsigned char *high, bool inverted)
{
	bool within = memcmp(bytes, low, length) >= 0 && memcmp(bytes, high, length) <= 0;

	if (within == inverted)
		code_never(code);
}

/* Bits of a field above those that are asked may be anything. */
static void linear_range(struct code *code, const struct linear *linear,
			 struct interval asked, bool inverted)
{
	unsigned int above = code_width(code, linear->field) - linear->first - linear->count;
	__uint128_t unit = (__uint128_t)1 << linear->first, rest = unit - 1;
	struct arena *arena = code->compiler->arena;
	const struct values *values;
	struct step *step;

	if (!above) {
		values = values_range(arena, asked.low * unit, asked.high * unit | rest);
		if (inverted)
			code_match_not(code, linear->field, values);
		else
			code_match(code, linear->field, values);
		return;
	}
	values = values_range(arena, asked.low * unit, asked.high * unit);
	if (inverted && values)
		values = values_not(arena, values, code_most(code, linear->field));
	step = code_step(code, STEP_MASKED);
	if (!step)
		return;
	step->field = linear->field;
	step->mask = (~(__uint128_t)0 >> (128 - linear->count)) * unit;
	step->values = values;
}

/* What no bit of the field can be: no packet is within. */
static void empty_range(struct code *code, bool inverted)
{
	if (!inverted)
		code_never(code);
}

/**
 * compare_range() - a register is within a range
 * @code: the rule
 * @bits: the register
 * @low: first value: as many bytes
 * @high: last value
 * @inverted: it is not
 */
void compare_range(struct code *code, const struct bits *bits, const unsigned char *low,
		   const unsigned char *high, bool inverted)
{
	unsigned char bytes[REGISTER_BYTES];
	const char *unknown = bits_unknown(code, bits);
	struct linear linear;
	struct interval asked;

	if (unknown)
		code_doubt(code, unknown);
	else if (bits_constant(bits, bytes))
		constant_range(code, bytes, bits->bytes, low, high, inverted);
	else if (bits->bytes > 16 || !bits_linear(bits, &linear))
		code_doubt(code, "a range that is not one of numbers");
	else if (!linear_values(&linear, bytes_number(low, bits->bytes),
				bytes_number(high, bits->bytes), &asked))
		empty_range(code, inverted);
	else
		linear_range(code, &linear, asked, inverted);
}

static void cmp(struct code *code, const struct bits *bits, const unsigned char *data,
		uint32_t operation)
{
	unsigned char low[REGISTER_BYTES], high[REGISTER_BYTES];

	memset(low, 0, sizeof(low));
	memset(high, 0xff, sizeof(high));
	switch (operation) {
	case NFT_CMP_EQ:
	case NFT_CMP_NEQ:
		compare_equal(code, bits, data, operation == NFT_CMP_NEQ);
		break;
	case NFT_CMP_LT:
		compare_range(code, bits, data, high, true);
		break;
	case NFT_CMP_LTE:
		compare_range(code, bits, low, data, false);
		break;
	case NFT_CMP_GT:
		compare_range(code, bits, low, data, true);
		break;
	case NFT_CMP_GTE:
		compare_range(code, bits, data, high, false);
		break;
	default:
		code_doubt(code, "an unknown comparison");
	}
}

/* The register and bytes that an expression of this kind compares. */
static const unsigned char *operand(struct code *code, struct nftnl_expr *e, uint16_t which,
				    uint32_t number, struct bits *bits)
{
	uint32_t length = 0;
	const unsigned char *data = nftnl_expr_get(e, which, &length);
	unsigned int byte;

	if (!data || !register_span(number, length, &byte))
		return NULL;
	register_read(code, byte, length, bits);
	return data;
}

/**
 * expr_cmp() - a register against a value
 * @code: the rule
 * @e: the expression
 */
void expr_cmp(struct code *code, struct nftnl_expr *e)
{
	struct bits bits;
	const unsigned char *data = operand(code, e, NFTNL_EXPR_CMP_DATA,
			nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG), &bits);

	if (data)
		cmp(code, &bits, data, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP));
	else
		code_doubt(code, "a comparison without a value");
}

/**
 * expr_range() - a register against two values
 * @code: the rule
 * @e: the expression
 */
void expr_range(struct code *code, struct nftnl_expr *e)
{
	uint32_t number = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG);
	uint32_t operation = nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP);
	struct bits bits, again;
	const unsigned char *low = operand(code, e, NFTNL_EXPR_RANGE_FROM_DATA, number, &bits);
	const unsigned char *high = operand(code, e, NFTNL_EXPR_RANGE_TO_DATA, number, &again);

	if (low && high && bits.bytes == again.bytes && operation <= NFT_RANGE_NEQ)
		compare_range(code, &bits, low, high, operation == NFT_RANGE_NEQ);
	else
		code_doubt(code, "a range without its ends");
}

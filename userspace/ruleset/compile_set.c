// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lookups.  A set's elements are bytes, and what they mean is up to the register
 * that is looked up: so a set is translated once for each kind of register.
 */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile_set.h"

static uint8_t kind_of(const struct bit *bit)
{
	return bit->origin == ORIGIN_DATA ? ORIGIN_UNKNOWN : bit->origin;
}

static bool part_add(struct layout *layout, const struct bit *bit, unsigned int byte)
{
	struct part *last = layout->parts + layout->part_count - 1;
	size_t i;

	for (i = 0; i < layout->part_count; i++)
		if (layout->parts[i].origin == bit->origin && layout->parts[i].field == bit->field)
			return true;
	if (layout->part_count == KEY_FIELDS)
		return false;
	last++;
	layout->part_count++;
	last->origin = bit->origin;
	last->field = bit->field;
	last->first = byte & ~3U;
	return true;
}

/* A part begins with the word that first has a bit of it and ends before the next. */
static void part_ends(struct layout *layout)
{
	size_t i;

	for (i = 0; i < layout->part_count; i++) {
		struct part *part = &layout->parts[i];

		part->end = i + 1 < layout->part_count ? part[1].first : layout->bytes;
		if (part->end <= part->first) {
			part->end = part->first + 4;
			part->shared = true;
			part[1].shared = true;
		}
	}
	if (layout->part_count)
		layout->parts[0].first = 0;
}

static bool layout_parts(struct code *code, struct layout *layout)
{
	unsigned int i;

	for (i = 0; i < 8 * layout->bytes; i++) {
		const struct bit *bit = &layout->bit[i];

		if (kind_of(bit) == ORIGIN_CONSTANT)
			continue;
		if (kind_of(bit) == ORIGIN_UNKNOWN)
			layout->unknown = true;
		else if (!part_add(layout, bit, i / 8))
			return false;
	}
	part_ends(layout);
	for (i = 0; i < layout->part_count; i++)
		if (layout->parts[i].origin == ORIGIN_FIELD)
			layout->parts[i].width = code_width(code, layout->parts[i].field);
	return true;
}

/* Fields of the same form have the same elements: source and destination, both ports. */
static bool same_part(const struct part *a, const struct part *b)
{
	bool names = a->origin != ORIGIN_FIELD;

	return a->origin == b->origin && a->width == b->width && a->first == b->first &&
	       a->end == b->end && (!names || (a->field == FIELD_CT_HELPER) ==
					      (b->field == FIELD_CT_HELPER));
}

static bool same_bit(const struct bit *a, const struct bit *b)
{
	return kind_of(a) == kind_of(b) && a->flip == b->flip &&
	       (kind_of(a) == ORIGIN_UNKNOWN || a->index == b->index);
}

static bool same_layout(const struct layout *a, const struct layout *b)
{
	size_t i;

	if (a->bytes != b->bytes || a->part_count != b->part_count)
		return false;
	for (i = 0; i < a->part_count; i++)
		if (!same_part(&a->parts[i], &b->parts[i]))
			return false;
	for (i = 0; i < 8 * a->bytes; i++)
		if (!same_bit(&a->bit[i], &b->bit[i]))
			return false;
	return true;
}

static struct layout *layout_copy(struct compiler *compiler, const struct layout *from)
{
	size_t size = 8 * from->bytes * sizeof(struct bit);
	struct layout *layout = arena_take(compiler->arena, sizeof(*layout));
	struct bit *bit = arena_take(compiler->arena, size);

	if (!layout || !bit)
		return NULL;
	memcpy(bit, from->bit, size);
	*layout = *from;
	layout->bit = bit;
	return layout;
}

/* The first use of a set fills the one that the ruleset lists. */
static struct set *set_for(struct compiler *compiler, size_t number, bool first)
{
	struct set *frame = &compiler->ruleset->tables[compiler->table].sets[number];
	struct set *set;

	if (first)
		return frame;
	set = arena_take(compiler->arena, sizeof(*set));
	if (set) {
		set->table = frame->table;
		set->name = frame->name;
	}
	return set;
}

static struct layout *layout_new(struct code *code, struct layout **list, size_t number,
				 const struct layout *wanted)
{
	struct compiler *compiler = code->compiler;
	struct nftnl_set *source = compiler->dump->tables[compiler->table].sets[number];
	struct layout *layout = layout_copy(compiler, wanted);

	if (!layout)
		return NULL;
	layout->set = set_for(compiler, number, !*list);
	if (!layout->set)
		return NULL;
	layout->set->key_count = layout->part_count;
	layout->host_data = nftnl_set_get_u32(source, NFTNL_SET_DATA_TYPE) == DATATYPE_MARK;
	set_elements(code, source, compiler->dump->tables[compiler->table].elements[number],
		     layout);
	layout->next = *list;
	*list = layout;
	return layout;
}

static struct layout *layout_find(struct code *code, size_t number, const struct layout *wanted)
{
	struct compiler *compiler = code->compiler;
	struct layout **list = &compiler->layouts[compiler->table][number], *layout;

	for (layout = *list; layout; layout = layout->next)
		if (same_layout(layout, wanted))
			return layout;
	return layout_new(code, list, number, wanted);
}

/**
 * set_compile() - a set as a register asks it
 * @code: the rule
 * @name: of the set
 * @bits: the register
 * @key: result: what fields are asked
 *
 * Return: the set and what is known of it, or NULL where it cannot be asked.
 */
const struct layout *set_compile(struct code *code, const char *name, const struct bits *bits,
				 struct key *key)
{
	struct layout wanted = { .bytes = bits->bytes, .bit = bits->bit };
	size_t number, i;

	memset(key, 0, sizeof(*key));
	if (!name || !set_find(code->compiler, name, &number))
		return NULL;
	if (!layout_parts(code, &wanted))
		return NULL;
	for (i = 0; i < wanted.part_count; i++)
		key->field[i] = wanted.parts[i].field;
	key->count = wanted.part_count;
	if (wanted.unknown)
		key->doubt = bits_unknown(code, bits);
	return layout_find(code, number, &wanted);
}

/* What a lookup of the protocol says of the protocol, for what the rule asks next. */
static void learn(struct code *code, const struct set *set, const struct key *key)
{
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_range(arena, 1, 0);
	size_t at, i;

	for (at = 0; at < key->count && key->field[at] != FIELD_PROTOCOL; at++)
		;
	if (at == key->count)
		return;
	for (i = 0; i < set->count && i < 256 && values; i++)
		values = values_or(arena, values,
				   values_range(arena, set->elements[i].key[at].low,
						set->elements[i].key[at].high));
	if (values && set->count <= 256)
		code->protocols = code->protocols ?
			values_and(arena, code->protocols, values) : values;
}

static void lookup_step(struct code *code, const struct set *set, const struct key *key,
			bool inverted)
{
	struct step *step = code_step(code, STEP_LOOKUP);

	if (!step)
		return;
	step->set = set;
	step->inverted = inverted;
	step->key_count = key->count;
	memcpy(step->keys, key->field, sizeof(step->keys));
	if (!inverted && !set->doubt)
		learn(code, set, key);
}

/* Nothing but constants is looked up: the elements that are left fit all of them. */
static void lookup_constant(struct code *code, const struct set *set, bool inverted)
{
	if (set->doubt)
		code_doubt(code, set->doubt);
	else if (!set->count == !inverted)
		code_never(code);
}

/**
 * set_lookup() - a register is in a set, or in none of the keys of a map
 * @code: the rule
 * @name: of the set
 * @bits: the register
 * @inverted: it is not
 *
 * Return: the set, with what is known of it; NULL where the rule is in doubt.
 */
const struct layout *set_lookup(struct code *code, const char *name, const struct bits *bits,
				bool inverted)
{
	struct key key;
	const struct layout *layout = set_compile(code, name, bits, &key);

	if (!layout || layout->lost) {
		code_doubt(code, compile_print(code->compiler, "set %s", name ? name : "?"));
		return NULL;
	}
	if (!key.count) {
		if (!key.doubt)
			lookup_constant(code, layout->set, inverted);
	} else if (!key.doubt || !inverted) {
		lookup_step(code, layout->set, &key, inverted);
	}
	if (key.doubt) {
		code_doubt(code, key.doubt);
		return NULL;
	}
	return key.count ? layout : NULL;
}

/* The mark of which some bits are as the mark has them and the others 0; or FIELD_COUNT. */
static enum field masked_mark(const struct code *code, const struct bits *bits, uint32_t *mask)
{
	enum field field = FIELD_COUNT;
	struct bits whole;
	unsigned int i;

	*mask = 0;
	if (bits->bytes != sizeof(*mask))
		return FIELD_COUNT;
	bits_host(code, &whole, bits->bytes, FIELD_MARK);
	for (i = 0; i < 8 * bits->bytes; i++) {
		const struct bit *bit = &bits->bit[i];

		if (bit->flip)
			return FIELD_COUNT;
		if (bit->origin == ORIGIN_CONSTANT)
			continue;
		if (bit->origin != ORIGIN_FIELD || bit->index != whole.bit[i].index ||
		    (field != FIELD_COUNT && bit->field != field))
			return FIELD_COUNT;
		field = bit->field;
		*mask |= (uint32_t)1 << bit->index;
	}
	return field == FIELD_MARK || field == FIELD_CT_MARK ? field : FIELD_COUNT;
}

/*
 * Elements of a set are intervals, which the values of a mark with a mask are not: what
 * the mask leaves becomes a field of its own.
 */
static void look_up_masked(struct code *code, struct bits *bits)
{
	uint32_t mask;
	enum field field = masked_mark(code, bits, &mask);
	struct step *step;

	if (field == FIELD_COUNT || mask == UINT32_MAX)
		return;
	step = code_step(code, STEP_ASSIGN);
	if (!step)
		return;
	step->field = FIELD_MASKED;
	step->from = field;
	step->mask = mask;
	register_changed(code, FIELD_MASKED);
	bits_host(code, bits, bits->bytes, FIELD_MASKED);
}

static const struct bits *looked_up(struct code *code, struct nftnl_expr *e, uint16_t which,
				    const char *name, struct bits *bits)
{
	const struct compiler *compiler = code->compiler;
	unsigned int byte;
	size_t number;
	uint32_t length;

	if (!name || !set_find(compiler, name, &number))
		return NULL;
	length = nftnl_set_get_u32(compiler->dump->tables[compiler->table].sets[number],
				   NFTNL_SET_KEY_LEN);
	if (!register_span(nftnl_expr_get_u32(e, which), length, &byte))
		return NULL;
	register_read(code, byte, length, bits);
	return bits;
}

static void load_data(struct code *code, uint32_t number, const char *name)
{
	const struct compiler *compiler = code->compiler;
	struct bits bits;
	uint32_t length;
	size_t set;

	set_find(compiler, name, &set);
	length = nftnl_set_get_u32(compiler->dump->tables[compiler->table].sets[set],
				   NFTNL_SET_DATA_LEN);
	if (!length || length > 32) {
		code_lost(code, "what a map holds");
		return;
	}
	bits_string(&bits, length, ORIGIN_DATA, 0);
	register_load(code, number, &bits);
}

/**
 * expr_lookup() - sets, maps and verdict maps
 * @code: the rule
 * @e: the expression
 */
void expr_lookup(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET);
	bool inverted = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV;
	bool map = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG);
	uint32_t number = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG);
	struct bits bits;

	if (!looked_up(code, e, NFTNL_EXPR_LOOKUP_SREG, name, &bits)) {
		code_lost(code, "a lookup in no set");
		return;
	}
	look_up_masked(code, &bits);
	code->map = set_lookup(code, name, &bits, inverted);
	if (!map)
		return;
	if (!code->map) {
		code_lost(code, "a map");
	} else if (number == NFT_REG_VERDICT) {
		code_step(code, STEP_CHOOSE);
		code->done = true;
	} else {
		load_data(code, number, name);
	}
}

static void fill(struct code *code, struct nftnl_expr *e, const char *name)
{
	const struct layout *layout;
	struct step *step;
	struct bits bits;
	struct key key;

	if (!looked_up(code, e, NFTNL_EXPR_DYNSET_SREG_KEY, name, &bits))
		return;
	layout = set_compile(code, name, &bits, &key);
	if (!layout || layout->lost || key.doubt || !key.count)
		return;
	step = code_step(code, STEP_FILL);
	if (!step)
		return;
	step->set = layout->set;
	step->key_count = key.count;
	memcpy(step->keys, key.field, sizeof(step->keys));
}

/**
 * expr_dynset() - adds to a set, or takes away
 * @code: the rule
 * @e: the expression
 */
void expr_dynset(struct code *code, struct nftnl_expr *e)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_DYNSET_SET_NAME);

	fill(code, e, name);
	/* A limit or quota for each element decides whether the rule goes on. */
	nftnl_expr_expr_foreach(e, expr_within, code);
	if (nftnl_expr_get_u32(e, NFTNL_EXPR_DYNSET_FLAGS) & NFT_DYNSET_F_INV)
		code_doubt(code, "whether a set has it already");
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* All elements of a set: ends of intervals, what a map holds, what is in doubt. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile_set.h"

static enum verdict map_verdict(int kernel)
{
	switch (kernel) {
	case NF_ACCEPT:
		return VERDICT_ACCEPT;
	case NF_DROP:
		return VERDICT_DROP;
	case NFT_RETURN:
		return VERDICT_RETURN;
	case NFT_JUMP:
		return VERDICT_JUMP;
	case NFT_GOTO:
		return VERDICT_GOTO;
	case NFT_CONTINUE:
		return VERDICT_CONTINUE;
	default:
		return VERDICT_QUEUE;
	}
}

/* A number of the machine, an address, a port, or an address and a port. */
static void map_data(const struct layout *layout, const struct dump_element *dumped,
		     struct mapped *mapped)
{
	unsigned int bytes = dumped->data_bytes;
	uint32_t number;

	if (!dumped->data)
		return;
	if (layout->host_data && bytes == sizeof(number)) {
		memcpy(&number, dumped->data, sizeof(number));
		mapped->data = number;
	} else if (bytes == 8 || bytes == 20) {
		mapped->data = bytes_number(dumped->data, bytes - 4);
		mapped->data_port = bytes_number(dumped->data + bytes - 4, 2);
	} else if (bytes <= 16) {
		mapped->data = bytes_number(dumped->data, bytes);
	}
}

static void map_verdict_of(struct code *code, struct layout *layout,
			   const struct dump_element *dumped, struct mapped *mapped)
{
	mapped->verdict = map_verdict(dumped->verdict);
	if (mapped->verdict != VERDICT_JUMP && mapped->verdict != VERDICT_GOTO)
		return;
	mapped->chain = dumped->name ? compile_chain(code->compiler, dumped->name) : NULL;
	if (!mapped->chain)
		layout->lost = true;
}

static bool same_mapped(const struct mapped *a, const struct mapped *b)
{
	return a->data == b->data && a->chain == b->chain && a->verdict == b->verdict &&
	       a->data_port == b->data_port;
}

/* What a map holds; neighbours often hold the same. */
static const struct mapped *mapped_of(struct elements *elements, const struct dump_element *dumped)
{
	struct compiler *compiler = elements->code->compiler;
	struct mapped mapped = { 0 }, *copy;

	if (!elements->layout->set->is_map)
		return NULL;
	if (dumped->has_verdict)
		map_verdict_of(elements->code, elements->layout, dumped, &mapped);
	else
		map_data(elements->layout, dumped, &mapped);
	if (elements->mapped && same_mapped(elements->mapped, &mapped))
		return elements->mapped;
	copy = arena_take(compiler->arena, sizeof(*copy));
	if (!copy) {
		compiler->failed = true;
		return NULL;
	}
	*copy = mapped;
	elements->mapped = copy;
	return copy;
}

static void add_one(struct elements *elements, const struct dump_element *dumped,
		    const unsigned char *high)
{
	elements_add(elements, mapped_of(elements, dumped), dumped->key, high);
}

/* The key before another one: an end is the first that is not within. */
static void key_before(const unsigned char *key, unsigned int bytes, unsigned char *before)
{
	memcpy(before, key, bytes);
	while (bytes--)
		if (before[bytes]--)
			break;
}

/*
 * A tree of intervals has an element where one begins and another one, with a
 * flag, where it has ended; the last may be open.
 */
static void add_intervals(struct elements *elements, const struct dump_elements *dumped, size_t count)
{
	unsigned char high[REGISTER_BYTES];
	struct dump_element one, next;
	size_t i;

	for (i = 0; i < count; i++) {
		dump_elements_get(dumped, i, &one);
		if (one.interval_end)
			continue;
		memset(high, 0xff, sizeof(high));
		if (i + 1 < count) {
			dump_elements_get(dumped, i + 1, &next);
			key_before(next.key, dumped->key_bytes, high);
		}
		add_one(elements, &one, high);
	}
}

static void add_points(struct elements *elements, const struct dump_elements *dumped, size_t count)
{
	struct dump_element one;
	size_t i;

	for (i = 0; i < count; i++) {
		dump_elements_get(dumped, i, &one);
		add_one(elements, &one, one.end);
	}
}

/* What "*" stands for: keys that no other element has, as intervals of the one field. */
static void add_others(struct elements *elements, const struct dump_element *dumped)
{
	struct arena *arena = elements->code->compiler->arena;
	const struct layout *layout = elements->layout;
	const struct values *others = values_range(arena, 1, 0);
	size_t count = elements->draft.count, i;
	const struct mapped *mapped;

	if (layout->part_count != 1 || layout->unknown || count > 4096) {
		elements->layout->lost = true;
		return;
	}
	for (i = 0; i < count && others; i++)
		others = values_or(arena, others, values_range(arena, elements->draft.keys[i].low,
							       elements->draft.keys[i].high));
	if (others)
		others = values_not(arena, others, code_most(elements->code,
							     layout->parts[0].field));
	mapped = mapped_of(elements, dumped);
	for (i = 0; others && i < others->count; i++) {
		elements->key[0] = others->interval[i];
		elements_append(elements, mapped);
	}
}

static int limits(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

	if (name && strcmp(name, "counter") && strcmp(name, "last"))
		*(bool *)data = true;
	return 0;
}

static void doubts(struct compiler *compiler, struct nftnl_set *source, bool expire,
		   struct set *set)
{
	uint32_t flags = nftnl_set_get_u32(source, NFTNL_SET_FLAGS);
	bool limited = false;

	nftnl_set_expr_foreach(source, limits, &limited);
	if (flags & NFT_SET_EVAL)
		set->doubt = compile_print(compiler, "set %s, which rules add to", set->name);
	else if (expire)
		set->doubt = compile_print(compiler, "set %s, whose elements expire", set->name);
	else if (limited)
		set->doubt = compile_print(compiler, "set %s, whose elements have limits",
					   set->name);
}

/**
 * set_elements() - translate all elements of a set
 * @code: the rule that asks
 * @source: the set as the kernel has it
 * @dumped: its elements, likewise
 * @layout: how the rule asks, and its set to fill
 */
void set_elements(struct code *code, struct nftnl_set *source,
		  const struct dump_elements *dumped, struct layout *layout)
{
	uint32_t flags = nftnl_set_get_u32(source, NFTNL_SET_FLAGS);
	struct elements elements = { .code = code, .layout = layout };
	struct dump_element others = { .catchall = false };
	size_t count = dumped->count;

	layout->set->is_map = flags & NFT_SET_MAP;
	elements.draft.key_count = layout->part_count;
	elements.draft.is_map = layout->set->is_map;
	elements_prepare(&elements);
	doubts(code->compiler, source, dumped->expire, layout->set);
	/* The one for all the rest is the last. */
	if (count)
		dump_elements_get(dumped, count - 1, &others);
	count -= others.catchall;
	if ((flags & NFT_SET_INTERVAL) && !(flags & NFT_SET_CONCAT))
		add_intervals(&elements, dumped, count);
	else
		add_points(&elements, dumped, count);
	if (others.catchall)
		add_others(&elements, &others);
	if (draft_end(&elements.draft, code->compiler->arena, layout->set) < 0)
		code->compiler->failed = true;
}

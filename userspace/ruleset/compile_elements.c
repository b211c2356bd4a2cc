// SPDX-License-Identifier: GPL-2.0-or-later
/* All elements of a set: ends of intervals, what a map holds, what is in doubt. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile_set.h"

/**
 * struct raw - an element as the kernel has it
 * @key: its key
 * @end: its last key, in a set that joins ranges; or NULL
 * @flags: NFT_SET_ELEM_*
 * @source: the rest
 */
struct raw {
	const unsigned char *key;
	const unsigned char *end;
	uint32_t flags;
	struct nftnl_set_elem *source;
};

/**
 * struct raws - those of one set
 * @bytes: of a key
 */
struct raws {
	struct raw *list;
	size_t count;
	size_t room;
	unsigned int bytes;
	bool expire;
	bool failed;
};

static int sort_bytes;

static int by_key(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;
	int result = memcmp(x->key, y->key, sort_bytes);

	if (result)
		return result;
	return (int)(y->flags & NFT_SET_ELEM_INTERVAL_END) -
	       (int)(x->flags & NFT_SET_ELEM_INTERVAL_END);
}

static const unsigned char *key_of(struct nftnl_set_elem *source, uint16_t which,
				   unsigned int bytes)
{
	uint32_t length = 0;
	const unsigned char *key = nftnl_set_elem_get(source, which, &length);

	return key && length >= bytes ? key : NULL;
}

static int collect(struct nftnl_set_elem *source, void *data)
{
	struct raws *raws = data;
	struct raw *raw;

	if (raws->count == raws->room) {
		size_t room = 2 * (raws->room + 16);

		raw = realloc(raws->list, room * sizeof(*raw));
		if (!raw) {
			raws->failed = true;
			return -1;
		}
		raws->list = raw;
		raws->room = room;
	}
	raw = &raws->list[raws->count];
	raw->source = source;
	raw->flags = nftnl_set_elem_is_set(source, NFTNL_SET_ELEM_FLAGS) ?
		nftnl_set_elem_get_u32(source, NFTNL_SET_ELEM_FLAGS) : 0;
	raw->key = key_of(source, NFTNL_SET_ELEM_KEY, raws->bytes);
	raw->end = key_of(source, NFTNL_SET_ELEM_KEY_END, raws->bytes);
	if (nftnl_set_elem_is_set(source, NFTNL_SET_ELEM_TIMEOUT))
		raws->expire = true;
	if (raw->key || (raw->flags & NFT_SET_ELEM_CATCHALL))
		raws->count++;
	return 0;
}

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
static void map_data(const struct layout *layout, struct nftnl_set_elem *source,
		     struct element *element)
{
	uint32_t length = 0, number;
	const unsigned char *data = nftnl_set_elem_get(source, NFTNL_SET_ELEM_DATA, &length);

	if (!data)
		return;
	if (layout->host_data && length == sizeof(number)) {
		memcpy(&number, data, sizeof(number));
		element->data = number;
	} else if (length == 8 || length == 20) {
		element->data = bytes_number(data, length - 4);
		element->data_port = bytes_number(data + length - 4, 2);
	} else if (length <= 16) {
		element->data = bytes_number(data, length);
	}
}

static void element_data(struct code *code, struct layout *layout, struct nftnl_set_elem *source,
			 struct element *element)
{
	const char *name;

	memset(element, 0, sizeof(*element));
	if (!nftnl_set_elem_is_set(source, NFTNL_SET_ELEM_VERDICT)) {
		map_data(layout, source, element);
		return;
	}
	element->verdict = map_verdict(nftnl_set_elem_get_u32(source, NFTNL_SET_ELEM_VERDICT));
	if (element->verdict != VERDICT_JUMP && element->verdict != VERDICT_GOTO)
		return;
	name = nftnl_set_elem_get_str(source, NFTNL_SET_ELEM_CHAIN);
	element->chain = name ? compile_chain(code->compiler, name) : NULL;
	if (!element->chain)
		layout->lost = true;
}

static void add_one(struct elements *elements, const struct raw *raw, const unsigned char *high)
{
	struct element element;

	element_data(elements->code, elements->layout, raw->source, &element);
	elements_add(elements, &element, raw->key, high);
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
static void add_intervals(struct elements *elements, struct raws *raws)
{
	unsigned char high[REGISTER_BYTES];
	size_t i;

	sort_bytes = raws->bytes;
	if (raws->count)
		qsort(raws->list, raws->count, sizeof(*raws->list), by_key);
	for (i = 0; i < raws->count; i++) {
		const struct raw *raw = &raws->list[i];

		if (raw->flags & NFT_SET_ELEM_INTERVAL_END)
			continue;
		memset(high, 0xff, sizeof(high));
		if (i + 1 < raws->count)
			key_before(raw[1].key, raws->bytes, high);
		add_one(elements, raw, high);
	}
}

static void add_points(struct elements *elements, const struct raws *raws)
{
	size_t i;

	for (i = 0; i < raws->count; i++)
		add_one(elements, &raws->list[i],
			raws->list[i].end ? raws->list[i].end : raws->list[i].key);
}

/* What "*" stands for: keys that no other element has, as intervals of the one field. */
static void add_others(struct elements *elements, const struct raw *raw)
{
	struct arena *arena = elements->code->compiler->arena;
	const struct layout *layout = elements->layout;
	const struct values *others = values_range(arena, 1, 0);
	size_t count = elements->count, i;
	struct element element;

	if (layout->part_count != 1 || layout->unknown || count > 4096) {
		elements->layout->lost = true;
		return;
	}
	for (i = 0; i < count && others; i++)
		others = values_or(arena, others, values_range(arena, elements->list[i].key[0].low,
							       elements->list[i].key[0].high));
	if (others)
		others = values_not(arena, others, code_most(elements->code,
							     layout->parts[0].field));
	element_data(elements->code, elements->layout, raw->source, &element);
	for (i = 0; others && i < others->count; i++) {
		element.key[0] = others->interval[i];
		elements_append(elements, &element);
	}
}

/* Takes the element for all the rest out of the list. */
static bool take_catchall(struct raws *raws, struct raw *catchall)
{
	bool found = false;
	size_t i, kept = 0;

	for (i = 0; i < raws->count; i++) {
		if (raws->list[i].flags & NFT_SET_ELEM_CATCHALL) {
			*catchall = raws->list[i];
			found = true;
		} else {
			raws->list[kept++] = raws->list[i];
		}
	}
	raws->count = kept;
	return found;
}

static int by_first(const void *a, const void *b)
{
	const struct element *x = a, *y = b;

	if (x->key[0].low != y->key[0].low)
		return x->key[0].low < y->key[0].low ? -1 : 1;
	return 0;
}

static void finish(struct elements *elements, struct set *set)
{
	struct arena *arena = elements->code->compiler->arena;
	size_t size = elements->count * sizeof(*set->elements);

	if (elements->count)
		qsort(elements->list, elements->count, sizeof(*elements->list), by_first);
	set->elements = arena_take(arena, size ? size : 1);
	if (set->elements) {
		if (size)
			memcpy(set->elements, elements->list, size);
		set->count = elements->count;
		set_index(arena, set);
	}
	free(elements->list);
}

static int limits(struct nftnl_expr *e, void *data)
{
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

	if (name && strcmp(name, "counter") && strcmp(name, "last"))
		*(bool *)data = true;
	return 0;
}

static void doubts(struct compiler *compiler, struct nftnl_set *source, const struct raws *raws,
		   struct set *set)
{
	uint32_t flags = nftnl_set_get_u32(source, NFTNL_SET_FLAGS);
	bool limited = false;

	nftnl_set_expr_foreach(source, limits, &limited);
	if (flags & NFT_SET_EVAL)
		set->doubt = compile_print(compiler, "set %s, which rules add to", set->name);
	else if (raws->expire)
		set->doubt = compile_print(compiler, "set %s, whose elements expire", set->name);
	else if (limited)
		set->doubt = compile_print(compiler, "set %s, whose elements have limits",
					   set->name);
}

/**
 * set_elements() - translate all elements of a set
 * @code: the rule that asks
 * @source: the set as the kernel has it
 * @layout: how the rule asks, and its set to fill
 */
void set_elements(struct code *code, struct nftnl_set *source, struct layout *layout)
{
	uint32_t flags = nftnl_set_get_u32(source, NFTNL_SET_FLAGS);
	struct elements elements = { .code = code, .layout = layout };
	struct raws raws = { .bytes = layout->bytes };
	struct raw catchall = { 0 };
	bool others;

	layout->set->is_map = flags & NFT_SET_MAP;
	elements_prepare(&elements);
	nftnl_set_elem_foreach(source, collect, &raws);
	code->compiler->failed |= raws.failed;
	doubts(code->compiler, source, &raws, layout->set);
	others = take_catchall(&raws, &catchall);
	if ((flags & NFT_SET_INTERVAL) && !(flags & NFT_SET_CONCAT))
		add_intervals(&elements, &raws);
	else
		add_points(&elements, &raws);
	if (others)
		add_others(&elements, &catchall);
	free(raws.list);
	finish(&elements, layout->set);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The elements of a set as the kernel has them, in little memory.
 *
 * Each is a byte of flags, its key, and only where the set can have them: its last
 * key, a verdict, the number of a name, data.
 */
#include "ruleset/dump_elements.h"

#include <errno.h>
#include <libnftnl/set.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

/* NFT_REG32_COUNT words, which a key or data fill at most. */
#define VALUE_MOST	64

enum flag {
	FLAG_INTERVAL_END	= 1 << 0,
	FLAG_CATCHALL		= 1 << 1,
	FLAG_END		= 1 << 2,
	FLAG_VERDICT		= 1 << 3,
	FLAG_NAME		= 1 << 4,
	FLAG_DATA		= 1 << 5,
};

/* What a map holds beside data. */
struct held {
	int32_t verdict;
	uint32_t name;
};

static size_t end_at(const struct dump_elements *elements)
{
	return 1 + elements->key_bytes;
}

static size_t held_at(const struct dump_elements *elements)
{
	return end_at(elements) + (elements->ends ? elements->key_bytes : 0);
}

static size_t data_at(const struct dump_elements *elements)
{
	return held_at(elements) + (elements->maps ? sizeof(struct held) : 0);
}

static unsigned int shortened(uint32_t length)
{
	return length < VALUE_MOST ? length : VALUE_MOST;
}

static void prepare(struct dump_elements *elements, const struct nftnl_set *set)
{
	uint32_t flags = nftnl_set_get_u32(set, NFTNL_SET_FLAGS);

	elements->key_bytes = shortened(nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN));
	elements->ends = (flags & NFT_SET_INTERVAL) && (flags & NFT_SET_CONCAT);
	elements->maps = flags & (NFT_SET_MAP | NFT_SET_OBJECT);
	if (flags & NFT_SET_MAP)
		elements->data_bytes = shortened(nftnl_set_get_u32(set, NFTNL_SET_DATA_LEN));
	elements->size = data_at(elements) + elements->data_bytes;
}

static int grow(struct dump_elements *elements)
{
	size_t room = elements->room ? 2 * elements->room : 16;
	unsigned char *bytes = realloc(elements->bytes, room * elements->size);

	if (!bytes)
		return -ENOMEM;
	elements->bytes = bytes;
	elements->room = room;
	return 0;
}

/* The number of a name; most often it is that of the element before. */
static int add_name(struct dump_elements *elements, const char *name, uint32_t *number)
{
	char **grown = elements->names;
	size_t room = elements->name_room ? 2 * elements->name_room : 16;

	if (elements->name_count && !strcmp(elements->names[elements->name_count - 1], name)) {
		*number = elements->name_count - 1;
		return 0;
	}
	if (elements->name_count == elements->name_room) {
		grown = reallocarray(elements->names, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		elements->names = grown;
		elements->name_room = room;
	}
	grown[elements->name_count] = strdup(name);
	if (!grown[elements->name_count])
		return -ENOMEM;
	*number = elements->name_count++;
	return 0;
}

static const void *value_of(struct nftnl_set_elem *from, uint16_t which, uint32_t least)
{
	uint32_t length = 0;
	const void *value = NULL;

	if (nftnl_set_elem_is_set(from, which))
		value = nftnl_set_elem_get(from, which, &length);
	return value && length >= least ? value : NULL;
}

static int take_held(struct dump_elements *elements, struct nftnl_set_elem *from,
		     unsigned char *to)
{
	const char *name = NULL;
	struct held held = { 0 };
	const void *data;

	if (nftnl_set_elem_is_set(from, NFTNL_SET_ELEM_VERDICT)) {
		to[0] |= FLAG_VERDICT;
		held.verdict = (int32_t)nftnl_set_elem_get_u32(from, NFTNL_SET_ELEM_VERDICT);
		name = nftnl_set_elem_get_str(from, NFTNL_SET_ELEM_CHAIN);
	} else {
		data = value_of(from, NFTNL_SET_ELEM_DATA, elements->data_bytes);
		if (data && elements->data_bytes) {
			to[0] |= FLAG_DATA;
			memcpy(to + data_at(elements), data, elements->data_bytes);
		}
		name = nftnl_set_elem_get_str(from, NFTNL_SET_ELEM_OBJREF);
	}
	if (name && add_name(elements, name, &held.name) < 0)
		return -ENOMEM;
	if (name)
		to[0] |= FLAG_NAME;
	memcpy(to + held_at(elements), &held, sizeof(held));
	return 0;
}

static void take_key(const struct dump_elements *elements, struct nftnl_set_elem *from,
		     unsigned char *to)
{
	const void *key = value_of(from, NFTNL_SET_ELEM_KEY, elements->key_bytes);
	const void *end = value_of(from, NFTNL_SET_ELEM_KEY_END, elements->key_bytes);

	if (key)
		memcpy(to + 1, key, elements->key_bytes);
	if (!end || !elements->ends)
		return;
	to[0] |= FLAG_END;
	memcpy(to + end_at(elements), end, elements->key_bytes);
}

static int add_one(struct dump_elements *elements, struct nftnl_set_elem *from)
{
	uint32_t flags = nftnl_set_elem_is_set(from, NFTNL_SET_ELEM_FLAGS) ?
			 nftnl_set_elem_get_u32(from, NFTNL_SET_ELEM_FLAGS) : 0;
	unsigned char *to;

	if (!(flags & NFT_SET_ELEM_CATCHALL) &&
	    !value_of(from, NFTNL_SET_ELEM_KEY, elements->key_bytes))
		return 0;
	if (elements->count == elements->room && grow(elements) < 0)
		return -ENOMEM;
	to = elements->bytes + elements->count * elements->size;
	memset(to, 0, elements->size);
	to[0] = (flags & NFT_SET_ELEM_INTERVAL_END ? FLAG_INTERVAL_END : 0) |
		(flags & NFT_SET_ELEM_CATCHALL ? FLAG_CATCHALL : 0);
	take_key(elements, from, to);
	if (elements->maps && take_held(elements, from, to) < 0)
		return -ENOMEM;
	if (nftnl_set_elem_is_set(from, NFTNL_SET_ELEM_TIMEOUT))
		elements->expire = true;
	elements->count++;
	return 0;
}

struct adding {
	struct dump_elements *elements;
	int result;
};

static int add_next(struct nftnl_set_elem *from, void *data)
{
	struct adding *adding = data;

	adding->result = add_one(adding->elements, from);
	return adding->result;
}

/**
 * dump_elements_add() - take over what libnftnl has read
 * @elements: where to
 * @set: what libnftnl knows of the set
 * @from: has some elements of it; may be the same
 *
 * Return: 0 or -ENOMEM.
 */
int dump_elements_add(struct dump_elements *elements, const struct nftnl_set *set,
		      struct nftnl_set *from)
{
	struct adding adding = { .elements = elements };

	if (!elements->size)
		prepare(elements, set);
	nftnl_set_elem_foreach(from, add_next, &adding);
	return adding.result;
}

/* By key; where one interval ends and the next begins, the end is first. */
static int by_key(const void *a, const void *b, void *data)
{
	const struct dump_elements *elements = data;
	const unsigned char *x = a, *y = b;
	int order = (x[0] & FLAG_CATCHALL) - (y[0] & FLAG_CATCHALL);

	if (!order)
		order = memcmp(x + 1, y + 1, elements->key_bytes);
	return order ? order : (y[0] & FLAG_INTERVAL_END) - (x[0] & FLAG_INTERVAL_END);
}

/**
 * dump_elements_sort() - put elements in order
 * @elements: all of a set: are sorted by key, with those for all other keys at the end
 */
void dump_elements_sort(struct dump_elements *elements)
{
	if (elements->count)
		qsort_r(elements->bytes, elements->count, elements->size, by_key, elements);
}

/**
 * dump_elements_get() - one element
 * @elements: all of a set
 * @number: of it, from 0
 * @element: to fill; it points into @elements
 */
void dump_elements_get(const struct dump_elements *elements, size_t number,
		       struct dump_element *element)
{
	const unsigned char *at = elements->bytes + number * elements->size;
	struct held held = { 0 };

	if (elements->maps)
		memcpy(&held, at + held_at(elements), sizeof(held));
	*element = (struct dump_element){
		.key = at + 1,
		.end = at[0] & FLAG_END ? at + end_at(elements) : at + 1,
		.interval_end = at[0] & FLAG_INTERVAL_END,
		.catchall = at[0] & FLAG_CATCHALL,
		.data = at[0] & FLAG_DATA ? at + data_at(elements) : NULL,
		.data_bytes = elements->data_bytes,
		.has_verdict = at[0] & FLAG_VERDICT,
		.verdict = held.verdict,
		.name = at[0] & FLAG_NAME ? elements->names[held.name] : NULL,
	};
}

/**
 * dump_elements_free() - give the memory back
 * @elements: it
 */
void dump_elements_free(struct dump_elements *elements)
{
	size_t i;

	for (i = 0; i < elements->name_count; i++)
		free(elements->names[i]);
	free(elements->names);
	free(elements->bytes);
	memset(elements, 0, sizeof(*elements));
}

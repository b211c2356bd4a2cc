// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that is given back as a whole.  Boxes share what they are made of, and
 * what one rule leaves behind the next one needs: nobody could tell when a single
 * piece is done with.
 */
#include <stdlib.h>

#include "ruleset/space.h"

/* Most questions need less than one block; blocks double, so that big ones are few. */
#define BLOCK_FIRST	((size_t)1 << 16)
#define BLOCK_MOST	((size_t)1 << 22)
/* What is taken serves any type. */
#define ALIGNMENT	sizeof(__uint128_t)

struct block {
	struct block *next;
	size_t size;
	size_t used;
	__uint128_t unit[];
};

struct arena {
	struct block *blocks;
	size_t limit;
	size_t taken;
	size_t next_size;
	bool full;
	const void *shelf[ARENA_SHELF];
};

/**
 * arena_new() - an empty arena
 * @limit: of the bytes that it may hold
 *
 * Return: the arena, or NULL without memory.
 */
struct arena *arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return NULL;
	arena->limit = limit;
	arena->next_size = BLOCK_FIRST;
	return arena;
}

/**
 * arena_free() - give back an arena and all that was taken from it
 * @arena: the arena, or NULL
 */
void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static struct block *add_block(struct arena *arena, size_t bytes)
{
	size_t size = bytes > arena->next_size ? bytes : arena->next_size;
	struct block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	if (arena->next_size < BLOCK_MOST)
		arena->next_size *= 2;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

/**
 * arena_take() - memory of an arena
 * @arena: from which
 * @bytes: how many
 *
 * Return: memory for any type, all zero; or NULL, and the arena is full from then on.
 */
void *arena_take(struct arena *arena, size_t bytes)
{
	struct block *block = arena->blocks;
	void *memory;

	if (arena->full || bytes > arena->limit - arena->taken)
		goto full;
	bytes = (bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!block || bytes > block->size - block->used) {
		block = add_block(arena, bytes);
		if (!block)
			goto full;
	}
	memory = (unsigned char *)block->unit + block->used;
	block->used += bytes;
	arena->taken += bytes;
	if (arena->taken > arena->limit)
		arena->taken = arena->limit;
	return memory;
full:
	arena->full = true;
	return NULL;
}

/**
 * arena_give_back() - return the tail of what was taken last
 * @arena: from which
 * @last: what arena_take() returned last
 * @from: bytes that were asked for
 * @to: bytes that are needed; what follows them must not have been written to
 */
void arena_give_back(struct arena *arena, void *last, size_t from, size_t to)
{
	struct block *block = arena->blocks;

	from = (from + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	to = (to + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (!last || (unsigned char *)last + from != (unsigned char *)block->unit + block->used)
		return;
	block->used -= from - to;
	arena->taken -= from - to;
}

/**
 * arena_shelf() - a place to keep what is often needed, so that it is made once
 * @arena: where that lives
 * @at: which of ARENA_SHELF places
 *
 * Return: the place; it holds NULL at first.
 */
const void **arena_shelf(struct arena *arena, size_t at)
{
	return &arena->shelf[at];
}

/**
 * arena_full() - whether memory was ever refused
 * @arena: the arena
 */
bool arena_full(const struct arena *arena)
{
	return arena->full;
}

/**
 * arena_used() - bytes taken so far
 * @arena: the arena
 */
size_t arena_used(const struct arena *arena)
{
	return arena->taken;
}

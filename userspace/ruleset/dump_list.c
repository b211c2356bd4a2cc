// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Things that were read, and whose they are.
 */
#include "ruleset/dump_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct dump_list *list)
{
	size_t room = list->room ? list->room * 2 : 64;
	void **items = realloc(list->items, room * sizeof(*items));
	size_t *owners;

	if (!items)
		return -ENOMEM;
	list->items = items;
	owners = realloc(list->owners, room * sizeof(*owners));
	if (!owners)
		return -ENOMEM;
	list->owners = owners;
	list->room = room;
	return 0;
}

/**
 * dump_list_add() - put something at the end
 * @list: where to
 * @item: what
 * @owner: whose it is
 *
 * Return: 0, or -errno: @item then still is the caller's.
 */
int dump_list_add(struct dump_list *list, void *item, size_t owner)
{
	if (list->count >= list->limit)
		return -E2BIG;
	if (list->count == list->room && grow(list) < 0)
		return -ENOMEM;
	list->items[list->count] = item;
	list->owners[list->count++] = owner;
	return 0;
}

static void count_starts(const struct dump_list *list, size_t owners, size_t *starts)
{
	size_t i;

	memset(starts, 0, (owners + 2) * sizeof(*starts));
	for (i = 0; i < list->count; i++)
		starts[list->owners[i] + 2]++;
	for (i = 2; i < owners + 2; i++)
		starts[i] += starts[i - 1];
}

/**
 * dump_list_share() - put things together by their owners, in order
 * @list: the things
 * @arena: where the results go
 * @owners: how many owners there are
 * @starts: gets an array: things of owner n are from [n] to before [n + 1]
 *
 * Return: an array of pointers of whatever type the things are, NULL without
 * memory.
 */
void *dump_list_share(const struct dump_list *list, struct arena *arena, size_t owners,
		      size_t **starts)
{
	unsigned char *pointers = arena_take(arena, (list->count + 1) * sizeof(void *));
	size_t *next = arena_take(arena, (owners + 2) * sizeof(*next));
	size_t i;

	if (!pointers || !next)
		return NULL;
	count_starts(list, owners, next);
	/* Each entry [n + 1] runs from where n begins to where it ends. */
	for (i = 0; i < list->count; i++)
		memcpy(pointers + next[list->owners[i] + 1]++ * sizeof(void *),
		       &list->items[i], sizeof(void *));
	*starts = next;
	return pointers;
}

/**
 * dump_list_free() - give back the memory of the list, not of the things
 * @list: it
 */
void dump_list_free(struct dump_list *list)
{
	free(list->items);
	free(list->owners);
	memset(list, 0, sizeof(*list));
}

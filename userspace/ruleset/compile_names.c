// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for the names of interfaces and helpers: thousands of each may be in use. */
#include <stdlib.h>
#include <string.h>

#include "ruleset/compile.h"

static size_t hash(const char *name)
{
	size_t value = 5381;

	while (*name)
		value = value * 33 ^ (unsigned char)*name++;
	return value;
}

static uint32_t *find(const struct names *names, const char *name)
{
	size_t i = hash(name);

	for (;; i++) {
		uint32_t *slot = &names->slots[i & (names->slot_count - 1)];

		if (!*slot || !strcmp((*names->list)[*slot - 1], name))
			return slot;
	}
}

/* Also the first filling: the ruleset comes with names. */
static int grow_slots(struct names *names)
{
	size_t wanted = 64, i;

	while (wanted < 4 * (*names->count + 1))
		wanted *= 2;
	free(names->slots);
	names->slot_count = 0;
	names->slots = calloc(wanted, sizeof(*names->slots));
	if (!names->slots)
		return -1;
	names->slot_count = wanted;
	for (i = 0; i < *names->count; i++) {
		uint32_t *slot = find(names, (*names->list)[i]);

		if (!*slot)
			*slot = i + 1;
	}
	return 0;
}

static int grow_list(struct compiler *compiler, struct names *names)
{
	size_t room = 2 * (*names->count + 8);
	const char **list = arena_take(compiler->arena, room * sizeof(*list));

	if (!list)
		return -1;
	if (*names->count)
		memcpy(list, *names->list, *names->count * sizeof(*list));
	*names->list = list;
	names->room = room;
	return 0;
}

/**
 * names_number() - the number of a name
 * @compiler: whose
 * @names: interfaces or helpers
 * @name: it gets a number if it has none; "": none
 */
size_t names_number(struct compiler *compiler, struct names *names, const char *name)
{
	uint32_t *slot;
	const char *copy;

	if (!*name)
		return 0;
	if (2 * *names->count >= names->slot_count && grow_slots(names))
		goto failed;
	slot = find(names, name);
	if (*slot)
		return *slot;
	if (*names->count >= names->room && grow_list(compiler, names))
		goto failed;
	copy = compile_copy(compiler, name);
	if (!copy)
		goto failed;
	(*names->list)[(*names->count)++] = copy;
	*slot = *names->count;
	return *slot;
failed:
	compiler->failed = true;
	return 0;
}

/**
 * names_free() - give back what finds names; the names stay
 * @names: interfaces or helpers
 */
void names_free(struct names *names)
{
	free(names->slots);
}

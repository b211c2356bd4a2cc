// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finding entries by their path, and those in suspense in the order in which they went.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "monitor/table_private.h"

/* FNV-1a, of 32 bits */
static uint32_t mix(uint32_t hash, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

static uint32_t mix_place(uint32_t hash, const struct place *place)
{
	if (place->address.family == AF_INET)
		hash = mix(hash, &place->address.v4, sizeof(place->address.v4));
	else
		hash = mix(hash, &place->address.v6, sizeof(place->address.v6));
	return mix(hash, &place->port, sizeof(place->port));
}

static size_t bucket_of(const struct table *table, enum entry_kind kind, const struct path *path)
{
	uint32_t hash = mix_place(mix_place(table->seed + kind, &path->from), &path->to);

	return (hash ^ hash >> 16) % BUCKETS;
}

/**
 * entry_find() - look for an entry
 * @table: the table
 * @kind: of what kind
 * @path: of it
 *
 * Return: the entry, or NULL.
 */
struct entry *entry_find(const struct table *table, enum entry_kind kind,
			 const struct path *path)
{
	struct entry *entry = table->bucket[bucket_of(table, kind, path)];

	while (entry && (entry->kind != kind || !path_equal(&entry->path, path)))
		entry = entry->next;
	return entry;
}

/**
 * entry_add() - a new entry
 * @table: the table
 * @kind: of what kind
 * @path: of it; there is none with the same
 *
 * Return: the entry, or NULL where there is no memory.
 */
struct entry *entry_add(struct table *table, enum entry_kind kind, const struct path *path)
{
	struct entry **bucket = &table->bucket[bucket_of(table, kind, path)];
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->kind = kind;
	entry->path = *path;
	entry->generation = table->generation;
	entry->next = *bucket;
	*bucket = entry;
	table->count[kind]++;
	return entry;
}

/**
 * entry_remove() - forget an entry
 * @table: the table
 * @entry: it; freed
 */
void entry_remove(struct table *table, struct entry *entry)
{
	struct entry **at = &table->bucket[bucket_of(table, entry->kind, &entry->path)];

	entry_release(table, entry);
	entry_silent(table, entry, false);
	table->count[entry->kind]--;
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	free(entry);
}

/**
 * entry_suspend() - it is gone, and why is not known yet
 * @table: the table
 * @entry: an expectation
 */
void entry_suspend(struct table *table, struct entry *entry)
{
	entry->suspended = true;
	entry->later = NULL;
	entry->earlier = table->last;
	if (table->last)
		table->last->later = entry;
	else
		table->first = entry;
	table->last = entry;
	table->count[entry->kind]--;
}

/**
 * entry_release() - in suspense no more
 * @table: the table
 * @entry: it; nothing happens where it is not
 */
void entry_release(struct table *table, struct entry *entry)
{
	if (!entry->suspended)
		return;
	if (entry->earlier)
		entry->earlier->later = entry->later;
	else
		table->first = entry->later;
	if (entry->later)
		entry->later->earlier = entry->earlier;
	else
		table->last = entry->earlier;
	entry->suspended = false;
	table->count[entry->kind]++;
}

/**
 * entry_silent() - may events come of it?
 * @table: the table
 * @entry: the entry
 * @silent: they may not
 */
void entry_silent(struct table *table, struct entry *entry, bool silent)
{
	table->silent += silent - entry->silent;
	entry->silent = silent;
}

/**
 * table_new() - an empty table
 * @helper: name of the helper whose flows are wanted
 * @tell: called with each happening
 * @data: for @tell
 *
 * Return: the table; NULL where there is no memory.
 */
struct table *table_new(const char *helper, happening_cb *tell, void *data)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = 0;
	strncpy(table->helper, helper, HELPER_NAME_SIZE - 1);
	table->tell = tell;
	table->data = data;
	return table;
}

/**
 * table_free() - give the memory back
 * @table: the table, or NULL
 */
void table_free(struct table *table)
{
	struct entry *entry, *next;
	size_t i;

	for (i = 0; table && i < BUCKETS; i++) {
		for (entry = table->bucket[i]; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(table);
}

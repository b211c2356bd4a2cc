/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of things that carry their own node.
 */
#ifndef REPLAY_STORY_TABLE_H
#define REPLAY_STORY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/packet.h"

#define TABLE_BUCKETS	8192

/**
 * struct node - a place in a table
 * @next: in the same bucket
 * @link: what points at this one
 * @hash: of what it is found by
 * @of: what it belongs to; NULL where it is in no table
 */
struct node {
	struct node *next;
	struct node **link;
	uint32_t hash;
	void *of;
};

/**
 * struct table - the table
 * @bucket: of nodes whose hashes end alike
 */
struct table {
	struct node *bucket[TABLE_BUCKETS];
};

uint32_t hash_bytes(uint32_t hash, const void *data, size_t length);
uint32_t hash_address(uint32_t hash, const struct address *address);
uint32_t hash_endpoint(uint32_t hash, const struct endpoint *endpoint);
uint32_t hash_tuple(uint8_t protocol, const struct endpoint *a, const struct endpoint *b);

void table_add(struct table *table, struct node *node, uint32_t hash, void *of);
void table_remove(struct node *node);

/**
 * table_first() - begin to go through all that may be meant
 * @table: it
 * @hash: of what is looked for
 *
 * Return: a node with this hash, or NULL.
 */
static inline struct node *table_first(const struct table *table, uint32_t hash)
{
	struct node *node = table->bucket[hash % TABLE_BUCKETS];

	while (node && node->hash != hash)
		node = node->next;
	return node;
}

/**
 * table_next() - go on
 * @node: from table_first() or from here
 *
 * Return: the next one with the same hash, or NULL.
 */
static inline struct node *table_next(const struct node *node)
{
	struct node *next = node->next;

	while (next && next->hash != node->hash)
		next = next->next;
	return next;
}

#endif /* REPLAY_STORY_TABLE_H */

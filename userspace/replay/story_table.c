// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hash table; see story_table.h.
 */
#include "replay/story_table.h"

/**
 * hash_bytes() - stir bytes into a hash
 * @hash: the hash so far
 * @data: bytes
 * @length: how many
 *
 * FNV-1a: the captures of an attacker could make chains long, but no longer than
 * there are sessions, and those are few.
 *
 * Return: the hash.
 */
uint32_t hash_bytes(uint32_t hash, const void *data, size_t length)
{
	const uint8_t *byte = data;

	while (length--)
		hash = (hash ^ *byte++) * 16777619u;
	return hash;
}

/**
 * hash_address() - likewise for an address
 * @hash: the hash so far
 * @address: the address
 */
uint32_t hash_address(uint32_t hash, const struct address *address)
{
	if (address->family == AF_INET)
		return (hash ^ address->v4.s_addr) * 0x9e3779b1u;
	return hash_bytes(hash, &address->v6, sizeof(address->v6));
}

/**
 * hash_endpoint() - likewise for an address and a port
 * @hash: the hash so far
 * @endpoint: both
 */
uint32_t hash_endpoint(uint32_t hash, const struct endpoint *endpoint)
{
	hash = (hash ^ endpoint->port) * 16777619u;
	hash = hash_address(hash, &endpoint->address);
	return hash ^ hash >> 15;
}

/**
 * hash_tuple() - of a connection, the same for both of its directions
 * @protocol: of it
 * @a: one end
 * @b: the other
 */
uint32_t hash_tuple(uint8_t protocol, const struct endpoint *a, const struct endpoint *b)
{
	return hash_endpoint(protocol, a) + hash_endpoint(protocol, b);
}

/**
 * table_add() - put something in
 * @table: the table
 * @node: of what is put in; in no table
 * @hash: it is found by this
 * @of: it
 */
void table_add(struct table *table, struct node *node, uint32_t hash, void *of)
{
	struct node **bucket = &table->bucket[hash % TABLE_BUCKETS];

	node->hash = hash;
	node->of = of;
	node->next = *bucket;
	if (node->next)
		node->next->link = &node->next;
	node->link = bucket;
	*bucket = node;
}

/**
 * table_remove() - take something out
 * @node: of what is taken out; may be in no table
 */
void table_remove(struct node *node)
{
	if (!node->of)
		return;
	*node->link = node->next;
	if (node->next)
		node->next->link = node->link;
	node->of = NULL;
}

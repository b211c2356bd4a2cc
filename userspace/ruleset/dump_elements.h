/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of a set as the kernel has them, in little memory: libnftnl takes half
 * a kilobyte for each.
 */
#ifndef RULESET_DUMP_ELEMENTS_H
#define RULESET_DUMP_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nftnl_set;

/**
 * struct dump_elements - those of one set; all zero: none yet
 * @bytes: of all of them, each as long as the others
 * @count: how many
 * @room: how many there is memory for
 * @size: bytes of one
 * @key_bytes: of a key
 * @data_bytes: of what a map holds
 * @ends: they have a last key, too: the set joins ranges
 * @maps: they hold something
 * @expire: some go away by themselves
 * @names: of chains and objects that they hold
 * @name_count: entries of @names
 * @name_room: entries there is memory for
 */
struct dump_elements {
	unsigned char *bytes;
	size_t count;
	size_t room;
	size_t size;
	unsigned int key_bytes;
	unsigned int data_bytes;
	bool ends;
	bool maps;
	bool expire;
	char **names;
	size_t name_count;
	size_t name_room;
};

/**
 * struct dump_element - one of them
 * @key: its key
 * @end: its last key; the key itself where it has none of its own
 * @interval_end: the first key behind an interval
 * @catchall: it stands for all keys that the others have not
 * @data: what a map holds; NULL: nothing of that kind
 * @data_bytes: of @data
 * @has_verdict: of a verdict map
 * @verdict: then
 * @name: of the chain that the verdict names, or of the object; or NULL
 */
struct dump_element {
	const unsigned char *key;
	const unsigned char *end;
	bool interval_end;
	bool catchall;
	const unsigned char *data;
	unsigned int data_bytes;
	bool has_verdict;
	int verdict;
	const char *name;
};

int dump_elements_add(struct dump_elements *elements, const struct nftnl_set *set,
		      struct nftnl_set *from);
void dump_elements_sort(struct dump_elements *elements);
void dump_elements_get(const struct dump_elements *elements, size_t number,
		       struct dump_element *element);
void dump_elements_free(struct dump_elements *elements);

#endif /* RULESET_DUMP_ELEMENTS_H */

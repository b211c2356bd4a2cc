/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Things that were read, and whose they are.
 */
#ifndef RULESET_DUMP_LIST_H
#define RULESET_DUMP_LIST_H

#include "ruleset/space.h"

/**
 * struct dump_list - things of one kind, in the order they were read
 * @items: they
 * @owners: of each, the number of the table or chain that it is in
 * @count: entries of both
 * @room: entries there is memory for
 * @limit: more is an error
 */
struct dump_list {
	void **items;
	size_t *owners;
	size_t count;
	size_t room;
	size_t limit;
};

int dump_list_add(struct dump_list *list, void *item, size_t owner);
void *dump_list_share(const struct dump_list *list, struct arena *arena, size_t owners,
		      size_t **starts);
void dump_list_free(struct dump_list *list);

#endif /* RULESET_DUMP_LIST_H */

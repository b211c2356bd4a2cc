/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making sets.
 */
#ifndef RULESET_SET_H
#define RULESET_SET_H

#include "ruleset/ruleset.h"

/**
 * struct draft - a set while its elements come
 * @key_count: fields of a key
 * @is_map: elements hold something
 * @keys: of all elements so far, one behind the other
 * @mapped: what each holds; only of a map
 * @count: elements so far
 * @room: elements there is memory for
 */
struct draft {
	size_t key_count;
	bool is_map;
	struct interval *keys;
	const struct mapped **mapped;
	size_t count;
	size_t room;
};

int draft_add(struct draft *draft, const struct interval *key, const struct mapped *mapped);
int draft_end(struct draft *draft, struct arena *arena, struct set *set);
void draft_free(struct draft *draft);

#endif /* RULESET_SET_H */

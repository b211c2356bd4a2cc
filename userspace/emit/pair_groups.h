/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of addresses as one address and a set of others.
 */
#ifndef EMIT_PAIR_GROUPS_H
#define EMIT_PAIR_GROUPS_H

#include "emit/plan.h"

/* Room for the name of any set; ipset takes 31 characters. */
#define GROUP_NAME_SIZE	32

/**
 * struct pair_group - pairs that have one address in common
 * @pairs: they, in the order of the plan
 * @count: entries of @pairs
 * @name: of the set that holds their other addresses
 */
struct pair_group {
	const struct pair *const *pairs;
	size_t count;
	char name[GROUP_NAME_SIZE];
};

/**
 * struct pair_groups - all pairs of a set
 * @by_source: the groups have their source in common, and else their destination
 * @groups: they
 * @count: entries of @groups
 * @pairs: what the groups point into
 */
struct pair_groups {
	bool by_source;
	struct pair_group *groups;
	size_t count;
	const struct pair **pairs;
};

int pair_groups_make(struct pair_groups *groups, const struct pair_set *set);
void pair_groups_free(struct pair_groups *groups);
const struct address *pair_group_member(const struct pair_groups *groups,
					const struct pair *pair);

#endif /* EMIT_PAIR_GROUPS_H */

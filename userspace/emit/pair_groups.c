// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pairs of addresses as one address and a set of others.
 *
 * The sets of ipset that hold pairs of addresses (hash:net,net) are missing
 * from many kernels, those that hold addresses (hash:ip) from none.  A site
 * has many clients and a few servers: written as "from this server to one of
 * these clients" the pairs stay exact, and there are as many rules as servers.
 */
#include "emit/pair_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct address *shared_end(const struct pair *pair, bool by_source)
{
	return by_source ? &pair->source : &pair->destination;
}

/* Pairs of one address stay in their order: that of the memory they lie in. */
static int compare(const struct pair *a, const struct pair *b, bool by_source)
{
	int order = address_compare(shared_end(a, by_source), shared_end(b, by_source));

	return order ? order : a < b ? -1 : a > b;
}

static int by_source(const void *a, const void *b)
{
	return compare(*(const struct pair *const *)a, *(const struct pair *const *)b, true);
}

static int by_destination(const void *a, const void *b)
{
	return compare(*(const struct pair *const *)a, *(const struct pair *const *)b, false);
}

/* Sorts, and counts the addresses that there are. */
static size_t sort_by(const struct pair **pairs, size_t count, bool source)
{
	size_t different = count > 0, i;

	qsort(pairs, count, sizeof(*pairs), source ? by_source : by_destination);
	for (i = 1; i < count; i++)
		different += !address_equal(shared_end(pairs[i - 1], source),
					    shared_end(pairs[i], source));
	return different;
}

/*
 * The name says the family, since sets of two families cannot replace each
 * other, and the number that the pairs have in the plan.
 */
static void name_group(struct pair_group *group, const struct pair_set *set, size_t number,
		       size_t count)
{
	int family = set->pairs[0].destination.family == AF_INET ? 4 : 6;

	if (count > 1)
		snprintf(group->name, sizeof(group->name), "amfw-%d-%u-%zu", family, set->number,
			 number);
	else
		snprintf(group->name, sizeof(group->name), "amfw-%d-%u", family, set->number);
}

static void split(struct pair_groups *groups, const struct pair_set *set, size_t count)
{
	struct pair_group *group = NULL;
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct pair *const *at = (const struct pair *const *)&groups->pairs[i];

		if (!group || !address_equal(shared_end(group->pairs[0], groups->by_source),
					     shared_end(*at, groups->by_source))) {
			group = &groups->groups[groups->count++];
			group->pairs = at;
			name_group(group, set, groups->count, count);
		}
		group->count++;
	}
}

/**
 * pair_groups_make() - group the pairs of a set
 * @groups: to fill; pair_groups_free() it whatever is returned
 * @set: the pairs
 *
 * Return: 0, or -ENOMEM.
 */
int pair_groups_make(struct pair_groups *groups, const struct pair_set *set)
{
	size_t count, destinations, i;

	memset(groups, 0, sizeof(*groups));
	groups->pairs = calloc(set->count + 1, sizeof(*groups->pairs));
	if (!groups->pairs)
		return -ENOMEM;
	for (i = 0; i < set->count; i++)
		groups->pairs[i] = &set->pairs[i];
	destinations = sort_by(groups->pairs, set->count, false);
	count = sort_by(groups->pairs, set->count, true);
	groups->by_source = count <= destinations;
	if (!groups->by_source)
		count = sort_by(groups->pairs, set->count, false);
	groups->groups = calloc(count + 1, sizeof(*groups->groups));
	if (!groups->groups)
		return -ENOMEM;
	split(groups, set, count);
	return 0;
}

/**
 * pair_groups_free() - give the memory back
 * @groups: the groups
 */
void pair_groups_free(struct pair_groups *groups)
{
	free(groups->groups);
	free(groups->pairs);
	memset(groups, 0, sizeof(*groups));
}

/**
 * pair_group_member() - the address of a pair that its group's set holds
 * @groups: the groups
 * @pair: one of the pairs
 *
 * Return: the address.
 */
const struct address *pair_group_member(const struct pair_groups *groups,
					const struct pair *pair)
{
	return shared_end(pair, !groups->by_source);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Chance that can be repeated; see chance.h. */
#include "selftests/lib/chance.h"

static uint64_t state;

/** chance_seed() - start the numbers that belong to a seed */
void chance_seed(uint64_t seed)
{
	state = seed;
}

/* A counter, and a hash that spreads it: every seed is a good one. */
static uint64_t next(void)
{
	uint64_t hash = state += 0x9e3779b97f4a7c15ull;

	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return hash ^ hash >> 31;
}

/** chance_below() - a number from 0 to @limit - 1 */
uint32_t chance_below(uint32_t limit)
{
	return (uint32_t)((next() >> 32) * limit >> 32);
}

/** chance_one_in() - true once in @n times */
bool chance_one_in(uint32_t n)
{
	return !chance_below(n);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chance that can be repeated: the same seed gives the same numbers. */
#ifndef SELFTESTS_CHANCE_H
#define SELFTESTS_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

void chance_seed(uint64_t seed);
uint32_t chance_below(uint32_t limit);
bool chance_one_in(uint32_t n);

#endif /* SELFTESTS_CHANCE_H */

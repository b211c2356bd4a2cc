/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mistakes for the evaluator to make, which the differential test has to notice. */
#ifndef SELFTESTS_RULESET_PLANT_H
#define SELFTESTS_RULESET_PLANT_H

#include "ruleset/ruleset.h"

extern const char *const plants[];

void plant(struct ruleset *ruleset, size_t which);

#endif /* SELFTESTS_RULESET_PLANT_H */

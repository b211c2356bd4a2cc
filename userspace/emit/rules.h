/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of a plan while it is made: each flow finds the rule of its kind.
 */
#ifndef EMIT_RULES_H
#define EMIT_RULES_H

#include "emit/plan.h"

int rules_start(struct plan *plan);
int rules_add(struct plan *plan, const struct flow *flow, const struct rule *rule,
	      const struct pair *pair);
int rules_finish(struct plan *plan);
void rules_free_index(struct plan *plan);

#endif /* EMIT_RULES_H */

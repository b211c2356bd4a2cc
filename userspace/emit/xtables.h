/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules in the words of iptables-restore, which iptables, ip6tables and ufw
 * have in common.
 */
#ifndef EMIT_XTABLES_H
#define EMIT_XTABLES_H

#include <stdio.h>

#include "emit/plan.h"

/* The policy of "nfct timeout" that rules without a helper want: one for each family. */
#define XTABLES_TIMEOUT(family)	((family) == AF_INET ? "amfw-patient" : "amfw-patient6")

/**
 * struct xtables - what is being written
 * @plan: the plan
 * @out: where to
 * @family: the rules of this family, AF_INET or AF_INET6
 * @chains: the name of the chain of each place
 * @sets: rules match sets of ipset
 * @skip: bit n: leave out the rules of enum action n
 */
struct xtables {
	const struct plan *plan;
	FILE *out;
	sa_family_t family;
	const char *const *chains;
	bool sets;
	unsigned int skip;
};

/* The tables, in the order in which they are to be loaded. */
extern const char *const xtables_tables[];
extern const size_t xtables_table_count;

/* The chain of each place that every machine has: "PREROUTING" ... */
extern const char *const xtables_builtin[PLACE_COUNT];
/* The table of each place. */
extern const char *const xtables_table_of[PLACE_COUNT];

bool xtables_applies(const struct rule *rule, sa_family_t family);
bool xtables_has(const struct plan *plan, sa_family_t family, enum place place,
		 enum action action);
int xtables_rules(const struct xtables *xt, enum place place);
void xtables_common(const struct xtables *xt, enum place place);

#endif /* EMIT_XTABLES_H */

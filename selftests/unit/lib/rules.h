/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rulesets made by hand, as loading and compiling would make them.
 *
 *	rules_begin();
 *	struct chain *input = base_chain("filter", NF_INET_LOCAL_IN, 0, VERDICT_DROP);
 *	RULE(input, MATCH(FIELD_DPORT, 22, 22), ACCEPT);
 *	...
 *	rules_end();
 */
#ifndef UNIT_RULES_H
#define UNIT_RULES_H

#include "ruleset/ruleset.h"

extern struct arena *rules_arena;
extern struct ruleset rules;

void rules_begin(void);
void rules_end(void);
struct table *family_table(int family);
struct chain *base_chain(const char *type, unsigned int hook, int priority,
			 enum verdict policy);
struct rule *rule_add(struct chain *chain, const struct step *steps, size_t count);
struct step match(enum field field, __uint128_t low, __uint128_t high);

#define RULE(chain, ...) \
	rule_add(chain, (const struct step[]) { __VA_ARGS__ }, \
		 sizeof((const struct step[]) { __VA_ARGS__ }) / sizeof(struct step))
#define MATCH(field, low, high)	match(field, low, high)
#define VERDICT(what)	((struct step) { .kind = STEP_VERDICT, .verdict = (what) })
#define ACCEPT		VERDICT(VERDICT_ACCEPT)
#define DROP		VERDICT(VERDICT_DROP)
#define REJECT		VERDICT(VERDICT_REJECT)
#define DOUBT(why)	((struct step) { .kind = STEP_DOUBT, .name = (why) })
#define HELPER(what)	((struct step) { .kind = STEP_HELPER, .helper = (what) })
#define TEMPLATE(what)	((struct step) { .kind = STEP_HELPER, .helper = (what), .early = true })
#define NOTRACK		((struct step) { .kind = STEP_NOTRACK })
#define SET(which, what) ((struct step) { .kind = STEP_ASSIGN, .field = (which), \
					  .value = (what) })
#define NAT(how, to, to_port) \
	((struct step) { .kind = STEP_NAT, .nat = { .kind = (how), .address = { (to), (to) }, \
						    .port = { (to_port), (to_port) } } })

#endif /* UNIT_RULES_H */

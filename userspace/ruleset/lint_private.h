/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of lint_run() share.
 */
#ifndef RULESET_LINT_PRIVATE_H
#define RULESET_LINT_PRIVATE_H

#include <errno.h>

#include "ruleset/lint.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define STATE_NEW	NF_CT_STATE_BIT(IP_CT_NEW)
#define STATE_RELATED	NF_CT_STATE_BIT(IP_CT_RELATED)

/* So many flows of a kind are asked for once more: they are much alike. */
#define FLOWS_ASKED	32

/**
 * struct lint - one run
 * @question: as given
 * @asked: question->question
 * @arena: where messages and boxes live
 * @findings: so far
 * @id: of what is looked for now
 */
struct lint {
	const struct lint_question *question;
	const struct question *asked;
	struct arena *arena;
	struct findings *findings;
	const char *id;
};

/* What a finding is about: @rule, or the policy of @chain, or neither. */
struct lint_place {
	const struct rule *rule;
	const struct chain *chain;
};

int lint_note(struct lint *lint, struct lint_place place, const char *fix,
	      const char *format, ...) __attribute__((__format__(__printf__, 4, 5)));
const char *lint_text(struct lint *lint, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* lint_rules.c: what rules ask and do. */
bool rule_asks(const struct rule *rule, enum field field);
const struct step *rule_step(const struct rule *rule, enum step_kind kind);
const struct rule *rule_of_nat(const struct ruleset *ruleset, const struct nat_step *nat);
int rules_below(struct lint *lint, const struct chain *base,
		int (*see)(struct lint *lint, const struct chain *base, const struct rule *rule));
bool ruleset_says(const struct ruleset *ruleset, const char *words);

/* lint_packets.c: packets from anybody. */
int lint_ask(struct lint *lint, const struct passage *passage, struct fates *fates);
struct passage lint_anybody(struct lint *lint, enum protocol_version version, int protocol,
			    bool made_here);
bool box_attached(const struct lint *lint, const struct box *box);
const char *lint_helper(const struct lint *lint);
size_t lint_helper_number(const struct lint *lint);

/* Flows and their journeys. */
bool by_helper(const struct flow *flow);
bool is_blocked(const struct journey *journey);
const struct stage *first_stage(const struct journey *journey);
const struct stage *deciding_stage(const struct journey *journey);

int lint_early(struct lint *lint);
int lint_never_attached(struct lint *lint);
int lint_unreached(struct lint *lint);
int lint_related(struct lint *lint);
int lint_attached_wide(struct lint *lint);
int lint_protocol(struct lint *lint);
int lint_old_ports(struct lint *lint);
int lint_range_wide(struct lint *lint);
int lint_range_small(struct lint *lint);
int lint_nat_narrow(struct lint *lint);
int lint_nat_high(struct lint *lint);
int lint_nat_module(struct lint *lint);
int lint_stock_index(struct lint *lint);
int lint_stock_bsdudp(struct lint *lint);
int lint_stock_tags(struct lint *lint);
int lint_timeout(struct lint *lint);
int lint_ipv6(struct lint *lint);
int lint_established(struct lint *lint);
int lint_built_in(struct lint *lint);
int lint_expectations(struct lint *lint);
int lint_legacy(struct lint *lint);
int lint_invalid(struct lint *lint);

#endif /* RULESET_LINT_PRIVATE_H */

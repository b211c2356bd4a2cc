/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of sets of packets in one base chain.
 */
#ifndef RULESET_EVALUATE_H
#define RULESET_EVALUATE_H

#include "ruleset/ruleset.h"

/* More pieces than that of one question are not followed: the answer is doubt. */
#define PIECES_MOST	65536

/**
 * struct ending - where packets left a base chain
 * @box: the packets
 * @verdict: VERDICT_ACCEPT, VERDICT_DROP, VERDICT_REJECT, VERDICT_QUEUE or
 *	VERDICT_STOLEN
 * @rule: the rule that decided; NULL: the policy of @chain
 * @chain: the chain in which it was decided
 */
struct ending {
	struct box box;
	enum verdict verdict;
	const struct rule *rule;
	const struct chain *chain;
};

/**
 * struct evaluation - one run
 * @arena: where boxes live
 * @version: of IP
 * @endings: results
 * @count: entries of @endings
 * @room: entries there is memory for
 * @met: told of each rule that packets reach, with what of them it matches;
 *	may be NULL
 * @met_data: for @met
 */
struct evaluation {
	struct arena *arena;
	enum protocol_version version;
	struct ending *endings;
	size_t count;
	size_t room;
	void (*met)(void *data, const struct rule *rule, const struct box *reached,
		    const struct boxes *matched);
	void *met_data;
};

int chain_run(struct evaluation *evaluation, const struct chain *base, const struct box *box);
void evaluation_free(struct evaluation *evaluation);

#endif /* RULESET_EVALUATE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of evaluate.h share: one run through a base chain, one rule of it,
 * one lookup of that.
 */
#ifndef RULESET_EVALUATE_RUN_H
#define RULESET_EVALUATE_RUN_H

#include "ruleset/evaluate.h"
#include "ruleset/space_spans.h"

/*
 * A rule that meets a box, or an element of a set that is looked at, is one unit of
 * work.  That is ten times what 10,000,000 rules need for one box, and a second or two.
 */
#define WORK_MOST	((uint64_t)1 << 27)

/* Entering a chain is as much work as so many rules that are passed by. */
#define WORK_JUMP	256

/* Sets that rules of one chain fill; beyond that every set is in doubt. */
#define FILLED_MOST	16

/**
 * struct run - packets on their way through one base chain
 * @evaluation: whose
 * @base: the base chain
 * @work: units left
 * @gave_up: why it was not followed to its end, or NULL
 * @failed: memory ran out
 * @filled: sets that rules have added to on the way
 * @filled_count: entries of @filled; above FILLED_MOST: any
 */
struct run {
	struct evaluation *evaluation;
	const struct chain *base;
	uint64_t work;
	const char *gave_up;
	bool failed;
	const struct set *filled[FILLED_MOST];
	size_t filled_count;
};

/**
 * struct taken - packets for which a rule has a verdict
 * @box: they
 * @verdict: other than VERDICT_CONTINUE
 * @chain: of VERDICT_JUMP and VERDICT_GOTO
 */
struct taken {
	struct box box;
	enum verdict verdict;
	const struct chain *chain;
};

/**
 * struct outcome - what one rule makes of one box
 * @onward: goes on with the next rule
 * @matched: what the rule's conditions hold for, if anyone asks
 * @taken: the rest
 * @taken_count: entries of @taken
 * @taken_room: entries there is memory for
 * @acted: something else than a condition was met: otherwise @onward is the box as it
 *	came, in as many pieces as there were conditions, and better not used
 */
struct outcome {
	struct boxes onward;
	struct boxes matched;
	struct taken *taken;
	size_t taken_count;
	size_t taken_room;
	bool acted;
};

/**
 * struct piece - packets that a lookup found
 * @box: they
 * @found: the element; NULL: which one is not known
 * @doubt: why they may not be found after all, or NULL
 */
struct piece {
	struct box box;
	const struct element *found;
	const char *doubt;
};

struct pieces {
	struct piece *piece;
	size_t count;
	size_t room;
};

struct list {
	const struct element **element;
	size_t count;
	size_t room;
};

/**
 * struct lookup - one lookup
 * @run: whose
 * @step: the set and the fields
 * @found: gets what is found, or NULL
 * @rest: gets what is not, or NULL
 * @blind: which element is found does not matter
 * @first_wins: of several elements the one with the lowest data counts
 */
struct lookup {
	struct run *run;
	const struct step *step;
	struct pieces *found;
	struct boxes *rest;
	bool blind;
	bool first_wins;
};

/* So many boxes may be live, and the rules that concern them be found. */
#define CANDIDATES_BOXES	8

/**
 * struct candidates - the rules of a chain that may concern some packets
 * @by: how they were found; NULL: any rule may
 * @field: by which field
 * @found: numbers of rules that ask for a value that the packets have; @by has those
 *	that ask for none
 * @at: entry of @found to read next
 * @other_at: likewise of @by
 * @values: of @field, that the packets had
 * @count: entries of @values
 */
struct candidates {
	const struct field_index *by;
	enum field field;
	struct numbers found;
	size_t at;
	size_t other_at;
	const struct values *values[CANDIDATES_BOXES];
	size_t count;
};

bool spend(struct run *run, uint64_t work);
void keep_box(struct run *run, struct boxes *boxes, const struct box *box);
void keep_boxes(struct run *run, struct boxes *boxes, struct boxes *more);
void run_end(struct run *run, const struct box *box, enum verdict verdict,
	     const struct rule *rule, const struct chain *chain);
size_t block_run(struct run *run, const struct chain *chain, size_t from, struct boxes *live);

void rule_run(struct run *run, const struct rule *rule, const struct box *box,
	      struct outcome *outcome);
bool rule_misses(const struct rule *rule, enum protocol_version version, const struct box *box);
bool rule_acts(const struct rule *rule, enum protocol_version version);
const struct values *rule_wants(const struct rule *rule, enum protocol_version version,
				enum field field);

void candidates_find(struct candidates *candidates, const struct chain *chain,
		     enum protocol_version version, const struct boxes *live);
bool candidates_hold(const struct candidates *candidates, const struct boxes *live);
size_t candidates_next(struct candidates *candidates, size_t from);
bool candidates_many(const struct candidates *candidates);
void candidates_free(struct candidates *candidates);

void lookup_run(struct run *run, const struct step *step, const struct box *box,
		struct pieces *found, struct boxes *rest);
void lookup_candidates(struct lookup *lookup, const struct box *box, struct list *list);

void split_box(struct lookup *lookup, const struct list *list, const struct box *box);
void add_found(struct lookup *lookup, const struct box *box, const struct element *element,
	       const char *doubt);
bool list_push(struct run *run, struct list *list, const struct element *element);
int compare_key(const struct interval *a, const struct interval *b);

const struct values *masked_values(struct arena *arena, const struct values *now,
				   const struct step *step);
void masked_assign(struct run *run, const struct step *step, __uint128_t value,
		   const struct box *box, struct boxes *results);

#endif /* RULESET_EVALUATE_RUN_H */

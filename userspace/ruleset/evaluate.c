// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of packets through a chain and the chains it jumps to.
 *
 * All packets meet a rule before any meets the next one, so that pieces which rules
 * have cut apart can be put together again.
 */
#include <errno.h>
#include <stdlib.h>

#include "ruleset/evaluate_run.h"

/*
 * NFT_JUMP_STACK_SIZE of net/netfilter/nf_tables.h.  nft_chain_validate() of
 * nf_tables_api.c refuses what is deeper, goto or jump, and so loops; bytecode from
 * elsewhere may have them all the same.
 */
#define DEPTH_MOST	16

/* So many boxes at one rule, and putting together pays. */
#define JOIN_FROM	32

/* After so many rules that were not met in vain, those in a row are tried at once; where
 * that was no use, after twice as many.
 */
#define HITS_MANY	16

/**
 * struct chain_run - packets on their way through one chain
 * @live: they
 * @back: those that have left it for where it was come from
 * @candidates: the rules that may concern @live
 * @outcome: of the last rule
 * @hits: how many rules were not met in vain
 * @patience: after so many of them, those in a row are tried at once
 * @renew: the last one was not
 */
struct chain_run {
	struct boxes *live;
	struct boxes *back;
	struct candidates candidates;
	struct outcome outcome;
	size_t hits;
	size_t patience;
	bool renew;
};

static void run_chain(struct run *run, const struct chain *chain, unsigned int depth,
		      struct boxes *live, struct boxes *back);

/**
 * spend() - count work
 * @run: whose
 * @work: how many units
 *
 * Return: whether the run goes on.
 */
bool spend(struct run *run, uint64_t work)
{
	if (run->gave_up || run->failed)
		return false;
	if (work > run->work) {
		run->gave_up = "more work than one question is worth";
		return false;
	}
	run->work -= work;
	return true;
}

/**
 * keep_box() - add to a list, within the limit of pieces
 * @run: whose; gives up, or fails, when there is no room
 * @boxes: the list
 * @box: what is added
 */
void keep_box(struct run *run, struct boxes *boxes, const struct box *box)
{
	if (boxes->count >= PIECES_MOST)
		run->gave_up = "more pieces than can be followed";
	else if (boxes_add(boxes, box))
		run->failed = true;
}

/**
 * keep_boxes() - move boxes to the end of a list, within the limit of pieces
 * @run: whose
 * @boxes: the list
 * @more: what is added; is empty then
 */
void keep_boxes(struct run *run, struct boxes *boxes, struct boxes *more)
{
	const struct boxes empty = *boxes;
	size_t i;

	/* Often there are many, and nothing to add them to. */
	if (!boxes->count) {
		*boxes = *more;
		*more = empty;
	}
	for (i = 0; i < more->count && !run->failed; i++)
		keep_box(run, boxes, &more->box[i]);
	more->count = 0;
}

static int add_ending(struct evaluation *evaluation, const struct ending *ending)
{
	struct ending *grown;
	size_t room;

	if (evaluation->count == evaluation->room) {
		room = evaluation->room ? evaluation->room * 2 : 16;
		grown = reallocarray(evaluation->endings, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		evaluation->endings = grown;
		evaluation->room = room;
	}
	evaluation->endings[evaluation->count++] = *ending;
	return 0;
}

/**
 * run_end() - packets have left the base chain
 * @run: whose
 * @box: the packets
 * @verdict: how
 * @rule: that decided, or NULL
 * @chain: where
 */
void run_end(struct run *run, const struct box *box, enum verdict verdict,
	     const struct rule *rule, const struct chain *chain)
{
	const struct ending ending = {
		.box = *box,
		.verdict = verdict,
		.rule = rule,
		.chain = chain,
	};

	if (run->evaluation->count >= PIECES_MOST)
		run->gave_up = "more pieces than can be followed";
	else if (add_ending(run->evaluation, &ending))
		run->failed = true;
}

/* Either way: nobody can tell. */
static void end_unknown(struct run *run, struct box box, const char *doubt,
			const struct rule *rule, const struct chain *chain)
{
	if (!box.doubt)
		box.doubt = doubt;
	run_end(run, &box, VERDICT_ACCEPT, rule, chain);
	run_end(run, &box, VERDICT_DROP, rule, chain);
}

static void enter(struct run *run, const struct rule *rule, const struct taken *taken,
		  unsigned int depth, struct boxes *back)
{
	struct boxes live = { 0 }, returned = { 0 };

	if (depth >= DEPTH_MOST || !taken->chain) {
		end_unknown(run, taken->box, "chains that lead into each other without end",
			    rule, rule->chain);
		return;
	}
	if (!spend(run, WORK_JUMP))
		return;
	keep_box(run, &live, &taken->box);
	run_chain(run, taken->chain, depth + 1, &live, &returned);
	keep_boxes(run, back, &returned);
	boxes_free(&live);
	boxes_free(&returned);
}

/* Where the packets go that a rule has a verdict for; those of @live and @back return. */
static void follow_verdict(struct run *run, const struct rule *rule, const struct taken *taken,
			   unsigned int depth, struct boxes *live, struct boxes *back)
{
	switch (taken->verdict) {
	case VERDICT_JUMP:
		enter(run, rule, taken, depth, live);
		break;
	case VERDICT_GOTO:
		enter(run, rule, taken, depth, back);
		break;
	case VERDICT_RETURN:
		keep_box(run, back, &taken->box);
		break;
	case VERDICT_CONTINUE:
		keep_box(run, live, &taken->box);
		break;
	default:
		run_end(run, &taken->box, taken->verdict, rule, rule->chain);
		break;
	}
}

static void tell(struct run *run, const struct rule *rule, const struct box *box,
		 const struct boxes *matched)
{
	const struct evaluation *evaluation = run->evaluation;

	if (evaluation->met && !run->gave_up && !run->failed)
		evaluation->met(evaluation->met_data, rule, box, matched);
}

/* One rule and one box; what goes on with the next rule is put into @live. */
static void meet(struct run *run, const struct rule *rule, const struct box *box,
		 unsigned int depth, struct boxes *live, struct boxes *back,
		 struct outcome *outcome)
{
	size_t i;

	outcome->onward.count = 0;
	outcome->matched.count = 0;
	outcome->taken_count = 0;
	outcome->acted = false;
	rule_run(run, rule, box, outcome);
	tell(run, rule, box, &outcome->matched);
	if (!outcome->acted) {
		keep_box(run, live, box);
		return;
	}
	for (i = 0; i < outcome->onward.count; i++)
		keep_box(run, live, &outcome->onward.box[i]);
	for (i = 0; i < outcome->taken_count && spend(run, 1); i++)
		follow_verdict(run, rule, &outcome->taken[i], depth, live, back);
}

static bool passes_by(struct run *run, const struct rule *rule, const struct box *box)
{
	static const struct boxes nothing;
	enum protocol_version version = run->evaluation->version;

	if (rule_misses(rule, version, box)) {
		tell(run, rule, box, &nothing);
		return true;
	}
	return !run->evaluation->met && !rule_acts(rule, version);
}

/* All boxes of @live and one rule.  Most boxes meet most rules in vain, and stay where
 * they are.  Return: whether any did not.
 */
static bool run_rule(struct run *run, const struct rule *rule, unsigned int depth,
		     struct boxes *live, struct boxes *back, struct outcome *outcome)
{
	size_t count = live->count, kept = 0, i;
	struct box box;

	for (i = 0; i < count && spend(run, 1); i++) {
		if (passes_by(run, rule, &live->box[i])) {
			if (kept != i)
				live->box[kept] = live->box[i];
			kept++;
			continue;
		}
		box = live->box[i];
		meet(run, rule, &box, depth, live, back, outcome);
		if (arena_full(run->evaluation->arena))
			run->gave_up = "more memory than one question is worth";
	}
	/* What has been added stands behind those that were there. */
	if (kept == count)
		return false;
	for (i = count; i < live->count; i++)
		live->box[kept++] = live->box[i];
	live->count = kept;
	return true;
}

/* Join when there are twice as many as there were last time. */
static void join_many(struct run *run, struct boxes *boxes, size_t *limit)
{
	if (boxes->count < *limit)
		return;
	boxes_join(run->evaluation->arena, boxes);
	*limit = boxes->count * 2 > JOIN_FROM ? boxes->count * 2 : JOIN_FROM;
}

static void outcome_free(struct outcome *outcome)
{
	boxes_free(&outcome->onward);
	boxes_free(&outcome->matched);
	free(outcome->taken);
}

/* A rule, or more of them at once.  Return: how many. */
static size_t run_some(struct run *run, const struct chain *chain, size_t from,
		       unsigned int depth, struct chain_run *state)
{
	size_t many = 0;

	if (state->hits >= state->patience && candidates_many(&state->candidates)) {
		many = block_run(run, chain, from, state->live);
		state->hits = 0;
		state->patience = many ? HITS_MANY : state->patience * 2;
	}
	state->renew = many;
	if (many)
		return many;
	state->renew = run_rule(run, &chain->rules[from], depth, state->live, state->back,
				&state->outcome);
	state->hits += state->renew;
	return 1;
}

/* Who asks what rules are met is told of those, too, that are met in vain. */
static void find_candidates(struct run *run, const struct chain *chain, struct chain_run *state)
{
	if (!run->evaluation->met)
		candidates_find(&state->candidates, chain, run->evaluation->version,
				state->live);
}

/* @live enters @chain; what leaves it for where it came from is put into @back. */
static void run_chain(struct run *run, const struct chain *chain, unsigned int depth,
		      struct boxes *live, struct boxes *back)
{
	struct chain_run state = { .live = live, .back = back, .patience = HITS_MANY };
	size_t limit = JOIN_FROM, i;

	find_candidates(run, chain, &state);
	i = candidates_next(&state.candidates, 0);
	while (i < chain->count && live->count && !run->gave_up && !run->failed) {
		i += run_some(run, chain, i, depth, &state);
		join_many(run, live, &limit);
		if (state.renew && !candidates_hold(&state.candidates, live))
			find_candidates(run, chain, &state);
		i = candidates_next(&state.candidates, i);
	}
	keep_boxes(run, back, live);
	limit = JOIN_FROM;
	join_many(run, back, &limit);
	outcome_free(&state.outcome);
	candidates_free(&state.candidates);
}

/* An address of IPv4 has 32 bits: what is beyond is no packet. */
static void bound_addresses(struct run *run, struct box *box)
{
	static const enum field address[] = { FIELD_SADDR, FIELD_DADDR };
	const struct values *all;
	unsigned int i;

	if (run->evaluation->version != VERSION_4)
		return;
	all = values_range(run->evaluation->arena, 0, UINT32_MAX);
	for (i = 0; i < 2; i++)
		if (!box->now[address[i]])
			box_narrow(run->evaluation->arena, box, address[i], all, NULL);
}

static void run_base(struct run *run, const struct box *box)
{
	const struct chain *base = run->base;
	struct boxes live = { 0 }, back = { 0 };
	struct box start = *box;
	size_t i;

	bound_addresses(run, &start);
	keep_box(run, &live, &start);
	run_chain(run, base, 0, &live, &back);
	/* More of them are joined already. */
	if (back.count < JOIN_FROM)
		boxes_join(run->evaluation->arena, &back);
	for (i = 0; i < back.count && !run->gave_up && !run->failed; i++)
		run_end(run, &back.box[i], base->policy, NULL, base);
	boxes_free(&live);
	boxes_free(&back);
}

/**
 * chain_run() - what becomes of packets in a base chain
 * @evaluation: the endings are added to its list
 * @base: the chain
 * @box: the packets
 *
 * What is too much to follow, or for the arena, ends in doubt: accepted and dropped.
 *
 * Return: 0, or -ENOMEM, and then the list has what it had before.
 */
int chain_run(struct evaluation *evaluation, const struct chain *base, const struct box *box)
{
	struct run run = {
		.evaluation = evaluation,
		.base = base,
		.work = WORK_MOST,
	};
	size_t before = evaluation->count;

	if (box_empty(box))
		return 0;
	run_base(&run, box);
	if (run.gave_up && !run.failed) {
		evaluation->count = before;
		end_unknown(&run, *box, run.gave_up, NULL, base);
	}
	if (!run.failed)
		return 0;
	evaluation->count = before;
	return -ENOMEM;
}

/**
 * evaluation_free() - forget the endings
 * @evaluation: can be used again then
 */
void evaluation_free(struct evaluation *evaluation)
{
	free(evaluation->endings);
	evaluation->endings = NULL;
	evaluation->count = 0;
	evaluation->room = 0;
}

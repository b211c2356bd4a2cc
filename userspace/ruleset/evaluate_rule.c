// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One rule: its steps in order, as nft_do_chain() of net/netfilter/nf_tables_core.c
 * takes the expressions.  A condition that fails ends the rule, and what it did
 * before stays done.
 */
#include <stdlib.h>

#include "ruleset/evaluate_run.h"

/* include/uapi/linux/netfilter/nf_conntrack_common.h and netfilter_ipv4.h */
#define STATE_UNTRACKED		64
#define STATE_NEW		8
#define PRIORITY_CONNTRACK	(-200)

/**
 * struct walk - some packets at some step of a rule
 * @run: whose
 * @rule: which
 * @outcome: where packets go that leave the rule
 * @box: the packets
 * @found: what the last lookup found
 * @maybe: a condition that could not be evaluated has been passed: what now would be
 *	done may not be done.  It becomes the box's doubt when something is done; what
 *	a later condition keeps out is kept out in any case.
 * @noted: these packets are among those that the rule matches already
 */
struct walk {
	struct run *run;
	const struct rule *rule;
	struct outcome *outcome;
	struct box box;
	const struct element *found;
	const char *maybe;
	bool noted;
};

static void walk_from(struct walk *walk, size_t at);

static bool is_condition(const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
	case STEP_MASKED:
	case STEP_EITHER:
	case STEP_LOOKUP:
	case STEP_DOUBT:
	case STEP_NEVER:
		return true;
	case STEP_VERDICT:
		return step->verdict == VERDICT_CONTINUE;
	default:
		return false;
	}
}

/**
 * rule_acts() - whether a rule does anything to a packet
 * @rule: the rule
 * @version: of IP
 */
bool rule_acts(const struct rule *rule, enum protocol_version version)
{
	size_t i;

	for (i = 0; i < rule->step_count[version]; i++)
		if (!is_condition(&rule->steps[version][i]))
			return true;
	return false;
}

/**
 * rule_misses() - whether a look at a rule's first conditions shows that it is in vain
 * @rule: the rule
 * @version: of IP
 * @box: the packets that meet it
 */
bool rule_misses(const struct rule *rule, enum protocol_version version, const struct box *box)
{
	const struct step *step = rule->steps[version], *end = step + rule->step_count[version];

	for (; step < end; step++) {
		if (step->kind == STEP_NEVER)
			return true;
		if (step->kind == STEP_MATCH && !values_meet(box->now[step->field], step->values))
			return true;
		if (!is_condition(step))
			return false;
	}
	return false;
}

/**
 * rule_wants() - what packets must have for a rule to do anything
 * @rule: the rule
 * @version: of IP
 * @field: which of their fields
 *
 * Return: the values that its first conditions ask for; NULL: any.
 */
const struct values *rule_wants(const struct rule *rule, enum protocol_version version,
				enum field field)
{
	static const struct values none;
	const struct step *step = rule->steps[version], *end = step + rule->step_count[version];
	const struct values *wanted = NULL;

	for (; step < end && is_condition(step); step++) {
		if (step->kind == STEP_NEVER)
			return &none;
		if (step->kind == STEP_MATCH && step->field == field && !wanted)
			wanted = step->values;
	}
	return wanted;
}

static void go_on(struct walk *walk, const struct box *box)
{
	keep_box(walk->run, &walk->outcome->onward, box);
}

/* The packets for which it is certain, or as good as, that the conditions hold. */
static void note_matched(struct walk *walk)
{
	struct box box = walk->box;

	if (!walk->run->evaluation->met || walk->noted)
		return;
	walk->noted = true;
	if (!box.doubt)
		box.doubt = walk->maybe;
	keep_box(walk->run, &walk->outcome->matched, &box);
}

/* Something is done: those who may not have come here go on without it. */
static void act(struct walk *walk)
{
	note_matched(walk);
	walk->outcome->acted = true;
	if (!walk->maybe)
		return;
	if (!walk->box.doubt)
		walk->box.doubt = walk->maybe;
	walk->maybe = NULL;
	go_on(walk, &walk->box);
}

static void take(struct walk *walk, enum verdict verdict, const struct chain *chain)
{
	struct outcome *outcome = walk->outcome;
	struct taken *grown;
	size_t room;

	if (outcome->taken_count == outcome->taken_room) {
		room = outcome->taken_room ? outcome->taken_room * 2 : 4;
		grown = reallocarray(outcome->taken, room, sizeof(*grown));
		if (!grown) {
			walk->run->failed = true;
			return;
		}
		outcome->taken = grown;
		outcome->taken_room = room;
	}
	outcome->taken[outcome->taken_count++] = (struct taken){
		.box = walk->box,
		.verdict = verdict,
		.chain = chain,
	};
}

/* Each returns whether the packets go on with the next step. */

static bool narrow(struct walk *walk, enum field field, const struct values *values)
{
	struct box rest;
	bool some;

	some = box_narrow(walk->run->evaluation->arena, &walk->box, field, values, &rest);
	if (!values_empty(rest.now[field]))
		go_on(walk, &rest);
	return some;
}

static bool match_masked(struct walk *walk, const struct step *step)
{
	struct arena *arena = walk->run->evaluation->arena;
	const struct values *now = walk->box.now[step->field];
	const struct values *values = masked_values(arena, now, step);

	if (values)
		return narrow(walk, step->field, values);
	if (!walk->maybe)
		walk->maybe = "a mask of more values than can be tried";
	return true;
}

/* One of two fields: first all that the one lets in, then what the other adds. */
static bool match_either(struct walk *walk, const struct step *step, size_t at)
{
	struct arena *arena = walk->run->evaluation->arena;
	struct walk branch = *walk;
	struct box rest;

	if (box_narrow(arena, &branch.box, step->field, step->values, &rest))
		walk_from(&branch, at + 1);
	if (values_empty(rest.now[step->field]))
		return false;
	walk->box = rest;
	return narrow(walk, step->keys[0], step->values);
}

static bool look_up(struct walk *walk, const struct step *step, size_t at)
{
	struct pieces found = { 0 };
	struct boxes rest = { 0 };
	struct walk branch;
	size_t i;

	lookup_run(walk->run, step, &walk->box, &found, &rest);
	for (i = 0; i < rest.count; i++)
		go_on(walk, &rest.box[i]);
	for (i = 0; i < found.count && !walk->run->gave_up && !walk->run->failed; i++) {
		branch = *walk;
		branch.box = found.piece[i].box;
		branch.found = found.piece[i].found;
		if (!branch.maybe)
			branch.maybe = found.piece[i].doubt;
		walk_from(&branch, at + 1);
	}
	boxes_free(&rest);
	free(found.piece);
	return false;
}

static bool choose(struct walk *walk)
{
	const struct element *found = walk->found;

	if (!found) {
		/* An element that is not in the set yet: any verdict. */
		if (!walk->maybe)
			walk->maybe = "a map that rules add to";
		act(walk);
		take(walk, VERDICT_ACCEPT, NULL);
		take(walk, VERDICT_DROP, NULL);
		return false;
	}
	if (found->mapped->verdict == VERDICT_CONTINUE)
		return true;
	act(walk);
	take(walk, found->mapped->verdict, found->mapped->chain);
	return false;
}

static bool assign(struct walk *walk, const struct step *step, size_t at)
{
	__uint128_t value = step->value;
	struct boxes results = { 0 };
	struct walk branch;
	size_t i;

	act(walk);
	if (step->from_lookup)
		value = walk->found ? walk->found->mapped->data : 0;
	if (step->from_lookup && !walk->found && !walk->box.doubt)
		walk->box.doubt = "a map that rules add to";
	masked_assign(walk->run, step, value, &walk->box, &results);
	for (i = 0; i < results.count && !walk->run->failed; i++) {
		branch = *walk;
		branch.box = results.box[i];
		walk_from(&branch, at + 1);
	}
	boxes_free(&results);
	return false;
}

static bool is_source_nat(const struct walk *walk, enum nat_kind kind)
{
	unsigned int hook = walk->run->base->hook;

	if (kind == NAT_NETMAP)
		return hook == NF_INET_POST_ROUTING || hook == NF_INET_LOCAL_IN;
	return kind == NAT_SNAT || kind == NAT_MASQUERADE;
}

/* A translation is a verdict too: nf_nat_setup_info() returns NF_ACCEPT. */
static bool translate(struct walk *walk, const struct step *step)
{
	struct effects *effects = &walk->box.effects;

	act(walk);
	if (step->nat.from_lookup && walk->found) {
		effects->address = walk->found->mapped->data;
		effects->port = walk->found->mapped->data_port;
	} else if (step->nat.from_lookup && !walk->box.doubt) {
		walk->box.doubt = "a map that rules add to";
	}
	if (is_source_nat(walk, step->nat.kind))
		effects->snat = &step->nat;
	else
		effects->dnat = &step->nat;
	take(walk, VERDICT_ACCEPT, NULL);
	return false;
}

/* A packet that has a connection, or a template for one, keeps it: nft_notrack_eval(). */
static bool is_tracked(const struct walk *walk)
{
	const struct values *direction = walk->box.now[FIELD_CT_DIRECTION];

	return walk->run->base->priority > PRIORITY_CONNTRACK || walk->box.effects.early_helper ||
	       !values_hold(direction, field_most(FIELD_CT_DIRECTION) + 1);
}

/*
 * Which is there first stays: IPS_HELPER_BIT in nft_ct_helper_obj_eval() of nft_ct.c.
 * Whether the place is one where a helper can be attached is for the way to say.
 * The target CT gives the packet a template, which further rules find: state new.
 */
static bool attach(struct walk *walk, const struct step *step)
{
	struct effects *effects = &walk->box.effects;

	act(walk);
	if (step->early && !is_tracked(walk) && !effects->notrack) {
		effects->early_helper = step->helper;
		box_assign(walk->run->evaluation->arena, &walk->box, FIELD_CT_STATE,
			   values_one(walk->run->evaluation->arena, STATE_NEW));
	}
	if (!step->early && !effects->helper)
		effects->helper = step->helper;
	return true;
}

static bool leave_untracked(struct walk *walk)
{
	struct arena *arena = walk->run->evaluation->arena;

	act(walk);
	if (is_tracked(walk))
		return true;
	walk->box.effects.notrack = true;
	box_assign(arena, &walk->box, FIELD_CT_STATE, values_one(arena, STATE_UNTRACKED));
	return true;
}

static bool fill(struct walk *walk, const struct step *step)
{
	struct run *run = walk->run;

	act(walk);
	if (run->filled_count < FILLED_MOST)
		run->filled[run->filled_count] = step->set;
	if (run->filled_count <= FILLED_MOST)
		run->filled_count++;
	return true;
}

static bool decide(struct walk *walk, const struct step *step)
{
	if (step->verdict == VERDICT_CONTINUE)
		return true;
	act(walk);
	take(walk, step->verdict, step->chain);
	return false;
}

static bool doubt(struct walk *walk, const struct step *step)
{
	if (!walk->maybe)
		walk->maybe = step->name ? step->name : "what is not known";
	return true;
}

static bool take_step(struct walk *walk, const struct step *step, size_t at)
{
	switch (step->kind) {
	case STEP_MATCH:
		return narrow(walk, step->field, step->values);
	case STEP_MASKED:
		return match_masked(walk, step);
	case STEP_EITHER:
		return match_either(walk, step, at);
	case STEP_LOOKUP:
		return look_up(walk, step, at);
	case STEP_DOUBT:
		return doubt(walk, step);
	case STEP_NEVER:
		go_on(walk, &walk->box);
		return false;
	case STEP_ASSIGN:
		return assign(walk, step, at);
	case STEP_VERDICT:
		return decide(walk, step);
	case STEP_CHOOSE:
		return choose(walk);
	case STEP_NAT:
		return translate(walk, step);
	case STEP_HELPER:
		return attach(walk, step);
	case STEP_NOTRACK:
		return leave_untracked(walk);
	case STEP_FILL:
		return fill(walk, step);
	}
	return true;
}

static void walk_from(struct walk *walk, size_t at)
{
	enum protocol_version version = walk->run->evaluation->version;

	for (; at < walk->rule->step_count[version]; at++)
		if (!spend(walk->run, 1) || !take_step(walk, &walk->rule->steps[version][at], at))
			return;
	note_matched(walk);
	go_on(walk, &walk->box);
}

/**
 * rule_run() - what a rule makes of packets
 * @run: whose
 * @rule: the rule
 * @box: the packets
 * @outcome: is added to
 */
void rule_run(struct run *run, const struct rule *rule, const struct box *box,
	      struct outcome *outcome)
{
	struct walk walk = {
		.run = run,
		.rule = rule,
		.outcome = outcome,
		.box = *box,
	};

	walk_from(&walk, 0);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes with the helper: when, to what, and for whom it is attached.
 */
#include <string.h>

#include "ruleset/lint_private.h"

/* Behind ruleset.h, which sees to the names of netinet/in.h. */
#include <linux/netfilter_ipv4.h>

static bool attaches(const struct lint *lint, const struct rule *rule, bool early)
{
	const struct step *step = rule_step(rule, STEP_HELPER);

	return step && step->early == early && step->helper &&
	       !strcmp(step->helper, lint_helper(lint));
}

static bool helper_attached_by(const struct lint *lint, const struct rule *rule)
{
	return attaches(lint, rule, false) || attaches(lint, rule, true);
}

static int each_base(struct lint *lint,
		     int (*see)(struct lint *lint, const struct chain *base,
				const struct rule *rule))
{
	const struct ruleset *ruleset = lint->asked->ruleset;
	size_t t, c;
	int err = 0;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count && !err; c++)
			if (ruleset->tables[t].chains[c].hooked)
				err = rules_below(lint, &ruleset->tables[t].chains[c], see);
	return err;
}

/* --- helper-too-early ------------------------------------------------------ */

/* nft_ct_helper_obj_eval() finds no connection there, and does nothing. */
static int see_early(struct lint *lint, const struct chain *base, const struct rule *rule)
{
	bool before = base->hook == NF_INET_PRE_ROUTING || base->hook == NF_INET_LOCAL_OUT ?
		base->priority <= NF_IP_PRI_CONNTRACK : base->hook == NF_INET_INGRESS;

	if (!before || !attaches(lint, rule, false))
		return 0;
	return lint_note(lint, (struct lint_place) { .rule = rule },
			 "give the base chain a priority above -200, as \"priority mangle\"",
			 "attaches the helper in a chain of priority %d, before connection "
			 "tracking: it does nothing", base->priority);
}

/**
 * lint_early() - is a helper attached before there is a connection?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_early(struct lint *lint)
{
	return each_base(lint, see_early);
}

/* --- helper-never-attached ------------------------------------------------- */

static bool asks_for_helper(const struct lint *lint, const struct rule *rule)
{
	size_t number = lint_helper_number(lint), version, i;

	for (version = 0; version < VERSION_COUNT; version++)
		for (i = 0; i < rule->step_count[version]; i++) {
			const struct step *step = &rule->steps[version][i];

			if (step->kind == STEP_MATCH && step->field == FIELD_CT_HELPER &&
			    values_hold(step->values, number))
				return true;
		}
	return false;
}

static const struct rule *find_rule(const struct lint *lint,
				    bool (*is_it)(const struct lint *lint,
						  const struct rule *rule))
{
	const struct ruleset *ruleset = lint->asked->ruleset;
	size_t t, c, r;

	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			for (r = 0; r < ruleset->tables[t].chains[c].count; r++)
				if (is_it(lint, &ruleset->tables[t].chains[c].rules[r]))
					return &ruleset->tables[t].chains[c].rules[r];
	return NULL;
}

/**
 * lint_never_attached() - is a helper asked for that nobody attaches?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_never_attached(struct lint *lint)
{
	const struct rule *rule;

	if (find_rule(lint, helper_attached_by))
		return 0;
	rule = find_rule(lint, asks_for_helper);
	if (!rule)
		return 0;
	return lint_note(lint, (struct lint_place) { .rule = rule },
			 "attach it to the control flow: \"ct helper set\" with an object of nft, "
			 "\"-t raw ... -j CT --helper\" with iptables; --fix writes the rule",
			 "asks for helper \"%s\", which no rule attaches: since Linux 6.0 no kernel "
			 "does so by itself", lint_helper(lint));
}

/* --- helper-unreached ------------------------------------------------------ */

static bool some_attached(const struct lint *lint, bool *wanted)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;

	*wanted = false;
	for (i = 0; i < journeys->count; i++) {
		const struct journey *journey = &journeys->journey[i];

		if (journey->flow->tag || !by_helper(journey->flow) ||
		    journey->position == AT_BOTH_ENDS)
			continue;
		if (journey->helper)
			return true;
		*wanted = *wanted || journey->answer == ANSWER_ACCEPT;
	}
	return false;
}

/**
 * lint_unreached() - does a rule attach the helper, and never gets to do so?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_unreached(struct lint *lint)
{
	const struct rule *rule = find_rule(lint, helper_attached_by);
	bool wanted;

	if (!rule || some_attached(lint, &wanted) || !wanted)
		return 0;
	return lint_note(lint, (struct lint_place) { .rule = rule },
			 "put it in front of the rule that accepts the first packet of the control "
			 "flow, and let it match the site's addresses",
			 "attaches helper \"%s\", and no control flow of the site gets it",
			 lint_helper(lint));
}

/* --- helper-attached-wide -------------------------------------------------- */

static const struct values *control_ports(struct lint *lint, enum protocol_version version,
					  bool made_here)
{
	const struct journeys *journeys = lint->question->journeys;
	const struct values *ports = values_range(lint->arena, 1, 0);
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct stage *stage = first_stage(journey);

		if (!stage || journey->flow->tag || !by_helper(journey->flow) ||
		    stage->passage.version != version || stage->passage.made_here != made_here)
			continue;
		ports = values_or(lint->arena, ports, stage->passage.box.now[FIELD_DPORT]);
	}
	return ports;
}

/* The packets of the control flows: joined, those of many clients are few boxes. */
static int controls(struct lint *lint, struct boxes *boxes)
{
	static const enum field asked[] = {
		FIELD_SADDR, FIELD_DADDR, FIELD_PROTOCOL, FIELD_SPORT, FIELD_DPORT,
	};
	const struct journeys *journeys = lint->question->journeys;
	size_t i, j;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct stage *stage = first_stage(&journeys->journey[i]);
		struct box box = { 0 };

		if (!stage || journeys->journey[i].flow->tag ||
		    !by_helper(journeys->journey[i].flow))
			continue;
		for (j = 0; j < sizeof(asked) / sizeof(*asked); j++)
			box.was[asked[j]] = stage->passage.box.now[asked[j]];
		err = boxes_add(boxes, &box);
	}
	boxes_join(lint->arena, boxes);
	return err;
}

static int take_off_controls(struct lint *lint, struct boxes *boxes)
{
	struct boxes needed = { 0 };
	size_t i;
	int err = boxes->count ? controls(lint, &needed) : 0;

	for (i = 0; i < needed.count && boxes->count && !err; i++)
		err = boxes_subtract(lint->arena, boxes, &needed.box[i]);
	boxes_free(&needed);
	return err;
}

/* Who gets the helper and is no flow of the site. */
static int strangers(struct lint *lint, const struct fates *fates, struct boxes *boxes)
{
	size_t i;
	int err = 0;

	memset(boxes, 0, sizeof(*boxes));
	for (i = 0; i < fates->count && !err; i++)
		if (fates->fate[i].verdict == VERDICT_ACCEPT &&
		    box_attached(lint, &fates->fate[i].box))
			err = boxes_add(boxes, &fates->fate[i].box);
	return err ? : take_off_controls(lint, boxes);
}

static int note_strangers(struct lint *lint, const struct boxes *boxes)
{
	__uint128_t example[FIELD_COUNT];
	bool ports;

	box_example(&boxes->box[0], example);
	ports = !values_meet_range(boxes->box[0].was[FIELD_SPORT], 512, 1023);
	return lint_note(lint, (struct lint_place) { .rule = find_rule(lint, helper_attached_by) },
			 "match source and destination address, and the source ports of "
			 "reserved-udp-port: whoever gets the helper opens ports by what it says",
			 "attaches helper \"%s\" to packets of no flow of the site, as from port %u%s",
			 lint_helper(lint), (unsigned int)example[FIELD_SPORT],
			 ports ? "" : ", or from other addresses");
}

static int attached_wide(struct lint *lint, enum protocol_version version, bool made_here)
{
	const struct values *ports = control_ports(lint, version, made_here);
	struct passage passage;
	struct fates fates;
	struct boxes boxes = { 0 };
	int err;

	if (values_empty(ports))
		return 0;
	passage = lint_anybody(lint, version, IPPROTO_UDP, made_here);
	passage.box.now[FIELD_DPORT] = ports;
	err = lint_ask(lint, &passage, &fates) ? : strangers(lint, &fates, &boxes);
	if (!err && boxes.count)
		err = note_strangers(lint, &boxes);
	fates_free(&fates);
	boxes_free(&boxes);
	return err;
}

/**
 * lint_attached_wide() - does anybody else get the helper?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_attached_wide(struct lint *lint)
{
	enum protocol_version version;
	int err = 0;

	if (!find_rule(lint, helper_attached_by))
		return 0;
	for (version = VERSION_4; version < VERSION_COUNT && !err; version++)
		err = attached_wide(lint, version, false) ? :
		      attached_wide(lint, version, true);
	return err;
}

/* --- related-any-helper ---------------------------------------------------- */

static int note_related(struct lint *lint, const struct fates *fates)
{
	size_t i;
	int err = 0;

	for (i = 0; i < fates->count && !err; i++) {
		const struct fate *fate = &fates->fate[i];

		if (fate->verdict != VERDICT_ACCEPT || !fate->rule ||
		    !rule_asks(fate->rule, FIELD_CT_STATE))
			continue;
		err = lint_note(lint, (struct lint_place) { .rule = fate->rule },
				"ask for the helper and the ports too: \"ct state related ct helper "
				"\"amanda\" tcp dport ...\", or -m helper --helper amanda; leave ICMP "
				"errors a rule of their own",
				"lets in what any helper has announced");
	}
	return err;
}

/* A stream, as another helper would have announced it. */
static int related(struct lint *lint, const struct stage *stage)
{
	struct passage passage = stage->passage;
	struct fates fates;
	int err;

	passage.first = true;
	passage.translation = NULL;
	passage.box.now[FIELD_CT_STATE] = values_one(lint->arena, STATE_RELATED);
	passage.box.now[FIELD_CT_MARK] = values_one(lint->arena, 0);
	passage.box.now[FIELD_CT_HELPER] = values_one(lint->arena,
						      lint->asked->ruleset->helper_count + 2);
	err = lint_ask(lint, &passage, &fates) ? : note_related(lint, &fates);
	fates_free(&fates);
	return err;
}

/**
 * lint_related() - is let in what another helper announced?
 * @lint: the run
 *
 * A few streams of each kind are enough: rules for each pair of machines that
 * make this mistake make it for all of them.
 *
 * Return: 0 or -ENOMEM.
 */
int lint_related(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t asked[VERSION_COUNT][2] = { 0 }, i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct stage *stage = first_stage(journey);

		if (!stage || !journey->flow->tag || !by_helper(journey->flow) ||
		    journey->position == AT_BOTH_ENDS ||
		    asked[stage->passage.version][stage->passage.made_here]++ >= FLOWS_ASKED)
			continue;
		err = related(lint, stage);
	}
	return err;
}

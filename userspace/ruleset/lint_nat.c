// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes with translation.  The kernel keeps a reserved port within 600-1023
 * where it has to change it (nf_nat_l4proto_unique_tuple() of nf_nat_core.c),
 * and Amanda takes a request from a reserved port only.
 */
#include "ruleset/lint_private.h"

/* Where the kernel looks for another port for one of 512-1023. */
#define KEPT_LOW	600
#define KEPT_HIGH	1023

static bool is_masqueraded(const struct flow *flow)
{
	size_t i;

	for (i = 0; i < flow->hop_count; i++)
		if (!address_equal(&flow->hops[i].in.source, &flow->hops[i].out.source))
			return true;
	return false;
}

static bool from_reserved(const struct flow *flow)
{
	return flow->sent.sport.high < 1024;
}

/* --- nat-sport-narrow ------------------------------------------------------ */

static struct passage remapped(struct lint *lint, const struct stage *stage)
{
	struct passage passage = stage->passage;

	passage.box.now[FIELD_SPORT] = values_range(lint->arena, KEPT_LOW, KEPT_HIGH);
	return passage;
}

static int narrow_of(struct lint *lint, const struct journey *journey)
{
	struct passage passage = remapped(lint, first_stage(journey));
	struct fates fates;
	size_t i;
	int err = lint_ask(lint, &passage, &fates);

	for (i = 0; i < fates.count && !err; i++) {
		const struct fate *fate = &fates.fate[i];

		if (fate->verdict != VERDICT_DROP && fate->verdict != VERDICT_REJECT)
			continue;
		err = lint_note(lint, (struct lint_place) { fate->rule, fate->chain },
				"let in source ports 600-1023 from the translated address: that is "
				"where the kernel looks for another",
				"stops requests of %s whose source port was translated, as %u; that "
				"happens where two clients use one port",
				journey->flow->initiator->name,
				(unsigned int)fate->box.was[FIELD_SPORT]->interval[0].low);
		break;
	}
	fates_free(&fates);
	return err;
}

/**
 * lint_nat_narrow() - is a source port that was translated let in?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_nat_narrow(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t asked = 0, i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];

		if (journey->position != AT_RESPONDER || journey->flow->tag ||
		    !from_reserved(journey->flow) || !is_masqueraded(journey->flow) ||
		    journey->answer != ANSWER_ACCEPT || !journey->stage_count ||
		    asked++ >= FLOWS_ASKED)
			continue;
		err = narrow_of(lint, journey);
	}
	return err;
}

/* --- nat-unprivileged-ports ------------------------------------------------ */

static int high_of(struct lint *lint, const struct journey *journey)
{
	const struct stage *stage = first_stage(journey);
	size_t i;
	int err = 0;

	for (i = 0; i < stage->fates.count && !err; i++) {
		const struct nat_step *nat = stage->fates.fate[i].box.effects.snat;

		if (!nat || nat->port.high < 1024)
			continue;
		err = lint_note(lint, (struct lint_place) {
				.rule = rule_of_nat(lint->asked->ruleset, nat) },
				"leave the ports to the kernel, or translate Amanda's requests by a "
				"rule of their own, to :600-1023",
				"translates the reserved source port of %s to %u-%u: Amanda answers "
				"\"port ... not secure\"", journey->flow->initiator->name,
				(unsigned int)nat->port.low, (unsigned int)nat->port.high);
	}
	return err;
}

/**
 * lint_nat_high() - are reserved ports translated to others?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_nat_high(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];

		if (!journey->flow->tag && from_reserved(journey->flow) && first_stage(journey))
			err = high_of(lint, journey);
	}
	return err;
}

/* --- nat-helper-missing ---------------------------------------------------- */

static bool is_translated(const struct lint *lint, const struct stage *stage)
{
	const uint32_t addresses = 1u << FIELD_SADDR | 1u << FIELD_DADDR;
	size_t i;

	for (i = 0; i < stage->fates.count; i++)
		if (stage->fates.fate[i].box.changed & addresses &&
		    box_attached(lint, &stage->fates.fate[i].box))
			return true;
	return false;
}

/**
 * lint_nat_module() - is there the half of the helper that translates?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_nat_module(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;

	if (lint->question->machine.nat_module != KNOWN_NO)
		return 0;
	for (i = 0; i < journeys->count; i++) {
		const struct stage *stage = first_stage(&journeys->journey[i]);

		if (stage && !journeys->journey[i].flow->tag && is_translated(lint, stage))
			return lint_note(lint, (struct lint_place) { 0 },
					 "modprobe nf_nat_amanda; amfwctl generate --format "
					 "modules-load writes the file that does so at boot",
					 "translates control flows, and nf_nat_amanda is not loaded: "
					 "the ports in their answers stay as they are");
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes with the state of connections, and IPv6 for nobody.
 */
#include <string.h>

#include "flow/preset.h"
#include "ruleset/lint_private.h"

/* --- established-missing --------------------------------------------------- */

/**
 * lint_established() - is dropped what belongs to a connection?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_established(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct stage *stage = deciding_stage(journey);

		if (!is_blocked(journey) || !stage || stage->kind == STAGE_FIRST ||
		    !journey->fate || journey->fate->box.effects.notrack ||
		    journey->fate->verdict == VERDICT_ACCEPT)
			continue;
		err = lint_note(lint, (struct lint_place) { journey->fate->rule,
							    journey->fate->chain },
				"put \"ct state established accept\" in front of it",
				"drops packets of connections that were let in: the %s",
				stage_name(stage));
	}
	return err;
}

/* --- invalid-untracked ----------------------------------------------------- */

static bool is_unseen(const struct fate *fate)
{
	const struct values *state = fate->box.now[FIELD_CT_STATE];

	return state && state->count == 1 &&
	       state->interval[0].low == NF_CT_STATE_INVALID_BIT &&
	       state->interval[0].high == NF_CT_STATE_INVALID_BIT;
}

/**
 * lint_invalid() - are packets dropped as invalid that nobody has looked at yet?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_invalid(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct fate *fate = journeys->journey[i].fate;

		if (!is_blocked(&journeys->journey[i]) || !fate || !fate->rule ||
		    !rule_asks(fate->rule, FIELD_CT_STATE) || !is_unseen(fate))
			continue;
		err = lint_note(lint, (struct lint_place) { .rule = fate->rule },
				"move it to a chain of priority above -200, as \"priority filter\"",
				"asks for the state before connection tracking: every packet is "
				"invalid there");
	}
	return err;
}

/* --- ipv6-unused ----------------------------------------------------------- */

static bool has_ipv6(const struct host *host)
{
	return !host->settings.preset || host->settings.preset->ipv6;
}

static int note_ipv6(struct lint *lint, const struct fates *fates)
{
	const struct preset *preset = lint->asked->host->settings.preset;
	size_t i;
	int err = 0;

	for (i = 0; i < fates->count && !err; i++) {
		const struct fate *fate = &fates->fate[i];

		if (fate->verdict == VERDICT_ACCEPT && fate->rule &&
		    rule_asks(fate->rule, FIELD_DPORT))
			err = lint_note(lint, (struct lint_place) { .rule = fate->rule },
					"let it match IPv4 alone: \"meta nfproto ipv4\"",
					"opens Amanda's port for IPv6, which Amanda as built by "
					"%s does not use", preset->name);
	}
	return err;
}

/* Amanda has no address of IPv6, and the machine may well have one. */
static int ask_ipv6(struct lint *lint, int protocol, struct fates *fates)
{
	const __uint128_t address = (__uint128_t)0x20010db8 << 96 | 1;
	const struct local_address own = { .family = AF_INET6, .value = address };
	struct world world = *lint->asked->world;
	struct passage passage = lint_anybody(lint, VERSION_6, protocol, false);

	world.addresses = &own;
	world.address_count = 1;
	passage.box.now[FIELD_DADDR] = values_one(lint->arena, address);
	passage.box.now[FIELD_DPORT] = values_one(lint->arena, AMANDA_PORT);
	return path_run(lint->asked->ruleset, &world, lint->arena, &passage, NULL, fates);
}

/**
 * lint_ipv6() - is IPv6 open for an Amanda that has none?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_ipv6(struct lint *lint)
{
	static const int protocols[] = { IPPROTO_UDP, IPPROTO_TCP };
	size_t i;
	int err = 0;

	for (i = 0; i < 2 && !err && !has_ipv6(lint->asked->host); i++) {
		struct fates fates;

		err = ask_ipv6(lint, protocols[i], &fates) ? : note_ipv6(lint, &fates);
		fates_free(&fates);
	}
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets from anybody, to find what a ruleset does beside the flows of a site.
 */
#include <string.h>

#include "ruleset/lint_private.h"

#define SYN	0x02

/**
 * lint_helper() - the name of the helper that opens streams
 * @lint: the run
 */
const char *lint_helper(const struct lint *lint)
{
	return lint->asked->helper_name ? : "amanda";
}

/**
 * lint_helper_number() - its number in the ruleset
 * @lint: the run
 *
 * Return: the number; one that no rule knows where none names it.
 */
size_t lint_helper_number(const struct lint *lint)
{
	const struct ruleset *ruleset = lint->asked->ruleset;
	size_t i;

	for (i = 0; i < ruleset->helper_count; i++)
		if (!strcmp(ruleset->helpers[i], lint_helper(lint)))
			break;
	return i + 1;
}

/* Who forwards nothing takes no packets but its own. */
static const struct values *destinations(struct lint *lint, enum protocol_version version)
{
	const struct values *own = values_range(lint->arena, 1, 0);
	const struct world *world = lint->asked->world;
	size_t i;

	if (lint->asked->host->roles & ROLE_GATEWAY)
		return NULL;
	for (i = 0; i < world->address_count; i++)
		if (world->addresses[i].family == (version == VERSION_4 ? AF_INET : AF_INET6))
			own = values_or(lint->arena, own,
					values_one(lint->arena, world->addresses[i].value));
	return own;
}

/**
 * lint_anybody() - first packets of connections, from all ports and addresses
 * @lint: the run
 * @version: of IP
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @made_here: by this machine, to anybody; otherwise to whom it takes packets for
 *
 * Return: them.
 */
struct passage lint_anybody(struct lint *lint, enum protocol_version version, int protocol,
			    bool made_here)
{
	struct passage passage = { .version = version, .first = true };
	struct box *box = &passage.box;
	struct arena *arena = lint->arena;

	passage.made_here = made_here;
	if (!made_here)
		box->now[FIELD_DADDR] = destinations(lint, version);
	box->now[FIELD_PROTOCOL] = values_one(arena, (__uint128_t)protocol);
	box->now[FIELD_SPORT] = values_range(arena, 1, 65535);
	if (protocol == IPPROTO_TCP)
		box->now[FIELD_TCP_FLAGS] = values_one(arena, SYN);
	box->now[FIELD_MARK] = values_one(arena, 0);
	box->now[FIELD_PKTTYPE] = values_one(arena, 0);
	box->now[FIELD_FRAGMENT] = values_one(arena, 0);
	box->now[FIELD_TOS] = values_one(arena, 0);
	box->now[FIELD_TTL] = values_one(arena, 64);
	box->now[FIELD_LENGTH] = values_one(arena, 128);
	return passage;
}

/**
 * lint_ask() - what becomes of packets
 * @lint: the run
 * @passage: they
 * @fates: to fill
 *
 * Return: 0 or -ENOMEM.
 */
int lint_ask(struct lint *lint, const struct passage *passage, struct fates *fates)
{
	return path_run(lint->asked->ruleset, lint->asked->world, lint->arena, passage, NULL,
			fates);
}

/**
 * box_attached() - do packets take the helper with them?
 * @lint: the run
 * @box: the packets, at the end of their way
 */
bool box_attached(const struct lint *lint, const struct box *box)
{
	return box->effects.helper && !box->effects.notrack &&
	       !strcmp(box->effects.helper, lint_helper(lint));
}

/**
 * by_helper() - could a helper announce this stream, or announce others for this flow?
 * @flow: the flow
 */
bool by_helper(const struct flow *flow)
{
	return flow->auth->helper;
}

/**
 * is_blocked() - certainly
 * @journey: the journey
 */
bool is_blocked(const struct journey *journey)
{
	return journey->answer == ANSWER_DROP || journey->answer == ANSWER_REJECT;
}

/**
 * first_stage() - the first packets of a flow
 * @journey: the flow's
 *
 * Return: the stage, or NULL.
 */
const struct stage *first_stage(const struct journey *journey)
{
	return journey->stage_count ? &journey->stages[0] : NULL;
}

/**
 * deciding_stage() - the stage that decides
 * @journey: the flow's
 *
 * Return: the stage, or NULL.
 */
const struct stage *deciding_stage(const struct journey *journey)
{
	return journey->stage < journey->stage_count ? &journey->stages[journey->stage] : NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mistakes with ports: those of the other protocol, of other times, too many
 * of them and too few.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/lint_private.h"

#define SYN	0x02

static const char *protocol_name(int protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

/* The first fate that lets packets through. */
static const struct fate *accepting(const struct fates *fates)
{
	size_t i;

	for (i = 0; i < fates->count; i++)
		if (fates->fate[i].verdict == VERDICT_ACCEPT && !fates->fate[i].box.doubt)
			return &fates->fate[i];
	return NULL;
}

/* --- wrong-protocol -------------------------------------------------------- */

static struct passage other_protocol(struct lint *lint, const struct stage *stage, int protocol)
{
	struct passage passage = stage->passage;

	passage.box.now[FIELD_PROTOCOL] = values_one(lint->arena, (__uint128_t)protocol);
	passage.box.now[FIELD_TCP_FLAGS] = protocol == IPPROTO_TCP ?
		values_one(lint->arena, SYN) : NULL;
	passage.box.now[FIELD_TTL] = values_one(lint->arena, 64);
	return passage;
}

static int protocol_of(struct lint *lint, const struct journey *journey)
{
	int wanted = journey->flow->protocol;
	int other = wanted == IPPROTO_UDP ? IPPROTO_TCP : IPPROTO_UDP;
	struct passage passage = other_protocol(lint, first_stage(journey), other);
	const struct fate *fate;
	struct fates fates;
	int err = lint_ask(lint, &passage, &fates);

	fate = err ? NULL : accepting(&fates);
	if (fate && fate->rule && rule_asks(fate->rule, FIELD_DPORT))
		err = lint_note(lint, (struct lint_place) { .rule = fate->rule },
				lint_text(lint, "let %s through too, or instead",
					  protocol_name(wanted)),
				"lets %s through to Amanda's port, and auth %s uses %s",
				protocol_name(other), journey->flow->auth->name,
				protocol_name(wanted));
	fates_free(&fates);
	return err;
}

/**
 * lint_protocol() - is the other protocol open?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_protocol(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t asked = 0, i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];

		if (journey->flow->tag || !is_blocked(journey) || !journey->stage_count ||
		    journey->stage || journey->position == AT_INITIATOR ||
		    asked++ >= FLOWS_ASKED)
			continue;
		err = protocol_of(lint, journey);
	}
	return err;
}

/* --- old-ports-open -------------------------------------------------------- */

static struct box needed(const struct stage *stage)
{
	static const enum field asked[] = {
		FIELD_SADDR, FIELD_DADDR, FIELD_PROTOCOL, FIELD_SPORT, FIELD_DPORT,
	};
	struct box box = { 0 };
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		box.was[asked[i]] = stage->passage.box.now[asked[i]];
	return box;
}

/* Ports that some flow needs here are no longer a matter of other times. */
static const struct values *unused(struct lint *lint, enum protocol_version version)
{
	const struct values *ports = values_range(lint->arena, 10082, 10083);
	const struct journeys *journeys = lint->question->journeys;
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		const struct stage *stage = first_stage(&journeys->journey[i]);

		if (stage && stage->passage.version == version)
			ports = values_minus(lint->arena, ports,
					     needed(stage).was[FIELD_DPORT]);
	}
	return ports;
}

static int note_old(struct lint *lint, const struct fates *fates)
{
	size_t i;
	int err = 0;

	for (i = 0; i < fates->count && !err; i++) {
		const struct fate *fate = &fates->fate[i];

		if (fate->verdict == VERDICT_ACCEPT && fate->rule &&
		    rule_asks(fate->rule, FIELD_DPORT))
			err = lint_note(lint, (struct lint_place) { .rule = fate->rule },
					"close it: amrecover since 2.5.1 asks at the port of amandad; "
					"if there is an older one, say \"old-recovery = yes\"",
					"opens tcp 10082 or 10083, which only amrecover of before "
					"2.5.1 and krb5 use: nobody here");
	}
	return err;
}

/**
 * lint_old_ports() - are ports open that only an old Amanda uses?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_old_ports(struct lint *lint)
{
	enum protocol_version version;
	int err = 0;

	for (version = VERSION_4; version < VERSION_COUNT && !err; version++) {
		struct passage passage = lint_anybody(lint, version, IPPROTO_TCP, false);
		struct fates fates;

		passage.box.now[FIELD_DPORT] = unused(lint, version);
		if (values_empty(passage.box.now[FIELD_DPORT]))
			continue;
		err = lint_ask(lint, &passage, &fates) ? : note_old(lint, &fates);
		fates_free(&fates);
	}
	return err;
}

/* --- stream-range-wide ----------------------------------------------------- */

/* Ports above 1023 that no stream of the site uses. */
static const struct values *no_streams(struct lint *lint)
{
	const struct values *ports = values_range(lint->arena, 1024, 65535);
	const struct flows *flows = lint->asked->flows;
	size_t i;

	for (i = 0; i < flows->count; i++) {
		const struct range range = flows->flow[i].received.dport;

		if (flows->flow[i].protocol == IPPROTO_TCP && !flows->flow[i].loopback)
			ports = values_minus(lint->arena, ports,
					     values_range(lint->arena, range.low, range.high));
	}
	return ports;
}

static int note_wide(struct lint *lint, const struct journey *journey, const struct rule *rule,
		     const struct fates *fates)
{
	const struct range range = journey->flow->received.dport;
	size_t i;

	for (i = 0; i < fates->count; i++) {
		const struct fate *fate = &fates->fate[i];

		if (fate->verdict == VERDICT_ACCEPT && fate->rule == rule)
			return lint_note(lint, (struct lint_place) { .rule = rule },
					 lint_text(lint, "narrow it to %u-%u", range.low,
						   range.high),
					 "lets more ports through than unreserved-tcp-port, as %u",
					 (unsigned int)fate->box.was[FIELD_DPORT]->interval[0].low);
	}
	return 0;
}

static int wide_of(struct lint *lint, const struct journey *journey, const struct rule *rule,
		   const struct values *ports)
{
	struct passage passage = journey->stages[0].passage;
	struct fates fates;
	int err;

	passage.box.now[FIELD_DPORT] = ports;
	err = lint_ask(lint, &passage, &fates) ? : note_wide(lint, journey, rule, &fates);
	fates_free(&fates);
	return err;
}

static int compare_pointers(const void *a, const void *b)
{
	return (a > b) - (a < b);
}

static void keep(void *node)
{
	(void)node;
}

/* A rule for all machines decides for many flows, and need be asked but once. */
static bool first_time(void **seen, const struct rule *rule)
{
	const void *const *found = tfind(rule, seen, compare_pointers);

	return !found && tsearch(rule, seen, compare_pointers);
}

/**
 * lint_range_wide() - are more ports open than streams use?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_range_wide(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	const struct values *ports = no_streams(lint);
	void *seen = NULL;
	size_t i;
	int err = 0;

	for (i = 0; i < journeys->count && !err && !values_empty(ports); i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct fate *fate = journey->fate;

		if (!journey->flow->tag || journey->answer != ANSWER_ACCEPT || !fate ||
		    !fate->rule || !rule_asks(fate->rule, FIELD_DPORT) ||
		    !first_time(&seen, fate->rule))
			continue;
		err = wide_of(lint, journey, fate->rule, ports);
	}
	tdestroy(seen, keep);
	return err;
}

/* --- stream-range-small ---------------------------------------------------- */

static bool same_exchange(const struct flow *a, const struct flow *b)
{
	return a->operation == b->operation && a->initiator == b->initiator &&
	       a->responder == b->responder && a->number == b->number &&
	       a->sent.source.family == b->sent.source.family;
}

/* The streams of a control flow follow it. */
static unsigned int streams_of(const struct flows *flows, size_t control)
{
	unsigned int count = 0;
	size_t i;

	for (i = control + 1; i < flows->count; i++) {
		if (!flows->flow[i].tag ||
		    !same_exchange(&flows->flow[i], &flows->flow[control]))
			break;
		count++;
	}
	return count;
}

static int small_of(struct lint *lint, size_t control)
{
	const struct flow *flow = &lint->asked->flows->flow[control], *stream = flow + 1;
	unsigned int streams = streams_of(lint->asked->flows, control);
	unsigned int wanted = streams * flow->responder->settings.maxdumps;
	unsigned int room;

	if (!streams || stream->received.dport.low < 1024)
		return 0;
	room = stream->received.dport.high - stream->received.dport.low + 1u;
	if (room >= wanted)
		return 0;
	return lint_note(lint, (struct lint_place) { 0 },
			 lint_text(lint, "give unreserved-tcp-port of %s %u ports at least, in "
				   "Amanda and in the site file, or lower maxdumps",
				   flow->responder->name, wanted),
			 "%s has %u ports for the streams of %u dumps at once, which take %u",
			 flow->responder->name, room, flow->responder->settings.maxdumps, wanted);
}

/**
 * lint_range_small() - are there ports enough for all dumps at once?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_range_small(struct lint *lint)
{
	const struct flows *flows = lint->asked->flows;
	size_t i;
	int err = 0;

	for (i = 0; i + 1 < flows->count && !err; i++) {
		const struct flow *flow = &flows->flow[i];

		if (!flow->tag && by_helper(flow) && flow->operation->initiator == ROLE_SERVER &&
		    flow_touches(flow, lint->asked->host))
			err = small_of(lint, i);
	}
	return err;
}

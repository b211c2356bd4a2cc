// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the site needs and the helper that runs does not give: its gaps, its
 * times and its numbers.
 */
#include <string.h>

#include "ruleset/lint_private.h"

/* nf_conntrack_proto_udp.c: an assured stream of datagrams is kept so long. */
#define UDP_SECONDS	120
/* nf_conntrack_amanda.c of the kernel: master_timeout. */
#define STOCK_SECONDS	300
/* nf_conntrack_expect.c, where the hash table has its usual size. */
#define EXPECT_MOST	4096

static bool is_stream(const struct journey *journey)
{
	return journey->flow->tag && by_helper(journey->flow) &&
	       (journey->helper || journey->reason == REASON_HELPER_GAP);
}

/* --- the kernel's own helper ----------------------------------------------- */

/* Calls @is_it with each stream that the kernel's own helper shall open. */
static int stock(struct lint *lint, bool (*is_it)(const struct flow *flow), const char *fix,
		 const char *message)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t i;

	if (lint->asked->helper != HELPER_STOCK)
		return 0;
	for (i = 0; i < journeys->count; i++)
		if (is_stream(&journeys->journey[i]) && is_it(journeys->journey[i].flow))
			return lint_note(lint, (struct lint_place) { 0 }, fix, "%s (%s)", message,
					 journeys->journey[i].flow->responder->name);
	return 0;
}

static const char use_ours[] =
	"load this project's helper, or open the range of the streams: amfwctl generate --no-helper";

static bool stops_at_index(const struct flow *flow)
{
	return !strcmp(flow->tag, "STATE") && flow->operation->initiator == ROLE_SERVER &&
	       !flow->responder->settings.index && stock_helper_gap(flow);
}

/**
 * lint_stock_index() - does the kernel's own helper meet an index that is off?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_stock_index(struct lint *lint)
{
	return stock(lint, stops_at_index, use_ours,
		     "\"index = no\": the kernel's own helper stops reading at INDEX -1, and STATE "
		     "stays closed");
}

static bool is_bsdudp(const struct flow *flow)
{
	return flow->auth->streams == STREAMS_FIRST;
}

/**
 * lint_stock_bsdudp() - does the kernel's own helper meet bsdudp?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_stock_bsdudp(struct lint *lint)
{
	return stock(lint, is_bsdudp, use_ours,
		     "bsdudp: the kernel's own helper takes its handles for ports, opens 49999, and "
		     "drops the answer to a second dump");
}

static bool is_unknown_tag(const struct flow *flow)
{
	return stock_helper_gap(flow) && (!strcmp(flow->tag, "CTL") || !strcmp(flow->tag, "CMD"));
}

/**
 * lint_stock_tags() - does the kernel's own helper meet streams it does not know?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_stock_tags(struct lint *lint)
{
	return stock(lint, is_unknown_tag, use_ours,
		     "the kernel's own helper does not open CTL and CMD: neither restores nor dumps "
		     "by Amanda's newest clients work");
}

/* --- reply-outlives-tracking ----------------------------------------------- */

/* How long the first packet is remembered; 0: as long as may be. */
static unsigned int kept_seconds(const struct lint *lint, const struct journey *journey)
{
	if (!journey->helper || lint->asked->helper == HELPER_NONE)
		return UDP_SECONDS;
	return lint->asked->helper == HELPER_STOCK ? STOCK_SECONDS : 0;
}

/* "ct timeout set" of nft and -j CT --timeout of iptables keep it longer. */
static bool kept_by_rule(const struct lint *lint)
{
	return ruleset_says(lint->asked->ruleset, "ct timeout set") ||
	       ruleset_says(lint->asked->ruleset, "--timeout ");
}

/* Would the answer pass without its question, as the first packet of something? */
static int passes_alone(struct lint *lint, const struct stage *answer, bool *passes)
{
	struct passage passage = answer->passage;
	struct fates fates;
	size_t i;
	int err;

	passage.first = true;
	passage.translation = NULL;
	passage.box.now[FIELD_CT_STATE] = values_one(lint->arena, STATE_NEW);
	passage.box.now[FIELD_CT_DIRECTION] = values_one(lint->arena, 0);
	passage.box.now[FIELD_CT_MARK] = values_one(lint->arena, 0);
	err = lint_ask(lint, &passage, &fates);
	*passes = !err && fates.count;
	for (i = 0; i < fates.count && !err; i++)
		*passes = *passes && fates.fate[i].verdict == VERDICT_ACCEPT;
	fates_free(&fates);
	return err;
}

static int timeout_of(struct lint *lint, const struct journey *journey, unsigned int seconds)
{
	const struct flow *flow = journey->flow;
	unsigned int wanted = flow->responder->settings.etimeout;
	bool passes;
	int err = passes_alone(lint, &journey->stages[1], &passes);

	if (err || passes)
		return err;
	return lint_note(lint, (struct lint_place) { 0 },
			 "attach this project's helper, which keeps it for six hours, or a ct "
			 "timeout to udp 10080; amfwctl generate writes either",
			 "an estimate of %s may take %u s (etimeout), and its request is forgotten "
			 "after %u s: the answer is dropped", flow->responder->name, wanted,
			 seconds);
}

/**
 * lint_timeout() - may an answer come when its question is forgotten?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_timeout(struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	size_t asked = 0, i;
	int err = 0;

	if (kept_by_rule(lint))
		return 0;
	for (i = 0; i < journeys->count && !err; i++) {
		const struct journey *journey = &journeys->journey[i];
		unsigned int seconds = kept_seconds(lint, journey);

		if (journey->flow->tag || journey->flow->protocol != IPPROTO_UDP ||
		    strcmp(journey->flow->operation->name, "planner") ||
		    journey->position == AT_BOTH_ENDS || journey->answer != ANSWER_ACCEPT ||
		    journey->stage_count < 2 || !seconds ||
		    journey->flow->responder->settings.etimeout <= seconds ||
		    asked++ >= FLOWS_ASKED)
			continue;
		err = timeout_of(lint, journey, seconds);
	}
	return err;
}

/* --- helper-built-in ------------------------------------------------------- */

/**
 * lint_built_in() - is the kernel's own helper in the way?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_built_in(struct lint *lint)
{
	const struct machine *machine = &lint->question->machine;

	if (machine->helper_built_in != KNOWN_YES || machine->ours == KNOWN_YES)
		return 0;
	return lint_note(lint, (struct lint_place) { 0 },
			 "load this project's helper with helper_name=amanda2, and name it in the "
			 "rules: amfwctl generate --helper=amanda2",
			 "the kernel's own helper is part of this kernel, and holds the name "
			 "\"amanda\"");
}

/* --- expectations-few ------------------------------------------------------ */

/* Streams that may be announced at once, over all clients. */
static unsigned long announced(const struct lint *lint)
{
	const struct journeys *journeys = lint->question->journeys;
	unsigned long count = 0;
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		const struct flow *flow = journeys->journey[i].flow;

		if (is_stream(&journeys->journey[i]) &&
		    flow->operation->initiator == ROLE_SERVER &&
		    !strcmp(flow->operation->name, "dumper"))
			count += flow->responder->settings.maxdumps;
	}
	return count;
}

/**
 * lint_expectations() - are there expectations enough for all dumps at once?
 * @lint: the run
 *
 * Return: 0 or -ENOMEM.
 */
int lint_expectations(struct lint *lint)
{
	unsigned long most = lint->question->machine.expect_max ? : EXPECT_MOST;
	unsigned long wanted = announced(lint);

	if (wanted <= most)
		return 0;
	return lint_note(lint, (struct lint_place) { 0 },
			 lint_text(lint, "sysctl net.netfilter.nf_conntrack_expect_max=%lu; amfwctl "
				   "generate --format sysctl writes it", 2 * wanted),
			 "%lu streams may be announced at once, and nf_conntrack_expect_max is %lu",
			 wanted, most);
}

/* --- legacy-rules ---------------------------------------------------------- */

/**
 * lint_legacy() - are there rules beside those of nf_tables?
 * @lint: the run
 *
 * x_tables and nf_tables are two sets of hooks in one kernel, and a packet needs both.
 *
 * Return: 0 or -ENOMEM.
 */
int lint_legacy(struct lint *lint)
{
	static const char *const programs[VERSION_COUNT] = { "iptables", "ip6tables" };
	size_t i;
	int err = 0;

	for (i = 0; i < VERSION_COUNT && !err; i++)
		if (lint->question->machine.legacy[i])
			err = lint_note(lint, (struct lint_place) { 0 },
					lint_text(lint, "%s-legacy-save shows them, and check --rules "
						  "answers for that dump; keep one of the two", programs[i]),
					"%s-legacy has tables here, which packets meet beside the "
					"running rules, and which these answers leave out", programs[i]);
	return err;
}

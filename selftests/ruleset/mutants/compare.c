// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether check and the kernel say the same of a mutant. */
#include <string.h>

#include "selftests/ruleset/mutants/judge.h"

static const char *const answers[] = { "accept", "drop", "reject", "unknown" };

static void tell(FILE *out, const struct journey *journey, const char *what)
{
	char id[FLOW_ID_MAX];

	if (!out)
		return;
	flow_id(journey->flow, id);
	fprintf(out, "  %s: check says %s by %s; %s\n", id, answers[journey->answer],
		journey->fate && journey->fate->rule ? journey->fate->rule->text : "no rule", what);
}

static void tell_stranger(FILE *out, const struct stranger *stranger, const char *what)
{
	if (!out)
		return;
	fprintf(out, "  %s: %s: ", what, stranger->how);
	packet_print(out, &stranger->packet);
}

static uint16_t inside(struct range range, __uint128_t port)
{
	return port >= range.low && port <= range.high ? (uint16_t)port : range.low;
}

/*
 * The packet that check gives as the example, in its exchange.  Of a stream, it says
 * nothing of the control flow, whose source port may be what matters: both ends count.
 */
static bool example_passes(struct bench *bench, const struct exchange *exchange,
			   const struct said *said, size_t which, bool high)
{
	const struct journey *journey = &said->journeys.journey[exchange->flow[which]];
	bool back = journey->stage < journey->stage_count &&
		    (journey->stages[journey->stage].kind == STAGE_ANSWER ||
		     journey->stages[journey->stage].kind == STAGE_BACK);
	const struct flow *flow = journey->flow;
	bool through[EXCHANGE_FLOWS];
	struct ports ports;
	size_t i;

	ports_at(&ports, exchange, &said->journeys, high);
	ports.sport[which] = inside(flow->sent.sport,
				    journey->example[back ? FIELD_DPORT : FIELD_SPORT]);
	ports.dport[which] = inside(flow->sent.dport,
				    journey->example[back ? FIELD_SPORT : FIELD_DPORT]);
	for (i = 1; i < exchange->count; i++)
		ports.skip[i] = i != which;
	bench->probes++;
	exchange_run(&bench->machine, exchange, &said->journeys, &ports, through);
	return through[which];
}

static bool accept_holds(const struct journey *journey, const struct done *done, size_t flow,
			 FILE *out)
{
	size_t end;

	for (end = 0; end < ENDS; end++) {
		if (done->through[end][flow] || !done->alive[end][flow])
			continue;
		tell(out, journey, end ? "the kernel does not let it through with high ports" :
		     "the kernel does not let it through with low ports");
		return false;
	}
	return true;
}

static bool flow_agrees(struct bench *bench, const struct exchange *exchange,
			const struct said *said, const struct done *done, size_t which, FILE *out)
{
	size_t flow = exchange->flow[which];
	const struct journey *journey = &said->journeys.journey[flow];

	/* A rule asks for an interface that the site does not tell: nobody can know. */
	if (journey->answer == ANSWER_UNKNOWN && journey->reason == REASON_INTERFACE)
		return true;
	if (journey->answer == ANSWER_UNKNOWN) {
		tell(out, journey, "it has to know");
		return false;
	}
	if (journey->answer == ANSWER_ACCEPT)
		return accept_holds(journey, done, flow, out);
	/* What is announced by nobody: the kernel is asked about the control flow. */
	if (journey->reason == REASON_CONTROL)
		return true;
	if (!example_passes(bench, exchange, said, which, false) ||
	    (which && !example_passes(bench, exchange, said, which, true)))
		return true;
	tell(out, journey, "the kernel lets its example through");
	return false;
}

static bool flows_agree(struct bench *bench, const struct said *said, const struct done *done,
			FILE *out)
{
	bool agree = true;
	size_t i, j;

	for (i = 0; i < bench->exchanges.count; i++)
		for (j = 0; j < bench->exchanges.exchange[i].count; j++)
			agree &= flow_agrees(bench, &bench->exchanges.exchange[i], said, done, j,
					     out);
	return agree;
}

static bool same_excess(const struct excess *a, const struct excess *b)
{
	int i;

	if (a->version != b->version)
		return false;
	for (i = 0; i < FIELD_COUNT; i++)
		if (!values_same(a->box.was[i], b->box.was[i]))
			return false;
	return true;
}

/* The ruleset as it was did not have it open. */
static bool excess_is_new(const struct bench *bench, const struct excess *excess)
{
	size_t i;

	for (i = 0; i < bench->said.excesses.count; i++)
		if (same_excess(&bench->said.excesses.excess[i], excess))
			return false;
	return true;
}

static bool excess_agrees(struct bench *bench, const struct said *said,
			  const struct excess *excess, FILE *out)
{
	struct stranger stranger;
	bool agree = true;
	int end;

	for (end = 0; end < ENDS; end++) {
		if (!strangers_excess(&stranger, &bench->machine, &said->ruleset, excess, end))
			continue;
		bench->probes++;
		if (stranger_passes(&bench->machine, &stranger, true))
			continue;
		tell_stranger(out, &stranger, "check says it is open, the kernel drops it");
		agree = false;
	}
	return agree;
}

static bool named(const struct bench *bench, const struct said *said,
		  const struct stranger *stranger)
{
	size_t i;

	for (i = 0; i < said->excesses.count; i++)
		if (stranger_in(stranger, &bench->machine, &said->ruleset,
				&said->excesses.excess[i]))
			return true;
	return stranger_needed(stranger, &said->journeys);
}

/* A flow's port that somebody gets to, of its protocol. */
static bool port_of_flows(const struct said *said, const struct packet *packet)
{
	const struct tuple *in, *out;
	size_t i;

	for (i = 0; i < said->journeys.count; i++) {
		const struct journey *journey = &said->journeys.journey[i];

		journey_ends(journey, &in, &out);
		if (!made_here(journey) && journey->flow->protocol == packet->protocol &&
		    range_holds(in->dport, packet->dport))
			return true;
	}
	return false;
}

/*
 * As excess.c has it: who gets from and to ports that nobody has, too, was not let in
 * by a rule for Amanda, but by one that does not ask for ports, or by none.
 */
static bool all_ports(struct bench *bench, const struct stranger *stranger)
{
	static const uint16_t nobodys[] = { 4, 48620 };
	struct stranger other = *stranger;
	size_t i, j;

	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++) {
			other.packet.sport = nobodys[i];
			other.packet.dport = nobodys[j];
			if (!stranger_passes(&bench->machine, &other, true))
				return false;
		}
	return true;
}

static bool stranger_agrees(struct bench *bench, const struct said *said,
			    const struct stranger *stranger, FILE *out)
{
	if (named(bench, said, stranger) ||
	    (!port_of_flows(said, &stranger->packet) && all_ports(bench, stranger)))
		return true;
	tell_stranger(out, stranger, "the kernel lets it in now, check does not say so");
	return false;
}

static bool strangers_agree(struct bench *bench, const struct said *said,
			    const struct done *done, FILE *out)
{
	bool agree = true;
	size_t i;

	for (i = 0; i < said->excesses.count; i++)
		agree &= excess_agrees(bench, said, &said->excesses.excess[i], out);
	for (i = 0; i < bench->strangers.count; i++)
		if (done->passes[i] && !bench->done.passes[i])
			agree &= stranger_agrees(bench, said, &bench->strangers.stranger[i], out);
	return agree;
}

static enum nature nature_of(const struct bench *bench, const struct said *said)
{
	size_t i;

	for (i = 0; i < said->journeys.count; i++)
		if (said->journeys.journey[i].answer != ANSWER_ACCEPT &&
		    bench->said.journeys.journey[i].answer == ANSWER_ACCEPT)
			return NATURE_BLOCKED;
	for (i = 0; i < said->excesses.count; i++)
		if (excess_is_new(bench, &said->excesses.excess[i]))
			return NATURE_OPENED;
	return NATURE_NEUTRAL;
}

/**
 * compare() - whether check and the kernel say the same
 * @bench: the ruleset as it was
 * @said: of the mutant, which is loaded
 * @done: of the mutant
 * @nature: what it is
 * @out: where to tell how they differ; or NULL
 */
bool compare(struct bench *bench, const struct said *said, const struct done *done,
	     enum nature *nature, FILE *out)
{
	bool flows = flows_agree(bench, said, done, out);
	bool strangers = strangers_agree(bench, said, done, out);

	*nature = nature_of(bench, said);
	return flows && strangers;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trials of an exchange: what check says to them, and what the kernel does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/prove.h"

#define ANSWERS_MOST	((size_t)256 << 20)

/**
 * journey_ends() - a flow as it comes to the machine, and as it leaves it
 * @journey: the flow at the machine
 * @sent: as who sends it to the machine sends it, or the machine itself
 * @seen: as who gets it from the machine sees it, or the machine itself
 */
void journey_ends(const struct journey *journey, const struct tuple **sent,
		  const struct tuple **seen)
{
	const struct flow *flow = journey->flow;

	switch (journey->position) {
	case AT_INITIATOR:
		*sent = *seen = &flow->sent;
		break;
	case AT_GATEWAY:
		*sent = &flow->hops[journey->hop].in;
		*seen = &flow->hops[journey->hop].out;
		break;
	case AT_RESPONDER:
		*sent = *seen = &flow->received;
		break;
	case AT_BOTH_ENDS:
		*sent = &flow->sent;
		*seen = &flow->received;
		break;
	}
}

/**
 * trials_predict() - what check says
 * @trials: the trials
 * @check: a ruleset that is loaded
 *
 * Return: 0 or -ENOMEM.
 */
int trials_predict(struct trials *trials, const struct check *check)
{
	struct question question = check->question;
	size_t i, met;
	int err;

	question.flows = &trials->flows;
	trials->arena = arena_new(ANSWERS_MOST);
	if (!trials->arena)
		return -ENOMEM;
	err = journeys_run(&trials->journeys, &question, trials->arena);
	for (i = 0; i < trials->journeys.count && !err; i++) {
		const struct journey *journey = &trials->journeys.journey[i];

		met = (size_t)(journey->flow - trials->flows.flow);
		trials->trial[met].journey = journey;
		trials->trial[met].told = trial_is_told(journey, check->question.ruleset);
		/* Where it passes twice, what is between is not here. */
		if (i && trials->journeys.journey[i - 1].flow == journey->flow)
			trials->trial[met].journey = NULL;
	}
	return err;
}

static int aim(struct trial *trial, const struct flow *flow, bool patient, struct lab *lab)
{
	struct shot *shot = &trial->shot;
	const struct tuple *sent, *seen;

	journey_ends(trial->journey, &sent, &seen);
	shot->protocol = flow->protocol;
	shot->sent = *sent;
	shot->seen = *seen;
	shot->from = lab_network(lab, &sent->source, stderr);
	shot->to = lab_network(lab, &seen->destination, stderr);
	shot->hoped = patient && (trial->journey->answer == ANSWER_ACCEPT || trial->told);
	return shot->from < 0 || shot->to < 0 ? -1 : 0;
}

/* amandad names each stream of the service; what it does not open has no port. */
static void announce(struct shot *shot, const struct flow *flows, size_t count)
{
	const char *const *tag;
	size_t length = 0, i, number = 0;

	for (tag = flows->operation->tags; *tag && length < ANNOUNCE_ROOM; tag++, number++) {
		int port = -1;

		/* bsdudp.c puts handles in the place of ports that it does not open. */
		if (flows->auth->streams == STREAMS_FIRST && number)
			port = 500000 - (int)number;
		for (i = 1; i < count; i++)
			if (!strcmp(flows[i].tag, *tag))
				port = flows[i].received.dport.low;
		length += (size_t)snprintf(shot->announce + length, ANNOUNCE_ROOM - length,
					   "%s%s %d", length ? " " : "", *tag, port);
	}
}

static int fire(struct trials *trials, size_t first, size_t count, int trace)
{
	struct shot *shots = calloc(count + 1, sizeof(*shots));
	size_t i, used = 0;
	int err;

	if (!shots)
		return -1;
	for (i = first; i < first + count; i++)
		if (trials->trial[i].journey)
			shots[used++] = trials->trial[i].shot;
	err = used ? shots_fire(shots, used, trace, stderr) : 0;
	for (i = first, used = 0; i < first + count; i++)
		if (trials->trial[i].journey)
			trials->trial[i].shot = shots[used++];
	free(shots);
	return err;
}

/**
 * runs_twice() - does a second one begin while the first still runs?
 * @control: a control flow
 *
 * Return: true for dumps under bsdudp: what comes of the second counts.
 */
bool runs_twice(const struct flow *control)
{
	return !control->tag && control->auth->streams == STREAMS_FIRST &&
	       control->operation->tags[0] && control->operation->tags[1] &&
	       control->responder->settings.maxdumps > 1;
}

static int fire_twice(const struct trials *trials, size_t first, size_t second, int trace,
		      bool *announced)
{
	struct shot shots[2];
	int err;

	if (!trials->trial[first].journey || !trials->trial[second].journey)
		return 0;
	shots[0] = trials->trial[first].shot;
	shots[1] = trials->trial[second].shot;
	/* The answer to the second may be what is lost. */
	shots[1].hoped = false;
	shots[1].through = false;
	shots[0].through = false;
	err = shots_fire(&shots[0], 1, trace, stderr) ? :
	      shots_fire(&shots[1], 1, trace, stderr);
	*announced = shots[1].through;
	return err;
}

static int run_variant(struct trials *trials, const struct lab *lab, size_t count,
		       size_t variant, int trace)
{
	size_t control = variant * count, other = (variant + 1) % VARIANTS * count;
	bool announced = true;
	int err;

	lab_forget(lab);
	err = fire(trials, control, 1, trace);
	if (!err && count > 1 && runs_twice(&trials->flows.flow[control])) {
		lab_forget(lab);
		err = fire_twice(trials, other, control, trace, &announced);
	}
	/* Who is not told the ports of streams opens none. */
	return err || !announced ? err : fire(trials, control + 1, count - 1, trace);
}

/**
 * trials_run() - what the kernel does
 * @trials: the trials, after trials_predict()
 * @lab: where
 * @count: how many flows the exchange has
 * @trace: of trace_open(), or -1
 *
 * Return: 0, or -1 after a message.
 */
int trials_run(struct trials *trials, struct lab *lab, size_t count, int trace)
{
	const struct flow *flows = trials->flows.flow;
	size_t variant, i;
	int err = 0;

	for (i = 0; i < trials->flows.count && !err; i++)
		if (trials->trial[i].journey)
			err = aim(&trials->trial[i], &flows[i], trials->patient, lab);
	for (i = 0; i < VARIANTS * count; i += count)
		if (count > 1 && !flows[i].tag)
			announce(&trials->trial[i].shot, &flows[i], count);
	for (variant = 0; variant < VARIANTS && !err; variant++)
		err = run_variant(trials, lab, count, variant, trace);
	lab_forget(lab);
	i = VARIANTS * count;
	return err ? : fire(trials, i, trials->flows.count - i, trace);
}

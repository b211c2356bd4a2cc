// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packets of a connection, one kind after the other, and the worst that
 * happens to any of them.
 */
#include "ruleset/journey_private.h"

#include <stdlib.h>
#include <string.h>

static int rank(enum answer answer)
{
	switch (answer) {
	case ANSWER_ACCEPT:
		return 0;
	case ANSWER_UNKNOWN:
		return 1;
	default:
		return 2;
	}
}

/* A journey is as good as the worst of its stages, and of those the first counts. */
static void journey_note(const struct connection *connection, size_t stage,
			 const struct judgement *judgement)
{
	struct journey *journey = connection->journey;
	const struct fates *fates = &journey->stages[stage].fates;
	bool none_yet = journey->reason == REASON_NONE && !journey->fate;

	if (!none_yet && rank(judgement->answer) <= rank(journey->answer))
		return;
	journey->answer = judgement->answer;
	journey->reason = judgement->reason;
	journey->what = judgement->what;
	journey->stage = stage;
	journey->fate = judgement->fate < fates->count ? &fates->fate[judgement->fate] : NULL;
	memcpy(journey->example, judgement->example, sizeof(journey->example));
	if (journey->reason == REASON_RULE && connection->reason != REASON_NONE) {
		journey->reason = connection->reason;
		journey->what = connection->what;
	}
}

/* Blocked only if what may be is so. */
static void weaken(struct judgement *judgement, const char *doubt)
{
	if (!doubt || judgement->answer == ANSWER_ACCEPT || judgement->answer == ANSWER_UNKNOWN)
		return;
	judgement->answer = ANSWER_UNKNOWN;
	judgement->reason = is_interface_doubt(doubt) ? REASON_INTERFACE : REASON_DOUBT;
	judgement->what = doubt;
}

struct watching {
	const struct connection *connection;
	const struct stage *stage;
};

static void met(void *data, const struct rule *rule, const struct box *reached,
		const struct boxes *matched)
{
	const struct watching *watching = data;
	const struct question *question = watching->connection->question;

	question->met(question->met_data, watching->connection->journey, watching->stage, rule,
		      reached, matched);
}

static int stage_run(const struct connection *connection, struct stage *stage)
{
	const struct question *question = connection->question;
	struct watching watching = { connection, stage };
	const struct watcher watcher = { met, &watching };
	bool watched = question->met &&
		       (!question->only || question->only == connection->journey->flow);

	if (!watched)
		return recall_run(connection->recall, question, connection->arena, stage);
	return path_run(question->ruleset, question->world, connection->arena, &stage->passage,
			&watcher, &stage->fates);
}

/* Room for as many as a connection has, most often: the first packet and what follows. */
static struct stage *stage_add(struct journey *journey, enum stage_kind kind)
{
	struct stage *grown = journey->stages;

	if (journey->stage_count % STAGE_COUNT == 0)
		grown = reallocarray(grown, journey->stage_count + STAGE_COUNT, sizeof(*grown));
	if (!grown)
		return NULL;
	journey->stages = grown;
	grown += journey->stage_count++;
	memset(grown, 0, sizeof(*grown));
	grown->kind = kind;
	return grown;
}

static int stage_ask(const struct connection *connection, const struct binding *binding,
		     enum stage_kind kind, const char *doubt)
{
	struct journey *journey = connection->journey;
	struct stage *stage = stage_add(journey, kind);
	struct judgement judgement;
	int err;

	if (!stage)
		return -ENOMEM;
	err = stage_start(connection, binding, stage) ? : stage_run(connection, stage);
	err = err ? : stage_judge(connection, stage, &judgement);
	if (err)
		return err;
	weaken(&judgement, doubt);
	stage->answer = judgement.answer;
	stage->decided = judgement.fate;
	journey_note(connection, journey->stage_count - 1, &judgement);
	return 0;
}

/**
 * connection_run() - ask for all packets of a connection
 * @connection: the connection
 * @bindings: receives what became of its first packets
 *
 * Return: 0 or -ENOMEM.
 */
int connection_run(const struct connection *connection, struct bindings *bindings)
{
	static const enum stage_kind kinds[] = { STAGE_ANSWER, STAGE_LATER, STAGE_BACK };
	const struct journey *journey = connection->journey;
	size_t count = journey->flow->protocol == IPPROTO_TCP ? 3 : 2, i, k;
	int err = stage_ask(connection, NULL, STAGE_FIRST, connection->doubt);

	memset(bindings, 0, sizeof(*bindings));
	if (err)
		return err;
	err = bindings_note(connection->arena, bindings,
			    &journey->stages[journey->stage_count - 1]);
	for (i = 0; i < bindings->count && !err; i++) {
		const struct binding *binding = &bindings->binding[i];
		const char *doubt = bindings->count > 1 && binding->doubt ? binding->doubt :
			connection->doubt;

		for (k = 0; k < count && !err; k++)
			err = stage_ask(connection, binding, kinds[k], doubt);
	}
	return err;
}

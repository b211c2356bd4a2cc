// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a ruleset makes of the flows of a site at one of its hosts.
 */
#include "ruleset/journey_private.h"

#include <stdlib.h>
#include <string.h>

/**
 * struct control - what is known of a control flow, for its streams
 * @flow: it
 * @answer: what it got
 * @bindings: what its packets went through
 */
struct control {
	const struct flow *flow;
	enum answer answer;
	struct bindings bindings;
};

/* The same place of each flow of an exchange: a host may stand at several. */
struct inquiry {
	const struct question *question;
	struct arena *arena;
	struct journeys *journeys;
	struct control controls[PLACES_MOST];
	struct recall recall;
};

static struct journey *journey_add(struct journeys *journeys)
{
	struct journey *grown;
	size_t room;

	if (journeys->count == journeys->room) {
		room = journeys->room ? journeys->room * 2 : 16;
		grown = reallocarray(journeys->journey, room, sizeof(*grown));
		if (!grown)
			return NULL;
		journeys->journey = grown;
		journeys->room = room;
	}
	grown = &journeys->journey[journeys->count++];
	memset(grown, 0, sizeof(*grown));
	return grown;
}

static void journey_free(struct journey *journey)
{
	size_t i;

	for (i = 0; i < journey->stage_count; i++)
		if (!journey->stages[i].recalled)
			fates_free(&journey->stages[i].fates);
	free(journey->stages);
}

/**
 * journeys_free() - forget what journeys_run() found
 * @journeys: is empty then
 */
void journeys_free(struct journeys *journeys)
{
	size_t i;

	for (i = 0; i < journeys->count; i++)
		journey_free(&journeys->journey[i]);
	free(journeys->journey);
	memset(journeys, 0, sizeof(*journeys));
}

static bool is_ours(const struct question *question, const struct binding *binding)
{
	return question->helper != HELPER_NONE && binding->helper && !binding->notrack &&
	       !strcmp(binding->helper, question->helper_name ? : "amanda");
}

/* A stream that some helper could announce, and none of another direction. */
static bool announced(const struct flow *flow)
{
	return flow->tag && flow->auth->helper;
}

static bool same_exchange(const struct flow *control, const struct flow *flow)
{
	return control && control->operation == flow->operation &&
	       control->initiator == flow->initiator && control->responder == flow->responder &&
	       control->number == flow->number &&
	       control->sent.source.family == flow->sent.source.family;
}

static const char *gap_of(const struct question *question, const struct flow *flow)
{
	if (question->helper == HELPER_STOCK)
		return stock_helper_gap(flow);
	return flow->received.dport.low < 1024 ? "the helper opens no port below 1024" : NULL;
}

static int ask_control(struct inquiry *inquiry, struct journey *journey,
		       const struct place *place, struct control *control)
{
	const struct connection connection = {
		.question = inquiry->question,
		.arena = inquiry->arena,
		.recall = &inquiry->recall,
		.journey = journey,
		.place = place,
	};
	size_t i;
	int err = connection_run(&connection, &control->bindings);

	control->flow = journey->flow;
	control->answer = journey->answer;
	journey->helper = control->bindings.count ? control->bindings.binding[0].helper : NULL;
	for (i = 0; i < control->bindings.count && journey->helper; i++)
		if (!is_ours(inquiry->question, &control->bindings.binding[i]))
			journey->helper = NULL;
	return err;
}

/* The stream as a connection that the helper expected, for each way the control flow goes. */
static int ask_related(struct connection *connection, const struct control *control)
{
	struct bindings ignored;
	size_t i;
	int err = 0;

	for (i = 0; i < control->bindings.count && !err; i++) {
		const struct binding *binding = &control->bindings.binding[i];

		if (!is_ours(connection->question, binding))
			continue;
		connection->master = binding;
		connection->doubt = control->bindings.count > 1 ? binding->doubt : NULL;
		err = connection_run(connection, &ignored);
	}
	connection->master = NULL;
	connection->doubt = NULL;
	return err;
}

/* How many of the control flow's packets leave the stream to itself: @doubt where it may be. */
static bool some_unannounced(const struct question *question, const struct control *control,
			     const char **doubt)
{
	bool some = !control->bindings.count;
	size_t i;

	*doubt = NULL;
	for (i = 0; i < control->bindings.count; i++) {
		const struct binding *binding = &control->bindings.binding[i];

		if (is_ours(question, binding))
			continue;
		*doubt = control->bindings.count > 1 && (!some || *doubt) ? binding->doubt : NULL;
		some = true;
	}
	return some;
}

static int ask_stream(struct inquiry *inquiry, struct journey *journey,
		      const struct place *place, const struct control *control)
{
	const char *gap = gap_of(inquiry->question, journey->flow), *doubt;
	bool unannounced = some_unannounced(inquiry->question, control, &doubt);
	struct connection connection = {
		.question = inquiry->question,
		.arena = inquiry->arena,
		.recall = &inquiry->recall,
		.journey = journey,
		.place = place,
	};
	struct bindings ignored;
	int err = 0;

	if (!unannounced)
		journey->helper = control->bindings.binding[0].helper;
	if (!gap)
		err = ask_related(&connection, control);
	if (err || (!gap && !unannounced))
		return err;
	connection.reason = gap && !unannounced ? REASON_HELPER_GAP : REASON_NO_HELPER;
	connection.what = connection.reason == REASON_HELPER_GAP ? gap : NULL;
	if (control->answer == ANSWER_DROP || control->answer == ANSWER_REJECT)
		connection.reason = REASON_CONTROL;
	connection.doubt = doubt;
	return connection_run(&connection, &ignored);
}

static int ask_alone(struct inquiry *inquiry, struct journey *journey,
		     const struct place *place)
{
	const struct connection connection = {
		.question = inquiry->question,
		.arena = inquiry->arena,
		.recall = &inquiry->recall,
		.journey = journey,
		.place = place,
	};
	struct bindings ignored;

	return connection_run(&connection, &ignored);
}

static int ask_one(struct inquiry *inquiry, const struct flow *flow, const struct place *place,
		   struct control *control)
{
	struct journey *journey = journey_add(inquiry->journeys);

	if (!journey)
		return -ENOMEM;
	journey->flow = flow;
	journey->position = place->position;
	journey->hop = place->hop;
	if (!flow->tag)
		return ask_control(inquiry, journey, place, control);
	if (announced(flow) && same_exchange(control->flow, flow))
		return ask_stream(inquiry, journey, place, control);
	return ask_alone(inquiry, journey, place);
}

/* A control flow is asked for its streams' sake, too, where only they are wanted. */
static bool serves(const struct question *question, const struct flow *flow)
{
	return !question->only || question->only == flow ||
	       (!flow->tag && same_exchange(flow, question->only));
}

static int ask(struct inquiry *inquiry, const struct flow *flow)
{
	struct journeys *journeys = inquiry->journeys;
	struct place places[PLACES_MOST];
	size_t count, i;
	int err = 0;

	places_of(flow, inquiry->question->host, places, &count);
	for (i = 0; i < count && !err; i++) {
		err = ask_one(inquiry, flow, &places[i], &inquiry->controls[i]);
		if (err || !inquiry->question->only || inquiry->question->only == flow)
			continue;
		journey_free(&journeys->journey[--journeys->count]);
		inquiry->recall.count = 0;
		inquiry->recall.next = 0;
	}
	return err;
}

/**
 * journeys_run() - what a ruleset makes of the flows that touch a host
 * @journeys: to fill; journeys_free() it whatever is returned
 * @question: what is asked
 * @arena: where the results live beside @journeys
 *
 * Return: 0 or -ENOMEM.
 */
int journeys_run(struct journeys *journeys, const struct question *question,
		 struct arena *arena)
{
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
	size_t i;
	int err = 0;

	memset(journeys, 0, sizeof(*journeys));
	if (!inquiry)
		return -ENOMEM;
	inquiry->question = question;
	inquiry->arena = arena;
	inquiry->journeys = journeys;
	for (i = 0; i < question->flows->count && !err; i++)
		if (serves(question, &question->flows->flow[i]))
			err = ask(inquiry, &question->flows->flow[i]);
	free(inquiry);
	return err;
}

/**
 * stage_name() - how to call a stage
 * @stage: the stage
 *
 * Return: a few words.
 */
const char *stage_name(const struct stage *stage)
{
	switch (stage->kind) {
	case STAGE_FIRST:
		return stage->related ? "first packet, announced" : "first packet";
	case STAGE_ANSWER:
		return "answer";
	case STAGE_LATER:
		return "later packets";
	case STAGE_BACK:
		return "later packets back";
	case STAGE_COUNT:
		break;
	}
	return "packets";
}

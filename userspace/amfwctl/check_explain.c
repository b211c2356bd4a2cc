// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One flow, packet by packet: every rule that it meets, and what that does.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check.h"

/* So many flows are offered where none has the name. */
#define OFFERED	20

enum share { SHARE_NONE, SHARE_SOME, SHARE_ALL };

/**
 * struct meeting - packets have met a rule
 * @journey: index of theirs
 * @stage: index of theirs
 * @rule: the rule
 * @share: how many of them it matches
 * @doubt: what cannot be evaluated there, or NULL
 */
struct meeting {
	size_t journey;
	size_t stage;
	const struct rule *rule;
	enum share share;
	const char *doubt;
};

/**
 * struct story - all that is met
 * @check: the ruleset
 * @meetings: in their order
 * @count: entries in use
 * @room: entries there is memory for
 * @failed: memory is out
 */
struct story {
	struct check *check;
	struct meeting *meetings;
	size_t count;
	size_t room;
	bool failed;
};

static struct meeting *meeting_add(struct story *story)
{
	struct meeting *grown;
	size_t room;

	if (story->count == story->room) {
		room = story->room ? 2 * story->room : 64;
		grown = reallocarray(story->meetings, room, sizeof(*grown));
		if (!grown)
			return NULL;
		story->meetings = grown;
		story->room = room;
	}
	return &story->meetings[story->count++];
}

/* What is left of the packets that have reached a rule where its matches are taken off. */
static enum share share_of(struct arena *arena, const struct box *reached,
			   const struct boxes *matched)
{
	struct boxes left = { 0 };
	enum share share;
	size_t i;
	int err;

	if (!matched->count)
		return SHARE_NONE;
	err = boxes_add(&left, reached);
	for (i = 0; i < matched->count && !err; i++)
		err = boxes_subtract(arena, &left, &matched->box[i]);
	share = err || left.count ? SHARE_SOME : SHARE_ALL;
	boxes_free(&left);
	return share;
}

static const char *doubt_of(const struct box *reached, const struct boxes *matched)
{
	size_t i;

	for (i = 0; i < matched->count && !reached->doubt; i++)
		if (matched->box[i].doubt)
			return matched->box[i].doubt;
	return NULL;
}

static void met(void *data, const struct journey *journey, const struct stage *stage,
		const struct rule *rule, const struct box *reached, const struct boxes *matched)
{
	struct story *story = data;
	struct meeting *meeting = meeting_add(story);

	(void)stage;
	if (!meeting) {
		story->failed = true;
		return;
	}
	*meeting = (struct meeting) {
		.journey = (size_t)(journey - story->check->journeys.journey),
		.stage = journey->stage_count - 1,
		.rule = rule,
		.share = share_of(story->check->arena, reached, matched),
		.doubt = doubt_of(reached, matched),
	};
}

static void print_chain(FILE *out, const struct chain *chain)
{
	static const char *const hooks[] = {
		[NF_INET_PRE_ROUTING] = "prerouting", [NF_INET_LOCAL_IN] = "input",
		[NF_INET_FORWARD] = "forward", [NF_INET_LOCAL_OUT] = "output",
		[NF_INET_POST_ROUTING] = "postrouting", [NF_INET_INGRESS] = "ingress",
	};

	fprintf(out, "  chain %s %s %s", table_family(chain->table), chain->table->name,
		chain->name);
	if (chain->hooked && chain->hook < sizeof(hooks) / sizeof(*hooks))
		fprintf(out, " (%s, hook %s, priority %d)", chain->type, hooks[chain->hook],
			chain->priority);
	fputs("\n", out);
}

static void print_meeting(FILE *out, const struct meeting *meeting)
{
	static const char *const shares[] = {
		[SHARE_NONE] = "no", [SHARE_SOME] = "some", [SHARE_ALL] = "yes",
	};
	const struct rule *rule = meeting->rule;

	fprintf(out, "    %-5s ", shares[meeting->share]);
	if (rule->path && rule->line)
		fprintf(out, "%s:%u: ", rule->path, rule->line);
	fprintf(out, "%s # handle %llu", rule->text ? : "", (unsigned long long)rule->handle);
	if (meeting->doubt)
		fprintf(out, " (perhaps: %s)", meeting->doubt);
	fputs("\n", out);
}

static void print_fate(FILE *out, const struct check *check, const struct stage *stage,
		       const struct fate *fate)
{
	__uint128_t example[FIELD_COUNT];

	box_example(&fate->box, example);
	fprintf(out, "  -> %s", verdict_name(fate->verdict));
	if (fate->rule || fate->chain) {
		fputs(" by ", out);
		print_rule(out, fate->rule, fate->chain);
	}
	if (fate->box.doubt)
		fprintf(out, " (perhaps: %s)", fate->box.doubt);
	if (stage->fates.count > 1) {
		fputs("\n     as ", out);
		print_example(out, check, stage->passage.version, example);
	}
	if (fate->box.effects.helper)
		fprintf(out, "\n     with helper \"%s\"", fate->box.effects.helper);
	fputs("\n", out);
}

static void print_stage(FILE *out, const struct check *check, const struct stage *stage)
{
	__uint128_t example[FIELD_COUNT];
	struct box asked = stage->passage.box;

	memcpy(asked.was, asked.now, sizeof(asked.was));
	box_example(&asked, example);
	fprintf(out, "\n%s: ", stage_name(stage));
	print_example(out, check, stage->passage.version, example);
	fprintf(out, "%s\n", stage->passage.made_here ? " (made here)" : "");
}

static void print_story(FILE *out, const struct story *story, size_t journey, size_t stage,
			size_t *next)
{
	const struct chain *chain = NULL;

	for (; *next < story->count; (*next)++) {
		const struct meeting *meeting = &story->meetings[*next];

		if (meeting->journey != journey || meeting->stage != stage)
			return;
		if (meeting->rule->chain != chain)
			print_chain(out, meeting->rule->chain);
		chain = meeting->rule->chain;
		print_meeting(out, meeting);
	}
}

static void print_journey(FILE *out, const struct story *story, size_t number, size_t *next)
{
	static const char *const positions[] = {
		[AT_INITIATOR] = "where it starts", [AT_GATEWAY] = "a gateway on its way",
		[AT_RESPONDER] = "where it ends", [AT_BOTH_ENDS] = "both ends of it",
	};
	const struct check *check = story->check;
	const struct journey *journey = &check->journeys.journey[number];
	char id[FLOW_ID_MAX];
	size_t i, j;

	flow_id(journey->flow, id);
	fprintf(out, "%s%s at %s, %s\n", number ? "\n" : "", id, check->host->name,
		positions[journey->position]);
	for (i = 0; i < journey->stage_count; i++) {
		const struct stage *stage = &journey->stages[i];

		print_stage(out, check, stage);
		print_story(out, story, number, i, next);
		for (j = 0; j < stage->fates.count; j++)
			print_fate(out, check, stage, &stage->fates.fate[j]);
	}
	fprintf(out, "\n%s: %s", id, answer_name(journey->answer));
	if (journey->answer != ANSWER_ACCEPT) {
		fputs(": ", out);
		print_why(out, check, journey);
	}
	fputs("\n", out);
}

static bool named(const struct flow *flow, const char *name, size_t length)
{
	char id[FLOW_ID_MAX];

	flow_id(flow, id);
	return !strncmp(id, name, length);
}

/* The beginning of an id is enough where only one flow of the host begins so. */
static const struct flow *find_flow(const struct check *check, size_t *count)
{
	const struct flows *flows = &check->input->flows;
	const char *name = check->options->explain;
	const struct flow *found = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < flows->count; i++) {
		const struct flow *flow = &flows->flow[i];

		if (!flow_touches(flow, check->host) || !named(flow, name, strlen(name)))
			continue;
		found = flow;
		*count += 1;
		if (named(flow, name, strlen(name) + 1)) {
			*count = 1;
			return flow;
		}
	}
	return found;
}

static void offer(const struct check *check, size_t count)
{
	const struct flows *flows = &check->input->flows;
	const char *name = check->options->explain;
	size_t length = count ? strlen(name) : 0, shown = 0, i;
	char id[FLOW_ID_MAX];

	fprintf(stderr, "amfwctl: %s flow \"%s\" at %s; there are\n",
		count ? "more than one" : "no", name, check->host->name);
	for (i = 0; i < flows->count && shown < OFFERED; i++) {
		if (!flow_touches(&flows->flow[i], check->host) ||
		    !named(&flows->flow[i], name, length))
			continue;
		flow_id(&flows->flow[i], id);
		fprintf(stderr, "  %s\n", id);
		shown++;
	}
	if (shown == OFFERED)
		fputs("  ...\n", stderr);
}

static int run(struct story *story)
{
	struct check *check = story->check;
	int err;

	check->question.met = met;
	check->question.met_data = story;
	err = journeys_run(&check->journeys, &check->question, check->arena);
	return err || story->failed ? EXIT_FAILED : EXIT_DONE;
}

/**
 * check_explain() - tell what one flow meets
 * @check: a ruleset that is loaded; the flow's journeys are in it afterwards
 * @out: where to
 *
 * Return: an enum exit_code, after a message where it is not EXIT_DONE.
 */
int check_explain(struct check *check, FILE *out)
{
	struct story story = { .check = check };
	size_t count, i, next = 0;
	int code;

	check->question.only = find_flow(check, &count);
	if (count != 1) {
		offer(check, count);
		return EXIT_USAGE;
	}
	code = run(&story);
	if (code)
		fprintf(stderr, "amfwctl: check: %s\n", strerror(ENOMEM));
	for (i = 0; !code && i < check->journeys.count; i++)
		print_journey(out, &story, i, &next);
	free(story.meetings);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the fates of some packets mean for the flow they belong to.
 *
 * A packet is blocked where none of its fates is good.  One that has both kinds
 * is in doubt.  And where the site does not say by which interface packets come
 * and leave, only those are blocked that are so on every interface.
 */
#include "ruleset/journey_private.h"

#include <string.h>

static const char comes_by[] = "by which interface it comes";
static const char leaves_by[] = "by which interface it leaves";

static bool is_one(const struct values *values)
{
	return values && values->count == 1 &&
	       values->interval[0].low == values->interval[0].high;
}

static unsigned int hook_expected(const struct connection *connection, const struct stage *stage)
{
	bool back = stage->kind == STAGE_ANSWER || stage->kind == STAGE_BACK;

	switch (connection->place->position) {
	case AT_INITIATOR:
		return back ? NF_INET_LOCAL_IN : NF_INET_POST_ROUTING;
	case AT_RESPONDER:
		return back ? NF_INET_POST_ROUTING : NF_INET_LOCAL_IN;
	case AT_GATEWAY:
		return NF_INET_POST_ROUTING;
	case AT_BOTH_ENDS:
		break;
	}
	return NF_INET_LOCAL_IN;
}

/* An address that a range or an interface leaves open may be the right one. */
static const char *wrong_tuple(const struct connection *connection, const struct box *box)
{
	const struct tuple *out = &connection->place->out;
	struct arena *arena = connection->arena;

	if (!values_meet(box->now[FIELD_DADDR], address_values(arena, &out->destination)))
		return "it is not sent where the site says";
	if (!values_cover(range_values(arena, out->dport), box->now[FIELD_DPORT]))
		return "it is not sent to the port that the site says";
	if (!values_meet(box->now[FIELD_SADDR], address_values(arena, &out->source)))
		return "it does not leave with the source address that the site says";
	if (!values_cover(range_values(arena, out->sport), box->now[FIELD_SPORT]))
		return "its source port may leave the range that the other end takes";
	return NULL;
}

/* Accepted is not enough: it has to get to where the site says, looking as it should. */
static const char *astray(const struct connection *connection, const struct stage *stage,
			  const struct fate *fate)
{
	if (fate->verdict != VERDICT_ACCEPT)
		return NULL;
	if (fate->hook != hook_expected(connection, stage))
		return fate->hook == NF_INET_LOCAL_IN ? "it ends at this host" :
			"it is sent on to another host";
	if (stage->kind != STAGE_FIRST && stage->kind != STAGE_LATER)
		return NULL;
	return wrong_tuple(connection, &fate->box);
}

static bool is_good(const struct connection *connection, const struct stage *stage,
		    const struct fate *fate)
{
	return fate->verdict == VERDICT_ACCEPT && !astray(connection, stage, fate);
}

/**
 * without_interfaces() - the same packets, by whatever interface
 * @box: them
 */
struct box without_interfaces(const struct box *box)
{
	struct box any = *box;

	any.was[FIELD_IIF] = NULL;
	any.was[FIELD_OIF] = NULL;
	return any;
}

/* What is left of a bad fate where the good ones are taken off. */
static int remainder_of(const struct connection *connection, const struct stage *stage,
			const struct fate *bad, bool forget, struct boxes *left)
{
	struct box box = forget ? without_interfaces(&bad->box) : bad->box;
	size_t i;
	int err;

	memset(left, 0, sizeof(*left));
	err = boxes_add(left, &box);
	for (i = 0; i < stage->fates.count && left->count && !err; i++) {
		const struct fate *fate = &stage->fates.fate[i];

		if (!is_good(connection, stage, fate))
			continue;
		box = forget ? without_interfaces(&fate->box) : fate->box;
		err = boxes_subtract(connection->arena, left, &box);
	}
	return err;
}

static int compare(const __uint128_t a[FIELD_COUNT], const __uint128_t b[FIELD_COUNT])
{
	unsigned int i;

	for (i = 0; i < FIELD_COUNT; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static __uint128_t lowest(const struct values *values)
{
	return values && values->count ? values->interval[0].low : 0;
}

/* Of several boxes, the one with the smallest packet; from interfaces that are there. */
static void smallest(const struct boxes *boxes, const struct fate *fate,
		     __uint128_t example[FIELD_COUNT])
{
	bool in = fate->hook == NF_INET_PRE_ROUTING || fate->hook == NF_INET_LOCAL_IN;
	__uint128_t other[FIELD_COUNT];
	size_t i;

	box_example(&boxes->box[0], example);
	for (i = 1; i < boxes->count; i++) {
		box_example(&boxes->box[i], other);
		if (compare(other, example) < 0)
			memcpy(example, other, sizeof(other));
	}
	example[FIELD_IIF] = lowest(fate->box.was[FIELD_IIF]);
	example[FIELD_OIF] = in ? 0 : lowest(fate->box.was[FIELD_OIF]);
}

static void judge_certain(const struct connection *connection, const struct stage *stage,
			  const struct fate *fate, struct judgement *judgement)
{
	const char *what = astray(connection, stage, fate);

	judgement->answer = fate->verdict == VERDICT_REJECT ? ANSWER_REJECT : ANSWER_DROP;
	judgement->reason = REASON_RULE;
	judgement->what = what;
	if (what)
		judgement->reason = fate->hook == hook_expected(connection, stage) ?
			REASON_TRANSLATION : REASON_UNREACHED;
	if (fate->verdict != VERDICT_QUEUE && fate->verdict != VERDICT_STOLEN)
		return;
	judgement->answer = ANSWER_UNKNOWN;
	judgement->reason = REASON_DOUBT;
	judgement->what = fate->verdict == VERDICT_QUEUE ? "queue: a program decides" :
		"a rule that takes packets off the way";
}

/**
 * interface_doubt() - whether the site leaves open by which interface packets come or leave
 * @stage: of these packets
 *
 * Return: which of the two; NULL: both are known.
 */
const char *interface_doubt(const struct stage *stage)
{
	const struct box *box = &stage->passage.box;

	if (!stage->passage.made_here && !is_one(box->now[FIELD_IIF]))
		return comes_by;
	return is_one(box->now[FIELD_OIF]) ? NULL : leaves_by;
}

/**
 * is_interface_doubt() - whether a doubt is one of interface_doubt()
 * @doubt: it
 */
bool is_interface_doubt(const char *doubt)
{
	return doubt == comes_by || doubt == leaves_by;
}

static const char *doubt_of(const struct stage *stage, const struct fate *bad)
{
	size_t i;

	for (i = 0; i < stage->fates.count && !bad->box.doubt; i++)
		if (stage->fates.fate[i].box.doubt)
			return stage->fates.fate[i].box.doubt;
	return bad->box.doubt ? : "what becomes of it";
}

static void judge_open(const struct stage *stage, const struct fate *bad, bool interface,
		       struct judgement *judgement)
{
	judgement->answer = ANSWER_UNKNOWN;
	judgement->reason = interface ? REASON_INTERFACE : REASON_DOUBT;
	judgement->what = interface ? interface_doubt(stage) : doubt_of(stage, bad);
}

/* One fate that is not good: what it means by itself. */
static int judge_bad(const struct connection *connection, const struct stage *stage,
		     size_t number, struct judgement *judgement)
{
	const struct fate *bad = &stage->fates.fate[number];
	bool open = interface_doubt(stage);
	struct boxes strict, wide = { 0 };
	struct box box = bad->box;
	int err = remainder_of(connection, stage, bad, false, &strict);

	if (!err && open)
		err = remainder_of(connection, stage, bad, true, &wide);
	judgement->fate = number;
	if (!err && (open ? wide.count : strict.count)) {
		judge_certain(connection, stage, bad, judgement);
		smallest(open ? &wide : &strict, bad, judgement->example);
	} else if (!err) {
		judge_open(stage, bad, strict.count, judgement);
		smallest(&(struct boxes) { .box = &box, .count = 1 }, bad, judgement->example);
	}
	boxes_free(&strict);
	boxes_free(&wide);
	return err;
}

static bool is_worse(const struct judgement *a, const struct judgement *b)
{
	bool a_open = a->answer == ANSWER_UNKNOWN, b_open = b->answer == ANSWER_UNKNOWN;

	if (b->answer == ANSWER_ACCEPT)
		return true;
	if (a_open != b_open)
		return b_open;
	return compare(a->example, b->example) < 0;
}

static void judge_good(const struct stage *stage, struct judgement *judgement)
{
	size_t i;

	memset(judgement, 0, sizeof(*judgement));
	judgement->answer = ANSWER_ACCEPT;
	judgement->fate = stage->fates.count ? 0 : SIZE_MAX;
	for (i = 0; i < stage->fates.count; i++) {
		if (!stage->fates.fate[i].rule)
			continue;
		judgement->fate = i;
		return;
	}
}

/**
 * stage_judge() - does a stage get through?
 * @connection: to which it belongs
 * @stage: the stage, with its fates
 * @judgement: to fill
 *
 * Return: 0 or -ENOMEM.
 */
int stage_judge(const struct connection *connection, const struct stage *stage,
		struct judgement *judgement)
{
	struct judgement one;
	size_t i;
	int err = 0;

	judge_good(stage, judgement);
	for (i = 0; i < stage->fates.count && !err; i++) {
		if (is_good(connection, stage, &stage->fates.fate[i]))
			continue;
		memset(&one, 0, sizeof(one));
		err = judge_bad(connection, stage, i, &one);
		if (!err && is_worse(&one, judgement))
			*judgement = one;
	}
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two rulesets: what has changed for Amanda.
 *
 * Both are asked the same questions, so that their journeys are in one order.
 * What is open is compared as packets.
 */
#include <errno.h>
#include <string.h>

#include "amfwctl/check.h"
#include "amfwctl/json.h"

/* So many causes are told apart. */
#define CLASSES_SHOWN	64

/**
 * struct change - what to compare
 * @before: the old ruleset
 * @now: the new one
 * @interfaces: of both
 */
struct change {
	const struct check *before;
	const struct check *now;
	struct interfaces interfaces;
};

/* By which interfaces packets of one kind get through. */
static const struct values *ways_in(const struct change *change, const struct check *check,
				    const struct stage *stage, enum field field)
{
	const struct values *all = values_range(check->arena, 1, 0);
	size_t i;

	for (i = 0; i < stage->fates.count; i++)
		if (stage->fates.fate[i].verdict == VERDICT_ACCEPT)
			all = values_or(check->arena, all, stage->fates.fate[i].box.was[field]);
	return interfaces_values(&change->interfaces, check, all);
}

static bool same_ways(const struct change *change, const struct stage *before,
		      const struct stage *now)
{
	static const enum field fields[] = { FIELD_IIF, FIELD_OIF };
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!values_same(ways_in(change, change->before, before, fields[i]),
				 ways_in(change, change->now, now, fields[i])))
			return false;
	return true;
}

/* Where the site names no interface, both may be unknown, and not for the same one. */
static bool same_answer(const struct change *change, const struct journey *before,
			const struct journey *now)
{
	size_t count = before->stage_count < now->stage_count ? before->stage_count :
		       now->stage_count, i;

	if (before->answer != now->answer)
		return false;
	if (before->reason != REASON_INTERFACE || now->reason != REASON_INTERFACE)
		return true;
	for (i = 0; i < count; i++)
		if (!same_ways(change, &before->stages[i], &now->stages[i]))
			return false;
	return true;
}

static size_t journey_count(const struct change *change)
{
	size_t before = change->before->journeys.count, now = change->now->journeys.count;

	return before < now ? before : now;
}

static size_t count_changes(const struct change *change)
{
	size_t count = 0, i;

	for (i = 0; i < journey_count(change); i++)
		count += !same_answer(change, &change->before->journeys.journey[i],
				      &change->now->journeys.journey[i]);
	return count;
}

static void print_ways(FILE *out, const struct change *change, const struct check *check,
		       const struct journey *journey)
{
	const struct check shown = interfaces_shown(&change->interfaces, check);
	const struct stage *stage = journey_stage(journey);
	const struct values *in;

	if (journey->reason != REASON_INTERFACE || !stage)
		return;
	in = ways_in(change, check, stage, FIELD_IIF);
	if (!in || values_empty(in))
		return;
	fputs("; accepted by ", out);
	print_field_values(out, &shown, VERSION_4, FIELD_IIF, in, ", ");
}

static void print_side(FILE *out, const char *title, const struct change *change,
		       const struct check *check, const struct journey *journey)
{
	fprintf(out, "    %-7s ", title);
	if (journey->answer == ANSWER_ACCEPT) {
		fputs("accepted ", out);
		print_accepting(out, journey);
	} else {
		print_why(out, check, journey);
		print_ways(out, change, check, journey);
	}
	fputs("\n", out);
}

static const char *change_name(enum answer before, enum answer now)
{
	if (now == ANSWER_ACCEPT)
		return "works now";
	if (before == ANSWER_ACCEPT)
		return now == ANSWER_UNKNOWN ? "in doubt now" : "broken";
	return "changed";
}

/**
 * struct class - changes that have the same cause
 * @before: what the first of them was
 * @now: what it is
 * @count: how many flows
 */
struct class {
	const struct journey *before;
	const struct journey *now;
	size_t count;
};

static bool same_cause(const struct journey *a, const struct journey *b)
{
	const struct fate *x = a->fate, *y = b->fate;

	return a->answer == b->answer && a->reason == b->reason &&
	       (x ? x->rule : NULL) == (y ? y->rule : NULL) &&
	       (x ? x->chain : NULL) == (y ? y->chain : NULL);
}

/* More classes than are shown share the last. */
static void class_note(struct class *classes, size_t *count, const struct journey *before,
		       const struct journey *now)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (same_cause(classes[i].before, before) && same_cause(classes[i].now, now))
			break;
	if (i == CLASSES_SHOWN)
		i--;
	if (i == *count)
		classes[(*count)++] = (struct class) { before, now, 0 };
	classes[i].count++;
}

static void print_class(const struct change *change, const struct class *class, FILE *out)
{
	char id[FLOW_ID_MAX];

	flow_id(class->now->flow, id);
	fprintf(out, "%s  %s", change_name(class->before->answer, class->now->answer), id);
	if (class->count > 1)
		fprintf(out, " and %zu more", class->count - 1);
	fputs("\n", out);
	print_side(out, "before", change, change->before, class->before);
	print_side(out, "now", change, change->now, class->now);
}

static void print_flows(const struct change *change, FILE *out)
{
	struct class classes[CLASSES_SHOWN];
	size_t count = 0, i;

	for (i = 0; i < journey_count(change); i++) {
		const struct journey *before = &change->before->journeys.journey[i];
		const struct journey *now = &change->now->journeys.journey[i];

		if (!same_answer(change, before, now))
			class_note(classes, &count, before, now);
	}
	for (i = 0; i < count; i++)
		print_class(change, &classes[i], out);
}

/* Numbers of interfaces mean something in one ruleset only. */
static struct box with_common(const struct change *change, const struct check *check,
			      const struct box *box)
{
	static const enum field fields[] = { FIELD_IIF, FIELD_OIF };
	struct box common = *box;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		common.was[fields[i]] = interfaces_values(&change->interfaces, check,
							  box->was[fields[i]]);
		common.now[fields[i]] = common.was[fields[i]];
	}
	return common;
}

/* What is open in one and not in the other, of one entry of the first. */
static int difference(const struct change *change, const struct check *check,
		      const struct excess *excess, const struct check *other,
		      struct boxes *left)
{
	struct box box = with_common(change, check, &excess->box);
	size_t i;
	int err;

	memset(left, 0, sizeof(*left));
	err = boxes_add(left, &box);
	for (i = 0; i < other->excesses.count && left->count && !err; i++) {
		const struct excess *one = &other->excesses.excess[i];

		if (one->version != excess->version)
			continue;
		box = with_common(change, other, &one->box);
		err = boxes_subtract(check->arena, left, &box);
	}
	if (!err)
		boxes_join(check->arena, left);
	return err;
}

/* One entry; NULL as @out only counts. */
static int put_difference(const struct change *change, const struct check *check,
			  const struct excess *excess, const char *title, FILE *out,
			  size_t *count)
{
	const struct check *other = check == change->now ? change->before : change->now;
	const struct check shown = interfaces_shown(&change->interfaces, check);
	struct boxes left;
	size_t i;
	int err = difference(change, check, excess, other, &left);

	for (i = 0; i < left.count && !err; i++) {
		*count += 1;
		if (!out)
			continue;
		fprintf(out, "%s  ", title);
		print_box(out, &shown, excess->version, &left.box[i]);
		fputs("\n    by      ", out);
		print_rule(out, excess->rule, excess->chain);
		fputs("\n", out);
	}
	boxes_free(&left);
	return err;
}

static int put_differences(const struct change *change, const struct check *check,
			   const char *title, FILE *out, size_t *count)
{
	size_t i;
	int err = 0;

	for (i = 0; i < check->excesses.count && !err; i++)
		err = put_difference(change, check, &check->excesses.excess[i], title, out,
				     count);
	return err;
}

static bool has_finding(const struct check *check, const struct finding *finding)
{
	size_t i;

	for (i = 0; i < check->findings.count; i++) {
		const struct finding *one = &check->findings.finding[i];

		if (!strcmp(one->id, finding->id) && !strcmp(one->message, finding->message))
			return true;
	}
	return false;
}

static void print_findings(const struct check *check, const struct check *other,
			   const char *title, FILE *out)
{
	size_t i;

	for (i = 0; i < check->findings.count; i++) {
		const struct finding *finding = &check->findings.finding[i];

		if (!has_finding(other, finding))
			fprintf(out, "%s  %s: %s\n", title, finding->id, finding->message);
	}
}

static int print_changes(const struct change *change, FILE *out)
{
	size_t opened = 0, closed = 0;
	int err;

	print_flows(change, out);
	err = put_differences(change, change->now, "opened", out, &opened);
	err = err ? : put_differences(change, change->before, "closed", out, &closed);
	print_findings(change->now, change->before, "found", out);
	print_findings(change->before, change->now, "gone", out);
	fprintf(out, "%s: %zu of %zu flows changed, %zu sets of packets opened, %zu closed\n",
		change->now->host->name, count_changes(change), journey_count(change), opened,
		closed);
	return err;
}

static void json_flows(const struct change *change, FILE *out)
{
	const char *between = "\n";
	char id[FLOW_ID_MAX];
	size_t i;

	for (i = 0; i < journey_count(change); i++) {
		const struct journey *before = &change->before->journeys.journey[i];
		const struct journey *now = &change->now->journeys.journey[i];

		if (same_answer(change, before, now))
			continue;
		flow_id(now->flow, id);
		fprintf(out, "%s{", between);
		json_member(out, "id", id);
		fputs(", ", out);
		json_member(out, "before", answer_name(before->answer));
		fputs(", ", out);
		json_member(out, "now", answer_name(now->answer));
		fputs("}", out);
		between = ",\n";
	}
}

static int json_changes(const struct change *change, FILE *out)
{
	size_t opened = 0, closed = 0;
	int err;

	err = put_differences(change, change->now, "", NULL, &opened);
	err = err ? : put_differences(change, change->before, "", NULL, &closed);
	fputs("{\"version\": 1, ", out);
	json_member(out, "host", change->now->host->name);
	fputs(", \"changed\": [", out);
	json_flows(change, out);
	fprintf(out, "], \"opened\": %zu, \"closed\": %zu}\n", opened, closed);
	return err;
}

/**
 * check_baseline() - tell what has changed
 * @before: the old ruleset, answered
 * @now: the new one, answered
 * @out: where to
 *
 * Return: 0 or -ENOMEM.
 */
int check_baseline(const struct check *before, const struct check *now, FILE *out)
{
	struct change change = { .before = before, .now = now };

	if (interfaces_collect(&change.interfaces, now, before))
		return -ENOMEM;
	return now->options->json ? json_changes(&change, out) : print_changes(&change, out);
}

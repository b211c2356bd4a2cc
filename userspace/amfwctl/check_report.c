// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answers for people: what is blocked and by which rule, what is open beyond
 * need, what else is wrong, and one line at the end that says it all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/check.h"

/* So many flows of a group are named. */
#define FLOWS_SHOWN	6
#define EXCESS_SHOWN	20

enum colour { PLAIN, RED, YELLOW, GREEN, BOLD };

/* One report on its way out. */
struct report {
	const struct check *check;
	FILE *out;
	bool coloured;
};

static void colour(const struct report *report, enum colour which)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m", [RED] = "\033[1;31m", [YELLOW] = "\033[33m",
		[GREEN] = "\033[32m", [BOLD] = "\033[1m",
	};

	if (report->coloured)
		fputs(codes[which], report->out);
}

static void coloured(const struct report *report, enum colour which, const char *text)
{
	colour(report, which);
	fputs(text, report->out);
	if (report->coloured)
		colour(report, PLAIN);
}

static void print_id(FILE *out, const struct journey *journey)
{
	char id[FLOW_ID_MAX];

	flow_id(journey->flow, id);
	fputs(id, out);
}

/* "the first packet of" */
static void print_stage_of(FILE *out, const struct journey *journey)
{
	const struct stage *stage = journey_stage(journey);

	if (stage)
		fprintf(out, "the %s of ", stage_name(stage));
}

static void print_member_ids(const struct report *report, const struct group *group)
{
	size_t shown = report->check->options->verbose ? group->count : FLOWS_SHOWN, i;

	for (i = 0; i < group->count && i < shown; i++) {
		fputs(i ? "\n            " : "", report->out);
		print_id(report->out, &report->check->journeys.journey[group->members[i]]);
	}
	if (group->count > shown)
		fprintf(report->out, "\n            and %zu more (--verbose)",
			group->count - shown);
	fputs("\n", report->out);
}

/* A text of several lines, each behind the same margin. */
static void print_indented(FILE *out, const char *text, const char *title)
{
	const char *line = text;

	while (*line) {
		size_t length = strcspn(line, "\n");

		fprintf(out, "    %-7s %.*s\n", line == text ? title : "", (int)length, line);
		line += length;
		line += *line == '\n';
	}
}

static void print_fix(const struct report *report, const struct journey *journey)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);
	bool some;

	if (!stream)
		return;
	some = fix_print(report->check, journey, stream);
	fclose(stream);
	if (some)
		print_indented(report->out, text, "fix");
	free(text);
}

static void print_failure(const struct report *report, const struct group *group)
{
	const struct journey *journey = group->first;
	const struct stage *stage = journey_stage(journey);
	bool open = journey->answer == ANSWER_UNKNOWN;
	FILE *out = report->out;

	coloured(report, open ? YELLOW : RED, open ? "unknown" : "blocked");
	fputs("  ", out);
	print_stage_of(out, journey);
	fprintf(out, group->count > 1 ? "%zu flows\n" : "%zu flow\n", group->count);
	fputs("    why     ", out);
	print_why(out, report->check, journey);
	if (stage) {
		fputs("\n    packet  ", out);
		print_example(out, report->check, stage->passage.version, journey->example);
	}
	fputs("\n    flows   ", out);
	print_member_ids(report, group);
	print_fix(report, journey);
	fputs("\n", out);
}

static void print_passes(const struct report *report, const struct group *group)
{
	const struct journey *journey = group->first;
	FILE *out = report->out;
	size_t i;

	coloured(report, GREEN, "pass");
	fprintf(out, group->count > 1 ? "     %zu flows " : "     %zu flow ", group->count);
	print_accepting(out, journey);
	fputs("\n", out);
	if (!report->check->options->verbose)
		return;
	for (i = 0; i < group->count; i++) {
		fputs("            ", out);
		print_id(out, &report->check->journeys.journey[group->members[i]]);
		fputs("\n", out);
	}
}

static void print_groups(const struct report *report, const struct groups *groups)
{
	size_t i;

	for (i = 0; i < groups->count; i++) {
		if (groups->group[i].first->answer == ANSWER_ACCEPT)
			print_passes(report, &groups->group[i]);
		else
			print_failure(report, &groups->group[i]);
	}
}

static void print_excess(const struct report *report)
{
	const struct excesses *excesses = &report->check->excesses;
	size_t shown = report->check->options->verbose ? excesses->count : EXCESS_SHOWN, i;
	FILE *out = report->out;

	for (i = 0; i < excesses->count && i < shown; i++) {
		const struct excess *excess = &excesses->excess[i];

		fputs("\n", out);
		coloured(report, YELLOW, "open");
		fputs("     ", out);
		print_box(out, report->check, excess->version, &excess->box);
		if (excess->box.doubt)
			fprintf(out, ", perhaps: %s", excess->box.doubt);
		fputs("\n    by      ", out);
		print_rule(out, excess->rule, excess->chain);
		fputs("\n", out);
	}
	if (excesses->count > shown)
		fprintf(out, "\n         and %zu more (--verbose)\n", excesses->count - shown);
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return !strcmp(a->id, b->id) && !strcmp(a->message, b->message);
}

/* One mistake may be made by several rules: they follow each other. */
static void print_findings(const struct report *report)
{
	const struct findings *findings = &report->check->findings;
	const struct finding *finding = findings->finding;
	const struct finding *end = finding + findings->count;
	FILE *out = report->out;

	for (; finding < end; finding++) {
		if (finding == findings->finding || !same_finding(finding - 1, finding)) {
			fputs("\n", out);
			coloured(report, YELLOW, "found");
			fprintf(out, "    %s: %s\n", finding->id, finding->message);
		}
		if (finding->rule || finding->chain) {
			fputs("    at      ", out);
			print_rule(out, finding->rule, finding->chain);
			fputs("\n", out);
		}
		if (finding + 1 == end || !same_finding(finding, finding + 1))
			print_indented(out, finding->fix, "fix");
	}
}

static const struct group *worst(const struct groups *groups, bool open)
{
	size_t i;

	for (i = 0; i < groups->count; i++)
		if ((groups->group[i].first->answer == ANSWER_UNKNOWN) == open &&
		    groups->group[i].first->answer != ANSWER_ACCEPT)
			return &groups->group[i];
	return NULL;
}

/* The rule and its place; or the command that writes what lasts. */
static void print_short(FILE *out, char *text)
{
	char *rest, *line = strtok_r(text, "\n", &rest);

	if (line && strstr(line, "would undo it"))
		line = strtok_r(NULL, "\n", &rest);
	if (!line)
		return;
	fprintf(out, "; fix: %s", line + strspn(line, "# \t"));
	if (line[0] != '#' || !strncmp(line, "# amfwctl", strlen("# amfwctl")))
		return;
	line = strtok_r(NULL, "\n", &rest);
	if (line)
		fprintf(out, " %s", line);
}

static void print_short_fix(const struct report *report, const struct journey *journey)
{
	size_t length;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &length);
	bool some;

	if (!stream)
		return;
	some = fix_print(report->check, journey, stream);
	fclose(stream);
	if (some && text)
		print_short(report->out, text);
	free(text);
}

static void print_verdict(const struct report *report, const struct group *group,
			  const char *name)
{
	FILE *out = report->out;

	fprintf(out, "%s: ", name);
	print_stage_of(out, group->first);
	print_id(out, group->first);
	if (group->count > 1)
		fprintf(out, " (and %zu more)", group->count - 1);
	fputs(": ", out);
	print_why(out, report->check, group->first);
	print_short_fix(report, group->first);
}

static void print_summary(const struct report *report, const struct groups *groups)
{
	const struct check *check = report->check;
	FILE *out = report->out;

	fputs("\n", out);
	switch (check_code(check)) {
	case EXIT_BLOCKED:
		colour(report, RED);
		print_verdict(report, worst(groups, false), "blocked");
		break;
	case EXIT_UNKNOWN:
		colour(report, YELLOW);
		print_verdict(report, worst(groups, true), "unknown");
		break;
	case EXIT_WIDE:
		colour(report, YELLOW);
		fprintf(out, "wide: all flows pass, and so do %zu %s of packets that none needs",
			check->excesses.count,
			check->excesses.count == 1 ? "set" : "sets");
		break;
	default:
		colour(report, GREEN);
		fprintf(out, "pass: %zu of %zu flows, and nothing more", check->journeys.count,
			check->journeys.count);
	}
	colour(report, PLAIN);
	fputs("\n", out);
}

static const char *rules_name(const struct check *check)
{
	if (check->live)
		return "the running rules";
	return check->options->rules.count == 1 ? check->options->rules.sources[0].path :
						  "the rules given";
}

static void print_head(const struct report *report)
{
	static const char *const helpers[] = {
		[HELPER_OURS] = "amfw's", [HELPER_STOCK] = "the kernel's own",
		[HELPER_NONE] = "none",
	};
	const struct check *check = report->check;

	colour(report, BOLD);
	fprintf(report->out, "%s: %s: %zu flows: %zu pass, %zu blocked, %zu unknown; helper: %s",
		check->host->name, rules_name(check), check->journeys.count,
		check_count(check, ANSWER_ACCEPT),
		check_count(check, ANSWER_DROP) + check_count(check, ANSWER_REJECT),
		check_count(check, ANSWER_UNKNOWN), helpers[check->question.helper]);
	colour(report, PLAIN);
	fputs("\n\n", report->out);
}

/**
 * check_report() - tell people
 * @check: answered
 * @out: where to
 *
 * Return: 0 or -ENOMEM.
 */
int check_report(const struct check *check, FILE *out)
{
	struct report report = {
		.check = check,
		.out = out,
		.coloured = isatty(fileno(out)) && !getenv("NO_COLOR"),
	};
	struct groups groups;
	int err = groups_make(&groups, &check->journeys);

	if (!err) {
		print_head(&report);
		print_groups(&report, &groups);
		print_excess(&report);
		print_findings(&report);
		print_summary(&report, &groups);
	}
	groups_free(&groups);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of a rule as one line of text, for tests to compare. */
#ifndef UNIT_STEPS_TEXT_H
#define UNIT_STEPS_TEXT_H

#include <stdio.h>

#include "ruleset/ruleset.h"

static void print_number(FILE *out, __uint128_t number)
{
	if (number >> 64)
		fprintf(out, "%llx:%016llx", (unsigned long long)(number >> 64),
			(unsigned long long)number);
	else if (number > 0xfffff)
		fprintf(out, "%#llx", (unsigned long long)number);
	else
		fprintf(out, "%llu", (unsigned long long)number);
}

static void print_interval(FILE *out, const struct interval *interval)
{
	print_number(out, interval->low);
	if (interval->high != interval->low) {
		fputc('-', out);
		print_number(out, interval->high);
	}
}

/* Of many intervals, some and how many. */
static void print_values(FILE *out, const struct values *values)
{
	size_t i;

	for (i = 0; i < values->count && i < 4; i++) {
		fputc(i ? ',' : ' ', out);
		print_interval(out, &values->interval[i]);
	}
	if (i < values->count)
		fprintf(out, ",.. %zu", values->count);
}

static const char *const verdict_names[] = {
	"continue", "accept", "drop", "reject", "queue", "stolen", "jump", "goto", "return",
};

static void print_element(FILE *out, const struct set *set, const struct element *element)
{
	const struct mapped *mapped = element->mapped;
	size_t i;

	for (i = 0; i < set->key_count; i++) {
		fputs(i ? " . " : " ", out);
		print_interval(out, &element->key[i]);
	}
	if (!set->is_map)
		return;
	fputs(": ", out);
	if (mapped->verdict) {
		fputs(verdict_names[mapped->verdict], out);
		fprintf(out, "%s%s", mapped->chain ? " " : "",
			mapped->chain ? mapped->chain->name : "");
	} else {
		print_number(out, mapped->data);
	}
	if (mapped->data_port)
		fprintf(out, "/%u", mapped->data_port);
}

static void print_lookup(FILE *out, const struct step *step)
{
	size_t i;

	fprintf(out, "%s", step->inverted ? "not " : "");
	for (i = 0; i < step->key_count; i++)
		fprintf(out, "%s%s", i ? " . " : "", field_name(step->keys[i]));
	fprintf(out, " in [");
	for (i = 0; i < step->set->count && i < 4; i++) {
		fputs(i ? "," : "", out);
		print_element(out, step->set, &step->set->elements[i]);
	}
	fprintf(out, " ]%s%s", step->set->doubt ? "? " : "",
		step->set->doubt ? step->set->doubt : "");
}

static void print_assign(FILE *out, const struct step *step)
{
	fprintf(out, "%s = ", field_name(step->field));
	if (step->name) {
		fprintf(out, "? %s", step->name);
		return;
	}
	if (step->keep) {
		fprintf(out, "(%s & ", field_name(step->field));
		print_number(out, step->keep);
		fprintf(out, ") ^ ");
	}
	if (step->mask) {
		fprintf(out, "(%s & ", field_name(step->from));
		print_number(out, step->mask);
		fprintf(out, ") ^ ");
	}
	if (step->from_lookup)
		fprintf(out, "found");
	else
		print_number(out, step->value);
}

static void print_nat(FILE *out, const struct nat_step *nat)
{
	static const char *const kinds[] = { "snat", "dnat", "masquerade", "redirect", "netmap" };

	fprintf(out, "%s", kinds[nat->kind]);
	if (nat->from_lookup)
		fprintf(out, " found");
	if (nat->address.high) {
		fputc(' ', out);
		print_interval(out, &nat->address);
	}
	if (nat->port.high) {
		fprintf(out, " port ");
		print_interval(out, &nat->port);
	}
	if (nat->random)
		fprintf(out, " random");
}

static void print_step(FILE *out, const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		fprintf(out, "%s", field_name(step->field));
		print_values(out, step->values);
		break;
	case STEP_MASKED:
		fprintf(out, "%s & ", field_name(step->field));
		print_number(out, step->mask);
		print_values(out, step->values);
		break;
	case STEP_EITHER:
		fprintf(out, "%s or %s", field_name(step->field), field_name(step->keys[0]));
		print_values(out, step->values);
		break;
	case STEP_LOOKUP:
		print_lookup(out, step);
		break;
	case STEP_DOUBT:
		fprintf(out, "? %s", step->name);
		break;
	case STEP_NEVER:
		fprintf(out, "never");
		break;
	case STEP_ASSIGN:
		print_assign(out, step);
		break;
	case STEP_VERDICT:
		fprintf(out, "%s%s%s", verdict_names[step->verdict], step->chain ? " " : "",
			step->chain ? step->chain->name : "");
		break;
	case STEP_CHOOSE:
		fprintf(out, "choose");
		break;
	case STEP_NAT:
		print_nat(out, &step->nat);
		break;
	case STEP_HELPER:
		fprintf(out, "helper %s%s", step->helper, step->early ? " early" : "");
		break;
	case STEP_NOTRACK:
		fprintf(out, "notrack");
		break;
	case STEP_FILL:
		fprintf(out, "fill %s", step->set->name);
		break;
	}
}

static void print_steps(FILE *out, const struct rule *rule, enum protocol_version version)
{
	size_t i;

	for (i = 0; i < rule->step_count[version]; i++) {
		fputs(i ? "; " : "", out);
		print_step(out, &rule->steps[version][i]);
	}
}

#endif /* UNIT_STEPS_TEXT_H */

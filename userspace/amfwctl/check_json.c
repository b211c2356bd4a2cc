// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answers for programs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check.h"
#include "amfwctl/json.h"

static const char *code_name(enum exit_code code)
{
	switch (code) {
	case EXIT_BLOCKED:
		return "blocked";
	case EXIT_WIDE:
		return "wide";
	case EXIT_UNKNOWN:
		return "unknown";
	default:
		return "pass";
	}
}

static const char *reason_name(enum reason reason)
{
	static const char *const names[] = {
		[REASON_NONE] = NULL, [REASON_RULE] = "rule", [REASON_DOUBT] = "doubt",
		[REASON_INTERFACE] = "interface", [REASON_TRANSLATION] = "translation",
		[REASON_CONTROL] = "control", [REASON_NO_HELPER] = "no-helper",
		[REASON_HELPER_GAP] = "helper-gap", [REASON_UNREACHED] = "unreached",
	};

	return names[reason];
}

static const char *position_name(enum position position)
{
	static const char *const names[] = {
		[AT_INITIATOR] = "initiator", [AT_GATEWAY] = "gateway",
		[AT_RESPONDER] = "responder", [AT_BOTH_ENDS] = "loopback",
	};

	return names[position];
}

/* Of a policy there are no handle and no text. */
static void put_rule(FILE *out, const struct rule *rule, const struct chain *chain)
{
	if (rule)
		chain = rule->chain;
	if (!chain) {
		fputs("null", out);
		return;
	}
	fputs("{", out);
	json_member(out, "family", table_family(chain->table));
	fputs(", ", out);
	json_member(out, "table", chain->table->name);
	fputs(", ", out);
	json_member(out, "chain", chain->name);
	if (rule)
		fprintf(out, ", \"handle\": %llu, ", (unsigned long long)rule->handle);
	else
		fputs(", \"handle\": null, ", out);
	json_member(out, "text", rule ? rule->text : NULL);
	if (!rule) {
		fputs(", ", out);
		json_member(out, "policy", chain->hooked ? verdict_name(chain->policy) : NULL);
	}
	if (rule && rule->path && rule->line) {
		fputs(", ", out);
		json_member(out, "file", rule->path);
		fprintf(out, ", \"line\": %u", rule->line);
	}
	fputs("}", out);
}

/* What some function prints, as a string. */
static FILE *begin_text(char **text, size_t *length)
{
	*text = NULL;
	return open_memstream(text, length);
}

/* Where the text is, is known when the stream is closed. */
static int end_text(FILE *stream, char **text, FILE *out)
{
	bool bad = fclose(stream) || !*text;

	json_string(out, bad ? NULL : *text);
	free(*text);
	return bad ? -ENOMEM : 0;
}

/* Numbers as numbers, all else as people write it. */
static int put_end(FILE *out, const struct check *check, enum protocol_version version,
		   enum field field, __uint128_t value)
{
	size_t length;
	char *text;
	FILE *stream;

	if (field == FIELD_SPORT || field == FIELD_DPORT) {
		fprintf(out, "%u", (unsigned int)value);
		return 0;
	}
	stream = begin_text(&text, &length);
	if (!stream)
		return -ENOMEM;
	print_field_value(stream, check, version, field, value);
	return end_text(stream, &text, out);
}

static int put_value(FILE *out, const struct check *check, enum protocol_version version,
		     const char *name, enum field field, __uint128_t value)
{
	fprintf(out, "\"%s\": ", name);
	if (value_has_name(check, field, value))
		return put_end(out, check, version, field, value);
	fputs("null", out);
	return 0;
}

static int put_packet(FILE *out, const struct check *check, const struct journey *journey)
{
	const struct stage *stage = journey_stage(journey);
	const __uint128_t *packet = journey->example;
	static const struct {
		const char *name;
		enum field field;
	} members[] = {
		{ "source", FIELD_SADDR }, { "destination", FIELD_DADDR },
		{ "protocol", FIELD_PROTOCOL }, { "in_interface", FIELD_IIF },
		{ "out_interface", FIELD_OIF }, { "state", FIELD_CT_STATE },
		{ "helper", FIELD_CT_HELPER },
	};
	size_t i;
	int err = 0;

	if (journey->answer == ANSWER_ACCEPT || !stage) {
		fputs("null", out);
		return 0;
	}
	fputs("{", out);
	for (i = 0; i < sizeof(members) / sizeof(*members) && !err; i++) {
		err = put_value(out, check, stage->passage.version, members[i].name,
				members[i].field, packet[members[i].field]);
		fputs(", ", out);
	}
	fprintf(out, "\"sport\": %u, \"dport\": %u}", (unsigned int)packet[FIELD_SPORT],
		(unsigned int)packet[FIELD_DPORT]);
	return err;
}

static int put_why(FILE *out, const struct check *check, const struct journey *journey)
{
	size_t length;
	char *text;
	FILE *stream;

	fputs("\"why\": ", out);
	if (journey->answer == ANSWER_ACCEPT) {
		fputs("null", out);
		return 0;
	}
	stream = begin_text(&text, &length);
	if (!stream)
		return -ENOMEM;
	print_why(stream, check, journey);
	return end_text(stream, &text, out);
}

static int put_fix(FILE *out, const struct check *check, const struct journey *journey)
{
	size_t length;
	char *text;
	FILE *stream = begin_text(&text, &length);

	if (!stream)
		return -ENOMEM;
	fputs("\"fix\": ", out);
	if (fix_print(check, journey, stream))
		return end_text(stream, &text, out);
	fclose(stream);
	free(text);
	fputs("null", out);
	return 0;
}

static int put_flow(FILE *out, const struct check *check, const struct journey *journey)
{
	const struct stage *stage = journey_stage(journey);
	const struct fate *fate = journey->fate;
	char id[FLOW_ID_MAX];

	flow_id(journey->flow, id);
	fputs("{", out);
	json_member(out, "id", id);
	fputs(", ", out);
	json_member(out, "verdict", answer_name(journey->answer));
	fputs(", ", out);
	json_member(out, "position", position_name(journey->position));
	fputs(", \"rule\": ", out);
	put_rule(out, fate ? fate->rule : NULL, fate ? fate->chain : NULL);
	fputs(", ", out);
	json_member(out, "helper", journey->helper);
	fputs(", ", out);
	json_member(out, "reason", reason_name(journey->reason));
	fputs(", ", out);
	json_member(out, "what", journey->what);
	fputs(", ", out);
	json_member(out, "stage", stage && journey->answer != ANSWER_ACCEPT ?
		    stage_name(stage) : NULL);
	fputs(", \"packet\": ", out);
	if (put_packet(out, check, journey))
		return -ENOMEM;
	fputs(", ", out);
	if (put_why(out, check, journey))
		return -ENOMEM;
	fputs(", ", out);
	if (put_fix(out, check, journey))
		return -ENOMEM;
	fputs("}", out);
	return 0;
}

static int put_flows(FILE *out, const struct check *check)
{
	size_t i;
	int err = 0;

	fputs(" \"flows\": [", out);
	for (i = 0; i < check->journeys.count && !err; i++) {
		fputs(i ? ",\n" : "\n", out);
		err = put_flow(out, check, &check->journeys.journey[i]);
	}
	fputs("],\n", out);
	return err;
}

/* Every interval, as [first, last]. */
static int put_values(FILE *out, const struct check *check, enum protocol_version version,
		      enum field field, const struct values *values)
{
	size_t i;
	int err = 0;

	fputs("[", out);
	for (i = 0; i < values->count && !err; i++) {
		fputs(i ? ", [" : "[", out);
		err = put_end(out, check, version, field, values->interval[i].low);
		fputs(", ", out);
		err = err ? : put_end(out, check, version, field, values->interval[i].high);
		fputs("]", out);
	}
	fputs("]", out);
	return err;
}

static int put_box(FILE *out, const struct check *check, const struct excess *excess)
{
	static const struct {
		const char *name;
		enum field field;
	} members[] = {
		{ "protocol", FIELD_PROTOCOL }, { "source", FIELD_SADDR },
		{ "destination", FIELD_DADDR }, { "sport", FIELD_SPORT },
		{ "dport", FIELD_DPORT }, { "in_interface", FIELD_IIF },
		{ "out_interface", FIELD_OIF }, { "mark", FIELD_MARK },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(members) / sizeof(*members) && !err; i++) {
		enum field field = members[i].field;

		if (!field_says_something(&excess->box, excess->version, field))
			continue;
		fprintf(out, ", \"%s\": ", members[i].name);
		err = put_values(out, check, excess->version, field, excess->box.was[field]);
	}
	return err;
}

static int put_excesses(FILE *out, const struct check *check)
{
	size_t i;

	fputs(" \"excess\": [", out);
	for (i = 0; i < check->excesses.count; i++) {
		const struct excess *excess = &check->excesses.excess[i];

		fprintf(out, "%s{\"family\": \"%s\"", i ? ",\n" : "\n",
			excess->version == VERSION_4 ? "ip" : "ip6");
		if (put_box(out, check, excess))
			return -ENOMEM;
		fputs(", ", out);
		json_member(out, "doubt", excess->box.doubt);
		fputs(", \"rule\": ", out);
		put_rule(out, excess->rule, excess->chain);
		fputs("}", out);
	}
	fputs("],\n", out);
	return 0;
}

static void put_findings(FILE *out, const struct check *check)
{
	size_t i;

	fputs(" \"lint\": [", out);
	for (i = 0; i < check->findings.count; i++) {
		const struct finding *finding = &check->findings.finding[i];

		fputs(i ? ",\n{" : "\n{", out);
		json_member(out, "id", finding->id);
		fputs(", \"rule\": ", out);
		put_rule(out, finding->rule, finding->chain);
		fputs(", ", out);
		json_member(out, "message", finding->message);
		fputs(", ", out);
		json_member(out, "fix", finding->fix);
		fputs("}", out);
	}
	fputs("]}\n", out);
}

/**
 * check_json() - tell programs
 * @check: answered
 * @out: where to
 *
 * Return: 0 or -ENOMEM.
 */
int check_json(const struct check *check, FILE *out)
{
	static const char *const helpers[] = {
		[HELPER_OURS] = "ours", [HELPER_STOCK] = "stock", [HELPER_NONE] = "none",
	};

	fputs("{\"version\": 1, ", out);
	json_member(out, "verdict", code_name(check_code(check)));
	fputs(", ", out);
	json_member(out, "host", check->host->name);
	fputs(", ", out);
	json_member(out, "helper", helpers[check->question.helper]);
	fputs(",\n", out);
	if (put_flows(out, check) || put_excesses(out, check))
		return -ENOMEM;
	put_findings(out, check);
	return 0;
}

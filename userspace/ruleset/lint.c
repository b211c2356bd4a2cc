// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wrong beside a flow that is blocked: the table, and how findings are
 * kept.  Each stands for a mistake that rules for Amanda have been seen to make.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/lint_private.h"

#define MESSAGE_MOST	512
/* Of one kind: who has more of it has one mistake in many places. */
#define FINDINGS_MOST	16

const struct lint_rule lint_rules[] = {
	{ "helper-too-early", "a helper is attached before connection tracking", lint_early },
	{ "helper-never-attached", "rules ask for a helper that no rule attaches",
	  lint_never_attached },
	{ "helper-unreached", "a helper is attached, and to no flow of the site", lint_unreached },
	{ "helper-attached-wide", "a helper is attached to what is no flow of the site",
	  lint_attached_wide },
	{ "related-any-helper", "what any helper announced is let in", lint_related },
	{ "wrong-protocol", "the protocol that is open is not that of the auth", lint_protocol },
	{ "old-ports-open", "10082 or 10083 is open, and nobody needs it", lint_old_ports },
	{ "stream-range-wide", "more ports than those of the streams are open", lint_range_wide },
	{ "stream-range-small", "fewer ports than streams at once", lint_range_small },
	{ "nat-sport-narrow", "a source port after translation is not let in", lint_nat_narrow },
	{ "nat-unprivileged-ports", "translation takes reserved ports away", lint_nat_high },
	{ "nat-helper-missing", "translation without nf_nat_amanda", lint_nat_module },
	{ "stock-no-index", "the kernel's own helper and \"index = no\"", lint_stock_index },
	{ "stock-bsdudp", "the kernel's own helper and bsdudp", lint_stock_bsdudp },
	{ "stock-missing-tags", "streams that the kernel's own helper does not know",
	  lint_stock_tags },
	{ "reply-outlives-tracking", "an answer may come when its question is forgotten",
	  lint_timeout },
	{ "ipv6-unused", "IPv6 is open for an Amanda that has none", lint_ipv6 },
	{ "established-missing", "answers are dropped", lint_established },
	{ "helper-built-in", "the kernel's own helper cannot be replaced", lint_built_in },
	{ "expectations-few", "fewer expectations than streams at once", lint_expectations },
	{ "legacy-rules", "rules that nft does not show are loaded, too", lint_legacy },
	{ "invalid-untracked", "a state is asked for where none is known yet", lint_invalid },
};

const size_t lint_rule_count = sizeof(lint_rules) / sizeof(*lint_rules);

static const char *text_keep(struct lint *lint, const char *format, va_list arguments)
{
	char text[MESSAGE_MOST], *kept;
	size_t length;

	vsnprintf(text, sizeof(text), format, arguments);
	length = strlen(text) + 1;
	kept = arena_take(lint->arena, length);
	if (kept)
		memcpy(kept, text, length);
	return kept;
}

/**
 * lint_text() - a text that lives as long as the findings
 * @lint: the run
 * @format: of it
 *
 * Return: the text; NULL without memory.
 */
const char *lint_text(struct lint *lint, const char *format, ...)
{
	const char *text;
	va_list arguments;

	va_start(arguments, format);
	text = text_keep(lint, format, arguments);
	va_end(arguments);
	return text;
}

/* Known already, or one more of what has been said often enough. */
static bool is_known(const struct lint *lint, struct lint_place place, const char *message)
{
	size_t same = 0, i;

	for (i = 0; i < lint->findings->count; i++) {
		const struct finding *one = &lint->findings->finding[i];

		if (strcmp(one->id, lint->id))
			continue;
		same++;
		if (one->rule == place.rule && one->chain == place.chain &&
		    !strcmp(one->message, message))
			return true;
	}
	return same >= FINDINGS_MOST;
}

static int findings_add(struct findings *findings, const struct finding *finding)
{
	struct finding *grown;
	size_t room;

	if (findings->count == findings->room) {
		room = findings->room ? 2 * findings->room : 8;
		grown = reallocarray(findings->finding, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		findings->finding = grown;
		findings->room = room;
	}
	findings->finding[findings->count++] = *finding;
	return 0;
}

/**
 * lint_note() - something is wrong
 * @lint: the run
 * @place: where
 * @fix: what to do about it
 * @format: what is wrong
 *
 * Return: 0 or -ENOMEM.
 */
int lint_note(struct lint *lint, struct lint_place place, const char *fix,
	      const char *format, ...)
{
	struct finding finding = {
		.id = lint->id, .rule = place.rule, .chain = place.chain, .fix = fix,
	};
	va_list arguments;

	va_start(arguments, format);
	finding.message = text_keep(lint, format, arguments);
	va_end(arguments);
	if (!finding.message || !fix)
		return -ENOMEM;
	return is_known(lint, place, finding.message) ? 0 :
							 findings_add(lint->findings, &finding);
}

/**
 * lint_run() - look for all that may be wrong
 * @findings: to fill; findings_free() it whatever is returned
 * @question: what is looked at
 * @arena: where messages live
 *
 * Return: 0 or -ENOMEM.
 */
int lint_run(struct findings *findings, const struct lint_question *question,
	     struct arena *arena)
{
	struct lint lint = {
		.question = question,
		.asked = question->question,
		.arena = arena,
		.findings = findings,
	};
	size_t i;
	int err = 0;

	memset(findings, 0, sizeof(*findings));
	for (i = 0; i < lint_rule_count && !err; i++) {
		lint.id = lint_rules[i].id;
		err = lint_rules[i].find(&lint);
	}
	return err;
}

/**
 * findings_free() - give the memory back
 * @findings: the findings
 */
void findings_free(struct findings *findings)
{
	free(findings->finding);
	memset(findings, 0, sizeof(*findings));
}

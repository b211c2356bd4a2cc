// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the kernel and the evaluator agree, and the fewest rules where they do not. */
#include <stdlib.h>

#include "selftests/ruleset/run.h"

static bool held(const struct fate *fate, enum field field, __uint128_t number)
{
	return values_hold(fate->box.now[field], number);
}

static bool same_end(const struct packet *packet, const struct outcome *outcome,
		     const struct fate *fate)
{
	if (!held(fate, FIELD_DADDR, outcome->daddr) || !held(fate, FIELD_SADDR, outcome->saddr))
		return false;
	if (!has_ports(packet->protocol))
		return true;
	return held(fate, FIELD_SPORT, outcome->sport) && held(fate, FIELD_DPORT, outcome->dport);
}

/* NULL: they agree. */
static const char *compare(const struct packet *packet, const struct outcome *outcome,
			   const struct answer *answer)
{
	bool arrived = outcome->end != END_NOWHERE;

	if (answer->doubt)
		return NULL;
	if (!answer->count)
		return "no fate holds the packet";
	if (answer->torn)
		return "fates differ, and no doubt says why";
	if (answer->verdict == VERDICT_ACCEPT && !arrived)
		return "the kernel drops it";
	if (answer->verdict != VERDICT_ACCEPT && arrived)
		return "the kernel lets it pass";
	if (answer->verdict == VERDICT_DROP && outcome->refused)
		return "the kernel refuses it and says so";
	if (arrived && answer->count == 1 && !same_end(packet, outcome, &answer->fate))
		return "the kernel translates it otherwise";
	return NULL;
}

/** judge() - ask the evaluator; @what: how it disagrees with the kernel, or NULL */
void judge(const struct subject *subject, const struct packet *packet,
		  const struct outcome *outcome, uint32_t open, struct question *question,
		  const char **what)
{
	question_ask(question, subject, packet, open);
	*what = compare(packet, outcome, &question->answer);
}

static bool telling;

static void tell(const struct question *question)
{
	size_t i;

	for (i = 0; i < question->fates.count && i < 20; i++) {
		const struct fate *fate = &question->fates.fate[i];

		printf("fate: %s by %s, rule %s, hook %u%s%s\n", verdict_name(fate->verdict),
		       fate->chain ? fate->chain->name : "no chain",
		       fate->rule ? fate->rule->text : "none", fate->hook,
		       fate->box.doubt ? ", doubt: " : "", fate->box.doubt ? fate->box.doubt : "");
	}
}

/** still_wrong() - one packet alone, through the rules that are left */
bool still_wrong(const struct rules *rules, const struct packet *packet, uint32_t open)
{
	struct packet alone = *packet;
	struct outcome outcome;
	struct question question;
	struct subject subject;
	const char *what;

	alone.id = 0;
	if (!load_kernel(rules) || !load_evaluator(rules, &subject))
		return false;
	entries_flush(&run.lab);
	entry_make(&run.lab, &alone);
	laboratory_send(&run.lab, &alone, 1, &outcome);
	judge(&subject, &alone, &outcome, open, &question, &what);
	if (telling)
		tell(&question);
	question_free(&question);
	ruleset_free(&subject.ruleset);
	return what;
}

static bool without(struct rules *rules, size_t from, size_t to, const struct packet *packet,
		    uint32_t open)
{
	bool *before = calloc(rules->count, sizeof(*before));
	bool any = false, wrong;
	size_t i;

	for (i = from; i < to; i++) {
		before[i] = rules->line[i].off;
		any |= rules->line[i].rule && !rules->line[i].off;
		rules->line[i].off |= rules->line[i].rule;
	}
	wrong = any && still_wrong(rules, packet, open);
	for (i = from; i < to && !wrong; i++)
		rules->line[i].off = before[i];
	free(before);
	return wrong;
}

static bool reduce(struct rules *rules, const struct packet *packet, uint32_t open)
{
	size_t step, i;

	if (!still_wrong(rules, packet, open))
		return false;
	for (step = rules->count / 2; step; step /= 2)
		for (i = 0; i < rules->count; i += step)
			without(rules, i, i + step < rules->count ? i + step : rules->count, packet,
				open);
	return true;
}

/** show() - print a disagreement, with the fewest rules that show it */
void show(struct rules *rules, const struct packet *packet, const struct outcome *outcome,
		 const struct answer *answer, const char *what, uint32_t open)
{
	const struct fate *fate = &answer->fate;
	char saddr[64], daddr[64], *text;

	printf("disagree: %s; the evaluator says %s by %s, rule %s\n", what,
	       verdict_name(answer->verdict),
	       answer->count && fate->chain ? fate->chain->name : "no chain",
	       answer->count && fate->rule ? fate->rule->text : "none");
	packet_print(stdout, packet);
	number_print(packet->six, outcome->saddr, saddr);
	number_print(packet->six, outcome->daddr, daddr);
	printf("seen %u times, at %d: %s port %u to %s port %u; open %#x\n", outcome->times,
	       outcome->end, saddr, outcome->sport, daddr, outcome->dport, open);
	if (!reduce(rules, packet, open))
		puts("(alone, it is not so)");
	text = rules_text(rules);
	fputs(text, stdout);
	free(text);
	telling = true;
	still_wrong(rules, packet, open);
	telling = false;
	fflush(stdout);
}

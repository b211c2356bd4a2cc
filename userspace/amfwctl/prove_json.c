// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has come of the trials, for programs.
 */
#include "amfwctl/json.h"
#include "amfwctl/prove.h"

static void print_end(const char *name, const struct address *address, struct range port)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	printf(", \"%s\": \"%s\", \"%s-port\": %u", name, text, name, port.low);
}

static const char *answer_word(enum answer answer)
{
	static const char *const words[] = {
		[ANSWER_ACCEPT] = "pass", [ANSWER_DROP] = "drop",
		[ANSWER_REJECT] = "reject", [ANSWER_UNKNOWN] = "unknown",
	};

	return words[answer];
}

/* Names of tables and chains have no character that JSON minds. */
static void print_predicted(const struct journey *journey)
{
	const struct fate *fate = journey->fate;

	printf(", \"check\": \"%s\"", answer_word(journey->answer));
	if (!fate || (!fate->rule && !fate->chain))
		return;
	fputs(", \"check-rule\": \"", stdout);
	print_place(stdout, fate->rule, fate->chain);
	putchar('"');
}

static const char *kernel_word(const struct shot *shot)
{
	if (shot->through)
		return "pass";
	if (shot->arrived)
		return "arrives";
	return shot->error ? "refused" : "lost";
}

static void print_decision(const struct decision *decision)
{
	if (!decision)
		return;
	fputs(", \"kernel-rule\": \"", stdout);
	decision_print(decision);
	putchar('"');
}

static void print_trial(const struct trial *trial, bool first)
{
	const struct shot *shot = &trial->shot;

	printf("%s\n        {\"protocol\": \"%s\"", first ? "" : ",",
	       shot->protocol == IPPROTO_UDP ? "udp" : "tcp");
	if (trial->neighbour)
		printf(", \"beside\": \"%s\"", trial->neighbour);
	print_end("source", &shot->sent.source, shot->sent.sport);
	print_end("destination", &shot->sent.destination, shot->sent.dport);
	print_predicted(trial->journey);
	printf(", \"kernel\": \"%s\"", kernel_word(shot));
	print_decision(shot->through ? trial->decider :
		       shot->decision.dropped ? &shot->decision : NULL);
	printf(", \"agree\": %s}", trial->difference ? "false" : "true");
}

/**
 * prove_json_flow() - one flow
 * @prove: knows whether it is the first
 * @trials: after trials_run()
 * @flow: one of theirs
 * @word: what it comes to
 */
void prove_json_flow(struct prove *prove, const struct trials *trials, const struct flow *flow,
		     const char *word)
{
	char id[FLOW_ID_MAX];
	bool first = true;
	size_t i;

	flow_id(flow, id);
	printf("%s\n    {\"flow\": \"%s\", \"result\": \"%s\", \"trials\": [",
	       prove->told++ ? "," : "{\n  \"flows\": [", id, word);
	for (i = 0; i < trials->flows.count; i++) {
		if (trials->trial[i].of != flow || !trials->trial[i].journey)
			continue;
		print_trial(&trials->trial[i], first);
		first = false;
	}
	fputs("\n      ]}", stdout);
}

/**
 * prove_json_operation() - one operation that amref has tried, after all flows
 * @prove: knows whether it is the first
 * @id: of its control flow
 * @errand: what came of it
 * @worst: what check says
 * @word: what it comes to
 */
void prove_json_operation(struct prove *prove, const char *id, const struct amref_errand *errand,
			  const struct journey *worst, const char *word)
{
	printf("%s\n    {\"flow\": \"%s\", \"result\": \"%s\"", prove->operations.told++ ?
	       "," : "\n  ],\n  \"operations\": [", id, word);
	print_predicted(worst);
	printf(", \"completed\": %s, \"amref\": ", errand->completed ? "true" : "false");
	json_string(stdout, errand->said);
	putchar('}');
}

static void print_untried(const struct prove *prove)
{
	const struct untried *untried = prove->untried_for;
	size_t i;

	fputs("  \"not-done\": [", stdout);
	for (i = 0; i < REASONS_MOST && untried[i].count; i++)
		printf("%s{\"flow\": \"%s\", \"count\": %zu, \"why\": \"%s\"}", i ? ", " : "",
		       untried[i].first, untried[i].count, untried[i].why);
	fputs("],\n", stdout);
}

/**
 * prove_json_sum() - all of it
 * @prove: the counts
 */
void prove_json_sum(const struct prove *prove)
{
	const struct operations *sum = &prove->operations;

	printf("%s%s\n  ],\n", prove->told ? "" : "{\n  \"flows\": [",
	       sum->told ? "" : "\n  ],\n  \"operations\": [");
	print_untried(prove);
	printf("  \"pass\": %zu, \"blocked\": %zu, \"unknown\": %zu, \"untried\": %zu,\n",
	       prove->agreed, prove->blocked, prove->undecided, prove->untried);
	printf("  \"tried-flows\": %zu, \"of-flows\": %zu,\n", prove->sample.tried_flows,
	       prove->sample.flows);
	printf("  \"done\": %zu, \"hindered\": %zu, \"doubtful\": %zu,\n",
	       sum->completed, sum->hindered, sum->doubtful);
	printf("  \"disagree\": %zu, \"trials\": %zu\n}\n",
	       prove->disagreed + sum->disagreed, prove->trials);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What "amfwctl check" says of the connections of a capture.
 */
#include <stdlib.h>
#include <string.h>

#include "amfwctl/check.h"
#include "amfwctl/replay_rules.h"

/**
 * struct replay_rules - a ruleset and its answers, all of them known beforehand
 * @options: as "check" would have got them
 * @input: the site
 * @check: the answers
 * @opened: @check is to be closed
 */
struct replay_rules {
	struct check_options options;
	struct input input;
	struct check check;
	bool opened;
};

/* Services, and the operations of the table of flows that call them. */
static const struct {
	const char *service;
	const char *operation;
} callers[] = {
	{ "noop", "amcheck" }, { "selfcheck", "amcheck" }, { "sendsize", "planner" },
	{ "sendbackup", "dumper" }, { "amindexd", "amrecover index" },
	{ "amidxtaped", "amrecover tape" }, { "restore", "amfetchdump" },
	{ "amdumpd", "amdump_client" }, { "ambackupd", "ambackup" },
	{ "senddiscover", "amservice" },
};

static const struct host *machine(const struct replay_rules *rules, const char *name)
{
	const struct host *host = name ? input_host(&rules->input, name) :
					 input_gateway(&rules->input);

	if (!host && !name) {
		fputs("amfwctl: for which machine are the rules? Say --host NAME\n", stderr);
		input_list_hosts(&rules->input);
	}
	return host;
}

static int answer(struct replay_rules *rules, const char *name)
{
	const struct host *host = machine(rules, name);
	int code;

	if (!host)
		return EXIT_USAGE;
	code = rules_input_read(&rules->options.rules, rules->options.seconds);
	if (code)
		return code;
	rules->opened = true;
	code = check_open(&rules->check, &rules->options, &rules->input, host,
			  &rules->options.rules);
	return code ? : check_answer(&rules->check);
}

/**
 * replay_rules_open() - put a ruleset to the questions of a site
 * @site: file
 * @file: of the ruleset
 * @host: name of the machine; NULL: the gateway
 * @helper: that runs there
 * @code: set to an enum exit_code
 *
 * Return: the answers; or NULL, after a message.
 */
struct replay_rules *replay_rules_open(const char *site, const char *file, const char *host,
				       enum rules_helper helper, int *code)
{
	static const enum helper_model models[] = {
		[RULES_HELPER_NONE] = HELPER_NONE,
		[RULES_HELPER_OURS] = HELPER_OURS,
		[RULES_HELPER_STOCK] = HELPER_STOCK,
	};
	struct replay_rules *rules = calloc(1, sizeof(*rules));
	char *arguments[1];

	*code = EXIT_FAILED;
	if (!rules)
		return NULL;
	arguments[0] = (char *)site;
	rules->options.helper = models[helper];
	rules->options.helper_given = true;
	rules->options.seconds = RULES_SECONDS;
	*code = rules_input_add(&rules->options.rules, file, DIALECT_GUESS) ? EXIT_FAILED :
		input_open(&rules->input, 1, arguments, "replay");
	*code = *code ? : answer(rules, host);
	if (!*code)
		return rules;
	replay_rules_close(rules);
	return NULL;
}

static bool same_end(const struct endpoint *end, const struct address *address,
		     struct range ports)
{
	return address_equal(&end->address, address) && range_holds(ports, end->port);
}

static bool goes(const struct endpoint *from, const struct endpoint *to,
		 const struct tuple *tuple)
{
	return same_end(from, &tuple->source, tuple->sport) &&
	       same_end(to, &tuple->destination, tuple->dport);
}

static bool calls(const struct flow *flow, const char *service)
{
	size_t i;

	for (i = 0; i < sizeof(callers) / sizeof(*callers); i++)
		if (!strcmp(callers[i].service, service))
			return !strcmp(callers[i].operation, flow->operation->name);
	return true;
}

static bool fits(const struct flow *flow, const struct session *session, int index)
{
	const struct stream *stream = index < 0 ? &session->control : &session->stream[index];
	int protocol = index < 0 && session->auth < AUTH_BSDTCP ? IPPROTO_UDP : IPPROTO_TCP;

	if (flow->protocol != protocol || (index < 0) != !flow->tag ||
	    (index >= 0 && strcmp(flow->tag, stream->tag)))
		return false;
	if (protocol == IPPROTO_TCP && stream->syns)
		return goes(&stream->source, &stream->target, &flow->sent) ||
		       goes(&stream->source, &stream->target, &flow->received);
	if (index >= 0)
		return address_equal(&session->initiator[0].address, &flow->sent.source) &&
		       range_holds(flow->sent.dport, stream->renumbered);
	return goes(&session->initiator[0], &session->responder[0], &flow->sent) ||
	       goes(&session->initiator[1], &session->responder[1], &flow->received);
}

static void tell_place(const struct journey *journey, struct rules_verdict *verdict)
{
	FILE *out = fmemopen(verdict->place, sizeof(verdict->place), "w");

	if (!out)
		return;
	if (journey->fate && (journey->fate->rule || journey->fate->chain))
		print_place(out, journey->fate->rule, journey->fate->chain);
	else if (journey->what)
		fputs(journey->what, out);
	fclose(out);
	verdict->place[sizeof(verdict->place) - 1] = '\0';
}

/**
 * replay_rules_judge() - does the ruleset let a connection through?
 * @rules: the answers
 * @session: whose connection
 * @stream: index; -1: the control flow
 *
 * Return: the verdict.
 */
struct rules_verdict replay_rules_judge(const struct replay_rules *rules,
					const struct session *session, int stream)
{
	const struct journeys *journeys = &rules->check.journeys;
	const struct journey *journey, *found = NULL;
	struct rules_verdict verdict = { 0 };
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		journey = &journeys->journey[i];
		if (!fits(journey->flow, session, stream))
			continue;
		/* A service of its own name decides; otherwise any flow that looks alike. */
		if (!found || calls(journey->flow, session->service))
			found = journey;
		if (calls(found->flow, session->service))
			break;
	}
	if (!found)
		return verdict;
	verdict.answer = answer_name(found->answer);
	verdict.blocked = found->answer == ANSWER_DROP || found->answer == ANSWER_REJECT;
	verdict.unknown = found->answer == ANSWER_UNKNOWN;
	if (found->answer != ANSWER_ACCEPT)
		tell_place(found, &verdict);
	return verdict;
}

/**
 * replay_rules_close() - give the memory back
 * @rules: the answers, or NULL
 */
void replay_rules_close(struct replay_rules *rules)
{
	if (!rules)
		return;
	if (rules->opened)
		check_close(&rules->check);
	input_close(&rules->input);
	rules_input_free(&rules->options.rules);
	free(rules);
}

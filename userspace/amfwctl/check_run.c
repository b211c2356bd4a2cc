// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One ruleset, put to the questions of one site at one of its machines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/check.h"

/* A site of 10,000 clients takes less. */
#define ANSWERS_MOST	((size_t)1 << 30)

static int load(struct check *check, const struct rules_input *rules)
{
	const char **names;
	struct load_options options = { .seconds = check->options->seconds };
	size_t i;
	int err;

	check->live = !rules->count;
	if (check->live)
		return ruleset_load_live(&check->ruleset, stderr) ? EXIT_FAILED : EXIT_DONE;
	names = calloc(check->host->interface_count + 1, sizeof(*names));
	if (!names)
		return EXIT_FAILED;
	for (i = 0; i < check->host->interface_count; i++)
		names[i] = check->host->interfaces[i].name;
	options.interfaces = names;
	options.interface_count = check->host->interface_count;
	err = ruleset_load(&check->ruleset, rules->sources, rules->count, &options, stderr);
	free(names);
	return err ? EXIT_USAGE : EXIT_DONE;
}

/* Of the running kernel it can be seen; a file may be for any. */
static enum helper_model helper_of(const struct check *check)
{
	if (check->options->helper_given || !check->live ||
	    !access("/proc/net/nf_conntrack_amanda", F_OK))
		return check->options->helper;
	return access("/sys/module/nf_conntrack_amanda", F_OK) ? HELPER_OURS : HELPER_STOCK;
}

/**
 * check_open() - load a ruleset
 * @check: to fill; check_close() it whatever is returned
 * @options: of the command line
 * @input: the site
 * @host: the machine
 * @rules: the ruleset's files
 *
 * Return: an enum exit_code, after a message where it is not EXIT_DONE.
 */
int check_open(struct check *check, const struct check_options *options,
	       const struct input *input, const struct host *host,
	       const struct rules_input *rules)
{
	int code;

	memset(check, 0, sizeof(*check));
	check->options = options;
	check->input = input;
	check->host = host;
	code = load(check, rules);
	if (code)
		return code;
	check->loaded = true;
	check->arena = arena_new(ANSWERS_MOST);
	if (!check->arena || world_of_host(&check->world, &check->ruleset, host, check->arena))
		return EXIT_FAILED;
	check->question = (struct question) {
		.ruleset = &check->ruleset,
		.world = &check->world,
		.flows = &input->flows,
		.host = host,
		.helper = helper_of(check),
		.helper_name = options->helper_name,
	};
	return EXIT_DONE;
}

static int failed(int err)
{
	fprintf(stderr, "amfwctl: check: %s\n", strerror(-err));
	return EXIT_FAILED;
}

/**
 * check_answer() - ask all questions
 * @check: a ruleset that is loaded
 *
 * Return: EXIT_DONE, or EXIT_FAILED after a message.
 */
int check_answer(struct check *check)
{
	const struct lint_question lint = {
		.question = &check->question,
		.site = &check->input->site,
		.journeys = &check->journeys,
		.excesses = &check->excesses,
		.machine = check->live ? machine_here() : machine_unknown(),
	};
	int err;

	err = journeys_run(&check->journeys, &check->question, check->arena);
	err = err ? : excess_run(&check->excesses, &check->question, &check->journeys,
				 check->arena);
	err = err ? : lint_run(&check->findings, &lint, check->arena);
	return err ? failed(err) : EXIT_DONE;
}

/**
 * check_close() - give the memory back
 * @check: it
 */
void check_close(struct check *check)
{
	findings_free(&check->findings);
	excess_free(&check->excesses);
	journeys_free(&check->journeys);
	if (check->arena)
		arena_free(check->arena);
	if (check->loaded)
		ruleset_free(&check->ruleset);
}

/**
 * check_count() - how many flows get an answer
 * @check: answered
 * @answer: which
 */
size_t check_count(const struct check *check, enum answer answer)
{
	size_t count = 0, i;

	for (i = 0; i < check->journeys.count; i++)
		count += check->journeys.journey[i].answer == answer;
	return count;
}

/**
 * check_code() - the answers as one
 * @check: answered
 *
 * Return: EXIT_BLOCKED, EXIT_UNKNOWN, EXIT_WIDE or EXIT_DONE, the first that fits.
 */
enum exit_code check_code(const struct check *check)
{
	if (check_count(check, ANSWER_DROP) || check_count(check, ANSWER_REJECT))
		return EXIT_BLOCKED;
	if (check_count(check, ANSWER_UNKNOWN))
		return EXIT_UNKNOWN;
	return check->excesses.count ? EXIT_WIDE : EXIT_DONE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl prove: do real packets fare as check says?
 */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/prove.h"

enum {
	OPTION_HELPER = 256,
	OPTION_LOAD,
	OPTION_TIMEOUT,
	OPTION_AMREF,
	OPTION_NO_AMREF,
	OPTION_MODULE,
	OPTION_PAIRS,
};

/* Some minutes, and some hundred namespaces. */
#define PAIRS_MOST	300

static const struct option options[] = {
	{ "rules", required_argument, NULL, 'r' },
	{ "format", required_argument, NULL, 'f' },
	{ "host", required_argument, NULL, 'H' },
	{ "helper", required_argument, NULL, OPTION_HELPER },
	{ "load", required_argument, NULL, OPTION_LOAD },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "amref", required_argument, NULL, OPTION_AMREF },
	{ "no-amref", no_argument, NULL, OPTION_NO_AMREF },
	{ "module", no_argument, NULL, OPTION_MODULE },
	{ "pairs", required_argument, NULL, OPTION_PAIRS },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	puts("Usage: amfwctl prove [options] SITE\n\n"
	     "Builds one machine of a site and its neighbours in network namespaces of its own,\n"
	     "loads the rules there, sends the packets of each flow and those that lie next to\n"
	     "it, and compares what becomes of them with what \"amfwctl check\" says.  Then it\n"
	     "lets amref do each operation, from beginning to end.\n\n"
	     "  -r, --rules FILE     the ruleset, as for check; may be given again; without it:\n"
	     "                       what \"amfwctl generate\" writes\n"
	     "  -f, --format FORMAT  nft, iptables, ip6tables or ipset: the language of the\n"
	     "                       files named behind it\n"
	     "  -H, --host NAME      which machine (default: the gateway, if there is one)\n"
	     "      --helper WHICH   the helper of this kernel: ours, stock or none (default: the\n"
	     "                       one that is there)\n"
	     "      --load FILE      load this in the place of what check reads; may be given\n"
	     "                       again: shows where two rulesets differ in what they do\n"
	     "      --timeout SECONDS    how long reading and loading the rules may take (60)\n"
	     "      --amref PROGRAM  amref, if it is neither beside amfwctl nor in PATH\n"
	     "      --no-amref       packets alone\n"
	     "      --module         in the virtual machine of the source tree, with our helper\n"
	     "      --pairs N        of a large site, try what N pairs of machines exchange (300)\n"
	     "  -v, --verbose        a line for every connection tried\n"
	     "  -j, --json           for programs\n"
	     "  -h, --help           this text\n\n"
	     "SITE is a site file, or - for standard input.\n"
	     "Status: 0 check is right and all flows pass, 3 check is right and one is blocked,\n"
	     "5 check cannot decide one, 1 check is wrong, or could not run, 2 input that\n"
	     "cannot be read.");
	return output_done();
}

static bool set_helper(struct check_options *check, const char *name)
{
	static const char *const names[] = {
		[HELPER_OURS] = "ours", [HELPER_STOCK] = "stock", [HELPER_NONE] = "none",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name))
			continue;
		check->helper = i;
		return true;
	}
	fprintf(stderr, "amfwctl: unknown helper \"%s\"; there are ours, stock and none\n", name);
	return false;
}

static bool set_pairs(struct prove *prove, const char *text)
{
	char *end;

	prove->pairs_most = strtoul(text, &end, 10);
	if (*text >= '1' && *text <= '9' && !*end && prove->pairs_most <= INT_MAX)
		return true;
	fprintf(stderr, "amfwctl: \"%s\" is no number of pairs\n", text);
	return false;
}

static bool set_option(struct prove *prove, enum dialect *dialect, int option)
{
	switch (option) {
	case 'r':
		return !rules_input_add(&prove->check.rules, optarg, *dialect);
	case OPTION_LOAD:
		return !rules_input_add(&prove->load, optarg, *dialect);
	case 'f':
		if (dialect_find(optarg, dialect))
			return true;
		fprintf(stderr, "amfwctl: unknown format \"%s\"\n", optarg);
		return false;
	case 'H':
		prove->check.host = optarg;
		return true;
	case OPTION_HELPER:
		return set_helper(&prove->check, optarg);
	case OPTION_TIMEOUT:
		return seconds_read(optarg, &prove->check.seconds);
	case OPTION_AMREF:
		prove->amref_path = optarg;
		return true;
	case OPTION_PAIRS:
		return set_pairs(prove, optarg);
	case OPTION_MODULE:
		prove->module = true;
		return true;
	case OPTION_NO_AMREF:
		prove->no_amref = true;
		return true;
	case 'j':
		prove->check.json = true;
		return true;
	case 'v':
		prove->check.verbose = true;
		return true;
	}
	return false;
}

static const struct host *choose_host(const struct input *input, const struct prove *prove)
{
	const struct host *host = prove->check.host ? input_host(input, prove->check.host) :
						      input_gateway(input);

	if (!host && !prove->check.host) {
		fputs("amfwctl: which machine? Say --host NAME\n", stderr);
		input_list_hosts(input);
	}
	return host;
}

/* As if they had been in a file. */
static int generate(struct rules_input *rules, const struct input *input,
		    const struct host *host)
{
	char *text = generated_rules(input, host);

	if (!text || rules_input_add(rules, "generated rules", DIALECT_NFT)) {
		free(text);
		return EXIT_FAILED;
	}
	rules->sources[0].text = text;
	rules->sources[0].length = strlen(text);
	return EXIT_DONE;
}

/* Both ends of each flow; a link that has just been made carries nothing yet. */
static int build(const struct prove *prove, struct lab *lab, const struct check *check)
{
	const struct tuple *sent, *seen;
	size_t i;

	if (lab_open(lab, check->host, stderr))
		return -1;
	for (i = 0; i < check->journeys.count; i++) {
		if (!prove->sample.chosen[check->journeys.journey[i].flow - check->input->flows.flow])
			continue;
		journey_ends(&check->journeys.journey[i], &sent, &seen);
		if (lab_network(lab, &sent->source, stderr) < 0 ||
		    lab_network(lab, &seen->destination, stderr) < 0)
			return -1;
	}
	return lab_ready(lab, stderr);
}

/**
 * exchange_length() - how many flows are one exchange
 * @flows: of the site
 * @first: index of its control flow
 *
 * Return: how many: this one, and the streams that it announces.
 */
size_t exchange_length(const struct flows *flows, size_t first)
{
	const struct flow *control = &flows->flow[first], *flow;
	size_t i;

	for (i = first + 1; i < flows->count && !control->tag; i++) {
		flow = &flows->flow[i];
		if (!flow->tag || flow->operation != control->operation ||
		    flow->initiator != control->initiator ||
		    flow->responder != control->responder || flow->number != control->number ||
		    flow->sent.source.family != control->sent.source.family)
			break;
	}
	return i - first;
}

static int try_exchange(struct prove *prove, const struct check *check, struct lab *lab,
			const struct flow *flows, size_t length)
{
	struct trials trials;
	size_t i;
	int err;

	err = trials_make(&trials, flows, length) ? : trials_predict(&trials, check);
	trials.patient = !prove->disagreed;
	if (err)
		fprintf(stderr, "amfwctl: prove: %s\n", strerror(-err));
	else
		err = trials_run(&trials, lab, length, prove->trace);
	if (!err)
		trials_compare(&trials, &check->ruleset, !prove->load.count);
	for (i = 0; i < length && !err; i++)
		prove_tell(prove, check, &trials, &flows[i]);
	trials_free(&trials);
	return err;
}

static int try_all(struct prove *prove, const struct check *check, struct lab *lab)
{
	const struct flows *flows = &check->input->flows;
	size_t i, length;
	int err = 0;

	for (i = 0; i < flows->count && !err; i += length) {
		length = exchange_length(flows, i);
		if (prove->sample.chosen[i])
			err = try_exchange(prove, check, lab, &flows->flow[i], length);
	}
	return err;
}

static int run(struct prove *prove, const struct input *input)
{
	const struct host *host = choose_host(input, prove);
	struct rules_input *rules = &prove->check.rules;
	struct check check;
	struct lab lab = { .machine = -1, .wires = -1 };
	int code, err;

	if (!host)
		return EXIT_USAGE;
	code = rules->count ? rules_input_read(rules, prove->check.seconds) : generate(rules, input, host);
	code = code ? : rules_input_read(&prove->load, prove->check.seconds);
	if (code)
		return code;
	code = check_open(&check, &prove->check, input, host, rules);
	code = code ? : check_answer(&check);
	if (!code) {
		err = sample_make(&prove->sample, &input->flows, host, prove->pairs_most) ? :
			build(prove, &lab, &check);
		err = err ? : prove_load(&lab, prove->load.count ? &prove->load : rules,
					  prove->check.seconds);
		prove->trace = err ? -1 : trace_open(lab.machine);
		err = err ? : try_all(prove, &check, &lab);
		err = err ? : operations_run(prove, &check, &lab);
		code = err ? EXIT_FAILED : prove_sum(prove);
		if (prove->trace >= 0)
			close(prove->trace);
		lab_close(&lab);
		sample_free(&prove->sample);
	}
	check_close(&check);
	return code;
}

/**
 * prove_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int prove_verb(int argc, char *argv[])
{
	struct prove prove = { .check.helper_given = true, .check.seconds = RULES_SECONDS,
			       .pairs_most = PAIRS_MOST };
	enum dialect dialect = DIALECT_GUESS;
	struct input input = { 0 };
	int option, code = EXIT_DONE;

	prove.check.helper = helper_is_ours() ? HELPER_OURS : HELPER_STOCK;
	while (!code && (option = getopt_long(argc, argv, "r:f:H:jvh", options, NULL)) != -1) {
		if (option == 'h')
			return usage();
		if (!set_option(&prove, &dialect, option))
			code = usage_error("prove");
	}
	if (!code && prove.module)
		code = prove_module(argc, argv);
	argc -= optind;
	argv += optind;
	if (!code && !prove.no_amref && !amref_find(&prove.amref, prove.amref_path) &&
	    prove.amref_path) {
		fprintf(stderr, "amfwctl: there is no program %s\n", prove.amref_path);
		code = EXIT_USAGE;
	}
	if (!code)
		code = input_open(&input, argc, argv, "prove");
	if (!code)
		code = run(&prove, &input);
	input_close(&input);
	rules_input_free(&prove.check.rules);
	rules_input_free(&prove.load);
	return code;
}

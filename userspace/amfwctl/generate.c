// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl generate: the rules for one machine.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "amfwctl/verb.h"
#include "emit/emit.h"

#define DEFAULT_FORMAT	"nft"
#define DEFAULT_HELPER	"amanda"
/* The kernel: NF_CT_HELPER_NAME_LEN is 16. */
#define HELPER_NAME_MAX	15

enum {
	OPTION_HELPER = 256,
	OPTION_NO_HELPER,
	OPTION_POLICY,
};

static const struct option options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "host", required_argument, NULL, 'H' },
	{ "helper", optional_argument, NULL, OPTION_HELPER },
	{ "no-helper", no_argument, NULL, OPTION_NO_HELPER },
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct request {
	const struct ruleset_format *format;
	const char *host;
	struct plan_options plan;
};

static int usage(void)
{
	printf("Usage: amfwctl generate [options] SITE\n\n"
	       "Writes the rules that one machine of a site needs.\n\n"
	       "  -f, --format FORMAT  %s; default: " DEFAULT_FORMAT "\n"
	       "  -H, --host NAME      for which machine (default: the gateway, if there is one)\n"
	       "      --helper[=NAME]  the helper opens the streams (default; its name: amanda)\n"
	       "      --no-helper      the range of the streams is open between the machines\n"
	       "      --policy POLICY  drop or accept what is not Amanda's; default: drop what\n"
	       "                       is forwarded, accept what starts or ends here\n"
	       "  -h, --help           this text\n\n"
	       "SITE is a site file, or - for standard input.\n", ruleset_format_names());
	return output_done();
}

static const struct host *only_gateway(const struct site *site)
{
	const struct host *found = NULL;
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		if (!(site->hosts[i].roles & ROLE_GATEWAY))
			continue;
		if (found)
			return NULL;
		found = &site->hosts[i];
	}
	return found;
}

static const struct host *choose_host(const struct input *input, const char *name)
{
	const struct host *host;

	if (name)
		return input_host(input, name);
	host = only_gateway(&input->site);
	if (!host) {
		fputs("amfwctl: for which machine? Say --host NAME\n", stderr);
		input_list_hosts(input);
	}
	return host;
}

static bool has_flows(const struct input *input, const struct host *host)
{
	size_t i;

	for (i = 0; i < input->flows.count; i++)
		if (flow_touches(&input->flows.flow[i], host))
			return true;
	fprintf(stderr, "amfwctl: no flow of this site starts, ends or passes at %s",
		host->name);
	if (host->roles & ROLE_GATEWAY)
		fputs(";\na gateway stands between hosts that lie in different nets of its\n"
		      "addresses: write those with their prefix length, as in 192.0.2.1/28",
		      stderr);
	fputs("\n", stderr);
	return false;
}

static int write_rules(const struct request *request, const struct input *input)
{
	const struct host *host = choose_host(input, request->host);
	struct plan plan;
	int err;

	if (!host || !has_flows(input, host))
		return EXIT_USAGE;
	err = plan_make(&plan, &input->flows, host, &request->plan, stderr);
	if (!err)
		err = request->format->write(&plan, stdout);
	plan_free(&plan);
	if (err == -EINVAL)
		return EXIT_USAGE;
	return err ? EXIT_FAILED : output_done();
}

static int set_format(struct request *request, const char *name)
{
	request->format = ruleset_format_find(name);
	if (request->format)
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: unknown format \"%s\"; there is %s\n", name,
		ruleset_format_names());
	return EXIT_USAGE;
}

static int set_policy(struct request *request, const char *name)
{
	if (!strcmp(name, "drop")) {
		request->plan.policy = POLICY_DROP;
	} else if (!strcmp(name, "accept")) {
		request->plan.policy = POLICY_ACCEPT;
	} else {
		fprintf(stderr, "amfwctl: unknown policy \"%s\"; there are drop and accept\n",
			name);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static bool is_helper_name(const char *name)
{
	size_t length = strlen(name);

	return length && length <= HELPER_NAME_MAX &&
	       length == strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

/* A kernel with a helper built in keeps its name: see helper_name= of the module. */
static int set_helper(struct request *request, bool on)
{
	if (on && optarg && !is_helper_name(optarg)) {
		fprintf(stderr, "amfwctl: \"%s\" is not the name of a helper\n", optarg);
		return EXIT_USAGE;
	}
	request->plan.helper = !on ? NULL : optarg ? optarg : DEFAULT_HELPER;
	return EXIT_DONE;
}

static int set_option(struct request *request, int option)
{
	switch (option) {
	case 'f':
		return set_format(request, optarg);
	case 'H':
		request->host = optarg;
		return EXIT_DONE;
	case OPTION_HELPER:
	case OPTION_NO_HELPER:
		return set_helper(request, option == OPTION_HELPER);
	case OPTION_POLICY:
		return set_policy(request, optarg);
	default:
		return usage_error("generate");
	}
}

/**
 * generate_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int generate_verb(int argc, char *argv[])
{
	struct request request = {
		.format = ruleset_format_find(DEFAULT_FORMAT),
		.plan.helper = DEFAULT_HELPER,
	};
	struct input input;
	int option, code;

	while ((option = getopt_long(argc, argv, "f:H:h", options, NULL)) != -1) {
		code = option == 'h' ? EXIT_DONE : set_option(&request, option);
		if (option == 'h')
			return usage();
		if (code)
			return code;
	}
	code = input_open(&input, argc - optind, argv + optind, "generate");
	if (!code)
		code = write_rules(&request, &input);
	input_close(&input);
	return code;
}

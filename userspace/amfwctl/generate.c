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
#include "emit/public_key.h"

#define DEFAULT_FORMAT	"nft"
#define DEFAULT_HELPER	"amanda"
/* The kernel: NF_CT_HELPER_NAME_LEN is 16. */
#define HELPER_NAME_MAX	15

enum {
	OPTION_HELPER = 256,
	OPTION_NO_HELPER,
	OPTION_POLICY,
	OPTION_STYLE,
	OPTION_SETS,
	OPTION_SYNC,
	OPTION_KEY,
};

static const struct option options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "host", required_argument, NULL, 'H' },
	{ "key", required_argument, NULL, OPTION_KEY },
	{ "helper", optional_argument, NULL, OPTION_HELPER },
	{ "no-helper", no_argument, NULL, OPTION_NO_HELPER },
	{ "output", required_argument, NULL, 'o' },
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "sets", no_argument, NULL, OPTION_SETS },
	{ "style", required_argument, NULL, OPTION_STYLE },
	{ "sync", required_argument, NULL, OPTION_SYNC },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct request {
	const struct ruleset_format *format;
	const char *host;
	const char *folder;
	const char *key_file;
	struct public_keys keys;
	struct plan_options plan;
};

static int usage(void)
{
	size_t i;

	printf("Usage: amfwctl generate [options] SITE\n\n"
	       "Writes the rules that one machine of a site needs.\n\n"
	       "  -f, --format FORMAT  one of those below; default: " DEFAULT_FORMAT "\n"
	       "  -H, --host NAME      for which machine (default: the gateway, if there is one)\n"
	       "  -o, --output FOLDER  save the files there instead of writing them to standard output\n"
	       "      --helper[=NAME]  the helper opens the streams (default; its name: amanda)\n"
	       "      --no-helper      the range of the streams is open between the machines\n"
	       "      --policy POLICY  drop or accept what is not Amanda's; default: drop what\n"
	       "                       is forwarded, accept what starts or ends here\n"
	       "      --style STYLE    own: rules that stand alone (default); include: parts for a\n"
	       "                       ruleset that is there already\n"
	       "      --sets           iptables: match sets of ipset, see the format ipset\n"
	       "      --key FILE       authorized_keys: the public keys of those who log in\n"
	       "      --sync INTERFACE,ADDRESS,ADDRESS\n"
	       "                       conntrackd: the link to the other gateway, both addresses\n"
	       "  -h, --help           this text\n\n"
	       "SITE is a site file, or - for standard input.  The formats:\n");
	for (i = 0; i < ruleset_format_count; i++)
		printf("  %-20s %s\n", ruleset_formats[i].name, ruleset_formats[i].summary);
	return output_done();
}

/* Any will do, as long as there is something to write. */
static const struct host *busy_host(const struct input *input)
{
	return input->flows.count ? input->flows.flow[0].initiator : &input->site.hosts[0];
}

static const struct host *choose_host(const struct input *input, const struct request *request)
{
	const char *name = request->host;
	const struct host *host;

	if (name)
		return input_host(input, name);
	if (request->format->traits & FOR_SITE)
		return busy_host(input);
	host = input_gateway(input);
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

static int deliver(const struct request *request, const struct output *output)
{
	if (request->folder)
		return output_save(output, request->folder, stderr) ? EXIT_FAILED : EXIT_DONE;
	output_print(output, stdout);
	return output_done();
}

static int write_rules(const struct request *request, const struct input *input)
{
	const struct host *host = choose_host(input, request);
	struct output output = { 0 };
	struct plan plan;
	int err;

	if (!host || !has_flows(input, host))
		return EXIT_USAGE;
	err = plan_make(&plan, &input->site, &input->flows, host, &request->plan);
	if (!err)
		err = request->format->write(&plan, &output, stderr);
	if (!err)
		err = output_end(&output);
	err = err == -EINVAL ? EXIT_USAGE : err ? EXIT_FAILED : deliver(request, &output);
	output_free(&output);
	plan_free(&plan);
	return err;
}

static int set_format(struct request *request, const char *name)
{
	request->format = ruleset_format_find(name);
	if (request->format)
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: unknown format \"%s\"; \"amfwctl generate --help\" lists them\n",
		name);
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

static int set_style(struct request *request, const char *name)
{
	if (!strcmp(name, "own")) {
		request->plan.style = STYLE_OWN;
	} else if (!strcmp(name, "include")) {
		request->plan.style = STYLE_INCLUDE;
	} else {
		fprintf(stderr, "amfwctl: unknown style \"%s\"; there are own and include\n",
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
	case OPTION_STYLE:
		return set_style(request, optarg);
	case OPTION_KEY:
		request->key_file = optarg;
		return EXIT_DONE;
	case OPTION_SYNC:
		request->plan.sync = optarg;
		return EXIT_DONE;
	case OPTION_SETS:
		request->plan.sets = true;
		return EXIT_DONE;
	case 'o':
		request->folder = optarg;
		return EXIT_DONE;
	default:
		return usage_error("generate");
	}
}

static int read_keys(struct request *request)
{
	FILE *input = fopen(request->key_file, "re");
	int err;

	if (!input) {
		fprintf(stderr, "amfwctl: %s: %s\n", request->key_file, strerror(errno));
		return EXIT_USAGE;
	}
	err = public_keys_read(&request->keys, input, request->key_file, stderr);
	fclose(input);
	request->plan.keys = &request->keys;
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

/* An option that a format cannot heed is not to be lost in silence. */
static int fits(const struct request *request)
{
	const struct ruleset_format *format = request->format;
	const char *option = NULL;

	if (request->plan.style != STYLE_OWN && !(format->traits & KNOWS_STYLES))
		option = "--style include";
	else if (request->plan.sets && !(format->traits & KNOWS_SETS))
		option = "--sets";
	else if (request->plan.sync && !(format->traits & TAKES_SYNC))
		option = "--sync";
	else if (request->key_file && !(format->traits & TAKES_KEYS))
		option = "--key";
	if (!option)
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: the format %s does not know %s\n", format->name, option);
	return EXIT_USAGE;
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

	while ((option = getopt_long(argc, argv, "f:H:o:h", options, NULL)) != -1) {
		code = option == 'h' ? EXIT_DONE : set_option(&request, option);
		if (option == 'h')
			return usage();
		if (code)
			return code;
	}
	code = input_open(&input, argc - optind, argv + optind, "generate");
	if (!code)
		code = fits(&request);
	if (!code && request.key_file)
		code = read_keys(&request);
	if (!code)
		code = write_rules(&request, &input);
	public_keys_free(&request.keys);
	input_close(&input);
	return code;
}

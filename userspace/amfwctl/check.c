// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl check: does this ruleset let every flow through, and no more?
 */
#include <getopt.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "amfwctl/check.h"

enum {
	OPTION_HELPER = 256,
	OPTION_HELPER_NAME,
	OPTION_EXPLAIN,
	OPTION_FIX,
	OPTION_BASELINE,
	OPTION_TIMEOUT,
};

static const struct option options[] = {
	{ "rules", required_argument, NULL, 'r' },
	{ "format", required_argument, NULL, 'f' },
	{ "host", required_argument, NULL, 'H' },
	{ "helper", required_argument, NULL, OPTION_HELPER },
	{ "helper-name", required_argument, NULL, OPTION_HELPER_NAME },
	{ "strict", no_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "explain", required_argument, NULL, OPTION_EXPLAIN },
	{ "fix", no_argument, NULL, OPTION_FIX },
	{ "baseline", required_argument, NULL, OPTION_BASELINE },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	size_t i;

	puts("Usage: amfwctl check [options] SITE\n\n"
	     "Tells of each flow at one machine of a site whether a ruleset lets it through,\n"
	     "which rule decides, and what is open beyond need.\n\n"
	     "  -r, --rules FILE     the ruleset: nft, or what iptables-save, ip6tables-save or\n"
	     "                       ipset save wrote; may be given again; - is standard input;\n"
	     "                       without it: the running ruleset\n"
	     "  -f, --format FORMAT  nft, iptables, ip6tables or ipset: the language of the\n"
	     "                       files named behind it, where a look at them is not enough\n"
	     "  -H, --host NAME      which machine the ruleset is for (default: this one, or the\n"
	     "                       gateway, if there is one)\n"
	     "      --helper WHICH   the helper that runs there: ours (default), stock or none\n"
	     "      --helper-name N  what it is registered as; default: amanda\n"
	     "  -s, --strict         what is open beyond need is a failure: status 4\n"
	     "      --explain FLOW   every rule that the packets of one flow meet; FLOW is an id\n"
	     "                       of \"amfwctl flows --json\", or its beginning\n"
	     "      --fix            print the rules to add, and where\n"
	     "      --baseline FILE  the ruleset before: tell what has changed; may be given\n"
	     "                       again, for a ruleset of several files\n"
	     "      --timeout SECONDS\n"
	     "                       how long reading and loading the rules may take; default 60\n"
	     "  -v, --verbose        a line for every flow\n"
	     "  -j, --json           for programs\n"
	     "  -h, --help           this text\n\n"
	     "SITE is a site file, or - for standard input.\n"
	     "Status: 0 all flows pass, 3 one is blocked, 4 more is open than needed\n"
	     "(--strict), 5 undecidable, 1 could not run, 2 input that cannot be read.\n\n"
	     "What else it finds:");
	for (i = 0; i < lint_rule_count; i++)
		printf("  %-22s %s\n", lint_rules[i].id, lint_rules[i].summary);
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
		check->helper_given = true;
		return true;
	}
	fprintf(stderr, "amfwctl: unknown helper \"%s\"; there are ours, stock and none\n", name);
	return false;
}

static bool set_format(enum dialect *dialect, const char *name)
{
	if (dialect_find(name, dialect))
		return true;
	fprintf(stderr,
		"amfwctl: unknown format \"%s\"; there are nft, iptables, ip6tables and ipset\n",
		name);
	return false;
}

static bool set_option(struct check_options *check, enum dialect *dialect, int option)
{
	switch (option) {
	case 'r':
		return !rules_input_add(&check->rules, optarg, *dialect);
	case 'f':
		return set_format(dialect, optarg);
	case 'H':
		check->host = optarg;
		return true;
	case OPTION_HELPER:
		return set_helper(check, optarg);
	case OPTION_HELPER_NAME:
		check->helper_name = optarg;
		return true;
	case 's':
		check->strict = true;
		return true;
	case 'j':
		check->json = true;
		return true;
	case OPTION_EXPLAIN:
		check->explain = optarg;
		return true;
	case OPTION_FIX:
		check->fix = true;
		return true;
	case OPTION_BASELINE:
		return !rules_input_add(&check->baseline, optarg, *dialect);
	case OPTION_TIMEOUT:
		return seconds_read(optarg, &check->seconds);
	case 'v':
		check->verbose = true;
		return true;
	}
	return false;
}

/* Standard input can be read once. */
static bool inputs_fit(const struct check_options *check, int argc, char *argv[])
{
	size_t inputs = argc == 1 && !strcmp(argv[0], "-"), i;

	for (i = 0; i < check->rules.count; i++)
		inputs += !strcmp(check->rules.sources[i].path, "-");
	for (i = 0; i < check->baseline.count; i++)
		inputs += !strcmp(check->baseline.sources[i].path, "-");
	if (inputs > 1) {
		fputs("amfwctl: standard input can be one file only\n", stderr);
		return false;
	}
	if (check->explain && (check->json || check->fix || check->baseline.count)) {
		fputs("amfwctl: --explain goes with neither --json nor --fix nor --baseline\n",
		      stderr);
		return false;
	}
	if (check->fix && (check->json || check->baseline.count)) {
		fputs("amfwctl: --fix goes with neither --json nor --baseline\n", stderr);
		return false;
	}
	return true;
}

static bool address_is(const struct address *address, const struct sockaddr *other)
{
	struct address found = { .family = other->sa_family };

	if (other->sa_family == AF_INET)
		found.v4 = ((const struct sockaddr_in *)other)->sin_addr;
	else if (other->sa_family == AF_INET6)
		found.v6 = ((const struct sockaddr_in6 *)other)->sin6_addr;
	else
		return false;
	return address_equal(address, &found);
}

static bool is_here(const struct host *host, const struct ifaddrs *addresses)
{
	const struct ifaddrs *one;
	size_t i;

	for (one = addresses; one; one = one->ifa_next)
		for (i = 0; one->ifa_addr && i < host->address_count; i++)
			if (address_is(&host->address[i], one->ifa_addr))
				return true;
	return false;
}

static const struct host *this_host(const struct input *input)
{
	const struct host *found = NULL;
	struct ifaddrs *addresses;
	size_t i;

	if (getifaddrs(&addresses))
		return NULL;
	for (i = 0; i < input->site.host_count && !found; i++)
		if (is_here(&input->site.hosts[i], addresses))
			found = &input->site.hosts[i];
	freeifaddrs(addresses);
	return found;
}

static const struct host *choose_host(const struct input *input,
				      const struct check_options *check)
{
	const struct host *host = NULL;

	if (check->host)
		return input_host(input, check->host);
	if (!check->rules.count)
		host = this_host(input);
	if (!host)
		host = input_gateway(input);
	if (!host) {
		fputs("amfwctl: for which machine? Say --host NAME\n", stderr);
		input_list_hosts(input);
	}
	return host;
}

static int tell(struct check *check, const struct check_options *wanted)
{
	struct groups groups;
	int err;

	if (wanted->explain)
		return check_explain(check, stdout);
	if (check_answer(check))
		return EXIT_FAILED;
	if (wanted->json) {
		err = check_json(check, stdout);
	} else if (wanted->fix) {
		err = groups_make(&groups, &check->journeys);
		err = err ? : fix_all(check, &groups, stdout);
		groups_free(&groups);
	} else {
		err = check_report(check, stdout);
	}
	return err ? EXIT_FAILED : EXIT_DONE;
}

/* What is asked of the new rules decides the status; the old ones are to compare with. */
static int tell_changes(struct check *check, const struct check_options *wanted,
			const struct input *input, const struct host *host)
{
	struct check before;
	int code;

	code = check_open(&before, wanted, input, host, &wanted->baseline);
	if (!code)
		code = check_answer(&before);
	if (!code)
		code = check_answer(check);
	if (!code && check_baseline(&before, check, stdout))
		code = EXIT_FAILED;
	check_close(&before);
	return code;
}

static int run(struct check_options *wanted, const struct input *input)
{
	const struct host *host = choose_host(input, wanted);
	struct check check;
	int code;

	if (!host)
		return EXIT_USAGE;
	code = rules_input_read(&wanted->rules, wanted->seconds);
	code = code ? : rules_input_read(&wanted->baseline, wanted->seconds);
	if (code)
		return code;
	code = check_open(&check, wanted, input, host, &wanted->rules);
	if (!code)
		code = wanted->baseline.count ? tell_changes(&check, wanted, input, host) :
						tell(&check, wanted);
	if (!code && output_done())
		code = EXIT_FAILED;
	if (!code)
		code = check_code(&check);
	if (code == EXIT_WIDE && !wanted->strict)
		code = EXIT_DONE;
	check_close(&check);
	return code;
}

/**
 * check_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int check_verb(int argc, char *argv[])
{
	struct check_options check = { .helper = HELPER_OURS, .seconds = RULES_SECONDS };
	enum dialect dialect = DIALECT_GUESS;
	struct input input = { 0 };
	int option, code = EXIT_DONE;

	while (!code && (option = getopt_long(argc, argv, "r:f:H:sjvh", options, NULL)) != -1) {
		if (option == 'h')
			return usage();
		if (!set_option(&check, &dialect, option))
			code = usage_error("check");
	}
	argc -= optind;
	argv += optind;
	if (!code && !inputs_fit(&check, argc, argv))
		code = usage_error("check");
	if (!code)
		code = input_open(&input, argc, argv, "check");
	if (!code)
		code = run(&check, &input);
	input_close(&input);
	rules_input_free(&check.rules);
	rules_input_free(&check.baseline);
	return code;
}

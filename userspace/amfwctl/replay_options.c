// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of "amfwctl replay".
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/replay.h"
#include "amfwctl/verb.h"

enum {
	OPTION_HELPER = 256,
	OPTION_SITE,
	OPTION_RULESET,
	OPTION_PLOT,
	OPTION_KERNEL,
	OPTION_PORT,
};

static const struct option options[] = {
	{ "helper", required_argument, NULL, OPTION_HELPER },
	{ "site", required_argument, NULL, OPTION_SITE },
	{ "ruleset", required_argument, NULL, OPTION_RULESET },
	{ "host", required_argument, NULL, 'H' },
	{ "plot", required_argument, NULL, OPTION_PLOT },
	{ "kernel", no_argument, NULL, OPTION_KERNEL },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	puts("Usage: amfwctl replay [options] FILE...\n\n"
	     "Tells what the captures hold of Amanda: each request, its answer and streams,\n"
	     "what went wrong, who is to blame, and what to do about it.\n\n"
	     "      --helper WHICH   what this helper would have opened: ours (default), stock,\n"
	     "                       none or all; named, what it does not open is trouble\n"
	     "      --site FILE      the site, with --ruleset\n"
	     "      --ruleset FILE   the verdict of \"amfwctl check\" on each connection\n"
	     "  -H, --host NAME      the machine of the ruleset (default: the gateway)\n"
	     "      --plot FILE.svg  draw the sequence\n"
	     "      --kernel         ask a real kernel, and compare\n"
	     "      --port N         amandad's port (default 10080)\n"
	     "  -j, --json           for programs\n"
	     "  -h, --help           this text\n\n"
	     "FILE is a capture, pcap or pcapng, also compressed; - is standard input.  Several\n"
	     "are the same traffic at several places, such as both sides of a gateway.\n"
	     "Status: 0 all is well, 3 something needed was blocked or lost, 5 the capture does\n"
	     "not tell, 1 could not run, 2 usage or input that cannot be read.");
	return output_done();
}

static bool set_helper(struct replay_options *replay, const char *name)
{
	unsigned int kind;

	replay->helper_given = true;
	replay->helper = HELPER_ALL;
	for (kind = 0; kind < HELPER_KINDS; kind++)
		if (!strcmp(name, helper_kind_name(kind)))
			replay->helper = kind;
	if (replay->helper != HELPER_ALL || !strcmp(name, "all"))
		return true;
	fprintf(stderr, "amfwctl: unknown helper \"%s\"; there are ours, stock, none and all\n",
		name);
	return false;
}

static bool set_port(struct replay_options *replay, const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	replay->port = port;
	if (*text >= '0' && *text <= '9' && !*end && port && port <= UINT16_MAX)
		return true;
	fprintf(stderr, "amfwctl: \"%s\" is no port: 1 to 65535\n", text);
	return false;
}

static bool set_option(struct replay_options *replay, int option)
{
	switch (option) {
	case OPTION_HELPER:
		return set_helper(replay, optarg);
	case OPTION_SITE:
		replay->site = optarg;
		return true;
	case OPTION_RULESET:
		replay->rules = optarg;
		return true;
	case 'H':
		replay->host = optarg;
		return true;
	case OPTION_PLOT:
		replay->plot = optarg;
		return true;
	case OPTION_KERNEL:
		replay->kernel = true;
		return true;
	case OPTION_PORT:
		return set_port(replay, optarg);
	case 'j':
		replay->json = true;
		return true;
	}
	return false;
}

static bool options_fit(const struct replay_options *replay, int files)
{
	if (!files)
		fputs("amfwctl: replay takes the files of a capture\n", stderr);
	else if (files > CAPTURE_FILES)
		fprintf(stderr, "amfwctl: replay takes %d files at most\n", CAPTURE_FILES);
	else if (!replay->site != !replay->rules)
		fputs("amfwctl: --site and --ruleset belong together\n", stderr);
	else if (replay->host && !replay->site)
		fputs("amfwctl: --host is for --ruleset\n", stderr);
	else if (replay->kernel && replay->helper == HELPER_ALL)
		fputs("amfwctl: a kernel has one helper: --kernel and --helper all do not fit\n", stderr);
	else if (replay->kernel && (replay->plot || replay->rules))
		fputs("amfwctl: --kernel compares, and neither draws nor judges\n", stderr);
	else if (replay->plot && !strcmp(replay->plot, "-"))
		fputs("amfwctl: --plot takes a file: standard output has the text\n", stderr);
	else
		return true;
	return false;
}

/**
 * replay_options_read() - read the command line
 * @replay: filled in
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: EXIT_DONE, and optind is at the first file; -1 where the help was asked
 * for and printed; or EXIT_USAGE.
 */
int replay_options_read(struct replay_options *replay, int argc, char *argv[])
{
	int option;

	*replay = (struct replay_options){ .helper = HELPER_OURS, .port = AMANDA_PORT };
	while ((option = getopt_long(argc, argv, "H:jh", options, NULL)) != -1) {
		if (option == 'h')
			return usage() ? EXIT_FAILED : -1;
		if (!set_option(replay, option))
			return usage_error("replay");
	}
	return options_fit(replay, argc - optind) ? EXIT_DONE : usage_error("replay");
}

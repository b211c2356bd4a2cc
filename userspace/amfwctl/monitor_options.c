// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of "amfwctl monitor".
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/monitor.h"

#define SECONDS_MOST	(366ul * 86400)
/* The kernel takes an int, doubles it, and accounts a kilobyte or so for one event. */
#define BUFFER		(64ul << 20)
#define BUFFER_MOST	(1024ul << 10)

enum {
	OPTION_SITE = 256,
	OPTION_HELPER_NAME,
	OPTION_PROMETHEUS,
	OPTION_INTERVAL,
	OPTION_COUNT,
	OPTION_DURATION,
	OPTION_BUFFER,
};

static const struct option options[] = {
	{ "site", required_argument, NULL, OPTION_SITE },
	{ "helper-name", required_argument, NULL, OPTION_HELPER_NAME },
	{ "prometheus", required_argument, NULL, OPTION_PROMETHEUS },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "buffer", required_argument, NULL, OPTION_BUFFER },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	puts("Usage: amfwctl monitor [options]\n\n"
	     "Tells as it happens which of Amanda's control flows pass this machine, which\n"
	     "streams they expect, and what comes of those.  It ends with a summary.\n\n"
	     "      --site FILE          the site, for the names of the hosts\n"
	     "      --helper-name NAME   what the helper is registered as (default amanda)\n"
	     "      --prometheus FILE    write metrics for the textfile collector\n"
	     "      --interval S         how often, and how often flows are looked at that\n"
	     "                           make no events (default 10)\n"
	     "      --count N            end after so many events\n"
	     "      --duration S         end after so many seconds\n"
	     "      --buffer KIB         what may wait in the kernel (default 65536)\n"
	     "  -j, --json               an object a line\n"
	     "  -h, --help               this text\n\n"
	     "This needs CAP_NET_ADMIN in the network namespace that it looks at.");
	return output_done();
}

static bool set_number(unsigned long *number, const char *name, unsigned long most)
{
	char *end;

	errno = 0;
	*number = strtoul(optarg, &end, 10);
	if (*optarg >= '0' && *optarg <= '9' && !*end && !errno && *number && *number <= most)
		return true;
	fprintf(stderr, "amfwctl: %s takes a number from 1 to %lu, not \"%s\"\n", name, most,
		optarg);
	return false;
}

static bool set_seconds(unsigned int *seconds, const char *name)
{
	unsigned long number;
	bool good = set_number(&number, name, SECONDS_MOST);

	*seconds = (unsigned int)number;
	return good;
}

static bool set_helper(struct monitor_options *monitor)
{
	monitor->helper = optarg;
	if (*optarg && strlen(optarg) < HELPER_NAME_SIZE)
		return true;
	fprintf(stderr, "amfwctl: \"%s\" is no name of a helper\n", optarg);
	return false;
}

static bool set_option(struct monitor_options *monitor, int option)
{
	unsigned long kilobytes;

	switch (option) {
	case OPTION_SITE:
		monitor->site = optarg;
		return true;
	case OPTION_HELPER_NAME:
		return set_helper(monitor);
	case OPTION_PROMETHEUS:
		monitor->prometheus = optarg;
		return true;
	case OPTION_INTERVAL:
		return set_seconds(&monitor->interval, "--interval");
	case OPTION_COUNT:
		return set_number(&monitor->count, "--count", ULONG_MAX);
	case OPTION_DURATION:
		return set_seconds(&monitor->duration, "--duration");
	case OPTION_BUFFER:
		if (!set_number(&kilobytes, "--buffer", BUFFER_MOST))
			return false;
		monitor->buffer = kilobytes << 10;
		return true;
	case 'j':
		monitor->json = true;
		return true;
	}
	return false;
}

/**
 * monitor_options_read() - read the command line
 * @monitor: filled in
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: EXIT_DONE; -1 where the help was asked for and printed; or EXIT_USAGE.
 */
int monitor_options_read(struct monitor_options *monitor, int argc, char *argv[])
{
	int option;

	*monitor = (struct monitor_options){
		.helper = "amanda", .interval = 10, .buffer = BUFFER,
	};
	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option == 'h')
			return usage() ? EXIT_FAILED : -1;
		if (!set_option(monitor, option))
			return usage_error("monitor");
	}
	if (optind == argc)
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: monitor takes no \"%s\"; a site file goes with --site\n",
		argv[optind]);
	return usage_error("monitor");
}

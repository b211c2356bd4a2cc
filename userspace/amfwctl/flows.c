// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl flows: which ports does this site need?
 */
#include <getopt.h>
#include <stdio.h>

#include "amfwctl/verb.h"
#include "emit/emit.h"
#include "emit/flows_rows.h"

static const struct option options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "host", required_argument, NULL, 'H' },
	{ "table", no_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	printf("Usage: amfwctl flows [options] SITE\n"
	       "       amfwctl flows --table\n\n"
	       "Tells for each machine of a site which ports Amanda needs, and for what.\n\n"
	       "  -f, --format FORMAT  %s (default: text)\n"
	       "      --json           the same as --format json\n"
	       "  -H, --host NAME      only what this machine sends, receives or forwards\n"
	       "      --table          the table of flows itself, with its reasons; no SITE\n"
	       "  -h, --help           this text\n\n"
	       "SITE is a site file, or - for standard input.\n", flows_format_names());
	return output_done();
}

static int show_table(int argc)
{
	if (argc) {
		fputs("amfwctl: the table of flows needs no site file\n", stderr);
		return usage_error("flows");
	}
	flows_rows_write(stdout);
	return output_done();
}

static int show(const char *format_name, const char *host_name, int argc, char *argv[])
{
	const struct flows_format *format = flows_format_find(format_name);
	const struct host *host = NULL;
	struct input input;
	int code;

	if (!format) {
		fprintf(stderr, "amfwctl: unknown format \"%s\"; there are %s\n", format_name,
			flows_format_names());
		return EXIT_USAGE;
	}
	code = input_open(&input, argc, argv, "flows");
	if (!code && host_name) {
		host = input_host(&input, host_name);
		code = host ? EXIT_DONE : EXIT_USAGE;
	}
	if (!code)
		code = format->write(&input.flows, &input.site, host, stdout) ?
			EXIT_FAILED : output_done();
	input_close(&input);
	return code;
}

/**
 * flows_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int flows_verb(int argc, char *argv[])
{
	const char *format = "text", *host = NULL;
	bool table = false;
	int option;

	while ((option = getopt_long(argc, argv, "f:H:h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			format = optarg;
			break;
		case 'j':
			format = "json";
			break;
		case 'H':
			host = optarg;
			break;
		case 't':
			table = true;
			break;
		case 'h':
			return usage();
		default:
			return usage_error("flows");
		}
	}
	if (table)
		return show_table(argc - optind);
	return show(format, host, argc - optind, argv + optind);
}

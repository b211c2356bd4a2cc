// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl monitor: Amanda's flows, as they happen.
 */
#include "amfwctl/monitor.h"

/**
 * monitor_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int monitor_verb(int argc, char *argv[])
{
	struct monitor_options options;
	struct input input;
	char *site[1];
	int code = monitor_options_read(&options, argc, argv);

	if (code)
		return code < 0 ? EXIT_DONE : code;
	if (!options.site)
		return monitor_run(&options, NULL);
	site[0] = (char *)options.site;
	code = input_open(&input, 1, site, "monitor");
	if (!code)
		code = monitor_run(&options, &input.site);
	input_close(&input);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl replay: what do captures tell of Amanda?
 */
#include <getopt.h>

#include "amfwctl/replay.h"
#include "amfwctl/verb.h"

/**
 * replay_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int replay_verb(int argc, char *argv[])
{
	struct replay_options options;
	int code = replay_options_read(&options, argc, argv);

	if (code)
		return code < 0 ? EXIT_DONE : code;
	return replay_run(&options, argv + optind, argc - optind);
}

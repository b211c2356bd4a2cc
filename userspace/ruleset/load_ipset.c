// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of ipset, by its own program.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/load_inside.h"

/**
 * load_ipset() - load what "ipset save" wrote
 * @source: it
 *
 * Return: 0, or -1 after a message.
 */
int load_ipset(const struct source *source)
{
	const char *const argv[] = { "ipset", "restore", NULL };
	int status;

	status = run_loader(argv, source->text, source->length, stderr);
	if (status == 127)
		fprintf(stderr, "%s: there is no ipset here: install it\n", source->path);
	else if (status)
		fprintf(stderr, "%s: the sets are not loaded\n", source->path);
	return status ? -1 : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verbs that are programs of their own.  Reading captures takes libpcap and
 * libarchive, which bring some twenty libraries along: to load them costs more than
 * most of what the other verbs do, and a firewall may do without.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/verb.h"

/* Beside amfwctl in a build tree; where "make install" puts it. */
static const char *const folders[] = { "", "../libexec/amfw/" };

static int own_folder(char *folder, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", folder, size - 1);
	char *end;

	if (length < 0)
		return -errno;
	folder[length] = '\0';
	end = strrchr(folder, '/');
	if (!end)
		return -ENOENT;
	end[1] = '\0';
	return 0;
}

/* Returns only where there is no such program. */
static int become(const char *name, char *argv[])
{
	char folder[PATH_MAX], path[PATH_MAX];
	int err = own_folder(folder, sizeof(folder));
	size_t i;

	for (i = 0; !err && i < sizeof(folders) / sizeof(*folders); i++) {
		int length = snprintf(path, sizeof(path), "%s%s%s", folder, folders[i], name);

		if (length < (int)sizeof(path))
			execv(path, argv);
	}
	fprintf(stderr, "amfwctl: %s: %s: it belongs beside amfwctl, or into ../libexec/amfw\n",
		name, strerror(err ? -err : errno));
	return EXIT_FAILED;
}

/**
 * replay_program() - the verb "replay"
 * @argc: of the verb
 * @argv: of the verb
 *
 * Return: an enum exit_code, where there is no such program.
 */
int replay_program(int argc, char *argv[])
{
	(void)argc;
	return become("amfwctl-replay", argv);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl prove --module: the same, in the virtual machine of the source tree, whose
 * kernel has this project's helper.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/prove.h"

/* What is there where our helper runs: kernel/amanda_stats.c. */
#define OUR_COUNTERS	"/proc/net/nf_conntrack_amanda"

/* In the words of scripts/vm; a site of a thousand clients takes an hour there. */
#define TIMEOUT		"7200"
#define LOAD_MODULES	"modprobe -a nf_conntrack_amanda nf_nat_amanda && exec \"$@\""
#define WORDS_BEFORE	10

/** helper_is_ours() - is this project's helper loaded here? */
bool helper_is_ours(void)
{
	return !access(OUR_COUNTERS, F_OK);
}

/* build/bin/amfwctl lies two folders below the source tree. */
static bool find_machine(char own[PATH_MAX], char machine[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", own, PATH_MAX - 1);
	int folders;
	char *slash;

	if (length <= 0)
		return false;
	own[length] = '\0';
	strcpy(machine, own);
	for (folders = 0; folders < 3; folders++) {
		slash = strrchr(machine, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
	if (strlen(machine) + sizeof("/scripts/vm") > PATH_MAX)
		return false;
	strcat(machine, "/scripts/vm");
	return !access(machine, X_OK);
}

static bool reads_input(int argc, char *argv[])
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-"))
			return true;
	return false;
}

static void run_machine(const char *own, const char *machine, int argc, char *argv[])
{
	const char *const before[] = {
		machine, "--timeout", TIMEOUT, "--stdin", "--", "sh", "-c", LOAD_MODULES, "sh", own,
	};
	bool input = reads_input(argc, argv);
	const char **words = calloc(WORDS_BEFORE + (size_t)argc + 1, sizeof(*words));
	size_t count = 0, i;

	if (!words)
		return;
	for (i = 0; i < WORDS_BEFORE; i++)
		if (input || strcmp(before[i], "--stdin"))
			words[count++] = before[i];
	memcpy(words + count, argv, (size_t)argc * sizeof(*words));
	execv(machine, (char **)words);
	free(words);
}

/**
 * prove_module() - do it where our helper is
 * @argc: arguments, the verb's name included
 * @argv: they, with --module, which changes nothing there
 *
 * Return: EXIT_DONE where this is the machine; EXIT_FAILED after a message; not at
 * all where it is done in another one.
 */
int prove_module(int argc, char *argv[])
{
	char own[PATH_MAX], machine[PATH_MAX];

	/* scripts/vm says so to what it runs. */
	if (getenv("AMFW_VM")) {
		if (helper_is_ours())
			return EXIT_DONE;
		fputs("amfwctl: prove: our helper is not loaded in this machine\n", stderr);
		return EXIT_FAILED;
	}
	if (!find_machine(own, machine)) {
		fputs("amfwctl: prove: --module needs the virtual machine of the source tree: in the tree, \"make programs modules\", and run build/bin/amfwctl there\n",
		      stderr);
		return EXIT_FAILED;
	}
	fflush(NULL);
	run_machine(own, machine, argc, argv);
	fprintf(stderr, "amfwctl: prove: %s: %s\n", machine, strerror(errno));
	return EXIT_FAILED;
}

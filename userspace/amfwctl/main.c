// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl: rules for Amanda's flows.  The table of verbs drives dispatch and
 * help alike.
 */
#include <stdio.h>
#include <string.h>

#include "amfwctl/verb.h"

static const struct verb verbs[] = {
	{ "flows", flows_verb, "Which ports does this site need, where, in which direction?" },
	{ "generate", generate_verb, "Give me the rules for a machine of this site" },
	{ "import", import_verb, "Write the site file from this Amanda configuration" },
	{ "check", check_verb, "Does this ruleset let every flow through, and no more?" },
	{ "prove", prove_verb, "Do real packets fare as check says?" },
	{ "replay", replay_program, "What do captures tell of Amanda, and what went wrong?" },
	{ "monitor", monitor_verb, "What of Amanda passes this machine, as it happens?" },
	{ "doctor", doctor_verb, "Is the helper there, and what has it done?" },
};

static void list_verbs(FILE *out)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
}

static int usage(FILE *out)
{
	fputs("Usage: amfwctl VERB [options] [SITE]\n\n", out);
	list_verbs(out);
	fputs("\n\"amfwctl VERB --help\" tells more about one, amfwctl(8) about the site file.\n",
	      out);
	return out == stdout ? output_done() : EXIT_USAGE;
}

static int version(void)
{
	puts("amfwctl " AMFW_VERSION);
	return output_done();
}

int main(int argc, char *argv[])
{
	size_t i;

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return version();
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].run(argc - 1, argv + 1);
	fprintf(stderr, "amfwctl: unknown verb \"%s\"; there are\n", argv[1]);
	list_verbs(stderr);
	return EXIT_USAGE;
}

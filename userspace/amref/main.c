// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amref: an Amanda client and server for reference.  The table of verbs drives
 * dispatch and help alike.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "verb.h"

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]);
	const char *summary;
} verbs[] = {
	{ "amandad", amandad_verb, "Be the target: answer what initiators ask" },
	{ "service", service_verb, "Ask HOST for one service and print its answer" },
	{ "check", check_verb, "Ask HOST whether a backup of it would work" },
	{ "dump", dump_verb, "Back up a folder of HOST" },
	{ "recover", recover_verb, "Bring back what was backed up" },
	{ "load", load_verb, "Be thousands of clients and servers at once" },
};

static void list_verbs(FILE *out)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (verbs[i].run)
			fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
}

static const char examples[] =
	"\nA backup fails, and it may be the firewall?  Ask the client from the server:\n"
	"  amref check CLIENT --auth bsd --user backup\n"
	"  amref dump CLIENT --auth bsd --user backup --disk /etc --discard\n"
	"Then take Amanda away.  On the client, with its ports and without its files:\n"
	"  amref amandad --auth bsd --listen --tcp-ports 50000-50100 --size 100M\n"
	"If the dump works now, Amanda is what fails; if it does not, the network is.\n"
	"Recovery goes the other way: amref amandad on the server, recover on the client.\n"
	"\n\"amref VERB --help\" tells more about one, \"amref VERB --fault help\" how it can\n"
	"misbehave, amref(1) the rest.\n";

static int usage(FILE *out)
{
	fputs("Usage: amref VERB [options]\n\n", out);
	list_verbs(out);
	fputs(examples, out);
	return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int run(const char *name, int argc, char *argv[])
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (verbs[i].run && !strcmp(name, verbs[i].name))
			return verbs[i].run(argc, argv);
	fprintf(stderr, "amref: unknown verb \"%s\"; there are\n", name);
	list_verbs(stderr);
	return EXIT_USAGE;
}

int main(int argc, char *argv[])
{
	const char *name = strrchr(argv[0], '/');

	signal(SIGPIPE, SIG_IGN);
	name = name ? name + 1 : argv[0];
	/* inetd.conf and "ssh HOST .../amandad" know no verbs: a link does. */
	if (!strcmp(name, "amandad"))
		return amandad_verb(argc, argv);
	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("amref " AMFW_VERSION);
		return EXIT_DONE;
	}
	return run(argv[1], argc - 1, argv + 1);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* amref dump: back up a folder of another host, as Amanda's dumper does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "verb.h"

#define IDLE_DEFAULT	300000

struct dump_arguments {
	struct dump_options dump;
	const char *store;
	bool discard;
};

enum { DISK = 1, STORE, DISCARD, CONFIG, CLIENT, LEVEL, NO_INDEX, ENCRYPT, COMPRESS, NO_SHA };

static const struct option own_options[] = {
	{ "disk", required_argument, NULL, DISK },
	{ "store", required_argument, NULL, STORE },
	{ "discard", no_argument, NULL, DISCARD },
	{ "config", required_argument, NULL, CONFIG },
	{ "client", required_argument, NULL, CLIENT },
	{ "level", required_argument, NULL, LEVEL },
	{ "no-index", no_argument, NULL, NO_INDEX },
	{ "encrypt", required_argument, NULL, ENCRYPT },
	{ "compress", no_argument, NULL, COMPRESS },
	{ "no-sha256", no_argument, NULL, NO_SHA },
	{ 0 },
};

static int take(void *arg, int option, const char *value)
{
	struct dump_arguments *arguments = arg;
	struct dump_options *dump = &arguments->dump;
	uint64_t number;

	switch (option) {
	case DISK:
		dump->disk = value;
		return strlen(value) < 1024 ? 0 : -1;
	case STORE:
		arguments->store = value;
		return 0;
	case DISCARD:
		arguments->discard = true;
		return 0;
	case CONFIG:
		dump->config = value;
		return strpbrk(value, ";\n") ? -1 : 0;
	case CLIENT:
		dump->host = value;
		return strpbrk(value, ";\n /") ? -1 : 0;
	case LEVEL:
		if (options_number(value, 399, &number))
			return -1;
		dump->level = (int)number;
		return 0;
	case NO_INDEX:
		dump->index = false;
		return 0;
	case ENCRYPT:
		dump->encrypt = value;
		return value[0] == '/' && !strpbrk(value, "<>& \n") ? 0 : -1;
	case COMPRESS:
		dump->compress = true;
		return 0;
	case NO_SHA:
		dump->sha = false;
		return 0;
	}
	return -1;
}

static const struct verb_options verb = {
	.verb = "dump",
	.synopsis = "HOST --disk FOLDER [options]",
	.own = own_options,
	.help =
		"Back up a folder of HOST, as Amanda's dumper does: ask its amandad for\n"
		"sendbackup, keep data, index and messages, and compare the sums.\n\n"
		"  --disk FOLDER           what to dump\n"
		"  --store FOLDER          where to keep it (amref-store)\n"
		"  --discard               keep nothing, only compare the sums\n"
		"  --client NAME           what to call the client in the store (HOST)\n"
		"  --config NAME           what to call our configuration (amref)\n"
		"  --level N               of the dump (0)\n"
		"  --no-index              ask for no index\n"
		"  --compress              the client compresses with gzip\n"
		"  --no-sha256             compare only the CRC, as Amanda does\n"
		"  --encrypt PROGRAM       the client encrypts with PROGRAM, as client-encrypt\n",
	.take = take,
};

static void quit(void *arg)
{
	struct dump *dump = arg;

	loop_quit(dump->talk.loop, 0);
}

static void say(const struct dump *dump)
{
	const struct store_dump *record = &dump->record;

	printf("dumped %s:%s level %d: %llu bytes, %.1f MB/s\n", dump->options->host,
	       dump->options->disk, dump->options->level, (unsigned long long)dump->sum.size,
	       dump->progress.done / dump->seconds / 1e6);
	if (record->sha256[0])
		printf("sha256 %s\n", record->sha256);
	printf("verified %s\n", dump->verified[0] ? dump->verified : "nothing: the client sent no sum");
	if (dump->options->store)
		printf("kept in %s\n", record->folder);
	if (dump->strange)
		fprintf(stderr, "amref dump: %u strange messages, see %s/messages\n", dump->strange,
			dump->options->store ? record->folder : "--store");
}

static int run(struct loop *loop, const struct options *options,
	       const struct dump_arguments *arguments, const char *host)
{
	struct dump *dump = calloc(1, sizeof(*dump));
	struct request_timing timing;
	struct security_peer *peer;
	int error, result = EXIT_FAILED;
	char why[512] = "no memory";

	peer = dump ? options->driver->connect(options->driver, loop, host, &options->security, why,
					       sizeof(why)) : NULL;
	if (!peer) {
		fprintf(stderr, "amref dump: %s: %s\n", host, why);
		free(dump);
		return EXIT_FAILED;
	}
	options_timing(options, &timing);
	error = dump_begin(dump, loop, peer, &timing, &arguments->dump, quit, dump);
	if (!error)
		error = loop_run(loop);
	if (error)
		fprintf(stderr, "amref dump: %s\n", strerror(-error));
	else if (dump->talk.error[0])
		fprintf(stderr, "amref dump: %s: %s\n", host, dump->talk.error);
	else
		result = EXIT_DONE;
	if (result == EXIT_DONE)
		say(dump);
	dump_free(dump);
	options->driver->disconnect(peer);
	free(dump);
	return result;
}

/**
 * dump_verb() - amref dump
 * @argc: arguments
 * @argv: argv[0] is the verb
 *
 * Return: an enum exit_code.
 */
int dump_verb(int argc, char *argv[])
{
	struct dump_arguments arguments = {
		.dump = { .config = "amref", .index = true, .sha = true },
		.store = "amref-store",
	};
	struct options options;
	struct loop *loop;
	int at = options_parse(&options, argc, argv, &verb, &arguments), result;

	if (at < 0)
		return EXIT_USAGE;
	if (options.done)
		return EXIT_DONE;
	if (argc - at != 1 || !arguments.dump.disk)
		return options_usage(verb.verb, "one HOST and --disk are needed");
	if (!arguments.dump.host)
		arguments.dump.host = argv[at];
	arguments.dump.store = arguments.discard ? NULL : arguments.store;
	arguments.dump.idle = options.timeout ? options.timeout : IDLE_DEFAULT;
	signal(SIGPIPE, SIG_IGN);
	loop = loop_new();
	if (!loop) {
		perror("amref dump");
		return EXIT_FAILED;
	}
	result = run(loop, &options, &arguments, argv[at]);
	loop_free(loop);
	return result;
}

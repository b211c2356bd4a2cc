// SPDX-License-Identifier: GPL-2.0-or-later
/* amref recover: bring back what a server has of this host, as amrecover does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recover.h"
#include "verb.h"

#define IDLE_DEFAULT	300000

enum { DISK = 1, CONFIG, CLIENT, DATE, DIRECTORY, COMPARE, OUTPUT, ENCRYPT };

static const struct option own_options[] = {
	{ "disk", required_argument, NULL, DISK },
	{ "config", required_argument, NULL, CONFIG },
	{ "client", required_argument, NULL, CLIENT },
	{ "date", required_argument, NULL, DATE },
	{ "directory", required_argument, NULL, DIRECTORY },
	{ "compare", required_argument, NULL, COMPARE },
	{ "output", required_argument, NULL, OUTPUT },
	{ "encrypt", required_argument, NULL, ENCRYPT },
	{ 0 },
};

static int take(void *arg, int option, const char *value)
{
	struct recover_options *options = arg;

	switch (option) {
	case DISK:
		options->query.disk = value;
		return strlen(value) < 1024 && !strpbrk(value, "\r\n") ? 0 : -1;
	case CONFIG:
		options->query.config = value;
		return strpbrk(value, "\r\n") ? -1 : 0;
	case CLIENT:
		options->query.client = value;
		return strlen(value) < 256 && !strpbrk(value, "\r\n") ? 0 : -1;
	case DATE:
		options->query.date = value;
		return strspn(value, "0123456789-") == strlen(value) ? 0 : -1;
	case DIRECTORY:
		options->directory = value;
		return 0;
	case COMPARE:
		options->compare = value;
		return 0;
	case OUTPUT:
		options->output = value;
		return 0;
	case ENCRYPT:
		options->decrypt = value;
		return 0;
	}
	return -1;
}

static const struct verb_options verb = {
	.verb = "recover",
	.synopsis = "HOST --disk FOLDER [options]",
	.own = own_options,
	.help =
		"Bring back what the server HOST has of this host, as amrecover does: ask its\n"
		"amindexd what is needed, and its amidxtaped for the data.  The data is always\n"
		"compared with the sums of the dump.\n\n"
		"  --disk FOLDER           what was dumped\n"
		"  --directory FOLDER      extract it there\n"
		"  --compare FOLDER        compare it with what is there\n"
		"  --output FILE           write the data as it comes; - is standard output\n"
		"  --client NAME           what the server calls this host (its name)\n"
		"  --config NAME           of the server (amref)\n"
		"  --date YYYY-MM-DD[-HH-MM-SS]\n"
		"                          the last dump up to then (the last one)\n"
		"  --encrypt PROGRAM       decrypts with -d (what the dump's header names, where\n"
		"                          that is root's own)\n",
	.take = take,
};

struct recovering {
	struct recover recover;
	struct recover_options options;
	struct options shared;
	const char *host;
	FILE *out;
};

static struct security_peer *connect_again(void *arg, char *why, size_t why_size)
{
	struct recovering *recovering = arg;
	const struct security_driver *driver = recovering->shared.driver;

	return driver->connect(driver, recovering->recover.loop, recovering->host,
			       &recovering->shared.security, why, why_size);
}

static void say(void *arg)
{
	struct recovering *recovering = arg;
	const struct tape_session *tape = recovering->recover.tape;

	fprintf(recovering->out, "recovered %s:%s level %d of %s: %llu bytes, %.1f MB/s\n",
		tape->header.host, tape->header.disk, tape->header.level, tape->header.datestamp,
		(unsigned long long)tape->sum.size, tape->sum.size / tape->seconds / 1e6);
	if (tape->sha256[0])
		fprintf(recovering->out, "sha256 %s\n", tape->sha256);
	fprintf(recovering->out, "verified %s\n",
		tape->verified[0] ? tape->verified : "nothing: the header has no sum");
	if (recovering->options.compare)
		fprintf(recovering->out, "the same as %s\n", recovering->options.compare);
}

static void quit(void *arg)
{
	struct recovering *recovering = arg;

	loop_quit(recovering->recover.loop, 0);
}

static int run(struct recovering *recovering)
{
	struct recover *recover = &recovering->recover;
	struct request_timing timing;
	int error;

	options_timing(&recovering->shared, &timing);
	recover->options = &recovering->options;
	recover->timing = &timing;
	recover->connect = connect_again;
	recover->said = say;
	recover->finished = quit;
	recover->arg = recovering;
	error = recover_begin(recover);
	if (!error)
		error = loop_run(recover->loop);
	if (error && !recover->error[0])
		snprintf(recover->error, sizeof(recover->error), "%s", strerror(-error));
	if (recover->error[0])
		fprintf(stderr, "amref recover: %s: %s\n", recovering->host, recover->error);
	error = recover->error[0] ? EXIT_FAILED : EXIT_DONE;
	recover_free(recover);
	return error;
}

/**
 * recover_verb() - amref recover
 * @argc: arguments
 * @argv: argv[0] is the verb
 *
 * Return: an enum exit_code.
 */
int recover_verb(int argc, char *argv[])
{
	struct recovering recovering = { .options.query.config = "amref" };
	struct recover_options *options = &recovering.options;
	char name[256] = "localhost";
	int at = options_parse(&recovering.shared, argc, argv, &verb, options), result;

	if (at < 0)
		return EXIT_USAGE;
	if (recovering.shared.done)
		return EXIT_DONE;
	if (argc - at != 1 || !options->query.disk)
		return options_usage(verb.verb, "one HOST and --disk are needed");
	gethostname(name, sizeof(name) - 1);
	if (!options->query.client)
		options->query.client = name;
	options->query.idle = recovering.shared.timeout ? recovering.shared.timeout : IDLE_DEFAULT;
	recovering.host = argv[at];
	/* what is said must not get into the data */
	recovering.out = options->output && !strcmp(options->output, "-") ? stderr : stdout;
	signal(SIGPIPE, SIG_IGN);
	recovering.recover.loop = loop_new();
	if (!recovering.recover.loop) {
		perror("amref recover");
		return EXIT_FAILED;
	}
	result = run(&recovering);
	loop_free(recovering.recover.loop);
	return result;
}

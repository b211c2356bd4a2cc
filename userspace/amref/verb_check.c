// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amref check: what amcheck -c asks a client: noop, and then selfcheck with the
 * folders that are to be backed up.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "dle.h"
#include "features.h"
#include "loop.h"
#include "protocol.h"
#include "verb.h"
#include "wire.h"

#define REQUEST_MAX	16384
#define DISKS_MAX	16

/*
 * FEATURES_OURS less fe_selfcheck_message (113): a real selfcheck then prints
 * lines for people and no JSON (client-src/selfcheck.c).
 */
#define CHECK_FEATURES	"ffffffff9efefbfffffffffffffff1fffbf717"

struct check {
	struct loop *loop;
	struct options options;
	const char *host;
	const char *config;
	const char *disk[DISKS_MAX];
	size_t disks;
	char arguments[REQUEST_MAX];
	size_t length;
	bool selfcheck;
	struct security_peer *peer;
	struct request *request;
	struct loop_timer next;
	unsigned int problems;
	bool answered;
};

enum {
	OWN_DISK = 1,
	OWN_CONFIG,
};

static const struct option own[] = {
	{ "disk", required_argument, NULL, OWN_DISK },
	{ "config", required_argument, NULL, OWN_CONFIG },
	{ 0 },
};

static const char help[] =
	"Asks HOST what amcheck -c would: is its amandad there, does it let us in, can it\n"
	"back up the folders.  Prints each problem, and what is right with --verbose.\n\n"
	"  --disk FOLDER           a folder that is to be backed up; may be repeated\n"
	"  --config NAME           what to call our configuration (amref)\n";

static int take(void *arg, int option, const char *value)
{
	struct check *check = arg;

	switch (option) {
	case OWN_DISK:
		if (check->disks == DISKS_MAX)
			return -1;
		check->disk[check->disks++] = value;
		return 0;
	case OWN_CONFIG:
		check->config = value;
		return strpbrk(value, ";\n") ? -1 : 0;
	}
	return -1;
}

static bool add(struct check *check, const char *text)
{
	size_t length = strlen(text);

	if (check->length + length >= sizeof(check->arguments))
		return false;
	memcpy(check->arguments + check->length, text, length + 1);
	check->length += length;
	return true;
}

static bool add_disk(struct check *check, const char *disk)
{
	char element[DLE_NAME_MAX * 6], auth[64];

	snprintf(auth, sizeof(auth), "  <auth>%s</auth>\n", check->options.driver->name);
	return add(check, "<dle>\n  <program>GNUTAR</program>\n  ") &&
	       dle_element("disk", disk, element, sizeof(element)) && add(check, element) &&
	       add(check, "\n") && add(check, auth) &&
	       add(check, "  <record>YES</record>\n  <index>YES</index>\n"
			  "  <datapath>AMANDA</datapath>\n</dle>\n");
}

static bool make_arguments(struct check *check)
{
	char options[512];
	size_t i;
	bool fits;

	snprintf(options, sizeof(options),
		 "OPTIONS features=" CHECK_FEATURES ";maxdumps=1;hostname=%.200s;config=%.200s;\n",
		 check->host, check->config);
	check->length = 0;
	fits = add(check, options);
	for (i = 0; check->selfcheck && fits && i < check->disks; i++)
		fits = add_disk(check, check->disk[i]);
	return fits;
}

static void problem(struct check *check, struct text line)
{
	check->problems++;
	printf("ERROR: %s: %.*s\n", check->host, (int)line.length, line.at);
}

/* client_check() of Amanda's server-src/amcheck.c reads the same words. */
static void take_line(struct check *check, struct text line)
{
	if (line.length > 6 && !memcmp(line.at, "ERROR ", 6)) {
		line.at += 6;
		line.length -= 6;
		problem(check, line);
	} else if (check->options.verbose && line.length) {
		printf("%.*s\n", (int)line.length, line.at);
	}
}

static void stop(struct check *check)
{
	loop_quit(check->loop, 0);
}

static void answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
		     size_t count, const char *body, size_t length)
{
	struct check *check = arg;
	struct text rest = { body, length };

	(void)stream;
	(void)tag;
	(void)count;
	while (rest.length)
		take_line(check, text_line(&rest));
	if (check->selfcheck || check->problems) {
		check->answered = true;
		stop(check);
		return;
	}
	check->selfcheck = true;
	loop_start(check->loop, &check->next, 0);
}

static void refused(void *arg, const char *text, size_t length)
{
	struct check *check = arg;
	struct text rest = { text, length };

	check->answered = true;
	while (rest.length)
		take_line(check, text_line(&rest));
	if (!check->problems)
		problem(check, (struct text){ "NAK", 3 });
	stop(check);
}

static void failed(void *arg, const char *why)
{
	struct check *check = arg;

	check->problems++;
	fprintf(stderr, "amref check: %s: %s failed: %s\n", check->host,
		check->selfcheck ? "selfcheck" : "noop", why);
	stop(check);
}

static const struct request_events request_events = {
	.answered = answered,
	.refused = refused,
	.failed = failed,
};

static void send_next(void *arg)
{
	struct check *check = arg;
	struct request_timing timing;

	request_free(check->request);
	check->request = NULL;
	options_timing(&check->options, &timing);
	if (make_arguments(check))
		check->request = request_send(check->peer, check->selfcheck ? "selfcheck" : "noop",
					      check->arguments, check->length, &timing,
					      &request_events, check);
	if (!check->request)
		failed(check, "the request does not fit");
}

static int run(struct check *check)
{
	const struct security_driver *driver = check->options.driver;
	struct timespec before, after;
	char why[512];
	int error;

	check->peer = driver->connect(driver, check->loop, check->host, &check->options.security,
				      why, sizeof(why));
	if (!check->peer) {
		fprintf(stderr, "amref check: %s\n", why);
		return EXIT_FAILED;
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	check->next = (struct loop_timer){ .expired = send_next, .arg = check };
	loop_start(check->loop, &check->next, 0);
	error = loop_run(check->loop);
	request_free(check->request);
	driver->disconnect(check->peer);
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (error)
		fprintf(stderr, "amref check: %s\n", strerror(-error));
	if (error || !check->answered)
		return EXIT_FAILED;
	printf("Client check: 1 host checked in %.3f seconds.  %u %s found.\n",
	       (after.tv_sec - before.tv_sec) + (after.tv_nsec - before.tv_nsec) / 1e9,
	       check->problems, check->problems == 1 ? "problem" : "problems");
	return check->problems ? EXIT_FAILED : EXIT_DONE;
}

/**
 * check_verb() - amref check
 * @argc: of the verb
 * @argv: likewise
 *
 * Return: an enum exit_code.
 */
int check_verb(int argc, char *argv[])
{
	static const struct verb_options verb = {
		"check", "HOST [options]", own, help, take,
	};
	struct check *check = calloc(1, sizeof(*check));
	int at, result = EXIT_FAILED;

	if (!check)
		return EXIT_FAILED;
	check->config = "amref";
	at = options_parse(&check->options, argc, argv, &verb, check);
	if (at < 0) {
		result = EXIT_USAGE;
	} else if (check->options.done) {
		result = EXIT_DONE;
	} else if (argc - at != 1) {
		result = options_usage("check", "HOST is needed");
	} else {
		check->host = argv[at];
		check->loop = loop_new();
		if (check->loop)
			result = run(check);
		loop_free(check->loop);
	}
	free(check);
	return result;
}

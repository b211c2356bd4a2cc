/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line that all verbs share: which driver, which ports, which user.
 */
#ifndef AMREF_OPTIONS_H
#define AMREF_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "driver.h"
#include "fault.h"

struct request_timing;

/* As amfwctl has them; see amref(1). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,	/* it did not work; one line on stderr says why */
	EXIT_USAGE = 2,
};

/**
 * struct options - what the shared options say
 * @driver: --auth; bsdtcp without it, as Amanda
 * @security: for the driver; points into argv and to @fault
 * @fault: --fault
 * @timeout: --timeout, milliseconds to wait for a REP; 0: not given
 * @verbose: --verbose
 * @done: help or a list was asked for, and has been printed
 */
struct options {
	const struct security_driver *driver;
	struct security_options security;
	struct fault fault;
	unsigned int timeout;
	bool verbose;
	bool done;
};

/**
 * struct verb_options - the options of one verb beside the shared ones
 * @verb: its name
 * @synopsis: what follows the name, "HOST NAME [options]"
 * @own: ended by a zeroed entry, or NULL; @val of each is 1 to 255
 * @help: lines about @own
 * @take: takes one of @own; returns 0, or -1 after a message on stderr
 */
struct verb_options {
	const char *verb;
	const char *synopsis;
	const struct option *own;
	const char *help;
	int (*take)(void *arg, int option, const char *value);
};

int options_parse(struct options *options, int argc, char *argv[],
		  const struct verb_options *verb, void *arg);
void options_timing(const struct options *options, struct request_timing *timing);
int options_usage(const char *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int options_range(const char *text, struct port_range *range);
int options_number(const char *text, uint64_t maximum, uint64_t *number);
int options_size(const char *text, uint64_t *number);

#endif /* AMREF_OPTIONS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs have in common.
 */
#ifndef AMFWCTL_VERB_H
#define AMFWCTL_VERB_H

#include "flow/flow.h"

/* The same for every verb; see amfwctl(8). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,	/* could not run */
	EXIT_USAGE = 2,		/* usage, or unreadable input */
	EXIT_BLOCKED = 3,	/* a needed flow is blocked */
	EXIT_WIDE = 4,		/* more is open than needed */
	EXIT_UNKNOWN = 5,	/* cannot be decided */
	EXIT_SKIPPED = 77,
};

/**
 * struct verb - one verb
 * @name: as written on the command line
 * @run: reads its arguments and does it; returns an enum exit_code
 * @summary: one line of help
 */
struct verb {
	const char *name;
	int (*run)(int argc, char *argv[]);
	const char *summary;
};

int flows_verb(int argc, char *argv[]);
int generate_verb(int argc, char *argv[]);
int import_verb(int argc, char *argv[]);
int check_verb(int argc, char *argv[]);
int prove_verb(int argc, char *argv[]);
int replay_program(int argc, char *argv[]);
int replay_verb(int argc, char *argv[]);
int monitor_verb(int argc, char *argv[]);
int doctor_verb(int argc, char *argv[]);

/**
 * struct input - a site file, read and expanded
 * @site: the site
 * @flows: its flows
 */
struct input {
	struct site site;
	struct flows flows;
};

int input_open(struct input *input, int argc, char *argv[], const char *verb);
void input_close(struct input *input);
const struct host *input_host(const struct input *input, const char *name);
void input_list_hosts(const struct input *input);
const struct host *input_gateway(const struct input *input);

int usage_error(const char *verb);
int output_done(void);
bool seconds_read(const char *text, unsigned int *seconds);
char *generated_rules(const struct input *input, const struct host *host);
bool helper_is_ours(void);

#endif /* AMFWCTL_VERB_H */

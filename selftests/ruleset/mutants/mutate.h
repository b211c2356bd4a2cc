/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a ruleset, and all that becomes of it by taking out or changing one line. */
#ifndef SELFTESTS_MUTATE_H
#define SELFTESTS_MUTATE_H

#include "ruleset/load.h"

#define FILES_MOST	3
#define LINE_ROOM	4096

/**
 * struct script_file - one file of a ruleset
 * @path: where it is
 * @dialect: its language, which the end of its name tells
 * @line: its lines
 * @count: entries of @line
 */
struct script_file {
	const char *path;
	enum dialect dialect;
	char **line;
	size_t count;
};

/**
 * struct script - a ruleset
 * @file: its files, sets first
 * @count: entries of @file
 */
struct script {
	struct script_file file[FILES_MOST];
	size_t count;
};

/**
 * struct mutant - a ruleset with one line less, or another line
 * @file: of which file
 * @line: of which line
 * @change: what was done to it
 * @now: what stands there; NULL: nothing
 */
struct mutant {
	size_t file;
	size_t line;
	const char *change;
	char *now;
};

/**
 * struct mutants - all of a ruleset
 * @mutant: in the order of the text
 * @count: entries in use
 * @rules: lines that there is anything to do to
 */
struct mutants {
	struct mutant *mutant;
	size_t count;
	size_t rules;
};

void script_read(struct script *script, char *const paths[], size_t count);
void script_free(struct script *script);
char *script_write(const struct script *script, size_t file, const struct mutant *mutant);

void mutants_make(struct mutants *mutants, const struct script *script);
void mutants_sample(struct mutants *mutants, const struct script *script);
void mutants_free(struct mutants *mutants);

#endif /* SELFTESTS_MUTATE_H */

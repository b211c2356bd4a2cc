/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that take a dump apart again: decrypt, uncompress, tar. */
#ifndef AMREF_EXTRACT_H
#define AMREF_EXTRACT_H

#include "child.h"

struct tape_header;

#define EXTRACT_PROGRAMS_MAX	3

/**
 * struct extract - a row of programs; zero it before the first use
 * @drained: there is room again
 * @ended: all have ended; extract_status() says how
 * @arg: handed to both
 */
struct extract {
	struct loop *loop;
	struct sink sink;
	struct child program[EXTRACT_PROGRAMS_MAX];
	char name[EXTRACT_PROGRAMS_MAX][64];
	size_t programs;
	void (*drained)(void *arg);
	void (*ended)(void *arg);
	void *arg;
	bool full;
};

int extract_begin(struct extract *extract, struct loop *loop, const struct tape_header *header,
		  const char *decrypt, const char *const argv[]);
bool extract_write(struct extract *extract, const char *data, size_t length);
void extract_end(struct extract *extract);
bool extract_runs(const struct extract *extract);
void extract_status(const struct extract *extract, char *text, size_t size);
void extract_free(struct extract *extract);

#endif /* AMREF_EXTRACT_H */

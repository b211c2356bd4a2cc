/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data of a dump as a client makes it: GNU tar of a folder, or generated;
 * then what compresses it, then what encrypts it.
 */
#ifndef AMREF_ARCHIVE_H
#define AMREF_ARCHIVE_H

#include "child.h"
#include "digest.h"
#include "generator.h"

struct dle;

#define ARCHIVE_FILTERS_MAX	2

/**
 * struct archive_events - what comes out
 * @data: bytes for the DATA stream; returns false where it wants no more before
 *	archive_go_on()
 * @names: bytes for the INDEX stream: a path on each line
 * @message: one line for the MESG stream; @strange where it is nothing usual
 * @finished: all is said; @error is NULL, or one line
 */
struct archive_events {
	bool (*data)(void *arg, const char *data, size_t length);
	void (*names)(void *arg, const char *data, size_t length);
	void (*message)(void *arg, const char *line, bool strange);
	void (*finished)(void *arg, const char *error);
};

/**
 * struct archive - one; zero it before the first use
 * @wire: sum of what @data was given
 * @native: sum before the filters, where it is known: @native_known
 * @kilobytes: of tar's output
 */
struct archive {
	struct loop *loop;
	const struct archive_events *events;
	void *arg;
	struct digest wire;
	uint64_t kilobytes;
	bool filtered;
	struct child tar;
	struct child filter[ARCHIVE_FILTERS_MAX];
	size_t filters;
	struct source data;
	struct source names;
	struct source talk;
	struct generator generator;
	bool generated;
	bool running;
	bool line_begins;
	char line[2048];
	size_t line_length;
	struct loop_timer turn;
};

int archive_begin(struct archive *archive, struct loop *loop, const struct dle *dle,
		  uint64_t generated, bool sha, const struct archive_events *events, void *arg);
void archive_go_on(struct archive *archive);
void archive_free(struct archive *archive);

#endif /* AMREF_ARCHIVE_H */

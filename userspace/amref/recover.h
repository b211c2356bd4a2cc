/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A restore: ask the index what is needed, then fetch each dump and take it apart.
 */
#ifndef AMREF_RECOVER_H
#define AMREF_RECOVER_H

#include "extract.h"
#include "index_session.h"
#include "tape_session.h"

/**
 * struct recover_options - what to do with what comes; each part may be missing
 * @query: what to restore
 * @directory: extract it there
 * @compare: compare it with what is there
 * @output: file for the data as it comes; "-": standard output
 * @decrypt: program that is run with -d where the header says encrypted
 */
struct recover_options {
	struct index_query query;
	const char *directory;
	const char *compare;
	const char *output;
	const char *decrypt;
};

/**
 * struct recover - one restore; zero it before the first use
 * @connect: makes a peer for the next request, or returns NULL with @error set
 * @said: called after each dump
 * @finished: called once; @error says how it went
 * @arg: handed to these
 */
struct recover {
	struct loop *loop;
	const struct recover_options *options;
	const struct request_timing *timing;
	struct security_peer *(*connect)(void *arg, char *why, size_t why_size);
	void (*said)(void *arg);
	void (*finished)(void *arg);
	void *arg;
	struct security_peer *peer;
	struct index_session *index;
	struct tape_session *tape;
	struct extract extract;
	struct extract compare;
	struct loop_timer next;
	size_t at;
	int output;
	bool tape_done;
	char error[600];
};

int recover_begin(struct recover *recover);
void recover_free(struct recover *recover);

#endif /* AMREF_RECOVER_H */

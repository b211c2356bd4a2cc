/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's side of a dump, as Amanda's dumper has it: ask a client for
 * sendbackup, take its streams, keep what comes, and believe it only if the sums
 * agree.
 */
#ifndef AMREF_DUMP_H
#define AMREF_DUMP_H

#include "channel.h"
#include "digest.h"
#include "progress.h"
#include "store.h"
#include "talk.h"

/**
 * struct dump_options - what to dump, and where to
 * @host: name of the client, for the records
 * @disk: its folder
 * @config: as amanda.conf's folder would be called
 * @store: root of the store; NULL: the data is only checked
 * @encrypt: program that the client runs; NULL: none
 * @compress: the client compresses with gzip
 * @level: 0: full
 * @index: ask for one
 * @sha: compare SHA-256, too; Amanda has no such sum
 * @idle: milliseconds without a byte until it is given up
 */
struct dump_options {
	const char *host;
	const char *disk;
	const char *config;
	const char *store;
	const char *encrypt;
	bool compress;
	int level;
	bool index;
	bool sha;
	unsigned int idle;
};

enum { DUMP_DATA, DUMP_MESG, DUMP_INDEX, DUMP_STATE, DUMP_STREAMS };

/**
 * struct dump - one dump; zero it before the first use
 * @talk: with the client; its error says why the dump failed
 * @record: what is known of it, and where it is kept
 * @verified: which sums agreed, in words; empty where the client sent none
 * @seconds: how long the streams were there
 * @strange: messages that are nothing usual
 */
struct dump {
	struct talk talk;
	const struct dump_options *options;
	struct channel stream[DUMP_STREAMS];
	int file[DUMP_STREAMS];
	struct store_dump record;
	struct digest sum;
	struct progress progress;
	void (*finished)(void *arg);
	void *arg;
	char sha256[DIGEST_SHA_TEXT];
	char verified[64];
	double seconds;
	unsigned int strange;
	bool got_size;
	bool got_end;
};

int dump_begin(struct dump *dump, struct loop *loop, struct security_peer *peer,
	       const struct request_timing *timing, const struct dump_options *options,
	       void (*finished)(void *arg), void *arg);
void dump_free(struct dump *dump);
void dump_message(struct dump *dump, const char *line);

#endif /* AMREF_DUMP_H */

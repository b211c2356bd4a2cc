/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ruleset from a file or from the running kernel, as its own loader and the
 * kernel understand it.
 */
#ifndef RULESET_LOAD_H
#define RULESET_LOAD_H

#include "ruleset/ruleset.h"

enum dialect {
	DIALECT_GUESS,
	DIALECT_NFT,
	DIALECT_IPTABLES,	/* iptables-save */
	DIALECT_IP6TABLES,
	DIALECT_IPSET,		/* ipset save */
};

/* A longer text takes longer to load than anybody waits: it is refused. */
#define RULESET_TEXT_MOST	((size_t)64 << 20)

/**
 * struct source - where a ruleset comes from
 * @dialect: its language
 * @path: the file, as messages shall name it; "-": standard input
 * @text: the file's bytes, with a NUL behind
 * @length: how many
 */
struct source {
	enum dialect dialect;
	const char *path;
	const char *text;
	size_t length;
};

/**
 * struct load_options - what shall be there beside
 * @interfaces: made as dummies, beside those that the sources name
 * @interface_count: entries of @interfaces
 * @seconds: a loader that takes longer is ended
 */
struct load_options {
	const char *const *interfaces;
	size_t interface_count;
	unsigned int seconds;
};

int ruleset_load(struct ruleset *ruleset, const struct source *sources, size_t count,
		 const struct load_options *options, FILE *errors);
int ruleset_load_live(struct ruleset *ruleset, FILE *errors);
int ruleset_put(const struct source *sources, size_t count,
		const struct load_options *options);
void ruleset_free(struct ruleset *ruleset);

#endif /* RULESET_LOAD_H */

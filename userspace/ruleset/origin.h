/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which line of which file a rule came from.
 *
 * The kernel does not keep that.  But it keeps the order of rules, so the rules
 * of the text are counted chain by chain.  Where the count is not the kernel's, as
 * after commands that delete rules by handle, a chain has no lines.
 */
#ifndef RULESET_ORIGIN_H
#define RULESET_ORIGIN_H

#include "ruleset/load.h"

/**
 * struct origin - where one rule is
 * @path: file
 * @line: its first
 * @text: of the rule, as in the file
 * @length: of @text
 */
struct origin {
	const char *path;
	unsigned int line;
	const char *text;
	size_t length;
};

/* Where a chain is: family, table and name. */
struct chain_name {
	int family;
	const char *table;
	size_t table_length;
	const char *chain;
	size_t chain_length;
};

/* A position among the rules of a chain. */
#define ORIGIN_END	SIZE_MAX

struct origins;

int origin_find(struct ruleset *ruleset, const struct source *sources, size_t count);
int origin_add(struct origins *origins, const struct chain_name *chain,
	       const struct origin *origin, size_t position);
bool origin_anonymous(struct origins *origins, struct chain_name *name);
void origin_forget(struct origins *origins, const struct chain_name *chain);
int origin_xtables(struct origins *origins, const struct source *source, int family);
int origin_nft(struct origins *origins, const struct source *source);
struct arena *origin_arena(const struct origins *origins);

#endif /* RULESET_ORIGIN_H */

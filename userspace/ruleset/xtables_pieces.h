/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump of iptables, cut into transactions that an unprivileged user may send.
 */
#ifndef RULESET_XTABLES_PIECES_H
#define RULESET_XTABLES_PIECES_H

#include <stdio.h>

#include "ruleset/load.h"

/**
 * struct xtables_pieces - the dump as it is given to its loader
 * @text: to give back with free()
 * @length: of it
 * @origin: of each line of @text, the line of the dump
 * @lines: of @text
 */
struct xtables_pieces {
	char *text;
	size_t length;
	unsigned int *origin;
	size_t lines;
};

int xtables_cut(struct xtables_pieces *pieces, const struct source *source, size_t most);
void xtables_pieces_free(struct xtables_pieces *pieces);

#endif /* RULESET_XTABLES_PIECES_H */

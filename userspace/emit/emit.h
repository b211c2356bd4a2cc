/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs: one file and one row of a table for each.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include <stdio.h>

#include "emit/plan.h"

/**
 * struct ruleset_format - a language that rules can be written in
 * @name: as --format names it
 * @write: writes the rules of one machine
 */
struct ruleset_format {
	const char *name;
	int (*write)(const struct plan *plan, FILE *out);
};

/**
 * struct flows_format - a form that flows can be shown in
 * @name: as --format names it
 * @write: writes those that touch one machine, or all where @host is NULL
 */
struct flows_format {
	const char *name;
	int (*write)(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
};

const struct ruleset_format *ruleset_format_find(const char *name);
const char *ruleset_format_names(void);
const struct flows_format *flows_format_find(const char *name);
const char *flows_format_names(void);

int nft_write(const struct plan *plan, FILE *out);
int flows_text_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
int flows_json_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
int flows_dot_write(const struct flows *flows, const struct site *site,
		    const struct host *host, FILE *out);

#endif /* EMIT_EMIT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a format writes for a site, as one text.
 */
#ifndef UNIT_WRITTEN_H
#define UNIT_WRITTEN_H

#include <stddef.h>

#include "emit/plan.h"

/**
 * struct written_for - for whom a format is to write
 * @site: text of the site file
 * @host: the machine
 * @format: name of the format
 * @options: of the rules
 * @renamed: a name that every host gets behind the back of the site's reader;
 *	NULL: they keep theirs
 * @err: what the format has to return
 */
struct written_for {
	const char *site;
	const char *host;
	const char *format;
	const struct plan_options *options;
	const char *renamed;
	int err;
};

char *written(const struct written_for *wanted);
void text_has(const char *text, const char *const has[], size_t count);
void text_lacks(const char *text, const char *const lacks[], size_t count);
size_t text_count(const char *text, const char *what);

#endif /* UNIT_WRITTEN_H */

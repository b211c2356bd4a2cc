/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site file.
 */
#ifndef IMPORT_WRITE_H
#define IMPORT_WRITE_H

#include "import/advice.h"

/**
 * struct report - all that a site file is written from
 * @config: name of the configuration
 * @amanda: Amanda's answers
 * @machines: the machines
 * @advice: the warnings
 */
struct report {
	const char *config;
	const struct amanda *amanda;
	const struct machines *machines;
	const struct advice *advice;
};

void site_write(const struct report *report, FILE *out);

#endif /* IMPORT_WRITE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is going to fail, or will surprise, at a site as Amanda describes it.
 */
#ifndef IMPORT_ADVICE_H
#define IMPORT_ADVICE_H

#include "import/machine.h"

/**
 * struct advice - warnings
 * @text: each one line without an end, in printable ASCII
 * @count: entries of @text
 * @failed: there was no memory for some
 */
struct advice {
	char **text;
	size_t count;
	bool failed;
};

void advise(struct advice *advice, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));
void advice_free(struct advice *advice);

void advise_machines(struct advice *advice, const struct amanda *amanda,
		     const struct machines *machines);
void advise_ports(struct advice *advice, const struct amanda *amanda,
		  const struct machines *machines);
void advise_waits(struct advice *advice, const struct amanda *amanda,
		  const struct machines *machines);

/* What the site file says, and the advice too. */
bool ranges_meet(struct range a, struct range b);
const struct auth *machine_auth(const struct machine *machine);
uint16_t machine_port(const struct machine *machine);
unsigned int machine_dumps(const struct machine *machine);
unsigned int estimate_seconds(const struct amanda *amanda, const struct machines *machines,
			      const struct machine **longest);

#endif /* IMPORT_ADVICE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of a network namespace.
 */
#ifndef RULESET_LINKS_H
#define RULESET_LINKS_H

#include "ruleset/dump.h"

int link_make(const char *name);
int links_read(struct ruleset *ruleset, struct dump *dump, int route);

#endif /* RULESET_LINKS_H */

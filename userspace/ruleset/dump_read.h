/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what nf_tables has in a network namespace.
 */
#ifndef RULESET_DUMP_READ_H
#define RULESET_DUMP_READ_H

#include "ruleset/dump.h"

int dump_read(struct ruleset *ruleset, struct dump *dump, int netfilter, int route);
void dump_free(struct dump *dump);

#endif /* RULESET_DUMP_READ_H */

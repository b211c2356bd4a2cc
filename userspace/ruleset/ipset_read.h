/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the sets of ipset in a network namespace.
 */
#ifndef RULESET_IPSET_READ_H
#define RULESET_IPSET_READ_H

#include "ruleset/dump.h"

int ipset_read(struct ruleset *ruleset, struct dump *dump, int netfilter);

#endif /* RULESET_IPSET_READ_H */

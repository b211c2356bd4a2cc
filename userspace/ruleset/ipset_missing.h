/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of ipset that rules name and no file describes.
 */
#ifndef RULESET_IPSET_MISSING_H
#define RULESET_IPSET_MISSING_H

#include "ruleset/dump.h"
#include "ruleset/load.h"

int ipset_make_missing(const struct source *sources, size_t count);
int ipset_doubt_missing(struct ruleset *ruleset, const struct dump *dump,
			const struct source *sources, size_t count);

#endif /* RULESET_IPSET_MISSING_H */

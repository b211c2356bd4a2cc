/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts of rules that come from no file.
 */
#ifndef RULESET_TEXTS_H
#define RULESET_TEXTS_H

#include "ruleset/ruleset.h"
#include "ruleset/sandbox.h"

int texts_fill(struct ruleset *ruleset, const struct sandbox *sandbox);

#endif /* RULESET_TEXTS_H */

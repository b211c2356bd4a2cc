/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which language a ruleset is written in.
 */
#ifndef RULESET_DIALECT_H
#define RULESET_DIALECT_H

#include "ruleset/load.h"

enum dialect source_dialect(const struct source *source);

#endif /* RULESET_DIALECT_H */

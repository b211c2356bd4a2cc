/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which language a ruleset is written in.
 */
#ifndef RULESET_DIALECT_H
#define RULESET_DIALECT_H

#include "ruleset/load.h"

enum dialect dialect_guess(const char *text, size_t length);

#endif /* RULESET_DIALECT_H */

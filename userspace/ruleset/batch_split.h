/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending a big transaction of nf_tables as several small ones.
 */
#ifndef RULESET_BATCH_SPLIT_H
#define RULESET_BATCH_SPLIT_H

#include <stdbool.h>

void batch_split_allow(bool allow);
bool batch_split_failed(void);
bool batch_split_committed(void);

#endif /* RULESET_BATCH_SPLIT_H */

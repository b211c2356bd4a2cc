/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a transfer is, on standard error where that is a terminal. */
#ifndef AMREF_PROGRESS_H
#define AMREF_PROGRESS_H

#include <stdbool.h>

#include "loop.h"

/**
 * struct progress - a line that is drawn anew; zero it before the first use
 * @total: bytes to come; 0: not known
 * @done: bytes so far; the owner counts
 */
struct progress {
	struct loop *loop;
	struct loop_timer timer;
	const char *what;
	uint64_t began;
	uint64_t total;
	uint64_t done;
	bool shown;
};

void progress_begin(struct progress *progress, struct loop *loop, const char *what);
void progress_end(struct progress *progress);
double progress_rate(const struct progress *progress);
double progress_seconds(const struct progress *progress);

#endif /* AMREF_PROGRESS_H */

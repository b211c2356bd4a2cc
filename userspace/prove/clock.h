/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long something takes.
 */
#ifndef PROVE_CLOCK_H
#define PROVE_CLOCK_H

#include <time.h>

static inline long clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif /* PROVE_CLOCK_H */

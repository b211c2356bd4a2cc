/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file for the textfile collector of Prometheus.
 */
#ifndef MONITOR_METRICS_H
#define MONITOR_METRICS_H

#include <stdio.h>

#include "monitor/counters.h"
#include "monitor/table.h"

/**
 * struct metrics - what is in it
 * @state: of the table
 * @loaded: there is a helper
 * @counters: of the helper; empty: it is not this project's
 * @overruns: how often events did not fit
 * @missed: how many did not
 * @now: time, of the clock of the table
 * @written: time of day, seconds
 */
struct metrics {
	struct table_state state;
	bool loaded;
	struct counters counters;
	uint64_t overruns;
	uint64_t missed;
	int64_t now;
	double written;
};

void metrics_print(const struct metrics *metrics, FILE *out);
int metrics_save(const struct metrics *metrics, const char *path);

#endif /* MONITOR_METRICS_H */

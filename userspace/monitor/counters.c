// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this project's helper counts: see kernel/amanda_stats.c.
 */
#include "monitor/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/**
 * counters_read() - read them all
 * @counters: filled in; empty where there are none
 *
 * Return: false where this project's helper is not loaded.
 */
bool counters_read(struct counters *counters)
{
	struct counter *counter;
	FILE *file = fopen(COUNTERS_PATH, "re");

	counters->count = 0;
	if (!file)
		return false;
	while (counters->count < COUNTERS_MOST) {
		counter = &counters->list[counters->count];
		if (fscanf(file, "%39s %" SCNu64, counter->name, &counter->value) != 2)
			break;
		counters->count++;
	}
	fclose(file);
	return true;
}

/**
 * counters_find() - one of them
 * @counters: all
 * @name: of the one
 *
 * Return: its value; 0 where there is none.
 */
uint64_t counters_find(const struct counters *counters, const char *name)
{
	size_t i;

	for (i = 0; i < counters->count; i++)
		if (!strcmp(counters->list[i].name, name))
			return counters->list[i].value;
	return 0;
}

/**
 * helper_is_loaded() - is there a helper, of whichever kind?
 *
 * Return: true where there is.
 */
bool helper_is_loaded(void)
{
	return !access(HELPER_MODULE, F_OK) || !access(COUNTERS_PATH, R_OK);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Latencies, counted in buckets: below LOAD_STEPS nanoseconds one for each
 * value, above that LOAD_STEPS for each power of two.
 */
#include "load.h"

static unsigned int bucket_of(uint64_t value)
{
	unsigned int octave;

	if (value < LOAD_STEPS)
		return value;
	octave = 63 - __builtin_clzll(value) - __builtin_ctz(LOAD_STEPS);
	if (octave >= LOAD_OCTAVES - 1)
		return LOAD_OCTAVES * LOAD_STEPS - 1;
	return (octave + 1) * LOAD_STEPS + (value >> octave) - LOAD_STEPS;
}

/* The largest value that falls into a bucket. */
static uint64_t bucket_end(unsigned int bucket)
{
	unsigned int octave = bucket / LOAD_STEPS;
	uint64_t step = bucket % LOAD_STEPS;

	if (!octave)
		return step;
	return ((LOAD_STEPS + step + 1) << (octave - 1)) - 1;
}

/**
 * load_latency_add() - count one latency
 * @latency: zeroed before the first
 * @nanoseconds: how long it was
 */
void load_latency_add(struct load_latency *latency, uint64_t nanoseconds)
{
	latency->count++;
	if (nanoseconds > latency->most)
		latency->most = nanoseconds;
	latency->bucket[bucket_of(nanoseconds)]++;
}

/**
 * load_latency_at() - a percentile
 * @latency: what was counted
 * @share: 0 to 1; 0.99 is the latency that 99 of 100 do not exceed
 *
 * Return: nanoseconds, at most 1/LOAD_STEPS too high; 0 where nothing was counted.
 */
uint64_t load_latency_at(const struct load_latency *latency, double share)
{
	uint64_t wanted = share * latency->count, seen = 0, end;
	unsigned int i;

	if (!latency->count)
		return 0;
	if (wanted >= latency->count)
		return latency->most;
	for (i = 0; i < LOAD_OCTAVES * LOAD_STEPS; i++) {
		seen += latency->bucket[i];
		if (seen > wanted)
			break;
	}
	end = bucket_end(i);
	return end < latency->most ? end : latency->most;
}

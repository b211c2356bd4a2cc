// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which flows of a large site are tried: all of some pairs of machines, which are
 * spread evenly over the site file.
 */
#include <errno.h>
#include <stdlib.h>

#include "amfwctl/prove.h"

static bool same_pair(const struct flow *a, const struct flow *b)
{
	return (a->initiator == b->initiator && a->responder == b->responder) ||
	       (a->initiator == b->responder && a->responder == b->initiator);
}

/* Flows between two machines follow one another: flow.h. */
static size_t pair_length(const struct flows *flows, size_t first)
{
	size_t i = first;

	while (i < flows->count && same_pair(&flows->flow[i], &flows->flow[first]))
		i++;
	return i - first;
}

static size_t touching(const struct flows *flows, size_t first, size_t length,
		       const struct host *host)
{
	size_t i, count = 0;

	for (i = first; i < first + length; i++)
		count += flow_touches(&flows->flow[i], host);
	return count;
}

static size_t count_pairs(const struct flows *flows, const struct host *host)
{
	size_t i, length, pairs = 0;

	for (i = 0; i < flows->count; i += length) {
		length = pair_length(flows, i);
		pairs += touching(flows, i, length, host) > 0;
	}
	return pairs;
}

/* So many of the first @number pairs are tried. */
static size_t chosen_of(size_t number, size_t pairs, size_t most)
{
	return pairs <= most ? number : number * most / pairs;
}

/**
 * sample_make() - choose
 * @sample: to fill; sample_free() it whatever is returned
 * @flows: of the site
 * @host: the machine
 * @most: pairs
 *
 * Return: 0 or -ENOMEM.
 */
int sample_make(struct sample *sample, const struct flows *flows, const struct host *host,
		size_t most)
{
	size_t i, j, length, touched, number = 0;

	*sample = (struct sample) { .pairs = count_pairs(flows, host) };
	sample->chosen = calloc(flows->count + 1, sizeof(*sample->chosen));
	if (!sample->chosen)
		return -ENOMEM;
	for (i = 0; i < flows->count; i += length) {
		length = pair_length(flows, i);
		touched = touching(flows, i, length, host);
		sample->flows += touched;
		if (!touched || chosen_of(number, sample->pairs, most) ==
				chosen_of(number + 1, sample->pairs, most)) {
			number += touched > 0;
			continue;
		}
		number++;
		sample->tried_pairs++;
		sample->tried_flows += touched;
		for (j = i; j < i + length; j++)
			sample->chosen[j] = flow_touches(&flows->flow[j], host);
	}
	return 0;
}

/**
 * sample_free() - give the memory back
 * @sample: it
 */
void sample_free(struct sample *sample)
{
	free(sample->chosen);
	sample->chosen = NULL;
}

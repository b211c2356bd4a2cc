// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which packet of one capture is which of another: see replay_pairs.h.  NAT changes
 * addresses, ports and, in an answer, numbers behind its first line; it keeps the IPv4
 * identification, the first line and TCP's sequence numbers.
 */
#include "amfwctl/replay_pairs.h"

#include <stdlib.h>
#include <string.h>

/* Forwarding takes no longer, and clocks of two machines are hardly further apart. */
#define WAIT	1000000000LL

static size_t first_line(const struct packet *packet)
{
	const uint8_t *end = memchr(packet->data, '\n', packet->captured);

	return end ? (size_t)(end - packet->data) : packet->captured;
}

static bool same_data(const struct packet *one, const struct packet *other)
{
	size_t line;

	if (one->protocol == IPPROTO_TCP)
		return one->tcp.sequence == other->tcp.sequence &&
		       one->tcp.flags == other->tcp.flags;
	line = first_line(one);
	return line == first_line(other) && !memcmp(one->data, other->data, line);
}

static bool same(const struct packet *one, const struct packet *other)
{
	return one->point != other->point && one->protocol == other->protocol &&
	       one->ip_id == other->ip_id && llabs(one->time - other->time) < WAIT &&
	       same_data(one, other);
}

static bool keep(struct packet *kept, const struct packet *packet)
{
	size_t bytes = packet->captured + packet->behind;
	uint8_t *data = malloc(bytes + 1);

	if (!data)
		return false;
	if (bytes)
		memcpy(data, packet->data, bytes);
	*kept = *packet;
	kept->data = data;
	return true;
}

/* Forwarding lowers the TTL. */
static bool note_twin(struct pair *pair, const struct packet *packet)
{
	struct packet first = pair->in;

	if (packet->ttl <= first.ttl) {
		pair->out = *packet;
	} else if (keep(&pair->in, packet)) {
		pair->out = first;
		free((void *)first.data);
	} else {
		return false;
	}
	pair->out.data = NULL;
	pair->left = true;
	return true;
}

/**
 * pairs_add() - a packet has been captured
 * @pairs: with room: none is due
 * @packet: it
 *
 * Return: false where there is no memory.
 */
bool pairs_add(struct pairs *pairs, const struct packet *packet)
{
	struct pair *pair;
	unsigned int i;

	for (i = 0; i < pairs->count; i++) {
		pair = &pairs->pair[(pairs->first + i) % PAIRS_MAX];
		if (!pair->left && same(&pair->in, packet))
			return note_twin(pair, packet);
	}
	pair = &pairs->pair[(pairs->first + pairs->count) % PAIRS_MAX];
	pair->left = false;
	if (!keep(&pair->in, packet))
		return false;
	pairs->count++;
	return true;
}

/**
 * pairs_due() - which packet waits no longer?
 * @pairs: those that wait
 * @now: time of the captures; INT64_MAX at their end
 *
 * Return: the oldest, to be given to pairs_drop(); NULL where none is due.
 */
struct pair *pairs_due(struct pairs *pairs, int64_t now)
{
	struct pair *oldest = &pairs->pair[pairs->first];

	if (!pairs->count ||
	    (pairs->count < PAIRS_MAX && now != INT64_MAX && llabs(now - oldest->in.time) < WAIT))
		return NULL;
	return oldest;
}

/**
 * pairs_drop() - forget the oldest
 * @pairs: of these
 */
void pairs_drop(struct pairs *pairs)
{
	free((void *)pairs->pair[pairs->first].in.data);
	pairs->first = (pairs->first + 1) % PAIRS_MAX;
	pairs->count--;
}

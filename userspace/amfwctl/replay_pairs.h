/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of captures of both sides of a gateway: each as it came, and as it left.
 */
#ifndef AMFWCTL_REPLAY_PAIRS_H
#define AMFWCTL_REPLAY_PAIRS_H

#include "replay/packet.h"

/* How many wait for their second sighting; of the largest datagrams 16 MB. */
#define PAIRS_MAX	256

/**
 * struct pair - a packet on its way through the gateway
 * @in: as it came; its data is in memory of its own
 * @out: as it left; its data is not kept
 * @left: it has been seen as it left
 */
struct pair {
	struct packet in;
	struct packet out;
	bool left;
};

/**
 * struct pairs - those that wait
 * @pair: a ring
 * @first: the oldest
 * @count: how many
 */
struct pairs {
	struct pair pair[PAIRS_MAX];
	unsigned int first;
	unsigned int count;
};

bool pairs_add(struct pairs *pairs, const struct packet *packet);
struct pair *pairs_due(struct pairs *pairs, int64_t now);
void pairs_drop(struct pairs *pairs);

#endif /* AMFWCTL_REPLAY_PAIRS_H */

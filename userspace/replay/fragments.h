/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments of IP put together, as the gateway's kernel does.
 */
#ifndef REPLAY_FRAGMENTS_H
#define REPLAY_FRAGMENTS_H

#include "replay/capture_ip.h"

/* What became of a fragment. */
enum fragment {
	FRAGMENT_KEPT,		/* others are still to come; or it is a copy */
	FRAGMENT_LAST,		/* of its packet: which is whole now */
	FRAGMENT_BROKEN,	/* what it says of its place cannot be */
	FRAGMENT_OVERLAPS,	/* its packet is dropped */
};

struct fragments;

struct fragments *fragments_new(uint64_t *incomplete);
enum fragment fragments_add(struct fragments *fragments, struct ip_head *head,
			    struct octets *octets, struct packet *packet);
void fragments_end(struct fragments *fragments);
void fragments_free(struct fragments *fragments);

#endif /* REPLAY_FRAGMENTS_H */

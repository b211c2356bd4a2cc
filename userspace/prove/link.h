/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links, addresses, routes and neighbours of the network namespace one is in.
 * All return 0 or -errno.
 */
#ifndef PROVE_LINK_H
#define PROVE_LINK_H

#include "flow/address.h"

/* The address of a network card. */
struct mac {
	uint8_t byte[6];
};

int link_pair(const char *name, const struct mac *mac, const char *peer, int peer_ns);
int link_bridge(const char *name);
int link_join(const char *name, const char *bridge);
int link_up(const char *name);
bool link_runs(const char *name);
int link_address(const char *name, const struct address *address);
int link_route(const char *name, const struct address *to, const struct address *via,
	       const struct address *from);
int link_neighbour(const char *name, const struct address *address, const struct mac *mac);

#endif /* PROVE_LINK_H */

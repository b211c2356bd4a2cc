/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, addresses and routes of the network namespace one is in. */
#ifndef SELFTESTS_RTNL_H
#define SELFTESTS_RTNL_H

void rtnl_veth(const char *name, const char *peer, int peer_ns);
void rtnl_up(const char *name);
void rtnl_wait(const char *name);
void rtnl_mtu(const char *name, unsigned int mtu);
void rtnl_address(const char *name, const char *address);
void rtnl_default_route(const char *gateway);
void link_checksums(const char *name);

#endif /* SELFTESTS_RTNL_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question to the kernel and its answers.
 */
#ifndef RULESET_NETLINK_H
#define RULESET_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <unistd.h>

#include "ruleset/space.h"

/* Called for each message of an answer; a negative result ends the reading. */
typedef int (*netlink_take)(const struct nlmsghdr *header, void *data);

bool netlink_whole(const struct nlmsghdr *header, size_t length);
struct nlmsghdr *netlink_next(struct nlmsghdr *header, size_t *length);
int netlink_ask(int fd, struct nlmsghdr *request, netlink_take take, void *data);
char *arena_text(struct arena *arena, const char *text);
char *arena_bytes(struct arena *arena, const char *bytes, size_t length);

#endif /* RULESET_NETLINK_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace that is thrown away, in which loaders run.
 */
#ifndef RULESET_SANDBOX_H
#define RULESET_SANDBOX_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct sandbox - the namespace; it lives as long as one of the sockets
 * @netfilter: NETLINK_NETFILTER socket inside
 * @route: NETLINK_ROUTE socket inside
 */
struct sandbox {
	int netfilter;
	int route;
};

/**
 * struct sandbox_work - what is done inside, in a process of its own
 * @run: does it: prints errors to stderr and returns 0 or -1
 * @data: for @run
 * @seconds: that it may take
 */
struct sandbox_work {
	int (*run)(void *data);
	void *data;
	unsigned int seconds;
};

int sandbox_open(struct sandbox *sandbox, const struct sandbox_work *work, FILE *errors);
void sandbox_close(struct sandbox *sandbox);

#endif /* RULESET_SANDBOX_H */

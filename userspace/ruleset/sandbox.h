/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace that is thrown away, in which loaders run.
 */
#ifndef RULESET_SANDBOX_H
#define RULESET_SANDBOX_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct sandbox - the namespace; it lives as long as one of these
 * @netfilter: NETLINK_NETFILTER socket inside
 * @route: NETLINK_ROUTE socket inside
 * @network: the namespace itself
 * @user: the user namespace that it belongs to
 */
struct sandbox {
	int netfilter;
	int route;
	int network;
	int user;
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
bool sandbox_enter(const struct sandbox *sandbox);
void sandbox_close(struct sandbox *sandbox);

#endif /* RULESET_SANDBOX_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a packet through one machine: hooks in order, chains by priority,
 * connection tracking and translation between them.
 */
#ifndef RULESET_PATH_H
#define RULESET_PATH_H

#include <sys/socket.h>

#include "ruleset/evaluate.h"

/**
 * struct local_address - an address of the machine
 * @family: AF_INET or AF_INET6
 * @value: the address
 * @interface: number of its interface in the ruleset's names; 0: not known
 */
struct local_address {
	int family;
	__uint128_t value;
	size_t interface;
};

/**
 * struct world - what surrounds the ruleset
 * @addresses: of the machine
 * @address_count: entries of @addresses
 * @lo: number of the loopback interface
 */
struct world {
	const struct local_address *addresses;
	size_t address_count;
	size_t lo;
};

/**
 * struct passage - one kind of packet at one machine
 * @version: of IP
 * @made_here: enters at OUTPUT, not at PREROUTING
 * @box: the packets as they enter: addresses, protocol, ports, interfaces
 *	(FIELD_OIF as far as known), and what connection tracking knows of them
 *	(state, direction, helper)
 * @first: the first packet of a connection: nat chains see it
 * @master: for a connection that a helper expected: what was done to the
 *	connection that announced it, which is done to it too; or NULL
 */
struct passage {
	enum protocol_version version;
	bool made_here;
	struct box box;
	bool first;
	const struct effects *master;
};

/**
 * struct fate - what became of some of the packets
 * @box: they; as they leave the machine, or reach its sockets
 * @verdict: as of struct ending
 * @rule: the rule that decided; NULL where no rule did
 * @chain: where, or the chain whose policy decided; NULL where no chain minds
 * @hook: the hook that was reached last
 */
struct fate {
	struct box box;
	enum verdict verdict;
	const struct rule *rule;
	const struct chain *chain;
	unsigned int hook;
};

struct fates {
	struct fate *fate;
	size_t count;
	size_t room;
};

/* Called for each rule met, as evaluation's @met. */
struct watcher {
	void (*met)(void *data, const struct rule *rule, const struct box *reached,
		    const struct boxes *matched);
	void *data;
};

int path_run(const struct ruleset *ruleset, const struct world *world, struct arena *arena,
	     const struct passage *passage, const struct watcher *watcher, struct fates *fates);
void fates_free(struct fates *fates);

#endif /* RULESET_PATH_H */

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
 * struct translation - what a connection's translation makes of one direction
 * @daddr: at PREROUTING or OUTPUT; NULL: as it is
 * @dport: likewise
 * @saddr: at POSTROUTING or INPUT
 * @sport: likewise
 */
struct translation {
	const struct values *daddr;
	const struct values *dport;
	const struct values *saddr;
	const struct values *sport;
};

/**
 * struct passage - one kind of packet at one machine
 * @version: of IP
 * @made_here: enters at OUTPUT, not at PREROUTING
 * @box: the packets as they enter: addresses, protocol, ports, interfaces
 *	(FIELD_OIF as far as known), and what connection tracking knows of them
 *	(state, direction, helper)
 * @first: the first packet of a connection: nat chains see it, and helpers are
 *	attached
 * @translation: what is done to this connection already, without asking the nat
 *	chains; NULL: nothing, and they are asked if it is @first
 *
 * Fields that @box leaves open and that the machine knows are filled in: the
 * kind of the addresses, the interfaces of a packet that is made here, and what
 * follows from the state.
 */
struct passage {
	enum protocol_version version;
	bool made_here;
	struct box box;
	bool first;
	const struct translation *translation;
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One machine of a site as a network namespace.  Each of its interfaces is a TUN
 * device: what is written there has gone all its way when the call returns, so that
 * nobody has to wait for what will not come.
 */
#ifndef SELFTESTS_MUTANTS_MACHINE_H
#define SELFTESTS_MUTANTS_MACHINE_H

#include "flow/site.h"
#include "selftests/ruleset/laboratory.h"

#define SIDES_MOST	8
/* In the place of a side: the machine itself sends it. */
#define SIDE_HERE	SIZE_MAX

/**
 * struct side - one interface
 * @name: its name
 * @tun: the other end
 */
struct side {
	char name[INTERFACE_NAME_SIZE];
	int tun;
};

/**
 * struct machine - the namespace that this process is in
 * @host: whose
 * @lab: its sockets
 * @side: its interfaces
 * @sides: entries of @side
 * @side_of: of each of the host's addresses
 */
struct machine {
	const struct host *host;
	struct laboratory lab;
	struct side side[SIDES_MOST];
	size_t sides;
	size_t *side_of;
};

bool machine_possible(void);
void machine_open(struct machine *machine, const struct host *host);
void machine_rules(struct machine *machine);
void machine_flush(struct machine *machine);
size_t machine_side(const struct machine *machine, const struct address *peer);
bool machine_is(const struct machine *machine, bool six, __uint128_t address);
void machine_peer(struct machine *machine, const struct address *peer);
void machine_send(struct machine *machine, size_t side, const struct packet *packet,
		  const char *text, struct outcome *outcome);

__uint128_t address_number(const struct address *address);

#endif /* SELFTESTS_MUTANTS_MACHINE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine under test between two networks, and everybody else:
 *
 *	10.1.0.0/16, fd01::/32 --- l0 (machine) r0 --- all the rest
 */
#ifndef SELFTESTS_RULESET_LABORATORY_H
#define SELFTESTS_RULESET_LABORATORY_H

#include "selftests/ruleset/packet.h"

#define MACHINE_LEFT_4	"10.1.0.1"
#define MACHINE_RIGHT_4	"10.2.0.1"
#define MACHINE_LEFT_6	"fd01::1"
#define MACHINE_RIGHT_6	"fd02::1"

#define PROTOCOLS	4

/**
 * struct laboratory - two namespaces
 * @machine: descriptor of the machine's namespace
 * @others: of everybody else's
 * @link: packet sockets of the others, at either link
 * @receive: raw sockets of the machine: [IPv6][which protocol]
 * @send: raw sockets of the machine, by IPv6
 * @netlink: the machine's, to connection tracking
 * @frame_head: what stands before a packet that is sent to the machine, for each link
 */
struct laboratory {
	int machine;
	int others;
	int link[2];
	int receive[2][PROTOCOLS];
	int send[2];
	struct nfct_handle *entries;
	struct nfct_handle *expectations;
	uint8_t frame_head[2][12];
};

void laboratory_open(struct laboratory *lab);
void laboratory_close(struct laboratory *lab);
void laboratory_enter(const struct laboratory *lab, bool machine);
bool is_machine(bool six, __uint128_t address);
enum end route_of(bool six, __uint128_t address);
void laboratory_send(struct laboratory *lab, const struct packet *packets, size_t count,
		     struct outcome *outcomes);

/* The machine alone, for others who build what is around it. */
void laboratory_sockets(struct laboratory *lab);
void laboratory_send_out(const struct laboratory *lab, const struct packet *packet,
			 const uint8_t *bytes, size_t size);
void laboratory_drain_here(const struct laboratory *lab, const struct packet *packets,
			   size_t count, struct outcome *outcomes);

/* entries.c */
void entries_open(struct laboratory *lab);
void entries_flush(struct laboratory *lab);
bool entry_make(struct laboratory *lab, const struct packet *packet);

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* SELFTESTS_RULESET_LABORATORY_H */

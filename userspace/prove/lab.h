/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One machine of a site and all that it talks with, in network namespaces.
 */
#ifndef PROVE_LAB_H
#define PROVE_LAB_H

#include <stdio.h>

#include "flow/site.h"
#include "prove/link.h"

/**
 * struct lab_peer - an address that the machine talks with
 * @address: it
 * @network: its namespace
 */
struct lab_peer {
	struct address address;
	int network;
};

/**
 * struct lab - the namespaces
 * @host: the machine
 * @machine: its namespace
 * @wires: the namespace of what is between
 * @sides: of each of the machine's addresses: number of its interface here
 * @names: of each of these
 * @side_count: how many interfaces
 * @peers: who is around
 * @peer_count: entries in use
 * @peer_room: entries there is memory for
 */
struct lab {
	const struct host *host;
	int machine;
	int wires;
	size_t *sides;
	char (*names)[INTERFACE_NAME_SIZE];
	size_t side_count;
	struct lab_peer *peers;
	size_t peer_count;
	size_t peer_room;
};

int lab_open(struct lab *lab, const struct host *host, FILE *errors);
int lab_network(struct lab *lab, const struct address *address, FILE *errors);
int lab_ready(struct lab *lab, FILE *errors);
int lab_enter(int network);
int lab_speak_as(const struct lab *lab, const struct address *peer, const struct address *own);
void lab_forget(const struct lab *lab);
void lab_close(struct lab *lab);

#endif /* PROVE_LAB_H */

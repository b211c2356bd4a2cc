/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine that this runs on: its name, its addresses, its ways out.
 */
#ifndef IMPORT_OWN_H
#define IMPORT_OWN_H

#include <net/if.h>

#include "flow/address.h"

/**
 * struct own_address - one address of this machine
 * @address: with the length of its net
 * @interface: which has it
 * @used: some client sees this address
 */
struct own_address {
	struct address address;
	char interface[IF_NAMESIZE];
	bool used;
};

/**
 * struct own - this machine
 * @name: what it calls itself
 * @addresses: of it, without loopback's and those of a link
 * @count: entries of @addresses
 */
struct own {
	char name[256];
	struct own_address *addresses;
	size_t count;
};

int own_read(struct own *own);
void own_free(struct own *own);
bool own_has(const struct own *own, const struct address *address);
struct own_address *own_towards(const struct own *own, const struct address *peer);
struct own_address *own_default(const struct own *own, sa_family_t family);
bool own_router(struct address *router);

#endif /* IMPORT_OWN_H */

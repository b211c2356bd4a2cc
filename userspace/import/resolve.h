/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses of many names.
 */
#ifndef IMPORT_RESOLVE_H
#define IMPORT_RESOLVE_H

#include <stdbool.h>

#include "flow/address.h"

/**
 * struct lookup - one name
 * @name: the name
 * @address: its addresses, each once, in order
 * @count: entries of @address
 * @loopback: it means the machine itself
 * @why: why there is no address, or NULL
 */
struct lookup {
	const char *name;
	struct address *address;
	size_t count;
	bool loopback;
	const char *why;
};

int resolve_all(struct lookup *lookups, size_t count, sa_family_t family);
void resolve_numeric(struct lookup *lookup, sa_family_t family);
void lookup_free(struct lookup *lookup);

#endif /* IMPORT_RESOLVE_H */

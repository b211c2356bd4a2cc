/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines behind the names: Amanda may know one by several names, and
 * the server by none.
 */
#ifndef IMPORT_MACHINE_H
#define IMPORT_MACHINE_H

#include "flow/site.h"
#include "import/amanda.h"
#include "import/own.h"

/**
 * struct gateway - a gateway that the caller tells of
 * @name: what to call it
 * @address: its addresses, with the lengths of their nets
 * @count: entries of @address
 * @masquerade: what it hides others behind; family AF_UNSPEC for nothing
 */
struct gateway {
	char name[SITE_NAME_MAX + 1];
	struct address *address;
	size_t count;
	struct address masquerade;
};

/**
 * struct machine - one machine of the site
 * @name: for the site file; "" where the name fits none
 * @gateway: it is this gateway
 * @server: this machine itself
 * @client: Amanda makes backups of it
 * @known: what the disklist says of it, by all its names; the name is borrowed
 * @others: its other names in the disklist, with blanks between, or NULL
 * @address: its addresses
 * @count: entries of @address
 * @blank: its address is to be filled in by hand
 * @why: why it cannot stand in the site file, or NULL
 */
struct machine {
	char name[SITE_NAME_MAX + 1];
	const struct gateway *gateway;
	bool server;
	bool client;
	struct dle_host known;
	char *others;
	struct address *address;
	size_t count;
	bool blank;
	const char *why;
};

/**
 * struct machines - all of them
 * @list: the server first, then gateways, then the disklist's in its order
 * @count: entries of @list
 * @own: this machine
 * @interfaces: the server's interfaces can be told
 */
struct machines {
	struct machine *list;
	size_t count;
	struct own own;
	bool interfaces;
};

/**
 * struct finding - how the machines are found
 * @gateways: that the caller tells of
 * @gateway_count: entries of @gateways
 * @resolve: names are looked up
 */
struct finding {
	const struct gateway *gateways;
	size_t gateway_count;
	bool resolve;
};

int machines_find(struct machines *machines, const struct amanda *amanda,
		  const struct finding *finding);
void machines_free(struct machines *machines);

int gateway_spec_read(struct gateway *gateway, const char *text, FILE *errors);
void gateway_spec_free(struct gateway *gateway);

bool name_for_site(const char *name, char site_name[SITE_NAME_MAX + 1]);

#endif /* IMPORT_MACHINE_H */

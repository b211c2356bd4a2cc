/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disklist, as "amadmin CONF disklist" prints it: every disk with the
 * values that count for it.  What firewalls care about is kept by host.
 */
#ifndef IMPORT_DISKLIST_H
#define IMPORT_DISKLIST_H

#include <stdbool.h>
#include <stddef.h>

/* Amanda has eight security drivers; longer names are cut. */
#define DLE_AUTHS	10
#define DLE_AUTH_SIZE	16
/* A port as its number or its name. */
#define DLE_PORT_SIZE	40

/**
 * struct dle_auth - one auth of a host
 * @name: in small letters
 * @disks: how many disks use it
 */
struct dle_auth {
	char name[DLE_AUTH_SIZE];
	unsigned int disks;
};

/**
 * struct dle_host - what the disklist says of one host
 * @name: as written there, whatever bytes those are
 * @line: where the disklist names it first; 0 where Amanda does not tell
 * @disks: of the host, but for those to be ignored
 * @estimates: disks whose size the client is asked for
 * @auths: its auths, in the order they appear
 * @maxdumps: how many dumps may run at once
 * @index: some disk sends an index
 * @port: the client-port, or ""
 * @ports_differ: not all disks have the same
 */
struct dle_host {
	char *name;
	unsigned int line;
	unsigned int disks;
	unsigned int estimates;
	struct dle_auth auths[DLE_AUTHS];
	unsigned int maxdumps;
	bool index;
	char port[DLE_PORT_SIZE];
	bool ports_differ;
};

/**
 * struct disklist - all hosts
 * @hosts: in the order they appear
 * @count: entries of @hosts
 * @disks: of all of them
 */
struct disklist {
	struct dle_host *hosts;
	size_t count;
	unsigned int disks;
};

int disklist_read(struct disklist *list, const char *text, size_t length);
void disklist_free(struct disklist *list);
size_t dle_host_auths(const struct dle_host *host);
const struct dle_auth *dle_host_auth(const struct dle_host *host);
void dle_host_add(struct dle_host *host, const struct dle_host *more);

#endif /* IMPORT_DISKLIST_H */

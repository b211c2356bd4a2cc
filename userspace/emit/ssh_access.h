/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who logs in at a machine over ssh, from where, and to run what.
 */
#ifndef EMIT_SSH_ACCESS_H
#define EMIT_SSH_ACCESS_H

#include "emit/plan.h"

/* Services of amandad, as its command line names them, one bit each. */
enum service {
	SERVICE_AMDUMP = 1,	/* noop, selfcheck, sendsize, sendbackup */
	SERVICE_RESTORE = 2,
	SERVICE_DISCOVER = 4,
	SERVICE_INDEX = 8,
	SERVICE_TAPE = 16,
	SERVICE_DUMPD = 32,
	SERVICE_BACKUPD = 64,
	SERVICE_BACKUPPC = 128,	/* none of amandad's: a BackupPC server fetches files */
};

/**
 * struct ssh_visitor - a machine that logs in
 * @host: which
 * @services: enum service bits
 * @from: its addresses as they are seen here
 * @from_count: entries of @from
 */
struct ssh_visitor {
	const struct host *host;
	unsigned int services;
	struct address *from;
	size_t from_count;
};

/**
 * struct ssh_access - everybody who logs in at one machine
 * @visitors: they, in the order of the flows
 * @count: entries in use
 * @room: entries there is memory for
 */
struct ssh_access {
	struct ssh_visitor *visitors;
	size_t count;
	size_t room;
};

int ssh_access_of(const struct plan *plan, struct ssh_access *access);
void ssh_access_free(struct ssh_access *access);
void ssh_services_print(unsigned int services, FILE *out);
unsigned int ssh_service_of(const struct operation *operation);

/* Names that the files of several formats agree on. */
const char *ssh_amanda_user(const struct plan *plan);
#define SSH_BACKUPPC_USER	"backuppc"
#define SSH_BACKUPPC_COMMAND	"/usr/bin/rrsync -ro /"

#endif /* EMIT_SSH_ACCESS_H */

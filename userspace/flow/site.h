/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A site: who is where, what each machine does, and which ports its Amanda
 * was built or configured to use.
 */
#ifndef FLOW_SITE_H
#define FLOW_SITE_H

#include "flow/address.h"
#include "flow/text.h"

/* As long as the kernel lets a host name be. */
#define SITE_NAME_MAX	64

enum role {
	ROLE_SERVER = 1,	/* plans, dumps, holds tapes and indexes */
	ROLE_CLIENT = 2,	/* is backed up, and restores */
	ROLE_GATEWAY = 4,	/* forwards between the others */
	ROLE_BACKUPPC = 8,	/* a BackupPC server */
	ROLE_STORAGE = 16,	/* a tape service that Amanda's machines reach over the network */
};

struct auth;
struct preset;

/* The settings, in the order of struct settings. */
enum setting {
	SET_PRESET,
	SET_AUTH,
	SET_UDP,
	SET_TCP,
	SET_LOW_TCP,
	SET_CLIENT_PORT,
	SET_RECOVERY,
	SET_OLD_RECOVERY,
	SET_INDEX,
	SET_CLIENT_DUMP,
	SET_DIRECT_TCP,
	SET_BACKUPPC,
	SET_MAXDUMPS,
	SET_ETIMEOUT,
	SET_DTIMEOUT,
	SET_COUNT
};

/* How BackupPC fetches what it keeps: its XferMethod. */
enum backuppc {
	BACKUPPC_SSH = 1,	/* rsync or tar over ssh */
	BACKUPPC_RSYNCD = 2,
	BACKUPPC_SMB = 4,
};

/**
 * struct settings - what a host may have in common with its site
 * @given: bit n: the section itself says setting n
 * @ranged: the same bits: decided by the section's preset
 * @span: where each is written; a host's own, or the site's that it took over
 * @preset: how its Amanda was built; NULL: nothing is claimed about that
 * @auth: how Amanda's ends prove themselves
 * @udp: reserved-udp-port of amanda.conf
 * @tcp: unreserved-tcp-port
 * @low_tcp: reserved-tcp-port
 * @client_port: where amandad of this host listens
 * @recovery: restores are wanted too
 * @old_recovery: some are asked for by an amrecover of before 2.5.1
 * @index: dumps send an index
 * @client_dump: amdump_client may start a run from the client
 * @direct_tcp: dumps go from the client straight to a tape service
 * @backuppc: enum backuppc bits
 * @maxdumps: dumps of one client that may run at once
 * @etimeout: seconds that estimates may keep amandad from answering
 * @dtimeout: seconds that a dump may send nothing
 */
struct settings {
	unsigned int given;
	unsigned int ranged;
	struct span span[SET_COUNT];
	const struct preset *preset;
	const struct auth *auth;
	struct range udp;
	struct range tcp;
	struct range low_tcp;
	uint16_t client_port;
	bool recovery;
	bool old_recovery;
	bool index;
	bool client_dump;
	bool direct_tcp;
	unsigned int backuppc;
	unsigned int maxdumps;
	unsigned int etimeout;
	unsigned int dtimeout;
};

enum gateway_nat {
	GATEWAY_MASQUERADE,
	GATEWAY_FORWARD,
};

/**
 * struct nat - one translation that a gateway makes
 * @kind: which
 * @address: the gateway's own address that stands for another
 * @port: GATEWAY_FORWARD: the port that the initiator dials
 * @target: GATEWAY_FORWARD: whom it reaches, as an index into the site's hosts
 * @target_name: the same as written
 * @address_span: where @address is written
 * @target_span: where @target_name is written
 */
struct nat {
	enum gateway_nat kind;
	struct address address;
	uint16_t port;
	size_t target;
	char target_name[WORD_MAX + 1];
	struct span address_span;
	struct span target_span;
};

/* The names of the kernel's interfaces: IFNAMSIZ, the NUL included. */
#define INTERFACE_NAME_SIZE	16
/* An address of which the site does not say where it is. */
#define NO_INTERFACE		SIZE_MAX

/**
 * struct interface - one network interface of a host
 * @name: letters, digits, '.', '-', '_' only
 * @span: where it is written
 * @is_default: the default route leaves by it
 */
struct interface {
	char name[INTERFACE_NAME_SIZE];
	struct span span;
	bool is_default;
};

/**
 * struct holding - an address that an interface is said to have
 * @interface: index of the interface
 * @address: the address
 * @span: where it is written
 */
struct holding {
	size_t interface;
	struct address address;
	struct span span;
};

/**
 * struct host - one machine
 * @name: what the site file calls it; letters, digits, '.', '-', '_' only
 * @name_span: where it is written
 * @roles: enum role bits
 * @settings: its own where given, the site's otherwise
 * @address: its addresses
 * @address_span: where each is written
 * @address_interface: the interface of each, as an index; or NO_INTERFACE
 * @address_count: entries of these
 * @interfaces: its interfaces, if the site tells
 * @interface_count: entries of @interfaces
 * @holdings: the addresses of its interfaces as written
 * @holding_count: entries of @holdings
 * @nat: translations, for a gateway
 * @nat_count: entries of @nat
 */
struct host {
	char name[SITE_NAME_MAX + 1];
	struct span name_span;
	unsigned int roles;
	struct settings settings;
	struct address *address;
	struct span *address_span;
	size_t *address_interface;
	size_t address_count;
	struct interface *interfaces;
	size_t interface_count;
	struct holding *holdings;
	size_t holding_count;
	struct nat *nat;
	size_t nat_count;
};

/**
 * struct site - all of it
 * @settings: of the section [site]
 * @text: the file, to quote when something later is wrong with it
 * @hosts: the machines, in the order of the file
 * @host_count: entries of @hosts
 * @by_name: the same, sorted by name; NULL until the names have been checked
 */
struct site {
	struct text *text;
	struct settings settings;
	struct host *hosts;
	size_t host_count;
	const struct host **by_name;
};

int site_read(struct site *site, FILE *input, const char *name, FILE *errors);
void site_free(struct site *site);
const struct host *site_host(const struct site *site, const char *name);
void site_error(const struct site *site, struct span span, const char *format, ...)
	__attribute__((__format__(__printf__, 3, 4)));
bool settings_give(const struct settings *settings, enum setting setting);

/* The steps of site_read(). */
int site_parse(struct site *site);
int site_check(struct site *site);

#endif /* FLOW_SITE_H */

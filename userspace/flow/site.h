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
};

struct auth;

/* Which of the settings a section gives itself. */
enum setting {
	SET_AUTH = 1,
	SET_UDP = 2,
	SET_TCP = 4,
	SET_LOW_TCP = 8,
	SET_RECOVERY = 16,
	SET_INDEX = 32,
};

/**
 * struct settings - what a host may have in common with its site
 * @given: enum setting bits: what the section itself says
 * @auth: how Amanda's ends prove themselves
 * @udp: reserved-udp-port of amanda.conf
 * @tcp: unreserved-tcp-port
 * @low_tcp: reserved-tcp-port
 * @recovery: restores are wanted too
 * @index: dumps send an index
 */
struct settings {
	unsigned int given;
	const struct auth *auth;
	struct range udp;
	struct range tcp;
	struct range low_tcp;
	bool recovery;
	bool index;
};

enum nat_kind {
	NAT_MASQUERADE,
	NAT_FORWARD,
};

/**
 * struct nat - one translation that a gateway makes
 * @kind: which
 * @address: the gateway's own address that stands for another
 * @port: NAT_FORWARD: the port that the initiator dials
 * @target: NAT_FORWARD: whom it reaches, as an index into the site's hosts
 * @target_name: the same as written
 * @address_span: where @address is written
 * @target_span: where @target_name is written
 */
struct nat {
	enum nat_kind kind;
	struct address address;
	uint16_t port;
	size_t target;
	char target_name[WORD_MAX + 1];
	struct span address_span;
	struct span target_span;
};

/**
 * struct host - one machine
 * @name: what the site file calls it; letters, digits, '.', '-', '_' only
 * @name_span: where it is written
 * @roles: enum role bits
 * @settings: its own where given, the site's otherwise
 * @auth_span: where its own auth is written, if it is
 * @address: its addresses
 * @address_span: where each is written
 * @address_count: entries of both
 * @nat: translations, for a gateway
 * @nat_count: entries of @nat
 */
struct host {
	char name[SITE_NAME_MAX + 1];
	struct span name_span;
	unsigned int roles;
	struct settings settings;
	struct span auth_span;
	struct address *address;
	struct span *address_span;
	size_t address_count;
	struct nat *nat;
	size_t nat_count;
};

/**
 * struct site - all of it
 * @settings: of the section [site]
 * @auth_span: where its auth is written
 * @hosts: the machines, in the order of the file
 * @host_count: entries of @hosts
 */
struct site {
	struct settings settings;
	struct span auth_span;
	struct host *hosts;
	size_t host_count;
};

int site_read(struct site *site, FILE *input, const char *name, FILE *errors);
void site_free(struct site *site);
const struct host *site_host(const struct site *site, const char *name);

/* The steps of site_read(). */
int site_parse(struct site *site, struct text *text);
int site_check(struct site *site, struct text *text);

#endif /* FLOW_SITE_H */

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of flows: an operation says who starts it and which streams it
 * has, an auth how each of them crosses the network.  Their product is what
 * Amanda sends.
 */
#include <string.h>

#include "flow/flow.h"

#define SERVER	ROLE_SERVER
#define CLIENT	ROLE_CLIENT

const struct operation operations[] = {
	{ "amcheck", SERVER, CLIENT, false, { NULL },
	  "server-src/amcheck.c, start_host(): noop and selfcheck" },
	{ "planner", SERVER, CLIENT, false, { NULL },
	  "server-src/planner.c, getsize(): noop and sendsize" },
	{ "dumper", SERVER, CLIENT, false, { "DATA", "MESG", "INDEX", "STATE", NULL },
	  "client-src/sendbackup.c, main(): the CONNECT line" },
	{ "amfetchdump", SERVER, CLIENT, true, { "CTL", "DATA", "MESG", "STATE", NULL },
	  "perl/Amanda/FetchDump/ClientApplication.pm: the service restore" },
	{ "amrecover index", CLIENT, SERVER, true, { "MESG", NULL },
	  "server-src/amindexd.c, main(): the CONNECT line" },
	{ "amrecover tape", CLIENT, SERVER, true, { "CTL", "DATA", "STATE", NULL },
	  "recover-src/extract_list.c, amidxtaped_streams[]" },
};

const size_t operation_count = sizeof(operations) / sizeof(*operations);

static const struct auth auths[] = {
	{ "bsd", IPPROTO_UDP, PORTS_RESERVED_UDP, AMANDA_PORT, STREAMS_EACH, true, NULL,
	  "common-src/bsd-security.c, bsd_connect() and bsd_stream_client()" },
	{ "bsdudp", IPPROTO_UDP, PORTS_RESERVED_UDP, AMANDA_PORT, STREAMS_FIRST, true, NULL,
	  "common-src/bsdudp-security.c, tcp1_stream_client() of security-util.c" },
	{ "bsdtcp", IPPROTO_TCP, PORTS_RESERVED_TCP, AMANDA_PORT, STREAMS_INSIDE, false, NULL,
	  "common-src/bsdtcp-security.c, runbsdtcp()" },
	{ "ssl", IPPROTO_TCP, PORTS_UNRESERVED_TCP, AMANDA_PORT, STREAMS_INSIDE, false, NULL,
	  "common-src/ssl-security.c, runssl()" },
	{ "krb5", IPPROTO_TCP, PORTS_RESERVED_TCP, 10082, STREAMS_INSIDE, false, NULL,
	  "common-src/krb5-security.c, runkrb5() and AMANDA_KRB5_DEFAULT_PORT" },
	{ "ssh", IPPROTO_TCP, PORTS_ANY, 22, STREAMS_INSIDE, false, NULL,
	  "common-src/ssh-security.c, runssh()" },
	{ "local", IPPROTO_TCP, PORTS_ANY, 0, STREAMS_INSIDE, false, NULL,
	  "common-src/local-security.c, runlocal()" },
	{ "rsh", IPPROTO_TCP, PORTS_RESERVED_TCP, 514, STREAMS_INSIDE, false,
	  "auth rsh is not supported: rshd connects back to its caller; take ssh",
	  "common-src/rsh-security.c, runrsh()" },
};

/**
 * auth_find() - find an auth by its name
 * @name: as amanda.conf writes it
 *
 * Return: the row of the table, or NULL.
 */
const struct auth *auth_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(auths) / sizeof(*auths); i++)
		if (!strcmp(auths[i].name, name))
			return &auths[i];
	return NULL;
}

/**
 * auth_names() - the names of the auths that a site file may use
 *
 * Return: them, with ", " between.
 */
const char *auth_names(void)
{
	return "bsd, bsdudp, bsdtcp, ssl, krb5, ssh, local";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of flows: an operation says who starts it and which streams it
 * has, an auth how each of them crosses the network.  Their product is what
 * Amanda sends.  Some operations have a way of their own; BackupPC has no
 * other.
 */
#include <stddef.h>
#include <string.h>

#include "flow/flow.h"

#define SERVER		ROLE_SERVER
#define CLIENT		ROLE_CLIENT
#define STORAGE		ROLE_STORAGE
#define BACKUPPC	ROLE_BACKUPPC
#define ALWAYS		SET_COUNT

static const struct auth auths[] = {
	{
		.name = "bsd",
		.protocol = IPPROTO_UDP,
		.sport = PORTS_RESERVED_UDP,
		.port = AMANDA_PORT,
		.client_port = true,
		.streams = STREAMS_EACH,
		.stream_sport = PORTS_UNRESERVED_TCP,
		.stream_dport = PORTS_UNRESERVED_TCP,
		.helper = true,
		.reason = "common-src/bsd-security.c, bsd_connect() and bsd_stream_client()",
	}, {
		.name = "bsdudp",
		.protocol = IPPROTO_UDP,
		.sport = PORTS_RESERVED_UDP,
		.port = AMANDA_PORT,
		.client_port = true,
		.streams = STREAMS_FIRST,
		.stream_sport = PORTS_UNRESERVED_TCP,
		.stream_dport = PORTS_UNRESERVED_TCP,
		.helper = true,
		.reason = "common-src/bsdudp-security.c, tcp1_stream_client() of security-util.c",
	}, {
		.name = "bsdtcp",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_RESERVED_TCP,
		.port = AMANDA_PORT,
		.client_port = true,
		.reason = "common-src/bsdtcp-security.c, runbsdtcp()",
	}, {
		.name = "ssl",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_UNRESERVED_TCP,
		.port = AMANDA_PORT,
		.client_port = true,
		.reason = "common-src/ssl-security.c, runssl()",
	}, {
		.name = "krb5",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_RESERVED_TCP,
		.port = 10082,
		.reason = "common-src/krb5-security.c, runkrb5() and AMANDA_KRB5_DEFAULT_PORT",
	}, {
		.name = "ssh",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_ANY,
		.port = 22,
		.client_port = true,
		.reason = "common-src/ssh-security.c, runssh()",
	}, {
		/* rcmd(3) has rshd connect back, for what would be standard error. */
		.name = "rsh",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_RCMD,
		.port = 514,
		.streams = STREAMS_BACK,
		.stream_sport = PORTS_RCMD,
		.stream_dport = PORTS_RCMD,
		.reason = "common-src/rsh-security.c, runrsh(): rsh, so rcmd(3)",
	}, {
		.name = "local",
		.protocol = IPPROTO_TCP,
		.sport = PORTS_NONE,
		.reason = "common-src/local-security.c, runlocal()",
	},
};

/* /etc/services: amandaidx and amidxtape, each started by inetd. */
static const struct auth old_index = {
	.name = "amandaidx",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_RESERVED_TCP,
	.port = 10082,
	.reason = "oldrecover-src/amrecover.c, main(): stream_client_privileged()",
};

/* The number of the port comes inside the connection: no helper reads it there. */
static const struct auth old_tape = {
	.name = "amidxtape",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_RESERVED_TCP,
	.port = 10083,
	.streams = STREAMS_EACH,
	.stream_sport = PORTS_RESERVED_TCP,
	.stream_dport = PORTS_UNRESERVED_TCP,
	.reason = "oldrecover-src/extract_list.c, extract_files_setup(); perl/Amanda/Service/"
		  "Amidxtaped.pm, connection_listen()",
};

static const struct auth pipe_tcp = {
	.name = "loopback",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_UNRESERVED_TCP,
	.dport = PORTS_ANY,
	.reason = "xfer-src/element-glue.c, do_directtcp_listen(); server-src/dumper.c, main(): "
		  "stream_client() to localhost",
};

static const struct auth ndmp = {
	.name = "ndmp",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_ANY,
	.port = 10000,
	.client_port = true,
	.reason = "device-src/ndmp-device.c, open_connection(): NDMPPORT",
};

static const struct auth mover = {
	.name = "direct-tcp",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_ANY,
	.dport = PORTS_MOVER,
	.reason = "device-src/ndmp-device.c, listen_impl() and connect_impl()",
};

static const struct auth ssh = {
	.name = "ssh",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_ANY,
	.port = 22,
	.reason = "BackupPC, conf/config.pl: RsyncSshArgs, TarClientCmd",
};

static const struct auth rsyncd = {
	.name = "rsyncd",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_ANY,
	.port = 873,
	.reason = "BackupPC, conf/config.pl: RsyncdClientPort",
};

static const struct auth smb = {
	.name = "smb",
	.protocol = IPPROTO_TCP,
	.sport = PORTS_ANY,
	.port = 445,
	.reason = "BackupPC, conf/config.pl: SmbClientFullCmd, -mSMB3",
};

const struct operation operations[] = {
	{ "amcheck", SERVER, CLIENT, ALWAYS, 0, NULL, { NULL },
	  "server-src/amcheck.c, start_host(): noop and selfcheck" },
	{ "planner", SERVER, CLIENT, ALWAYS, 0, NULL, { NULL },
	  "server-src/planner.c, getsize(): noop and sendsize" },
	{ "dumper", SERVER, CLIENT, ALWAYS, 0, NULL, { "DATA", "MESG", "INDEX", "STATE", NULL },
	  "client-src/sendbackup.c, main(): the CONNECT line" },
	{ "amservice", SERVER, CLIENT, ALWAYS, 0, NULL, { NULL },
	  "common-src/amservice.c, main(): noop, selfcheck, senddiscover" },
	{ "amfetchdump", SERVER, CLIENT, SET_RECOVERY, 0, NULL,
	  { "CTL", "DATA", "MESG", "STATE", NULL },
	  "perl/Amanda/FetchDump/ClientApplication.pm: the service restore" },
	{ "amrecover index", CLIENT, SERVER, SET_RECOVERY, 0, NULL, { "MESG", NULL },
	  "server-src/amindexd.c, main(): the CONNECT line" },
	{ "amrecover tape", CLIENT, SERVER, SET_RECOVERY, 0, NULL,
	  { "CTL", "DATA", "STATE", NULL },
	  "recover-src/extract_list.c, amidxtaped_streams[]" },
	{ "amdump_client", CLIENT, SERVER, SET_CLIENT_DUMP, 0, NULL, { "CTL", NULL },
	  "client-src/amdump_client.pl; server-src/amdumpd.pl, send_rep()" },
	{ "ambackup", CLIENT, SERVER, SET_CLIENT_DUMP, 0, NULL,
	  { "DATA", "MESG", "INDEX", "STATE", NULL },
	  "client-src/ambackup.pl; server-src/ambackupd.pl, connect_streams()" },
	{ "amoldrecover index", CLIENT, SERVER, SET_OLD_RECOVERY, 0, &old_index, { NULL },
	  "oldrecover-src/amrecover.c, main(): the service amandaidx" },
	{ "amoldrecover tape", CLIENT, SERVER, SET_OLD_RECOVERY, 0, &old_tape, { "DATA", NULL },
	  "oldrecover-src/extract_list.c: the service amidxtape" },
	{ "chunker", SERVER, SERVER, ALWAYS, 0, &pipe_tcp, { NULL },
	  "perl/Amanda/Chunker/Controller.pm: DirectTCPListen for header and data" },
	{ "taper", SERVER, SERVER, ALWAYS, 0, &pipe_tcp, { NULL },
	  "perl/Amanda/Taper/Worker.pm: DirectTCPListen for header and data" },
	{ "tape service", SERVER, STORAGE, ALWAYS, 0, &ndmp, { NULL },
	  "device-src/ndmp-device.c: taper, amvault, amtape, amidxtaped" },
	{ "amvault", SERVER, STORAGE, ALWAYS, 0, &mover, { NULL },
	  "xfer-src/element-glue.c, do_directtcp_connect(); server-src/dumper.c, read_datafd()" },
	{ "amvault copy", STORAGE, STORAGE, ALWAYS, 0, &mover, { NULL },
	  "device-src/xfer-source-recovery.c, directtcp_listen_thread()" },
	{ "direct-tcp", CLIENT, STORAGE, SET_DIRECT_TCP, 0, &mover, { NULL },
	  "client-src/client_util.c: data-path directtcp; xfer-src/dest-directtcp-listen.c" },
	{ "BackupPC ssh", BACKUPPC, CLIENT, SET_BACKUPPC, BACKUPPC_SSH, &ssh, { NULL },
	  "BackupPC, lib/BackupPC/Xfer/Rsync.pm and Tar.pm" },
	{ "BackupPC rsyncd", BACKUPPC, CLIENT, SET_BACKUPPC, BACKUPPC_RSYNCD, &rsyncd, { NULL },
	  "BackupPC, lib/BackupPC/Xfer/Rsync.pm" },
	{ "BackupPC smb", BACKUPPC, CLIENT, SET_BACKUPPC, BACKUPPC_SMB, &smb, { NULL },
	  "BackupPC, lib/BackupPC/Xfer/Smb.pm" },
};

const size_t operation_count = sizeof(operations) / sizeof(*operations);

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
	return "bsd, bsdudp, bsdtcp, ssl, krb5, ssh, rsh, local";
}

/**
 * auth_travels() - does it use the network at all?
 * @auth: the auth
 *
 * Return: false for auth local.
 */
bool auth_travels(const struct auth *auth)
{
	return auth->sport != PORTS_NONE;
}

/**
 * auth_port() - where a host waits
 * @auth: for whom
 * @host: the host
 *
 * "client-port" of a host is about the service of its own auth: amandad, or
 * with auth ssh, sshd (xclient_port in runssh()).  That of a tape service is
 * about NDMP, and none of the whole site's business.
 *
 * Return: the port; 0 where it is not one fixed port.
 */
uint16_t auth_port(const struct auth *auth, const struct host *host)
{
	const struct settings *settings = &host->settings;

	if (!auth->client_port || !settings->span[SET_CLIENT_PORT].line)
		return auth->port;
	if (auth == &ndmp)
		return host->roles == ROLE_STORAGE && settings_give(settings, SET_CLIENT_PORT) ?
			settings->client_port : auth->port;
	return settings->auth->port == auth->port ? settings->client_port : auth->port;
}

/**
 * operation_stays() - is it between two programs of one machine?
 * @operation: the operation
 *
 * Return: true where no network is meant.
 */
bool operation_stays(const struct operation *operation)
{
	return operation->over == &pipe_tcp;
}

/**
 * operation_wanted() - do the settings ask for it?
 * @operation: the operation
 * @settings: of the host that is served
 *
 * Return: true where they do, or need not.
 */
bool operation_wanted(const struct operation *operation, const struct settings *settings)
{
	switch (operation->wanted) {
	case SET_RECOVERY:
		return settings->recovery;
	case SET_OLD_RECOVERY:
		return settings->old_recovery;
	case SET_CLIENT_DUMP:
		return settings->client_dump;
	case SET_DIRECT_TCP:
		return settings->direct_tcp;
	case SET_BACKUPPC:
		return settings->backuppc & operation->bits;
	default:
		return true;
	}
}

/**
 * port_is_named() - is a port that of some service of this table?
 * @port: the port
 *
 * Return: true where an auth or an operation has it.
 */
bool port_is_named(uint16_t port)
{
	size_t i;

	for (i = 0; i < sizeof(auths) / sizeof(*auths); i++)
		if (auths[i].port == port)
			return true;
	for (i = 0; i < operation_count; i++)
		if (operations[i].over && operations[i].over->port == port)
			return true;
	return false;
}

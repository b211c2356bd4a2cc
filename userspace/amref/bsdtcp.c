// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bsdtcp: one TCP connection from a reserved port (Amanda's
 * common-src/bsdtcp-security.c).
 */
#include "muxed.h"
#include "ports.h"

static void connected(struct muxed_connection *connection)
{
	muxed_start(connection, NULL, NULL);
}

static const struct muxed_kind bsdtcp_kind = {
	.names_user = true,
	.reserved = true,
	.dialled = connected,
	.accepted = connected,
};

static struct security_peer *bsdtcp_connect(const struct security_driver *driver,
					    struct loop *loop, const char *host,
					    const struct security_options *options,
					    char *why, size_t why_size)
{
	return muxed_dial(driver, loop, host, ports_reserved(options->reserved_tcp),
			  options, why, why_size);
}

const struct security_driver bsdtcp_driver = {
	.name = "bsdtcp",
	.own = &bsdtcp_kind,
	.connect = bsdtcp_connect,
	.listen = muxed_listen,
	MUXED_DRIVER_CALLS,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * local: amandad of the same host, run as a child (Amanda's
 * common-src/local-security.c).  Whoever may run it may use it, so there is
 * neither a SECURITY line nor .amandahosts.
 */
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include "muxed.h"
#include "ports.h"

#define AMANDAD "/usr/lib/amanda/amandad"
#define LOGIN "backup"		/* client_username of amanda.conf */

static void accepted(struct muxed_connection *connection)
{
	/* local_get_authenticated_peer_name_hostname() */
	if (gethostname(connection->name, sizeof(connection->name) - 1))
		snprintf(connection->name, sizeof(connection->name), "localhost");
	muxed_start(connection, NULL, NULL);
}

static const struct muxed_kind local_kind = {
	.accepted = accepted,
};

/* is_local() of local-security.c: an address that we can bind is ours. */
static bool is_local(const char *host, char *why, size_t why_size)
{
	struct sockaddr_storage at;
	int fd;

	if (address_resolve(host, 0, SOCK_STREAM, &at, why, why_size))
		return false;
	fd = ports_listen_at(SOCK_STREAM, (struct sockaddr *)&at,
			     address_length((struct sockaddr *)&at));
	if (fd < 0) {
		snprintf(why, why_size, "%s: is not local", host);
		return false;
	}
	close(fd);
	return true;
}

static struct security_peer *local_connect(const struct security_driver *driver,
					   struct loop *loop, const char *host,
					   const struct security_options *options,
					   char *why, size_t why_size)
{
	struct muxed_words words = { .count = 0 };

	if (!is_local(host, why, why_size))
		return NULL;
	muxed_words(&words, options->command ? options->command :
		    options->remote_amandad ? options->remote_amandad : AMANDAD);
	muxed_word(&words, "-auth=local");
	return muxed_run(driver, loop, host, words.word,
			 options->user ? options->user : LOGIN, options, why, why_size);
}

const struct security_driver local_driver = {
	.name = "local",
	.own = &local_kind,
	.connect = local_connect,
	.listen = muxed_listen,
	MUXED_DRIVER_CALLS,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ssh: amandad of another host, run through ssh (Amanda's
 * common-src/ssh-security.c).  sshd has checked who it is.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allow.h"
#include "muxed.h"
#include "ports.h"

#define AMANDAD	"/usr/lib/amanda/amandad"
#define LOGIN	"backup"	/* client_username of amanda.conf */
/* SSH_OPTIONS of Amanda's config/amanda/bsd-security.m4 */
#define OPTIONS	"-x -o BatchMode=yes -o PreferredAuthentications=publickey"

/*
 * The first word of SSH_CONNECTION is the address of the other end.  Amanda only
 * warns where it cannot be made a name, and lets the peer have none.
 */
static void accepted(struct muxed_connection *connection)
{
	const char *variable = getenv("SSH_CONNECTION");
	struct sockaddr_storage address;
	char text[NI_MAXHOST], why[ALLOW_WHY_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(variable, " "), variable);
	if (address_resolve(text, 0, SOCK_STREAM, &address, why, sizeof(why)) ||
	    allow_name(&connection->peer->peer.options, (struct sockaddr *)&address,
		       connection->name, why, sizeof(why)))
		snprintf(connection->name, sizeof(connection->name), "%s", text);
	muxed_start(connection, NULL, NULL);
}

static const struct muxed_kind ssh_kind = {
	.accepted = accepted,
};

static struct security_peer *ssh_connect(const struct security_driver *driver,
					 struct loop *loop, const char *host,
					 const struct security_options *options,
					 char *why, size_t why_size)
{
	struct muxed_words words = { .count = 0 };
	char port[16];

	muxed_words(&words, options->command ? options->command : "ssh " OPTIONS);
	muxed_word(&words, "-l");
	muxed_word(&words, options->user ? options->user : LOGIN);
	if (options->service_port) {
		snprintf(port, sizeof(port), "%u", options->service_port);
		muxed_word(&words, "-p");
		muxed_word(&words, port);
	}
	muxed_word(&words, host);
	muxed_word(&words, options->remote_amandad ? options->remote_amandad : AMANDAD);
	muxed_word(&words, "-auth=ssh");
	return muxed_run(driver, loop, host, words.word, NULL, options, why, why_size);
}

static struct security_peer *ssh_listen(const struct security_driver *driver,
					struct loop *loop, int fd,
					const struct sockaddr *address, socklen_t length,
					const struct security_options *options,
					const struct target_events *events, void *arg,
					char *why, size_t why_size)
{
	if (!getenv("SSH_CONNECTION")) {
		snprintf(why, why_size,
			 "ssh_accept: $SSH_CONNECTION not set - was amandad started by sshd?");
		errno = EINVAL;
		return NULL;
	}
	return muxed_listen(driver, loop, fd, address, length, options, events, arg,
			    why, why_size);
}

const struct security_driver ssh_driver = {
	.name = "ssh",
	.own = &ssh_kind,
	.connect = ssh_connect,
	.listen = ssh_listen,
	MUXED_DRIVER_CALLS,
};

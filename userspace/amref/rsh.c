// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rsh: amandad of another host, run through rsh (Amanda's
 * common-src/rsh-security.c).  rshd has checked who it is, as far as it does.
 */
#include "muxed.h"

#define AMANDAD	"/usr/lib/amanda/amandad"
#define LOGIN	"backup"	/* client_username of amanda.conf */

/* sec_accept() of security-util.c knows no name either: it stays "localhost". */
static void accepted(struct muxed_connection *connection)
{
	muxed_start(connection, NULL, NULL);
}

static const struct muxed_kind rsh_kind = {
	.accepted = accepted,
};

static struct security_peer *rsh_connect(const struct security_driver *driver,
					 struct loop *loop, const char *host,
					 const struct security_options *options,
					 char *why, size_t why_size)
{
	struct muxed_words words = { .count = 0 };

	muxed_words(&words, options->command ? options->command : "rsh");
	muxed_word(&words, "-l");
	muxed_word(&words, options->user ? options->user : LOGIN);
	muxed_word(&words, host);
	muxed_word(&words, options->remote_amandad ? options->remote_amandad : AMANDAD);
	muxed_word(&words, "-auth=rsh");
	return muxed_run(driver, loop, host, words.word, NULL, options, why, why_size);
}

const struct security_driver rsh_driver = {
	.name = "rsh",
	.own = &rsh_kind,
	.connect = rsh_connect,
	.listen = muxed_listen,
	MUXED_DRIVER_CALLS,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Amanda says of one of its configurations when it is asked.
 */
#ifndef IMPORT_AMANDA_H
#define IMPORT_AMANDA_H

#include <stdio.h>

#include "flow/address.h"
#include "import/disklist.h"

/**
 * struct amanda - the answers
 * @version: "3.5.1"; "" where it would not tell
 * @user: who runs backups
 * @udp: reserved-udp-port; low is 0 for a range that is not known
 * @tcp: unreserved-tcp-port
 * @low_tcp: reserved-tcp-port
 * @client_tcp: unreserved-tcp-port of this machine's amanda-client.conf
 * @built_udp: the range it was built with
 * @built_tcp: the same
 * @built_low_tcp: the same
 * @built_known: it tells how it was built
 * @ipv6: it may know IPv6
 * @allowed_udp: what amanda-security.conf lets its programs bind
 * @allowed_tcp: the same
 * @etimeout: seconds for a client's estimate of one level of one disk; negative: for all
 * @dtimeout: seconds that a dump may send nothing
 * @inparallel: dumps at the same time
 * @index_server: whom amrecover of this machine asks; "" for itself
 * @tape_server: the same
 * @client_dump: some client may start a backup of its own
 * @disklist: the hosts
 */
struct amanda {
	char *version;
	char *user;
	struct range udp;
	struct range tcp;
	struct range low_tcp;
	struct range client_tcp;
	struct range built_udp;
	struct range built_tcp;
	struct range built_low_tcp;
	bool built_known;
	bool ipv6;
	struct range allowed_udp;
	struct range allowed_tcp;
	long etimeout;
	long dtimeout;
	long inparallel;
	char *index_server;
	char *tape_server;
	bool client_dump;
	struct disklist disklist;
};

int amanda_ask(struct amanda *amanda, const char *config, unsigned int seconds, FILE *errors);
void amanda_free(struct amanda *amanda);

/* Steps of amanda_ask(). */
void amanda_read_build(struct amanda *amanda, const char *text);
bool amanda_lets_dump(const char *line);

#endif /* IMPORT_AMANDA_H */

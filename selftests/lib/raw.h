/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams that no socket would send so; IPv4 only. */
#ifndef SELFTESTS_RAW_H
#define SELFTESTS_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "selftests/lib/session.h"

#define RAW_MAX 4000

/* What is wrong with the fragments of a datagram. */
enum raw_pieces {
	PIECES_IN_ORDER,
	PIECES_SHUFFLED,
	PIECES_MISSING,		/* one of them */
	PIECES_OVERLAP,		/* and differ where they do */
};

void raw_say(const struct session *s, const char *bytes, size_t length, int excess);
void raw_say_in_pieces(const struct session *s, const char *bytes, size_t length,
		       enum raw_pieces how);

#endif /* SELFTESTS_RAW_H */

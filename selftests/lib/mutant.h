/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams by chance: what Amanda sends, what it might, and what it never would. */
#ifndef SELFTESTS_MUTANT_H
#define SELFTESTS_MUTANT_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/amanda_packet.h"

#define MUTANT_MAX 12000

/* All the ports that are asked for lie here, so that sessions clash. */
#define MUTANT_PORT_LOW 2000
#define MUTANT_PORTS 24

struct mutant {
	size_t length;
	char bytes[MUTANT_MAX];
};

void mutant_packet(struct mutant *mutant, enum amanda_type type);
void mutant_exchange(struct mutant *request, struct mutant *reply, int sequence);
void mutant_change(struct mutant *mutant);
void mutant_pad(struct mutant *mutant, size_t length);
void mutant_noise(struct mutant *mutant);
const char *mutant_print(const char *bytes, size_t length);

#endif /* SELFTESTS_MUTANT_H */

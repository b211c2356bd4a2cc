/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway's conntrack remembers: expectations and flows. */
#ifndef SELFTESTS_TRACKED_H
#define SELFTESTS_TRACKED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "selftests/lib/lab.h"

#define OPENINGS_MAX 64

/**
 * struct opening - one expectation
 * @master: source port of the flow that it belongs to
 * @port: the TCP port that may be connected to
 * @any_source_port: whatever the source port
 * @timeout: seconds left
 * @class: of the helper's policy
 * @source: who may connect, an address of the laboratory
 * @destination: to where
 * @helper: name
 */
struct opening {
	uint16_t master;
	uint16_t port;
	bool any_source_port;
	uint8_t protocol;
	uint32_t timeout;
	uint32_t class;
	char source[INET6_ADDRSTRLEN];
	char destination[INET6_ADDRSTRLEN];
	char helper[32];
};

struct openings {
	size_t count;
	struct opening list[OPENINGS_MAX];
};

void openings_read(const struct lab *lab, struct openings *all);
void openings_flush(const struct lab *lab);
int flow_seconds(const struct lab *lab, uint16_t source_port);
void flow_delete(const struct lab *lab, uint16_t source_port);

#endif /* SELFTESTS_TRACKED_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gateway may have done with a datagram, judged by the grammar and by
 * what was asked before.
 *
 * The memory of the helper is small and may forget; this one never does.  So it
 * says what may be opened, not what must.
 */
#ifndef SELFTESTS_ORACLE_H
#define SELFTESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include "selftests/lib/session.h"
#include "selftests/lib/tracked.h"

#define ORACLE_REQUESTS 256

/**
 * struct request - a REQ that the initiator sent
 * @handle: the word in its header
 * @length: bytes of @handle
 * @sequence: its sequence number
 * @asked: there was no final answer since
 * @opened: some reply to it opened streams
 */
struct request {
	size_t length;
	int sequence;
	bool asked;
	bool opened;
	char handle[AMANDA_HEADER_MAX];
};

/**
 * struct flow - a control flow
 * @session: its ends; the last datagram of the responder is in it
 * @count: entries of @request in use
 * @request: all that was asked on it
 */
struct flow {
	struct session *session;
	size_t count;
	struct request request[ORACLE_REQUESTS];
};

/**
 * struct event - a datagram, and what was seen afterwards
 * @flow: which it belongs to
 * @from_responder: its direction
 * @whole: it can arrive
 * @bytes: what was sent inside the UDP length
 * @length: bytes of it
 * @arrived: the other end got a datagram
 * @unchanged: and it was the same
 * @before: expectations that there were
 * @after: and that there are
 */
struct event {
	struct flow *flow;
	bool from_responder;
	bool whole;
	const char *bytes;
	size_t length;
	bool arrived;
	bool unchanged;
	const struct openings *before;
	const struct openings *after;
};

void flow_start(struct flow *flow, struct session *session);
const char *oracle_objects(const struct event *event, size_t *opened);
bool oracle_all_open(const struct session *s, const struct openings *after);

#endif /* SELFTESTS_ORACLE_H */

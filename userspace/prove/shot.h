/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that are really tried: several at once, each between two
 * namespaces, with packets in both directions.
 */
#ifndef PROVE_SHOT_H
#define PROVE_SHOT_H

#include <stdio.h>

#include "flow/address.h"

#define ANNOUNCE_ROOM	160
/* Names of tables and chains are shown so far. */
#define NAME_ROOM	64
/* A packet meets fewer base chains. */
#define ACCEPTED_MOST	24

/**
 * struct decision - what a base chain of nf_tables did to a packet
 * @dropped: it dropped it
 * @family: of the table
 * @table: its name
 * @base: name of the base chain
 * @chain: name of the chain that decided
 * @handle: of the rule; 0: the policy of the chain
 */
struct decision {
	bool dropped;
	int family;
	char table[NAME_ROOM];
	char base[NAME_ROOM];
	char chain[NAME_ROOM];
	uint64_t handle;
};

/**
 * struct shot - one first packet and what follows it
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @from: namespace of the sender
 * @to: of the receiver
 * @sent: as it leaves the sender; one port each
 * @seen: as it has to arrive; the source port may be a range
 * @announce: UDP: the CONNECT line of the answer, without its first word; or ""
 * @hoped: it is expected to get through, or to be refused, and waited for longer
 * @tried: it was sent
 * @arrived: it came to the receiver
 * @got: ARRIVED: as it came
 * @through: it was as it has to be, and the answer came back
 * @error: errno that the sender was told
 * @traced: a packet of it has been traced
 * @trace: number of that trace
 * @first: and that is of its first packet
 * @entered: of which the way through the chains has begun
 * @base: name of the base chain that it is in
 * @decision: what dropped a packet, where one was dropped
 * @accepted: base chains that let the first packet go on, in the order of its way
 * @accepted_count: entries of @accepted
 */
struct shot {
	int protocol;
	int from;
	int to;
	struct tuple sent;
	struct tuple seen;
	char announce[ANNOUNCE_ROOM];
	bool hoped;
	bool tried;
	bool arrived;
	struct tuple got;
	bool through;
	int error;
	bool traced;
	uint32_t trace;
	bool first;
	bool entered;
	char base[NAME_ROOM];
	struct decision decision;
	struct decision accepted[ACCEPTED_MOST];
	size_t accepted_count;
};

int shots_fire(struct shot *shots, size_t count, int trace, FILE *errors);

#endif /* PROVE_SHOT_H */

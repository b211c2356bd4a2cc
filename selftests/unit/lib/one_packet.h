/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain for one packet, as plainly as the kernel's nft_do_chain() does it: what the
 * evaluation of sets of packets is compared with.
 */
#ifndef UNIT_ONE_PACKET_H
#define UNIT_ONE_PACKET_H

#include "ruleset/evaluate.h"

/**
 * struct end - where a packet ends
 * @verdict: how
 * @rule: that decided, or NULL
 * @mark: of the packet then
 * @effects: on its connection
 */
struct end {
	enum verdict verdict;
	const struct rule *rule;
	unsigned int mark;
	struct effects effects;
};

/**
 * struct packet - one packet
 * @value: of each field
 * @effects: so far
 * @found: by the last lookup
 * @ways: bit n: how the n-th condition that cannot be evaluated goes
 * @doubts: how many of those there were
 */
struct packet {
	unsigned int value[FIELD_COUNT];
	struct effects effects;
	const struct element *found;
	unsigned int ways;
	unsigned int doubts;
};

struct end one_packet(const struct chain *base, struct packet *packet);

#endif /* UNIT_ONE_PACKET_H */

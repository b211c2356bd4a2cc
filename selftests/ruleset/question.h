/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same packets, asked of the evaluator. */
#ifndef SELFTESTS_RULESET_QUESTION_H
#define SELFTESTS_RULESET_QUESTION_H

#include "ruleset/path.h"
#include "selftests/ruleset/packet.h"

/**
 * struct subject - a ruleset and the machine it is on
 * @ruleset: loaded
 * @world: the machine
 * @address: of it
 * @link: numbers of the interfaces: left, right, loopback
 */
struct subject {
	struct ruleset ruleset;
	struct world world;
	struct local_address address[4];
	size_t link[3];
};

/**
 * struct answer - what the evaluator says of a packet
 * @count: fates that the packet may have
 * @doubt: they differ, because of this
 * @torn: they differ, for no reason
 * @verdict: of the fate
 * @fate: the first of them
 */
struct answer {
	size_t count;
	const char *doubt;
	bool torn;
	enum verdict verdict;
	struct fate fate;
};

/**
 * struct question - the evaluator's memory of one question; free it by question_free()
 */
struct question {
	struct arena *arena;
	struct fates fates;
	struct answer answer;
};

void subject_open(struct subject *subject);
void question_ask(struct question *question, const struct subject *subject,
		  const struct packet *packet, uint32_t open);
void question_free(struct question *question);
uint32_t state_of(const struct packet *packet);
const char *verdict_name(enum verdict verdict);

#endif /* SELFTESTS_RULESET_QUESTION_H */

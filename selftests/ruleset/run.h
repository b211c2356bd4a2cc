/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the differential test: what its parts share. */
#ifndef SELFTESTS_RULESET_RUN_H
#define SELFTESTS_RULESET_RUN_H

#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/question.h"
#include "selftests/ruleset/rules.h"

#define PACKETS_MOST	4000

/**
 * struct tally - what has been seen
 * @rulesets: loaded
 * @unloadable: that the loader refuses
 * @packets: sent
 * @passed: of those, that arrived
 * @unknown: that the evaluator is in doubt about
 * @wrong: that it is wrong about
 * @skipped: whose connection could not be made
 * @clashes: that fared otherwise among the others than alone
 */
struct tally {
	unsigned int rulesets;
	unsigned int unloadable;
	unsigned int packets;
	unsigned int passed;
	unsigned int unknown;
	unsigned int wrong;
	unsigned int skipped;
	unsigned int clashes;
};

/**
 * struct run - the test
 * @lab: the machine
 * @tally: so far
 * @packet: of the ruleset that is being tested
 * @outcome: of each packet
 * @packets: entries of both
 * @verbose: say more
 * @planting: the evaluator is given mistakes
 * @plant: which
 */
struct run {
	struct laboratory lab;
	struct tally tally;
	struct packet packet[PACKETS_MOST];
	struct outcome outcome[PACKETS_MOST];
	unsigned int packets;
	bool verbose;
	bool planting;
	size_t plant;
};

extern struct run run;

/* loading.c */
bool load_kernel(const struct rules *rules);
bool load_evaluator(const struct rules *rules, struct subject *subject);

/* judge.c */
void judge(const struct subject *subject, const struct packet *packet,
	   const struct outcome *outcome, uint32_t open, struct question *question,
	   const char **what);
bool still_wrong(const struct rules *rules, const struct packet *packet, uint32_t open);
void show(struct rules *rules, const struct packet *packet, const struct outcome *outcome,
	  const struct answer *answer, const char *what, uint32_t open);

#endif /* SELFTESTS_RULESET_RUN_H */

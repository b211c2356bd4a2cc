/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One ruleset and its mutants: what check says of each, beside what the kernel does. */
#ifndef SELFTESTS_MUTANTS_JUDGE_H
#define SELFTESTS_MUTANTS_JUDGE_H

#include "amfwctl/verb.h"
#include "selftests/ruleset/mutants/mutate.h"
#include "selftests/ruleset/mutants/strangers.h"

/* Ports at either end of their ranges. */
#define ENDS	2

/**
 * struct said - what check says of a ruleset
 * @ruleset: it
 * @loaded: it could be loaded
 * @arena: of all that follows
 * @world: around it
 * @journeys: of its flows
 * @excesses: what is open beyond them
 */
struct said {
	struct ruleset ruleset;
	bool loaded;
	struct arena *arena;
	struct world world;
	struct journeys journeys;
	struct excesses excesses;
};

/**
 * struct done - what the kernel does with the same
 * @through: [end][flow]: it got through with the ports at that end
 * @alive: [end][flow]: its control flow did
 * @passes: of each stranger
 */
struct done {
	bool *through[ENDS];
	bool *alive[ENDS];
	bool *passes;
};

/* What check says a mutant is, and the kernel agrees. */
enum nature {
	NATURE_BLOCKED,		/* a flow is blocked that was not */
	NATURE_OPENED,		/* more is open than was */
	NATURE_NEUTRAL,
	NATURES
};

/**
 * struct bench - a ruleset under test
 * @input: the site
 * @script: the ruleset
 * @machine: where the kernel does it
 * @said: of the ruleset as it was generated
 * @done: likewise
 * @exchanges: its flows
 * @strangers: what lies next to them
 * @verbose: say what each mutant is
 * @skip: of the evaluator's rules, this one is skipped, from 1; 0: none
 * @probes: packets and exchanges that the kernel was given
 * @closer: neutral mutants by which something is dropped that no flow needs
 * @unloadable: mutants that the loader refuses
 * @natures: mutants of each nature
 * @wrong: mutants that check and kernel disagree about
 * @flukes: those of them where that was not so the second time
 */
struct bench {
	struct input input;
	struct script script;
	struct machine machine;
	struct said said;
	struct done done;
	struct exchanges exchanges;
	struct strangers strangers;
	bool verbose;
	size_t skip;
	size_t probes;
	size_t closer;
	size_t unloadable;
	size_t natures[NATURES];
	size_t wrong;
	size_t flukes;
};

/* load.c */
bool bench_load(struct bench *bench, const struct mutant *mutant, struct said *said);
void said_free(struct said *said);

/* judge.c */
void bench_start(struct bench *bench);
bool bench_try(struct bench *bench, const struct mutant *mutant);
void bench_close(struct bench *bench);
size_t rules_of(const struct ruleset *ruleset);

/* write.c */
bool bench_write(struct bench *bench, const struct mutant *mutant, const char *folder);

/* compare.c */
bool compare(struct bench *bench, const struct said *said, const struct done *done,
	     enum nature *nature, FILE *out);

#endif /* SELFTESTS_MUTANTS_JUDGE_H */

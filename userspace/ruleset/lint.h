/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a ruleset, or with a site, beside a flow that is blocked:
 * why it is, what will fail later, what is open for no reason.
 */
#ifndef RULESET_LINT_H
#define RULESET_LINT_H

#include "ruleset/journey.h"

enum known {
	KNOWN_NOT,
	KNOWN_YES,
	KNOWN_NO,
};

/**
 * struct machine - what no ruleset says of the machine it runs on
 * @helper_built_in: the kernel's own helper cannot be replaced
 * @nat_module: nf_nat_amanda is there
 * @ours: the helper that is loaded is this project's
 * @expect_max: net.netfilter.nf_conntrack_expect_max; 0: not known
 * @legacy: iptables, and ip6tables, have tables that are not those of nf_tables
 */
struct machine {
	enum known helper_built_in;
	enum known nat_module;
	enum known ours;
	unsigned long expect_max;
	bool legacy[VERSION_COUNT];
};

struct machine machine_here(void);
struct machine machine_unknown(void);

/**
 * struct finding - one thing that is wrong
 * @id: its name; stays the same
 * @rule: the rule, or NULL
 * @chain: where that stands, or NULL
 * @message: what is wrong
 * @fix: what to do
 */
struct finding {
	const char *id;
	const struct rule *rule;
	const struct chain *chain;
	const char *message;
	const char *fix;
};

/**
 * struct findings - all of them
 * @finding: in the order of the table of rules
 * @count: entries in use
 * @room: entries there is memory for
 */
struct findings {
	struct finding *finding;
	size_t count;
	size_t room;
};

/**
 * struct lint_question - what is looked at
 * @question: as given to journeys_run()
 * @site: whose flows these are
 * @journeys: what that found
 * @excesses: what excess_run() found
 * @machine: what is known of the machine
 */
struct lint_question {
	const struct question *question;
	const struct site *site;
	const struct journeys *journeys;
	const struct excesses *excesses;
	struct machine machine;
};

struct lint;

/**
 * struct lint_rule - one thing to look for
 * @id: what findings of it are called
 * @summary: one line of help
 * @find: looks for it: 0, or -ENOMEM
 */
struct lint_rule {
	const char *id;
	const char *summary;
	int (*find)(struct lint *lint);
};

extern const struct lint_rule lint_rules[];
extern const size_t lint_rule_count;

/* Messages lie in @arena. */
int lint_run(struct findings *findings, const struct lint_question *question,
	     struct arena *arena);
void findings_free(struct findings *findings);

#endif /* RULESET_LINT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of "amfwctl check" share: one ruleset put to the questions of
 * one site, and ways to tell the answers.
 */
#ifndef AMFWCTL_CHECK_H
#define AMFWCTL_CHECK_H

#include "amfwctl/verb.h"
#include "ruleset/journey.h"
#include "ruleset/lint.h"
#include "ruleset/load.h"

/* Reading rules takes that long, and so does loading them: nft takes it for some 100,000. */
#define RULES_SECONDS	60

/**
 * struct rules_input - the files of one ruleset
 * @sources: them; none: the running ruleset
 * @count: entries in use
 * @room: entries there is memory for
 */
struct rules_input {
	struct source *sources;
	size_t count;
	size_t room;
};

int rules_input_add(struct rules_input *rules, const char *path, enum dialect dialect);
int rules_input_read(struct rules_input *rules, unsigned int seconds);
void rules_input_free(struct rules_input *rules);
bool dialect_find(const char *name, enum dialect *dialect);

/**
 * struct check_options - the command line
 * @host: name of the machine, or NULL
 * @helper: which helper runs there
 * @helper_given: the user says so
 * @helper_name: what it is registered as, or NULL
 * @explain: id of a flow, or NULL
 * @seconds: that reading the rules may take, and loading them
 * @strict: what is open beyond need is a failure
 * @json: for programs
 * @fix: print the rules to add
 * @verbose: every flow on a line of its own
 * @baseline: the rules before, if any are given
 * @rules: the rules
 */
struct check_options {
	const char *host;
	enum helper_model helper;
	bool helper_given;
	const char *helper_name;
	const char *explain;
	unsigned int seconds;
	bool strict;
	bool json;
	bool fix;
	bool verbose;
	struct rules_input baseline;
	struct rules_input rules;
};

/**
 * struct check - a ruleset, and what it makes of the site's flows
 * @options: of the command line
 * @input: the site
 * @host: the machine
 * @live: the ruleset is the running one
 * @ruleset: it
 * @loaded: @ruleset is there
 * @arena: of all that follows
 * @world: what is around the ruleset
 * @question: what was asked
 * @journeys: of its flows
 * @excesses: what is open beyond them
 * @findings: what else is wrong
 */
struct check {
	const struct check_options *options;
	const struct input *input;
	const struct host *host;
	bool live;
	struct ruleset ruleset;
	bool loaded;
	struct arena *arena;
	struct world world;
	struct question question;
	struct journeys journeys;
	struct excesses excesses;
	struct findings findings;
};

int check_open(struct check *check, const struct check_options *options,
	       const struct input *input, const struct host *host,
	       const struct rules_input *rules);
int check_answer(struct check *check);
void check_close(struct check *check);
enum exit_code check_code(const struct check *check);
size_t check_count(const struct check *check, enum answer answer);

/* check_print.c: rules, packets and sets of packets in words. */
void print_rule(FILE *out, const struct rule *rule, const struct chain *chain);
void print_place(FILE *out, const struct rule *rule, const struct chain *chain);
void print_example(FILE *out, const struct check *check, enum protocol_version version,
		   const __uint128_t example[FIELD_COUNT]);
void print_box(FILE *out, const struct check *check, enum protocol_version version,
	       const struct box *box);
void print_field_value(FILE *out, const struct check *check, enum protocol_version version,
		       enum field field, __uint128_t value);
void print_field_values(FILE *out, const struct check *check,
			enum protocol_version version, enum field field,
			const struct values *values, const char *between);
bool value_has_name(const struct check *check, enum field field, __uint128_t value);
bool field_says_something(const struct box *box, enum protocol_version version,
			  enum field field);
const char *table_family(const struct table *table);
const char *answer_name(enum answer answer);
const char *verdict_name(enum verdict verdict);
const struct stage *journey_stage(const struct journey *journey);
void print_accepting(FILE *out, const struct journey *journey);
void print_why(FILE *out, const struct check *check, const struct journey *journey);

/* check_group.c: journeys that end alike. */

/**
 * struct group - journeys that end alike
 * @first: that of the lowest number
 * @members: indexes into the journeys
 * @count: entries of @members
 */
struct group {
	const struct journey *first;
	const size_t *members;
	size_t count;
};

/**
 * struct groups - all of them
 * @group: worst answers first, then in the order of flows
 * @count: entries of @group
 * @order: where the members lie
 */
struct groups {
	struct group *group;
	size_t count;
	size_t *order;
};

int groups_make(struct groups *groups, const struct journeys *journeys);
void groups_free(struct groups *groups);

/* The answers: in words, for programs, step by step. */
int check_report(const struct check *check, FILE *out);
int check_json(const struct check *check, FILE *out);
int check_explain(struct check *check, FILE *out);
int check_baseline(const struct check *before, const struct check *now, FILE *out);

/* check_interfaces.c: those of two rulesets, by one number each. */

/**
 * struct interfaces - interfaces by name
 * @name: in no order
 * @count: entries of @name
 */
struct interfaces {
	const char **name;
	size_t count;
};

int interfaces_collect(struct interfaces *interfaces, const struct check *a,
		       const struct check *b);
const struct values *interfaces_values(const struct interfaces *interfaces,
				       const struct check *check, const struct values *values);
struct check interfaces_shown(const struct interfaces *interfaces, const struct check *check);

/* check_fix.c: rules that would let a flow through; false where there is none to name. */
bool fix_print(const struct check *check, const struct journey *journey, FILE *out);
int fix_all(const struct check *check, const struct groups *groups, FILE *out);

#endif /* AMFWCTL_CHECK_H */

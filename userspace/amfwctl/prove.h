/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of "amfwctl prove" share.
 */
#ifndef AMFWCTL_PROVE_H
#define AMFWCTL_PROVE_H

#include "amfwctl/check.h"
#include "prove/amref.h"
#include "prove/lab.h"
#include "prove/shot.h"
#include "prove/trace.h"

/* Ports at the low end of each range, at the high end, and in the middle. */
#define VARIANTS	3
/* Packets that lie next to one flow. */
#define NEIGHBOURS_MOST	5

/* Between check and the kernel. */
enum difference {
	SAME,
	OTHER_ANSWER,
	OTHER_RULE,		/* decides */
	OTHER_MANNER,		/* rejected instead of dropped, or the other way round */
};

/**
 * struct trial - one connection that is tried
 * @of: the flow that it belongs to, or lies next to
 * @neighbour: how it differs from the flow; NULL: it is of the flow
 * @variant: of a flow: with which ports
 * @journey: what check says; NULL: it cannot be tried here
 * @told: the sender has to hear that it is rejected
 * @shot: what the kernel does
 * @decider: of @shot, the rule that accepted the first packet; or NULL
 * @difference: between the two
 */
struct trial {
	const struct flow *of;
	const char *neighbour;
	unsigned int variant;
	const struct journey *journey;
	bool told;
	struct shot shot;
	const struct decision *decider;
	enum difference difference;
};

/**
 * struct trials - those of one exchange: a control flow and its streams
 * @flows: one for each trial, with one port each
 * @trial: in the same order
 * @journeys: what check says to @flows
 * @arena: of @journeys
 * @patient: what check says has been right so far, and a busy machine may need longer
 */
struct trials {
	struct flows flows;
	struct trial *trial;
	struct journeys journeys;
	struct arena *arena;
	bool patient;
};

/**
 * struct exchange_ports - the ports that an exchange shall use
 * @sport: its control flow comes from them
 * @stream_sport: so do its streams
 * @stream_dport: and go to those
 */
struct exchange_ports {
	struct range sport;
	struct range stream_sport;
	struct range stream_dport;
};

/**
 * struct operations - what has come of those that amref did
 * @completed: they did, and check says that all of their flows pass
 * @hindered: they did not, and check says that one is blocked
 * @doubtful: check does not know
 * @disagreed: check says something else
 * @told: they were told of as JSON
 */
struct operations {
	size_t completed;
	size_t hindered;
	size_t doubtful;
	size_t disagreed;
	size_t told;
};

/**
 * struct sample - which flows are tried
 * @chosen: of each flow of the site
 * @pairs: pairs of machines that have flows here
 * @tried_pairs: those that are tried
 * @flows: that are here
 * @tried_flows: likewise
 */
struct sample {
	bool *chosen;
	size_t pairs;
	size_t tried_pairs;
	size_t flows;
	size_t tried_flows;
};

/* Reasons not to do an operation. */
#define REASONS_MOST	16

/**
 * struct untried - operations that were not done
 * @why: the reason
 * @first: id of the first of them
 * @count: how many
 */
struct untried {
	const char *why;
	char first[FLOW_ID_MAX];
	size_t count;
};

/**
 * struct prove - the command line, and what has come of it
 * @check: the question to check
 * @load: what is loaded in place of the rules that check reads, if any
 * @agreed: flows of which check and the kernel say the same, and that pass
 * @blocked: the same, and that do not
 * @undecided: check does not know
 * @disagreed: they say different things
 * @untried: flows that cannot be tried here
 * @told: flows that were told of as JSON
 * @trials: connections that were tried
 * @trace: where the kernel tells what it does to each packet
 * @amref_path: where amref is, as the user says; or NULL
 * @no_amref: do without
 * @module: where our helper is
 * @amref: the program; its path is empty where there is none
 * @operations: what has come of those that it did
 * @pairs_most: of a large site, flows between so many pairs of machines are tried
 * @sample: those
 * @untried_for: those that it did not do
 */
struct prove {
	struct check_options check;
	struct rules_input load;
	size_t agreed;
	size_t blocked;
	size_t undecided;
	size_t disagreed;
	size_t untried;
	size_t told;
	size_t trials;
	int trace;
	const char *amref_path;
	bool no_amref;
	bool module;
	struct amref amref;
	struct operations operations;
	size_t pairs_most;
	struct sample sample;
	struct untried untried_for[REASONS_MOST];
};

int prove_load(const struct lab *lab, const struct rules_input *rules, unsigned int seconds);
int trials_make(struct trials *trials, const struct flow *exchange, size_t count);
int trials_predict(struct trials *trials, const struct check *check);
int trials_run(struct trials *trials, struct lab *lab, size_t count, int trace);
bool trial_is_told(const struct journey *journey, const struct ruleset *ruleset);
void trials_compare(struct trials *trials, const struct ruleset *ruleset, bool same_rules);
int trials_of_ports(struct trials *trials, const struct flow *first, size_t count,
		    const struct flow *second, size_t second_count,
		    const struct exchange_ports *ports);
void trials_free(struct trials *trials);
bool runs_twice(const struct flow *control);
size_t exchange_length(const struct flows *flows, size_t first);
void journey_ends(const struct journey *journey, const struct tuple **sent,
		  const struct tuple **seen);

void prove_tell(struct prove *prove, const struct check *check,
		const struct trials *trials, const struct flow *flow);
int prove_sum(const struct prove *prove);
void decision_print(const struct decision *decision);
void prove_json_flow(struct prove *prove, const struct trials *trials, const struct flow *flow,
		     const char *word);
void prove_json_sum(const struct prove *prove);

int prove_module(int argc, char *argv[]);

int sample_make(struct sample *sample, const struct flows *flows, const struct host *host,
		size_t most);
void sample_free(struct sample *sample);

int operations_run(struct prove *prove, const struct check *check, struct lab *lab);
void operations_sum(const struct prove *prove);
void prove_json_operation(struct prove *prove, const char *id, const struct amref_errand *errand,
			  const struct journey *worst, const char *word);

#endif /* AMFWCTL_PROVE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Amanda's ends would send through a machine, with ports that are chosen. */
#ifndef SELFTESTS_MUTANTS_EXCHANGE_H
#define SELFTESTS_MUTANTS_EXCHANGE_H

#include "ruleset/journey.h"
#include "selftests/ruleset/mutants/machine.h"

/* A control flow and its streams. */
#define EXCHANGE_FLOWS	(1 + OPERATION_STREAMS)

/**
 * struct exchange - one exchange as it passes the machine
 * @flow: number of each flow's journey, the control flow's first
 * @count: entries of @flow
 */
struct exchange {
	size_t flow[EXCHANGE_FLOWS];
	size_t count;
};

/**
 * struct exchanges - all of a host
 * @exchange: them
 * @count: entries of @exchange
 * @untried: flows that belong to none, as they pass the machine twice
 */
struct exchanges {
	struct exchange *exchange;
	size_t count;
	size_t untried;
};

/* The ports of each flow of an exchange; @skip: this stream is not opened. */
struct ports {
	uint16_t sport[EXCHANGE_FLOWS];
	uint16_t dport[EXCHANGE_FLOWS];
	bool skip[EXCHANGE_FLOWS];
};

void journey_ends(const struct journey *journey, const struct tuple **in,
		  const struct tuple **out);
bool made_here(const struct journey *journey);

void exchanges_make(struct exchanges *exchanges, const struct journeys *journeys);
void exchanges_free(struct exchanges *exchanges);
void ports_at(struct ports *ports, const struct exchange *exchange,
	      const struct journeys *journeys, bool high);
void exchange_run(struct machine *machine, const struct exchange *exchange,
		  const struct journeys *journeys, const struct ports *ports,
		  bool through[EXCHANGE_FLOWS]);

#endif /* SELFTESTS_MUTANTS_EXCHANGE_H */

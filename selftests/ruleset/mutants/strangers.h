/* SPDX-License-Identifier: GPL-2.0-or-later */
/* First packets of connections that no flow needs: what lies next to flows. */
#ifndef SELFTESTS_MUTANTS_STRANGERS_H
#define SELFTESTS_MUTANTS_STRANGERS_H

#include "selftests/ruleset/mutants/exchange.h"

/**
 * struct stranger - one of them
 * @packet: it
 * @side: where it comes from
 * @how: how it differs from a flow
 * @turned: it might be an answer to another one
 */
struct stranger {
	struct packet packet;
	size_t side;
	const char *how;
	bool turned;
};

struct strangers {
	struct stranger *stranger;
	size_t count;
};

void strangers_make(struct strangers *strangers, const struct machine *machine,
		    const struct journeys *journeys);
bool strangers_excess(struct stranger *stranger, const struct machine *machine,
		      const struct ruleset *ruleset, const struct excess *excess, bool high);
void strangers_free(struct strangers *strangers);
bool stranger_passes(struct machine *machine, const struct stranger *stranger, bool alone);
bool stranger_needed(const struct stranger *stranger, const struct journeys *journeys);
bool stranger_in(const struct stranger *stranger, const struct machine *machine,
		 const struct ruleset *ruleset, const struct excess *excess);

#endif /* SELFTESTS_MUTANTS_STRANGERS_H */

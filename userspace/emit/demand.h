/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the flows of one machine demand of its kernel, beside rules.
 */
#ifndef EMIT_DEMAND_H
#define EMIT_DEMAND_H

#include "amanda_ports.h"
#include "emit/plan.h"

/**
 * struct demand - figures for the settings of a kernel
 * @ports: where streams may go that a helper opens here; none where it opens none
 * @widened: there were more ranges than the module takes: the smallest gaps are in
 * @seconds: a control flow may wait so long for its answer
 * @streams: that a helper may have to expect at the same time
 * @connections: control flows and streams that there may be at the same time
 * @forwards4: IPv4 is forwarded
 * @forwards6: IPv6 is forwarded
 * @translates: addresses are translated
 */
struct demand {
	struct amanda_ports ports;
	bool widened;
	unsigned int seconds;
	unsigned long streams;
	unsigned long connections;
	bool forwards4;
	bool forwards6;
	bool translates;
};

int demand_of(const struct plan *plan, struct demand *demand);
bool demand_helper(const struct plan *plan);
unsigned long demand_round(unsigned long wanted, unsigned long least);
void demand_ports_print(const struct amanda_ports *ports, FILE *out);

void name_put(FILE *out, const char *name);

/* What the files of all formats begin with. */
void title_put(FILE *out, const struct plan *plan, const char *what, const char *format);

#endif /* EMIT_DEMAND_H */

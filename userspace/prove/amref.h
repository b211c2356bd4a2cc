/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole operations, done by amref: a client and a server that talk as Amanda does.
 */
#ifndef PROVE_AMREF_H
#define PROVE_AMREF_H

#include <limits.h>

#include "flow/flow.h"
#include "prove/program.h"

/**
 * struct amref - the program, and what it works with
 * @path: of the program
 * @folder: where a dump is, to be recovered; and what to ask sendsize
 */
struct amref {
	char path[PATH_MAX];
	char folder[160];
};

/**
 * struct amref_errand - one operation that is to be done
 * @control: its control flow, with one port at each end
 * @streams: where its streams go to, and come from, if it has any
 * @from: namespace of the initiator
 * @to: of the responder
 * @sent: the control flow as the initiator sends it
 * @seen: as it reaches the responder
 * @patience: milliseconds
 * @completed: it was done
 * @said: what amref said last
 */
struct amref_errand {
	const struct flow *control;
	struct tuple streams;
	int from;
	int to;
	const struct tuple *sent;
	const struct tuple *seen;
	unsigned int patience;
	bool completed;
	char said[SAID_ROOM];
};

bool amref_find(struct amref *amref, const char *path);
int amref_open(struct amref *amref, int network, FILE *errors);
void amref_close(struct amref *amref);

const char *amref_cannot(const struct flow *control);
struct range amref_ports(struct range range, unsigned int width, int protocol, bool last);
const char *amref_with(const struct flow *control);
int amref_run(const struct amref *amref, struct amref_errand *errand);

#endif /* PROVE_AMREF_H */

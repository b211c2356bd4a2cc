/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Misbehaviour on purpose: --fault NAME[=NUMBER].
 */
#ifndef AMREF_FAULT_H
#define AMREF_FAULT_H

#include <stdbool.h>
#include <stdio.h>

enum fault_kind {
	FAULT_LATE_REP,
	FAULT_LOST_REP,
	FAULT_REPEAT_REP,
	FAULT_NO_INDEX,
	FAULT_PORT_RANGE,
	FAULT_PRIVILEGED_PORT,
	FAULT_CONNECT_IN_PREP,
	FAULT_CONNECT_IN_NAK,
	FAULT_OVERSIZE,
	FAULT_SAME_PORT,
	FAULTS,
};

/**
 * struct fault - what to do wrong
 * @kind: a row of the table
 * @number: what stands behind "=", or the row's own
 */
struct fault {
	enum fault_kind kind;
	unsigned int number;
};

/* What a NAK, or a user name that a target's NAK repeats, tries to open. */
#define FAULT_CONNECT_TEXT "CONNECT DATA 22 MESG 3306 "

bool fault_is(const struct fault *fault, enum fault_kind kind);
int fault_parse(const char *text, struct fault *fault);
void fault_list(FILE *out);

#endif /* AMREF_FAULT_H */

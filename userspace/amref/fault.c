// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of faults.  What each does stands where it is done: fault_is() has
 * all the places.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static const struct {
	const char *name;
	const char *who;
	const char *summary;
	unsigned int number;
} faults[FAULTS] = {
	[FAULT_LATE_REP] = { "late-rep", "target",
		"send the REP N seconds late", 40 },
	[FAULT_LOST_REP] = { "lost-rep", "target",
		"lose the first N copies of the REP", 1 },
	[FAULT_REPEAT_REP] = { "repeat-rep", "target",
		"send the REP N times more once the streams are open", 1 },
	[FAULT_NO_INDEX] = { "no-index", "target",
		"announce INDEX -1 whether it is wanted or not", 0 },
	[FAULT_PORT_RANGE] = { "port-range", "target",
		"announce and serve ports N above --tcp-ports", 1 },
	[FAULT_PRIVILEGED_PORT] = { "privileged-port", "target",
		"announce and serve ports below 1024, from N on", 600 },
	[FAULT_CONNECT_IN_PREP] = { "connect-in-prep", "target",
		"send the CONNECT line in a PREP first", 0 },
	[FAULT_CONNECT_IN_NAK] = { "connect-in-nak", "both",
		"a target's NAK, or an initiator's user, reads " FAULT_CONNECT_TEXT, 0 },
	[FAULT_OVERSIZE] = { "oversize", "both",
		"fill the REP or the REQ up to N bytes (Amanda: 65503)", 65507 },
	[FAULT_SAME_PORT] = { "same-port", "initiator",
		"N more sessions from the same source port", 1 },
};

/**
 * fault_is() - is this the fault that was asked for?
 * @fault: NULL: none was
 * @kind: the fault
 *
 * Return: true where it is.
 */
bool fault_is(const struct fault *fault, enum fault_kind kind)
{
	return fault && fault->kind == kind;
}

static int find(const char *text, size_t length)
{
	int i;

	for (i = 0; i < FAULTS; i++)
		if (strlen(faults[i].name) == length && !memcmp(faults[i].name, text, length))
			return i;
	return -1;
}

/**
 * fault_parse() - read a fault from the command line
 * @text: NAME or NAME=NUMBER
 * @fault: filled in
 *
 * Return: 0, or -EINVAL for an unknown name or no number.
 */
int fault_parse(const char *text, struct fault *fault)
{
	size_t length = strcspn(text, "=");
	int kind = find(text, length);
	char *end;

	if (kind < 0)
		return -EINVAL;
	fault->kind = kind;
	fault->number = faults[kind].number;
	if (!text[length])
		return 0;
	fault->number = strtoul(text + length + 1, &end, 10);
	return *end || end == text + length + 1 ? -EINVAL : 0;
}

/**
 * fault_list() - print the table
 * @out: where to
 */
void fault_list(FILE *out)
{
	int i;

	for (i = 0; i < FAULTS; i++) {
		fprintf(out, "  %-16s %-10s %s", faults[i].name, faults[i].who, faults[i].summary);
		if (faults[i].number)
			fprintf(out, " (N: %u)", faults[i].number);
		fputc('\n', out);
	}
}

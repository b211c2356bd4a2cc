/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nf_tables itself says of the packets of a trial.
 */
#ifndef PROVE_TRACE_H
#define PROVE_TRACE_H

#include "prove/shot.h"

/* Loaded after the rules: a chain before all others asks for a trace of each packet. */
extern const char trace_rules[];

int trace_open(int network);
void trace_take(const char *bytes, size_t length, struct shot *shots, size_t count);
void trace_read(int fd, struct shot *shots, size_t count);

#endif /* PROVE_TRACE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of flows itself, without a site.
 */
#ifndef EMIT_FLOWS_ROWS_H
#define EMIT_FLOWS_ROWS_H

#include <stdio.h>

void flows_rows_write(FILE *out);

#endif /* EMIT_FLOWS_ROWS_H */

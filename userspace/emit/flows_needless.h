/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine does not need, though firewalls are often opened for it.
 */
#ifndef EMIT_FLOWS_NEEDLESS_H
#define EMIT_FLOWS_NEEDLESS_H

#include <stdio.h>

#include "emit/flows_entry.h"

void needless_write(const struct view *view, FILE *out);

#endif /* EMIT_FLOWS_NEEDLESS_H */

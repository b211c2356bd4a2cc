/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways between the server, which is this machine, and the others.
 */
#ifndef IMPORT_WAYS_H
#define IMPORT_WAYS_H

#include "import/machine.h"

void ways_choose(const struct machines *machines, bool ipv6);
void ways_drop(struct machines *machines);
bool ways_agree(const struct machines *machines);

#endif /* IMPORT_WAYS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that reads what strangers wrote, and can do little else.
 */
#ifndef REPLAY_CONFINE_H
#define REPLAY_CONFINE_H

#include <stdio.h>

int confine(FILE *errors);

#endif /* REPLAY_CONFINE_H */

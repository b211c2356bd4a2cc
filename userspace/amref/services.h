/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The services of a target: one file for each.
 */
#ifndef AMREF_SERVICES_H
#define AMREF_SERVICES_H

#include "target.h"

extern const struct service noop_service;
extern const struct service selfcheck_service;
extern const struct service sendsize_service;
extern const struct service sendbackup_service;
extern const struct service amindexd_service;
extern const struct service amidxtaped_service;
extern const struct service restore_service;
extern const struct service amdumpd_service;

#endif /* AMREF_SERVICES_H */

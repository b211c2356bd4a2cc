/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports of a machine by name, for rules that ufw's users write themselves.
 */
#ifndef EMIT_UFW_PROFILE_H
#define EMIT_UFW_PROFILE_H

#include "emit/output.h"
#include "emit/plan.h"

bool ufw_has_profile(const struct plan *plan);
int ufw_profile_write(const struct plan *plan, struct output *output);

#endif /* EMIT_UFW_PROFILE_H */

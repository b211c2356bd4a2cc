/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the services that read disk list entries have in common. */
#ifndef AMREF_SERVICE_TEXT_H
#define AMREF_SERVICE_TEXT_H

#include "dle.h"

struct call;

const char *dle_refusal(const struct dle *dle);
void reply_error(struct call *call, const char *why);

#endif /* AMREF_SERVICE_TEXT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What conntrackd gives a gateway that takes over from another. */
#ifndef SELFTESTS_TAKEOVER_H
#define SELFTESTS_TAKEOVER_H

#include <stdint.h>

#include "selftests/lib/lab.h"

void flow_take_over(const struct lab *lab, uint16_t source_port);
void opening_take_over(const struct lab *lab, uint16_t source_port, uint16_t told,
		       uint16_t announced);

#endif /* SELFTESTS_TAKEOVER_H */

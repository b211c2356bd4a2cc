/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iptables says of a dump that it does not load.
 */
#ifndef RULESET_XTABLES_REPORT_H
#define RULESET_XTABLES_REPORT_H

#include "ruleset/xtables_pieces.h"

void xtables_report_print(const char *said, const struct xtables_pieces *pieces,
			  const struct source *source);

#endif /* RULESET_XTABLES_REPORT_H */

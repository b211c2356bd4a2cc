/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of site_check().
 */
#ifndef FLOW_SITE_CHECK_H
#define FLOW_SITE_CHECK_H

#include "flow/site.h"

void site_check_interfaces(const struct site *site, struct host *host);
void site_check_nat(const struct site *site, struct host *host);
void site_check_builds(const struct site *site);
void site_check_ports(const struct site *site);
bool host_has_family(const struct host *host, sa_family_t family);

#endif /* FLOW_SITE_CHECK_H */

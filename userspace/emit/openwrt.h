/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes to an OpenWrt router beside the sections of uci.
 */
#ifndef EMIT_OPENWRT_H
#define EMIT_OPENWRT_H

#include <stdio.h>

#include "emit/output.h"
#include "emit/plan.h"

/* Below / of the router. */
#define OPENWRT_FOLDER	"etc/amfw/"
/* Of each section's name, to know them by; and of the sets. */
#define OPENWRT_PREFIX	"amfw_"
#define OPENWRT_SET	OPENWRT_PREFIX "hosts_"
/* The module that has the helper, whatever name it was told to register. */
#define OPENWRT_MODULE	"nf_conntrack_amanda"

bool openwrt_narrows(const struct plan *plan, enum place place);
bool openwrt_part_needed(const struct plan *plan, enum place place);
void openwrt_includes(const struct plan *plan, FILE *out);
int openwrt_parts(const struct plan *plan, struct output *output);
int openwrt_install(const struct plan *plan, struct output *output);

#endif /* EMIT_OPENWRT_H */

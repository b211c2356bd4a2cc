/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of Shorewall, and what their lines have in common.
 */
#ifndef EMIT_SHOREWALL_H
#define EMIT_SHOREWALL_H

#include <stdio.h>

#include "emit/output.h"
#include "emit/plan.h"

/**
 * struct shorewall - one tree of files, which is for one address family
 * @plan: the plan
 * @output: where the files go
 * @out: the file that is being written
 * @family: AF_INET: etc/shorewall; AF_INET6: etc/shorewall6
 * @comment: the one that the lines have that come next
 */
struct shorewall {
	const struct plan *plan;
	struct output *output;
	FILE *out;
	sa_family_t family;
	char comment[COMMENT_MAX];
};

/* The program, and its folder below /etc. */
#define SHOREWALL_NAME(sw)	((sw)->family == AF_INET ? "shorewall" : "shorewall6")
/* The only helper whose name Shorewall knows. */
#define SHOREWALL_HELPER	"amanda"

int shorewall_file(struct shorewall *sw, const char *name);
void shorewall_comment(struct shorewall *sw, const char *comment);
bool shorewall_included(const struct shorewall *sw);
bool shorewall_uses(const struct shorewall *sw, enum place place);
void shorewall_ports(const struct shorewall *sw, const struct rule *rule);

int shorewall_conntrack_write(struct shorewall *sw);
int shorewall_rules_write(struct shorewall *sw);
int shorewall_snat_write(struct shorewall *sw);
int shorewall_macros_write(struct shorewall *sw);

#endif /* EMIT_SHOREWALL_H */

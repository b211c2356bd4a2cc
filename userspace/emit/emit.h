/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outputs: one file and one row of a table for each.
 */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include <stdio.h>

#include "emit/output.h"
#include "emit/plan.h"

/* What a format cannot be written without, or can make use of. */
enum format_trait {
	NEEDS_INTERFACES = 1,	/* a gateway's site file has to name its interfaces */
	KNOWS_STYLES = 2,	/* --style */
	KNOWS_SETS = 4,		/* --sets */
	ONE_FAMILY = 8,		/* writes the rules of one address family */
	FOR_SITE = 16,		/* the same whichever host is asked for */
	TAKES_SYNC = 32,		/* --sync */
	TAKES_KEYS = 64,		/* --key */
};

/**
 * struct ruleset_format - a language that rules can be written in
 * @name: as --format names it
 * @summary: one line of help
 * @traits: enum format_trait bits
 * @write: writes the rules of one machine; 0 or a negative errno, -EINVAL
 *	after a complaint to @errors
 */
struct ruleset_format {
	const char *name;
	const char *summary;
	unsigned int traits;
	int (*write)(const struct plan *plan, struct output *output, FILE *errors);
};

/**
 * struct flows_format - a form that flows can be shown in
 * @name: as --format names it
 * @write: writes those that touch one machine, or all where @host is NULL
 */
struct flows_format {
	const char *name;
	int (*write)(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
};

extern const struct ruleset_format ruleset_formats[];
extern const size_t ruleset_format_count;

const struct ruleset_format *ruleset_format_find(const char *name);
const struct flows_format *flows_format_find(const char *name);
const char *flows_format_names(void);

int ansible_write(const struct plan *plan, struct output *output, FILE *errors);
int authorized_keys_write(const struct plan *plan, struct output *output, FILE *errors);
int conntrackd_write(const struct plan *plan, struct output *output, FILE *errors);
int firewalld_write(const struct plan *plan, struct output *output, FILE *errors);
int iptables_write(const struct plan *plan, struct output *output, FILE *errors);
int ip6tables_write(const struct plan *plan, struct output *output, FILE *errors);
int ipset_write(const struct plan *plan, struct output *output, FILE *errors);
int modprobe_write(const struct plan *plan, struct output *output, FILE *errors);
int modules_load_write(const struct plan *plan, struct output *output, FILE *errors);
int nft_write(const struct plan *plan, struct output *output, FILE *errors);
int openwrt_write(const struct plan *plan, struct output *output, FILE *errors);
int selinux_write(const struct plan *plan, struct output *output, FILE *errors);
int shorewall_write(const struct plan *plan, struct output *output, FILE *errors);
int sudoers_write(const struct plan *plan, struct output *output, FILE *errors);
int sysconfig_write(const struct plan *plan, struct output *output, FILE *errors);
int sysctl_write(const struct plan *plan, struct output *output, FILE *errors);
int ufw_write(const struct plan *plan, struct output *output, FILE *errors);

int flows_text_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
int flows_json_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out);
int flows_dot_write(const struct flows *flows, const struct site *site,
		    const struct host *host, FILE *out);

#endif /* EMIT_EMIT_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a site file: the table that names them, and what each reads.
 */
#ifndef FLOW_SITE_KEYS_H
#define FLOW_SITE_KEYS_H

#include "flow/site.h"
#include "flow/words.h"

/* The sections that a key may stand in. */
enum section {
	IN_SITE = 1,
	IN_HOST = 2,
};

/**
 * struct target - what the section being read fills
 * @settings: the settings of the site or the host
 * @host: the host; NULL in [site]
 * @seen: bit n: key n of the table has been given
 */
struct target {
	struct settings *settings;
	struct host *host;
	unsigned int seen;
};

bool key_read(struct target *target, const char *name, struct span name_span,
	      struct words *value);

/* What only a host has. */
bool read_role(struct target *target, struct words *value);
bool read_address(struct target *target, struct words *value);
bool read_interface(struct target *target, struct words *value);
bool read_nat(struct target *target, struct words *value);

#endif /* FLOW_SITE_KEYS_H */

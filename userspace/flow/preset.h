/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How Amanda is built, by those who build it for others.
 */
#ifndef FLOW_PRESET_H
#define FLOW_PRESET_H

#include "flow/site.h"

/**
 * struct preset - one build of Amanda
 * @name: as a site file writes it
 * @udp: reserved-udp-port where no configuration says more
 * @tcp: unreserved-tcp-port
 * @low_tcp: reserved-tcp-port
 * @auths: the security drivers it has, with a blank between
 * @ipv6: it knows IPv6
 * @reason: where that stands
 */
struct preset {
	const char *name;
	struct range udp;
	struct range tcp;
	struct range low_tcp;
	const char *auths;
	bool ipv6;
	const char *reason;
};

const struct preset *preset_find(const char *name);
const char *preset_names(void);
bool preset_has_auth(const struct preset *preset, const struct auth *auth);
void preset_apply(struct settings *settings);
void preset_defaults(struct settings *settings);

#endif /* FLOW_PRESET_H */

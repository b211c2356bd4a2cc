/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of a set of ipset.
 */
#ifndef RULESET_IPSET_ENTRY_H
#define RULESET_IPSET_ENTRY_H

#include <libmnl/libmnl.h>

#include "ruleset/dump.h"

/**
 * struct ipset_kind - what the header of a set says
 * @any_protocol: the set is a bitmap of ports, of TCP and of UDP
 * @netmask: of addresses, as bits; 0: none
 */
struct ipset_kind {
	const struct dump_ipset *set;
	bool any_protocol;
	unsigned int netmask;
};

/* What became of an entry. */
enum ipset_entry {
	IPSET_ENTRY_TAKEN,
	IPSET_ENTRY_EXCEPT,	/* "nomatch": not the entry, but what it takes away */
	IPSET_ENTRY_STRANGE,
};

bool ipset_parts(struct dump_ipset *set, const char *type);
enum ipset_entry ipset_entry_read(const struct ipset_kind *kind, const struct nlattr *data,
				  struct interval *keys);

#endif /* RULESET_IPSET_ENTRY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of each network namespace, in /proc/net/nf_conntrack_amanda. */
#ifndef AMANDA_STATS_H
#define AMANDA_STATS_H

#include <net/net_namespace.h>

#include "amanda_packet.h"

/* Reasons of the helper itself, behind those of the grammar. */
enum amanda_helper_refusal {
	AMANDA_BAD_LENGTH = AMANDA_REFUSALS,	/* the UDP length lies */
	AMANDA_NOT_ASKED,	/* no request for this reply was seen */
	AMANDA_BAD_PORT,	/* below min_port, or outside ports= */
	AMANDA_NO_ROOM,		/* an expectation could not be made */
	AMANDA_NO_NAT,		/* nf_nat_amanda is not there, the flow is translated */
	AMANDA_NO_REWRITE,	/* the numbers could not be replaced */
	AMANDA_ALL_REFUSALS
};

enum amanda_counter {
	AMANDA_COUNT_REQUESTS = AMANDA_ALL_REFUSALS,
	AMANDA_COUNT_REPLIES,	/* replies that opened their streams */
	AMANDA_COUNT_REPEATED,	/* copies of those */
	AMANDA_COUNT_OPENED,	/* streams */
	AMANDA_COUNT_MAPPED,	/* streams that NAT gave another port */
	AMANDA_COUNT_DROPPED,	/* datagrams */
	AMANDA_COUNTERS
};

struct amanda_counters {
	unsigned long value[AMANDA_COUNTERS];
};

struct amanda_net {
	struct amanda_counters __percpu *counters;
};

extern unsigned int amanda_net_id;

void amanda_count(struct net *net, unsigned int counter, unsigned long by);
int amanda_stats_init(void);
void amanda_stats_exit(void);

#endif /* AMANDA_STATS_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ctnetlink says of one flow or one expectation.
 */
#ifndef MONITOR_RECORD_H
#define MONITOR_RECORD_H

#include <linux/netlink.h>

#include "flow/address.h"

/* NF_CT_HELPER_NAME_LEN of the kernel, but for numbers that it would not fit. */
#define HELPER_NAME_SIZE	32

/**
 * struct place - one end of a flow
 * @address: its address
 * @port: its port, in the order of the host; 0: any
 */
struct place {
	struct address address;
	uint16_t port;
};

/**
 * struct path - a direction of a flow, and what an expectation waits for
 * @protocol: IPPROTO_*
 * @zone: of connection tracking
 * @from: where its packets come from
 * @to: where they go to
 */
struct path {
	uint8_t protocol;
	uint16_t zone;
	struct place from;
	struct place to;
};

/**
 * struct flow_record - a flow
 * @path: the original direction
 * @reply: the other one, which tells of NAT
 * @related: it came of an expectation of @master
 * @master: the control flow, its original direction
 * @status: IPS_*
 * @tcp_state: TCP_CONNTRACK_*, or 0 where that is not told
 * @timeout: seconds that are left of its life
 * @helper: name, or ""
 */
struct flow_record {
	struct path path;
	struct path reply;
	bool related;
	struct path master;
	uint32_t status;
	uint8_t tcp_state;
	uint32_t timeout;
	char helper[HELPER_NAME_SIZE];
};

/**
 * struct expectation_record - an expectation
 * @path: what it waits for
 * @master: the control flow, its original direction
 * @announced: the port that the responder told of, where NAT gave it another; or 0
 * @timeout: seconds that are left of its life
 * @helper: name, or ""
 */
struct expectation_record {
	struct path path;
	struct path master;
	uint16_t announced;
	uint32_t timeout;
	char helper[HELPER_NAME_SIZE];
};

/* What has happened to it. */
enum record_news {
	NEWS_NEW,
	NEWS_UPDATE,
	NEWS_DESTROY,
	NEWS_READ,	/* nothing: it was read from the table */
};

bool flow_record_read(struct flow_record *record, const struct nlmsghdr *header);
bool expectation_record_read(struct expectation_record *record, const struct nlmsghdr *header);
enum record_news record_news(const struct nlmsghdr *header);
bool path_equal(const struct path *a, const struct path *b);

#endif /* MONITOR_RECORD_H */

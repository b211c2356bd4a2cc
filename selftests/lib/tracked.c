// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the gateway's conntrack through ctnetlink. */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <stdio.h>
#include <string.h>

#include "selftests/lib/report.h"
#include "selftests/lib/tracked.h"

static struct nfct_handle *open_handle(const struct lab *lab, uint8_t subsystem)
{
	struct nfct_handle *handle;

	lab_enter(lab, GATEWAY);
	handle = nfct_open(subsystem, 0);
	if (!handle)
		die("ctnetlink: %s", strerror(errno));
	return handle;
}

static void print_address(const struct nf_conntrack *tuple, enum nf_conntrack_attr four,
			  enum nf_conntrack_attr six, char *text)
{
	int family = nfct_get_attr_u8(tuple, ATTR_L3PROTO);

	inet_ntop(family, nfct_get_attr(tuple, family == AF_INET ? four : six), text,
		  INET6_ADDRSTRLEN);
}

static void read_opening(const struct nf_expect *expect, struct opening *opening)
{
	const struct nf_conntrack *tuple = nfexp_get_attr(expect, ATTR_EXP_EXPECTED);
	const struct nf_conntrack *master = nfexp_get_attr(expect, ATTR_EXP_MASTER);
	const struct nf_conntrack *mask = nfexp_get_attr(expect, ATTR_EXP_MASK);
	const char *helper = nfexp_get_attr(expect, ATTR_EXP_HELPER_NAME);

	opening->master = ntohs(nfct_get_attr_u16(master, ATTR_PORT_SRC));
	opening->port = ntohs(nfct_get_attr_u16(tuple, ATTR_PORT_DST));
	opening->protocol = nfct_get_attr_u8(tuple, ATTR_L4PROTO);
	opening->any_source_port = !nfct_get_attr_u16(mask, ATTR_PORT_SRC);
	opening->timeout = nfexp_get_attr_u32(expect, ATTR_EXP_TIMEOUT);
	opening->class = nfexp_get_attr_u32(expect, ATTR_EXP_CLASS);
	print_address(tuple, ATTR_IPV4_SRC, ATTR_IPV6_SRC, opening->source);
	print_address(tuple, ATTR_IPV4_DST, ATTR_IPV6_DST, opening->destination);
	snprintf(opening->helper, sizeof(opening->helper), "%s", helper ? helper : "");
}

static int collect(enum nf_conntrack_msg_type type, struct nf_expect *expect, void *data)
{
	struct openings *all = data;

	(void)type;
	if (all->count == OPENINGS_MAX)
		die("more than %d expectations", OPENINGS_MAX);
	read_opening(expect, &all->list[all->count++]);
	return NFCT_CB_CONTINUE;
}

/** openings_read() - all expectations of the gateway */
void openings_read(const struct lab *lab, struct openings *all)
{
	struct nfct_handle *handle = open_handle(lab, NFNL_SUBSYS_CTNETLINK_EXP);
	uint32_t family = (uint32_t)lab_family(lab);

	all->count = 0;
	nfexp_callback_register(handle, NFCT_T_ALL, collect, all);
	if (nfexp_query(handle, NFCT_Q_DUMP, &family) < 0)
		die("expectations: %s", strerror(errno));
	nfct_close(handle);
}

/** openings_flush() - forget all expectations */
void openings_flush(const struct lab *lab)
{
	struct nfct_handle *handle = open_handle(lab, NFNL_SUBSYS_CTNETLINK_EXP);
	uint32_t family = (uint32_t)lab_family(lab);

	if (nfexp_query(handle, NFCT_Q_FLUSH, &family) < 0)
		die("flush expectations: %s", strerror(errno));
	nfct_close(handle);
}

/* The control flow that starts at a certain port of the initiator. */
struct wanted {
	uint16_t port;
	struct nf_conntrack *found;
};

static int look(enum nf_conntrack_msg_type type, struct nf_conntrack *flow, void *data)
{
	struct wanted *wanted = data;

	(void)type;
	if (nfct_get_attr_u8(flow, ATTR_L4PROTO) == IPPROTO_UDP &&
	    ntohs(nfct_get_attr_u16(flow, ATTR_PORT_SRC)) == wanted->port && !wanted->found)
		wanted->found = nfct_clone(flow);
	return NFCT_CB_CONTINUE;
}

static struct nf_conntrack *find(const struct lab *lab, uint16_t source_port)
{
	struct nfct_handle *handle = open_handle(lab, NFNL_SUBSYS_CTNETLINK);
	struct wanted wanted = { .port = source_port };
	uint32_t family = (uint32_t)lab_family(lab);

	nfct_callback_register(handle, NFCT_T_ALL, look, &wanted);
	if (nfct_query(handle, NFCT_Q_DUMP, &family) < 0)
		die("flows: %s", strerror(errno));
	nfct_close(handle);
	return wanted.found;
}

/** flow_seconds() - what is left of a flow's life; -1 if there is no such flow */
int flow_seconds(const struct lab *lab, uint16_t source_port)
{
	struct nf_conntrack *flow = find(lab, source_port);
	int seconds;

	if (!flow)
		return -1;
	seconds = (int)nfct_get_attr_u32(flow, ATTR_TIMEOUT);
	nfct_destroy(flow);
	return seconds;
}

/** flow_delete() - forget a flow */
void flow_delete(const struct lab *lab, uint16_t source_port)
{
	struct nf_conntrack *flow = find(lab, source_port);
	struct nfct_handle *handle = open_handle(lab, NFNL_SUBSYS_CTNETLINK);

	if (!flow || nfct_query(handle, NFCT_Q_DESTROY, flow) < 0)
		die("delete a flow: %s", strerror(errno));
	nfct_destroy(flow);
	nfct_close(handle);
}

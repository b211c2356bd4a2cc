// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ctnetlink says of one flow or one expectation.
 */
#include "monitor/record.h"

#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <stdio.h>
#include <string.h>

/* The attributes of one direction; those of a master have other names. */
struct names {
	enum nf_conntrack_attr l3proto;
	enum nf_conntrack_attr l4proto;
	enum nf_conntrack_attr v4_from;
	enum nf_conntrack_attr v4_to;
	enum nf_conntrack_attr v6_from;
	enum nf_conntrack_attr v6_to;
	enum nf_conntrack_attr port_from;
	enum nf_conntrack_attr port_to;
};

static const struct names original = {
	ATTR_ORIG_L3PROTO, ATTR_ORIG_L4PROTO, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV4_DST,
	ATTR_ORIG_IPV6_SRC, ATTR_ORIG_IPV6_DST, ATTR_ORIG_PORT_SRC, ATTR_ORIG_PORT_DST,
};

static const struct names reply = {
	ATTR_REPL_L3PROTO, ATTR_REPL_L4PROTO, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV4_DST,
	ATTR_REPL_IPV6_SRC, ATTR_REPL_IPV6_DST, ATTR_REPL_PORT_SRC, ATTR_REPL_PORT_DST,
};

static const struct names master = {
	ATTR_MASTER_L3PROTO, ATTR_MASTER_L4PROTO, ATTR_MASTER_IPV4_SRC, ATTR_MASTER_IPV4_DST,
	ATTR_MASTER_IPV6_SRC, ATTR_MASTER_IPV6_DST, ATTR_MASTER_PORT_SRC, ATTR_MASTER_PORT_DST,
};

static struct address address_of(const struct nf_conntrack *flow, uint8_t family,
				 enum nf_conntrack_attr v4, enum nf_conntrack_attr v6)
{
	struct address address = { .family = family, .prefix = family == AF_INET ? 32 : 128 };
	const void *bytes = nfct_get_attr(flow, family == AF_INET ? v4 : v6);

	if (!bytes)
		return (struct address) { .family = AF_UNSPEC };
	if (family == AF_INET)
		memcpy(&address.v4, bytes, sizeof(address.v4));
	else
		memcpy(&address.v6, bytes, sizeof(address.v6));
	return address;
}

/* Other protocols have no ports, and are none of Amanda's. */
static bool path_read(struct path *path, const struct nf_conntrack *flow,
		      const struct names *names, uint16_t zone)
{
	uint8_t family = nfct_get_attr_u8(flow, names->l3proto);

	path->protocol = nfct_get_attr_u8(flow, names->l4proto);
	if ((family != AF_INET && family != AF_INET6) ||
	    (path->protocol != IPPROTO_UDP && path->protocol != IPPROTO_TCP))
		return false;
	path->zone = zone;
	path->from.address = address_of(flow, family, names->v4_from, names->v6_from);
	path->to.address = address_of(flow, family, names->v4_to, names->v6_to);
	path->from.port = ntohs(nfct_get_attr_u16(flow, names->port_from));
	path->to.port = ntohs(nfct_get_attr_u16(flow, names->port_to));
	return path->from.address.family && path->to.address.family;
}

static void name_read(char name[HELPER_NAME_SIZE], const char *text)
{
	snprintf(name, HELPER_NAME_SIZE, "%s", text ? text : "");
}

static bool flow_take(struct flow_record *record, const struct nf_conntrack *flow)
{
	uint16_t zone = nfct_get_attr_u16(flow, ATTR_ZONE);

	if (!path_read(&record->path, flow, &original, zone) ||
	    !path_read(&record->reply, flow, &reply, zone))
		return false;
	record->related = nfct_attr_is_set(flow, ATTR_MASTER_L4PROTO) > 0 &&
			  path_read(&record->master, flow, &master, zone);
	record->status = nfct_get_attr_u32(flow, ATTR_STATUS);
	record->tcp_state = nfct_get_attr_u8(flow, ATTR_TCP_STATE);
	record->timeout = nfct_get_attr_u32(flow, ATTR_TIMEOUT);
	name_read(record->helper, nfct_get_attr(flow, ATTR_HELPER_NAME));
	return true;
}

/**
 * flow_record_read() - read a message of conntrack
 * @record: filled in
 * @header: the message
 *
 * Return: false where it tells of nothing that has ports.
 */
bool flow_record_read(struct flow_record *record, const struct nlmsghdr *header)
{
	struct nf_conntrack *flow = nfct_new();
	bool good = flow && nfct_nlmsg_parse(header, flow) >= 0;

	memset(record, 0, sizeof(*record));
	good = good && flow_take(record, flow);
	if (flow)
		nfct_destroy(flow);
	return good;
}

/* NAT keeps what was announced as a source port: nf_nat_amanda.c, saved_proto. */
static uint16_t announced(const struct nf_expect *expect)
{
	const struct nf_conntrack *nat = nfexp_get_attr(expect, ATTR_EXP_NAT_TUPLE);

	return nat ? ntohs(nfct_get_attr_u16(nat, ATTR_ORIG_PORT_SRC)) : 0;
}

static bool expectation_take(struct expectation_record *record, const struct nf_expect *expect)
{
	const struct nf_conntrack *of = nfexp_get_attr(expect, ATTR_EXP_MASTER);
	const struct nf_conntrack *expected = nfexp_get_attr(expect, ATTR_EXP_EXPECTED);
	uint16_t zone = nfexp_get_attr_u16(expect, ATTR_EXP_ZONE);

	if (!of || !expected || !path_read(&record->path, expected, &original, zone) ||
	    !path_read(&record->master, of, &original, zone))
		return false;
	/* The mask has no source port: nf_ct_expect_init() of the kernel. */
	record->path.from.port = 0;
	record->announced = announced(expect);
	if (record->announced == record->path.to.port)
		record->announced = 0;
	record->timeout = nfexp_get_attr_u32(expect, ATTR_EXP_TIMEOUT);
	name_read(record->helper, nfexp_get_attr(expect, ATTR_EXP_HELPER_NAME));
	return true;
}

/**
 * expectation_record_read() - read a message of the expectations
 * @record: filled in
 * @header: the message
 *
 * Return: false where it tells of nothing that has ports.
 */
bool expectation_record_read(struct expectation_record *record, const struct nlmsghdr *header)
{
	struct nf_expect *expect = nfexp_new();
	bool good = expect && nfexp_nlmsg_parse(header, expect) >= 0;

	memset(record, 0, sizeof(*record));
	good = good && expectation_take(record, expect);
	if (expect)
		nfexp_destroy(expect);
	return good;
}

/**
 * record_news() - what an event says has happened
 * @header: the message
 *
 * Return: new, changed, or gone; the numbers are the same for both kinds.
 */
enum record_news record_news(const struct nlmsghdr *header)
{
	if ((header->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE)
		return NEWS_DESTROY;
	return header->nlmsg_flags & (NLM_F_CREATE | NLM_F_EXCL) ? NEWS_NEW : NEWS_UPDATE;
}

static bool place_equal(const struct place *a, const struct place *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

/**
 * path_equal() - are they the same?
 * @a: one
 * @b: the other
 *
 * Return: true where they are.
 */
bool path_equal(const struct path *a, const struct path *b)
{
	return a->protocol == b->protocol && a->zone == b->zone &&
	       place_equal(&a->from, &b->from) && place_equal(&a->to, &b->to);
}

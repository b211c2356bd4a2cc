// SPDX-License-Identifier: GPL-2.0-or-later
/* Matches of iptables that ask one field; the table of all of them. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_dscp.h>
#include <linux/netfilter/xt_helper.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_length.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_physdev.h>
#include <linux/netfilter/xt_pkttype.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ipt_ttl.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#include "ruleset/compile_xt.h"

/**
 * xt_values() - a field is within a range
 * @code: the rule
 * @field: the field
 * @low: first value
 * @high: last; below @low: none
 * @inverted: it is not
 */
void xt_values(struct code *code, enum field field, __uint128_t low, __uint128_t high,
	       bool inverted)
{
	const struct values *values = values_range(code->compiler->arena, low, high);

	if (inverted)
		code_match_not(code, field, values);
	else
		code_match(code, field, values);
}

/**
 * xt_masked() - bits of a field have a value
 * @code: the rule
 * @field: the field
 * @mask: which bits
 * @value: their value; with other bits than those, no packet fits
 * @inverted: they have not
 */
void xt_masked(struct code *code, enum field field, __uint128_t mask, __uint128_t value,
	       bool inverted)
{
	if (value & ~mask)
		xt_values(code, field, 1, 0, inverted);
	else
		code_bits(code, field, mask, value, inverted);
}

static void match_nothing(struct code *code, const void *info)
{
	(void)code;
	(void)info;
}

static void match_length(struct code *code, const void *info)
{
	const struct xt_length_info *length = info;

	xt_values(code, FIELD_LENGTH, length->min, length->max, length->invert);
}

static void match_pkttype(struct code *code, const void *info)
{
	const struct xt_pkttype_info *type = info;

	if (type->pkttype < 0 || type->pkttype > 255)
		xt_values(code, FIELD_PKTTYPE, 1, 0, type->invert);
	else
		xt_values(code, FIELD_PKTTYPE, type->pkttype, type->pkttype, type->invert);
}

/* The structure of IPv6's hop limit is the same. */
static void match_ttl(struct code *code, const void *info)
{
	const struct ipt_ttl_info *ttl = info;

	switch (ttl->mode) {
	case IPT_TTL_EQ:
	case IPT_TTL_NE:
		xt_values(code, FIELD_TTL, ttl->ttl, ttl->ttl, ttl->mode == IPT_TTL_NE);
		break;
	case IPT_TTL_LT:
		xt_values(code, FIELD_TTL, ttl->ttl, 255, true);
		break;
	case IPT_TTL_GT:
		xt_values(code, FIELD_TTL, 0, ttl->ttl, true);
		break;
	default:
		code_never(code);
	}
}

static void match_tos(struct code *code, const void *info)
{
	const struct xt_tos_match_info *tos = info;

	xt_masked(code, FIELD_TOS, tos->tos_mask, tos->tos_value, tos->invert);
}

static void match_dscp(struct code *code, const void *info)
{
	const struct xt_dscp_info *dscp = info;

	xt_masked(code, FIELD_TOS, XT_DSCP_MASK, (unsigned int)dscp->dscp << XT_DSCP_SHIFT,
		  dscp->invert);
}

/* Headers between those of IPv6 and of its protocol, which packets in question have not. */
static void match_extension(struct code *code, const void *info)
{
	(void)info;
	code_never(code);
}

/*
 * Packets in question are routed: none goes from one port of a bridge to another.  By
 * which port one came, where br_netfilter tells, nobody knows.
 */
static void match_physdev(struct code *code, const void *info)
{
	const struct xt_physdev_info *physdev = info;
	unsigned int bridged = physdev->bitmask & XT_PHYSDEV_OP_BRIDGED;

	if (bridged && !(physdev->invert & XT_PHYSDEV_OP_BRIDGED))
		code_never(code);
	else if (physdev->bitmask != bridged)
		code_doubt(code, "-m physdev");
}

/* Whatever is not here is doubt that has its name. */
const struct xt_kind xt_matches[] = {
	{ "addrtype", 0, sizeof(struct xt_addrtype_info), xt_match_addrtype, 0 },
	{ "addrtype", 1, sizeof(struct xt_addrtype_info_v1), xt_match_addrtype_1, 0 },
	{ "comment", -1, 0, match_nothing, 0 },
	{ "connmark", 1, sizeof(struct xt_connmark_mtinfo1), xt_match_connmark, 0 },
	{ "conntrack", 1, sizeof(struct xt_conntrack_mtinfo1), xt_match_conntrack_1, 0 },
	{ "conntrack", 2, sizeof(struct xt_conntrack_mtinfo2), xt_match_conntrack_2, 0 },
	{ "conntrack", 3, sizeof(struct xt_conntrack_mtinfo3), xt_match_conntrack_3, 0 },
	{ "dscp", 0, sizeof(struct xt_dscp_info), match_dscp, 0 },
	{ "dst", -1, 0, match_extension, 0 },
	{ "frag", -1, 0, match_extension, 0 },
	{ "hbh", -1, 0, match_extension, 0 },
	{ "helper", 0, sizeof(struct xt_helper_info), xt_match_helper, 0 },
	{ "hl", 0, sizeof(struct ipt_ttl_info), match_ttl, 0 },
	{ "icmp", 0, sizeof(struct ipt_icmp), xt_match_icmp, 0 },
	{ "icmp6", 0, sizeof(struct ipt_icmp), xt_match_icmp, 0 },
	{ "iprange", 1, sizeof(struct xt_iprange_mtinfo), xt_match_iprange, 0 },
	{ "length", 0, sizeof(struct xt_length_info), match_length, 0 },
	{ "mark", 1, sizeof(struct xt_mark_mtinfo1), xt_match_mark, 0 },
	{ "multiport", 0, sizeof(struct xt_multiport), xt_match_multiport, 0 },
	{ "multiport", 1, sizeof(struct xt_multiport_v1), xt_match_multiport_1, 0 },
	{ "nfacct", -1, 0, match_nothing, 0 },
	{ "physdev", 0, sizeof(struct xt_physdev_info), match_physdev, 0 },
	{ "pkttype", 0, sizeof(struct xt_pkttype_info), match_pkttype, 0 },
	{ "mh", -1, 0, match_extension, 0 },
	{ "rpfilter", 0, sizeof(struct xt_rpfilter_info), xt_match_rpfilter, 0 },
	{ "rt", -1, 0, match_extension, 0 },
	{ "set", 0, sizeof(struct xt_set_info_match_v0), xt_match_set_0, 0 },
	{ "set", 1, sizeof(struct xt_set_info_match_v1), xt_match_set, 0 },
	{ "set", 2, sizeof(struct xt_set_info_match_v1), xt_match_set, 0 },
	{ "set", 3, sizeof(struct xt_set_info_match_v3), xt_match_set_counted, 0 },
	{ "set", 4, sizeof(struct xt_set_info_match_v4), xt_match_set_counted, 0 },
	{ "state", 0, sizeof(struct xt_state_info), xt_match_state, 0 },
	{ "tcp", 0, sizeof(struct xt_tcp), xt_match_tcp, 0 },
	{ "tos", 1, sizeof(struct xt_tos_match_info), match_tos, 0 },
	{ "ttl", 0, sizeof(struct ipt_ttl_info), match_ttl, 0 },
	{ "udp", 0, sizeof(struct xt_udp), xt_match_udp, 0 },
	{ "udplite", 0, sizeof(struct xt_udp), xt_match_udp, 0 },
	{ NULL, 0, 0, NULL, 0 },
};

// SPDX-License-Identifier: GPL-2.0-or-later
/* Matches of addresses: addrtype, iprange, rpfilter. */
#include <netinet/in.h>

#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_iprange.h>
#include <linux/netfilter/xt_rpfilter.h>
#include <linux/rtnetlink.h>

#include "ruleset/compile_xt.h"

static const struct values *types(struct code *code, unsigned int mask)
{
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_range(arena, 1, 0);
	unsigned int i;

	for (i = 0; i < 16 && values; i++)
		if (mask >> i & 1)
			values = values_or(arena, values, values_one(arena, i));
	return values;
}

/*
 * match_type6() of xt_addrtype.c asks all that is in the mask one after the
 * other; there, the machine's own addresses are unicast too.
 */
static const struct values *types_6(struct code *code, unsigned int mask)
{
	unsigned int routed = mask & (XT_ADDRTYPE_LOCAL | XT_ADDRTYPE_ANYCAST |
				      XT_ADDRTYPE_UNREACHABLE);
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_range(arena, 0, 255);

	if (values && (mask & XT_ADDRTYPE_MULTICAST))
		values = values_and(arena, values, types(code, XT_ADDRTYPE_MULTICAST));
	if (values && (mask & XT_ADDRTYPE_UNICAST))
		values = values_minus(arena, values, types(code, XT_ADDRTYPE_MULTICAST |
							   XT_ADDRTYPE_UNSPEC));
	if (values && (mask & XT_ADDRTYPE_UNSPEC))
		values = values_and(arena, values, types(code, XT_ADDRTYPE_UNSPEC));
	if (values && routed)
		values = values_and(arena, values, types(code, routed));
	return values;
}

static void match_type(struct code *code, enum field field, unsigned int mask, bool inverted)
{
	const struct values *values;

	if (!mask)
		return;
	values = code->version == VERSION_4 ? types(code, mask) : types_6(code, mask);
	if (inverted)
		code_match_not(code, field, values);
	else
		code_match(code, field, values);
}

/**
 * xt_match_addrtype() - what kind of addresses
 * @code: the rule
 * @info: struct xt_addrtype_info
 */
void xt_match_addrtype(struct code *code, const void *info)
{
	const struct xt_addrtype_info *type = info;

	match_type(code, FIELD_SADDR_TYPE, type->source, type->invert_source);
	match_type(code, FIELD_DADDR_TYPE, type->dest, type->invert_dest);
}

/**
 * xt_match_addrtype_1() - what kind of addresses
 * @code: the rule
 * @info: struct xt_addrtype_info_v1
 */
void xt_match_addrtype_1(struct code *code, const void *info)
{
	const struct xt_addrtype_info_v1 *type = info;

	if (type->flags & (XT_ADDRTYPE_LIMIT_IFACE_IN | XT_ADDRTYPE_LIMIT_IFACE_OUT)) {
		code_doubt(code, "-m addrtype --limit-iface");
		return;
	}
	match_type(code, FIELD_SADDR_TYPE, type->source,
		   type->flags & XT_ADDRTYPE_INVERT_SOURCE);
	match_type(code, FIELD_DADDR_TYPE, type->dest, type->flags & XT_ADDRTYPE_INVERT_DEST);
}

static __uint128_t number(const struct code *code, const union nf_inet_addr *address)
{
	return bytes_number((const unsigned char *)address, code->version == VERSION_4 ? 4 : 16);
}

/**
 * xt_match_iprange() - addresses from one to another
 * @code: the rule
 * @info: struct xt_iprange_mtinfo
 */
void xt_match_iprange(struct code *code, const void *info)
{
	const struct xt_iprange_mtinfo *range = info;

	if (range->flags & IPRANGE_SRC)
		xt_values(code, FIELD_SADDR, number(code, &range->src_min),
			  number(code, &range->src_max), range->flags & IPRANGE_SRC_INV);
	if (range->flags & IPRANGE_DST)
		xt_values(code, FIELD_DADDR, number(code, &range->dst_min),
			  number(code, &range->dst_max), range->flags & IPRANGE_DST_INV);
}

/**
 * xt_match_rpfilter() - there is a route back
 * @code: the rule
 * @info: struct xt_rpfilter_info
 *
 * As expr_fib(): flows come from where the route back leads.
 */
void xt_match_rpfilter(struct code *code, const void *info)
{
	const struct xt_rpfilter_info *filter = info;

	if (filter->flags & XT_RPFILTER_INVERT)
		code_never(code);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets that translate. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>

#include "ruleset/compile_xt.h"

static void translate(struct code *code, enum nat_kind kind, const struct nf_nat_range *range)
{
	unsigned int length = code->version == VERSION_4 ? 4 : 16;
	struct step *step = code_step(code, STEP_NAT);
	struct nat_step *nat;

	if (!step)
		return;
	code->done = true;
	nat = &step->nat;
	nat->kind = kind;
	nat->random = range->flags & NF_NAT_RANGE_PROTO_RANDOM_ALL;
	if (range->flags & (NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_NETMAP)) {
		nat->address.low = bytes_number((const unsigned char *)&range->min_addr, length);
		nat->address.high = bytes_number((const unsigned char *)&range->max_addr, length);
	}
	if (range->flags & NF_NAT_RANGE_PROTO_SPECIFIED) {
		nat->port.low = ntohs(range->min_proto.all);
		nat->port.high = ntohs(range->max_proto.all);
	}
}

/* The form that IPv4 has had from the beginning, with a list of one range. */
static void translate_4(struct code *code, enum nat_kind kind, const void *info)
{
	const struct nf_nat_ipv4_multi_range_compat *list = info;
	const struct nf_nat_ipv4_range *old = &list->range[0];
	struct nf_nat_range range = {
		.flags = old->flags, .min_addr.ip = old->min_ip, .max_addr.ip = old->max_ip,
		.min_proto = old->min, .max_proto = old->max,
	};

	translate(code, kind, &range);
}

/* xt_nat.c and its like: revision 0 is either, by family. */
static void translate_any(struct code *code, enum nat_kind kind, const void *info)
{
	if (code->version == VERSION_4)
		translate_4(code, kind, info);
	else
		translate(code, kind, info);
}

/**
 * xt_target_snat_0() - another source, oldest revision
 * @code: the rule
 * @info: struct nf_nat_ipv4_multi_range_compat
 */
void xt_target_snat_0(struct code *code, const void *info)
{
	translate_any(code, NAT_SNAT, info);
}

/**
 * xt_target_snat() - another source
 * @code: the rule
 * @info: struct nf_nat_range, which the next one begins with
 */
void xt_target_snat(struct code *code, const void *info)
{
	translate(code, NAT_SNAT, info);
}

/**
 * xt_target_dnat_0() - another destination, oldest revision
 * @code: the rule
 * @info: struct nf_nat_ipv4_multi_range_compat
 */
void xt_target_dnat_0(struct code *code, const void *info)
{
	translate_any(code, NAT_DNAT, info);
}

/**
 * xt_target_dnat() - another destination
 * @code: the rule
 * @info: struct nf_nat_range, which the next one begins with
 */
void xt_target_dnat(struct code *code, const void *info)
{
	translate(code, NAT_DNAT, info);
}

/**
 * xt_target_masquerade() - the address of the interface
 * @code: the rule
 * @info: a range by family
 */
void xt_target_masquerade(struct code *code, const void *info)
{
	translate_any(code, NAT_MASQUERADE, info);
}

/**
 * xt_target_redirect() - to this machine
 * @code: the rule
 * @info: a range by family
 */
void xt_target_redirect(struct code *code, const void *info)
{
	translate_any(code, NAT_REDIRECT, info);
}

/**
 * xt_target_netmap() - to the same place in another network
 * @code: the rule
 * @info: a range by family
 */
void xt_target_netmap(struct code *code, const void *info)
{
	translate_any(code, NAT_NETMAP, info);
}

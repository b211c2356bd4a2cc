// SPDX-License-Identifier: GPL-2.0-or-later
/* Matches of ports: tcp, udp, icmp, multiport. */
#include <netinet/in.h>

#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#include "ruleset/compile_xt.h"

/* All ports are what is there when none are asked for. */
static void match_ports(struct code *code, enum field field, const uint16_t ports[2],
			bool inverted)
{
	if (inverted || ports[0] || ports[1] != 0xffff)
		xt_values(code, field, ports[0], ports[1], inverted);
}

/**
 * xt_match_tcp() - ports and flags
 * @code: the rule
 * @info: struct xt_tcp
 */
void xt_match_tcp(struct code *code, const void *info)
{
	const struct xt_tcp *tcp = info;

	match_ports(code, FIELD_SPORT, tcp->spts, tcp->invflags & XT_TCP_INV_SRCPT);
	match_ports(code, FIELD_DPORT, tcp->dpts, tcp->invflags & XT_TCP_INV_DSTPT);
	if (tcp->flg_mask || tcp->flg_cmp)
		xt_masked(code, FIELD_TCP_FLAGS, tcp->flg_mask, tcp->flg_cmp,
			  tcp->invflags & XT_TCP_INV_FLAGS);
	if (tcp->option)
		code_doubt(code, "tcp option");
}

/**
 * xt_match_udp() - ports
 * @code: the rule
 * @info: struct xt_udp
 */
void xt_match_udp(struct code *code, const void *info)
{
	const struct xt_udp *udp = info;

	match_ports(code, FIELD_SPORT, udp->spts, udp->invflags & XT_UDP_INV_SRCPT);
	match_ports(code, FIELD_DPORT, udp->dpts, udp->invflags & XT_UDP_INV_DSTPT);
}

/**
 * xt_match_icmp() - type and code
 * @code: the rule
 * @info: struct ipt_icmp; of IPv6 it is the same
 *
 * Type 255 is any in ip_tables.c, and a type like others in ip6_tables.c.
 */
void xt_match_icmp(struct code *code, const void *info)
{
	const struct ipt_icmp *icmp = info;
	bool inverted = icmp->invflags & IPT_ICMP_INV;

	if (code->version == VERSION_4 && icmp->type == 255) {
		if (inverted)
			code_never(code);
		return;
	}
	xt_values(code, FIELD_ICMP, 256U * icmp->type + icmp->code[0],
		  256U * icmp->type + icmp->code[1], inverted);
}

static void match_list(struct code *code, unsigned int which, const struct values *values,
		       bool inverted)
{
	if (values && inverted)
		values = values_not(code->compiler->arena, values, 0xffff);
	switch (which) {
	case XT_MULTIPORT_SOURCE:
		code_match(code, FIELD_SPORT, values);
		break;
	case XT_MULTIPORT_DESTINATION:
		code_match(code, FIELD_DPORT, values);
		break;
	case XT_MULTIPORT_EITHER:
		if (inverted) {
			code_match(code, FIELD_SPORT, values);
			code_match(code, FIELD_DPORT, values);
		} else {
			code_either(code, FIELD_SPORT, FIELD_DPORT, values);
		}
		break;
	default:
		code_doubt(code, "-m multiport");
	}
}

/**
 * xt_match_multiport() - a list of ports
 * @code: the rule
 * @info: struct xt_multiport
 */
void xt_match_multiport(struct code *code, const void *info)
{
	const struct xt_multiport *ports = info;
	struct interval list[XT_MULTI_PORTS];
	size_t i;

	for (i = 0; i < ports->count && i < XT_MULTI_PORTS; i++)
		list[i].low = list[i].high = ports->ports[i];
	match_list(code, ports->flags, values_list(code->compiler->arena, list, i), false);
}

/**
 * xt_match_multiport_1() - a list of ports and ranges
 * @code: the rule
 * @info: struct xt_multiport_v1: where a flag is set, the port and the next are a range
 */
void xt_match_multiport_1(struct code *code, const void *info)
{
	const struct xt_multiport_v1 *ports = info;
	struct interval list[XT_MULTI_PORTS];
	size_t i, count = 0;

	for (i = 0; i < ports->count && i < XT_MULTI_PORTS; i++) {
		list[count].low = ports->ports[i];
		if (ports->pflags[i] && i + 1 < XT_MULTI_PORTS)
			i++;
		list[count++].high = ports->ports[i];
	}
	match_list(code, ports->flags, values_list(code->compiler->arena, list, count),
		   ports->invert);
}

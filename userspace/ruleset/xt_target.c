// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets of iptables; the table of all of them. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_DSCP.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_set.h>
#include <linux/netfilter_ipv4/ipt_TTL.h>

#include "ruleset/compile_xt.h"

static void target_nothing(struct code *code, const void *info)
{
	(void)code;
	(void)info;
}

static void target_reject(struct code *code, const void *info)
{
	(void)info;
	code_verdict(code, VERDICT_REJECT, NULL);
}

static void target_queue(struct code *code, const void *info)
{
	(void)info;
	code_verdict(code, VERDICT_QUEUE, NULL);
}

static void target_synproxy(struct code *code, const void *info)
{
	(void)info;
	expr_synproxy(code, NULL);
}

static void target_notrack(struct code *code, const void *info)
{
	(void)info;
	code_step(code, STEP_NOTRACK);
}

/* Where a socket is found the packet is accepted, and otherwise dropped. */
static void target_tproxy(struct code *code, const void *info)
{
	(void)info;
	code_lost(code, "-j TPROXY");
}

/* The zone of the template, where it is for both directions; see enter_zone() for one. */
static void target_zone(struct code *code, unsigned int zone)
{
	struct step *step = code_step(code, STEP_ASSIGN);

	if (!step)
		return;
	step->field = FIELD_CT_ZONE;
	step->from = FIELD_CT_ZONE;
	step->value = zone;
}

/* The helper is that of the template, which connection tracking then copies. */
static void target_ct(struct code *code, const void *info)
{
	const struct xt_ct_target_info *ct = info;
	char name[sizeof(ct->helper) + 1] = "";

	memcpy(name, ct->helper, sizeof(ct->helper));
	if (ct->zone || (ct->flags & XT_CT_ZONE_MARK))
		target_zone(code, ct->zone);
	if (ct->flags & XT_CT_NOTRACK)
		code_step(code, STEP_NOTRACK);
	else if (*name)
		code_helper(code, name, true);
}

/* What IPv4 has had from the beginning, and IPv6. */
#define RANGE_4	sizeof(struct nf_nat_ipv4_multi_range_compat)
#define RANGE_6	sizeof(struct nf_nat_range)

/* Whatever is not here may end the way of a packet or not. */
const struct xt_kind xt_targets[] = {
	{ "AUDIT", -1, 0, target_nothing, 0 },
	{ "CHECKSUM", -1, 0, target_nothing, 0 },
	{ "CLASSIFY", -1, 0, target_nothing, 0 },
	{ "CONNMARK", 1, sizeof(struct xt_connmark_tginfo1), xt_target_connmark_1, 0 },
	{ "CONNMARK", 2, sizeof(struct xt_connmark_tginfo2), xt_target_connmark_2, 0 },
	{ "CONNSECMARK", -1, 0, target_nothing, 0 },
	{ "CT", -1, sizeof(struct xt_ct_target_info), target_ct, 0 },
	{ "DNAT", 0, RANGE_4, xt_target_dnat_0, RANGE_6 },
	{ "DNAT", -1, RANGE_6, xt_target_dnat, 0 },
	{ "DSCP", 0, sizeof(struct xt_DSCP_info), xt_target_dscp, 0 },
	{ "ECN", -1, 0, target_nothing, 0 },
	{ "HL", 0, sizeof(struct ipt_TTL_info), xt_target_ttl, 0 },
	{ "HMARK", -1, 0, xt_target_hmark, 0 },
	{ "IDLETIMER", -1, 0, target_nothing, 0 },
	{ "LED", -1, 0, target_nothing, 0 },
	{ "LOG", -1, 0, target_nothing, 0 },
	{ "MARK", 2, sizeof(struct xt_mark_tginfo2), xt_target_mark, 0 },
	{ "MASQUERADE", 0, RANGE_4, xt_target_masquerade, RANGE_6 },
	{ "NETMAP", 0, RANGE_4, xt_target_netmap, RANGE_6 },
	{ "NFLOG", -1, 0, target_nothing, 0 },
	{ "NFQUEUE", -1, 0, target_queue, 0 },
	{ "NOTRACK", -1, 0, target_notrack, 0 },
	{ "QUEUE", -1, 0, target_queue, 0 },
	{ "RATEEST", -1, 0, target_nothing, 0 },
	{ "REDIRECT", 0, RANGE_4, xt_target_redirect, RANGE_6 },
	{ "REJECT", -1, 0, target_reject, 0 },
	{ "SECMARK", -1, 0, target_nothing, 0 },
	{ "SET", 1, sizeof(struct xt_set_info_target_v1), xt_target_set, 0 },
	{ "SET", 2, sizeof(struct xt_set_info_target_v2), xt_target_set, 0 },
	{ "SET", 3, sizeof(struct xt_set_info_target_v3), xt_target_set, 0 },
	{ "SNAT", 0, RANGE_4, xt_target_snat_0, RANGE_6 },
	{ "SNAT", -1, RANGE_6, xt_target_snat, 0 },
	{ "SYNPROXY", -1, 0, target_synproxy, 0 },
	{ "TCPMSS", -1, 0, target_nothing, 0 },
	{ "TCPOPTSTRIP", -1, 0, target_nothing, 0 },
	{ "TEE", -1, 0, target_nothing, 0 },
	{ "TOS", -1, sizeof(struct xt_tos_target_info), xt_target_tos, 0 },
	{ "TPROXY", -1, 0, target_tproxy, 0 },
	{ "TRACE", -1, 0, target_nothing, 0 },
	{ "TTL", 0, sizeof(struct ipt_TTL_info), xt_target_ttl, 0 },
	{ "ULOG", -1, 0, target_nothing, 0 },
	{ NULL, 0, 0, NULL, 0 },
};

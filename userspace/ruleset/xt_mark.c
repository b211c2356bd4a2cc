// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks, and bytes of the header that targets change. */
#include <netinet/in.h>

#include <linux/netfilter/xt_DSCP.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter_ipv4/ipt_TTL.h>

#include "ruleset/compile_xt.h"

/**
 * xt_match_mark() - the packet's mark
 * @code: the rule
 * @info: struct xt_mark_mtinfo1
 */
void xt_match_mark(struct code *code, const void *info)
{
	const struct xt_mark_mtinfo1 *mark = info;

	xt_masked(code, FIELD_MARK, mark->mask, mark->mark, mark->invert);
}

static struct step *assign(struct code *code, enum field field, enum field from,
			   __uint128_t mask, __uint128_t value)
{
	struct step *step = code_step(code, STEP_ASSIGN);

	register_changed(code, field);
	if (!step)
		return NULL;
	step->field = field;
	step->from = from;
	step->mask = mask & code_most(code, field);
	step->value = value;
	return step;
}

static void assign_unknown(struct code *code, enum field field, const char *name)
{
	struct step *step = assign(code, field, field, 0, 0);

	if (step)
		step->name = name;
}

/**
 * xt_target_mark() - change the packet's mark
 * @code: the rule
 * @info: struct xt_mark_tginfo2
 */
void xt_target_mark(struct code *code, const void *info)
{
	const struct xt_mark_tginfo2 *mark = info;

	assign(code, FIELD_MARK, FIELD_MARK, ~(__uint128_t)mark->mask, mark->mark);
}

/* (@to & ~@keep_not) ^ (@from & @mask) */
static void copy(struct code *code, enum field to, enum field from, uint32_t keep_not,
		 uint32_t mask)
{
	struct step *step;

	code_tracked(code);
	step = assign(code, to, mask ? from : to, mask ? mask : ~keep_not, 0);
	if (step && mask)
		step->keep = (uint32_t)~keep_not;
}

/* connmark_tg_shift() of xt_connmark.c. */
static void connmark(struct code *code, const struct xt_connmark_tginfo2 *info)
{
	if (info->shift_bits) {
		assign_unknown(code, info->mode == XT_CONNMARK_RESTORE ? FIELD_MARK :
			       FIELD_CT_MARK, "a mark that is shifted");
		return;
	}
	switch (info->mode) {
	case XT_CONNMARK_SET:
		assign(code, FIELD_CT_MARK, FIELD_CT_MARK, ~(__uint128_t)info->ctmask,
		       info->ctmark);
		break;
	case XT_CONNMARK_SAVE:
		copy(code, FIELD_CT_MARK, FIELD_MARK, info->ctmask, info->nfmask);
		break;
	case XT_CONNMARK_RESTORE:
		copy(code, FIELD_MARK, FIELD_CT_MARK, info->nfmask, info->ctmask);
		break;
	}
}

/**
 * xt_target_connmark_1() - change the connection's mark, or copy it
 * @code: the rule
 * @info: struct xt_connmark_tginfo1
 */
void xt_target_connmark_1(struct code *code, const void *info)
{
	const struct xt_connmark_tginfo1 *one = info;
	struct xt_connmark_tginfo2 two = {
		.ctmark = one->ctmark, .ctmask = one->ctmask, .nfmask = one->nfmask,
		.mode = one->mode,
	};

	connmark(code, &two);
}

/**
 * xt_target_connmark_2() - the same with shifts
 * @code: the rule
 * @info: struct xt_connmark_tginfo2
 */
void xt_target_connmark_2(struct code *code, const void *info)
{
	connmark(code, info);
}

/**
 * xt_target_hmark() - a mark by a hash
 * @code: the rule
 * @info: of no use
 */
void xt_target_hmark(struct code *code, const void *info)
{
	(void)info;
	assign_unknown(code, FIELD_MARK, "-j HMARK");
}

/**
 * xt_target_tos() - bits of the type of service
 * @code: the rule
 * @info: struct xt_tos_target_info
 */
void xt_target_tos(struct code *code, const void *info)
{
	const struct xt_tos_target_info *tos = info;

	assign(code, FIELD_TOS, FIELD_TOS, ~(__uint128_t)tos->tos_mask, tos->tos_value);
}

/**
 * xt_target_dscp() - the upper six of them
 * @code: the rule
 * @info: struct xt_DSCP_info
 */
void xt_target_dscp(struct code *code, const void *info)
{
	const struct xt_DSCP_info *dscp = info;

	assign(code, FIELD_TOS, FIELD_TOS, ~(__uint128_t)XT_DSCP_MASK,
	       (unsigned int)dscp->dscp << XT_DSCP_SHIFT & XT_DSCP_MASK);
}

/**
 * xt_target_ttl() - how far a packet goes
 * @code: the rule
 * @info: struct ipt_TTL_info; of IPv6 it is the same
 */
void xt_target_ttl(struct code *code, const void *info)
{
	const struct ipt_TTL_info *ttl = info;

	if (ttl->mode == IPT_TTL_SET)
		assign(code, FIELD_TTL, FIELD_TTL, 0, ttl->ttl);
	else
		assign_unknown(code, FIELD_TTL, "a ttl that is counted");
}

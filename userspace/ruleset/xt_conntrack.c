// SPDX-License-Identifier: GPL-2.0-or-later
/* Matches of connection tracking: conntrack, state, helper, connmark. */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_helper.h>
#include <linux/netfilter/xt_state.h>

#include "ruleset/compile_xt.h"

#define NAT_STATES	(XT_CONNTRACK_STATE_SNAT | XT_CONNTRACK_STATE_DNAT)

#define FIRST_FLAGS	(XT_CONNTRACK_ORIGSRC | XT_CONNTRACK_ORIGDST | \
			 XT_CONNTRACK_ORIGSRC_PORT | XT_CONNTRACK_ORIGDST_PORT)

/* What an answer will have, translations still to come decide. */
#define REPLY_FLAGS	(XT_CONNTRACK_REPLSRC | XT_CONNTRACK_REPLDST | \
			 XT_CONNTRACK_REPLSRC_PORT | XT_CONNTRACK_REPLDST_PORT)

static void match_states(struct code *code, unsigned int states, bool inverted)
{
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_range(arena, 1, 0);
	unsigned int bit;

	for (bit = 1; bit <= NF_CT_STATE_UNTRACKED_BIT && values; bit <<= 1)
		if (states & bit)
			values = values_or(arena, values, values_one(arena, bit));
	if (values && inverted)
		values = values_minus(arena, field_any(FIELD_CT_STATE), values);
	code_match(code, FIELD_CT_STATE, values);
}

/* One of some bits of the status is set, or none of them; @or_none: or no connection is. */
static void match_bits(struct code *code, unsigned int mask, bool inverted, bool or_none)
{
	struct arena *arena = code->compiler->arena;
	struct step *step = code_step(code, STEP_MASKED);

	if (!step)
		return;
	step->field = FIELD_CT_STATUS;
	step->mask = mask;
	step->values = inverted ? values_one(arena, 0) :
		       values_range(arena, 1, field_most(FIELD_CT_STATUS));
	step->or_none = or_none;
}

/* xt_conntrack.c counts a translated connection as a state beside the others. */
static void match_conntrack_state(struct code *code, unsigned int mask, bool inverted)
{
	unsigned int states = mask & (NF_CT_STATE_INVALID_BIT | 2 | 4 | 8), status = 0;

	if (mask & XT_CONNTRACK_STATE_UNTRACKED)
		states |= NF_CT_STATE_UNTRACKED_BIT;
	if (mask & XT_CONNTRACK_STATE_SNAT)
		status |= IPS_SRC_NAT;
	if (mask & XT_CONNTRACK_STATE_DNAT)
		status |= IPS_DST_NAT;
	if (!status)
		match_states(code, states, inverted);
	else if (states && !inverted)
		code_doubt(code, "--ctstate with both a state and a translation");
	else if (states)
		match_states(code, states, true);
	if (status && (!states || inverted))
		match_bits(code, status, inverted, inverted);
}


/* Behind --ctstate a packet of no connection matches, whatever else is asked. */
static void match_direction(struct code *code, bool reply, bool or_none)
{
	const struct values *values = values_one(code->compiler->arena, reply);

	if (or_none)
		values = values_or(code->compiler->arena, values,
				   values_one(code->compiler->arena, 2));
	code_match(code, FIELD_CT_DIRECTION, values);
}

static __uint128_t address_of(const struct code *code, const union nf_inet_addr *address)
{
	return bytes_number((const unsigned char *)address, code->version == VERSION_4 ? 4 : 16);
}

/* conntrack_addrcmp() does not see bits of an IPv6 address that the mask has not. */
static void match_address(struct code *code, enum field field, const union nf_inet_addr *address,
			  const union nf_inet_addr *mask, bool inverted)
{
	__uint128_t value = address_of(code, address), bits = address_of(code, mask);

	if (code->version == VERSION_6)
		value &= bits;
	xt_masked(code, field, bits, value, inverted);
}

/* Packets of no connection: behind --ctstate they match whatever the addresses are. */
static bool lets_none_in(const struct xt_conntrack_mtinfo3 *info)
{
	const unsigned int none = XT_CONNTRACK_STATE_INVALID | XT_CONNTRACK_STATE_UNTRACKED;

	if (!(info->match_flags & XT_CONNTRACK_STATE))
		return false;
	if (info->invert_flags & XT_CONNTRACK_STATE)
		return (info->state_mask & none) != none;
	return info->state_mask & none;
}

static void match_first(struct code *code, const struct xt_conntrack_mtinfo3 *info)
{
	unsigned int asked = info->match_flags, inverted = info->invert_flags;

	if (lets_none_in(info)) {
		code_doubt(code, "--ctorig beside a --ctstate of no connection");
		return;
	}
	code_match(code, FIELD_CT_DIRECTION, values_range(code->compiler->arena, 0, 1));
	if (asked & XT_CONNTRACK_ORIGSRC)
		match_address(code, FIELD_CT_SADDR, &info->origsrc_addr, &info->origsrc_mask,
			      inverted & XT_CONNTRACK_ORIGSRC);
	if (asked & XT_CONNTRACK_ORIGDST)
		match_address(code, FIELD_CT_DADDR, &info->origdst_addr, &info->origdst_mask,
			      inverted & XT_CONNTRACK_ORIGDST);
	if (asked & XT_CONNTRACK_ORIGSRC_PORT)
		xt_values(code, FIELD_CT_SPORT, info->origsrc_port, info->origsrc_port_high,
			  inverted & XT_CONNTRACK_ORIGSRC_PORT);
	if (asked & XT_CONNTRACK_ORIGDST_PORT)
		xt_values(code, FIELD_CT_DPORT, info->origdst_port, info->origdst_port_high,
			  inverted & XT_CONNTRACK_ORIGDST_PORT);
}

/* A flag says what is asked, and its inversion that the opposite is. */
static void match_rest(struct code *code, const struct xt_conntrack_mtinfo3 *info)
{
	unsigned int asked = info->match_flags, inverted = info->invert_flags;
	bool or_none = asked & XT_CONNTRACK_STATE;

	if (!or_none)
		code_match(code, FIELD_CT_DIRECTION, values_range(code->compiler->arena, 0, 1));
	if (asked & XT_CONNTRACK_DIRECTION)
		match_direction(code, inverted & XT_CONNTRACK_DIRECTION, or_none);
	if (asked & XT_CONNTRACK_PROTO)
		xt_values(code, FIELD_PROTOCOL, info->l4proto, info->l4proto,
			  inverted & XT_CONNTRACK_PROTO);
	if (asked & XT_CONNTRACK_STATUS)
		match_bits(code, info->status_mask, inverted & XT_CONNTRACK_STATUS, or_none);
	if (asked & FIRST_FLAGS)
		match_first(code, info);
	if (asked & REPLY_FLAGS)
		code_doubt(code, "-m conntrack --ctrepl");
	if (asked & XT_CONNTRACK_EXPIRES)
		code_doubt(code, "-m conntrack --ctexpire");
}

static void match_conntrack(struct code *code, const struct xt_conntrack_mtinfo3 *info)
{
	if (info->match_flags & XT_CONNTRACK_STATE)
		match_conntrack_state(code, info->state_mask,
				      info->invert_flags & XT_CONNTRACK_STATE);
	match_rest(code, info);
}

/* Revisions before the third have single ports, as they are in a packet. */
static struct xt_conntrack_mtinfo3 as_third(const struct xt_conntrack_mtinfo2 *two)
{
	struct xt_conntrack_mtinfo3 three = { 0 };

	memcpy(&three, two, sizeof(*two));
	three.origsrc_port = ntohs(two->origsrc_port);
	three.origdst_port = ntohs(two->origdst_port);
	three.origsrc_port_high = three.origsrc_port;
	three.origdst_port_high = three.origdst_port;
	return three;
}

/**
 * xt_match_conntrack_1() - first revision: masks of eight bits
 * @code: the rule
 * @info: struct xt_conntrack_mtinfo1
 */
void xt_match_conntrack_1(struct code *code, const void *info)
{
	const struct xt_conntrack_mtinfo1 *one = info;
	struct xt_conntrack_mtinfo2 two = { 0 };

	memcpy(&two, one, offsetof(struct xt_conntrack_mtinfo1, state_mask));
	two.state_mask = one->state_mask;
	two.status_mask = one->status_mask;
	xt_match_conntrack_2(code, &two);
}

/**
 * xt_match_conntrack_2() - second revision: single ports
 * @code: the rule
 * @info: struct xt_conntrack_mtinfo2
 */
void xt_match_conntrack_2(struct code *code, const void *info)
{
	const struct xt_conntrack_mtinfo3 three = as_third(info);

	match_conntrack(code, &three);
}

/**
 * xt_match_conntrack_3() - third revision: ranges of ports
 * @code: the rule
 * @info: struct xt_conntrack_mtinfo3
 */
void xt_match_conntrack_3(struct code *code, const void *info)
{
	match_conntrack(code, info);
}

/**
 * xt_match_state() - the states alone
 * @code: the rule
 * @info: struct xt_state_info; its bits are those of FIELD_CT_STATE
 */
void xt_match_state(struct code *code, const void *info)
{
	const struct xt_state_info *state = info;

	match_states(code, state->statemask, false);
}

/* helper_mt() compares as many bytes as the helper's own name has. */
static const struct values *helpers_in(struct code *code, const char *wanted)
{
	struct compiler *compiler = code->compiler;
	const struct values *values;
	size_t i;

	if (!*wanted)
		return values_range(compiler->arena, 1, field_most(FIELD_CT_HELPER));
	compiler->asked_part = true;
	values = values_one(compiler->arena,
			    names_number(compiler, &compiler->helpers, wanted));
	for (i = 0; i < *compiler->helpers.count && values; i++) {
		const char *name = (*compiler->helpers.list)[i];

		if (!strncmp(name, wanted, strlen(name)))
			values = values_or(compiler->arena, values,
					   values_one(compiler->arena, i + 1));
	}
	return values;
}

/**
 * xt_match_helper() - the helper that announced the connection
 * @code: the rule
 * @info: struct xt_helper_info
 */
void xt_match_helper(struct code *code, const void *info)
{
	const struct xt_helper_info *helper = info;
	char name[sizeof(helper->name) + 1] = "";
	const struct values *values;

	memcpy(name, helper->name, sizeof(helper->name));
	values = helpers_in(code, name);
	if (helper->invert)
		code_match_not(code, FIELD_CT_HELPER, values);
	else
		code_match(code, FIELD_CT_HELPER, values);
}

/**
 * xt_match_connmark() - the connection's mark
 * @code: the rule
 * @info: struct xt_connmark_mtinfo1
 */
void xt_match_connmark(struct code *code, const void *info)
{
	const struct xt_connmark_mtinfo1 *mark = info;

	xt_masked(code, FIELD_CT_MARK, mark->mask, mark->mark, mark->invert);
}

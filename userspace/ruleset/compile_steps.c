// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps of a rule, and what is known of the rule while it grows. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_common.h>

#include "ruleset/compile.h"

/* A mask is taken apart into no more intervals than that: 10 bits that count. */
#define FREE_BITS_MOST	10

/**
 * code_width() - bits of a field in this version of IP
 * @code: the rule
 * @field: the field
 */
unsigned int code_width(const struct code *code, enum field field)
{
	return field_bits(field, code->version == VERSION_4 ? AF_INET : AF_INET6);
}

/**
 * code_most() - highest value of a field in this version of IP
 * @code: the rule
 * @field: the field
 */
__uint128_t code_most(const struct code *code, enum field field)
{
	return ~(__uint128_t)0 >> (128 - code_width(code, field));
}

/**
 * code_step() - one more step
 * @code: the rule
 * @kind: of step
 *
 * Return: the step, or NULL where memory is out or the step is not reached.
 */
struct step *code_step(struct code *code, enum step_kind kind)
{
	struct step *step;

	if (code->never || code->done)
		return NULL;
	if (code->count == code->room) {
		size_t room = 2 * (code->room + 8);

		step = realloc(code->step, room * sizeof(*step));
		if (!step) {
			code->compiler->failed = true;
			return NULL;
		}
		code->step = step;
		code->room = room;
	}
	step = &code->step[code->count++];
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	return step;
}

/**
 * code_never() - this rule does not match
 * @code: the rule
 *
 * What it did before it came so far is done all the same.
 */
void code_never(struct code *code)
{
	code_step(code, STEP_NEVER);
	code->never = true;
}

static bool asks(const struct step *step)
{
	return step->kind == STEP_MATCH || step->kind == STEP_MASKED ||
	       step->kind == STEP_EITHER || step->kind == STEP_DOUBT;
}

/* The condition on @field that one more can be joined with. */
static struct step *earlier(const struct code *code, enum field field)
{
	size_t i;

	for (i = code->count; i && asks(&code->step[i - 1]); i--)
		if (code->step[i - 1].kind == STEP_MATCH && code->step[i - 1].field == field)
			return &code->step[i - 1];
	return NULL;
}

/* Doubt splits packets: it comes after the conditions that leave few of them. */
static void before_doubts(struct code *code)
{
	struct step last = code->step[code->count - 1];
	size_t i = code->count - 1;

	while (i && code->step[i - 1].kind == STEP_DOUBT)
		i--;
	memmove(&code->step[i + 1], &code->step[i], (code->count - 1 - i) * sizeof(last));
	code->step[i] = last;
}

/**
 * code_match() - a field has one of some values
 * @code: the rule
 * @field: the field
 * @values: the values, up to code_most(): beyond are packets without a connection
 */
void code_match(struct code *code, enum field field, const struct values *values)
{
	struct arena *arena = code->compiler->arena;
	struct step *step;

	if (code->never || code->done || !values)
		return;
	step = earlier(code, field);
	if (step) {
		values = values_and(arena, step->values, values);
		step->values = values;
	} else {
		step = code_step(code, STEP_MATCH);
		if (!step)
			return;
		step->field = field;
		step->values = values;
		before_doubts(code);
	}
	if (field == FIELD_PROTOCOL && values)
		code->protocols = code->protocols ?
			values_and(arena, code->protocols, values) : values;
	if (values && values_empty(values))
		code_never(code);
}

/**
 * code_match_not() - a field has another value
 * @code: the rule
 * @field: the field
 * @values: than these
 */
void code_match_not(struct code *code, enum field field, const struct values *values)
{
	if (values)
		code_match(code, field, values_not(code->compiler->arena, values,
						   code_most(code, field)));
}

/**
 * code_either() - one of two fields has one of some values
 * @code: the rule
 * @a: one field
 * @b: the other
 * @values: the values
 */
void code_either(struct code *code, enum field a, enum field b, const struct values *values)
{
	struct step *step = code_step(code, STEP_EITHER);

	if (!step)
		return;
	step->field = a;
	step->keys[0] = b;
	step->key_count = 1;
	step->values = values;
	before_doubts(code);
}

static unsigned int bits_set(__uint128_t number)
{
	return __builtin_popcountll((uint64_t)number) +
	       __builtin_popcountll((uint64_t)(number >> 64));
}

/* The numbers whose bits in @mask are @value; NULL where they are too many intervals. */
static const struct values *with_bits(struct code *code, __uint128_t most, __uint128_t mask,
				      __uint128_t value)
{
	struct interval list[1 << FREE_BITS_MOST];
	__uint128_t open = most & ~mask, low = open & ~(open + 1), high = open & ~low;
	__uint128_t some = 0;
	size_t count = 0;

	if (bits_set(high) > FREE_BITS_MOST)
		return NULL;
	do {
		list[count].low = value | some;
		list[count++].high = value | some | low;
		some = (some - high) & high;
	} while (some);
	return values_list(code->compiler->arena, list, count);
}

/* Of a state there are five, each a bit of its own: no mask needs to remain. */
static const struct values *states_with(struct code *code, __uint128_t mask, __uint128_t value)
{
	static const unsigned int states[] = { NF_CT_STATE_INVALID_BIT, 2, 4, 8,
					       NF_CT_STATE_UNTRACKED_BIT };
	struct interval list[5];
	size_t i, count = 0;

	for (i = 0; i < 5; i++)
		if ((states[i] & mask) == value) {
			list[count].low = states[i];
			list[count++].high = states[i];
		}
	return values_list(code->compiler->arena, list, count);
}

static void masked(struct code *code, enum field field, __uint128_t mask, __uint128_t value,
		   bool inverted)
{
	struct arena *arena = code->compiler->arena;
	const struct values *values = values_one(arena, value);
	struct step *step = code_step(code, STEP_MASKED);

	if (!step || !values)
		return;
	step->field = field;
	step->mask = mask;
	step->values = inverted ? values_not(arena, values, code_most(code, field)) : values;
	before_doubts(code);
}

/**
 * code_bits() - some bits of a field have these values
 * @code: the rule
 * @field: the field
 * @mask: which bits
 * @value: their values
 * @inverted: they do not
 */
void code_bits(struct code *code, enum field field, __uint128_t mask, __uint128_t value,
	       bool inverted)
{
	const struct values *values;
	__uint128_t most = code_most(code, field);

	if (code->never || code->done)
		return;
	if (field == FIELD_CT_STATE)
		values = states_with(code, mask, value);
	else
		values = with_bits(code, most, mask, value);
	if (!values)
		masked(code, field, mask, value, inverted);
	else if (!inverted)
		code_match(code, field, values);
	else if (field == FIELD_CT_STATE)
		code_match(code, field, values_minus(code->compiler->arena, field_any(field),
						     values));
	else
		code_match_not(code, field, values);
}

/**
 * code_tracked() - the packet belongs to a connection, whose mark is used
 * @code: the rule
 *
 * Without one, nft_ct.c breaks and xt_connmark.c does nothing: see space.h.
 */
void code_tracked(struct code *code)
{
	code_match(code, FIELD_CT_MARK, values_range(code->compiler->arena, 0,
						     field_most(FIELD_CT_MARK)));
}

/**
 * code_doubt() - the rule asks what cannot be known
 * @code: the rule
 * @name: what it is
 */
void code_doubt(struct code *code, const char *name)
{
	struct step *step;
	size_t i;

	for (i = code->count; i && asks(&code->step[i - 1]); i--)
		if (code->step[i - 1].kind == STEP_DOUBT &&
		    !strcmp(code->step[i - 1].name, name))
			return;
	step = code_step(code, STEP_DOUBT);
	if (step)
		step->name = name;
}

/**
 * code_lost() - the rule does what steps cannot say
 * @code: the rule
 * @name: what it is
 *
 * As nothing is known of packets that have been there, they may end here or go on.
 */
void code_lost(struct code *code, const char *name)
{
	code_doubt(code, name);
	code_verdict(code, VERDICT_QUEUE, NULL);
}

/**
 * code_verdict() - the rule ends
 * @code: the rule
 * @verdict: how
 * @chain: where to
 */
void code_verdict(struct code *code, enum verdict verdict, struct chain *chain)
{
	struct step *step = code_step(code, STEP_VERDICT);

	if (!step)
		return;
	step->verdict = verdict;
	step->chain = chain;
	code->done = true;
}

/**
 * code_protocol() - whether packets that came so far are of a protocol
 * @code: the rule
 * @protocol: IPPROTO_*
 *
 * Return: 1 all of them, 0 none, -1 some may be.
 */
int code_protocol(const struct code *code, unsigned int protocol)
{
	const struct values *values = code->protocols;

	if (!values)
		return -1;
	if (!values_hold(values, protocol))
		return 0;
	return values->count == 1 && values->interval[0].low == values->interval[0].high ? 1 : -1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of ipset. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/xt_set.h>

#include "ruleset/compile_xt.h"

/**
 * struct asking - how a rule asks a set
 * @index: of the set
 * @dimension: how many parts the rule names
 * @flags: bit n: part n is that of the source
 * @inverted: packets that are not in it
 */
struct asking {
	unsigned int index;
	unsigned int dimension;
	unsigned int flags;
	bool inverted;
};

static const struct dump_ipset *find_ipset(const struct code *code, unsigned int index)
{
	const struct dump *dump = code->compiler->dump;
	size_t i;

	for (i = 0; i < dump->ipset_count; i++)
		if (dump->ipsets[i].index == index)
			return &dump->ipsets[i];
	return NULL;
}

/* Two fields for a port: ip_set_getport.c. */
static bool add_part(struct key *key, enum ipset_part part, bool source)
{
	switch (part) {
	case IPSET_ADDRESS:
		key->field[key->count++] = source ? FIELD_SADDR : FIELD_DADDR;
		return true;
	case IPSET_PORT:
		key->field[key->count++] = FIELD_PROTOCOL;
		key->field[key->count++] = source ? FIELD_SPORT : FIELD_DPORT;
		return true;
	case IPSET_MARK:
		key->field[key->count++] = FIELD_MARK;
		return true;
	case IPSET_INTERFACE:
		key->field[key->count++] = source ? FIELD_IIF : FIELD_OIF;
		return true;
	default:
		return false;
	}
}

static bool key_of(const struct dump_ipset *ipset, const struct asking *asking, struct key *key)
{
	size_t i;

	memset(key, 0, sizeof(*key));
	if (!ipset->part_count || ipset->part_count > 3 || !ipset->set)
		return false;
	for (i = 0; i < ipset->part_count; i++)
		if (!add_part(key, ipset->parts[i], asking->flags >> i & 1))
			return false;
	return key->count == ipset->set->key_count;
}

static void lookup(struct code *code, enum step_kind kind, const struct set *set,
		   const struct key *key, bool inverted)
{
	struct step *step = code_step(code, kind);

	if (!step)
		return;
	step->set = set;
	step->inverted = inverted;
	step->key_count = key->count;
	memcpy(step->keys, key->field, sizeof(step->keys));
}

static bool is_family(const struct code *code, const struct dump_ipset *ipset)
{
	return ipset->family == AF_UNSPEC ||
	       ipset->family == (code->version == VERSION_4 ? AF_INET : AF_INET6);
}

/* ip_set_test(): a set of the other family, or of more parts than asked, has nothing. */
static void ask(struct code *code, const struct asking *asking)
{
	const struct dump_ipset *ipset = find_ipset(code, asking->index);
	const char *name = ipset && ipset->set ? ipset->set->name : "?";
	struct key key;

	if (ipset && (!is_family(code, ipset) || asking->dimension < ipset->part_count)) {
		if (!asking->inverted)
			code_never(code);
	} else if (!ipset || !key_of(ipset, asking, &key)) {
		code_doubt(code, compile_print(code->compiler, "ipset %s", name));
	} else {
		lookup(code, STEP_LOOKUP, ipset->set, &key, asking->inverted);
	}
}

/**
 * xt_match_set_0() - oldest revision
 * @code: the rule
 * @info: struct xt_set_info_match_v0
 */
void xt_match_set_0(struct code *code, const void *info)
{
	const struct xt_set_info_match_v0 *match = info;
	const struct xt_set_info_v0 *set = &match->match_set;
	struct asking asking = {
		.index = set->index, .dimension = set->u.compat.dim,
		.flags = set->u.compat.flags >> 1,
		.inverted = set->u.compat.flags & IPSET_INV_MATCH,
	};

	ask(code, &asking);
}

/**
 * xt_match_set() - a packet is in a set
 * @code: the rule
 * @info: struct xt_set_info_match_v1, which later ones begin with
 */
void xt_match_set(struct code *code, const void *info)
{
	const struct xt_set_info_match_v1 *match = info;
	struct asking asking = {
		.index = match->match_set.index, .dimension = match->match_set.dim,
		.flags = match->match_set.flags >> 1,
		.inverted = match->match_set.flags & IPSET_INV_MATCH,
	};

	ask(code, &asking);
}

/**
 * xt_match_set_counted() - likewise, and its counters may be asked for
 * @code: the rule
 * @info: struct xt_set_info_match_v3 or the next, alike but for the counters
 *
 * A counter that is asked for is one that the set may not have.
 */
void xt_match_set_counted(struct code *code, const void *info)
{
	const struct xt_set_info_match_v3 *match = info;

	xt_match_set(code, info);
	if (match->packets.op != IPSET_COUNTER_NONE || match->bytes.op != IPSET_COUNTER_NONE)
		code_doubt(code, "counters of an ipset");
}

static void change(struct code *code, const struct xt_set_info *info)
{
	const struct dump_ipset *ipset = find_ipset(code, info->index);
	struct asking asking = { .index = info->index, .flags = info->flags >> 1 };
	struct key key;

	if (!ipset || !ipset->set)
		return;
	if (!ipset->set->doubt)
		ipset->set->doubt = compile_print(code->compiler,
						  "ipset %s, which rules add to",
						  ipset->set->name);
	if (key_of(ipset, &asking, &key))
		lookup(code, STEP_FILL, ipset->set, &key, false);
}

/**
 * xt_target_set() - adds to a set or takes away
 * @code: the rule
 * @info: struct xt_set_info_target_v1, which later ones begin with
 */
void xt_target_set(struct code *code, const void *info)
{
	const struct xt_set_info_target_v1 *target = info;

	change(code, &target->add_set);
	change(code, &target->del_set);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps for one packet.  Names are those of nft_do_chain()'s world, not of evaluate.c. */
#include "selftests/unit/lib/one_packet.h"

static bool either_way(struct packet *packet)
{
	return packet->ways >> packet->doubts++ & 1;
}

static const struct element *find(const struct packet *packet, const struct step *step)
{
	const struct set *set = step->set;
	size_t i, j;

	for (i = 0; i < set->count; i++) {
		for (j = 0; j < set->key_count; j++)
			if (packet->value[step->keys[j]] < set->elements[i].key[j].low ||
			    packet->value[step->keys[j]] > set->elements[i].key[j].high)
				break;
		if (j == set->key_count)
			return &set->elements[i];
	}
	return NULL;
}

static bool holds(struct packet *packet, const struct step *step)
{
	switch (step->kind) {
	case STEP_MATCH:
		return values_hold(step->values, packet->value[step->field]);
	case STEP_MASKED:
		return values_hold(step->values, packet->value[step->field] & step->mask);
	case STEP_EITHER:
		return values_hold(step->values, packet->value[step->field]) ||
		       values_hold(step->values, packet->value[step->keys[0]]);
	case STEP_LOOKUP:
		packet->found = find(packet, step);
		if (step->set->doubt)
			return either_way(packet);
		return !packet->found == step->inverted;
	case STEP_DOUBT:
		return either_way(packet);
	default:
		return step->kind != STEP_NEVER;
	}
}

static enum verdict translate(struct packet *packet, const struct step *step)
{
	if (step->nat.from_lookup) {
		packet->effects.address = packet->found->mapped->data;
		packet->effects.port = packet->found->mapped->data_port;
	}
	if (step->nat.kind == NAT_SNAT || step->nat.kind == NAT_MASQUERADE)
		packet->effects.snat = &step->nat;
	else
		packet->effects.dnat = &step->nat;
	return VERDICT_ACCEPT;
}

static void attach(struct packet *packet, const struct step *step)
{
	struct effects *effects = &packet->effects;

	if (step->early && !effects->early_helper && !effects->notrack)
		effects->early_helper = step->helper;
	else if (!step->early && !effects->helper)
		effects->helper = step->helper;
}

/* Returns the verdict; VERDICT_CONTINUE goes on. */
static enum verdict act(struct packet *packet, const struct step *step, const struct chain **to)
{
	__uint128_t value = step->value;

	switch (step->kind) {
	case STEP_ASSIGN:
		if (step->from_lookup)
			value = packet->found->mapped->data;
		packet->value[step->field] = (packet->value[step->from] & step->mask) ^ value;
		break;
	case STEP_VERDICT:
		*to = step->chain;
		return step->verdict;
	case STEP_CHOOSE:
		*to = packet->found->mapped->chain;
		return packet->found->mapped->verdict;
	case STEP_NAT:
		return translate(packet, step);
	case STEP_HELPER:
		attach(packet, step);
		break;
	case STEP_NOTRACK:
		if (!packet->effects.early_helper)
			packet->effects.notrack = true;
		break;
	default:
		break;
	}
	return VERDICT_CONTINUE;
}

static enum verdict one_rule(struct packet *packet, const struct rule *rule,
			     const struct chain **to)
{
	enum verdict verdict;
	size_t i;

	for (i = 0; i < rule->step_count[0]; i++) {
		if (!holds(packet, &rule->steps[0][i]))
			return VERDICT_CONTINUE;
		verdict = act(packet, &rule->steps[0][i], to);
		if (verdict != VERDICT_CONTINUE)
			return verdict;
	}
	return VERDICT_CONTINUE;
}

/**
 * one_packet() - a packet through a base chain
 * @base: the chain; no chains lead into each other
 * @packet: the packet
 *
 * Return: where it ends.
 */
struct end one_packet(const struct chain *base, struct packet *packet)
{
	struct {
		const struct chain *chain;
		size_t next;
	} stack[16] = { { base, 0 } };
	const struct rule *rule = NULL;
	const struct chain *to = NULL;
	enum verdict verdict;
	int depth = 0;

	while (depth >= 0) {
		if (stack[depth].next == stack[depth].chain->count) {
			depth--;
			continue;
		}
		rule = &stack[depth].chain->rules[stack[depth].next++];
		verdict = one_rule(packet, rule, &to);
		if (verdict == VERDICT_CONTINUE)
			continue;
		if (verdict == VERDICT_RETURN)
			depth--;
		else if (verdict == VERDICT_JUMP || verdict == VERDICT_GOTO)
			stack[depth += verdict == VERDICT_JUMP] = (typeof(stack[0])){ to, 0 };
		else
			return (struct end){ verdict, rule, packet->value[FIELD_MARK],
					     packet->effects };
	}
	return (struct end){ base->policy, NULL, packet->value[FIELD_MARK], packet->effects };
}

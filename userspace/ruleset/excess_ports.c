// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports that no flow needs, in rules that let a flow in: a range that is too wide.
 *
 * They are read from the conditions of those few rules; asking what becomes of all
 * ports would ask every rule of a firewall.
 */
#include "ruleset/journey_private.h"

/* A set of more elements is no list of Amanda's ports. */
#define ELEMENTS_MOST	4096

static const struct values *ports_of_set(struct arena *arena, const struct step *step)
{
	const struct values *ports = values_range(arena, 1, 0);
	size_t i, key;

	for (key = 0; key < step->key_count; key++)
		if (step->keys[key] == FIELD_DPORT)
			break;
	if (key == step->key_count || step->inverted || step->set->count > ELEMENTS_MOST)
		return ports;
	for (i = 0; i < step->set->count; i++) {
		const struct interval *one = &step->set->elements[i].key[key];

		ports = values_or(arena, ports, values_range(arena, one->low, one->high));
	}
	return ports;
}

/* Whether a rule asks where a packet comes from, as those of Amanda's do. */
static bool asks_source_port(const struct rule *rule, enum protocol_version version)
{
	size_t i;

	for (i = 0; i < rule->step_count[version]; i++)
		if (rule->steps[version][i].kind == STEP_MATCH &&
		    rule->steps[version][i].field == FIELD_SPORT)
			return true;
	return false;
}

/*
 * What a rule asks of the destination's port.  Nothing: it does not ask for ports; one
 * that asks only for the source's lets in all.
 */
static const struct values *ports_of_rule(struct arena *arena, const struct rule *rule,
					  enum protocol_version version)
{
	const struct values *ports = values_range(arena, 1, 0);
	size_t i;

	for (i = 0; i < rule->step_count[version]; i++) {
		const struct step *step = &rule->steps[version][i];

		if (step->kind == STEP_MATCH && step->field == FIELD_DPORT && step->values)
			ports = values_or(arena, ports, step->values);
		else if (step->kind == STEP_LOOKUP)
			ports = values_or(arena, ports, ports_of_set(arena, step));
	}
	if (values_empty(ports) && asks_source_port(rule, version))
		return values_range(arena, 1, 65535);
	return ports;
}

static bool holds_step(const struct rule *rule, enum protocol_version version,
		       const struct nat_step *nat)
{
	const struct step *steps = rule->steps[version];

	return (uintptr_t)nat >= (uintptr_t)steps &&
	       (uintptr_t)nat < (uintptr_t)(steps + rule->step_count[version]);
}

static const struct rule *rule_of_chain(const struct chain *chain, enum protocol_version version,
					const struct nat_step *nat)
{
	size_t i;

	for (i = 0; i < chain->count; i++)
		if (holds_step(&chain->rules[i], version, nat))
			return &chain->rules[i];
	return NULL;
}

/* The rule that translates. */
static const struct rule *rule_of(const struct ruleset *ruleset, enum protocol_version version,
				  const struct nat_step *nat)
{
	const struct rule *rule = NULL;
	size_t i, j;

	for (i = 0; i < ruleset->count; i++)
		for (j = 0; j < ruleset->tables[i].chain_count && !rule; j++)
			rule = rule_of_chain(&ruleset->tables[i].chains[j], version, nat);
	return rule;
}

/**
 * excess_ports() - the ports that rules let in beside those of the flows
 * @ruleset: the rules
 * @arena: where the result lives
 * @stage: of a flow's first packets
 * @version: of IP
 *
 * Return: what the rules ask for that accept them, and those that translate them, which
 * may send more ports to where one is needed.
 */
const struct values *excess_ports(const struct ruleset *ruleset, struct arena *arena,
				  const struct stage *stage, enum protocol_version version)
{
	const struct values *ports = values_range(arena, 1, 0);
	size_t i;

	for (i = 0; i < stage->fates.count; i++) {
		const struct fate *fate = &stage->fates.fate[i];
		const struct rule *nat = NULL;

		if (fate->verdict != VERDICT_ACCEPT || !fate->rule)
			continue;
		ports = values_or(arena, ports, ports_of_rule(arena, fate->rule, version));
		if (fate->box.effects.dnat)
			nat = rule_of(ruleset, version, fate->box.effects.dnat);
		if (nat)
			ports = values_or(arena, ports, ports_of_rule(arena, nat, version));
	}
	return ports;
}

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

/* What a rule asks of the destination's port; nothing: it does not ask. */
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
	return ports;
}

/**
 * excess_ports() - the ports that rules let in beside those of the flows
 * @arena: where the result lives
 * @stage: of a flow's first packets
 * @version: of IP
 *
 * Return: what the rules ask for that accept them.
 */
const struct values *excess_ports(struct arena *arena, const struct stage *stage,
				  enum protocol_version version)
{
	const struct values *ports = values_range(arena, 1, 0);
	size_t i;

	for (i = 0; i < stage->fates.count; i++) {
		const struct fate *fate = &stage->fates.fate[i];

		if (fate->verdict == VERDICT_ACCEPT && fate->rule)
			ports = values_or(arena, ports, ports_of_rule(arena, fate->rule, version));
	}
	return ports;
}

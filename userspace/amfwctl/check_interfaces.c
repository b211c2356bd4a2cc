// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces of two rulesets side by side.
 *
 * A ruleset numbers the interfaces that its rules name, so that one number is
 * another interface in another ruleset: names are what both have in common.
 */
#include <errno.h>
#include <string.h>

#include "amfwctl/check.h"

/* All that no rule and no site names is told apart by nobody: one number stands for it. */
#define OTHERS	field_most(FIELD_IIF)

static size_t find(const struct interfaces *interfaces, const char *name)
{
	size_t i;

	for (i = 0; i < interfaces->count; i++)
		if (!strcmp(interfaces->name[i], name))
			break;
	return i;
}

static void note(struct interfaces *interfaces, const char *name)
{
	if (find(interfaces, name) == interfaces->count)
		interfaces->name[interfaces->count++] = name;
}

/**
 * interfaces_collect() - the interfaces that two rulesets and their site name
 * @interfaces: to fill
 * @a: one
 * @b: the other, of the same machine; the names live as long as both
 *
 * Return: 0 or -ENOMEM.
 */
int interfaces_collect(struct interfaces *interfaces, const struct check *a,
		       const struct check *b)
{
	size_t room = a->ruleset.interface_count + b->ruleset.interface_count +
		      a->host->interface_count + 1, i;

	interfaces->count = 0;
	interfaces->name = arena_take(a->arena, room * sizeof(*interfaces->name));
	if (!interfaces->name)
		return -ENOMEM;
	note(interfaces, "lo");
	for (i = 0; i < a->ruleset.interface_count; i++)
		note(interfaces, a->ruleset.interfaces[i]);
	for (i = 0; i < b->ruleset.interface_count; i++)
		note(interfaces, b->ruleset.interfaces[i]);
	for (i = 0; i < a->host->interface_count; i++)
		note(interfaces, a->host->interfaces[i].name);
	return 0;
}

/* Those that no rule names follow in the order of the host's: journey_world.c. */
static __uint128_t number_in(const struct check *check, const char *name)
{
	size_t number = ruleset_interface(&check->ruleset, name), i;

	if (number)
		return number;
	if (!strcmp(name, "lo"))
		return check->world.lo;
	for (i = 0; i < check->host->interface_count; i++)
		if (!strcmp(check->host->interfaces[i].name, name))
			return check->ruleset.interface_count + 2 + i;
	return OTHERS;
}

/**
 * interfaces_values() - the same interfaces, by the numbers of both
 * @interfaces: of both
 * @check: one of the two
 * @values: of FIELD_IIF or FIELD_OIF in its ruleset, or NULL: any
 *
 * Return: index in @interfaces, counted from 1; 0 is no interface, as in @values, and
 * what is above has no name.
 */
const struct values *interfaces_values(const struct interfaces *interfaces,
				       const struct check *check, const struct values *values)
{
	const struct values *all = values_range(check->arena, 1, 0);
	size_t i;

	if (!values)
		return NULL;
	if (values_hold(values, 0))
		all = values_one(check->arena, 0);
	for (i = 0; i < interfaces->count; i++)
		if (values_hold(values, number_in(check, interfaces->name[i])))
			all = values_or(check->arena, all, values_one(check->arena, i + 1));
	if (!values_hold(values, OTHERS))
		return all;
	return values_or(check->arena, all,
			 values_range(check->arena, interfaces->count + 1, OTHERS));
}

/**
 * interfaces_shown() - a ruleset whose interfaces have the numbers of both
 * @interfaces: of both
 * @check: one of the two
 *
 * Return: it, for what prints values that interfaces_values() has made.
 */
struct check interfaces_shown(const struct interfaces *interfaces, const struct check *check)
{
	struct check shown = *check;

	shown.ruleset.interfaces = interfaces->name;
	shown.ruleset.interface_count = interfaces->count;
	shown.world.lo = 0;
	return shown;
}

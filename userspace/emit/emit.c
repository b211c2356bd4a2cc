// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outputs: one file and one row of a table for each.
 */
#include "emit/emit.h"

#include <string.h>

static const struct ruleset_format rulesets[] = {
	{ "nft", nft_write },
};

static const struct flows_format views[] = {
	{ "text", flows_text_write },
	{ "json", flows_json_write },
	{ "dot", flows_dot_write },
};

/**
 * ruleset_format_find() - find a language by its name
 * @name: the name
 *
 * Return: the row of the table, or NULL.
 */
const struct ruleset_format *ruleset_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(rulesets) / sizeof(*rulesets); i++)
		if (!strcmp(rulesets[i].name, name))
			return &rulesets[i];
	return NULL;
}

/**
 * ruleset_format_names() - the languages there are
 *
 * Return: their names, with ", " between.
 */
const char *ruleset_format_names(void)
{
	return "nft";
}

/**
 * flows_format_find() - find a form by its name
 * @name: the name
 *
 * Return: the row of the table, or NULL.
 */
const struct flows_format *flows_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (!strcmp(views[i].name, name))
			return &views[i];
	return NULL;
}

/**
 * flows_format_names() - the forms there are
 *
 * Return: their names, with ", " between.
 */
const char *flows_format_names(void)
{
	return "text, json, dot";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets and chains of a table by their names: each rule may have a set of its own. */
#include <stdlib.h>
#include <string.h>

#include "ruleset/compile.h"

/**
 * struct found - a name
 * @name: it
 * @number: what it names
 */
struct found {
	const char *name;
	size_t number;
};

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool find(const struct found *list, size_t count, const char *name, size_t *number)
{
	struct found wanted = { .name = name }, *found;

	if (!count)
		return false;
	found = bsearch(&wanted, list, count, sizeof(*list), by_name);
	if (found)
		*number = found->number;
	return found;
}

/**
 * set_find() - a set of the table that is being compiled
 * @compiler: the run
 * @name: of the set
 * @number: result: its number in the table
 */
bool set_find(const struct compiler *compiler, const char *name, size_t *number)
{
	return find(compiler->sets, compiler->set_count, name, number);
}

/**
 * chain_find() - a chain of the table that is being compiled
 * @compiler: the run
 * @name: of the chain
 * @number: result: its number in the table
 */
bool chain_find(const struct compiler *compiler, const char *name, size_t *number)
{
	return find(compiler->chains, compiler->chain_count, name, number);
}

/**
 * find_prepare() - be ready for the names of the table that is being compiled
 * @compiler: the run
 *
 * Return: 0, or -1 where memory is out.
 */
int find_prepare(struct compiler *compiler)
{
	const struct table *table = &compiler->ruleset->tables[compiler->table];
	const struct dump_table *dump = &compiler->dump->tables[compiler->table];
	size_t i;

	find_free(compiler);
	compiler->sets = calloc(dump->set_count + 1, sizeof(*compiler->sets));
	compiler->chains = calloc(table->chain_count + 1, sizeof(*compiler->chains));
	if (!compiler->sets || !compiler->chains)
		return -1;
	for (i = 0; i < dump->set_count; i++) {
		const char *name = nftnl_set_get_str(dump->sets[i], NFTNL_SET_NAME);

		compiler->sets[i].name = name ? name : "";
		compiler->sets[i].number = i;
	}
	for (i = 0; i < table->chain_count; i++) {
		compiler->chains[i].name = table->chains[i].name;
		compiler->chains[i].number = i;
	}
	compiler->set_count = dump->set_count;
	compiler->chain_count = table->chain_count;
	qsort(compiler->sets, compiler->set_count, sizeof(*compiler->sets), by_name);
	qsort(compiler->chains, compiler->chain_count, sizeof(*compiler->chains), by_name);
	return 0;
}

/**
 * find_free() - give back what find_prepare() made
 * @compiler: the run
 */
void find_free(struct compiler *compiler)
{
	free(compiler->sets);
	free(compiler->chains);
	compiler->sets = NULL;
	compiler->chains = NULL;
	compiler->set_count = 0;
	compiler->chain_count = 0;
}

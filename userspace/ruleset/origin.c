// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which line of which file a rule came from.
 */
#include "ruleset/origin.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/dialect.h"

/**
 * struct place - a chain, and what the texts say of its rules
 * @list: of its rules in order
 * @unsure: the texts have done what cannot be followed
 */
struct place {
	struct chain *chain;
	struct origin *list;
	size_t count;
	size_t room;
	bool unsure;
};

/**
 * struct origins - all chains, found by name
 * @places: power of two of them, half empty
 * @mask: their number less one
 * @passed: of each table, the chains before this number are no longer asked for by
 *	order
 */
struct origins {
	struct ruleset *ruleset;
	struct place *places;
	size_t mask;
	size_t *passed;
};

static size_t hash_bytes(size_t hash, const char *bytes, size_t length)
{
	while (length--)
		hash = (hash ^ (unsigned char)*bytes++) * 1099511628211U;
	return hash;
}

static bool same(const char *text, const char *bytes, size_t length)
{
	return strlen(text) == length && !memcmp(text, bytes, length);
}

static bool is_chain(const struct chain *chain, const struct chain_name *name)
{
	return chain->table->family == name->family &&
	       same(chain->name, name->chain, name->chain_length) &&
	       same(chain->table->name, name->table, name->table_length);
}

/* The place of that name, or an empty one. */
static struct place *find(const struct origins *origins, const struct chain_name *name)
{
	size_t at = hash_bytes((size_t)name->family, name->table, name->table_length);

	at = hash_bytes(at, name->chain, name->chain_length);
	for (;; at++) {
		struct place *place = &origins->places[at & origins->mask];

		if (!place->chain || is_chain(place->chain, name))
			return place;
	}
}

static void enter_chain(struct origins *origins, struct chain *chain)
{
	struct chain_name name = {
		.family = chain->table->family,
		.table = chain->table->name, .table_length = strlen(chain->table->name),
		.chain = chain->name, .chain_length = strlen(chain->name),
	};

	find(origins, &name)->chain = chain;
}

static int enter_chains(struct origins *origins)
{
	const struct ruleset *ruleset = origins->ruleset;
	size_t chains = 0, t, c;

	for (t = 0; t < ruleset->count; t++)
		chains += ruleset->tables[t].chain_count;
	for (origins->mask = 16; origins->mask < chains * 2;)
		origins->mask *= 2;
	origins->places = calloc(origins->mask, sizeof(*origins->places));
	origins->passed = calloc(ruleset->count + 1, sizeof(*origins->passed));
	if (!origins->places || !origins->passed)
		return -ENOMEM;
	origins->mask--;
	for (t = 0; t < ruleset->count; t++)
		for (c = 0; c < ruleset->tables[t].chain_count; c++)
			enter_chain(origins, &ruleset->tables[t].chains[c]);
	return 0;
}

/**
 * origin_arena() - where names of files can be kept
 * @origins: all
 *
 * Return: the ruleset's arena.
 */
struct arena *origin_arena(const struct origins *origins)
{
	return origins->ruleset->arena;
}

/* As nf_tables_addchain() in nf_tables_api.c names them. */
static bool is_anonymous(const struct chain *chain)
{
	return !strncmp(chain->name, "__chain", strlen("__chain"));
}

/**
 * origin_anonymous() - find the next chain without a name
 * @origins: all
 * @name: of its table; the name that the kernel gave the chain is put in
 *
 * Return: true where there is one more.
 */
bool origin_anonymous(struct origins *origins, struct chain_name *name)
{
	const struct ruleset *ruleset = origins->ruleset;
	const struct table *table = ruleset->tables;
	size_t t, *passed;

	for (t = 0; t < ruleset->count; t++, table++)
		if (table->family == name->family &&
		    same(table->name, name->table, name->table_length))
			break;
	passed = &origins->passed[t];
	while (t < ruleset->count && *passed < table->chain_count) {
		const struct chain *chain = &table->chains[(*passed)++];

		if (!is_anonymous(chain))
			continue;
		name->chain = chain->name;
		name->chain_length = strlen(chain->name);
		return true;
	}
	return false;
}

/**
 * origin_add() - note a rule that a text adds
 * @origins: all
 * @name: of the chain
 * @origin: where the rule is
 * @position: before the rule of this number; ORIGIN_END
 *
 * Return: 0, or -ENOMEM.
 */
int origin_add(struct origins *origins, const struct chain_name *name,
	       const struct origin *origin, size_t position)
{
	struct place *place = find(origins, name);
	struct origin *more;

	if (!place->chain)
		return 0;
	if (place->count == place->room) {
		place->room = place->room ? place->room * 2 : 16;
		more = realloc(place->list, place->room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		place->list = more;
	}
	if (position == ORIGIN_END)
		position = place->count;
	if (position > place->count) {
		place->unsure = true;
		return 0;
	}
	memmove(&place->list[position + 1], &place->list[position],
		(place->count - position) * sizeof(*place->list));
	place->list[position] = *origin;
	place->count++;
	return 0;
}

static bool is_within(const struct place *place, const struct chain_name *name)
{
	if (!place->chain)
		return false;
	if (!name)
		return true;
	if (name->chain)
		return is_chain(place->chain, name);
	return place->chain->table->family == name->family &&
	       same(place->chain->table->name, name->table, name->table_length);
}

/**
 * origin_forget() - note that a text empties chains
 * @origins: all
 * @name: the chain, without a chain the table, or NULL for everything
 */
void origin_forget(struct origins *origins, const struct chain_name *name)
{
	size_t i;

	for (i = 0; i <= origins->mask; i++)
		if (is_within(&origins->places[i], name))
			origins->places[i].count = 0;
}

/* On one line, as rules are printed: white space outside of quotes becomes one blank. */
static char *one_line(struct arena *arena, const char *text, size_t length)
{
	char *line = arena_take(arena, length + 1);
	bool quoted = false, comment = false;
	size_t from, to = 0;

	for (from = 0; line && from < length; from++) {
		char c = text[from];

		if (c == '"' && !comment)
			quoted = !quoted;
		/* A line that ends in one goes on: only within braces. */
		if (!quoted && c == '#' && memchr(text + from, '\n', length - from))
			comment = true;
		if (c == '\n')
			comment = false;
		if (comment || (c == '\\' && from + 1 < length && text[from + 1] == '\n'))
			continue;
		if (quoted || !isspace((unsigned char)c))
			line[to++] = c;
		else if (to && line[to - 1] != ' ')
			line[to++] = ' ';
	}
	if (line)
		line[to && line[to - 1] == ' ' ? to - 1 : to] = '\0';
	return line;
}

static int set_rules(const struct origins *origins, const struct place *place)
{
	size_t i;

	if (!place->chain || place->unsure || place->count != place->chain->count)
		return 0;
	for (i = 0; i < place->count; i++) {
		struct rule *rule = &place->chain->rules[i];
		const struct origin *origin = &place->list[i];

		/* A listing is worth less than a file. */
		if (*rule->text)
			continue;
		rule->path = origin->path;
		rule->line = origin->path ? origin->line : 0;
		rule->text = one_line(origins->ruleset->arena, origin->text, origin->length);
		if (!rule->text)
			return -ENOMEM;
	}
	return 0;
}

static int scan(struct origins *origins, const struct source *source)
{
	enum dialect dialect = source_dialect(source);

	if (dialect == DIALECT_IPTABLES)
		return origin_xtables(origins, source, NFPROTO_IPV4);
	if (dialect == DIALECT_IP6TABLES)
		return origin_xtables(origins, source, NFPROTO_IPV6);
	return dialect == DIALECT_NFT ? origin_nft(origins, source) : 0;
}

/**
 * origin_find() - give rules their file, line and text
 * @ruleset: as it was read back
 * @sources: that it was loaded from, in this order
 * @count: entries of @sources
 *
 * Rules that have a text already keep it.
 *
 * Return: 0, or -ENOMEM.
 */
int origin_find(struct ruleset *ruleset, const struct source *sources, size_t count)
{
	struct origins origins = { .ruleset = ruleset };
	int result = enter_chains(&origins);
	size_t i;

	for (i = 0; !result && i < count; i++)
		result = scan(&origins, &sources[i]);
	for (i = 0; origins.places && i <= origins.mask; i++) {
		if (!result)
			result = set_rules(&origins, &origins.places[i]);
		free(origins.places[i].list);
	}
	free(origins.places);
	free(origins.passed);
	return result;
}

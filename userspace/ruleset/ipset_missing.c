// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of ipset that rules name and no file describes: a rule is not loaded
 * without its set, so they are made empty, and what they would match is in doubt.
 */
#include "ruleset/ipset_missing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/dialect.h"
#include "ruleset/load_inside.h"
#include "ruleset/netlink.h"

/* A name of ipset is up to 31 bytes long (IPSET_MAXNAMELEN). */
#define NAME_ROOM	32

static bool is_xtables(const struct source *source)
{
	enum dialect dialect = source_dialect(source);

	return dialect == DIALECT_IPTABLES || dialect == DIALECT_IP6TABLES;
}

/* Whether a file of ipset has "create NAME" or "-N NAME". */
static bool is_described(const char *name, const struct source *sources, size_t count)
{
	static const char *const verbs[] = { "create ", "-N " };
	const char *at;
	char wanted[NAME_ROOM + 16];
	size_t i, v;

	for (i = 0; i < count; i++) {
		if (source_dialect(&sources[i]) != DIALECT_IPSET)
			continue;
		for (v = 0; v < 2; v++) {
			snprintf(wanted, sizeof(wanted), "%s%s ", verbs[v], name);
			at = strstr(sources[i].text, wanted);
			if (at && (at == sources[i].text || at[-1] == '\n'))
				return true;
		}
	}
	return false;
}

/* "--set" alone is an option of other matches: recent has it. */
static bool takes_a_set(const char *text, const char *option)
{
	static const char *const before[] = { "--match", "--add", "--del", "--map" };
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(*before); i++) {
		size_t length = strlen(before[i]);

		if ((size_t)(option - text) >= length &&
		    !memcmp(option - length, before[i], length))
			return true;
	}
	return false;
}

/* The next name behind --match-set, --add-set, --del-set or --map-set; NULL: there is none. */
static const char *next_name(const char *text, char name[NAME_ROOM], size_t *parts)
{
	static const char option[] = "-set ";
	const char *found = strstr(text, option), *flags;
	size_t span;

	while (found && !takes_a_set(text, found))
		found = strstr(found + 1, option);
	if (!found)
		return NULL;
	found += strlen(option);
	found += strspn(found, " \"");
	span = strcspn(found, " \"\n");
	if (span >= NAME_ROOM)
		span = NAME_ROOM - 1;
	memcpy(name, found, span);
	name[span] = '\0';
	flags = found + span;
	flags += strspn(flags, " \"");
	for (*parts = 1; *flags && !strchr("\n ", *flags); flags++)
		*parts += *flags == ',';
	return found + span;
}

static bool was_written(const char *script, const char *name)
{
	char wanted[NAME_ROOM + 16];

	snprintf(wanted, sizeof(wanted), "create %s ", name);
	return script && strstr(script, wanted);
}

static void write_missing(FILE *out, char *const *script, const struct source *source,
			  const struct source *sources, size_t count)
{
	static const char *const types[] = { "hash:ip", "hash:ip,port", "hash:ip,port,ip" };
	const char *text = source->text;
	char name[NAME_ROOM];
	size_t parts;

	while ((text = next_name(text, name, &parts))) {
		fflush(out);
		if (is_described(name, sources, count) || was_written(*script, name) || !*name)
			continue;
		fprintf(out, "create %s %s%s\n", name, types[parts > 3 ? 2 : parts - 1],
			source_dialect(source) == DIALECT_IP6TABLES ? " family inet6" : "");
	}
}

/**
 * ipset_make_missing() - make sets that rules name and no file describes
 * @sources: all files
 * @count: entries of @sources
 *
 * Return: 0, or -1 after a message.
 */
int ipset_make_missing(const struct source *sources, size_t count)
{
	struct source made = { .dialect = DIALECT_IPSET, .path = "sets of ipset" };
	char *script = NULL;
	FILE *out = open_memstream(&script, &made.length);
	int result = 0;
	size_t i;

	if (!out)
		return -1;
	for (i = 0; i < count; i++)
		if (is_xtables(&sources[i]))
			write_missing(out, &script, &sources[i], sources, count);
	fclose(out);
	made.text = script;
	if (made.length)
		result = load_ipset(&made);
	free(script);
	return result;
}

/**
 * ipset_doubt_missing() - mark sets that were made empty
 * @ruleset: where they live
 * @dump: with the sets
 * @sources: all files
 * @count: entries of @sources
 *
 * Return: 0, or -ENOMEM.
 */
int ipset_doubt_missing(struct ruleset *ruleset, const struct dump *dump,
			const struct source *sources, size_t count)
{
	char text[256];
	size_t i;

	for (i = 0; i < dump->ipset_count; i++) {
		struct set *set = dump->ipsets[i].set;

		if (set->doubt || is_described(set->name, sources, count))
			continue;
		snprintf(text, sizeof(text), "set %s, which no file describes", set->name);
		set->doubt = arena_text(ruleset->arena, text);
		if (!set->doubt)
			return -ENOMEM;
	}
	return 0;
}

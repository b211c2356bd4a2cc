// SPDX-License-Identifier: GPL-2.0-or-later
/* What amindexd knows of one disk: its dumps, and the names in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "amindexd.h"
#include "quote.h"
#include "stored.h"

#define LEVELS	10

/* Amanda's dates have dashes between all parts (server-src/amindexd.c uncompress_file()). */
static void print_date(const char *stamp, char date[20])
{
	snprintf(date, 20, "%.4s-%.2s-%.2s-%.2s-%.2s-%.2s", stamp, stamp + 4, stamp + 6, stamp + 8,
		 stamp + 10, stamp + 12);
}

static bool counts(const struct amindexd *index, const struct store_dump *dump)
{
	char date[20];

	if (strcasecmp(dump->host, index->host) || strcmp(dump->disk, index->disk))
		return false;
	print_date(dump->datestamp, date);
	return strncmp(date, index->date, strlen(index->date)) <= 0 || !index->date[0];
}

/* What a restore needs: the last dump, and each older one of a lower level. */
static size_t needed(const struct amindexd *index, const struct store_dump *chain[LEVELS])
{
	size_t count = 0, i;

	for (i = 0; i < index->list.count && count < LEVELS; i++) {
		const struct store_dump *dump = &index->list.dump[i];

		if (!counts(index, dump) || (count && dump->level >= chain[count - 1]->level))
			continue;
		chain[count++] = dump;
		if (!dump->level)
			break;
	}
	return count;
}

/**
 * amindexd_history() - DHST: list the dumps of the disk
 * @index: has host and disk
 * @word: unused
 */
void amindexd_history(struct amindexd *index, const char *word)
{
	char date[20], label[STORED_LABEL_MAX];
	size_t i;

	(void)word;
	amindexd_reply(index, -200, " Dump history for config \"%s\" host \"%s\" disk %s",
		       index->config, index->host, index->disk);
	for (i = 0; i < index->list.count; i++) {
		const struct store_dump *dump = &index->list.dump[i];

		if (strcasecmp(dump->host, index->host) || strcmp(dump->disk, index->disk))
			continue;
		print_date(dump->datestamp, date);
		stored_label(dump, label);
		amindexd_reply(index, -201, " %s %d %s", date, dump->level, label);
	}
	amindexd_reply(index, 200, "Dump history for config \"%s\" host \"%s\" disk %s",
		       index->config, index->host, index->disk);
}

/* "/sub" of a command as the beginning of all that is in it: "/sub/". */
static void with_slash(const char *folder, char *prefix, size_t size)
{
	size_t length = strlen(folder);

	snprintf(prefix, size, "%s%s", folder, length && folder[length - 1] == '/' ? "" : "/");
}

static bool has_folder(const struct store_dump *dump, const char *prefix)
{
	struct store_index names;
	bool found = false;
	size_t i;

	if (store_index_load(dump, &names))
		return false;
	for (i = 0; i < names.count && !found; i++)
		found = !strncmp(names.name[i], prefix, strlen(prefix));
	store_index_free(&names);
	return found;
}

/**
 * amindexd_is_folder() - OISD: is there such a folder in the dumps?
 * @index: has host and disk
 * @folder: without a slash at its end, but for "/"
 */
void amindexd_is_folder(struct amindexd *index, const char *folder)
{
	const struct store_dump *chain[LEVELS];
	size_t count = needed(index, chain), i;
	char prefix[4100];

	if (!count) {
		amindexd_reply(index, 500, "No dumps available on or before date \"%s\"", index->date);
		return;
	}
	with_slash(folder, prefix, sizeof(prefix));
	for (i = 0; i < count; i++) {
		if (!has_folder(chain[i], prefix))
			continue;
		amindexd_reply(index, 200, "\"%s\" is a valid directory", folder);
		return;
	}
	amindexd_reply(index, 500, "\"%s\" is an invalid directory", folder);
}

static int by_name(const void *key, const void *name)
{
	return strcmp(key, *(char *const *)name);
}

/* A newer dump has it: that one is restored last and wins. */
static bool is_newer_one(const struct store_index *names, size_t at, const char *name)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (names[i].count && bsearch(name, names[i].name, names[i].count,
					      sizeof(*names[i].name), by_name))
			return true;
	return false;
}

static void print_names(struct amindexd *index, const struct store_dump *dump,
			struct store_index *names, size_t at, const char *prefix, bool all)
{
	char date[20], label[STORED_LABEL_MAX], quoted_label[2 * STORED_LABEL_MAX + 3];
	char quoted[8200], *last = NULL, *slash, *name;
	size_t length = strlen(prefix), i;

	print_date(dump->datestamp, date);
	stored_label(dump, label);
	quote_word(label, quoted_label, sizeof(quoted_label));
	for (i = 0; i < names[at].count; i++) {
		name = names[at].name[i];
		if (strncmp(name, prefix, length) || strlen(name) > 4000)
			continue;
		slash = all ? NULL : strchr(name + length, '/');
		if (slash)
			slash[1] = '\0';
		if ((last && !strcmp(last, name)) || is_newer_one(names, at, name))
			continue;
		last = name;
		quote_word(name, quoted, sizeof(quoted));
		amindexd_reply(index, -201, " %s %d %s 1 %s", date, dump->level, quoted_label, quoted);
	}
}

static void list(struct amindexd *index, const char *folder, bool all)
{
	const struct store_dump *chain[LEVELS];
	struct store_index names[LEVELS];
	size_t count = needed(index, chain), i;
	char prefix[4100];

	if (!count) {
		amindexd_reply(index, 500, "No dumps available on or before date \"%s\"", index->date);
		return;
	}
	with_slash(folder, prefix, sizeof(prefix));
	amindexd_reply(index, -200, " Opaque list of %s", folder);
	for (i = 0; i < count; i++) {
		/* without an index it has no names, which is no error */
		store_index_load(chain[i], &names[i]);
		print_names(index, chain[i], names, i, prefix, all);
	}
	for (i = 0; i < count; i++)
		store_index_free(&names[i]);
	amindexd_reply(index, 200, " Opaque list of %s", folder);
}

/**
 * amindexd_list() - OLSD: what is in a folder
 * @index: has host and disk
 * @folder: without a slash at its end, but for "/"
 */
void amindexd_list(struct amindexd *index, const char *folder)
{
	list(index, folder, false);
}

/**
 * amindexd_list_all() - ORLD: what is in a folder, and in those below it
 * @index: has host and disk
 * @folder: without a slash at its end, but for "/"
 */
void amindexd_list_all(struct amindexd *index, const char *folder)
{
	list(index, folder, true);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a ruleset, by lines. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/mutants/mutate.h"

static enum dialect dialect_of(const char *path)
{
	static const struct {
		const char *end;
		enum dialect dialect;
	} ends[] = {
		{ ".nft", DIALECT_NFT }, { ".iptables", DIALECT_IPTABLES },
		{ ".ip6tables", DIALECT_IP6TABLES }, { ".ipset", DIALECT_IPSET },
	};
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (dot && !strcmp(dot, ends[i].end))
			return ends[i].dialect;
	errno = EINVAL;
	die("%s", path);
}

static void file_read(struct script_file *file, const char *path)
{
	FILE *stream = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (!stream)
		die("%s", path);
	file->path = path;
	file->dialect = dialect_of(path);
	while ((length = getline(&line, &room, stream)) > 0) {
		file->line = reallocarray(file->line, file->count + 1, sizeof(*file->line));
		if (!file->line)
			die("memory");
		line[strcspn(line, "\n")] = '\0';
		file->line[file->count++] = line;
		line = NULL;
	}
	free(line);
	fclose(stream);
}

/**
 * script_read() - read a ruleset
 * @script: to fill
 * @paths: its files
 * @count: how many
 */
void script_read(struct script *script, char *const paths[], size_t count)
{
	memset(script, 0, sizeof(*script));
	if (count > FILES_MOST) {
		errno = E2BIG;
		die("%zu files", count);
	}
	while (script->count < count) {
		file_read(&script->file[script->count], paths[script->count]);
		script->count++;
	}
}

/** script_free() - forget it */
void script_free(struct script *script)
{
	size_t i, j;

	for (i = 0; i < script->count; i++) {
		for (j = 0; j < script->file[i].count; j++)
			free(script->file[i].line[j]);
		free(script->file[i].line);
	}
}

/**
 * script_write() - one file of a ruleset as it is loaded
 * @script: the ruleset
 * @file: which file
 * @mutant: what is other than in the text; NULL: nothing
 *
 * Return: the text, to free().
 */
char *script_write(const struct script *script, size_t file, const struct mutant *mutant)
{
	char *written = NULL;
	size_t size, i;
	FILE *stream = open_memstream(&written, &size);

	if (!stream)
		die("memory");
	for (i = 0; i < script->file[file].count; i++) {
		const char *line = script->file[file].line[i];

		if (mutant && mutant->file == file && mutant->line == i)
			line = mutant->now;
		if (line)
			fprintf(stream, "%s\n", line);
	}
	fclose(stream);
	return written;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Mutants as files, and what the judge says of each, to ask the program about. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "selftests/ruleset/mutants/judge.h"

static FILE *file_in(const char *folder, const char *name)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (!file)
		die("%s", path);
	return file;
}

static void write_rules(const struct script *script, const struct mutant *mutant,
			const char *folder)
{
	size_t i;

	for (i = 0; i < script->count; i++) {
		const char *path = script->file[i].path, *slash = strrchr(path, '/');
		FILE *file = file_in(folder, slash ? slash + 1 : path);
		char *text = script_write(script, i, mutant);

		fputs(text, file);
		free(text);
		fclose(file);
	}
}

static bool any(const struct journeys *journeys, unsigned int answers)
{
	size_t i;

	for (i = 0; i < journeys->count; i++)
		if (1u << journeys->journey[i].answer & answers)
			return true;
	return false;
}

/* Of "check --strict", as its manual has it. */
static int status_of(const struct said *said)
{
	if (any(&said->journeys, 1u << ANSWER_DROP | 1u << ANSWER_REJECT))
		return 3;
	if (any(&said->journeys, 1u << ANSWER_UNKNOWN))
		return 5;
	return said->excesses.count ? 4 : 0;
}

/* In the order and the words of its JSON. */
static void write_said(const struct said *said, const char *folder)
{
	static const char *const answers[] = {
		[ANSWER_ACCEPT] = "accept", [ANSWER_DROP] = "drop",
		[ANSWER_REJECT] = "reject", [ANSWER_UNKNOWN] = "unknown",
	};
	FILE *file = file_in(folder, "said");
	char id[FLOW_ID_MAX];
	size_t i;

	fprintf(file, "status %d\n", status_of(said));
	for (i = 0; i < said->journeys.count; i++) {
		flow_id(said->journeys.journey[i].flow, id);
		fprintf(file, "%s %s\n", id, answers[said->journeys.journey[i].answer]);
	}
	for (i = 0; i < said->excesses.count; i++)
		fprintf(file, "open %s\n",
			said->excesses.excess[i].version == VERSION_4 ? "ip" : "ip6");
	fclose(file);
}

/**
 * bench_write() - a mutant as files, and what check says of it in this process
 * @bench: the ruleset as it was
 * @mutant: what is other
 * @folder: is made, and gets the files of the ruleset, and "said"
 *
 * Return: false where the loader refuses it: nothing is written.
 */
bool bench_write(struct bench *bench, const struct mutant *mutant, const char *folder)
{
	struct said said;
	bool loaded = bench_load(bench, mutant, &said);

	if (loaded) {
		if (mkdir(folder, 0755))
			die("%s", folder);
		write_rules(&bench->script, mutant, folder);
		write_said(&said, folder);
	}
	said_free(&said);
	return loaded;
}

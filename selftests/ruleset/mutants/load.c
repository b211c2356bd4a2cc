// SPDX-License-Identifier: GPL-2.0-or-later
/* One text, loaded into the machine, and what check says of what is loaded there. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/ruleset/mutants/judge.h"

#define MEMORY	((size_t)512 << 20)

/* What loaders have to say of mutants that are no rulesets is nothing new. */
static bool put_quietly(const struct source *sources, size_t count)
{
	static const struct load_options nothing;
	int keep = fcntl(2, F_DUPFD_CLOEXEC, 10), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	bool done;

	fflush(stderr);
	dup2(nowhere, 2);
	done = !ruleset_put(sources, count, &nothing);
	fflush(stderr);
	dup2(keep, 2);
	close(keep);
	close(nowhere);
	return done;
}

static bool put(struct bench *bench, const struct mutant *mutant)
{
	struct source sources[FILES_MOST];
	const struct script *script = &bench->script;
	bool done;
	size_t i;

	machine_flush(&bench->machine);
	for (i = 0; i < script->count; i++) {
		char *bytes = script_write(script, i, mutant);

		sources[i] = (struct source) {
			script->file[i].dialect, script->file[i].path, bytes, strlen(bytes),
		};
	}
	done = put_quietly(sources, script->count);
	for (i = 0; i < script->count; i++)
		free((char *)(uintptr_t)sources[i].text);
	return done;
}

/* The evaluator does not see the rule: what a wrong one might do. */
static void blind(struct rule *rule)
{
	static struct step never[] = { { .kind = STEP_NEVER } };
	size_t version;

	for (version = 0; version < VERSION_COUNT; version++) {
		rule->steps[version] = never;
		rule->step_count[version] = 1;
	}
}

static void skip_rule(struct ruleset *ruleset, size_t number)
{
	size_t i, j;

	for (i = 0; i < ruleset->count; i++)
		for (j = 0; j < ruleset->tables[i].chain_count; j++) {
			struct chain *chain = &ruleset->tables[i].chains[j];

			if (number && number <= chain->count)
				blind(&chain->rules[number - 1]);
			number = number > chain->count ? number - chain->count : 0;
		}
}

static bool ask(struct bench *bench, struct said *said)
{
	struct question question = {
		.ruleset = &said->ruleset, .world = &said->world, .flows = &bench->input.flows,
		.host = bench->machine.host, .helper = HELPER_STOCK,
	};

	return !world_of_host(&said->world, &said->ruleset, bench->machine.host, said->arena) &&
	       !journeys_run(&said->journeys, &question, said->arena) &&
	       !excess_run(&said->excesses, &question, &said->journeys, said->arena);
}

/**
 * bench_load() - load a mutant, and ask check
 * @bench: where
 * @mutant: which; NULL: the ruleset as it is
 * @said: to fill; said_free() it whatever is returned
 *
 * check reads back what the machine has, before the rules that the test needs come to
 * it: so it is about the very rules that the kernel judges.
 *
 * Return: false where it cannot be loaded.
 */
bool bench_load(struct bench *bench, const struct mutant *mutant, struct said *said)
{
	memset(said, 0, sizeof(*said));
	if (!put(bench, mutant))
		return false;
	if (ruleset_load_live(&said->ruleset, stderr))
		die("reading the rules back");
	said->loaded = true;
	if (bench->skip)
		skip_rule(&said->ruleset, bench->skip);
	said->arena = arena_new(MEMORY);
	if (!said->arena || !ask(bench, said))
		die("check");
	machine_rules(&bench->machine);
	return true;
}

/** said_free() - forget it */
void said_free(struct said *said)
{
	excess_free(&said->excesses);
	journeys_free(&said->journeys);
	if (said->arena)
		arena_free(said->arena);
	if (said->loaded)
		ruleset_free(&said->ruleset);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* One ruleset and its mutants; see judge.h. */
#include <stdlib.h>
#include <string.h>

#include "selftests/ruleset/mutants/judge.h"

static void done_make(struct done *done, const struct bench *bench)
{
	size_t end, flows = bench->said.journeys.count + 1;

	for (end = 0; end < ENDS; end++) {
		done->through[end] = calloc(flows, sizeof(bool));
		done->alive[end] = calloc(flows, sizeof(bool));
		if (!done->through[end] || !done->alive[end])
			die("memory");
	}
	done->passes = calloc(bench->strangers.count + 1, sizeof(bool));
	if (!done->passes)
		die("memory");
}

static void done_free(struct done *done)
{
	size_t end;

	for (end = 0; end < ENDS; end++) {
		free(done->through[end]);
		free(done->alive[end]);
	}
	free(done->passes);
}

static void run_exchange(struct bench *bench, const struct exchange *exchange, struct done *done,
			 size_t end)
{
	bool through[EXCHANGE_FLOWS];
	struct ports ports;
	size_t i;

	ports_at(&ports, exchange, &bench->said.journeys, end);
	exchange_run(&bench->machine, exchange, &bench->said.journeys, &ports, through);
	bench->probes++;
	for (i = 0; i < exchange->count; i++) {
		done->through[end][exchange->flow[i]] = through[i];
		done->alive[end][exchange->flow[i]] = !i || through[0];
	}
}

/* All that the kernel is asked about every mutant alike. */
static void kernel_does(struct bench *bench, struct done *done)
{
	size_t end, i;

	for (end = 0; end < ENDS; end++)
		for (i = 0; i < bench->exchanges.count; i++)
			run_exchange(bench, &bench->exchanges.exchange[i], done, end);
	for (i = 0; i < bench->strangers.count; i++) {
		const struct stranger *stranger = &bench->strangers.stranger[i];

		done->passes[i] = stranger_passes(&bench->machine, stranger, !i || stranger->turned);
	}
	bench->probes += bench->strangers.count;
}

static void know_peers(struct bench *bench)
{
	const struct tuple *in, *out;
	size_t i;

	for (i = 0; i < bench->said.journeys.count; i++) {
		journey_ends(&bench->said.journeys.journey[i], &in, &out);
		machine_peer(&bench->machine, &in->source);
		machine_peer(&bench->machine, &out->destination);
	}
}

/**
 * bench_start() - the ruleset as it was generated
 * @bench: whose @input, @text and @machine are there
 *
 * What is wrong with it then counts as a disagreement, too.
 */
void bench_start(struct bench *bench)
{
	struct done done = { 0 };
	enum nature nature;

	if (!bench_load(bench, NULL, &bench->said))
		die("%s: not even the rules as generated can be loaded", bench->script.file[0].path);
	exchanges_make(&bench->exchanges, &bench->said.journeys);
	strangers_make(&bench->strangers, &bench->machine, &bench->said.journeys);
	know_peers(bench);
	done_make(&done, bench);
	kernel_does(bench, &done);
	bench->done = done;
	/* Nothing that passes is new then: strangers are of no account. */
	if (!compare(bench, &bench->said, &done, &nature, stdout)) {
		printf("  by the rules as generated\n");
		bench->wrong++;
	}
}

static void tell(const struct bench *bench, const struct mutant *mutant, const char *what)
{
	const struct script_file *file = &bench->script.file[mutant->file];

	printf("%s: %s:%zu: %s\n    %s\n    %s\n", what, file->path, mutant->line + 1,
	       mutant->change, file->line[mutant->line], mutant->now ? mutant->now : "");
}

static bool count_closer(const struct bench *bench, const struct done *done)
{
	size_t i;

	for (i = 0; i < bench->strangers.count; i++)
		if (bench->done.passes[i] && !done->passes[i])
			return true;
	return false;
}

/* Once: a packet may be late on a machine that has other work. */
static bool try_once(struct bench *bench, const struct mutant *mutant, enum nature *nature,
		     bool *closer, FILE *out)
{
	struct done done = { 0 };
	struct said said;
	bool agree;

	if (!bench_load(bench, mutant, &said)) {
		said_free(&said);
		*nature = NATURES;
		return true;
	}
	done_make(&done, bench);
	kernel_does(bench, &done);
	agree = compare(bench, &said, &done, nature, out);
	*closer = count_closer(bench, &done);
	done_free(&done);
	said_free(&said);
	return agree;
}

/**
 * bench_try() - one mutant
 * @bench: the ruleset as it was
 * @mutant: what is other; NULL: nothing
 *
 * Return: whether check and the kernel say the same.
 */
bool bench_try(struct bench *bench, const struct mutant *mutant)
{
	static const char *const names[] = { "blocks", "opens", "neutral", "no ruleset" };
	enum nature nature;
	bool closer = false, agree = try_once(bench, mutant, &nature, &closer, NULL);

	if (!agree && try_once(bench, mutant, &nature, &closer, bench->skip ? NULL : stdout)) {
		bench->flukes++;
		agree = true;
	}
	if (nature == NATURES) {
		bench->unloadable++;
	} else {
		bench->natures[nature]++;
		bench->wrong += !agree;
		bench->closer += nature == NATURE_NEUTRAL && closer;
	}
	if (mutant && !agree)
		tell(bench, mutant, "they disagree");
	else if (mutant && bench->verbose)
		tell(bench, mutant, names[nature]);
	return agree;
}

/** bench_close() - forget it */
void bench_close(struct bench *bench)
{
	done_free(&bench->done);
	strangers_free(&bench->strangers);
	exchanges_free(&bench->exchanges);
	said_free(&bench->said);
	script_free(&bench->script);
}

/** rules_of() - how many rules there are */
size_t rules_of(const struct ruleset *ruleset)
{
	size_t count = 0, i, j;

	for (i = 0; i < ruleset->count; i++)
		for (j = 0; j < ruleset->tables[i].chain_count; j++)
			count += ruleset->tables[i].chains[j].count;
	return count;
}

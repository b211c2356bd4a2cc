// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of one machine, with one of them taken out or changed: what check says of
 * that, and whether the kernel agrees.
 *
 *	mutants [-a] [-v] [-t] [-w FOLDER] [-n NAME] SITE HOST FILE...
 *
 * -a: all mutants instead of two of each line; -t: nothing is changed, but the
 * evaluator skips one rule after the other, which has to be noticed; -w: none is tried, but
 * some are written to FOLDER, each beside what check says of it.  FILEs are told
 * apart by how their names end: .ipset .nft .iptables .ip6tables, sets first.
 *
 * Exit: 0 they agree, 1 they do not, 2 could not, 77 cannot here.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/ruleset/mutants/judge.h"

/* Of how many mutants the program is asked for each ruleset. */
#define WRITTEN	6

struct job {
	const char *name;
	bool all;
	bool teeth;
	const char *folder;
};

static struct bench bench;

static void report(const struct job *job, size_t rules, size_t mutants)
{
	printf("%s mutation/%s - ", bench.wrong ? "not ok" : "ok", job->name);
	if (bench.wrong)
		printf("check and the kernel disagree about %zu\n", bench.wrong);
	else
		printf("%zu blocked, %zu opened, %zu neutral\n", bench.natures[NATURE_BLOCKED],
		       bench.natures[NATURE_OPENED], bench.natures[NATURE_NEUTRAL]);
	printf("count rules %zu mutants %zu blocked %zu opened %zu neutral %zu closer %zu refused %zu wrong %zu flukes %zu probes %zu untried %zu\n",
	       rules, mutants, bench.natures[NATURE_BLOCKED], bench.natures[NATURE_OPENED],
	       bench.natures[NATURE_NEUTRAL], bench.closer, bench.unloadable, bench.wrong,
	       bench.flukes, bench.probes, bench.exchanges.untried);
}

static int mutate_all(const struct job *job)
{
	struct mutants mutants;
	size_t i, all;

	mutants_make(&mutants, &bench.script);
	all = mutants.count;
	if (!job->all)
		mutants_sample(&mutants, &bench.script);
	for (i = 0; i < mutants.count; i++)
		bench_try(&bench, &mutants.mutant[i]);
	report(job, mutants.rules, all);
	mutants_free(&mutants);
	return !!bench.wrong;
}

/*
 * A rule that is skipped is noticed where it matters: where taking it out of the text
 * blocks a flow or opens something.
 */
static int skip_all(const struct job *job)
{
	size_t rules = rules_of(&bench.said.ruleset), noticed = 0;

	for (bench.skip = 1; bench.skip <= rules; bench.skip++) {
		size_t neutral = bench.natures[NATURE_NEUTRAL];
		bool agree = bench_try(&bench, NULL);

		if (agree == (bench.natures[NATURE_NEUTRAL] > neutral)) {
			noticed += !agree;
			continue;
		}
		printf("not ok mutation/teeth/%s - rule %zu skipped, and %s\n", job->name, bench.skip,
		       agree ? "nobody notices" : "no answer is other for it");
		return 1;
	}
	printf("%s mutation/teeth/%s - %zu of %zu rules skipped by the evaluator are noticed, the others are no matter\n",
	       noticed ? "ok" : "not ok", job->name, noticed, rules);
	return !noticed;
}

/* Spread evenly over the text; of those that are no ruleset, the next one. */
static int write_some(const struct job *job)
{
	char folder[PATH_MAX];
	struct mutants mutants;
	size_t i, at = 0;

	mutants_make(&mutants, &bench.script);
	for (i = 0; i < WRITTEN; i++) {
		size_t middle = (2 * i + 1) * mutants.count / (2 * WRITTEN);

		snprintf(folder, sizeof(folder), "%s/%zu", job->folder, i);
		if (at < middle)
			at = middle;
		while (at < mutants.count && !bench_write(&bench, &mutants.mutant[at], folder))
			at++;
		at++;
	}
	mutants_free(&mutants);
	return 0;
}

static void options(int argc, char *argv[], struct job *job)
{
	int option;

	while ((option = getopt(argc, argv, "avtn:w:")) != -1) {
		switch (option) {
		case 'a':
			job->all = true;
			break;
		case 'v':
			bench.verbose = true;
			break;
		case 't':
			job->teeth = true;
			break;
		case 'n':
			job->name = optarg;
			break;
		case 'w':
			job->folder = optarg;
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind < 3)
		exit(2);
}

static void site_open(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file || site_read(&bench.input.site, file, path, stderr) ||
	    flows_expand(&bench.input.flows, &bench.input.site))
		die("%s", path);
	fclose(file);
}

int main(int argc, char *argv[])
{
	struct job job = { .name = "rules" };
	const struct host *host;
	int status;

	options(argc, argv, &job);
	if (!machine_possible()) {
		puts("skip mutation - no /dev/net/tun");
		return 77;
	}
	site_open(argv[optind]);
	host = site_host(&bench.input.site, argv[optind + 1]);
	if (!host)
		die("%s", argv[optind + 1]);
	script_read(&bench.script, argv + optind + 2, (size_t)(argc - optind - 2));
	machine_open(&bench.machine, host);
	bench_start(&bench);
	if (job.folder)
		status = write_some(&job);
	else
		status = job.teeth ? skip_all(&job) : mutate_all(&job);
	bench_close(&bench);
	flows_free(&bench.input.flows);
	site_free(&bench.input.site);
	return status;
}

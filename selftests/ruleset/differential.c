// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rulesets by chance and packets by chance: what the kernel does with them, beside
 * what the evaluator says.
 *
 *	differential [-s SEED] [-n RULESETS] [-p PACKETS] [-d] [-v]
 *	differential -f FILE [-S SETS] [-s SEED] [-n TIMES] [-p PACKETS] [-v]
 *	differential -m [-s SEED] [-p PACKETS]
 *
 * -d: rulesets with rules that nobody can evaluate, too; -f: that ruleset instead, with
 * what ipset has to load before; -m: mistakes are planted in
 * what the evaluator is given, and each has to be noticed.  A disagreement is printed
 * with the fewest rules that still show it.
 *
 * Exit: 0 none, 1 some, 2 could not, 77 cannot here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/plant.h"
#include "selftests/ruleset/run.h"

/* What the command line asks for. */
struct job {
	unsigned long long seed;
	unsigned long long count;
	bool doubts;
	bool mistakes;
	const char *file;
	const char *sets;
};

struct run run;

/* A connection whose directions cannot be told apart. */
static bool turns_into_itself(const struct packet *packet)
{
	return packet->saddr == packet->daddr && packet->sport == packet->dport;
}

static bool overlap(const struct packet *a, const struct packet *b)
{
	bool same = a->saddr == b->saddr && a->daddr == b->daddr && a->sport == b->sport &&
		    a->dport == b->dport;
	bool turned = a->saddr == b->daddr && a->daddr == b->saddr && a->sport == b->dport &&
		      a->dport == b->sport;

	return a->six == b->six && (a->protocol == b->protocol ||
				    a->kind == KIND_ERROR || b->kind == KIND_ERROR) &&
	       (same || turned);
}

/* Each packet is of a connection of its own. */
static void choose_packets(const struct rules *rules)
{
	unsigned int i, j, tries = 0;

	for (i = 0; i < run.packets; i++) {
		packet_chance(&run.packet[i], rules, i);
		for (j = 0; j < i; j++)
			if (overlap(&run.packet[i], &run.packet[j]))
				break;
		if ((j < i || turns_into_itself(&run.packet[i])) && tries++ < 20 * run.packets)
			i--;
	}
}

static uint32_t fields_to_open(void)
{
	static const uint32_t some[] = {
		0, 0, 1u << FIELD_SADDR | 1u << FIELD_SPORT, 1u << FIELD_DPORT | 1u << FIELD_SPORT,
		1u << FIELD_SPORT | 1u << FIELD_LENGTH | 1u << FIELD_TTL | 1u << FIELD_TOS,
		1u << FIELD_TCP_FLAGS | 1u << FIELD_ICMP | 1u << FIELD_DPORT, 1u << FIELD_IIF,
	};

	return some[chance_below(sizeof(some) / sizeof(*some))];
}

/*
 * A packet whose port another connection has already gets another one; so a packet
 * that fares alone as the evaluator says is no disagreement, as long as there are few.
 */
static void test_packets(struct rules *rules, const struct subject *subject)
{
	unsigned int i, shown = 0;

	for (i = 0; i < run.packets; i++) {
		uint32_t open = fields_to_open();
		struct question question;
		const char *what;

		if (run.packet[i].id != i) {
			run.tally.skipped++;
			continue;
		}
		judge(subject, &run.packet[i], &run.outcome[i], open, &question, &what);
		run.tally.packets++;
		run.tally.passed += run.outcome[i].end != END_NOWHERE;
		run.tally.unknown += !!question.answer.doubt;
		if (question.answer.doubt && run.verbose)
			fprintf(stderr, "doubt: %s\n", question.answer.doubt);
		if (what && !run.planting && !still_wrong(rules, &run.packet[i], open)) {
			run.tally.clashes++;
		} else if (what) {
			run.tally.wrong++;
			if (!shown++ && !run.planting)
				show(rules, &run.packet[i], &run.outcome[i], &question.answer,
				     what, open);
		}
		question_free(&question);
	}
}

static void make_entries(void)
{
	unsigned int i;

	entries_flush(&run.lab);
	for (i = 0; i < run.packets; i++)
		if (!entry_make(&run.lab, &run.packet[i])) {
			if (run.verbose) {
				fprintf(stderr, "no entry: %s: ", strerror(errno));
				packet_print(stderr, &run.packet[i]);
			}
			run.packet[i].id = UINT32_MAX;
		}
}

static void test_rules(struct rules *rules)
{
	struct subject subject;

	if (!load_kernel(rules)) {
		run.tally.unloadable++;
		return;
	}
	if (!load_evaluator(rules, &subject)) {
		char *text = rules_text(rules);

		printf("not loaded, although the kernel has:\n%s", text);
		free(text);
		run.tally.wrong++;
		return;
	}
	run.tally.rulesets++;
	choose_packets(rules);
	make_entries();
	laboratory_send(&run.lab, run.packet, run.packets, run.outcome);
	test_packets(rules, &subject);
	ruleset_free(&subject.ruleset);
}

static void test_seed(uint64_t seed, bool doubts)
{
	struct rules rules;

	chance_seed(seed);
	rules_start(&rules, seed % 2 ? DIALECT_NFT : DIALECT_IPTABLES);
	rules.doubts = doubts;
	if (rules.dialect == DIALECT_NFT) {
		rules_nft(&rules);
	} else {
		rules.six = seed % 4 == 2;
		if (rules.six)
			rules.dialect = DIALECT_IP6TABLES;
		rules_xtables(&rules);
	}
	if (run.verbose)
		fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
	test_rules(&rules);
	rules_free(&rules);
}

static void test_file(const struct job *job, uint64_t seed)
{
	struct rules rules;

	chance_seed(seed);
	rules_wild(&rules, job->file, job->sets);
	test_rules(&rules);
	rules_free(&rules);
}

/* A mistake shows within so many rulesets. */
#define PLANT_RULESETS	60

static int notice_plants(uint64_t seed)
{
	int status = 0;
	unsigned int i;

	run.planting = true;
	for (run.plant = 0; plants[run.plant]; run.plant++) {
		run.tally = (struct tally) { 0 };
		for (i = 0; i < PLANT_RULESETS && !run.tally.wrong; i++)
			test_seed(seed + i, false);
		if (run.tally.wrong) {
			printf("ok differential/teeth/%s\n", plants[run.plant]);
			continue;
		}
		printf("not ok differential/teeth/%s - not noticed in %u verdicts\n",
		       plants[run.plant], run.tally.packets);
		status = 1;
	}
	return status;
}

/* A file may ask what cannot be known; it has to load, which a ruleset by chance need not. */
static int report(const struct job *job)
{
	const char *slash = job->file ? strrchr(job->file, '/') : NULL;
	const char *name = slash ? slash + 1 : job->file ? job->file : job->doubts ? "doubts" : "all";
	const struct tally *tally = &run.tally;
	bool known = tally->unknown * 100 <= tally->packets;
	bool agree = tally->rulesets && !tally->wrong && !(job->file && tally->unloadable) &&
		     tally->clashes * 100 <= tally->packets;

	fprintf(stderr, "%u rulesets, %u that the loader refuses; %u packets without their connection; %u fared otherwise among the others than alone\n",
		tally->rulesets, tally->unloadable, tally->skipped, tally->clashes);
	printf("%s: %u verdicts of the kernel, %u of them to pass: %u disagreements, %u unknown\n",
	       name, tally->packets, tally->passed, tally->wrong, tally->unknown);
	printf("%s differential/%s/agreement%s\n", agree ? "ok" : "not ok", name,
	       agree ? "" : " - see above");
	if (job->doubts || job->file)
		return !agree;
	printf("%s differential/%s/known%s\n", known ? "ok" : "not ok", name,
	       known ? "" : " - more than 1 % are unknown");
	return !agree || !known;
}

static void options(int argc, char *argv[], struct job *job)
{
	int option;

	while ((option = getopt(argc, argv, "s:n:p:f:S:dmv")) != -1) {
		switch (option) {
		case 's':
			job->seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			job->count = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			run.packets = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'f':
			job->file = optarg;
			break;
		case 'S':
			job->sets = optarg;
			break;
		case 'd':
			job->doubts = true;
			break;
		case 'm':
			job->mistakes = true;
			break;
		case 'v':
			run.verbose = true;
			break;
		default:
			exit(2);
		}
	}
	if (run.packets > PACKETS_MOST)
		run.packets = PACKETS_MOST;
}

int main(int argc, char *argv[])
{
	struct job job = { .seed = 1, .count = 20 };
	unsigned long long i;

	run.packets = 200;
	options(argc, argv, &job);
	laboratory_open(&run.lab);
	if (job.mistakes)
		return notice_plants(job.seed);
	for (i = 0; i < job.count; i++)
		if (job.file)
			test_file(&job, job.seed + i);
		else
			test_seed(job.seed + i, job.doubts);
	return report(&job);
}

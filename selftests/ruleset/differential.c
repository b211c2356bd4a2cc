// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rulesets by chance and packets by chance: what the kernel does with them, beside
 * what the evaluator says.
 *
 *	differential [-s SEED] [-n RULESETS] [-p PACKETS] [-d] [-v]
 *	differential -m
 *
 * -d: rulesets with rules that nobody can evaluate, too; -m: mistakes are planted in
 * what the evaluator is given, and each has to be noticed.  A disagreement is printed
 * with the fewest rules that still show it.
 *
 * Exit: 0 none, 1 some, 2 could not, 77 cannot here.
 */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/lib/chance.h"
#include "selftests/ruleset/laboratory.h"
#include "selftests/ruleset/plant.h"
#include "selftests/ruleset/question.h"
#include "selftests/ruleset/rules.h"

#define PACKETS_MOST	4000
#define LOAD_SECONDS	20

struct tally {
	unsigned int rulesets;
	unsigned int unloadable;
	unsigned int packets;
	unsigned int passed;
	unsigned int unknown;
	unsigned int wrong;
	unsigned int skipped;
	unsigned int clashes;
};

/* What the command line asks for. */
struct job {
	unsigned long long seed;
	unsigned long long count;
	bool doubts;
	bool mistakes;
};

struct run {
	struct laboratory lab;
	struct tally tally;
	struct packet packet[PACKETS_MOST];
	struct outcome outcome[PACKETS_MOST];
	unsigned int packets;
	bool verbose;
	bool planting;
	size_t plant;
};

static struct run run;

/* --- the machine's rules ---------------------------------------------------------- */

static bool load_nft_text(const char *text)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	bool loaded;

	nft_ctx_buffer_error(nft);
	loaded = !nft_run_cmd_from_buffer(nft, "flush ruleset") &&
		 !nft_run_cmd_from_buffer(nft, text);
	if (!loaded && run.verbose)
		fputs(nft_ctx_get_error_buffer(nft), stderr);
	nft_ctx_free(nft);
	return loaded;
}

static bool load_xtables_text(const char *text, bool six)
{
	const char *program = six ? "ip6tables-nft-restore" : "iptables-nft-restore";
	int pipes[2], status;
	pid_t child;

	if (!load_nft_text("") || pipe2(pipes, O_CLOEXEC))
		return false;
	child = fork();
	if (!child) {
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(pipes[0], 0);
		if (!run.verbose)
			dup2(nowhere, 2);
		execlp(program, program, NULL);
		_exit(127);
	}
	close(pipes[0]);
	if (write(pipes[1], text, strlen(text)) < 0)
		perror(program);
	close(pipes[1]);
	waitpid(child, &status, 0);
	return !status;
}

static bool load_kernel(const struct rules *rules)
{
	char *text = rules_text(rules);
	bool loaded = rules->dialect == DIALECT_NFT ? load_nft_text(text) :
		      load_xtables_text(text, rules->six);

	free(text);
	return loaded;
}

static bool load_evaluator(const struct rules *rules, struct subject *subject)
{
	static const char *const links[] = { LEFT_LINK, RIGHT_LINK };
	const struct load_options options = { links, 2, LOAD_SECONDS };
	char *text = rules_text(rules);
	struct source source = { rules->dialect, "rules", text, strlen(text) };
	bool loaded = !ruleset_load(&subject->ruleset, &source, 1, &options, stderr);

	if (loaded && run.planting)
		plant(&subject->ruleset, run.plant);
	if (loaded)
		subject_open(subject);
	free(text);
	return loaded;
}

/* --- who is right -------------------------------------------------------------------- */

static bool held(const struct fate *fate, enum field field, __uint128_t number)
{
	return values_hold(fate->box.now[field], number);
}

static bool same_end(const struct packet *packet, const struct outcome *outcome,
		     const struct fate *fate)
{
	if (!held(fate, FIELD_DADDR, outcome->daddr) || !held(fate, FIELD_SADDR, outcome->saddr))
		return false;
	if (!has_ports(packet->protocol))
		return true;
	return held(fate, FIELD_SPORT, outcome->sport) && held(fate, FIELD_DPORT, outcome->dport);
}

/* Where another connection has the port already, the kernel takes another one. */
static const char translated[] = "the kernel translates it otherwise";

/* NULL: they agree. */
static const char *compare(const struct packet *packet, const struct outcome *outcome,
			   const struct answer *answer)
{
	bool arrived = outcome->end != END_NOWHERE;

	if (answer->doubt)
		return NULL;
	if (!answer->count)
		return "no fate holds the packet";
	if (answer->torn)
		return "fates differ, and no doubt says why";
	if (answer->verdict == VERDICT_ACCEPT && !arrived)
		return "the kernel drops it";
	if (answer->verdict != VERDICT_ACCEPT && arrived)
		return "the kernel lets it pass";
	if (answer->verdict == VERDICT_DROP && outcome->refused)
		return "the kernel refuses it and says so";
	if (arrived && answer->count == 1 && !same_end(packet, outcome, &answer->fate))
		return translated;
	return NULL;
}

static void judge(const struct subject *subject, const struct packet *packet,
		  const struct outcome *outcome, uint32_t open, struct question *question,
		  const char **what)
{
	question_ask(question, subject, packet, open);
	*what = compare(packet, outcome, &question->answer);
}

/* --- the fewest rules that show it ---------------------------------------------------- */

/* One packet alone, through the rules that are left. */
static bool telling;

static void tell(const struct question *question)
{
	size_t i;

	for (i = 0; i < question->fates.count && i < 20; i++) {
		const struct fate *fate = &question->fates.fate[i];

		printf("fate: %s by %s, rule %s, hook %u%s%s\n", verdict_name(fate->verdict),
		       fate->chain ? fate->chain->name : "no chain",
		       fate->rule ? fate->rule->text : "none", fate->hook,
		       fate->box.doubt ? ", doubt: " : "", fate->box.doubt ? fate->box.doubt : "");
	}
}

static bool still_wrong(const struct rules *rules, const struct packet *packet, uint32_t open)
{
	struct packet alone = *packet;
	struct outcome outcome;
	struct question question;
	struct subject subject;
	const char *what;

	alone.id = 0;
	if (!load_kernel(rules) || !load_evaluator(rules, &subject))
		return false;
	entries_flush(&run.lab);
	entry_make(&run.lab, &alone);
	laboratory_send(&run.lab, &alone, 1, &outcome);
	judge(&subject, &alone, &outcome, open, &question, &what);
	if (telling)
		tell(&question);
	question_free(&question);
	ruleset_free(&subject.ruleset);
	return what;
}

static bool without(struct rules *rules, size_t from, size_t to, const struct packet *packet,
		    uint32_t open)
{
	bool *before = calloc(rules->count, sizeof(*before));
	bool any = false, wrong;
	size_t i;

	for (i = from; i < to; i++) {
		before[i] = rules->line[i].off;
		any |= rules->line[i].rule && !rules->line[i].off;
		rules->line[i].off |= rules->line[i].rule;
	}
	wrong = any && still_wrong(rules, packet, open);
	for (i = from; i < to && !wrong; i++)
		rules->line[i].off = before[i];
	free(before);
	return wrong;
}

static bool reduce(struct rules *rules, const struct packet *packet, uint32_t open)
{
	size_t step, i;

	if (!still_wrong(rules, packet, open))
		return false;
	for (step = rules->count / 2; step; step /= 2)
		for (i = 0; i < rules->count; i += step)
			without(rules, i, i + step < rules->count ? i + step : rules->count, packet,
				open);
	return true;
}

static void show(struct rules *rules, const struct packet *packet, const struct outcome *outcome,
		 const struct answer *answer, const char *what, uint32_t open)
{
	const struct fate *fate = &answer->fate;
	char saddr[64], daddr[64], *text;

	printf("disagree: %s; the evaluator says %s by %s, rule %s\n", what,
	       verdict_name(answer->verdict),
	       answer->count && fate->chain ? fate->chain->name : "no chain",
	       answer->count && fate->rule ? fate->rule->text : "none");
	packet_print(stdout, packet);
	number_print(packet->six, outcome->saddr, saddr);
	number_print(packet->six, outcome->daddr, daddr);
	printf("seen %u times, at %d: %s port %u to %s port %u; open %#x\n", outcome->times,
	       outcome->end, saddr, outcome->sport, daddr, outcome->dport, open);
	if (!reduce(rules, packet, open))
		puts("(alone, it is not so)");
	text = rules_text(rules);
	fputs(text, stdout);
	free(text);
	telling = true;
	still_wrong(rules, packet, open);
	telling = false;
	fflush(stdout);
}

/* --- all of it --------------------------------------------------------------------------- */

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
		if (j < i && tries++ < 20 * run.packets)
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
		if (what == translated && !still_wrong(rules, &run.packet[i], open)) {
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

static int report(const char *name)
{
	const struct tally *tally = &run.tally;
	bool known = tally->unknown * 100 <= tally->packets;

	fprintf(stderr, "%u rulesets, %u that the loader refuses; %u packets without their connection; %u got another port, as theirs was taken\n",
		tally->rulesets, tally->unloadable, tally->skipped, tally->clashes);
	printf("%u verdicts of the kernel, %u of them to pass: %u disagreements, %u unknown\n",
	       tally->packets, tally->passed, tally->wrong, tally->unknown);
	printf("%s differential/%s/agreement\n", tally->wrong ? "not ok" : "ok", name);
	if (strcmp(name, "doubts"))
		printf("%s differential/%s/known\n", known ? "ok" : "not ok", name);
	return tally->wrong || (!known && strcmp(name, "doubts")) ? 1 : 0;
}

static void options(int argc, char *argv[], struct job *job)
{
	int option;

	while ((option = getopt(argc, argv, "s:n:p:dmv")) != -1) {
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
		test_seed(job.seed + i, job.doubts);
	return report(job.doubts ? "doubts" : "all");
}

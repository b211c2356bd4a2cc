// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What has come of the trials, in words.
 */
#include <string.h>

#include "amfwctl/prove.h"

static void print_end(const struct address *address, struct range port)
{
	char text[INET6_ADDRSTRLEN];

	address_print(address, text);
	printf("%s %u", text, port.low);
}

/**
 * decision_print() - where in the kernel a packet's way was decided, as print_place() says it
 * @decision: it
 */
void decision_print(const struct decision *decision)
{
	const struct table table = { .family = (unsigned char)decision->family };

	printf("%s %s %s", table_family(&table), decision->table, decision->chain);
	if (decision->handle)
		printf(" handle %llu", (unsigned long long)decision->handle);
	else
		fputs(" policy", stdout);
}

static void print_kernel(const struct trial *trial)
{
	const struct shot *shot = &trial->shot;

	if (shot->through) {
		fputs("it gets through", stdout);
		if (trial->decider) {
			fputs(", accepted by ", stdout);
			decision_print(trial->decider);
		}
	} else if (shot->arrived) {
		fputs("it arrives as ", stdout);
		print_end(&shot->got.source, shot->got.sport);
		fputs(" > ", stdout);
		print_end(&shot->got.destination, shot->got.dport);
		fputs(", and its answer does not come back", stdout);
	} else if (shot->error) {
		printf("it is refused: %s", strerror(shot->error));
	} else {
		fputs("it does not get through", stdout);
	}
	if (!shot->through && shot->decision.dropped) {
		fputs(", dropped by ", stdout);
		decision_print(&shot->decision);
	}
}

static void print_trial(const struct check *check, const struct trial *trial)
{
	const struct shot *shot = &trial->shot;

	printf("    %s%s%s ", trial->neighbour ? : "", trial->neighbour ? ", " : "",
	       shot->protocol == IPPROTO_UDP ? "udp" : "tcp");
	print_end(&shot->sent.source, shot->sent.sport);
	fputs(" > ", stdout);
	print_end(&shot->sent.destination, shot->sent.dport);
	fputs("\n      check:  ", stdout);
	if (trial->journey->answer == ANSWER_ACCEPT) {
		fputs("accepted ", stdout);
		print_accepting(stdout, trial->journey);
	} else {
		print_why(stdout, check, trial->journey);
	}
	fputs("\n      kernel: ", stdout);
	print_kernel(trial);
	putchar('\n');
}

struct tally {
	size_t tried;
	size_t through;
	size_t neighbours;
	size_t unknown;
	size_t wrong;
};

static struct tally count(const struct trials *trials, const struct flow *flow)
{
	struct tally tally = { 0 };
	size_t i;

	for (i = 0; i < trials->flows.count; i++) {
		const struct trial *trial = &trials->trial[i];

		if (trial->of != flow || !trial->journey)
			continue;
		tally.wrong += trial->difference != SAME;
		if (trial->neighbour) {
			tally.neighbours++;
			continue;
		}
		tally.tried++;
		tally.through += trial->shot.through;
		tally.unknown += trial->journey->answer == ANSWER_UNKNOWN;
	}
	return tally;
}

static const char *judge(struct prove *prove, const struct tally *tally)
{
	prove->trials += tally->tried + tally->neighbours;
	if (tally->wrong) {
		prove->disagreed++;
		return "disagree";
	}
	if (!tally->tried) {
		prove->untried++;
		return "untried";
	}
	if (tally->unknown) {
		prove->undecided++;
		return "unknown";
	}
	if (tally->through < tally->tried) {
		prove->blocked++;
		return "blocked";
	}
	prove->agreed++;
	return "pass";
}

/**
 * prove_tell() - tell of one flow
 * @prove: counts it
 * @check: what check knows
 * @trials: after trials_run()
 * @flow: one of theirs
 */
void prove_tell(struct prove *prove, const struct check *check,
		const struct trials *trials, const struct flow *flow)
{
	struct tally tally = count(trials, flow);
	const char *word = judge(prove, &tally);
	char id[FLOW_ID_MAX];
	size_t i;

	if (prove->check.json) {
		prove_json_flow(prove, trials, flow, word);
		return;
	}
	flow_id(flow, id);
	printf("%-8s %s: %zu of %zu connections get through; %zu beside it\n", word, id,
	       tally.through, tally.tried, tally.neighbours);
	for (i = 0; i < trials->flows.count; i++) {
		const struct trial *trial = &trials->trial[i];

		if (trial->of == flow && trial->journey &&
		    (trial->difference || prove->check.verbose))
			print_trial(check, trial);
	}
}

/**
 * prove_sum() - tell of all of it
 * @prove: the counts
 *
 * Return: an enum exit_code.
 */
int prove_sum(const struct prove *prove)
{
	if (prove->check.json)
		prove_json_sum(prove);
	else
		operations_sum(prove);
	if (!prove->check.json && prove->sample.tried_pairs < prove->sample.pairs)
		printf("tried: %zu of %zu pairs of machines, spread evenly over the site: %zu of %zu flows\n",
		       prove->sample.tried_pairs, prove->sample.pairs,
		       prove->sample.tried_flows, prove->sample.flows);
	if (!prove->check.json)
		printf("%zu flows pass, %zu are blocked, %zu undecided, %zu untried, as check says; of %zu it is wrong (%zu connections tried)\n",
		       prove->agreed, prove->blocked, prove->undecided, prove->untried,
		       prove->disagreed, prove->trials);
	if (output_done() || prove->disagreed || prove->operations.disagreed)
		return EXIT_FAILED;
	if (prove->blocked || prove->operations.hindered)
		return EXIT_BLOCKED;
	return prove->undecided || prove->untried ? EXIT_UNKNOWN : EXIT_DONE;
}

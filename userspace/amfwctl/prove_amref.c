// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole operations by amref: is one done exactly where check says that all of its
 * flows get through?
 *
 * Both ends are told so few ports that every one of them is used, in whatever
 * order, and check is asked about these alone: otherwise an operation could be
 * done by luck where half of a range is blocked.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "amfwctl/prove.h"

/* It takes less than a second; a busy machine, or one that is emulated, may need longer. */
#define PATIENCE_MS	20000
/* What is not to be done would have been done by then. */
#define BLOCKED_MS	1000

static volatile sig_atomic_t ended_by;

/**
 * struct work - one operation
 * @id: of its control flow
 * @exchange: its flows
 * @count: how many
 * @before: those of the exchange that it begins with, if there is one
 * @before_count: how many
 * @trials: the same with the ports that are used, those of @exchange first
 * @worst: what check says
 */
struct work {
	char id[FLOW_ID_MAX];
	const struct flow *exchange;
	size_t count;
	const struct flow *before;
	size_t before_count;
	struct trials trials;
	const struct journey *worst;
};

static void note_untried(struct prove *prove, const char *why, const struct flow *control)
{
	struct untried *untried = prove->untried_for;
	size_t i;

	for (i = 0; i + 1 < REASONS_MOST && untried[i].why && strcmp(untried[i].why, why); i++)
		;
	untried[i].why = why;
	if (!untried[i].count++)
		flow_id(control, untried[i].first);
}

static bool same_ends(const struct flow *a, const struct flow *b)
{
	return a->initiator == b->initiator && a->responder == b->responder &&
	       a->number == b->number && a->loopback == b->loopback &&
	       a->sent.source.family == b->sent.source.family;
}

/* It stands before the one that needs it: so does the table of flows. */
static void find_before(struct work *work, const struct flows *flows)
{
	const char *name = amref_with(work->exchange);
	const struct flow *flow = work->exchange;

	while (name && flow-- > flows->flow) {
		if (flow->tag || strcmp(flow->operation->name, name) ||
		    !same_ends(flow, work->exchange))
			continue;
		work->before = flow;
		work->before_count = exchange_length(flows, (size_t)(flow - flows->flow));
		return;
	}
}

static unsigned int most_streams(const struct work *work)
{
	size_t most = work->count > work->before_count ? work->count : work->before_count;

	return (unsigned int)most - 1;
}

static bool choose_ports(const struct work *work, bool last, struct exchange_ports *ports)
{
	const struct flow *control = work->exchange, *stream = control + 1;
	unsigned int streams = most_streams(work);
	/* A connection of the exchange before may not be quite over. */
	unsigned int sources = work->before ? 2 : 1;

	memset(ports, 0, sizeof(*ports));
	ports->sport = amref_ports(control->sent.sport, sources, control->protocol, last);
	if (!streams)
		return ports->sport.low;
	ports->stream_sport = amref_ports(stream->sent.sport, sources, IPPROTO_TCP, last);
	ports->stream_dport = amref_ports(stream->sent.dport, streams, IPPROTO_TCP, last);
	return ports->sport.low && ports->stream_sport.low && ports->stream_dport.low;
}

/* What is blocked for certain is blocked, whatever else is in doubt. */
static unsigned int weight(enum answer answer)
{
	static const unsigned int weights[] = {
		[ANSWER_ACCEPT] = 0, [ANSWER_UNKNOWN] = 1, [ANSWER_REJECT] = 2, [ANSWER_DROP] = 3,
	};

	return weights[answer];
}

static const struct journey *worst_of(const struct trials *trials)
{
	const struct journey *worst = NULL, *journey;
	size_t i;

	for (i = 0; i < trials->flows.count; i++) {
		journey = trials->trial[i].journey;
		if (!journey)
			return NULL;
		if (!worst || weight(journey->answer) > weight(worst->answer))
			worst = journey;
	}
	return worst;
}

/* An answer to the wrong ports would not be one for those that are told. */
static const char *prepare(struct work *work, const struct check *check, bool last)
{
	struct exchange_ports ports;

	trials_free(&work->trials);
	memset(&work->trials, 0, sizeof(work->trials));
	if (!choose_ports(work, last, &ports))
		return "its ranges have fewer ports than it needs";
	if (trials_of_ports(&work->trials, work->exchange, work->count, work->before,
			    work->before_count, &ports) ||
	    trials_predict(&work->trials, check))
		return "memory is out";
	work->worst = worst_of(&work->trials);
	return work->worst ? NULL : "it passes the machine twice";
}

/* Where check has been wrong already, there is less to wait for. */
static unsigned int patience(const struct prove *prove, const struct work *work)
{
	bool right = !prove->disagreed && !prove->operations.disagreed;

	return work->worst->answer == ANSWER_ACCEPT && right ? PATIENCE_MS : BLOCKED_MS;
}

static int aim(const struct work *work, struct lab *lab, struct amref_errand *errand)
{
	const struct trials *trials = &work->trials;
	const struct tuple *sent, *seen;

	memset(errand, 0, sizeof(*errand));
	errand->control = &trials->flows.flow[0];
	journey_ends(trials->trial[0].journey, &errand->sent, &errand->seen);
	if (work->count > 1) {
		journey_ends(trials->trial[1].journey, &sent, &seen);
		errand->streams.sport = sent->sport;
		errand->streams.dport = seen->dport;
	}
	errand->from = lab_network(lab, &errand->sent->source, stderr);
	errand->to = lab_network(lab, &errand->seen->destination, stderr);
	if (errand->from < 0 || errand->to < 0)
		return -1;
	return lab_speak_as(lab, &errand->sent->destination, &errand->sent->source);
}

static int do_it(const struct prove *prove, const struct work *work, struct lab *lab,
		 struct amref_errand *errand)
{
	int err = aim(work, lab, errand);

	errand->patience = patience(prove, work);
	err = err ? : amref_run(&prove->amref, errand);
	if (err)
		fprintf(stderr, "amfwctl: prove: amref, %s: %s\n", work->id,
			*errand->said ? errand->said : strerror(err == -1 ? EIO : -err));
	return err;
}

static const char *judge(struct operations *sum, const struct journey *worst,
			 bool completed)
{
	if (worst->answer == ANSWER_UNKNOWN) {
		sum->doubtful++;
		return "unknown";
	}
	if (completed != (worst->answer == ANSWER_ACCEPT)) {
		sum->disagreed++;
		return "disagree";
	}
	if (!completed) {
		sum->hindered++;
		return "blocked";
	}
	sum->completed++;
	return "done";
}

static void print_reason(const struct amref_errand *errand)
{
	if (!errand->completed && *errand->said)
		printf(": %s", errand->said);
	putchar('\n');
}

static void tell(struct prove *prove, const struct check *check, const struct work *work,
		 const struct amref_errand *errand)
{
	const struct journey *worst = work->worst;
	const char *word = judge(&prove->operations, worst, errand->completed);
	char id[FLOW_ID_MAX];

	if (prove->check.json) {
		prove_json_operation(prove, work->id, errand, worst, word);
		return;
	}
	printf("%-8s %s: amref %s", word, work->id,
	       errand->completed ? "completes it" : "does not complete it");
	if (strcmp(word, "disagree") && !prove->check.verbose) {
		putchar('\n');
		return;
	}
	flow_id(worst->flow, id);
	printf("\n      check:  %s ", id);
	if (worst->answer == ANSWER_ACCEPT) {
		fputs("and all others are accepted ", stdout);
		print_accepting(stdout, worst);
	} else {
		print_why(stdout, check, worst);
	}
	printf("\n      kernel: amref %s", errand->completed ? "has done it" : "has not done it");
	print_reason(errand);
}

static const char *predict(struct work *work, const struct flows *flows, const struct check *check)
{
	find_before(work, flows);
	if (amref_with(work->exchange) && !work->before)
		return "what it begins with is missing";
	return prepare(work, check, false);
}

/* The first of two takes other ports, as two of Amanda's do. */
static const char *run_first(const struct prove *prove, struct work *work,
			     const struct check *check, struct lab *lab)
{
	struct amref_errand errand;
	const char *why = prepare(work, check, true);

	if (why)
		return why;
	lab_forget(lab);
	return do_it(prove, work, lab, &errand) ? "amref failed" : prepare(work, check, false);
}

static int run_work(struct prove *prove, struct work *work, const struct check *check,
		    struct lab *lab)
{
	const struct flows *flows = &check->input->flows;
	struct amref_errand errand;
	const char *why = predict(work, flows, check);
	bool twice = !why && work->count > 1 && runs_twice(work->exchange);
	int err;

	if (twice)
		why = run_first(prove, work, check, lab);
	if (why) {
		note_untried(prove, why, work->exchange);
		return 0;
	}
	if (!twice)
		lab_forget(lab);
	err = do_it(prove, work, lab, &errand);
	if (!err)
		tell(prove, check, work, &errand);
	return err ? -1 : 0;
}

static int try_exchange(struct prove *prove, const struct check *check, struct lab *lab,
			size_t first, size_t length)
{
	const struct flow *control = &check->input->flows.flow[first];
	const char *why = amref_cannot(control);
	struct work work = { .exchange = control, .count = length };
	int err;

	if (why) {
		if (*why)
			note_untried(prove, why, control);
		return 0;
	}
	flow_id(control, work.id);
	err = run_work(prove, &work, check, lab);
	trials_free(&work.trials);
	return err;
}

static void note_signal(int number)
{
	ended_by = number;
}

static void on_signals(void (*handler)(int))
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = handler };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

/**
 * operations_run() - let amref do what it can
 * @prove: counts
 * @check: a ruleset that is loaded
 * @lab: where
 *
 * Return: 0, or -1 after a message.
 */
int operations_run(struct prove *prove, const struct check *check, struct lab *lab)
{
	const struct flows *flows = &check->input->flows;
	size_t i, length;
	int err;

	if (!*prove->amref.path)
		return 0;
	on_signals(note_signal);
	err = amref_open(&prove->amref, lab->wires, stderr);
	for (i = 0; i < flows->count && !err && !ended_by; i += length) {
		length = exchange_length(flows, i);
		if (prove->sample.chosen[i])
			err = try_exchange(prove, check, lab, i, length);
	}
	amref_close(&prove->amref);
	on_signals(SIG_DFL);
	if (ended_by)
		raise(ended_by);
	return err;
}

/**
 * operations_sum() - tell of all of them
 * @prove: the counts
 */
void operations_sum(const struct prove *prove)
{
	const struct operations *sum = &prove->operations;
	const struct untried *untried = prove->untried_for;
	size_t i;

	for (i = 0; i < REASONS_MOST && untried[i].count; i++)
		printf("not done by amref: %s%s: %s\n", untried[i].first,
		       untried[i].count > 1 ? " and others" : "", untried[i].why);
	if (!*prove->amref.path)
		puts(prove->no_amref ? "no operations by amref, as asked for" :
		     "no amref beside amfwctl, nor in PATH (--amref names it): no whole operations, packets alone");
	else
		printf("%zu operations are done by amref, %zu are blocked, %zu undecided, as check says; of %zu it is wrong\n",
		       sum->completed, sum->hindered, sum->doubtful,
		       sum->disagreed);
}

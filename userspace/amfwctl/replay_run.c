// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capture from end to end: read, told, diagnosed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/replay.h"
#include "amfwctl/replay_kernel.h"
#include "amfwctl/verb.h"
#include "replay/gateway.h"

/**
 * stream_has_port() - does it need a connection of its own?
 * @stream: a stream
 */
bool stream_has_port(const struct stream *stream)
{
	return !stream->inside && stream->fate != FATE_ABSENT;
}

/**
 * stream_tried() - did anybody ask for its connection?
 * @stream: a stream
 */
bool stream_tried(const struct stream *stream)
{
	return stream->fate != FATE_ABSENT && stream->fate != FATE_UNTRIED;
}

/**
 * stream_used() - did its connection come about?
 * @stream: a stream
 */
bool stream_used(const struct stream *stream)
{
	return stream->fate >= FATE_OPEN;
}

static void sum_streams(struct replay *replay, const struct session *session, unsigned int kind)
{
	struct replay_sums *sums = &replay->sums;
	unsigned int ports = 0, opened = 0, i;

	for (i = 0; i < session->stream_count; i++) {
		if (!stream_has_port(&session->stream[i]))
			continue;
		ports++;
		opened += session->stream[i].opened >> kind & 1;
		sums->tried += stream_tried(&session->stream[i]);
		sums->used += stream_used(&session->stream[i]);
	}
	sums->streams += ports;
	sums->opened += opened;
	if (session->auth >= AUTH_BSDTCP)
		return;
	sums->accepted += ports && opened == ports;
	sums->refused += (ports && opened < ports) || session->refusal;
}

static void sum(struct replay *replay, const struct session *session,
		const struct diagnosis *diagnosis)
{
	unsigned int kind = replay->options->helper == HELPER_ALL ? HELPER_OURS :
								     replay->options->helper;

	replay->sums.sessions++;
	replay->sums.replies += session->answer >= ANSWERED_REP;
	replay->sums.trouble += diagnosis->level == CAUSE_TROUBLE;
	replay->sums.doubt += diagnosis->level == CAUSE_DOUBT;
	sum_streams(replay, session, kind);
	if (diagnosis->level > replay->level)
		replay->level = diagnosis->level;
}

/* What the rules block counts as if it had been blocked. */
static void judge(struct replay *replay, const struct session *session)
{
	struct rules_verdict verdict;
	int i;

	for (i = -1; replay->rules && i < (int)session->stream_count; i++) {
		if (i >= 0 && !stream_has_port(&session->stream[i]))
			continue;
		verdict = replay_rules_judge(replay->rules, session, i);
		if (verdict.blocked)
			replay->level = CAUSE_TROUBLE;
		else if (verdict.unknown && replay->level < CAUSE_DOUBT)
			replay->level = CAUSE_DOUBT;
	}
}

static void on_session(void *arg, const struct session *session)
{
	struct replay *replay = arg;
	struct diagnosis diagnosis;

	diagnose_session(session, &replay->context, &diagnosis);
	sum(replay, session, &diagnosis);
	judge(replay, session);
	if (replay->options->json)
		json_session(replay, session, &diagnosis);
	else
		print_session(replay, session, &diagnosis);
	if (replay->plot)
		plot_session(replay->plot, session, &diagnosis, replay->begun);
}

static void on_stray(void *arg, const struct stray *stray)
{
	struct replay *replay = arg;

	if (replay->options->json)
		json_stray(replay, stray);
	else
		print_stray(replay, stray);
}

static const struct story_events story_events = { .session = on_session, .stray = on_stray };

static int tell(struct replay *replay, struct capture *capture, struct story *story)
{
	const struct story_counts *counts = story_counts(story);
	struct replay_progress progress;
	struct packet packet;
	int err = 0;

	replay->context.counts = counts;
	replay->context.capture = capture_counts(capture);
	replay_progress_begin(&progress);
	while (!err && capture_next(capture, &packet)) {
		if (!counts->packets)
			replay->begun = packet.time;
		err = story_see(story, &packet);
		replay_progress_step(&progress, replay->context.capture);
	}
	replay_progress_end(&progress);
	return err ? : story_end(story);
}

static int sum_up(struct replay *replay, struct capture *capture, const struct story *story)
{
	struct diagnosis diagnosis;

	diagnose_capture(&replay->context, capture_error(capture), &diagnosis);
	if (diagnosis.level > replay->level)
		replay->level = diagnosis.level;
	if (replay->options->json)
		return json_sums(replay, story_counts(story), &diagnosis);
	print_sums(replay, story_counts(story), &diagnosis);
	return 0;
}

static int exit_code(const struct replay *replay)
{
	static const int codes[] = {
		[CAUSE_NOTE] = EXIT_DONE, [CAUSE_DOUBT] = EXIT_UNKNOWN, [CAUSE_TROUBLE] = EXIT_BLOCKED,
	};

	return output_done() ? EXIT_FAILED : codes[replay->level];
}

static int failed(int err)
{
	fprintf(stderr, "amfwctl: replay: %s\n", strerror(-err));
	return EXIT_FAILED;
}

static int run(struct replay *replay, struct capture *capture)
{
	const struct gateway_settings gateway = { .port = replay->options->port };
	const struct story_settings settings = {
		.port = replay->options->port,
		.points = replay->points,
		.gateway = &gateway,
	};
	struct story *story = story_new(&settings, &story_events, replay);
	int err;

	if (!story)
		return failed(-ENOMEM);
	err = tell(replay, capture, story);
	err = err ? : sum_up(replay, capture, story);
	if (replay->plot && !err)
		err = plot_end(replay->plot);
	story_free(story);
	return err ? failed(err) : exit_code(replay);
}

static struct plot *open_plot(const struct replay *replay)
{
	const struct plot_settings settings = {
		.names = replay->names,
		.points = replay->points,
		.helper = replay->options->helper == HELPER_ALL ? HELPER_OURS :
								  replay->options->helper,
		.words = event_words,
		.bytes = print_bytes,
	};

	return plot_open(replay->options->plot, &settings, stderr);
}

/* All that is opened is opened here: see replay/confine.h. */
static int prepare(struct replay *replay, struct capture *capture)
{
	int code = EXIT_DONE, err;

	if (replay->options->rules)
		replay->rules = replay_rules_open(replay->options->site, replay->options->rules,
						  replay->options->host,
						  replay->options->helper == HELPER_NONE ?
						  RULES_HELPER_NONE :
						  replay->options->helper == HELPER_STOCK ?
						  RULES_HELPER_STOCK : RULES_HELPER_OURS, &code);
	if (code)
		return code;
	if (replay->options->plot) {
		replay->plot = open_plot(replay);
		if (!replay->plot)
			return EXIT_FAILED;
	}
	err = replay->options->json ? json_begin(replay) : 0;
	if (err)
		return failed(err);
	if (capture_confine(capture, stderr))
		return EXIT_FAILED;
	return capture_begin(capture, stderr) ? EXIT_USAGE : EXIT_DONE;
}

static bool all_differ(char *const names[], size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(names[i], names[j]))
				return false;
	return true;
}

/* Compared is the helper that the kernel has, unless the user says that it has none. */
static int run_kernel(const struct replay_options *options, struct capture *capture)
{
	struct gateway_settings settings = {
		.helper = helper_is_ours() ? HELPER_OURS : HELPER_STOCK,
		.port = options->port,
	};
	int code;

	if (options->helper_given)
		settings.helper = options->helper;
	code = replay_kernel(capture, &settings, options->json, stdout, stderr);
	return output_done() ? EXIT_FAILED : code;
}

/* Without their folders, where that does not make them alike. */
static char *const *short_names(char *const names[], char *brief[], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		brief[i] = strrchr(names[i], '/') ? strrchr(names[i], '/') + 1 : names[i];
	return all_differ(brief, count) ? brief : names;
}

/**
 * replay_run() - tell what captures hold
 * @options: of the command line
 * @names: of the files
 * @count: how many
 *
 * Return: an enum exit_code.
 */
int replay_run(const struct replay_options *options, char *const names[], size_t count)
{
	char *brief[CAPTURE_FILES];
	struct replay replay = {
		.options = options,
		.names = short_names(names, brief, count),
		.points = count,
		.out = stdout,
		.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
		.context = { .points = count },
	};
	struct capture *capture = capture_open(names, count, stderr);
	int code;

	if (!capture)
		return EXIT_USAGE;
	if (options->kernel) {
		code = run_kernel(options, capture);
		capture_close(capture);
		return code;
	}
	replay.context.names = replay.names;
	if (options->helper_given && options->helper != HELPER_ALL)
		replay.context.judged = 1 << options->helper;
	code = prepare(&replay, capture);
	if (!code)
		code = run(&replay, capture);
	json_end(&replay);
	plot_free(replay.plot);
	replay_rules_close(replay.rules);
	capture_close(capture);
	return code;
}

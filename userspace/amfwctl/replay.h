/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of "amfwctl replay" share.
 */
#ifndef AMFWCTL_REPLAY_H
#define AMFWCTL_REPLAY_H

#include <stdio.h>

#include "amfwctl/replay_rules.h"
#include "replay/diagnose.h"
#include "replay/plot.h"
#include "replay/story.h"

/* --helper all: what each of them would have done. */
#define HELPER_ALL	HELPER_KINDS

/**
 * struct replay_options - the command line
 * @helper: an enum helper_kind, or HELPER_ALL
 * @helper_given: the user says so
 * @site: file with the site; NULL: none
 * @rules: file with a ruleset; NULL: none
 * @host: machine of the ruleset; NULL: the gateway
 * @plot: file for the picture; NULL: none
 * @kernel: ask a real kernel
 * @json: for programs
 * @port: of amandad
 */
struct replay_options {
	unsigned int helper;
	bool helper_given;
	const char *site;
	const char *rules;
	const char *host;
	const char *plot;
	bool kernel;
	bool json;
	uint16_t port;
};

/**
 * struct replay_sums - of the sessions that were told of
 * @sessions: all
 * @replies: answered
 * @accepted: answers of which the helper opens all streams
 * @refused: answers with streams of which it does not
 * @streams: with a port
 * @opened: of these
 * @tried: of these: somebody asked for the connection
 * @used: of these: it came about
 * @connections: that were told of
 * @trouble: sessions with trouble
 * @doubt: sessions of which the capture does not tell enough
 */
struct replay_sums {
	uint64_t sessions;
	uint64_t replies;
	uint64_t accepted;
	uint64_t refused;
	uint64_t streams;
	uint64_t opened;
	uint64_t tried;
	uint64_t used;
	uint64_t connections;
	uint64_t trouble;
	uint64_t doubt;
};

/**
 * struct replay - one run
 * @options: of the command line
 * @names: of the files
 * @points: how many
 * @out: where to
 * @begun: time of the first packet
 * @context: for the diagnosis
 * @rules: verdicts of a ruleset, or NULL
 * @plot: the picture, or NULL
 * @level: the worst that was found
 * @sums: of all sessions
 * @connections: JSON: they, until they are to be written
 * @unanswered: JSON: sessions without an answer, likewise
 * @unanswered_count: entries in it
 * @colour: the reader sees colours
 */
struct replay {
	const struct replay_options *options;
	char *const *names;
	unsigned int points;
	FILE *out;
	int64_t begun;
	struct diagnose_context context;
	struct replay_rules *rules;
	struct plot *plot;
	enum cause_level level;
	struct replay_sums sums;
	FILE *connections;
	FILE *unanswered;
	uint64_t unanswered_count;
	bool colour;
};

/* replay_options.c */
int replay_options_read(struct replay_options *options, int argc, char *argv[]);

/* replay_run.c */
int replay_run(const struct replay_options *options, char *const names[], size_t count);
bool stream_has_port(const struct stream *stream);
bool stream_tried(const struct stream *stream);
bool stream_used(const struct stream *stream);

/* replay_print.c: for people. */
void print_session(struct replay *replay, const struct session *session,
		   const struct diagnosis *diagnosis);
void print_stray(struct replay *replay, const struct stray *stray);
void print_sums(struct replay *replay, const struct story_counts *counts,
		const struct diagnosis *diagnosis);

/* replay_words.c: parts of that. */
const char *event_words(const struct session *session, const struct event *event, char *text,
			size_t size);
void print_endpoint(FILE *out, const struct endpoint *endpoint);
void print_wrapped(FILE *out, const char *first, const char *then, const char *text);
void print_bytes(char *text, size_t size, uint64_t bytes);
void print_cause(const struct replay *replay, const struct cause *cause);
const char *colour_of(const struct replay *replay, enum cause_level level);
const char *colour_end(const struct replay *replay);

/* replay_json.c: for programs. */
int json_begin(struct replay *replay);
void json_session(struct replay *replay, const struct session *session,
		  const struct diagnosis *diagnosis);
void json_stray(struct replay *replay, const struct stray *stray);
int json_sums(struct replay *replay, const struct story_counts *counts,
	      const struct diagnosis *diagnosis);
void json_end(struct replay *replay);

/* replay_progress.c */
struct replay_progress {
	int64_t started;
	int64_t shown;
	unsigned int packets;
	bool terminal;
	bool drawn;
};

void replay_progress_begin(struct replay_progress *progress);
void replay_progress_step(struct replay_progress *progress, const struct capture_counts *counts);
void replay_progress_end(struct replay_progress *progress);

#endif /* AMFWCTL_REPLAY_H */

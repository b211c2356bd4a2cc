/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions as a picture: a ladder diagram of each, one below the other, in SVG.
 */
#ifndef REPLAY_PLOT_H
#define REPLAY_PLOT_H

#include <stdio.h>

#include "replay/diagnose.h"
#include "replay/gateway.h"
#include "replay/story.h"

/**
 * struct plot_settings - what is asked
 * @names: of the files, for the lines of the places of capture; they stay
 * @points: how many
 * @helper: whose expectations are drawn
 * @words: says what an event is, into a text of that size; returns the text
 * @bytes: writes a number of bytes, short, likewise
 */
struct plot_settings {
	char *const *names;
	unsigned int points;
	enum helper_kind helper;
	const char *(*words)(const struct session *session, const struct event *event, char *text,
			     size_t size);
	void (*bytes)(char *text, size_t size, uint64_t bytes);
};

struct plot;

struct plot *plot_open(const char *name, const struct plot_settings *settings, FILE *errors);
void plot_session(struct plot *plot, const struct session *session,
		  const struct diagnosis *diagnosis, int64_t begun);
int plot_end(struct plot *plot);
void plot_free(struct plot *plot);

#endif /* REPLAY_PLOT_H */

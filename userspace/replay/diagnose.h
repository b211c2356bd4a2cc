/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes: what went wrong in a session, who is to blame, and what to do about it.
 */
#ifndef REPLAY_DIAGNOSE_H
#define REPLAY_DIAGNOSE_H

#include "replay/capture.h"
#include "replay/gateway.h"
#include "replay/story.h"

#define CAUSES_MAX		24
#define CAUSE_TEXT_MAX		600
#define CAUSE_PACKETS_MAX	8

enum cause_level {
	CAUSE_NOTE,		/* nothing is wrong */
	CAUSE_DOUBT,		/* the capture does not tell */
	CAUSE_TROUBLE,		/* something needed was blocked or lost */
};

/**
 * struct cause - one of them
 * @level: how bad it is
 * @id: a name that does not change, for programs
 * @blame: who is to blame; NULL: nobody
 * @text: what happened
 * @advice: what to do; ""
 * @packet: where it is to be seen: sightings of which number and point are set
 * @packet_count: entries in use
 * @untold: more packets than that
 */
struct cause {
	enum cause_level level;
	const char *id;
	const char *blame;
	char text[CAUSE_TEXT_MAX];
	char advice[CAUSE_TEXT_MAX];
	struct {
		uint64_t number;
		unsigned int point;
	} packet[CAUSE_PACKETS_MAX];
	unsigned int packet_count;
	unsigned int untold;
};

/**
 * struct diagnosis - of a session, or of the capture
 * @cause: the causes
 * @count: entries in use; causes beyond CAUSES_MAX are not kept
 * @level: the worst of them
 */
struct diagnosis {
	struct cause cause[CAUSES_MAX];
	unsigned int count;
	enum cause_level level;
};

/**
 * struct diagnose_context - what is known besides the session
 * @names: of the files
 * @points: how many
 * @judged: bit 1 << kind: what this helper would not have opened is trouble
 * @counts: of the story so far
 * @capture: of the capture so far
 */
struct diagnose_context {
	char *const *names;
	unsigned int points;
	uint8_t judged;
	const struct story_counts *counts;
	const struct capture_counts *capture;
};

void diagnose_session(const struct session *session, const struct diagnose_context *context,
		      struct diagnosis *diagnosis);
void diagnose_capture(const struct diagnose_context *context, const char *error,
		      struct diagnosis *diagnosis);

#endif /* REPLAY_DIAGNOSE_H */

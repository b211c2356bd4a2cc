/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of a dump: a conversation with an amidxtaped, as amrecover has it. */
#ifndef AMREF_TAPE_SESSION_H
#define AMREF_TAPE_SESSION_H

#include "channel.h"
#include "digest.h"
#include "index_session.h"
#include "progress.h"
#include "talk.h"
#include "tape_header.h"

#define TAPE_HEADER_MAX	32768

/**
 * struct tape_events - what comes out
 * @header: the header is there; data follows.  Returns NULL, or why not
 * @data: bytes; returns false where it wants no more before tape_go_on()
 * @finished: called once; the error of @talk says how it went
 */
struct tape_events {
	const char *(*header)(void *arg, const struct tape_header *header);
	bool (*data)(void *arg, const char *data, size_t length);
	void (*finished)(void *arg);
};

enum { TAPE_CTL, TAPE_DATA, TAPE_STATE, TAPE_STREAMS };

/**
 * struct tape_session - one conversation; zero it before the first use
 * @talk: its error says why it failed
 * @sum: of the data
 * @sha256: of the data, once it has ended
 * @verified: which sums agreed, in words; empty where the header has none
 */
struct tape_session {
	struct talk talk;
	const struct tape_events *events;
	void *arg;
	struct channel stream[TAPE_STREAMS];
	struct index_query query;
	struct index_item item;
	char device[512];
	char features[256];
	char block[TAPE_HEADER_MAX];
	size_t block_length;
	size_t header_length;
	struct tape_header header;
	bool header_done;
	struct digest sum;
	struct progress progress;
	double seconds;
	char sha256[DIGEST_SHA_TEXT];
	char verified[64];
};

int tape_begin(struct tape_session *session, struct loop *loop, struct security_peer *peer,
	       const struct request_timing *timing, const struct index_query *query,
	       const struct index_item *item, const char *device,
	       const struct tape_events *events, void *arg);
void tape_go_on(struct tape_session *session);
void tape_free(struct tape_session *session);

#endif /* AMREF_TAPE_SESSION_H */

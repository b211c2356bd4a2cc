/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The initiator's half of an exchange, over any driver: a request, what is
 * repeated and when it is given up (Amanda's common-src/protocol.c), and the
 * streams that the answer names.
 */
#ifndef AMREF_PROTOCOL_H
#define AMREF_PROTOCOL_H

#include "driver.h"

/* Milliseconds and counts; request_timing_default() has Amanda's own. */
struct request_timing {
	unsigned int ack_wait;		/* 10 s */
	unsigned int req_tries;		/* 3 */
	unsigned int rep_wait;		/* what the caller is ready to wait: 300 s */
	unsigned int reset_tries;	/* 2 */
	unsigned int drop_dead;		/* 1 h */
};

struct request;

/**
 * struct request_events - how a request ends; exactly one of @answered,
 * @refused and @failed comes, @partial before it any number of times
 * @partial: a PREP
 * @answered: a REP; it has been acknowledged.  @packet has its streams (none
 *	where the body has no CONNECT line); @body is the text behind that line,
 *	or all of it
 * @refused: a NAK; @text is its body
 * @failed: no answer; @why is one line, in Amanda's words where it has some
 */
struct request_events {
	void (*partial)(void *arg, const char *body, size_t length);
	void (*answered)(void *arg, const struct amanda_stream *stream, const char tag[][32],
			 size_t stream_count, const char *body, size_t length);
	void (*refused)(void *arg, const char *text, size_t length);
	void (*failed)(void *arg, const char *why);
};

void request_timing_default(struct request_timing *timing);
struct request *request_send(struct security_peer *peer, const char *service,
			     const char *arguments, size_t length,
			     const struct request_timing *timing,
			     const struct request_events *events, void *arg);
struct security_exchange *request_exchange(struct request *request);
void request_free(struct request *request);

#endif /* AMREF_PROTOCOL_H */

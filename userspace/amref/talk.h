/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request and the streams of its answer, from asking to the end: when nobody
 * says anything any more, which error counts, and that the end comes once.
 */
#ifndef AMREF_TALK_H
#define AMREF_TALK_H

#include "loop.h"
#include "protocol.h"

/**
 * struct talk_events - what its owner does
 * @silence: the error where nothing comes for a while
 * @answered: of struct request_events; a refusal and a failure end the talk
 * @over: called once, from the loop; talk_fail() may still say what is missing.
 *	The owner may free the talk
 */
struct talk_events {
	const char *silence;
	void (*answered)(void *arg, const struct amanda_stream *stream, const char tag[][32],
			 size_t stream_count, const char *body, size_t length);
	void (*over)(void *arg);
};

/**
 * struct talk - one request and its streams; zero it before the first use
 * @loop: runs it; NULL: not begun, or freed
 * @request: its own
 * @idle_time: milliseconds of silence until it is given up
 * @error: the first that was told; empty where all went well
 * @is_over: @events->over has been called
 */
struct talk {
	struct loop *loop;
	struct request *request;
	const struct talk_events *events;
	void *arg;
	struct loop_timer idle;
	struct loop_timer closing;
	unsigned int idle_time;
	char error[512];
	bool is_over;
};

void talk_begin(struct talk *talk, struct loop *loop, unsigned int idle_time,
		const struct talk_events *events, void *arg);
int talk_ask(struct talk *talk, struct security_peer *peer, const char *service,
	     const char *arguments, size_t length, const struct request_timing *timing);
void talk_heard(struct talk *talk);
void talk_end(struct talk *talk);
void talk_fail(struct talk *talk, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void talk_free(struct talk *talk);

#endif /* AMREF_TALK_H */

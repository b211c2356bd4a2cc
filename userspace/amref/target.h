/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's half: what an amandad does with a REQ, over any driver
 * (Amanda's amandad-src/amandad.c), and the table of services.
 */
#ifndef AMREF_TARGET_H
#define AMREF_TARGET_H

#include "driver.h"

struct target;
struct call;		/* one request that is being served */

/**
 * struct service - what answers a REQ; one row for each in service_table[]
 * @name: as in the SERVICE line
 * @start: begin; the service answers with call_reply() now or later, and is done
 *	when it calls call_done().  @arguments is the REQ behind the SERVICE line,
 *	kept until call_done()
 * @cancel: the initiator is gone; free what @start made
 * @by_default: served where the command line names no service
 */
struct service {
	const char *name;
	void (*start)(struct call *call, const char *arguments, size_t length);
	void (*cancel)(struct call *call);
	bool by_default;
};

/* What the services of one target are told on the command line. */
struct target_options {
	const char *const *service;	/* names; NULL-terminated; NULL: the defaults */
	const char *store;		/* folder of dumps, for amindexd and amidxtaped */
	uint64_t generated_size;	/* sendbackup: bytes to make up; 0: run tar */
	bool once;			/* end with the last call, as inetd wants */
	unsigned int ack_wait;		/* 10 s */
	unsigned int rep_tries;		/* 5 */
};

struct target *target_start(struct loop *loop, const struct security_driver *driver, int fd,
			    const struct sockaddr *address, socklen_t address_length,
			    const struct security_options *security,
			    const struct target_options *options, char *why, size_t why_size);
void target_stop(struct target *target);

/* For the services: */
const struct target_options *call_options(const struct call *call);
struct loop *call_loop(const struct call *call);
const char *call_peer(const struct call *call);
const struct security_driver *call_driver(const struct call *call);
void *call_data(const struct call *call);
void call_set_data(struct call *call, void *data);

/**
 * call_stream() - make a stream for the reply
 * @call: before call_reply()
 * @tag: what the CONNECT line calls it; NULL-tagged streams do not exist
 * @events: NULL: the stream is not wanted, and -1 is announced
 * @arg: handed to @events
 *
 * Return: the stream, NULL for an unwanted one or where no port is free (then
 * call_reply() sends a NAK that says so).
 */
struct security_stream *call_stream(struct call *call, const char *tag,
				    const struct stream_events *events, void *arg);
/* Send the REP: the CONNECT line of the streams made so far, then @text. */
void call_reply(struct call *call, const char *text, size_t length);
void call_partial(struct call *call, const char *text, size_t length);
void call_refuse(struct call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void call_done(struct call *call);

const struct service *service_find(const char *name);
const struct service *service_at(size_t index);

#endif /* AMREF_TARGET_H */

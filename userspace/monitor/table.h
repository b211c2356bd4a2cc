/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Amanda's control flows, what they expect and what came of it.
 *
 * The kernel destroys an expectation when its connection comes, when its time is up
 * and for other reasons, and does not say which it was.  The connection makes itself
 * known when its first packet has passed all rules, so an expectation that is gone is
 * kept in suspense for a moment before its fate is told.
 */
#ifndef MONITOR_TABLE_H
#define MONITOR_TABLE_H

#include "monitor/record.h"

#define MONITOR_SECOND	1000000000ll
/* A first packet that has to wait for a program on a queue comes later than this. */
#define SUSPENSE	(MONITOR_SECOND)

enum entry_kind {
	ENTRY_CONTROL,
	ENTRY_EXPECTATION,
	ENTRY_STREAM,
};

/**
 * struct entry - a control flow, an expectation, or a stream
 * @next: in the same bucket
 * @later: in suspense: the one that went after it
 * @earlier: in suspense: the one that went before it
 * @kind: which
 * @number: of the control flow, counted from 1
 * @path: the original direction, or what is expected
 * @reply: of flows: the other direction
 * @master: of others: the original direction of the control flow
 * @since: when it came, or was first read; nanoseconds of a clock that never jumps
 * @gone: when it went
 * @timeout: seconds that an expectation had at the beginning
 * @left: seconds that were left when it went
 * @announced: of an expectation that NAT gave another port: the one announced
 * @generation: of the last reading that it was in
 * @suspended: gone, and its fate is not known yet
 * @evicted: gone, and another came in the same moment
 * @silent: it was there before: the kernel makes events of flows only where
 *	somebody listened when they began (nf_ct_ecache_ext_add())
 * @answered: there was a reply
 * @made: of a control flow: expectations so far
 * @met: of these
 */
struct entry {
	struct entry *next;
	struct entry *later;
	struct entry *earlier;
	enum entry_kind kind;
	uint64_t number;
	struct path path;
	struct path reply;
	struct path master;
	int64_t since;
	int64_t gone;
	uint32_t timeout;
	uint32_t left;
	uint16_t announced;
	unsigned int generation;
	bool suspended;
	bool evicted;
	bool silent;
	bool answered;
	unsigned int made;
	unsigned int met;
};

enum happening_kind {
	FLOW_BEGUN,
	FLOW_FOUND,		/* it was there already */
	FLOW_ANSWERED,
	FLOW_ENDED,
	EXPECTATION_MADE,
	EXPECTATION_FOUND,
	EXPECTATION_RENEWED,	/* announced once more */
	EXPECTATION_MET,
	EXPECTATION_EXPIRED,
	EXPECTATION_ORPHANED,	/* gone with the control flow */
	EXPECTATION_EVICTED,	/* a newer one took its room */
	EXPECTATION_REMOVED,	/* before its time, and no connection got through */
	STREAM_FOUND,
	STREAM_ANSWERED,
	STREAM_REFUSED,
	STREAM_SILENT,		/* ended without an answer */
	STREAM_ENDED,
	HAPPENINGS
};

/**
 * struct happening - what the table tells
 * @kind: what has happened
 * @entry: to whom
 * @age: how long it has been there, nanoseconds
 */
struct happening {
	enum happening_kind kind;
	const struct entry *entry;
	int64_t age;
};

typedef void happening_cb(const struct happening *happening, void *data);

struct table;

/**
 * struct table_state - what there is now, and was so far
 * @happened: how often, by kind
 * @controls: control flows
 * @expectations: that are pending
 * @streams: connections that came of expectations
 * @silent: of all these: those that no events may come of
 * @oldest_control: when the oldest began, or 0
 * @oldest_expectation: likewise
 * @rate: expectations made in the last whole second
 * @rate_most: the most of them in a second
 */
struct table_state {
	uint64_t happened[HAPPENINGS];
	size_t controls;
	size_t expectations;
	size_t streams;
	size_t silent;
	int64_t oldest_control;
	int64_t oldest_expectation;
	uint64_t rate;
	uint64_t rate_most;
};

struct table *table_new(const char *helper, happening_cb *tell, void *data);
void table_free(struct table *table);
int table_flow(struct table *table, const struct flow_record *record, enum record_news news,
	       int64_t now);
int table_expectation(struct table *table, const struct expectation_record *record,
		      enum record_news news, int64_t now);
void table_reading_begins(struct table *table);
void table_reading_ends(struct table *table, int64_t now);
void table_expire(struct table *table, int64_t now);
int64_t table_settle(struct table *table, int64_t now);
struct table_state table_state(const struct table *table);

#endif /* MONITOR_TABLE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the table share.
 */
#ifndef MONITOR_TABLE_PRIVATE_H
#define MONITOR_TABLE_PRIVATE_H

#include "monitor/table.h"

#define BUCKETS		16384

/**
 * struct table - all entries
 * @bucket: by kind and path
 * @seed: of their order: who sends packets does not choose what lies in one bucket
 * @first: in suspense, the one that went first
 * @last: the one that went last
 * @helper: name
 * @tell: called with each happening
 * @data: for @tell
 * @controls: control flows so far
 * @generation: of the current reading, or the last
 * @count: entries, by kind; expectations in suspense are none
 * @silent: entries that no events may come of
 * @happened: how often, by kind
 * @second: the second that is being counted
 * @this_second: expectations made in it
 * @rate: in the one before
 * @rate_most: the most in a second
 */
struct table {
	struct entry *bucket[BUCKETS];
	uint32_t seed;
	struct entry *first;
	struct entry *last;
	char helper[HELPER_NAME_SIZE];
	happening_cb *tell;
	void *data;
	uint64_t controls;
	unsigned int generation;
	size_t count[ENTRY_STREAM + 1];
	size_t silent;
	uint64_t happened[HAPPENINGS];
	int64_t second;
	uint64_t this_second;
	uint64_t rate;
	uint64_t rate_most;
};

/* table_entry.c */
struct entry *entry_find(const struct table *table, enum entry_kind kind,
			 const struct path *path);
struct entry *entry_add(struct table *table, enum entry_kind kind, const struct path *path);
void entry_remove(struct table *table, struct entry *entry);
void entry_suspend(struct table *table, struct entry *entry);
void entry_release(struct table *table, struct entry *entry);
void entry_silent(struct table *table, struct entry *entry, bool silent);

#endif /* MONITOR_TABLE_PRIVATE_H */

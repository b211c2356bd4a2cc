// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What records of the kernel say has happened.
 */
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <string.h>

#include "monitor/table_private.h"

/*
 * One expectation takes another's room in the same packet, and under one lock
 * (nf_ct_expect_related_report() of the kernel): no event of another comes between
 * theirs, but whoever reads them may have to wait for a processor.
 */
#define SAME_PACKET	(MONITOR_SECOND / 20)

static void tell(struct table *table, enum happening_kind kind, const struct entry *entry,
		 int64_t now)
{
	struct happening happening = { kind, entry, now - entry->since };

	table->happened[kind]++;
	table->tell(&happening, table->data);
}

static void count_rate(struct table *table, int64_t now)
{
	if (now / MONITOR_SECOND != table->second) {
		table->rate = now / MONITOR_SECOND == table->second + 1 ? table->this_second : 0;
		table->second = now / MONITOR_SECOND;
		table->this_second = 0;
	}
	if (++table->this_second > table->rate_most)
		table->rate_most = table->this_second;
}

static struct entry *control_add(struct table *table, const struct path *path,
				 const struct path *reply, enum record_news news, int64_t now)
{
	struct entry *entry = entry_add(table, ENTRY_CONTROL, path);

	if (!entry)
		return NULL;
	entry->number = ++table->controls;
	entry->reply = *reply;
	entry->since = now;
	entry_silent(table, entry, news != NEWS_NEW);
	tell(table, news == NEWS_NEW ? FLOW_BEGUN : FLOW_FOUND, entry, now);
	return entry;
}

static void control_ended(struct table *table, struct entry *entry, int64_t now)
{
	entry->gone = now;
	tell(table, FLOW_ENDED, entry, now);
	entry_remove(table, entry);
}

static int control_seen(struct table *table, const struct flow_record *record,
			enum record_news news, int64_t now)
{
	struct entry *entry = entry_find(table, ENTRY_CONTROL, &record->path);

	if (!entry)
		entry = control_add(table, &record->path, &record->reply, news, now);
	if (!entry)
		return -ENOMEM;
	entry->generation = table->generation;
	/* Without this mark the filter of the socket lets no news of its end through. */
	if (!(record->status & IPS_HELPER))
		entry_silent(table, entry, true);
	if (entry->answered || !(record->status & IPS_SEEN_REPLY))
		return 0;
	entry->answered = true;
	tell(table, FLOW_ANSWERED, entry, now);
	return 0;
}

/* The connection came: in place of the expectation there is a stream. */
static struct entry *stream_add(struct table *table, const struct flow_record *record,
				struct entry *control, enum record_news news, int64_t now)
{
	struct path expected = record->path;
	struct entry *expectation, *entry = entry_add(table, ENTRY_STREAM, &record->path);

	if (!entry)
		return NULL;
	entry->number = control->number;
	entry->master = control->path;
	entry->reply = record->reply;
	entry->since = now;
	entry_silent(table, entry, news == NEWS_READ);
	expected.from.port = 0;
	expectation = entry_find(table, ENTRY_EXPECTATION, &expected);
	if (!expectation) {
		tell(table, STREAM_FOUND, entry, now);
		return entry;
	}
	entry->announced = expectation->announced;
	/* It is told as the stream, whose source port is known, with the age of what waited. */
	entry->since = expectation->since;
	control->met++;
	tell(table, EXPECTATION_MET, entry, now);
	entry->since = now;
	entry_remove(table, expectation);
	return entry;
}

static void stream_changed(struct table *table, struct entry *entry,
			   const struct flow_record *record, int64_t now)
{
	entry->generation = table->generation;
	if (entry->answered || record->tcp_state < TCP_CONNTRACK_ESTABLISHED ||
	    record->tcp_state >= TCP_CONNTRACK_CLOSE)
		return;
	entry->answered = true;
	tell(table, STREAM_ANSWERED, entry, now);
}

/*
 * A reset as the only answer ends a connection at once, while it still has time
 * (nf_conntrack_tcp_packet()); one that nobody answers uses its time up.
 */
static void stream_ended(struct table *table, struct entry *entry, uint32_t left, int64_t now)
{
	enum happening_kind kind = STREAM_ENDED;

	if (!entry->answered)
		kind = left ? STREAM_REFUSED : STREAM_SILENT;
	entry->gone = now;
	tell(table, kind, entry, now);
	entry_remove(table, entry);
}

static int stream_seen(struct table *table, const struct flow_record *record,
		       struct entry *control, enum record_news news, int64_t now)
{
	struct entry *entry = entry_find(table, ENTRY_STREAM, &record->path);

	if (!entry)
		entry = stream_add(table, record, control, news, now);
	if (!entry)
		return -ENOMEM;
	stream_changed(table, entry, record, now);
	return 0;
}

static int flow_gone(struct table *table, const struct flow_record *record, int64_t now)
{
	struct entry *control = entry_find(table, ENTRY_CONTROL, &record->path);
	struct entry *stream = entry_find(table, ENTRY_STREAM, &record->path);

	if (control)
		control_ended(table, control, now);
	if (stream)
		stream_ended(table, stream, record->timeout, now);
	return 0;
}

/**
 * table_flow() - a flow is new, has changed, is gone or was read
 * @table: the table
 * @record: the flow, of any helper or none
 * @news: which of these
 * @now: time
 *
 * Return: 0 or -ENOMEM.
 */
int table_flow(struct table *table, const struct flow_record *record, enum record_news news,
	       int64_t now)
{
	struct entry *entry;

	if (news == NEWS_DESTROY)
		return flow_gone(table, record, now);
	if (!strcmp(record->helper, table->helper))
		return control_seen(table, record, news, now);
	entry = record->related ? entry_find(table, ENTRY_CONTROL, &record->master) : NULL;
	if (entry)
		return stream_seen(table, record, entry, news, now);
	/* Of a stream only the first event names the control flow. */
	entry = entry_find(table, ENTRY_STREAM, &record->path);
	if (entry)
		stream_changed(table, entry, record, now);
	return 0;
}

/* A control flow whose beginning was missed, and that was not read either. */
static struct entry *control_of(struct table *table, const struct path *path, int64_t now)
{
	struct entry *entry = entry_find(table, ENTRY_CONTROL, path);
	struct path reply = *path;

	if (entry)
		return entry;
	reply.from = path->to;
	reply.to = path->from;
	return control_add(table, path, &reply, NEWS_READ, now);
}

static int expectation_made(struct table *table, const struct expectation_record *record,
			    struct entry *control, enum record_news news, int64_t now)
{
	struct entry *entry = entry_add(table, ENTRY_EXPECTATION, &record->path);

	if (!entry)
		return -ENOMEM;
	entry->number = control->number;
	entry->master = record->master;
	entry->since = now;
	entry->timeout = record->timeout;
	entry->announced = record->announced;
	/* Its events hang on those of its control flow. */
	entry_silent(table, entry, control->silent);
	control->made++;
	if (table->last && table->last->number == control->number &&
	    now - table->last->gone < SAME_PACKET)
		table->last->evicted = true;
	if (news == NEWS_NEW)
		count_rate(table, now);
	tell(table, news == NEWS_NEW ? EXPECTATION_MADE : EXPECTATION_FOUND, entry, now);
	return 0;
}

/* The same one: read again, or announced once more, which makes it anew. */
static void expectation_seen(struct table *table, struct entry *entry,
			     const struct expectation_record *record, int64_t now)
{
	entry->generation = table->generation;
	entry->announced = record->announced;
	if (!entry->suspended)
		return;
	entry_release(table, entry);
	entry->since = now;
	entry->timeout = record->timeout;
	tell(table, EXPECTATION_RENEWED, entry, now);
}

static void expectation_gone(struct table *table, struct entry *entry, uint32_t left, int64_t now)
{
	if (entry->suspended)
		return;
	entry->gone = now;
	entry->left = left;
	entry_suspend(table, entry);
}

/**
 * table_expectation() - an expectation is new, is gone or was read
 * @table: the table
 * @record: the expectation, of any helper
 * @news: which of these
 * @now: time
 *
 * Return: 0 or -ENOMEM.
 */
int table_expectation(struct table *table, const struct expectation_record *record,
		      enum record_news news, int64_t now)
{
	struct entry *entry = entry_find(table, ENTRY_EXPECTATION, &record->path), *control;

	if (news == NEWS_DESTROY) {
		if (entry)
			expectation_gone(table, entry, record->timeout, now);
		return 0;
	}
	if (strcmp(record->helper, table->helper))
		return 0;
	if (news == NEWS_READ && !record->timeout) {
		if (entry)
			expectation_gone(table, entry, 0, now);
		return 0;
	}
	if (entry) {
		expectation_seen(table, entry, record, now);
		return 0;
	}
	control = control_of(table, &record->master, now);
	return control ? expectation_made(table, record, control, news, now) : -ENOMEM;
}

static enum happening_kind fate(const struct table *table, const struct entry *entry)
{
	const struct entry *control = entry_find(table, ENTRY_CONTROL, &entry->master);

	if (!entry->left)
		return EXPECTATION_EXPIRED;
	if (!control || control->number != entry->number)
		return EXPECTATION_ORPHANED;
	return entry->evicted ? EXPECTATION_EVICTED : EXPECTATION_REMOVED;
}

/**
 * table_settle() - tell the fate of what has been in suspense for long enough
 * @table: the table
 * @now: time; INT64_MAX: wait no longer
 *
 * Return: when it is to be called again; 0: nothing is in suspense.
 */
int64_t table_settle(struct table *table, int64_t now)
{
	struct entry *entry;

	while (table->first && now - table->first->gone >= SUSPENSE) {
		entry = table->first;
		tell(table, fate(table, entry), entry, entry->gone);
		entry_remove(table, entry);
	}
	return table->first ? table->first->gone + SUSPENSE : 0;
}

/**
 * table_expire() - see whose time is up
 * @table: the table
 * @now: time
 *
 * Some kernels leave these lying until they happen to walk over them, minutes later
 * (NF_CT_EXPECT_DEAD of nf_conntrack_expect.c), but let nobody through any more.
 */
void table_expire(struct table *table, int64_t now)
{
	struct entry *entry;
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		for (entry = table->bucket[i]; entry; entry = entry->next)
			if (entry->kind == ENTRY_EXPECTATION &&
			    now - entry->since > (entry->timeout + 1) * MONITOR_SECOND)
				expectation_gone(table, entry, 0, now);
}

/**
 * table_reading_begins() - all that there is will be told of as NEWS_READ
 * @table: the table
 */
void table_reading_begins(struct table *table)
{
	table->generation++;
}

/* What was not read went unseen. */
static void missing(struct table *table, struct entry *entry, int64_t now)
{
	int64_t age = (now - entry->since) / MONITOR_SECOND;

	if (entry->kind == ENTRY_CONTROL)
		control_ended(table, entry, now);
	else if (entry->kind == ENTRY_STREAM)
		stream_ended(table, entry, 0, now);
	else
		expectation_gone(table, entry,
				 age < entry->timeout ? entry->timeout - (uint32_t)age : 0, now);
}

/**
 * table_reading_ends() - all that there is has been told of
 * @table: the table
 * @now: time
 */
void table_reading_ends(struct table *table, int64_t now)
{
	struct entry *entry, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (entry = table->bucket[i]; entry; entry = next) {
			next = entry->next;
			if (entry->generation != table->generation && !entry->suspended)
				missing(table, entry, now);
		}
	}
}

static void oldest(int64_t *oldest, const struct entry *entry)
{
	if (!*oldest || entry->since < *oldest)
		*oldest = entry->since;
}

/**
 * table_state() - what there is now, and was so far
 * @table: the table
 *
 * Return: the numbers.
 */
struct table_state table_state(const struct table *table)
{
	struct table_state state = {
		.controls = table->count[ENTRY_CONTROL],
		.expectations = table->count[ENTRY_EXPECTATION],
		.streams = table->count[ENTRY_STREAM],
		.silent = table->silent,
		.rate = table->rate,
		.rate_most = table->rate_most,
	};
	const struct entry *entry;
	size_t i;

	memcpy(state.happened, table->happened, sizeof(state.happened));
	for (i = 0; i < BUCKETS; i++) {
		for (entry = table->bucket[i]; entry; entry = entry->next) {
			if (entry->kind == ENTRY_CONTROL)
				oldest(&state.oldest_control, entry);
			else if (entry->kind == ENTRY_EXPECTATION && !entry->suspended)
				oldest(&state.oldest_expectation, entry);
		}
	}
	return state;
}

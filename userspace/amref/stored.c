// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "stored.h"

#define CHUNK		(128 * 1024)
/* How much is sent before others get their turn. */
#define TURN_CHUNKS	32

/**
 * stored_label() - the tape that a dump would be on
 * @dump: in the store
 * @label: gets storage, label and file number, as marshal_tapelist() has them
 *	(common-src/tapelist.c)
 */
void stored_label(const struct store_dump *dump, char label[STORED_LABEL_MAX])
{
	snprintf(label, STORED_LABEL_MAX, "amref:amref-%s:1", dump->datestamp);
}

/*
 * make_exact_host_expression() and make_exact_disk_expression() of
 * common-src/match.c put anchors around a name and backslashes into it.
 */
static void bare_name(const char *expression, char *name, size_t size)
{
	size_t at = 0;

	if (*expression == '=' || *expression == '^')
		expression++;
	for (; *expression && at + 1 < size; expression++) {
		if (*expression == '\\' && expression[1])
			expression++;
		else if (*expression == '$' && !expression[1])
			break;
		name[at++] = *expression;
	}
	name[at] = '\0';
}

/**
 * stored_find() - find the dump that is asked for
 * @list: all dumps, newest first
 * @host: expression of amrecover
 * @disk: likewise; NULL: any
 * @datestamp: digits; the beginning of one is enough; NULL: any
 *
 * Return: the newest that fits, or NULL.
 */
const struct store_dump *stored_find(const struct store_list *list, const char *host,
				     const char *disk, const char *datestamp)
{
	char host_name[256], disk_name[1024];
	size_t i;

	bare_name(host, host_name, sizeof(host_name));
	bare_name(disk ? disk : "", disk_name, sizeof(disk_name));
	for (i = 0; i < list->count; i++) {
		const struct store_dump *dump = &list->dump[i];

		if (!strcasecmp(dump->host, host_name) &&
		    (!disk || !strcmp(dump->disk, disk_name)) &&
		    (!datestamp || !strncmp(dump->datestamp, datestamp, strlen(datestamp))))
			return dump;
	}
	return NULL;
}

static void finish(struct feed *feed, int error)
{
	feed_stop(feed);
	feed->done(feed->arg, error);
}

static void send_some(void *arg)
{
	struct feed *feed = arg;
	char chunk[CHUNK];
	int i;

	for (i = 0; i < TURN_CHUNKS; i++) {
		ssize_t n = read(feed->fd, chunk, sizeof(chunk));

		if (n <= 0) {
			finish(feed, n ? errno : 0);
			return;
		}
		if (!channel_write(feed->channel, chunk, n))
			return;
	}
	loop_start(feed->loop, &feed->turn, 0);
}

/**
 * feed_begin() - begin to send a file
 * @feed: @done and @arg are set; the rest is filled in
 * @loop: runs it
 * @channel: open
 * @fd: taken over
 */
void feed_begin(struct feed *feed, struct loop *loop, struct channel *channel, int fd)
{
	feed->loop = loop;
	feed->channel = channel;
	feed->fd = fd;
	feed->running = true;
	feed->turn = (struct loop_timer){ .expired = send_some, .arg = feed };
	loop_start(loop, &feed->turn, 0);
}

/**
 * feed_go_on() - there is room again
 * @feed: begun or not
 */
void feed_go_on(struct feed *feed)
{
	if (feed->running)
		loop_start(feed->loop, &feed->turn, 0);
}

/**
 * feed_stop() - send no more
 * @feed: begun or zeroed; @done is not called
 */
void feed_stop(struct feed *feed)
{
	if (!feed->running)
		return;
	feed->running = false;
	loop_stop(feed->loop, &feed->turn);
	close(feed->fd);
}

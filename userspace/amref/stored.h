/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps as they are asked for over the network: found by what amrecover says of
 * them, named as if they were on a tape, and sent.
 */
#ifndef AMREF_STORED_H
#define AMREF_STORED_H

#include "channel.h"
#include "loop.h"
#include "store.h"

#define STORED_LABEL_MAX	80

void stored_label(const struct store_dump *dump, char label[STORED_LABEL_MAX]);
const struct store_dump *stored_find(const struct store_list *list, const char *host,
				     const char *disk, const char *datestamp);

/**
 * struct feed - a file that goes into a channel; zero it before the first use
 * @done: all has been queued or sent; @error is 0 or a positive errno
 * @arg: handed to @done
 *
 * The channel's drained event must call feed_go_on().
 */
struct feed {
	struct loop *loop;
	struct channel *channel;
	struct loop_timer turn;
	void (*done)(void *arg, int error);
	void *arg;
	int fd;
	bool running;
};

void feed_begin(struct feed *feed, struct loop *loop, struct channel *channel, int fd);
void feed_go_on(struct feed *feed);
void feed_stop(struct feed *feed);

#endif /* AMREF_STORED_H */

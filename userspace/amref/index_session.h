/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to restore: a conversation with an amindexd, as amrecover has it. */
#ifndef AMREF_INDEX_SESSION_H
#define AMREF_INDEX_SESSION_H

#include "channel.h"
#include "talk.h"

#define INDEX_ITEMS_MAX		32
#define INDEX_COMMANDS_MAX	12

/**
 * struct index_item - one dump that is needed
 * @date: as amindexd writes it, with dashes
 * @tape: storage, label and file number
 * @file: on that tape
 */
struct index_item {
	char date[32];
	int level;
	char tape[512];
	long long file;
};

/**
 * struct index_query - what is asked for
 * @date: NULL: the newest
 */
struct index_query {
	const char *config;
	const char *client;
	const char *disk;
	const char *date;
	unsigned int idle;
};

/**
 * struct index_session - one conversation; zero it before the first use
 * @talk: its error says why it failed
 * @item: what is needed, lowest level first
 * @names: files and folders in these dumps
 * @device: where the server has its tapes
 */
struct index_session {
	struct talk talk;
	struct channel mesg;
	char *command[INDEX_COMMANDS_MAX];
	size_t commands;
	size_t at;
	struct index_item item[INDEX_ITEMS_MAX];
	size_t items;
	unsigned long long names;
	char device[512];
	void (*finished)(void *arg);
	void *arg;
};

int index_begin(struct index_session *session, struct loop *loop, struct security_peer *peer,
		const struct request_timing *timing, const struct index_query *query,
		void (*finished)(void *arg), void *arg);
void index_free(struct index_session *session);

#endif /* AMREF_INDEX_SESSION_H */

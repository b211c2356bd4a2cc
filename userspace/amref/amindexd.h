/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service amindexd: service_amindexd.c talks, amindexd_list.c lists. */
#ifndef AMREF_AMINDEXD_H
#define AMREF_AMINDEXD_H

#include "channel.h"
#include "loop.h"
#include "store.h"

/**
 * struct amindexd - one conversation
 * @date: up to which dumps count; empty: all
 * @list: all dumps that there are
 */
struct amindexd {
	struct call *call;
	struct channel mesg;
	struct loop_timer closing;
	struct store_list list;
	char features[256];
	char config[256];
	char host[256];
	char disk[1024];
	char date[32];
};

void amindexd_reply(struct amindexd *index, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void amindexd_history(struct amindexd *index, const char *word);
void amindexd_is_folder(struct amindexd *index, const char *folder);
void amindexd_list(struct amindexd *index, const char *folder);
void amindexd_list_all(struct amindexd *index, const char *folder);

#endif /* AMREF_AMINDEXD_H */

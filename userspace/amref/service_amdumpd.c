// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amdumpd: a client that asks to be dumped (Amanda's server-src/amdumpd.pl).  The
 * conversation is there, and with it the stream that a firewall has to let
 * through; amref has no configuration, so nothing is dumped, and it says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "channel.h"
#include "features.h"
#include "loop.h"
#include "quote.h"
#include "services.h"
#include "store.h"

#define CLOSE_WAIT	10000

struct amdumpd {
	struct call *call;
	struct channel ctl;
	struct loop_timer closing;
};

static void free_dumpd(struct amdumpd *dumpd)
{
	loop_stop(call_loop(dumpd->call), &dumpd->closing);
	channel_close(&dumpd->ctl);
	free(dumpd);
}

static void finish(void *arg)
{
	struct amdumpd *dumpd = arg;
	struct call *call = dumpd->call;

	free_dumpd(dumpd);
	call_done(call);
}

static void hang_up(struct amdumpd *dumpd)
{
	channel_end(&dumpd->ctl);
	loop_start(call_loop(dumpd->call), &dumpd->closing,
		   channel_done(&dumpd->ctl) ? 0 : CLOSE_WAIT);
}

/* The disks of the peer, as far as the store has dumps of them. */
static void list_disks(struct amdumpd *dumpd)
{
	const char *store = call_options(dumpd->call)->store, *last = "";
	struct store_list list = { 0 };
	char quoted[2100];
	size_t i;

	if (store)
		store_list(store, &list);
	for (i = 0; i < list.count; i++) {
		if (strcasecmp(list.dump[i].host, call_peer(dumpd->call)) ||
		    !strcmp(list.dump[i].disk, last))
			continue;
		last = list.dump[i].disk;
		quote_word(last, quoted, sizeof(quoted));
		channel_print(&dumpd->ctl, "%s\n", quoted);
	}
	store_list_free(&list);
	channel_print(&dumpd->ctl, "ENDLIST\n");
}

static void on_line(void *arg, char *line)
{
	static const char nothing[] = "amref has no configuration: nothing is done";
	struct amdumpd *dumpd = arg;
	struct channel *ctl = &dumpd->ctl;

	if (!strncmp(line, "FEATURES ", 9))
		channel_print(ctl, "FEATURES %s\n", FEATURES_OURS);
	else if (!strncmp(line, "CONFIG ", 7))
		return;
	else if (!strcmp(line, "LIST"))
		list_disks(dumpd);
	else if (!strncmp(line, "DISK ", 5))
		channel_print(ctl, "DISK %s added\n", line + 5);
	else if (!strcmp(line, "DUMP"))
		channel_print(ctl, "DUMPING\n%s\nENDDUMP\n", nothing);
	else if (!strcmp(line, "CHECK"))
		channel_print(ctl, "CHECKING\n%s\nENDCHECK\n", nothing);
	else if (!strcmp(line, "END"))
		hang_up(dumpd);
	else
		channel_print(ctl, "invalid command '%s'\n", line);
}

static void on_ended(void *arg)
{
	hang_up(arg);
}

static void on_failed(void *arg, const char *why)
{
	struct amdumpd *dumpd = arg;

	(void)why;
	loop_start(call_loop(dumpd->call), &dumpd->closing, 0);
}

static const struct channel_events ctl_events = {
	.line = on_line,
	.ended = on_ended,
	.failed = on_failed,
};

static void amdumpd_start(struct call *call, const char *arguments, size_t length)
{
	struct amdumpd *dumpd = calloc(1, sizeof(*dumpd));

	(void)arguments;
	(void)length;
	if (!dumpd) {
		call_refuse(call, "out of memory");
		return;
	}
	dumpd->call = call;
	dumpd->closing = (struct loop_timer){ .expired = finish, .arg = dumpd };
	call_set_data(call, dumpd);
	channel_serve(&dumpd->ctl, call, "CTL", &ctl_events, dumpd);
	call_reply(call, "\n", 1);
}

static void amdumpd_cancel(struct call *call)
{
	if (call_data(call))
		free_dumpd(call_data(call));
}

const struct service amdumpd_service = {
	.name = "amdumpd",
	.start = amdumpd_start,
	.cancel = amdumpd_cancel,
};

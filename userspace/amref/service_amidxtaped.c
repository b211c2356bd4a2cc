// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amidxtaped: the data of a dump, for amrecover.  CTL carries the conversation of
 * Amanda's perl/Amanda/Service/Amidxtaped.pm, DATA the header and then the data,
 * STATE the state file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "features.h"
#include "service_text.h"
#include "services.h"
#include "stored.h"
#include "wire.h"

#define CLOSE_WAIT	10000

enum { CTL, DATA, STATE, STREAMS };

/* What comes next.  Each step waits for one line, where the peer sends it. */
enum step {
	COMMANDS,	/* KEY=VALUE lines up to END */
	HEADER_READY,
	HEADER_DONE,
	STATE_READY,
	STATE_DONE,
	DAR,
	DATAPATH,
	DATAPATH_OK,
	DATA_READY,
	SENDING,
};

struct amidxtaped {
	struct call *call;
	struct channel stream[STREAMS];
	struct loop_timer closing;
	struct store_list list;
	const struct store_dump *dump;
	struct feed feed;
	enum step step;
	bool wants_header;
	char features[256];
	char host[512];
	char disk[2048];
	char datestamp[32];
	char header[STORE_HEADER_MAX];
	size_t header_length;
};

static void free_tape(struct amidxtaped *tape)
{
	int i;

	loop_stop(call_loop(tape->call), &tape->closing);
	feed_stop(&tape->feed);
	for (i = 0; i < STREAMS; i++)
		channel_close(&tape->stream[i]);
	store_list_free(&tape->list);
	free(tape);
}

static void finish(void *arg)
{
	struct amidxtaped *tape = arg;
	struct call *call = tape->call;

	free_tape(tape);
	call_done(call);
}

static void finish_in(struct amidxtaped *tape, unsigned int milliseconds)
{
	loop_start(call_loop(tape->call), &tape->closing, milliseconds);
}

static void finish_if_done(struct amidxtaped *tape)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		if (!channel_done(&tape->stream[i]))
			return;
	finish_in(tape, 0);
}

static bool has(const struct amidxtaped *tape, enum feature feature)
{
	return features_has(tape->features, feature);
}

static void hang_up(struct amidxtaped *tape)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		channel_end(&tape->stream[i]);
	finish_in(tape, CLOSE_WAIT);
	finish_if_done(tape);
}

static void complain(struct amidxtaped *tape, const char *why)
{
	channel_print(&tape->stream[CTL], "MESSAGE %s\r\n", why);
	hang_up(tape);
}

static void sent(void *arg, int error)
{
	struct amidxtaped *tape = arg;

	if (error)
		complain(tape, strerror(error));
	else
		hang_up(tape);
}

static void send_data(struct amidxtaped *tape)
{
	int fd = store_open(tape->dump, "data", O_RDONLY);

	if (fd < 0) {
		complain(tape, strerror(-fd));
		return;
	}
	tape->step = SENDING;
	tape->feed.done = sent;
	tape->feed.arg = tape;
	feed_begin(&tape->feed, call_loop(tape->call), &tape->stream[DATA], fd);
}

/* A peer without HEADER-SEND-SIZE wants a whole block of a tape. */
static void send_header(struct amidxtaped *tape)
{
	if (!has(tape, FEATURE_AMRECOVER_HEADER_SEND_SIZE)) {
		memset(tape->header + tape->header_length, 0,
		       sizeof(tape->header) - tape->header_length);
		tape->header_length = sizeof(tape->header);
	}
	channel_write(&tape->stream[DATA], tape->header, tape->header_length);
}

static void send_state(struct amidxtaped *tape)
{
	char block[4096];
	int fd = store_open(tape->dump, "state", O_RDONLY);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
		channel_write(&tape->stream[STATE], block, n);
	if (fd >= 0)
		close(fd);
	channel_end(&tape->stream[STATE]);
}

/*
 * Go on to @step, and through all those for which the peer has no line.  What is
 * said at the beginning of a step, and what ends it, stand in the protocol at the
 * top of Amidxtaped.pm.
 */
static void enter(struct amidxtaped *tape, enum step step)
{
	struct channel *ctl = &tape->stream[CTL];

	tape->step = step;
	switch (step) {
	case HEADER_READY:
		if (!tape->wants_header) {
			enter(tape, STATE_READY);
			return;
		}
		if (has(tape, FEATURE_AMRECOVER_HEADER_SEND_SIZE))
			channel_print(ctl, "HEADER-SEND-SIZE %zu\r\n", tape->header_length);
		if (!has(tape, FEATURE_AMRECOVER_HEADER_READY))
			enter(tape, HEADER_DONE);
		return;
	case HEADER_DONE:
		send_header(tape);
		if (!has(tape, FEATURE_AMRECOVER_HEADER_DONE))
			enter(tape, STATE_READY);
		return;
	case STATE_READY:
		if (!tape->stream[STATE].stream) {
			enter(tape, DAR);
			return;
		}
		if (has(tape, FEATURE_AMRECOVER_STATE_SEND))
			channel_print(ctl, "STATE-SEND\r\n");
		if (!has(tape, FEATURE_AMRECOVER_STATE_READY))
			enter(tape, STATE_DONE);
		return;
	case STATE_DONE:
		send_state(tape);
		if (!has(tape, FEATURE_AMRECOVER_STATE_DONE))
			enter(tape, DAR);
		return;
	case DAR:
		if (has(tape, FEATURE_AMIDXTAPED_DAR))
			channel_print(ctl, "USE-DAR NO\r\n");
		else
			enter(tape, DATAPATH);
		return;
	case DATAPATH:
		if (!has(tape, FEATURE_AMIDXTAPED_DATAPATH))
			enter(tape, DATA_READY);
		return;
	case DATAPATH_OK:
		channel_print(ctl, "USE-DATAPATH AMANDA\r\n");
		return;
	case DATA_READY:
		if (has(tape, FEATURE_AMRECOVER_DATA_SEND))
			channel_print(ctl, "DATA-SEND\r\n");
		if (!has(tape, FEATURE_AMRECOVER_DATA_READY))
			send_data(tape);
		return;
	case COMMANDS:
	case SENDING:
		return;
	}
}

static void find_dump(struct amidxtaped *tape)
{
	tape->dump = stored_find(&tape->list, tape->host, tape->disk[0] ? tape->disk : NULL,
				 tape->datestamp[0] ? tape->datestamp : NULL);
	if (!tape->dump) {
		complain(tape, "No matching dumps found");
		return;
	}
	tape->header_length = store_header(tape->dump, tape->header, sizeof(tape->header));
	enter(tape, HEADER_READY);
}

static void keep(char *field, size_t size, const char *value)
{
	snprintf(field, size, "%s", value);
}

/* Keys that are not here choose a tape, and there is none. */
static void take_command(struct amidxtaped *tape, const char *line)
{
	const char *value = strchr(line, '=');

	if (!strcmp(line, "END")) {
		find_dump(tape);
		return;
	}
	if (!strcmp(line, "HEADER"))
		tape->wants_header = true;
	if (!value++)
		return;
	if (!strncmp(line, "FEATURES=", 9)) {
		keep(tape->features, sizeof(tape->features), value);
		channel_print(&tape->stream[CTL], "FEATURES=" FEATURES_OURS "\r\n");
	} else if (!strncmp(line, "HOST=", 5)) {
		keep(tape->host, sizeof(tape->host), value);
	} else if (!strncmp(line, "DISK=", 5)) {
		keep(tape->disk, sizeof(tape->disk), value);
	} else if (!strncmp(line, "DATESTAMP=", 10)) {
		keep(tape->datestamp, sizeof(tape->datestamp), value);
	}
}

/* The line that ends each step; the next step is the next in order. */
static const char *const awaited[] = {
	[HEADER_READY] = "HEADER-READY",
	[HEADER_DONE] = "HEADER-DONE",
	[STATE_READY] = "STATE-READY",
	[STATE_DONE] = "STATE-DONE",
	[DAR] = "USE-DAR ",
	[DATAPATH] = "AVAIL-DATAPATH ",
	[DATAPATH_OK] = "DATAPATH-OK",
	[DATA_READY] = "DATA-READY",
};

static void on_line(void *arg, char *line)
{
	struct amidxtaped *tape = arg;
	char why[256];

	if (tape->step == COMMANDS) {
		take_command(tape, line);
	} else if (tape->step == SENDING) {
		return;
	} else if (strncmp(line, awaited[tape->step], strlen(awaited[tape->step]))) {
		snprintf(why, sizeof(why), "expected %s, got %.100s", awaited[tape->step], line);
		complain(tape, why);
	} else if (tape->step == DATA_READY) {
		send_data(tape);
	} else {
		enter(tape, tape->step + 1);
	}
}

static void on_drained(void *arg)
{
	struct amidxtaped *tape = arg;

	if (!channel_pending(&tape->stream[DATA]))
		feed_go_on(&tape->feed);
}

/* A peer that stops talking before the data is there has given up. */
static void on_ended(void *arg)
{
	struct amidxtaped *tape = arg;

	if (tape->stream[CTL].ended && tape->step != SENDING)
		hang_up(tape);
	finish_if_done(tape);
}

static void on_failed(void *arg, const char *why)
{
	struct amidxtaped *tape = arg;

	(void)why;
	if (tape->stream[CTL].broken || tape->feed.running)
		finish_in(tape, 0);
	else
		finish_if_done(tape);
}

static const struct channel_events ctl_events = {
	.line = on_line,
	.ended = on_ended,
	.failed = on_failed,
};

static const struct channel_events data_events = {
	.drained = on_drained,
	.ended = on_ended,
	.failed = on_failed,
};

static const char *prepare(struct amidxtaped *tape)
{
	const char *store = call_options(tape->call)->store;

	if (!store)
		return "amandad was started without --store";
	if (store_list(store, &tape->list))
		return "the store cannot be read";
	return NULL;
}

static void amidxtaped_start(struct call *call, const char *arguments, size_t length)
{
	struct amidxtaped *tape = calloc(1, sizeof(*tape));
	const char *why = "no memory";

	if (tape) {
		tape->call = call;
		tape->closing = (struct loop_timer){ .expired = finish, .arg = tape };
		why = prepare(tape);
	}
	if (why) {
		free(tape);
		reply_error(call, why);
		return;
	}
	wire_option(arguments, length, "features", tape->features, sizeof(tape->features));
	call_set_data(call, tape);
	channel_serve(&tape->stream[CTL], call, "CTL", &ctl_events, tape);
	channel_serve(&tape->stream[DATA], call, "DATA", &data_events, tape);
	if (has(tape, FEATURE_AMRECOVER_STATE_STREAM))
		channel_serve(&tape->stream[STATE], call, "STATE", &data_events, tape);
	call_reply(call, "\n", 1);
}

static void amidxtaped_cancel(struct call *call)
{
	if (call_data(call))
		free_tape(call_data(call));
}

const struct service amidxtaped_service = {
	.name = "amidxtaped",
	.start = amidxtaped_start,
	.cancel = amidxtaped_cancel,
};

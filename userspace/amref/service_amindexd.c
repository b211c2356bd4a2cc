// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amindexd: what has been dumped, for amrecover to browse.  The commands are those
 * of Amanda's server-src/amindexd.c, and so are its answers.  Any configuration is
 * served: all there is comes from the store.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "amindexd.h"
#include "features.h"
#include "quote.h"
#include "service_text.h"
#include "services.h"
#include "stored.h"
#include "wire.h"

#define CLOSE_WAIT	10000

static void free_index(struct amindexd *index)
{
	loop_stop(call_loop(index->call), &index->closing);
	channel_close(&index->mesg);
	store_list_free(&index->list);
	free(index);
}

static void finish(void *arg)
{
	struct amindexd *index = arg;
	struct call *call = index->call;

	free_index(index);
	call_done(call);
}

static void finish_in(struct amindexd *index, unsigned int milliseconds)
{
	loop_start(call_loop(index->call), &index->closing, milliseconds);
}

/**
 * amindexd_reply() - a line of answer
 * @index: to its peer
 * @code: three digits; negative: more lines follow
 * @format: the text
 *
 * reply() and lreply() of amindexd.c.
 */
void amindexd_reply(struct amindexd *index, int code, const char *format, ...)
{
	va_list list;
	char *text;
	int n;

	va_start(list, format);
	n = vasprintf(&text, format, list);
	va_end(list);
	if (n < 0)
		return;
	channel_print(&index->mesg, "%03d%c%s\r\n", abs(code), code < 0 ? '-' : ' ', text);
	free(text);
}

static void do_features(struct amindexd *index, const char *word)
{
	snprintf(index->features, sizeof(index->features), "%s", word);
	amindexd_reply(index, 200, "FEATURES %s", FEATURES_OURS);
}

static void do_date(struct amindexd *index, const char *word)
{
	snprintf(index->date, sizeof(index->date), "%s", word);
	amindexd_reply(index, 200, "Working date set to %s.", word);
}

static void do_config(struct amindexd *index, const char *word)
{
	snprintf(index->config, sizeof(index->config), "%s", word);
	index->host[0] = '\0';
	index->disk[0] = '\0';
	amindexd_reply(index, 200, "Config set to %s.", word);
}

static void do_host(struct amindexd *index, const char *word)
{
	size_t i;

	for (i = 0; i < index->list.count && strcasecmp(index->list.dump[i].host, word); i++)
		;
	if (i == index->list.count) {
		amindexd_reply(index, 501, "Host %s is not in your disklist.", word);
		return;
	}
	snprintf(index->host, sizeof(index->host), "%s", index->list.dump[i].host);
	index->disk[0] = '\0';
	amindexd_reply(index, 200, "Dump host set to %s.", index->host);
}

static void do_disk(struct amindexd *index, const char *word)
{
	char quoted[2 * sizeof(index->disk) + 3];
	size_t i;

	quote_word(word, quoted, sizeof(quoted));
	for (i = 0; i < index->list.count; i++)
		if (!strcasecmp(index->list.dump[i].host, index->host) &&
		    !strcmp(index->list.dump[i].disk, word))
			break;
	if (i == index->list.count) {
		amindexd_reply(index, 501, "Disk %s:%s is not in the server's disklist.",
			       index->host, quoted);
		return;
	}
	snprintf(index->disk, sizeof(index->disk), "%s", word);
	amindexd_reply(index, 200, "Disk set to %s.", quoted);
}

/* Each name once: the first dump that has it. */
static bool is_first(const struct amindexd *index, size_t at, bool of_host)
{
	const struct store_dump *dump = index->list.dump;
	size_t i;

	for (i = 0; i < at; i++)
		if (!strcasecmp(dump[i].host, dump[at].host) &&
		    (!of_host || !strcmp(dump[i].disk, dump[at].disk)))
			return false;
	return true;
}

static void do_list_hosts(struct amindexd *index, const char *word)
{
	size_t i;

	(void)word;
	amindexd_reply(index, -200, " List hosts for config %s", index->config);
	for (i = 0; i < index->list.count; i++)
		if (is_first(index, i, false))
			amindexd_reply(index, -201, " %s", index->list.dump[i].host);
	amindexd_reply(index, 200, " List hosts for config %s", index->config);
}

static void do_list_disks(struct amindexd *index, const char *word)
{
	char quoted[2 * sizeof(index->disk) + 3];
	size_t i;

	amindexd_reply(index, -200, " List of disk for host %s", index->host);
	for (i = 0; i < index->list.count; i++) {
		const struct store_dump *dump = &index->list.dump[i];

		if (strcasecmp(dump->host, index->host) || !is_first(index, i, true) ||
		    (*word && strcmp(dump->disk, word)))
			continue;
		quote_word(dump->disk, quoted, sizeof(quoted));
		amindexd_reply(index, -201, " %s", quoted);
	}
	amindexd_reply(index, 200, " List of disk for host %s", index->host);
}

static void do_dle(struct amindexd *index, const char *word)
{
	(void)word;
	amindexd_reply(index, 200, "NODLE");
}

static void do_tape(struct amindexd *index, const char *word)
{
	(void)word;
	amindexd_reply(index, 200, "amref");
}

static void do_compressed(struct amindexd *index, const char *word)
{
	(void)word;
	amindexd_reply(index, 200, "no");
}

static void do_storage(struct amindexd *index, const char *word)
{
	(void)word;
	amindexd_reply(index, 200, "storage unset");
}

static void do_quit(struct amindexd *index, const char *word)
{
	(void)word;
	amindexd_reply(index, 200, "Good bye.");
	channel_end(&index->mesg);
	finish_in(index, CLOSE_WAIT);
}

/* @needs: 1 a configuration, 2 a host too, 3 a disk too. */
static const struct command {
	const char *word;
	bool argument;
	int needs;
	void (*run)(struct amindexd *index, const char *word);
} commands[] = {
	{ "FEATURES", true, 0, do_features },
	{ "DATE", true, 0, do_date },
	{ "SCNF", true, 0, do_config },
	{ "STORAGE", false, 0, do_storage },
	{ "LISTHOST", false, 1, do_list_hosts },
	{ "HOST", true, 1, do_host },
	{ "LISTDISK", false, 2, do_list_disks },
	{ "DISK", true, 2, do_disk },
	{ "DLE", false, 0, do_dle },
	{ "TAPE", false, 1, do_tape },
	{ "DCMP", false, 3, do_compressed },
	{ "DHST", false, 3, amindexd_history },
	{ "OISD", true, 3, amindexd_is_folder },
	{ "OLSD", true, 3, amindexd_list },
	{ "ORLD", true, 3, amindexd_list_all },
	{ "QUIT", false, 0, do_quit },
};

static bool may_run(struct amindexd *index, const struct command *command)
{
	static const char *const missing[] = { "config,host,disk", "host,disk", "disk" };
	int have = !index->config[0] ? 0 : !index->host[0] ? 1 : !index->disk[0] ? 2 : 3;

	if (have >= command->needs)
		return true;
	amindexd_reply(index, command->needs == 3 ? 502 : 501, "Must set %s before %s",
		       missing[have], command->word);
	return false;
}

static void on_line(void *arg, char *line)
{
	struct amindexd *index = arg;
	size_t length = strcspn(line, " "), i;
	char word[4096] = "";

	if (line[length])
		unquote_word(line + length + strspn(line + length, " "), word, sizeof(word));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].word) != length || strncmp(commands[i].word, line, length))
			continue;
		if (commands[i].argument && !word[0])
			break;
		if (may_run(index, &commands[i]))
			commands[i].run(index, word);
		return;
	}
	amindexd_reply(index, 500, "Command not recognised/incorrect: %s", line);
}

static void on_opened(void *arg)
{
	struct amindexd *index = arg;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	amindexd_reply(index, 220, "%s AMANDA index server (3.5.1) ready.", host);
}

static void on_ended(void *arg)
{
	struct amindexd *index = arg;

	channel_end(&index->mesg);
	finish_in(index, index->mesg.finished ? 0 : CLOSE_WAIT);
}

static void on_failed(void *arg, const char *why)
{
	(void)why;
	finish_in(arg, 0);
}

static const struct channel_events mesg_events = {
	.opened = on_opened,
	.line = on_line,
	.ended = on_ended,
	.failed = on_failed,
};

static const char *prepare(struct amindexd *index, const char *arguments, size_t length)
{
	const char *store = call_options(index->call)->store;
	char auth[32];

	if (wire_option(arguments, length, "auth", auth, sizeof(auth)) &&
	    strcasecmp(auth, call_driver(index->call)->name))
		return "recover program asks for another auth";
	if (!store)
		return "amandad was started without --store";
	if (store_list(store, &index->list))
		return "the store cannot be read";
	return NULL;
}

static void amindexd_start(struct call *call, const char *arguments, size_t length)
{
	struct amindexd *index = calloc(1, sizeof(*index));
	const char *why = "no memory";

	if (index) {
		index->call = call;
		index->closing = (struct loop_timer){ .expired = finish, .arg = index };
		why = prepare(index, arguments, length);
	}
	if (why) {
		free(index);
		reply_error(call, why);
		return;
	}
	call_set_data(call, index);
	channel_serve(&index->mesg, call, "MESG", &mesg_events, index);
	call_reply(call, "\n", 1);
}

static void amindexd_cancel(struct call *call)
{
	if (call_data(call))
		free_index(call_data(call));
}

const struct service amindexd_service = {
	.name = "amindexd",
	.start = amindexd_start,
	.cancel = amindexd_cancel,
};

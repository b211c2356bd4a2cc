// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run of "amref load", from its limits to its end.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "load_parts.h"

/* Standard files, epoll, signals, namespaces, a socket for each target's address. */
#define FILES_OF_OUR_OWN	32
#define PROGRESS_MS		500

/* What ends a run before its time, and tells of it. */
struct load_watch {
	struct load *load;
	struct loop_file signals;
	struct loop_timer deadline;
	struct loop_timer progress;
	sigset_t before;
};

/**
 * load_time() - the time
 *
 * Return: monotonic nanoseconds; finer than loop_now(), which is when the loop
 * woke up.
 */
uint64_t load_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/**
 * load_tag() - what a stream is called
 * @place: in the CONNECT line, from 0
 *
 * Return: the names of sendbackup's streams (client-src/sendbackup.c), then
 * others: the tags are arbitrary for amandad.
 */
const char *load_tag(unsigned int place)
{
	static const char *const tag[AMANDA_STREAMS_MAX] = {
		"DATA", "MESG", "INDEX", "STATE", "CTL", "CMD", "MORE", "LAST"
	};

	return tag[place];
}

static void put32(char *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

/**
 * load_proof() - what a connection begins with
 * @proof: room for LOAD_PROOF_MAX bytes
 * @key: amanda_request_key() of the REQ
 * @first: place of the first stream
 * @number: of each stream, where each has a frame of its own; NULL: no frames
 * @streams: how many
 *
 * Return: bytes.
 */
size_t load_proof(char *proof, uint32_t key, unsigned int first, const int32_t *number,
		  unsigned int streams)
{
	char *at = proof;
	unsigned int i;

	for (i = 0; i < streams; i++) {
		if (number) {
			put32(at, LOAD_PROOF_SIZE);
			put32(at + 4, number[i]);
			at += 8;
		}
		put32(at, key);
		put32(at + 4, first + i);
		at += LOAD_PROOF_SIZE;
	}
	return at - proof;
}

/**
 * load_loss_text() - why a session was lost, in words
 * @loss: the reason
 *
 * Return: a few words without a capital.
 */
const char *load_loss_text(enum load_loss loss)
{
	static const char *const text[LOAD_LOSSES] = {
		[LOAD_NO_ACK] = "timeout waiting for ACK",
		[LOAD_NO_REP] = "timeout waiting for REP",
		[LOAD_NAK] = "refused by the target",
		[LOAD_NO_STREAMS] = "answer without the streams that were asked for",
		[LOAD_REFUSED] = "connection of a stream refused",
		[LOAD_SILENT] = "stream not there in time",
		[LOAD_MISLED] = "stream led to someone else",
		[LOAD_BROKEN] = "stream ended early",
		[LOAD_NO_SOCKET] = "no socket for an initiator",
		[LOAD_CUT] = "run ended before",
	};

	return text[loss];
}

/* All the files that we may have; how many are left for sessions. */
static long raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1024 - FILES_OF_OUR_OWN;
	/* Root may go up to fs.nr_open, 1048576 unless somebody changed it. */
	if (limit.rlim_max < 1048576) {
		struct rlimit more = { 1048576, 1048576 };

		if (!setrlimit(RLIMIT_NOFILE, &more))
			return more.rlim_cur - FILES_OF_OUR_OWN;
	}
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur - FILES_OF_OUR_OWN;
}

static long files_wanted(const struct load_options *options)
{
	long connections = options->in_band ? 1 : options->streams;
	long standing = options->clients * connections * (options->targets ? 2 : 1);

	return options->initiators ? standing + 2 + 2 * connections : 0;
}

static int limit_files(struct load *load, char *why, size_t why_size)
{
	const struct load_options *options = load->options;
	long wanted = files_wanted(options);

	load->files = raise_limit();
	if (options->targets)
		load->files -= options->serve.count;
	if (load->files >= wanted)
		return 0;
	snprintf(why, why_size, "%u clients with %u streams need %ld open files, %ld are allowed; "
		 "raise the limit (ulimit -Hn), or let another process be the targets (--role)",
		 options->clients, options->streams, wanted, load->files);
	return -1;
}

static void interrupted(void *arg, uint32_t events)
{
	struct load_watch *watch = arg;

	(void)events;
	loop_quit(watch->load->loop, 0);
}

static void deadline_over(void *arg)
{
	struct load_watch *watch = arg;

	loop_quit(watch->load->loop, 0);
}

static void tell(void *arg)
{
	struct load_watch *watch = arg;
	const struct load_report *report = watch->load->report;

	fprintf(stderr, "\r\033[Koffered %llu  opened %llu  connected %llu  lost %llu",
		(unsigned long long)report->offered, (unsigned long long)report->opened,
		(unsigned long long)report->connected, (unsigned long long)report->lost);
	loop_start(watch->load->loop, &watch->progress, PROGRESS_MS);
}

static int watch_start(struct load_watch *watch, struct load *load)
{
	const struct load_options *options = load->options;
	sigset_t set;

	watch->load = load;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	watch->deadline = (struct loop_timer){ .expired = deadline_over, .arg = watch };
	watch->progress = (struct loop_timer){ .expired = tell, .arg = watch };
	watch->signals = (struct loop_file){ signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC),
					     interrupted, watch };
	if (watch->signals.fd < 0 || loop_watch(load->loop, &watch->signals, EPOLLIN))
		return -1;
	if (options->duration && !options->initiators)
		loop_start(load->loop, &watch->deadline, options->duration);
	if (options->progress)
		loop_start(load->loop, &watch->progress, PROGRESS_MS);
	return 0;
}

static void watch_stop(struct load_watch *watch)
{
	struct loop *loop = watch->load->loop;
	struct timespec none = { 0 };
	sigset_t set;

	loop_stop(loop, &watch->deadline);
	loop_stop(loop, &watch->progress);
	if (watch->load->options->progress)
		fputs("\r\033[K", stderr);
	if (watch->signals.fd >= 0) {
		loop_forget(loop, &watch->signals);
		close(watch->signals.fd);
	}
	/* What ended the run has had its effect. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	sigprocmask(SIG_SETMASK, &watch->before, NULL);
}

static int start(struct load *load, struct load_watch *watch, char *why, size_t why_size)
{
	const struct load_options *options = load->options;

	if (load_net_start(&load->net, load, why, why_size))
		return -1;
	snprintf(why, why_size, "cannot begin: %s", strerror(errno));
	if (watch_start(watch, load))
		return -1;
	if (options->targets) {
		load->targets = load_targets_start(load, why, why_size);
		if (!load->targets)
			return -1;
	}
	load->started = load_time();
	if (!options->initiators)
		return 0;
	load->clients = load_clients_start(load);
	if (load->clients)
		return 0;
	snprintf(why, why_size, "%u clients: %s", options->clients, strerror(errno));
	return -1;
}

static int run(struct load *load, char *why, size_t why_size)
{
	struct load_watch watch = { .load = load, .signals = { .fd = -1 } };
	int result;

	sigprocmask(SIG_BLOCK, NULL, &watch.before);
	result = start(load, &watch, why, why_size);

	if (!result) {
		result = loop_run(load->loop);
		snprintf(why, why_size, "event loop: %s", strerror(-result));
		load->report->nanoseconds = load_time() - load->started;
	}
	load_clients_stop(load->clients);
	load_targets_stop(load->targets);
	watch_stop(&watch);
	load_net_stop(&load->net);
	return result ? -1 : 0;
}

/**
 * load_run() - offer sessions, answer them, or both
 * @options: what to do; stays as it is until the end
 * @report: what came of it; filled in from zero
 * @why: where it could not run: one line
 * @why_size: room there
 *
 * Ends when the sessions have ended, with SIGINT or SIGTERM, and targets without
 * initiators when the duration is over.
 *
 * Return: 0 where it ran, whatever became of the sessions; -1 where it could not.
 */
int load_run(const struct load_options *options, struct load_report *report, char *why,
	     size_t why_size)
{
	struct load load = { .options = options, .report = report };
	int result;

	memset(report, 0, sizeof(*report));
	if (limit_files(&load, why, why_size))
		return -1;
	load.loop = loop_new();
	if (!load.loop) {
		snprintf(why, why_size, "event loop: %s", strerror(errno));
		return -1;
	}
	result = run(&load, why, why_size);
	loop_free(load.loop);
	return result;
}

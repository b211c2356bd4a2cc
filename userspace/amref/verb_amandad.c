// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amref amandad: the target.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "loop.h"
#include "ports.h"
#include "target.h"
#include "verb.h"

#define SERVICE_PORT 10080

struct amandad {
	struct loop *loop;
	struct loop_file signals;
	struct options options;
	struct target_options target;
	const char *address;
	bool listen;
	bool no_checks;
};

enum {
	OWN_LISTEN = 1,
	OWN_ADDRESS,
	OWN_AMANDAHOSTS,
	OWN_CHECK_RESERVED,
	OWN_CHECK_NAMES,
	OWN_STORE,
	OWN_SIZE,
	OWN_ONCE,
	OWN_ACK_WAIT,
	OWN_REP_TRIES,
};

static const struct option own[] = {
	{ "listen", no_argument, NULL, OWN_LISTEN },
	{ "address", required_argument, NULL, OWN_ADDRESS },
	{ "amandahosts", required_argument, NULL, OWN_AMANDAHOSTS },
	{ "check-reserved", no_argument, NULL, OWN_CHECK_RESERVED },
	{ "check-names", no_argument, NULL, OWN_CHECK_NAMES },
	{ "store", required_argument, NULL, OWN_STORE },
	{ "size", required_argument, NULL, OWN_SIZE },
	{ "once", no_argument, NULL, OWN_ONCE },
	{ "ack-wait", required_argument, NULL, OWN_ACK_WAIT },
	{ "rep-tries", required_argument, NULL, OWN_REP_TRIES },
	{ 0 },
};

static const char help[] =
	"Answers on standard input as inetd hands it over, or, with --listen, on a port\n"
	"of its own until it is killed.  SERVICEs are those it serves; \"amdump\" stands\n"
	"for noop, selfcheck, sendsize and sendbackup.\n\n"
	"  --listen                bind to the port\n"
	"  --address ADDRESS       at this address only\n"
	"  --amandahosts FILE      serve those that stand in FILE, as in .amandahosts\n"
	"  --check-reserved        refuse peers whose port is 1024 or above\n"
	"  --check-names           refuse peers whose names do not agree\n"
	"  --store FOLDER          dumps, for amindexd and amidxtaped\n"
	"  --size N[kMGT]          sendbackup: make up N bytes instead of running tar\n"
	"  --once                  end when nothing is left to be served\n"
	"  --ack-wait SECONDS      repeat a REP after this time (10)\n"
	"  --rep-tries N           so often (5)\n";

static int take_number(const char *value, uint64_t maximum, unsigned int *number)
{
	uint64_t n;

	if (options_number(value, maximum, &n) || !n)
		return -1;
	*number = n;
	return 0;
}

static int take_seconds(const char *value, unsigned int *milliseconds)
{
	if (take_number(value, 100000, milliseconds))
		return -1;
	*milliseconds *= 1000;
	return 0;
}

static int take(void *arg, int option, const char *value)
{
	struct amandad *amandad = arg;
	struct security_options *security = &amandad->options.security;

	switch (option) {
	case OWN_LISTEN:
		amandad->listen = true;
		return 0;
	case OWN_ADDRESS:
		amandad->address = value;
		return 0;
	case OWN_AMANDAHOSTS:
		security->amandahosts = value;
		return 0;
	case OWN_CHECK_RESERVED:
		security->check_reserved = true;
		return 0;
	case OWN_CHECK_NAMES:
		security->check_names = true;
		return 0;
	case OWN_STORE:
		amandad->target.store = value;
		return 0;
	case OWN_SIZE:
		return options_size(value, &amandad->target.generated_size);
	case OWN_ONCE:
		amandad->target.once = true;
		return 0;
	case OWN_ACK_WAIT:
		return take_seconds(value, &amandad->target.ack_wait);
	case OWN_REP_TRIES:
		return take_number(value, 1000, &amandad->target.rep_tries);
	}
	return -1;
}

static void on_signal(void *arg, uint32_t events)
{
	struct amandad *amandad = arg;

	(void)events;
	loop_quit(amandad->loop, 0);
}

/* So that children are waited for and sockets closed in order. */
static int watch_signals(struct amandad *amandad)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	amandad->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	amandad->signals.ready = on_signal;
	amandad->signals.arg = amandad;
	return amandad->signals.fd < 0 ? -errno :
	       loop_watch(amandad->loop, &amandad->signals, EPOLLIN);
}

static int where(const struct amandad *amandad, struct sockaddr_storage *at, char *why,
		 size_t why_size)
{
	uint16_t port = amandad->options.security.service_port;

	return address_resolve(amandad->address ? amandad->address : "0.0.0.0",
			       port ? port : SERVICE_PORT, SOCK_STREAM, at, why, why_size);
}

static int serve(struct amandad *amandad)
{
	const struct options *options = &amandad->options;
	struct sockaddr_storage at;
	struct target *target;
	char why[512];
	int result;

	if (where(amandad, &at, why, sizeof(why))) {
		fprintf(stderr, "amref amandad: %s\n", why);
		return EXIT_FAILED;
	}
	target = target_start(amandad->loop, options->driver, amandad->listen ? -1 : 0,
			      (struct sockaddr *)&at, address_length((struct sockaddr *)&at),
			      &options->security, &amandad->target, why, sizeof(why));
	if (!target) {
		fprintf(stderr, "amref amandad: %s\n", why);
		return EXIT_FAILED;
	}
	if (amandad->listen && options->verbose)
		fprintf(stderr, "amref amandad: %s on port %u\n", options->driver->name,
			address_port((struct sockaddr *)&at));
	result = loop_run(amandad->loop);
	target_stop(target);
	return result ? EXIT_FAILED : EXIT_DONE;
}

static int check_services(char *argv[])
{
	for (; *argv; argv++)
		if (strcmp(*argv, "amdump") && !service_find(*argv))
			return options_usage("amandad", "there is no service \"%s\"", *argv);
	return EXIT_DONE;
}

/**
 * amandad_verb() - amref amandad
 * @argc: of the verb
 * @argv: likewise
 *
 * Return: an enum exit_code.
 */
int amandad_verb(int argc, char *argv[])
{
	static const struct verb_options verb = {
		"amandad", "[--listen] [options] [SERVICE...]", own, help, take,
	};
	struct amandad amandad = { 0 };
	int at = options_parse(&amandad.options, argc, argv, &verb, &amandad);
	int result;

	if (at < 0)
		return EXIT_USAGE;
	if (amandad.options.done)
		return EXIT_DONE;
	if (check_services(argv + at))
		return EXIT_USAGE;
	amandad.target.service = (const char *const *)argv + at;
	amandad.target.once |= !amandad.listen;
	amandad.loop = loop_new();
	if (!amandad.loop || watch_signals(&amandad)) {
		perror("amref amandad");
		return EXIT_FAILED;
	}
	result = serve(&amandad);
	loop_free(amandad.loop);
	return result;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line that all verbs share; see options.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "protocol.h"

#define OWN_MAX 40

enum {
	OPTION_AUTH = 256,
	OPTION_PORT,
	OPTION_UDP_PORTS,
	OPTION_LOW_TCP_PORTS,
	OPTION_TCP_PORTS,
	OPTION_USER,
	OPTION_TIMEOUT,
	OPTION_FAULT,
	OPTION_COMMAND,
	OPTION_REMOTE_AMANDAD,
	OPTION_SSL_CERT,
	OPTION_SSL_KEY,
	OPTION_SSL_CA,
	OPTION_VERBOSE,
	OPTION_HELP,
};

static const struct option shared[] = {
	{ "auth", required_argument, NULL, OPTION_AUTH },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "udp-ports", required_argument, NULL, OPTION_UDP_PORTS },
	{ "low-tcp-ports", required_argument, NULL, OPTION_LOW_TCP_PORTS },
	{ "tcp-ports", required_argument, NULL, OPTION_TCP_PORTS },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "fault", required_argument, NULL, OPTION_FAULT },
	{ "command", required_argument, NULL, OPTION_COMMAND },
	{ "remote-amandad", required_argument, NULL, OPTION_REMOTE_AMANDAD },
	{ "ssl-cert", required_argument, NULL, OPTION_SSL_CERT },
	{ "ssl-key", required_argument, NULL, OPTION_SSL_KEY },
	{ "ssl-ca", required_argument, NULL, OPTION_SSL_CA },
	{ "verbose", no_argument, NULL, OPTION_VERBOSE },
	{ "help", no_argument, NULL, OPTION_HELP },
};

static const char shared_help[] =
	"  --auth NAME             driver: %s (bsdtcp)\n"
	"  --port PORT             amandad's port (10080)\n"
	"  --udp-ports LO-HI       source ports of bsd and bsdudp (root: 512-1023)\n"
	"  --low-tcp-ports LO-HI   source ports of bsdtcp (root: 512-1023)\n"
	"  --tcp-ports LO-HI       ports of streams, at either end (any)\n"
	"  --user NAME             name for SECURITY USER (yours)\n"
	"  --timeout SECONDS       how long to wait for a reply\n"
	"  --command PROGRAM       ssh, rsh, local: run this instead of the usual one\n"
	"  --remote-amandad PATH   ssh, rsh, local: amandad at the other end\n"
	"  --ssl-cert FILE, --ssl-key FILE, --ssl-ca FILE\n"
	"  --fault NAME[=N]        misbehave; \"--fault help\" lists how\n"
	"  --verbose               say more on standard error\n";

static void driver_names(char *names, size_t size)
{
	const struct security_driver *driver;
	size_t i, length = 0;

	for (i = 0; (driver = driver_at(i)); i++)
		length += snprintf(names + length, size - length, "%s%s", i ? " " : "",
				   driver->name);
}

/**
 * options_usage() - complain about the command line
 * @verb: the verb's name
 * @format: what is wrong, one line
 *
 * Return: EXIT_USAGE.
 */
int options_usage(const char *verb, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "amref %s: ", verb);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n\"amref %s --help\" tells how.\n", verb);
	return EXIT_USAGE;
}

static int show_help(const struct verb_options *verb)
{
	char names[128];

	driver_names(names, sizeof(names));
	printf("Usage: amref %s %s\n\n", verb->verb, verb->synopsis);
	fputs(verb->help, stdout);
	printf(shared_help, names);
	return 0;
}

/**
 * options_number() - read a number
 * @text: digits
 * @maximum: the largest allowed
 * @number: gets it
 *
 * Return: 0, or -EINVAL.
 */
int options_number(const char *text, uint64_t maximum, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return !isdigit((unsigned char)*text) || *end || errno || *number > maximum ? -EINVAL : 0;
}

/**
 * options_size() - read a number of bytes
 * @text: digits and perhaps k, M, G or T, which are powers of 1024
 * @number: gets it
 *
 * Return: 0, or -EINVAL.
 */
int options_size(const char *text, uint64_t *number)
{
	static const char units[] = "kmgt";
	const char *unit;
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno)
		return -EINVAL;
	if (!*end)
		return 0;
	unit = strchr(units, tolower((unsigned char)*end));
	if (!unit || end[1] || *number >> (63 - 10 * (unit - units + 1)))
		return -EINVAL;
	*number <<= 10 * (unit - units + 1);
	return 0;
}

/**
 * options_range() - read a range of ports
 * @text: LO-HI, or one port
 * @range: filled in
 *
 * Return: 0, or -EINVAL.
 */
int options_range(const char *text, struct port_range *range)
{
	unsigned int low, high;
	int end = -1;

	if (sscanf(text, "%5u%n", &low, &end) != 1)
		return -EINVAL;
	high = low;
	if (text[end] == '-') {
		text += end + 1;
		if (sscanf(text, "%5u%n", &high, &end) != 1)
			return -EINVAL;
	}
	if (text[end] || !low || low > high || high > 65535)
		return -EINVAL;
	range->low = low;
	range->high = high;
	return 0;
}

static int take_auth(struct options *options, const char *value)
{
	options->driver = driver_find(value);
	return options->driver ? 0 : -1;
}

static int take_port(struct options *options, const char *value)
{
	uint64_t port;

	if (options_number(value, 65535, &port) || !port)
		return -1;
	options->security.service_port = port;
	return 0;
}

static int take_timeout(struct options *options, const char *value)
{
	uint64_t seconds;

	if (options_number(value, 1000000, &seconds) || !seconds)
		return -1;
	options->timeout = seconds * 1000;
	return 0;
}

static int take_fault(struct options *options, const char *value)
{
	if (!strcmp(value, "help")) {
		fault_list(stdout);
		options->done = true;
		return 0;
	}
	options->security.fault = &options->fault;
	return fault_parse(value, &options->fault);
}

static int take_text(struct security_options *security, int option, const char *value)
{
	switch (option) {
	case OPTION_USER:
		security->user = value;
		return strpbrk(value, "\n") ? -1 : 0;
	case OPTION_COMMAND:
		security->command = value;
		return 0;
	case OPTION_REMOTE_AMANDAD:
		security->remote_amandad = value;
		return 0;
	case OPTION_SSL_CERT:
		security->ssl_certificate = value;
		return 0;
	case OPTION_SSL_KEY:
		security->ssl_key = value;
		return 0;
	case OPTION_SSL_CA:
		security->ssl_ca = value;
		return 0;
	}
	return -1;
}

static int take_shared(struct options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_AUTH:
		return take_auth(options, value);
	case OPTION_PORT:
		return take_port(options, value);
	case OPTION_UDP_PORTS:
		return options_range(value, &options->security.reserved_udp);
	case OPTION_LOW_TCP_PORTS:
		return options_range(value, &options->security.reserved_tcp);
	case OPTION_TCP_PORTS:
		return options_range(value, &options->security.unreserved_tcp);
	case OPTION_TIMEOUT:
		return take_timeout(options, value);
	case OPTION_FAULT:
		return take_fault(options, value);
	case OPTION_VERBOSE:
		options->verbose = true;
		return 0;
	}
	return take_text(&options->security, option, value);
}

static const char *option_name(const struct option *all, int option)
{
	for (; all->name && all->val != option; all++)
		;
	return all->name ? all->name : "?";
}

static void join_tables(struct option *all, const struct option *own)
{
	size_t count = 0;

	while (own && own[count].name && count < OWN_MAX)
		count++;
	if (count)
		memcpy(all, own, count * sizeof(*own));
	memcpy(all + count, shared, sizeof(shared));
	memset(all + count + sizeof(shared) / sizeof(*shared), 0, sizeof(*all));
}

static int take_option(struct options *options, const struct verb_options *verb,
		       const struct option *all, int option, void *arg)
{
	if (option == '?' || option == ':') {
		fprintf(stderr, "\"amref %s --help\" tells how.\n", verb->verb);
		return -EXIT_USAGE;
	}
	if (option == OPTION_HELP) {
		options->done = true;
		return show_help(verb);
	}
	if (option < OPTION_AUTH ? verb->take(arg, option, optarg) :
				   take_shared(options, option, optarg)) {
		options_usage(verb->verb, "--%s: cannot use \"%s\"", option_name(all, option),
			      optarg ? optarg : "");
		return -EXIT_USAGE;
	}
	return 0;
}

/**
 * options_parse() - read a command line
 * @options: filled in; must stay where it is, @options->security points into it
 * @argc: of the verb; argv[0] is its name
 * @argv: likewise; reordered
 * @verb: the verb's own options
 * @arg: for @verb->take
 *
 * A single dash does for two, as in "amandad -auth=bsd".
 *
 * Return: the index of the first argument that is no option; negative where
 * there is a mistake, which has been printed (exit with EXIT_USAGE).  With
 * @options->done set there is nothing left to do (exit with EXIT_DONE).
 */
int options_parse(struct options *options, int argc, char *argv[],
		  const struct verb_options *verb, void *arg)
{
	struct option all[OWN_MAX + sizeof(shared) / sizeof(*shared) + 1];
	int option, error;

	memset(options, 0, sizeof(*options));
	options->driver = driver_find("bsdtcp");
	join_tables(all, verb->own);
	while ((option = getopt_long_only(argc, argv, "", all, NULL)) != -1) {
		error = take_option(options, verb, all, option, arg);
		if (error)
			return error;
		if (options->done)
			return optind;
	}
	if (options->driver)
		return optind;
	options_usage(verb->verb, "--auth is needed");
	return -EXIT_USAGE;
}

/**
 * options_timing() - when a request is repeated and given up
 * @options: --timeout counts for the REP, and for the ACK where it is shorter
 * @timing: filled in
 */
void options_timing(const struct options *options, struct request_timing *timing)
{
	request_timing_default(timing);
	if (!options->timeout)
		return;
	timing->rep_wait = options->timeout;
	timing->reset_tries = 0;
	if (timing->ack_wait * timing->req_tries > options->timeout)
		timing->ack_wait = options->timeout / timing->req_tries;
}

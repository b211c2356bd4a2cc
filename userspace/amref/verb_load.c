// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amref load: thousands of sessions at once.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "load.h"
#include "verb.h"

/* bind_portrange() of Amanda's common-src/amutil.c with its compiled default. */
#define FIRST_PORT	1024
#define CLIENTS_MAX	1000000
/* A day; milliseconds of it fit into an int. */
#define SECONDS_MAX	86400

enum {
	OPTION_CLIENTS = 256, OPTION_STREAMS, OPTION_SESSIONS, OPTION_RATE, OPTION_LOSS,
	OPTION_DUPLICATE, OPTION_REORDER, OPTION_SEED, OPTION_SIZE, OPTION_HOLD,
	OPTION_DURATION, OPTION_ACK_WAIT, OPTION_CONNECT_WAIT, OPTION_FROM, OPTION_TO,
	OPTION_SERVE, OPTION_FROM_NETNS, OPTION_TO_NETNS, OPTION_ROLE, OPTION_AUTH,
	OPTION_PORT, OPTION_UDP_PORTS, OPTION_TCP_PORTS, OPTION_JSON, OPTION_HELP,
};

static const struct option table[] = {
	{ "clients", required_argument, NULL, OPTION_CLIENTS },
	{ "streams", required_argument, NULL, OPTION_STREAMS },
	{ "sessions", required_argument, NULL, OPTION_SESSIONS },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "loss", required_argument, NULL, OPTION_LOSS },
	{ "duplicate", required_argument, NULL, OPTION_DUPLICATE },
	{ "reorder", required_argument, NULL, OPTION_REORDER },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "hold", required_argument, NULL, OPTION_HOLD },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "ack-wait", required_argument, NULL, OPTION_ACK_WAIT },
	{ "connect-wait", required_argument, NULL, OPTION_CONNECT_WAIT },
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "to", required_argument, NULL, OPTION_TO },
	{ "serve", required_argument, NULL, OPTION_SERVE },
	{ "from-netns", required_argument, NULL, OPTION_FROM_NETNS },
	{ "to-netns", required_argument, NULL, OPTION_TO_NETNS },
	{ "role", required_argument, NULL, OPTION_ROLE },
	{ "auth", required_argument, NULL, OPTION_AUTH },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "udp-ports", required_argument, NULL, OPTION_UDP_PORTS },
	{ "tcp-ports", required_argument, NULL, OPTION_TCP_PORTS },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 }
};

static const char help[] =
	"Usage: amref load [options]\n"
	"\n"
	"Runs thousands of initiators and targets, and tells how many sessions were\n"
	"offered, opened, connected and lost, and how long they took.\n"
	"\n"
	"  --clients N             initiators at the same time (100)\n"
	"  --streams N             streams of each session, 1 to 8 (4)\n"
	"  --sessions N            sessions in all (as many as clients)\n"
	"  --rate R                sessions each second (as soon as a client is free)\n"
	"  --hold SECONDS          how long a session stays when its streams are there (0)\n"
	"  --duration SECONDS      begin no session after that; targets alone: end then\n"
	"  --size BYTES            what each stream brings (0); k, M, G\n"
	"  --loss P                drop packets: a probability (0.01) or a share (1%)\n"
	"  --duplicate P           send packets twice\n"
	"  --reorder P             send packets behind later ones\n"
	"  --seed N                of all that is left to chance; the same again\n"
	"  --ack-wait SECONDS      until a packet is repeated (10)\n"
	"  --connect-wait SECONDS  for the streams to be there (30)\n"
	"  --from LIST             addresses of the initiators (127.0.0.1)\n"
	"  --to LIST               addresses they ask (127.0.0.1)\n"
	"  --serve LIST            addresses of the targets, if NAT makes others of them\n"
	"  --from-netns NAME, --to-netns NAME\n"
	"                          where initiators and targets live\n"
	"  --role ROLE             initiators, targets or both (both)\n"
	"  --auth AUTH             bsd, or bsdudp: one connection for all streams (bsd)\n"
	"  --port PORT             of the targets (10080)\n"
	"  --udp-ports LO-HI       source ports of the initiators (any)\n"
	"  --tcp-ports LO-HI       where targets listen for streams (1024-65535)\n"
	"  --json                  for programs\n"
	"\n"
	"LIST is ADDRESS or FIRST-LAST, or several with commas.  Targets alone run until\n"
	"SIGINT.  Exit status: 0 nothing lost, 1 something was lost or it could not run.\n";

/* What the command line says. */
struct command {
	struct load_options options;
	bool json;
	bool done;
};

static bool to_count(const char *text, uint64_t most, uint64_t *count)
{
	return !options_number(text, most, count) && *count;
}

static bool to_unsigned(const char *text, unsigned int most, unsigned int *value)
{
	uint64_t number;

	if (!to_count(text, most, &number))
		return false;
	*value = number;
	return true;
}

static bool to_real(const char *text, double *value, const char **end)
{
	char *stop;

	*value = strtod(text, &stop);
	*end = stop;
	return stop != text && *value >= 0;
}

static bool to_seconds(const char *text, unsigned int *milliseconds)
{
	const char *end;
	double value;

	if (!to_real(text, &value, &end) || *end || value > SECONDS_MAX)
		return false;
	*milliseconds = value * 1000 + 0.5;
	return true;
}

static bool to_rate(const char *text, double *rate)
{
	const char *end;

	return to_real(text, rate, &end) && !*end && *rate <= 1e9;
}

static bool to_probability(const char *text, double *probability)
{
	const char *end;

	if (!to_real(text, probability, &end))
		return false;
	if (!strcmp(end, "%"))
		*probability /= 100;
	else if (*end)
		return false;
	return *probability <= 1;
}

static bool to_addresses(const char *text, struct load_addresses *list)
{
	load_addresses_free(list);
	return load_addresses_parse(list, text);
}

static bool to_role(const char *text, struct load_options *options)
{
	bool both = !strcmp(text, "both");

	options->initiators = both || !strcmp(text, "initiators");
	options->targets = both || !strcmp(text, "targets");
	return options->initiators || options->targets;
}

static bool to_auth(const char *text, bool *in_band)
{
	*in_band = !strcmp(text, "bsdudp");
	return *in_band || !strcmp(text, "bsd");
}

static bool to_port(const char *text, uint16_t *port)
{
	uint64_t number;

	if (!to_count(text, 65535, &number))
		return false;
	*port = number;
	return true;
}

static bool take_network(struct load_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_FROM:
		return to_addresses(value, &options->from);
	case OPTION_TO:
		return to_addresses(value, &options->to);
	case OPTION_SERVE:
		return to_addresses(value, &options->serve);
	case OPTION_FROM_NETNS:
		options->from_netns = value;
		return true;
	case OPTION_TO_NETNS:
		options->to_netns = value;
		return true;
	case OPTION_PORT:
		return to_port(value, &options->port);
	case OPTION_UDP_PORTS:
		return !options_range(value, &options->udp_ports);
	case OPTION_TCP_PORTS:
		return !options_range(value, &options->tcp_ports);
	case OPTION_AUTH:
		return to_auth(value, &options->in_band);
	default:
		return to_role(value, options);
	}
}

static bool take_load(struct load_options *options, int option, const char *value)
{
	switch (option) {
	case OPTION_CLIENTS:
		return to_unsigned(value, CLIENTS_MAX, &options->clients);
	case OPTION_STREAMS:
		return to_unsigned(value, AMANDA_STREAMS_MAX, &options->streams);
	case OPTION_SESSIONS:
		return to_count(value, UINT32_MAX, &options->sessions);
	case OPTION_RATE:
		return to_rate(value, &options->rate);
	case OPTION_LOSS:
		return to_probability(value, &options->loss);
	case OPTION_DUPLICATE:
		return to_probability(value, &options->duplicate);
	case OPTION_REORDER:
		return to_probability(value, &options->reorder);
	case OPTION_SEED:
		return !options_number(value, UINT32_MAX, &options->seed);
	case OPTION_SIZE:
		return !options_size(value, &options->size);
	case OPTION_HOLD:
		return to_seconds(value, &options->hold);
	case OPTION_DURATION:
		return to_seconds(value, &options->duration);
	case OPTION_ACK_WAIT:
		return to_seconds(value, &options->ack_wait) && options->ack_wait;
	case OPTION_CONNECT_WAIT:
		return to_seconds(value, &options->connect_wait) && options->connect_wait;
	default:
		return take_network(options, option, value);
	}
}

static const char *name_of(int option)
{
	const struct option *row = table;

	while (row->val != option)
		row++;
	return row->name;
}

static int take(struct command *command, int option, const char *value)
{
	switch (option) {
	case OPTION_HELP:
		fputs(help, stdout);
		command->done = true;
		return EXIT_DONE;
	case OPTION_JSON:
		command->json = true;
		return EXIT_DONE;
	case '?':
		fputs("\"amref load --help\" tells how.\n", stderr);
		return EXIT_USAGE;
	}
	if (take_load(&command->options, option, value))
		return EXIT_DONE;
	return options_usage("load", "--%s: cannot use \"%s\"", name_of(option), value);
}

static bool same_family(const struct load_addresses *list, int family)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->address[i].any.sa_family != family)
			return false;
	return true;
}

/* What was not said, and what does not go together. */
static int complete(struct load_options *options)
{
	if (!options->from.count)
		load_addresses_parse(&options->from, "127.0.0.1");
	if (!options->to.count)
		load_addresses_parse(&options->to, "127.0.0.1");
	if (!options->serve.count && options->to.count) {
		load_addresses_free(&options->serve);
		options->serve.address = calloc(options->to.count, sizeof(*options->to.address));
		if (options->serve.address) {
			memcpy(options->serve.address, options->to.address,
			       options->to.count * sizeof(*options->to.address));
			options->serve.count = options->to.count;
		}
	}
	if (!options->from.count || !options->serve.count)
		return options_usage("load", "no memory for the addresses");
	if (options->initiators &&
	    (!same_family(&options->from, options->to.address->any.sa_family) ||
	     !same_family(&options->to, options->to.address->any.sa_family)))
		return options_usage("load", "--from and --to mix IPv4 and IPv6");
	if (options->in_band && options->size)
		return options_usage("load", "--size needs --auth bsd");
	if (!options->sessions)
		options->sessions = options->duration ? UINT32_MAX : options->clients;
	return EXIT_DONE;
}

static void defaults(struct load_options *options)
{
	uint32_t seed;

	options->initiators = true;
	options->targets = true;
	options->clients = 100;
	options->streams = 4;
	options->port = 10080;
	options->tcp_ports = (struct port_range){ FIRST_PORT, 65535 };
	options->ack_wait = 10000;
	options->connect_wait = 30000;
	options->progress = isatty(STDERR_FILENO);
	if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
		options->seed = seed;
}

static int parse(struct command *command, int argc, char *argv[])
{
	int option, code;

	defaults(&command->options);
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		code = take(command, option, optarg);
		if (code || command->done)
			return code;
	}
	if (optind < argc)
		return options_usage("load", "what is \"%s\"?", argv[optind]);
	return complete(&command->options);
}

static int run(const struct command *command)
{
	struct load_report *report = calloc(1, sizeof(*report));
	char why[256] = "out of memory";
	int code = EXIT_FAILED;

	if (report && !load_run(&command->options, report, why, sizeof(why))) {
		if (command->json)
			load_print_json(&command->options, report, stdout);
		else
			load_print_text(&command->options, report, stdout);
		code = report->lost ? EXIT_FAILED : EXIT_DONE;
	} else {
		fprintf(stderr, "amref load: %s\n", why);
	}
	free(report);
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILED : code;
}

/**
 * load_verb() - amref load
 * @argc: of the verb; argv[0] is its name
 * @argv: likewise
 *
 * Return: an enum exit_code.
 */
int load_verb(int argc, char *argv[])
{
	struct command command = { .json = false };
	int code = parse(&command, argc, argv);

	if (!code && !command.done)
		code = run(&command);
	load_addresses_free(&command.options.from);
	load_addresses_free(&command.options.to);
	load_addresses_free(&command.options.serve);
	return code;
}

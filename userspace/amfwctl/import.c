// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl import: the site file, out of Amanda's own configuration.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/verb.h"
#include "import/write.h"

/* Amanda takes half a minute to read a disklist of 10,000 lines. */
#define DEFAULT_SECONDS	300

enum {
	OPTION_GATEWAY = 256,
	OPTION_NO_RESOLVE,
	OPTION_TIMEOUT,
};

static const struct option options[] = {
	{ "gateway", required_argument, NULL, OPTION_GATEWAY },
	{ "no-resolve", no_argument, NULL, OPTION_NO_RESOLVE },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/**
 * struct request - what the arguments ask for
 * @gateways: told of by --gateway
 * @finding: how the machines are found
 * @seconds: that Amanda has to answer
 * @config: which configuration
 */
struct request {
	struct gateway *gateways;
	struct finding finding;
	unsigned int seconds;
	const char *config;
};

static int usage(void)
{
	printf("Usage: amfwctl import [options] CONFIG > SITE\n\n"
	       "Writes the site file of an Amanda configuration, as Amanda itself tells it.\n"
	       "Runs on the Amanda server, as root or as Amanda's user.\n\n"
	       "      --gateway NAME=ADDRESS/LENGTH,ADDRESS/LENGTH[:masquerade=ADDRESS]\n"
	       "                       a gateway, of which Amanda does not know; may be repeated\n"
	       "      --no-resolve     ask for no addresses: they are to be filled in by hand\n"
	       "      --timeout SECONDS\n"
	       "                       how long Amanda may take to answer; default: %u\n"
	       "  -h, --help           this text\n\n"
	       "CONFIG is the name of a configuration, or its folder, with a / in it.\n",
	       DEFAULT_SECONDS);
	return output_done();
}

static int add_gateway(struct request *request, const char *text)
{
	size_t count = request->finding.gateway_count, i;
	struct gateway *grown = reallocarray(request->gateways, count + 1, sizeof(*grown));
	int err;

	if (!grown)
		return EXIT_FAILED;
	request->gateways = grown;
	request->finding.gateways = grown;
	request->finding.gateway_count = count + 1;
	err = gateway_spec_read(&grown[count], text, stderr);
	for (i = 0; !err && i < count; i++)
		if (!strcasecmp(grown[i].name, grown[count].name)) {
			fprintf(stderr, "amfwctl: --gateway %s is given twice\n", grown[i].name);
			err = -EINVAL;
		}
	return !err ? EXIT_DONE : err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static int read_options(struct request *request, int argc, char *argv[], bool *help)
{
	int option, code = EXIT_DONE;

	while (!code && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case OPTION_GATEWAY:
			code = add_gateway(request, optarg);
			break;
		case OPTION_NO_RESOLVE:
			request->finding.resolve = false;
			break;
		case OPTION_TIMEOUT:
			code = seconds_read(optarg, &request->seconds) ? EXIT_DONE : EXIT_USAGE;
			break;
		case 'h':
			*help = true;
			return EXIT_DONE;
		default:
			return usage_error("import");
		}
	}
	return code;
}

/* Amanda would take "-o..." for an option. */
static int read_config(struct request *request, int argc, char *argv[])
{
	if (argc != 1 || !*argv[0] || *argv[0] == '-') {
		fputs("amfwctl: import takes the name of one configuration\n", stderr);
		return usage_error("import");
	}
	request->config = argv[0];
	return EXIT_DONE;
}

static unsigned int blanks(const struct machines *machines)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < machines->count; i++)
		count += machines->list[i].blank;
	return count;
}

/* A site file that cannot be read would be found out by the next command. */
static int check_text(char *text, size_t size, const char *config)
{
	FILE *input = fmemopen(text, size, "re");
	struct site site;
	int err;

	if (!input)
		return -errno;
	err = site_read(&site, input, "<site file>", stderr);
	site_free(&site);
	fclose(input);
	if (err == -EINVAL)
		fprintf(stderr, "amfwctl: the site file of %s needs correction by hand\n", config);
	return err == -EINVAL ? 0 : err;
}

static int put_out(const struct report *report)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	int err;

	if (!out)
		return -ENOMEM;
	site_write(report, out);
	err = fclose(out) ? -ENOMEM : 0;
	for (i = 0; !err && i < report->advice->count; i++)
		fprintf(stderr, "amfwctl: Warning: %s\n", report->advice->text[i]);
	if (!err && blanks(report->machines))
		fprintf(stderr, "amfwctl: %u addresses are to be filled in\n",
			blanks(report->machines));
	else if (!err)
		err = check_text(text, size, report->config);
	if (!err)
		fwrite(text, 1, size, stdout);
	free(text);
	return err;
}

static int report_all(const struct request *request, const struct amanda *amanda)
{
	struct advice advice = { NULL, 0, false };
	struct machines machines;
	struct report report = { request->config, amanda, &machines, &advice };
	int err = machines_find(&machines, amanda, &request->finding);

	if (!err) {
		advise_machines(&advice, amanda, &machines);
		advise_ports(&advice, amanda, &machines);
		advise_waits(&advice, amanda, &machines);
		err = advice.failed ? -ENOMEM : put_out(&report);
	}
	if (err)
		fprintf(stderr, "amfwctl: %s\n", strerror(-err));
	advice_free(&advice);
	machines_free(&machines);
	return err ? EXIT_FAILED : output_done();
}

static int ask(const struct request *request, struct amanda *amanda)
{
	bool terminal = isatty(STDERR_FILENO);
	int err;

	if (terminal)
		fputs("asking Amanda ...", stderr);
	err = amanda_ask(amanda, request->config, request->seconds, stderr);
	if (terminal)
		fputs("\r\033[K", stderr);
	return err;
}

static int import(const struct request *request)
{
	struct amanda amanda;
	int err = ask(request, &amanda);
	int code = err == -EINVAL ? EXIT_USAGE : EXIT_FAILED;

	if (err == -ENOMEM)
		fprintf(stderr, "amfwctl: %s\n", strerror(ENOMEM));
	if (!err && !amanda.disklist.count) {
		fprintf(stderr, "amfwctl: the disklist of %s names no host\n", request->config);
		code = EXIT_USAGE;
	} else if (!err) {
		code = report_all(request, &amanda);
	}
	amanda_free(&amanda);
	return code;
}

/**
 * import_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code.
 */
int import_verb(int argc, char *argv[])
{
	struct request request = { .finding.resolve = true, .seconds = DEFAULT_SECONDS };
	bool help = false;
	int code = read_options(&request, argc, argv, &help);
	size_t i;

	if (help)
		code = usage();
	else if (!code)
		code = read_config(&request, argc - optind, argv + optind);
	if (!help && !code)
		code = import(&request);
	for (i = 0; i < request.finding.gateway_count; i++)
		gateway_spec_free(&request.gateways[i]);
	free(request.gateways);
	return code;
}

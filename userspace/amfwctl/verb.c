// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the verbs have in common.
 */
#include "amfwctl/verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * usage_error() - point at the help of a verb
 * @verb: which
 *
 * Return: the exit code.
 */
int usage_error(const char *verb)
{
	fprintf(stderr, "Try \"amfwctl %s --help\".\n", verb);
	return EXIT_USAGE;
}

static int input_failed(const char *path, int err)
{
	if (err == -EINVAL)	/* the complaint has been printed */
		return EXIT_USAGE;
	if (err == -E2BIG)
		fprintf(stderr, "amfwctl: %s: too many gateways between two hosts\n", path);
	else
		fprintf(stderr, "amfwctl: %s: %s\n", path, strerror(-err));
	return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

static int site_open(struct site *site, const char *path)
{
	FILE *file;
	int err;

	if (!strcmp(path, "-"))
		return site_read(site, stdin, "<stdin>", stderr);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	err = site_read(site, file, path, stderr);
	fclose(file);
	return err;
}

/**
 * input_open() - read the site file that the arguments name
 * @input: to fill; input_close() it whatever is returned
 * @argc: arguments that are left
 * @argv: they: one site file, or "-"
 * @verb: for whom, to point at its help
 *
 * Return: an enum exit_code.
 */
int input_open(struct input *input, int argc, char *argv[], const char *verb)
{
	int err;

	memset(input, 0, sizeof(*input));
	if (argc != 1) {
		fprintf(stderr, "amfwctl: %s takes one site file, or - for standard input\n",
			verb);
		return usage_error(verb);
	}
	err = site_open(&input->site, argv[0]);
	if (!err)
		err = flows_expand(&input->flows, &input->site);
	return err ? input_failed(argv[0], err) : EXIT_DONE;
}

/**
 * input_close() - give the memory back
 * @input: the input
 */
void input_close(struct input *input)
{
	flows_free(&input->flows);
	site_free(&input->site);
}

/**
 * input_list_hosts() - tell which hosts there are, on standard error
 * @input: the input
 */
void input_list_hosts(const struct input *input)
{
	size_t i;

	fputs("The site has", stderr);
	for (i = 0; i < input->site.host_count && i < 20; i++)
		fprintf(stderr, " %s", input->site.hosts[i].name);
	if (i < input->site.host_count)
		fprintf(stderr, " and %zu more", input->site.host_count - i);
	fputs(".\n", stderr);
}

/**
 * input_host() - find a host by the name given with --host
 * @input: the input
 * @name: the name
 *
 * Return: the host; or NULL, with a complaint.
 */
const struct host *input_host(const struct input *input, const char *name)
{
	const struct host *host = site_host(&input->site, name);

	if (host)
		return host;
	fprintf(stderr, "amfwctl: no host \"%s\" in this site\n", name);
	input_list_hosts(input);
	return NULL;
}

/**
 * input_gateway() - the host meant where none is named
 * @input: the input
 *
 * Return: the gateway, if the site has exactly one; otherwise NULL.
 */
const struct host *input_gateway(const struct input *input)
{
	const struct site *site = &input->site;
	const struct host *found = NULL;
	size_t i;

	for (i = 0; i < site->host_count; i++) {
		if (!(site->hosts[i].roles & ROLE_GATEWAY))
			continue;
		if (found)
			return NULL;
		found = &site->hosts[i];
	}
	return found;
}

/**
 * output_done() - has everything been written?
 *
 * Return: an enum exit_code.
 */
int output_done(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	fprintf(stderr, "amfwctl: writing: %s\n", strerror(errno));
	return EXIT_FAILED;
}

/**
 * seconds_read() - what --timeout is given
 * @text: it
 * @seconds: receives it
 *
 * Return: false after a message.
 */
bool seconds_read(const char *text, unsigned int *seconds)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !number || number > 86400) {
		fputs("amfwctl: --timeout takes seconds, from 1 to 86400\n", stderr);
		return false;
	}
	*seconds = (unsigned int)number;
	return true;
}

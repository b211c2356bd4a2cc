// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amfwctl doctor: is the helper there, which one is it, what has it done?
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "amfwctl/verb.h"
#include "monitor/counters.h"

#define NAT_MODULE	"/sys/module/nf_nat_amanda"
#define EXPECT_MAX	"/proc/sys/net/netfilter/nf_conntrack_expect_max"

static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int usage(void)
{
	puts("Usage: amfwctl doctor\n\n"
	     "Tells which helper this kernel has, and what it counted in this network\n"
	     "namespace.\n\n"
	     "  -h, --help           this text");
	return output_done();
}

/* Prints the lines of a file, each behind @indent; false where there is none. */
static bool show_file(const char *path, const char *indent)
{
	char line[256];
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		printf("%s%s", indent, line);
	fclose(file);
	return true;
}

static void show_parameter(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), HELPER_MODULE "/parameters/%s", name);
	if (access(path, R_OK))
		return;
	printf("  %s: ", name);
	show_file(path, "");
}

static void show_parameters(void)
{
	static const char *const names[] = { "master_timeout", "min_port", "ports", "helper_name" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		show_parameter(names[i]);
}

static void show_counters(const struct counters *counters)
{
	size_t i;

	for (i = 0; i < counters->count; i++)
		printf("  %s %" PRIu64 "\n", counters->list[i].name, counters->list[i].value);
}

static int examine(void)
{
	struct counters counters;
	bool ours = counters_read(&counters), loaded = helper_is_loaded();

	printf("helper: %s\n", ours ? "of this project" :
	       loaded ? "the kernel's own: no recovery, no \"index no\", unsafe replies" :
	       "not loaded (modprobe nf_conntrack_amanda)");
	show_parameters();
	printf("translation: %s\n", !access(NAT_MODULE, F_OK) ? "loaded" : "not loaded");
	if (ours) {
		puts("counters:");
		show_counters(&counters);
	}
	if (!access(EXPECT_MAX, R_OK)) {
		fputs("expectations at most: ", stdout);
		show_file(EXPECT_MAX, "");
	}
	if (output_done())
		return EXIT_FAILED;
	return ours ? EXIT_DONE : EXIT_BLOCKED;
}

/**
 * doctor_verb() - the verb
 * @argc: arguments, the verb's name included
 * @argv: they
 *
 * Return: an enum exit_code; EXIT_BLOCKED without this project's helper.
 */
int doctor_verb(int argc, char *argv[])
{
	int option = getopt_long(argc, argv, "h", options, NULL);

	if (option == 'h')
		return usage();
	if (option != -1 || optind != argc) {
		if (option == -1)
			fputs("amfwctl: doctor takes no site file\n", stderr);
		return usage_error("doctor");
	}
	return examine();
}

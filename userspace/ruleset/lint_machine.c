// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the running kernel has beside its rules.
 */
#include <stdio.h>
#include <unistd.h>

#include "ruleset/lint.h"

static enum known is_there(const char *path)
{
	return access(path, F_OK) ? KNOWN_NO : KNOWN_YES;
}

static unsigned long number_in(const char *path)
{
	unsigned long number = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

/* The kernel lists tables of x_tables there once somebody has asked for one. */
static bool has_line(const char *path)
{
	FILE *file = fopen(path, "re");
	bool some = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	return some;
}

/* A module that was loaded has a state; one that is part of the kernel has none. */
static enum known is_built_in(void)
{
	if (is_there("/sys/module/nf_conntrack_amanda") == KNOWN_NO)
		return KNOWN_NOT;
	return is_there("/sys/module/nf_conntrack_amanda/initstate") == KNOWN_NO ? KNOWN_YES :
										   KNOWN_NO;
}

/**
 * machine_here() - this machine
 *
 * Return: what is known of it.
 */
struct machine machine_here(void)
{
	enum known built_in = is_built_in();

	/* A part of the kernel that has no parameter is not to be seen. */
	return (struct machine) {
		.helper_built_in = built_in,
		.nat_module = built_in == KNOWN_YES ? KNOWN_NOT :
			is_there("/sys/module/nf_nat_amanda"),
		.ours = is_there("/proc/net/nf_conntrack_amanda"),
		.expect_max = number_in("/proc/sys/net/netfilter/nf_conntrack_expect_max"),
		.legacy = {
			[VERSION_4] = has_line("/proc/net/ip_tables_names"),
			[VERSION_6] = has_line("/proc/net/ip6_tables_names"),
		},
	};
}

/**
 * machine_unknown() - some machine
 *
 * Return: nothing is known of it.
 */
struct machine machine_unknown(void)
{
	return (struct machine) { 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this project's helper counts, in this network namespace.
 */
#ifndef MONITOR_COUNTERS_H
#define MONITOR_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Written by this project's module only, so its presence tells it from the stock one. */
#define COUNTERS_PATH	"/proc/net/nf_conntrack_amanda"
/* A helper that is built in has parameters, too, and so this folder. */
#define HELPER_MODULE	"/sys/module/nf_conntrack_amanda"
/* Names of refusals begin so. */
#define REFUSED		"refused-"

#define COUNTERS_MOST	64

/**
 * struct counter - one of them
 * @name: such as streams-opened
 * @value: since the module was loaded
 */
struct counter {
	char name[40];
	uint64_t value;
};

/**
 * struct counters - all of them
 * @count: entries of @list
 * @list: in the order of the helper
 */
struct counters {
	size_t count;
	struct counter list[COUNTERS_MOST];
};

bool counters_read(struct counters *counters);
uint64_t counters_find(const struct counters *counters, const char *name);
bool helper_is_loaded(void);

#endif /* MONITOR_COUNTERS_H */

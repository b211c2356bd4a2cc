// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes allocations of the kernel fail; see Documentation/fault-injection of
 * the kernel's source.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/lib/faults.h"
#include "selftests/lib/lab.h"
#include "selftests/lib/report.h"

#define FAILSLAB "/sys/kernel/debug/failslab/"
#define NTH "/proc/thread-self/fail-nth"

static unsigned int object_size;
static int nth_fd;

/** faults_offered() - was this kernel built for it? */
bool faults_offered(void)
{
	return !access(FAILSLAB "cache-filter", W_OK) && !access(NTH, W_OK);
}

static unsigned int cache_says(const char *cache, const char *file)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, file);
	if (!read_line(path, text, sizeof(text)))
		die("%s cannot be read", path);
	return (unsigned int)strtoul(text, NULL, 10);
}

/**
 * faults_of_cache() - let only allocations of one kind fail
 * @cache: the name of a slab cache, for which the kernel was started with
 *	slub_debug=A,CACHE; NULL: all kinds, but none without faults_nth()
 */
void faults_of_cache(const char *cache)
{
	write_line(FAILSLAB "times", "0");
	write_line(FAILSLAB "verbose", "0");
	write_line(FAILSLAB "ignore-gfp-wait", "N");
	write_line(FAILSLAB "cache-filter", cache ? "Y" : "N");
	write_line(FAILSLAB "probability", "100");
	if (!cache)
		return;
	if (!cache_says(cache, "failslab"))
		die("the kernel was started without slub_debug=A,%s", cache);
	object_size = cache_says(cache, "object_size");
}

/**
 * faults_arm() - let one allocation fail, whoever makes it
 * @passes: so many succeed before it
 */
void faults_arm(unsigned int passes)
{
	write_line(FAILSLAB "space", "%u", passes * object_size + 1);
	write_line(FAILSLAB "times", "1");
}

/** faults_disarm() - let all succeed */
void faults_disarm(void)
{
	write_line(FAILSLAB "times", "0");
}

/*
 * To open a file takes allocations, so this one stays open while they count.
 */
static void nth_write(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(nth_fd, text, (size_t)length, 0) != length)
		die(NTH ": %s", strerror(errno));
}

/** faults_nth() - let the nth allocation from here fail, counted in this thread */
void faults_nth(unsigned int nth)
{
	nth_fd = open(NTH, O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		die(NTH ": %s", strerror(errno));
	nth_write(nth);
}

/** faults_left() - how many were still to come; 0: the nth has failed.  Ends it. */
unsigned int faults_left(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		die(NTH ": %s", strerror(errno));
	nth_write(0);
	close(nth_fd);
	return (unsigned int)strtoul(text, NULL, 10);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One test: an experiment that says what it saw, beside what is right.
 *
 * An experiment never judges.  It calls saw() with what happened, and the
 * words are compared with those of the table: with @right when the helper
 * under test is ours, with @stock when it is the kernel's own and the point is
 * to show where that one fails.  So the same run makes both columns of the
 * table of defects, and no test can pass without having seen something.
 */
#ifndef SELFTESTS_REPORT_H
#define SELFTESTS_REPORT_H

#include <stddef.h>

enum helper {
	HELPER_OURS,
	HELPER_STOCK,
	HELPER_NONE,	/* none attached: shows that the tests can fail */
};

/* The test changes what all namespaces share: only in a virtual machine. */
#define TEST_ALONE	1

/**
 * struct test - a line of the table
 * @name: without spaces
 * @what: what it is about, in a few words
 * @run: the experiment, in a process of its own
 * @type: the type of the packet that it sends, for experiments that share @run
 * @body: and its body
 * @right: what must be seen
 * @stock: what the kernel's own helper shows; NULL: not asked of it
 * @flags: TEST_*
 */
struct test {
	const char *name;
	const char *what;
	void (*run)(const struct test *test);
	const char *type;
	const char *body;
	const char *right;
	const char *stock;
	unsigned int flags;
};

int tests_main(int argc, char **argv, const char *prefix, const struct test *tests,
	       size_t count);
enum helper tests_helper(void);

void saw(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* SELFTESTS_REPORT_H */

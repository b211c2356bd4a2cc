/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main() of a test program.  Most have one case:
 *
 *	static void add_tests(struct TCase *tests)
 *	{
 *		tcase_add_test(tests, what_must_hold);
 *	}
 *
 *	int main(void)
 *	{
 *		return suite_main("thing", add_tests);
 *	}
 *
 * Where some tests need another fixture than others, make a Suite of several cases
 * and return suite_run(suite).
 */
#ifndef UNIT_SUITE_H
#define UNIT_SUITE_H

#include <check.h>

int suite_main(const char *name, void (*add)(struct TCase *tests));
int suite_run(Suite *suite);

#endif /* UNIT_SUITE_H */

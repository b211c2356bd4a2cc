// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "selftests/unit/lib/suite.h"

/**
 * suite_run() - run the tests of a program
 * @suite: with its cases; freed
 *
 * The environment says what is printed and where a log goes: scripts/check reads it.
 *
 * Return: the exit status.
 */
int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/**
 * suite_main() - make a suite of one case, and run it
 * @name: of both
 * @add: adds the tests, and what else the case needs
 *
 * Return: the exit status.
 */
int suite_main(const char *name, void (*add)(struct TCase *tests))
{
	Suite *suite = suite_create(name);
	TCase *tests = tcase_create(name);

	add(tests);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a table of tests, each in a process of its own: what a test opens, the
 * namespaces included, goes with its process, and one that crashes or hangs
 * costs only its own line.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftests/lib/report.h"

#define SAW_MAX		1024
#define JOBS_MAX	16
#define TEST_SECONDS	120

enum outcome { DONE = 0, COULD_NOT = 1, SKIPPED = 77 };

struct job {
	const struct test *test;
	char *seen;
	pid_t pid;
};

struct run {
	const char *prefix;
	enum helper helper;
	bool alone;
	unsigned int jobs;
	unsigned int failed;
	unsigned int skipped;
	unsigned int passed;
};

static const char *const helper_names[] = {
	[HELPER_OURS] = "ours",
	[HELPER_STOCK] = "stock",
	[HELPER_NONE] = "none",
};

static enum helper under_test = HELPER_OURS;
static char *seen;		/* shared with the parent */

/** tests_helper() - whose helper the running test meets */
enum helper tests_helper(void)
{
	return under_test;
}

static void append(const char *between, const char *format, va_list list)
{
	size_t used = strlen(seen);

	if (used)
		used += (size_t)snprintf(seen + used, SAW_MAX - used, "%s", between);
	if (used < SAW_MAX)
		vsnprintf(seen + used, SAW_MAX - used, format, list);
}

/** saw() - record something that happened */
void saw(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	append(", ", format, list);
	va_end(list);
}

/** die() - the experiment could not be made; ends the test */
void die(const char *format, ...)
{
	va_list list;

	seen[0] = '\0';
	va_start(list, format);
	append("", format, list);
	va_end(list);
	_exit(COULD_NOT);
}

/** skip() - this machine has not what the experiment needs; ends the test */
void skip(const char *format, ...)
{
	va_list list;

	seen[0] = '\0';
	va_start(list, format);
	append("", format, list);
	va_end(list);
	_exit(SKIPPED);
}

static void start(struct job *job, const struct test *test)
{
	job->test = test;
	job->seen[0] = '\0';
	fflush(stdout);
	job->pid = fork();
	if (job->pid < 0) {
		perror("fork");
		exit(1);
	}
	if (job->pid)
		return;
	seen = job->seen;
	alarm(TEST_SECONDS);
	test->run(test);
	_exit(DONE);
}

static const char *ending(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "could not run: signal %d%s", WTERMSIG(status),
			 WTERMSIG(status) == SIGALRM ? " (took too long)" : "");
	else
		snprintf(text, size, "could not run: ");
	return text;
}

/* One line for each test, whatever libraries say. */
static void join_lines(char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			*text = ' ';
}

static void judge(struct run *run, const struct job *job, int status)
{
	const struct test *test = job->test;
	bool stock = run->helper == HELPER_STOCK;
	const char *wanted = stock ? test->stock : test->right;
	const char *name = helper_names[run->helper];
	char text[64];

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		printf("skip %s%s/%s - %s\n", run->prefix, test->name, name, job->seen);
		run->skipped++;
	} else if (status) {
		printf("not ok %s%s/%s - %s%s\n", run->prefix, test->name, name,
		       ending(status, text, sizeof(text)), job->seen);
		run->failed++;
	} else if (strcmp(job->seen, wanted)) {
		printf("not ok %s%s/%s - saw: %s; wanted: %s\n", run->prefix,
		       test->name, name, job->seen, wanted);
		run->failed++;
	} else {
		printf("ok %s%s/%s - %s%s\n", run->prefix, test->name, name,
		       stock && strcmp(wanted, test->right) ? "shows: " : "", job->seen);
		run->passed++;
	}
}

static void finish(struct run *run, const struct job *job)
{
	int status;

	if (waitpid(job->pid, &status, 0) != job->pid) {
		perror("waitpid");
		exit(1);
	}
	join_lines(job->seen);
	judge(run, job, status);
}

/* Results come out in the order of the table, whatever ends first. */
static void run_all(struct run *run, const struct test *const *list, size_t count)
{
	static struct job jobs[JOBS_MAX];
	size_t first = 0, next = 0, i;

	for (i = 0; i < JOBS_MAX; i++) {
		jobs[i].seen = mmap(NULL, SAW_MAX, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (jobs[i].seen == MAP_FAILED) {
			perror("mmap");
			exit(1);
		}
	}
	while (first < count) {
		bool alone = next < count && list[next]->flags & TEST_ALONE;
		bool room = next - first < (alone ? 1 : run->jobs);

		/* Nothing runs beside a test that must be alone. */
		if (next > first && list[next - 1]->flags & TEST_ALONE)
			room = false;
		if (next < count && room) {
			start(&jobs[next % JOBS_MAX], list[next]);
			next++;
		} else {
			finish(run, &jobs[first % JOBS_MAX]);
			first++;
		}
	}
}

static bool chosen(const struct test *test, char **names, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(test->name, names[i]))
			return true;
	return !count;
}

static void list_tests(const struct test *tests, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		printf("%s\t%s\n", tests[i].name, tests[i].what);
}

static size_t choose(struct run *run, const struct test *tests, size_t count,
		     const struct test **list, char **names, int named)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		if (!chosen(&tests[i], names, named))
			continue;
		if (run->helper == HELPER_STOCK && !tests[i].stock)
			continue;
		if (tests[i].flags & TEST_ALONE && !run->alone) {
			printf("skip %s%s/%s - changes the whole machine: needs --alone\n",
			       run->prefix, tests[i].name, helper_names[run->helper]);
			run->skipped++;
			continue;
		}
		list[n++] = &tests[i];
	}
	return n;
}

static int usage(const char *program, int status)
{
	fprintf(status ? stderr : stdout,
		"usage: %s [--helper ours|stock|none] [--alone] [--jobs N] [--list] [NAME...]\n"
		"  --helper  whose helper is loaded here: judge ours, or show what stock does\n"
		"  --alone   the machine is there for these tests only (default in scripts/vm): also\n"
		"            run those that load modules and set global values\n"
		"  --jobs    tests at one time\n"
		"  --list    names and what they are about\n", program);
	return status;
}

static int helper_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(helper_names) / sizeof(*helper_names); i++)
		if (!strcmp(name, helper_names[i]))
			return (int)i;
	return -1;
}

static const struct option options[] = {
	{ "helper", required_argument, NULL, 'H' },
	{ "alone", no_argument, NULL, 'a' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "list", no_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int parse(struct run *run, int argc, char **argv, bool *list)
{
	int option, helper;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'H':
			helper = helper_by_name(optarg);
			if (helper < 0)
				return usage(argv[0], 2);
			run->helper = (enum helper)helper;
			break;
		case 'a':
			run->alone = true;
			break;
		case 'j':
			run->jobs = (unsigned int)strtoul(optarg, NULL, 10);
			if (!run->jobs || run->jobs > JOBS_MAX)
				return usage(argv[0], 2);
			break;
		case 'l':
			*list = true;
			break;
		case 'h':
			exit(usage(argv[0], 0));
		default:
			return usage(argv[0], 2);
		}
	}
	return 0;
}

static int verdict(const struct run *run)
{
	const char *ci = getenv("CI");

	if (run->failed || (run->skipped && ci && !strcmp(ci, "true")))
		return 1;
	return run->passed ? 0 : 77;
}

/**
 * tests_main() - the main function of a program of tests
 * @argc: as main has it
 * @argv: likewise
 * @prefix: put before the names in what is printed
 * @tests: the table
 * @count: its length
 *
 * Return: the exit status.
 */
int tests_main(int argc, char **argv, const char *prefix, const struct test *tests,
	       size_t count)
{
	const struct test *list[count];
	struct run run = {
		.prefix = prefix,
		.helper = HELPER_OURS,
		.jobs = 8,
		.alone = getenv("AMFW_VM"),	/* set by scripts/vm */
	};
	bool only_list = false;

	if (parse(&run, argc, argv, &only_list))
		return 2;
	if (only_list) {
		list_tests(tests, count);
		return 0;
	}
	if (geteuid()) {
		printf("skip %s - makes network namespaces: needs root\n", argv[0]);
		return 77;
	}
	under_test = run.helper;
	count = choose(&run, tests, count, list, argv + optind, argc - optind);
	run_all(&run, list, count);
	return verdict(&run);
}

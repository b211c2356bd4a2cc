// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process that reads captures: what it still can do, and what it cannot.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "selftests/unit/capture_made.h"
#include "selftests/unit/capture_packed.h"
#include "selftests/unit/lib/suite.h"

static struct made file, frame, packed;

/* Three packets. */
static void make_three(void)
{
	int i;

	frame.length = 0;
	made_amanda(&frame, 4);
	made_begin(&file, 101);
	for (i = 1; i <= 3; i++)
		made_record(&file, i * SECOND, &frame);
}

/* In a child that is confined: what it does, and how it ends. */
static int confined(int (*what)(struct capture *capture))
{
	char *name = made_file(file.bytes, file.length);
	int status;
	pid_t child = fork();

	if (!child) {
		struct capture *capture = capture_open(&name, 1, stderr);

		if (capture_confine(capture, stderr) || capture_begin(capture, stderr))
			_exit(101);
		_exit(what(capture));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	made_file_end(name);
	return status;
}

static int reads(struct capture *capture)
{
	struct packet packet;
	int count = 0;

	while (capture_next(capture, &packet))
		count++;
	capture_close(capture);
	return count;
}

static int is_root(struct capture *capture)
{
	(void)capture;
	return getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0;
}

static int has_groups(struct capture *capture)
{
	(void)capture;
	return getgroups(0, NULL);
}

static int is_1234(struct capture *capture)
{
	(void)capture;
	return getuid() == 1234 && geteuid() == 1234 && getgid() == 2345 && getegid() == 2345;
}

static int cannot_open(struct capture *capture)
{
	(void)capture;
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES;
}

static int opens_socket(struct capture *capture)
{
	(void)capture;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static int forks(struct capture *capture)
{
	(void)capture;
	return fork() >= 0;
}

static int maps_code(struct capture *capture)
{
	(void)capture;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static void assert_exits(int status, int code)
{
	ck_assert_msg(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
}

static void assert_killed(int status)
{
	ck_assert_msg(WIFSIGNALED(status), "exit status %d", WEXITSTATUS(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}

START_TEST(reads_confined)
{
	size_t i;

	make_three();
	assert_exits(confined(reads), 3);
	for (i = 0; i < PACKERS; i++) {
		make_three();
		made_pack(&packed, &packers[i], file.bytes, file.length);
		file = packed;
		assert_exits(confined(reads), 3);
	}
}
END_TEST

START_TEST(can_do_nothing_else)
{
	make_three();
	if (getuid() == 0) {
		ck_assert_int_eq(setgroups(2, (gid_t []) { 4, 6 }), 0);
		assert_exits(confined(is_root), 0);
		assert_exits(confined(has_groups), 0);
	}
	assert_exits(confined(cannot_open), 1);
	assert_killed(confined(opens_socket));
	assert_killed(confined(forks));
	assert_killed(confined(maps_code));
}
END_TEST

START_TEST(becomes_who_called_sudo)
{
	if (getuid())
		return;
	make_three();
	setenv("SUDO_UID", "1234", 1);
	setenv("SUDO_GID", "2345", 1);
	assert_exits(confined(is_1234), 1);
	/* Root that called sudo, and what is no number. */
	setenv("SUDO_UID", "0", 1);
	assert_exits(confined(is_root), 0);
	setenv("SUDO_UID", "-1", 1);
	assert_exits(confined(is_root), 0);
}
END_TEST

START_TEST(not_while_it_is_read)
{
	char text[200] = "", *name;
	FILE *errors = fmemopen(text, sizeof(text), "w");
	struct capture *capture;

	make_three();
	name = made_file(file.bytes, file.length);
	capture = capture_open(&name, 1, errors);
	ck_assert_int_eq(capture_begin(capture, errors), 0);
	ck_assert_int_eq(capture_confine(capture, errors), -EBUSY);
	capture_close(capture);
	fclose(errors);
	made_file_end(name);
	ck_assert_str_eq(text, "Error: the capture is being read already\n");
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_test(tests, reads_confined);
	tcase_add_test(tests, can_do_nothing_else);
	tcase_add_test(tests, becomes_who_called_sudo);
	tcase_add_test(tests, not_while_it_is_read);
}

int main(void)
{
	return suite_main("capture_confine", add_tests);
}

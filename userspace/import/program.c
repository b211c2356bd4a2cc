// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other programs, run side by side and without a shell.
 */
#include "import/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* 100,000 disks take 250 MB of "amadmin disklist". */
#define SAID_MAX	((size_t)1 << 30)
/* Where Amanda's programs are, which few users have in their path. */
#define MORE_PATH	"/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/bin"

/**
 * account_find() - look a user up
 * @account: to fill; account_free() it whatever is returned
 * @name: of the user
 *
 * Return: 0; -ENOENT where there is none of this name; or -ENOMEM.
 */
int account_find(struct account *account, const char *name)
{
	struct passwd *user = getpwnam(name);

	memset(account, 0, sizeof(*account));
	if (!user)
		return -ENOENT;
	account->user = user->pw_uid;
	account->group = user->pw_gid;
	account->name = strdup(user->pw_name);
	account->home = strdup(user->pw_dir);
	getgrouplist(name, user->pw_gid, NULL, &account->group_count);
	account->groups = calloc((size_t)account->group_count + 1, sizeof(gid_t));
	if (!account->name || !account->home || !account->groups)
		return -ENOMEM;
	return getgrouplist(name, account->group, account->groups, &account->group_count) < 0 ?
		-ENOMEM : 0;
}

/**
 * account_free() - give the memory back
 * @account: the account
 */
void account_free(struct account *account)
{
	free(account->name);
	free(account->home);
	free(account->groups);
	memset(account, 0, sizeof(*account));
}

static const char *search_path(void)
{
	static char path[4096];
	const char *own = getenv("PATH");

	if (!path[0])
		snprintf(path, sizeof(path), "%s%s%s", own ? own : "", own && *own ? ":" : "",
			 MORE_PATH);
	return path;
}

/* The first folder of the path that has it; relative folders are passed over. */
static bool find_program(const char *name, char *file, size_t size)
{
	const char *folder = search_path(), *end;

	for (; *folder; folder = end + (*end == ':')) {
		end = folder + strcspn(folder, ":");
		if (*folder != '/' || (size_t)(end - folder) + strlen(name) + 2 > size)
			continue;
		sprintf(file, "%.*s/%s", (int)(end - folder), folder, name);
		if (!access(file, X_OK))
			return true;
	}
	return false;
}

static bool become(const struct account *account)
{
	return !setgroups((size_t)account->group_count, account->groups) &&
	       !setresgid(account->group, account->group, account->group) &&
	       !setresuid(account->user, account->user, account->user);
}

/* Amanda's words are read here, so they shall be the untranslated ones. */
static void set_environment(const struct account *account)
{
	clearenv();
	setenv("PATH", search_path(), 1);
	setenv("LC_ALL", "C", 1);
	if (!account)
		return;
	setenv("HOME", account->home, 1);
	setenv("USER", account->name, 1);
	setenv("LOGNAME", account->name, 1);
}

static void child(const char *file, const struct program *program, const struct runner *runner,
		  const int out[2], const int err[2], int failure)
	__attribute__((__noreturn__));

/* The child's side of fork(): tells through @failure why it cannot go on. */
static void child(const char *file, const struct program *program, const struct runner *runner,
		  const int out[2], const int err[2], int failure)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), why;

	/* A group of its own, so that all of it can be killed. */
	setpgid(0, 0);
	if (nothing >= 0 && dup2(nothing, 0) == 0 && dup2(out[1], 1) == 1 &&
	    dup2(err[1], 2) == 2 && (!runner->as || become(runner->as)) &&
	    !chdir(runner->folder ? runner->folder : "/")) {
		/* Behind the change of user, which forgets it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_environment(runner->as);
		execv(file, (char *const *)program->argv);
	}
	why = errno;
	if (write(failure, &why, sizeof(why)) != sizeof(why))
		_exit(126);
	_exit(127);
}

/**
 * struct job - a program while it runs
 * @pid: its process; 0 for none
 * @fds: the reading ends of its two outputs; -1 once closed
 */
struct job {
	pid_t pid;
	int fds[2];
};

static void close_pair(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* Waits until the child is another program, or for its reason not to be. */
static int started(int failure)
{
	int why = 0;

	return read(failure, &why, sizeof(why)) == sizeof(why) ? why : 0;
}

static int start_child(struct job *job, struct program *program, const char *file,
		       const struct runner *runner)
{
	int out[2], err[2], failure[2], why;

	if (pipe2(out, O_CLOEXEC))
		return errno;
	if (pipe2(err, O_CLOEXEC)) {
		why = errno;
		close_pair(out);
		return why;
	}
	if (pipe2(failure, O_CLOEXEC)) {
		why = errno;
		close_pair(out);
		close_pair(err);
		return why;
	}
	job->pid = fork();
	why = errno;
	if (!job->pid)
		child(file, program, runner, out, err, failure[1]);
	close(failure[1]);
	close(out[1]);
	close(err[1]);
	job->fds[0] = out[0];
	job->fds[1] = err[0];
	if (job->pid > 0)
		why = started(failure[0]);
	close(failure[0]);
	return why;
}

static void start(struct job *job, struct program *program, const struct runner *runner)
{
	char file[4096];

	job->fds[0] = -1;
	job->fds[1] = -1;
	program->end = PROGRAM_DONE;
	if (!find_program(program->argv[0], file, sizeof(file))) {
		program->end = PROGRAM_MISSING;
		return;
	}
	program->code = start_child(job, program, file, runner);
	if (program->code)
		program->end = PROGRAM_BROKEN;
}

static struct said *said_of(struct program *program, size_t stream)
{
	return stream ? &program->err : &program->out;
}

/* Returns bytes read; 0 at the end; -1 where it cannot go on. */
static ssize_t listen_to(int fd, struct said *said)
{
	size_t room = 4096;
	char *grown;
	ssize_t got;

	/* Twice as much whenever a power of two is full. */
	while (room <= said->length + 1)
		room *= 2;
	grown = realloc(said->text, room);
	if (!grown || said->length > SAID_MAX)
		return -1;
	said->text = grown;
	got = read(fd, said->text + said->length, room - said->length - 1);
	if (got > 0)
		said->length += (size_t)got;
	said->text[said->length] = '\0';
	return got < 0 && errno == EINTR ? 1 : got;
}

static void stop(struct job *job, struct program *program, enum program_end end)
{
	if (program->end != PROGRAM_DONE)
		return;
	program->end = end;
	kill(-job->pid, SIGKILL);
}

static int milliseconds_left(const struct timespec *end)
{
	struct timespec now;
	long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (end->tv_sec - now.tv_sec) * 1000 + (end->tv_nsec - now.tv_nsec) / 1000000;
	return left > 0 ? (int)left : 0;
}

static void hear_all(struct pollfd *polls, struct job *jobs, struct program *programs,
		     size_t count)
{
	size_t i;
	ssize_t got;

	for (i = 0; i < 2 * count; i++) {
		if (polls[i].fd < 0 || !polls[i].revents)
			continue;
		got = listen_to(polls[i].fd, said_of(&programs[i / 2], i % 2));
		if (got > 0)
			continue;
		if (got < 0)
			stop(&jobs[i / 2], &programs[i / 2], PROGRAM_KILLED);
		close(polls[i].fd);
		jobs[i / 2].fds[i % 2] = -1;
	}
}

/* Until all outputs are closed or the time is over. */
static void hear(struct pollfd *polls, struct job *jobs, struct program *programs,
		 size_t count, unsigned int seconds)
{
	struct timespec end;
	bool open;
	size_t i;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		open = false;
		for (i = 0; i < 2 * count; i++) {
			polls[i] = (struct pollfd) { jobs[i / 2].fds[i % 2], POLLIN, 0 };
			open = open || polls[i].fd >= 0;
		}
		if (!open)
			return;
		if (!poll(polls, 2 * count, milliseconds_left(&end)))
			break;
		hear_all(polls, jobs, programs, count);
	}
	for (i = 0; i < count; i++)
		if (jobs[i].fds[0] >= 0 || jobs[i].fds[1] >= 0)
			stop(&jobs[i], &programs[i], PROGRAM_LATE);
}

static void finish(struct job *job, struct program *program)
{
	int status = 0;

	if (job->fds[0] >= 0)
		close(job->fds[0]);
	if (job->fds[1] >= 0)
		close(job->fds[1]);
	if (job->pid <= 0)
		return;
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (program->end != PROGRAM_DONE)
		return;
	if (WIFEXITED(status))
		program->code = WEXITSTATUS(status);
	else
		program->end = PROGRAM_KILLED;
}

/**
 * programs_run() - run programs at the same time, to their ends
 * @programs: they; program_free() each, whatever is returned
 * @count: how many
 * @runner: how
 *
 * Return: 0, or -ENOMEM.
 */
int programs_run(struct program *programs, size_t count, const struct runner *runner)
{
	struct pollfd *polls = calloc(2 * count, sizeof(*polls));
	struct job *jobs = calloc(count, sizeof(*jobs));
	size_t i;

	if (!polls || !jobs) {
		free(polls);
		free(jobs);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		start(&jobs[i], &programs[i], runner);
	hear(polls, jobs, programs, count, runner->seconds);
	for (i = 0; i < count; i++)
		finish(&jobs[i], &programs[i]);
	free(polls);
	free(jobs);
	return 0;
}

/**
 * program_free() - give the memory back
 * @program: the program
 */
void program_free(struct program *program)
{
	free(program->out.text);
	free(program->err.text);
	memset(&program->out, 0, sizeof(program->out));
	memset(&program->err, 0, sizeof(program->err));
}

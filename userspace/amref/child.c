// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/* A pipe as large as an unprivileged process may have it. */
#define PIPE_SIZE	(1 << 20)
#define FILES_MAX	8
/* Above any number that a program of ours is given. */
#define SPARE_FD	64

/**
 * child_pipe() - make a pipe that no program inherits by itself
 * @read_end: gets one end
 * @write_end: gets the other
 *
 * Return: 0, or a negative errno.
 */
int child_pipe(int *read_end, int *write_end)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC))
		return -errno;
	fcntl(end[0], F_SETPIPE_SZ, PIPE_SIZE);
	*read_end = end[0];
	*write_end = end[1];
	return 0;
}

static void on_exit_ready(void *arg, uint32_t events)
{
	struct child *child = arg;
	pid_t pid = child->pid;

	(void)events;
	if (waitpid(pid, &child->status, WNOHANG) != pid)
		return;
	loop_forget(child->loop, &child->exit);
	close(child->exit.fd);
	child->pid = 0;
	if (child->ended)
		child->ended(child->arg);
}

/* Between fork() and exec(): give each file its number. */
static _Noreturn void become(const char *const argv[], const struct child_file *file,
			     size_t count)
{
	int spare[FILES_MAX];
	sigset_t none;
	size_t i;

	/* It ends with us, whatever becomes of us. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (i = 0; i < count; i++)
		spare[i] = fcntl(file[i].fd, F_DUPFD, SPARE_FD);
	for (i = 0; i < count; i++)
		if (spare[i] < 0 || dup2(spare[i], file[i].as) < 0)
			_exit(126);
	for (i = 0; i < count; i++)
		close(spare[i]);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/**
 * child_start() - run a program
 * @child: @ended and @arg are set; the rest is filled in
 * @loop: waits for its end
 * @argv: ends in NULL; looked up in PATH
 * @file: what it gets; those of ours that are not among them are closed for it
 * @count: of @file; standard files that are not among them stay as they are
 *
 * Return: 0, or a negative errno.  The files stay open on our side.
 */
int child_start(struct child *child, struct loop *loop, const char *const argv[],
		const struct child_file *file, size_t count)
{
	int error;

	if (count > FILES_MAX)
		return -EINVAL;
	fflush(NULL);
	child->pid = fork();
	if (child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	if (!child->pid)
		become(argv, file, count);
	child->loop = loop;
	child->exit.fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	child->exit.ready = on_exit_ready;
	child->exit.arg = child;
	error = child->exit.fd < 0 ? -errno : loop_watch(loop, &child->exit, EPOLLIN);
	if (!error)
		return 0;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	return error;
}

/**
 * child_stop() - end a program that may still run
 * @child: started or zeroed; @ended is not called any more
 */
void child_stop(struct child *child)
{
	if (!child->pid)
		return;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, &child->status, 0);
	loop_forget(child->loop, &child->exit);
	close(child->exit.fd);
	child->pid = 0;
}

/**
 * child_status_text() - say how a program ended
 * @child: ended
 * @text: gets "exited with status 2"; empty where it ended well
 * @size: of @text, in bytes
 */
void child_status_text(const struct child *child, char *text, size_t size)
{
	text[0] = '\0';
	if (WIFSIGNALED(child->status))
		snprintf(text, size, "terminated with signal %d", WTERMSIG(child->status));
	else if (WEXITSTATUS(child->status) == 127)
		snprintf(text, size, "could not be run");
	else if (WEXITSTATUS(child->status))
		snprintf(text, size, "exited with status %d", WEXITSTATUS(child->status));
}

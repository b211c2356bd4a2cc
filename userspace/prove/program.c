// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that runs in a network namespace, and what it says.
 */
#include "prove/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prove/clock.h"

/* Who is asked to end gets so long to tell its children. */
#define END_MS	1000

static void become(int network, int output, const char *const argv[])
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || setns(network, CLONE_NEWNET))
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

/**
 * program_start() - run a program
 * @program: to fill; program_end() it where 0 is returned
 * @network: its namespace
 * @argv: path and arguments, and NULL
 *
 * Return: 0 or -errno; where it cannot be executed, it ends with status 127.
 */
int program_start(struct program *program, int network, const char *const argv[])
{
	int ends[2];

	memset(program, 0, sizeof(*program));
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	program->pid = fork();
	if (!program->pid)
		become(network, ends[1], argv);
	close(ends[1]);
	program->output = ends[0];
	if (program->pid > 0)
		return 0;
	close(ends[0]);
	return -errno;
}

static bool take(struct program *program, char byte, const char *words)
{
	bool found;

	if (byte != '\n') {
		if (program->length + 1 < sizeof(program->line))
			program->line[program->length++] = byte;
		return false;
	}
	program->line[program->length] = '\0';
	found = words && strstr(program->line, words);
	if (program->length)
		memcpy(program->said, program->line, program->length + 1);
	program->length = 0;
	return found;
}

/**
 * program_says() - wait until a program says something, or nothing any more
 * @program: it
 * @words: part of a line; NULL: wait for its end
 * @times: in so many lines
 * @milliseconds: for so long
 *
 * Return: true where it has said it, or, without @words, where it has ended.
 */
bool program_says(struct program *program, const char *words, unsigned int times,
		  unsigned int milliseconds)
{
	struct pollfd watched = { .fd = program->output, .events = POLLIN };
	long end = clock_ms() + milliseconds, left;
	char text[512];
	ssize_t got, i;

	while ((left = end - clock_ms()) > 0) {
		/* A signal that somebody cares for ends this as well. */
		if (poll(&watched, 1, (int)left) <= 0)
			return false;
		got = read(program->output, text, sizeof(text));
		if (got <= 0)
			return !words;
		for (i = 0; i < got; i++)
			if (take(program, text[i], words) && !--times)
				return true;
	}
	return false;
}

/**
 * program_end() - end a program, if it has not ended
 * @program: it
 *
 * Return: its exit status; -1 where it had to be ended.
 */
int program_end(struct program *program)
{
	int status = 0;

	/* Nothing but a signal of ours ends it with a signal. */
	kill(program->pid, SIGTERM);
	if (!program_says(program, NULL, 0, END_MS))
		kill(program->pid, SIGKILL);
	while (waitpid(program->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(program->output);
	program->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

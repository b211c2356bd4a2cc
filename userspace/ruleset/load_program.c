// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loaders that are programs, inside the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ruleset/load_inside.h"

#define SAID_MOST	65536

/**
 * memory_file() - make a file that is nowhere
 * @bytes: what is in it
 * @length: of that
 *
 * Return: open file at its begin, or -1.
 */
int memory_file(const char *bytes, size_t length)
{
	int fd = memfd_create("rules", MFD_CLOEXEC);
	ssize_t written;

	while (fd >= 0 && length) {
		written = write(fd, bytes, length);
		if (written <= 0) {
			close(fd);
			return -1;
		}
		bytes += written;
		length -= (size_t)written;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/**
 * execute_program() - become another program
 * @argv: its name and arguments, NULL behind them
 * @input: its standard input; -1: as it is
 * @output: its standard output and error
 *
 * Does not return.
 */
void execute_program(const char *const argv[], int input, int output)
{
	/* Debian keeps these in /usr/sbin, which few users have in their path. */
	static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/local/sbin" };
	char path[256];
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (input >= 0)
		dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	setenv("XTABLES_LOCKFILE", "/dev/null", 1);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], argv[0]);
		execv(path, (char *const *)argv);
	}
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void copy_said(int from, FILE *to)
{
	char *text = malloc(SAID_MOST);
	ssize_t length = text ? pread(from, text, SAID_MOST, 0) : 0;

	if (length > 0)
		fwrite(text, 1, (size_t)length, to);
	free(text);
}

/**
 * run_loader() - run a program
 * @argv: its name and arguments, NULL behind them
 * @input: what it reads from its standard input
 * @length: of that
 * @said: gets what it writes
 *
 * Return: its exit status; 127: there is no such program; -1: it did not end by
 * itself.
 */
int run_loader(const char *const argv[], const char *input, size_t length, FILE *said)
{
	int in = memory_file(input, length), out = memory_file("", 0);
	int status = -1;
	pid_t child;

	if (in < 0 || out < 0)
		return -1;
	child = fork();
	if (!child)
		execute_program(argv, in, out);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	copy_said(out, said);
	close(in);
	close(out);
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * peak_memory COMMAND [ARGUMENT...]
 * Runs a command and says on standard error how much memory it had at most, in kB.
 * Ends with its status.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status))
		return 1;
	fprintf(stderr, "memory %ld\n", usage.ru_maxrss);
	return WEXITSTATUS(status);
}

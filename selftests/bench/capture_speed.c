// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture_speed FILE...
 * Reads captures to their end, as "amfwctl replay" does, and says what was there and
 * how much memory that took, in kB.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/capture.h"

static int read_all(struct capture *capture)
{
	const struct capture_counts *counts = capture_counts(capture);
	uint64_t payload = 0;
	struct packet packet;

	if (capture_begin(capture, stderr))
		return 2;
	while (capture_next(capture, &packet))
		payload += packet.length;
	printf("records %" PRIu64 " packets %" PRIu64 " payload %" PRIu64 "\n", counts->records,
	       counts->packets, payload);
	if (!capture_error(capture))
		return 0;
	fprintf(stderr, "%s\n", capture_error(capture));
	return 1;
}

static int child(char **names, size_t count)
{
	struct capture *capture = capture_open(names, count, stderr);
	int status;

	if (!capture)
		return 2;
	status = capture_confine(capture, stderr) ? 1 : read_all(capture);
	capture_close(capture);
	fflush(stdout);
	return status;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(child(argv + 1, (size_t)argc - 1));
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status))
		return 1;
	printf("memory %ld\n", usage.ru_maxrss);
	return WEXITSTATUS(status);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules, into the machine that is built.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "amfwctl/prove.h"

/* A group of its own, so that loaders which are programs end with it. */
static void load_and_exit(const struct lab *lab, const struct rules_input *rules)
{
	const struct load_options nothing = { .interface_count = 0 };
	const struct source trace = {
		.dialect = DIALECT_NFT, .path = "trace", .text = trace_rules,
		.length = strlen(trace_rules),
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	_exit(lab_enter(lab->machine) || ruleset_put(rules->sources, rules->count, &nothing) ||
	      ruleset_put(&trace, 1, &nothing));
}

/* The child's end of the channel is closed when it has ended, however it does. */
static bool ends_in_time(int channel, unsigned int seconds)
{
	struct pollfd watched = { .fd = channel, .events = POLLIN };
	int ready;

	do {
		ready = poll(&watched, 1, (int)seconds * 1000);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static int wait_for(pid_t child, int channel, unsigned int seconds)
{
	bool in_time = ends_in_time(channel, seconds);
	int status;

	if (!in_time) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
		fprintf(stderr, "amfwctl: prove: the rules are not loaded after %u s: given up\n",
			seconds);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return in_time && WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

/**
 * prove_load() - load rules into a machine, and a chain that asks for traces
 * @lab: the machine
 * @rules: they
 * @seconds: who needs longer is ended
 *
 * In a process of its own: libnftables exits where memory is out.
 *
 * Return: 0, or -1 after a message.
 */
int prove_load(const struct lab *lab, const struct rules_input *rules, unsigned int seconds)
{
	int channel[2], result;
	pid_t child;

	if (pipe2(channel, O_CLOEXEC) < 0)
		return -1;
	fflush(NULL);
	child = fork();
	if (!child) {
		close(channel[0]);
		load_and_exit(lab, rules);
	}
	close(channel[1]);
	result = child < 0 ? -1 : wait_for(child, channel[0], seconds);
	close(channel[0]);
	return result;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target; see target.h.  What it does with a request stands in call.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "call.h"

#define ACK_WAIT	10000
#define REP_TRIES	5
#define IDLE_WAIT	30000

static void requested(void *arg, struct security_exchange *exchange, const char *peer_name)
{
	call_new(arg, exchange, peer_name);
}

static void idle(void *arg)
{
	struct target *target = arg;

	target->closed = true;
	if (!target->calls)
		loop_quit(target->loop, 0);
}

/* exit_check() of amandad.c: what came was nothing to be served. */
static void bored(void *arg)
{
	struct target *target = arg;

	if (target->calls)
		loop_start(target->loop, &target->bored, IDLE_WAIT);
	else
		loop_quit(target->loop, 0);
}

static const struct target_events events_of_target = {
	.requested = requested,
	.idle = idle,
};

/**
 * target_start() - become an amandad
 * @loop: the loop; loop_quit(loop, 0) is called when the last call ends, where
 *	@options say so, after 30 s without any, or the one connection of @fd is gone
 * @driver: how to talk
 * @fd: from inetd, or -1
 * @address: where to bind where @fd is -1
 * @address_length: of @address
 * @security: for the driver
 * @options: copied; the names in it stay the caller's
 * @why: gets one line where it fails
 * @why_size: bytes at @why
 *
 * Return: the target for target_stop(); NULL with errno set.
 */
struct target *target_start(struct loop *loop, const struct security_driver *driver, int fd,
			    const struct sockaddr *address, socklen_t address_length,
			    const struct security_options *security,
			    const struct target_options *options, char *why, size_t why_size)
{
	struct target *target = calloc(1, sizeof(*target));

	if (!target) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	target->loop = loop;
	target->options = *options;
	if (!target->options.ack_wait)
		target->options.ack_wait = ACK_WAIT;
	if (!target->options.rep_tries)
		target->options.rep_tries = REP_TRIES;
	target->peer = driver->listen(driver, loop, fd, address, address_length, security,
				      &events_of_target, target, why, why_size);
	if (!target->peer) {
		free(target);
		return NULL;
	}
	target->bored = (struct loop_timer){ .expired = bored, .arg = target };
	if (options->once)
		loop_start(loop, &target->bored, IDLE_WAIT);
	return target;
}

/**
 * target_stop() - end a target
 * @target: with all its calls, which are cancelled; NULL does nothing
 */
void target_stop(struct target *target)
{
	if (!target)
		return;
	target->stopping = true;
	while (target->calls)
		call_cancel(target->calls);
	loop_stop(target->loop, &target->bored);
	target->peer->driver->stop(target->peer);
	free(target);
}


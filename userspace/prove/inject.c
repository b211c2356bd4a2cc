// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process that runs the gateway, and what is said to it.
 *
 * Nothing but read() and write() is done here once it runs: whoever reads packets
 * that strangers captured may be allowed no more.
 */
#include "prove/inject.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prove/inject_gateway.h"

/* It ends when nobody has the other end of @channel any more. */
struct inject {
	int channel;
};

struct order {
	struct inject_flow flow;
	bool forget;
	bool hoped;
};

struct letter {
	struct order order;
	uint8_t packet[INJECT_PACKET_MAX];
};

static void serve(struct inject_gateway *gateway, int channel)
{
	static struct letter letter;
	struct inject_packet packet = { .raw = letter.packet };
	struct inject_sight sight;
	ssize_t length;

	for (;;) {
		length = read(channel, &letter, sizeof(letter));
		if (length < (ssize_t)sizeof(letter.order))
			return;
		memset(&sight, 0, sizeof(sight));
		packet.flow = letter.order.flow;
		packet.hoped = letter.order.hoped;
		packet.length = (size_t)length - sizeof(letter.order);
		if (letter.order.forget)
			sight.error = inject_gateway_forget(gateway, &packet.flow);
		else
			inject_gateway_packet(gateway, &packet, &sight);
		if (write(channel, &sight, sizeof(sight)) != sizeof(sight))
			return;
	}
}

static void run(const struct inject_settings *settings, int channel, FILE *errors)
{
	struct inject_gateway gateway;
	struct inject_sight ready = { 0 };

	signal(SIGPIPE, SIG_IGN);
	ready.error = inject_gateway_open(&gateway, settings, errors);
	fflush(errors);
	if (write(channel, &ready, sizeof(ready)) == sizeof(ready) && !ready.error)
		serve(&gateway, channel);
}

/* A grandchild, which nobody has to wait for: a confined process may not. */
static int start(const struct inject_settings *settings, const int channel[2], FILE *errors)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		close(channel[0]);
		if (!fork())
			run(settings, channel[1], errors);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/**
 * inject_open() - make a gateway
 * @settings: how it is set up
 * @errors: where to say why not
 *
 * Return: NULL where there is none.
 */
struct inject *inject_open(const struct inject_settings *settings, FILE *errors)
{
	struct inject *inject = malloc(sizeof(*inject));
	struct inject_sight ready = { .error = -EIO };
	int channel[2];

	if (!inject || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel)) {
		fprintf(errors, "no channel to a gateway: %s\n", strerror(errno));
		free(inject);
		return NULL;
	}
	inject->channel = channel[0];
	if (!start(settings, channel, errors)) {
		close(channel[1]);
		if (read(channel[0], &ready, sizeof(ready)) == sizeof(ready) && !ready.error)
			return inject;
	} else {
		close(channel[1]);
	}
	inject_close(inject);
	return NULL;
}

static int order(struct inject *inject, const struct order *order, const void *packet,
		 size_t length, struct inject_sight *sight)
{
	struct iovec parts[] = {
		{ .iov_base = (void *)order, .iov_len = sizeof(*order) },
		{ .iov_base = (void *)packet, .iov_len = length },
	};

	if (writev(inject->channel, parts, 2) != (ssize_t)(sizeof(*order) + length) ||
	    read(inject->channel, sight, sizeof(*sight)) != sizeof(*sight))
		return -EPIPE;
	return sight->error;
}

/**
 * inject_send() - a packet comes to the gateway
 * @inject: it
 * @packet: the packet
 * @sight: receives what it was
 *
 * Return: 0, or -errno where it could not go in.
 */
int inject_send(struct inject *inject, const struct inject_packet *packet,
		struct inject_sight *sight)
{
	struct order order_packet;

	memset(&order_packet, 0, sizeof(order_packet));
	order_packet.flow = packet->flow;
	order_packet.hoped = packet->hoped;
	return order(inject, &order_packet, packet->raw, packet->length, sight);
}

/**
 * inject_forget() - the time of a flow or expectation is over
 * @inject: the gateway
 * @flow: of its first packet; a source_port of 0 for an expectation
 *
 * Return: 0, or -errno: -ENOENT where there is no such thing.
 */
int inject_forget(struct inject *inject, const struct inject_flow *flow)
{
	struct inject_sight sight;
	struct order order_forget;

	memset(&order_forget, 0, sizeof(order_forget));
	order_forget.flow = *flow;
	order_forget.forget = true;
	return order(inject, &order_forget, NULL, 0, &sight);
}

/**
 * inject_close() - no more packets
 * @inject: the gateway
 */
void inject_close(struct inject *inject)
{
	close(inject->channel);
	free(inject);
}

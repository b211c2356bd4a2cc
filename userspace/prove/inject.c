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

/* What is said back: with the packet as it left, if it did. */
struct answer {
	struct inject_sight sight;
	uint8_t packet[INJECT_PACKET_MAX];
};

/* It ends when nobody has the other end of @channel any more. */
struct inject {
	int channel;
	size_t left;
	struct answer answer;
};

enum order_kind {
	ORDER_PACKET,
	ORDER_TRANSLATE,
	ORDER_FORGET,
};

struct order {
	struct inject_flow flow;
	struct inject_flow as;
	enum order_kind kind;
	int patience;
};

struct letter {
	struct order order;
	uint8_t packet[INJECT_PACKET_MAX];
};

static size_t obey(struct inject_gateway *gateway, const struct letter *letter, size_t length,
		   struct answer *answer)
{
	const struct inject_flow *flow = &letter->order.flow;
	struct inject_packet packet = {
		.flow = *flow, .raw = letter->packet, .length = length,
		.patience = letter->order.patience,
	};
	size_t left = 0;

	memset(&answer->sight, 0, sizeof(answer->sight));
	if (letter->order.kind == ORDER_FORGET)
		answer->sight.error = inject_gateway_forget(gateway, flow);
	else if (letter->order.kind == ORDER_TRANSLATE)
		answer->sight.error = inject_gateway_translate(gateway, flow, &letter->order.as);
	else
		left = inject_gateway_packet(gateway, &packet, &answer->sight, answer->packet);
	return sizeof(answer->sight) + left;
}

static void serve(struct inject_gateway *gateway, int channel)
{
	static struct letter letter;
	static struct answer answer;
	ssize_t length;
	size_t said;

	for (;;) {
		length = read(channel, &letter, sizeof(letter));
		if (length < (ssize_t)sizeof(letter.order))
			return;
		length -= (ssize_t)sizeof(letter.order);
		said = obey(gateway, &letter, (size_t)length, &answer);
		if (write(channel, &answer, said) != (ssize_t)said)
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
		 size_t length)
{
	ssize_t said;

	struct iovec parts[] = {
		{ .iov_base = (void *)order, .iov_len = sizeof(*order) },
		{ .iov_base = (void *)packet, .iov_len = length },
	};

	if (writev(inject->channel, parts, 2) != (ssize_t)(sizeof(*order) + length))
		return -EPIPE;
	said = read(inject->channel, &inject->answer, sizeof(inject->answer));
	if (said < (ssize_t)sizeof(inject->answer.sight))
		return -EPIPE;
	inject->left = (size_t)said - sizeof(inject->answer.sight);
	return inject->answer.sight.error;
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
	int err;

	memset(&order_packet, 0, sizeof(order_packet));
	order_packet.flow = packet->flow;
	order_packet.patience = packet->patience;
	err = order(inject, &order_packet, packet->raw, packet->length);
	*sight = inject->answer.sight;
	return err;
}

/**
 * inject_left() - the last packet as it left the gateway
 * @inject: the gateway
 * @length: receives its length; 0: it did not leave
 *
 * Return: an IP packet, until the next order.
 */
const uint8_t *inject_left(const struct inject *inject, size_t *length)
{
	*length = inject->left;
	return inject->answer.packet;
}

/**
 * inject_translate() - NAT is to change a flow
 * @inject: the gateway
 * @flow: UDP, as its first packet will come
 * @as: as that one is to leave
 *
 * Return: 0, or -errno.
 */
int inject_translate(struct inject *inject, const struct inject_flow *flow,
		     const struct inject_flow *as)
{
	struct order order_translate;

	memset(&order_translate, 0, sizeof(order_translate));
	order_translate.flow = *flow;
	order_translate.as = *as;
	order_translate.kind = ORDER_TRANSLATE;
	return order(inject, &order_translate, NULL, 0);
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
	struct order order_forget;

	memset(&order_forget, 0, sizeof(order_forget));
	order_forget.flow = *flow;
	order_forget.kind = ORDER_FORGET;
	return order(inject, &order_forget, NULL, 0);
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

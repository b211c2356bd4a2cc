// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets of "amref load", each in the network namespace of its side, and
 * what befalls packets on purpose.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load_parts.h"
#include "ports.h"

/* One socket of a target hears thousands of initiators at once. */
#define RECEIVE_BUFFER	(4 << 20)
/* A packet that is overtaken is this late at most. */
#define LATE_MS		20

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT	24
#endif

/*
 * A packet that goes out late.
 */
struct load_held {
	struct load_net *net;
	struct load_held *next;
	struct loop_timer timer;
	union load_address to;
	bool addressed;
	int fd;
	size_t length;
	char data[];
};

static int open_netns(const char *name)
{
	char path[PATH_MAX];

	if (strchr(name, '/'))
		return open(name, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool find_netns(struct load_net *net, enum load_side side, const char *name, char *why,
		       size_t why_size)
{
	net->netns[side] = -1;
	if (!name)
		return true;
	net->netns[side] = open_netns(name);
	if (net->netns[side] >= 0)
		return true;
	snprintf(why, why_size, "network namespace %s: %s", name, strerror(errno));
	return false;
}

/**
 * load_net_start() - prepare for sockets
 * @net: zeroed
 * @load: the run
 * @why: where it fails: one line
 * @why_size: room there
 *
 * Return: 0 or -1; load_net_stop() is due in either case.
 */
int load_net_start(struct load_net *net, struct load *load, char *why, size_t why_size)
{
	const struct load_options *options = load->options;

	net->load = load;
	net->chance = options->seed * 2 + 1;
	net->next_port = options->tcp_ports.low;
	net->home = -1;
	net->netns[LOAD_TO] = -1;
	if (!find_netns(net, LOAD_FROM, options->from_netns, why, why_size) ||
	    !find_netns(net, LOAD_TO, options->to_netns, why, why_size))
		return -1;
	if (!options->from_netns && !options->to_netns)
		return 0;
	net->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	net->current = net->home;
	if (net->home >= 0)
		return 0;
	snprintf(why, why_size, "/proc/self/ns/net: %s", strerror(errno));
	return -1;
}

static bool enter(struct load_net *net, int netns)
{
	if (net->home < 0)
		return true;
	if (netns < 0)
		netns = net->home;
	if (net->current == netns)
		return true;
	if (setns(netns, CLONE_NEWNET))
		return false;
	net->current = netns;
	return true;
}

static void unlink_held(struct load_held *held)
{
	struct load_held **at;

	for (at = &held->net->held; *at != held; at = &(*at)->next)
		;
	*at = held->next;
	loop_stop(held->net->load->loop, &held->timer);
	free(held);
}

/**
 * load_net_stop() - drop what is held, and come home
 * @net: as load_net_start() left it
 */
void load_net_stop(struct load_net *net)
{
	int side;

	while (net->held)
		unlink_held(net->held);
	enter(net, -1);
	for (side = 0; side < LOAD_SIDES; side++)
		if (net->netns[side] >= 0)
			close(net->netns[side]);
	if (net->home >= 0)
		close(net->home);
}

/**
 * load_chance() - the next number of a cheap generator
 * @net: has its state
 *
 * xorshift64*: the same for the same seed, which is all that is asked of it.
 */
uint32_t load_chance(struct load_net *net)
{
	net->chance ^= net->chance >> 12;
	net->chance ^= net->chance << 25;
	net->chance ^= net->chance >> 27;
	return (net->chance * 0x2545f4914f6cdd1dull) >> 32;
}

static bool happens(struct load_net *net, double probability)
{
	return probability > 0 && load_chance(net) < probability * 4294967296.0;
}

static int new_socket(struct load_net *net, enum load_side side, int family, int type)
{
	int fd;

	if (!enter(net, net->netns[side]))
		return -1;
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		net->load->files--;
	return fd;
}

static int give_up(struct load_net *net, int fd)
{
	int error = errno;

	close(fd);
	net->load->files++;
	errno = error;
	return -1;
}

/* Forcing it is for root alone. */
static void roomy(int fd)
{
	int size = RECEIVE_BUFFER;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

/**
 * load_udp() - a bound UDP socket
 * @net: where from
 * @side: whose
 * @address: with its port; 0: any
 *
 * Return: to be closed with load_close_udp(), or -1 with errno set.
 */
int load_udp(struct load_net *net, enum load_side side, union load_address address)
{
	int fd = new_socket(net, side, address.any.sa_family, SOCK_DGRAM);

	if (fd < 0)
		return -1;
	if (bind(fd, &address.any, sizeof(address)))
		return give_up(net, fd);
	if (side == LOAD_TO)
		roomy(fd);
	return fd;
}

static int listen_at(struct load_net *net, const union load_address *address)
{
	int on = 1, fd;

	fd = new_socket(net, LOAD_TO, address->any.sa_family, SOCK_STREAM);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, &address->any, sizeof(*address)) && !listen(fd, 1))
		return fd;
	return give_up(net, fd);
}

/**
 * load_listen() - a listening socket with a port of the range
 * @net: where from
 * @address: the target's
 * @port: set to the port, in host order
 *
 * The search goes on where the last one ended, so that a port that was just
 * given back is not the next one: its flow may live on in a gateway.
 *
 * Return: a socket, or -1 with errno set; EADDRINUSE where no port is free.
 */
int load_listen(struct load_net *net, union load_address address, uint16_t *port)
{
	struct port_range range = net->load->options->tcp_ports;
	unsigned int tries = range.high - range.low + 1;

	while (tries--) {
		int fd;

		*port = net->next_port;
		net->next_port = *port == range.high ? range.low : *port + 1;
		address_set_port(&address.any, *port);
		fd = listen_at(net, &address);
		if (fd >= 0 || (errno != EADDRINUSE && errno != EACCES))
			return fd;
	}
	errno = EADDRINUSE;
	return -1;
}

/**
 * load_connect() - begin a TCP connection
 * @net: where from
 * @from: the initiator's address, without a port
 * @to: where to
 *
 * Return: a socket that becomes readable when the target speaks, or -1.
 */
int load_connect(struct load_net *net, union load_address from, union load_address to)
{
	int on = 1, fd;

	fd = new_socket(net, LOAD_FROM, to.any.sa_family, SOCK_STREAM);
	if (fd < 0)
		return -1;
	/* The port is chosen with the destination known: there are more then. */
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	/* Its port shall not be lost for a target on the same machine. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	address_set_port(&from.any, 0);
	if (!bind(fd, &from.any, sizeof(from)) &&
	    (!connect(fd, &to.any, sizeof(to)) || errno == EINPROGRESS))
		return fd;
	return give_up(net, fd);
}

static void put(struct load_net *net, int fd, const union load_address *to, const char *data,
		size_t length)
{
	ssize_t done;

	if (to)
		done = sendto(fd, data, length, 0, &to->any, sizeof(*to));
	else
		done = send(fd, data, length, 0);
	/* A full buffer or an ICMP error is one more way to lose a packet. */
	if (done >= 0)
		net->load->report->sent++;
}

static void put_held(void *arg)
{
	struct load_held *held = arg;

	put(held->net, held->fd, held->addressed ? &held->to : NULL, held->data, held->length);
	unlink_held(held);
}

static bool hold(struct load_net *net, int fd, const union load_address *to, const char *data,
		 size_t length)
{
	struct load_held *held = calloc(1, sizeof(*held) + length);

	if (!held)
		return false;
	held->net = net;
	held->fd = fd;
	held->addressed = to;
	if (to)
		held->to = *to;
	held->length = length;
	memcpy(held->data, data, length);
	held->timer.expired = put_held;
	held->timer.arg = held;
	held->next = net->held;
	net->held = held;
	if (!loop_start(net->load->loop, &held->timer, 1 + load_chance(net) % LATE_MS))
		return true;
	unlink_held(held);
	return false;
}

/**
 * load_send() - send a packet, or not, or twice, or late
 * @net: has the chances
 * @fd: of load_udp()
 * @to: where to; NULL where @fd is connected
 * @data: the packet
 * @length: its bytes
 */
void load_send(struct load_net *net, int fd, const union load_address *to, const char *data,
	       size_t length)
{
	const struct load_options *options = net->load->options;
	struct load_report *report = net->load->report;

	if (happens(net, options->loss)) {
		report->dropped++;
		return;
	}
	if (happens(net, options->duplicate)) {
		report->duplicated++;
		put(net, fd, to, data, length);
	}
	if (happens(net, options->reorder) && hold(net, fd, to, data, length))
		report->reordered++;
	else
		put(net, fd, to, data, length);
}

/**
 * load_close_udp() - close a socket; what is held for it goes out first
 * @net: where it came from
 * @fd: of load_udp()
 */
void load_close_udp(struct load_net *net, int fd)
{
	struct load_held *held, *next;

	for (held = net->held; held; held = next) {
		next = held->next;
		if (held->fd == fd)
			put_held(held);
	}
	close(fd);
	net->load->files++;
}

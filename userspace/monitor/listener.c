// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where news come from: one socket gets them, another asks for all that there is.
 */
#include "monitor/listener.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* As much as ctnetlink gives at once, where the page is not larger. */
#define MESSAGES_SIZE	65536

static const int groups[] = {
	NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_UPDATE, NFNLGRP_CONNTRACK_DESTROY,
	NFNLGRP_CONNTRACK_EXP_NEW, NFNLGRP_CONNTRACK_EXP_DESTROY,
};

/* Root of the machine may go beyond net.core.rmem_max, others may not. */
static void make_room(struct listener *listener)
{
	int fd = mnl_socket_get_fd(listener->events), size = (int)listener->buffer, got;
	socklen_t length = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &length))
		listener->buffer = (size_t)got;
}

/* The filter first: nothing that it would keep out may come in before it is there. */
static int listen_to_events(struct listener *listener)
{
	int fd = mnl_socket_get_fd(listener->events), group;
	size_t i;

	listener_filter(fd);
	make_room(listener);
	if (mnl_socket_bind(listener->events, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		group = groups[i];
		if (mnl_socket_setsockopt(listener->events, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)) < 0)
			return -errno;
	}
	return 0;
}

static struct mnl_socket *open_socket(int flags)
{
	return mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | flags);
}

static int open_sockets(struct listener *listener)
{
	listener->events = open_socket(SOCK_NONBLOCK);
	listener->tables = open_socket(0);
	if (!listener->events || !listener->tables ||
	    mnl_socket_bind(listener->tables, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	return listen_to_events(listener);
}

static void complain(int err, FILE *errors)
{
	if (err == -EPERM)
		fputs("amfwctl: monitor: the events of connection tracking are for root alone, or who has CAP_NET_ADMIN\n",
		      errors);
	else if (err == -EPROTONOSUPPORT)
		fputs("amfwctl: monitor: this kernel has no nfnetlink: modprobe nf_conntrack_netlink\n",
		      errors);
	else
		fprintf(errors, "amfwctl: monitor: ctnetlink: %s\n", strerror(-err));
}

/**
 * listener_open() - begin to listen
 * @listener: filled in; listener_close() it whatever is returned
 * @buffer: bytes that may wait; what the kernel allows is in it then
 * @errors: where complaints go
 *
 * Return: 0, or a negative errno after a message.
 */
int listener_open(struct listener *listener, size_t buffer, FILE *errors)
{
	int err;

	*listener = (struct listener){ .buffer = buffer };
	err = open_sockets(listener);
	if (err)
		complain(err, errors);
	return err;
}

/**
 * listener_close() - listen no more
 * @listener: it
 */
void listener_close(struct listener *listener)
{
	if (listener->events)
		mnl_socket_close(listener->events);
	if (listener->tables)
		mnl_socket_close(listener->tables);
}

/**
 * listener_fd() - what becomes readable when there are news
 * @listener: it
 *
 * Return: a descriptor.
 */
int listener_fd(const struct listener *listener)
{
	return mnl_socket_get_fd(listener->events);
}

/**
 * message_is_expectation() - or is it of a flow?
 * @header: the message
 *
 * Return: true for an expectation.
 */
bool message_is_expectation(const struct nlmsghdr *header)
{
	return header->nlmsg_type >> 8 == NFNL_SUBSYS_CTNETLINK_EXP;
}

/**
 * listener_read() - take what has arrived, as far as one read goes
 * @listener: it
 * @take: called with each message
 * @data: for @take
 *
 * Return: what there was.
 */
enum listener_state listener_read(struct listener *listener, listener_cb *take, void *data)
{
	char buffer[MESSAGES_SIZE] __attribute__((__aligned__(NLMSG_ALIGNTO)));
	ssize_t got = mnl_socket_recvfrom(listener->events, buffer, sizeof(buffer));
	const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
	int left = (int)got;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return LISTENER_EMPTY;
	if (got < 0)
		return errno == ENOBUFS ? LISTENER_OVERRUN : LISTENER_FAILED;
	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
		if (header->nlmsg_type >= NLMSG_MIN_TYPE)
			take(header, data);
	return LISTENER_NEWS;
}

/**
 * listener_missed() - how many messages were lost since it was asked last
 * @listener: it
 *
 * netlink_overrun() of the kernel counts each.
 *
 * Return: the number.
 */
uint32_t listener_missed(struct listener *listener)
{
	uint32_t values[SK_MEMINFO_VARS] = { 0 }, missed;
	socklen_t length = sizeof(values);

	if (getsockopt(listener_fd(listener), SOL_SOCKET, SO_MEMINFO, values, &length))
		return 0;
	missed = values[SK_MEMINFO_DROPS] - listener->drops;
	listener->drops = values[SK_MEMINFO_DROPS];
	return missed;
}

struct reading {
	listener_cb *take;
	void *data;
};

static int pass_on(const struct nlmsghdr *header, void *data)
{
	const struct reading *reading = data;

	reading->take(header, reading->data);
	return MNL_CB_OK;
}

static int read_answers(struct listener *listener, uint32_t sequence, struct reading *reading)
{
	char buffer[MESSAGES_SIZE] __attribute__((__aligned__(NLMSG_ALIGNTO)));
	unsigned int port = mnl_socket_get_portid(listener->tables);
	ssize_t got;
	int more;

	do {
		got = mnl_socket_recvfrom(listener->tables, buffer, sizeof(buffer));
		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, sequence, port, pass_on, reading);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

static int ask_for_all(struct listener *listener, uint16_t type, struct reading reading)
{
	char buffer[256] __attribute__((__aligned__(NLMSG_ALIGNTO)));
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = (uint32_t)time(NULL);
	body->nfgen_family = AF_UNSPEC;
	body->version = NFNETLINK_V0;
	if (mnl_socket_sendto(listener->tables, header, header->nlmsg_len) < 0)
		return -errno;
	return read_answers(listener, header->nlmsg_seq, &reading);
}

/**
 * listener_tables() - read all that there is
 * @listener: it
 * @flow: called with each flow of the machine
 * @expectation: called with each expectation, after the flows
 * @data: for both
 *
 * Return: 0 or a negative errno.
 */
int listener_tables(struct listener *listener, listener_cb *flow, listener_cb *expectation, void *data)
{
	int err = ask_for_all(listener, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			      (struct reading){ flow, data });

	return err ? err :
		ask_for_all(listener, NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_GET,
			    (struct reading){ expectation, data });
}

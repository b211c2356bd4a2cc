// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control flows and expectations put into the kernel's tables, for monitor.sh.
 *
 *	monitor_load MASTERS COUNT RATE SECONDS
 *
 * makes so many control flows of 10.77.1.2 with the helper "amanda", then COUNT
 * expectations of them in turn, RATE in a second.  A flow has four at most: where it gets
 * more, the oldest goes.  With SECONDS other than 0 that is all the time they have, in
 * place of what the helper gives them.  Prints how many there were in a second.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INITIATOR	0x0a4d0102
#define RESPONDERS	0x0a580000
#define SPORT		700
#define BATCH		50

static void die(const char *what)
{
	fprintf(stderr, "monitor_load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_master(struct nfct_handle *handle, unsigned int number)
{
	struct nf_conntrack *flow = nfct_new();

	nfct_set_attr_u8(flow, ATTR_L3PROTO, AF_INET);
	nfct_set_attr_u32(flow, ATTR_IPV4_SRC, htonl(INITIATOR));
	nfct_set_attr_u32(flow, ATTR_IPV4_DST, htonl(RESPONDERS + number));
	nfct_set_attr_u8(flow, ATTR_L4PROTO, IPPROTO_UDP);
	nfct_set_attr_u16(flow, ATTR_PORT_SRC, htons(SPORT));
	nfct_set_attr_u16(flow, ATTR_PORT_DST, htons(10080));
	nfct_setobjopt(flow, NFCT_SOPT_SETUP_REPLY);
	nfct_set_attr_u32(flow, ATTR_TIMEOUT, 600);
	nfct_set_attr_u32(flow, ATTR_STATUS, IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED);
	nfct_set_attr(flow, ATTR_HELPER_NAME, "amanda");
	if (nfct_query(handle, NFCT_Q_CREATE, flow) < 0)
		die("create a flow");
	nfct_destroy(flow);
}

static void make_masters(unsigned int count)
{
	struct nfct_handle *handle = nfct_open(NFNL_SUBSYS_CTNETLINK, 0);
	unsigned int i;

	if (!handle)
		die("ctnetlink");
	for (i = 0; i < count; i++)
		make_master(handle, i);
	nfct_close(handle);
}

struct tuple {
	uint8_t protocol;
	uint32_t from;
	uint32_t to;
	uint16_t sport;
	uint16_t dport;
};

static void put_tuple(struct nlmsghdr *header, uint16_t type, struct tuple t)
{
	struct nlattr *tuple = mnl_attr_nest_start(header, type), *part;

	part = mnl_attr_nest_start(header, CTA_TUPLE_IP);
	mnl_attr_put_u32(header, CTA_IP_V4_SRC, htonl(t.from));
	mnl_attr_put_u32(header, CTA_IP_V4_DST, htonl(t.to));
	mnl_attr_nest_end(header, part);
	part = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(header, CTA_PROTO_NUM, t.protocol);
	mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(t.sport));
	mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htons(t.dport));
	mnl_attr_nest_end(header, part);
	mnl_attr_nest_end(header, tuple);
}

static size_t put_expectation(char *at, uint16_t flags, uint32_t responder, uint16_t port,
			      uint32_t seconds)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(at);
	struct nfgenmsg *body = mnl_nlmsg_put_extra_header(header, sizeof(*body));

	header->nlmsg_type = NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_NEW;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	body->nfgen_family = AF_INET;
	put_tuple(header, CTA_EXPECT_MASTER,
		  (struct tuple){ IPPROTO_UDP, INITIATOR, responder, SPORT, 10080 });
	put_tuple(header, CTA_EXPECT_TUPLE,
		  (struct tuple){ IPPROTO_TCP, INITIATOR, responder, 0, port });
	put_tuple(header, CTA_EXPECT_MASK,
		  (struct tuple){ IPPROTO_TCP, ~0u, ~0u, 0, 0xffff });
	mnl_attr_put_u32(header, CTA_EXPECT_TIMEOUT, htonl(seconds));
	mnl_attr_put_u32(header, CTA_EXPECT_CLASS, 0);
	mnl_attr_put_strz(header, CTA_EXPECT_HELP_NAME, "amanda");
	return NLMSG_ALIGN(header->nlmsg_len);
}

/* A new one lives for as long as the helper says, but that can be changed then. */
static size_t put_one(char *at, uint32_t responder, uint16_t port, uint32_t seconds)
{
	size_t size = put_expectation(at, NLM_F_CREATE | NLM_F_EXCL, responder, port, seconds);

	if (seconds)
		size += put_expectation(at + size, 0, responder, port, seconds);
	return size;
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + at.tv_nsec / 1e9;
}

static void sleep_until(double when)
{
	double left = when - now();
	struct timespec rest = { .tv_nsec = (long)(left * 1e9) };

	if (left > 0 && left < 1)
		nanosleep(&rest, NULL);
}

/* Nobody asked for an answer: one that comes is a complaint. */
static void complaints(struct mnl_socket *socket)
{
	char answer[8192];
	ssize_t got = mnl_socket_recvfrom(socket, answer, sizeof(answer));

	if (got > 0 && mnl_cb_run(answer, (size_t)got, 0, 0, NULL, NULL) < 0)
		die("create an expectation");
}

static void make_expectations(unsigned int masters, unsigned int count, unsigned int rate,
			      uint32_t seconds)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_NONBLOCK);
	double begun = now();
	unsigned int i = 0;
	char batch[BATCH * 1024];
	size_t size;

	while (i < count) {
		for (size = 0; i < count; ) {
			size += put_one(batch + size, RESPONDERS + i % masters,
					(uint16_t)(11000 + i / masters), seconds);
			if (++i % BATCH == 0)
				break;
		}
		if (mnl_socket_sendto(socket, batch, size) < 0)
			die("send");
		complaints(socket);
		sleep_until(begun + (double)i / rate);
	}
	printf("%.0f\n", count / (now() - begun));
	mnl_socket_close(socket);
}

int main(int argc, char *argv[])
{
	if (argc != 5)
		return 2;
	make_masters((unsigned int)atoi(argv[1]));
	make_expectations((unsigned int)atoi(argv[1]), (unsigned int)atoi(argv[2]),
			  (unsigned int)atoi(argv[3]), (uint32_t)atoi(argv[4]));
	return 0;
}

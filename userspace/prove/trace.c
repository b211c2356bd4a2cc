// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What nf_tables itself says of the packets of a trial: NFT_MSG_TRACE, of which
 * nf_tables_trace.c sends one for each rule that matched and each policy.
 */
#include "prove/trace.h"

#include <libmnl/libmnl.h>
#include <libnftnl/trace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

const char trace_rules[] =
	"table inet amfw_prove {\n"
	"	chain in { type filter hook prerouting priority -500; meta nftrace set 1; }\n"
	"	chain out { type filter hook output priority -500; meta nftrace set 1; }\n"
	"}\n";

/**
 * trace_open() - listen to the traces of a namespace
 * @network: the namespace
 *
 * Return: a socket that does not block, or -1.
 */
int trace_open(int network)
{
	struct sockaddr_nl here = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTRACE, room = 4 << 20, fd;

	if (setns(network, CLONE_NEWNET))
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!bind(fd, (struct sockaddr *)&here, sizeof(here)) &&
	    !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return fd;
	close(fd);
	return -1;
}

static const uint8_t *header_of(const struct nftnl_trace *trace, uint16_t which, uint32_t least)
{
	uint32_t length = 0;
	const uint8_t *bytes;

	if (!nftnl_trace_is_set(trace, which))
		return NULL;
	bytes = nftnl_trace_get_data(trace, which, &length);
	return length >= least ? bytes : NULL;
}

static void put(struct address *address, sa_family_t family, const uint8_t *bytes)
{
	memset(address, 0, sizeof(*address));
	address->family = family;
	memcpy(&address->v4, bytes, family == AF_INET ? 4 : 16);
}

static bool read_packet(const struct nftnl_trace *trace, struct tuple *packet, int *protocol)
{
	const uint8_t *ip = header_of(trace, NFTNL_TRACE_NETWORK_HEADER, 20);
	const uint8_t *ports = header_of(trace, NFTNL_TRACE_TRANSPORT_HEADER, 4);

	if (!ip || !ports)
		return false;
	if (ip[0] >> 4 == 4) {
		put(&packet->source, AF_INET, ip + 12);
		put(&packet->destination, AF_INET, ip + 16);
		*protocol = ip[9];
	} else {
		ip = header_of(trace, NFTNL_TRACE_NETWORK_HEADER, 40);
		if (!ip)
			return false;
		put(&packet->source, AF_INET6, ip + 8);
		put(&packet->destination, AF_INET6, ip + 24);
		*protocol = ip[6];
	}
	packet->sport.low = (uint16_t)(ports[0] << 8 | ports[1]);
	packet->dport.low = (uint16_t)(ports[2] << 8 | ports[3]);
	return true;
}

static bool starts(const struct shot *shot, const struct tuple *packet)
{
	return packet->sport.low == shot->sent.sport.low &&
	       packet->dport.low == shot->sent.dport.low &&
	       address_equal(&packet->source, &shot->sent.source) &&
	       address_equal(&packet->destination, &shot->sent.destination);
}

static bool answers(const struct shot *shot, const struct tuple *packet)
{
	return packet->sport.low == shot->seen.dport.low &&
	       range_holds(shot->seen.sport, packet->dport.low) &&
	       address_equal(&packet->source, &shot->seen.destination) &&
	       address_equal(&packet->destination, &shot->seen.source);
}

/* Headers come with the first message of each chain; they may have been translated since. */
static struct shot *find(const struct nftnl_trace *trace, struct shot *shots, size_t count)
{
	uint32_t id = nftnl_trace_get_u32(trace, NFTNL_TRACE_ID);
	struct tuple packet;
	int protocol;
	size_t i;

	for (i = 0; i < count; i++)
		if (shots[i].traced && shots[i].trace == id)
			return &shots[i];
	if (!read_packet(trace, &packet, &protocol))
		return NULL;
	for (i = 0; i < count; i++) {
		if (shots[i].protocol != protocol ||
		    (!starts(&shots[i], &packet) && !answers(&shots[i], &packet)))
			continue;
		shots[i].traced = true;
		shots[i].trace = id;
		return &shots[i];
	}
	return NULL;
}

static void copy_name(const struct nftnl_trace *trace, uint16_t which, char name[NAME_ROOM])
{
	const char *text = nftnl_trace_is_set(trace, which) ? nftnl_trace_get_str(trace, which) :
							      "";

	snprintf(name, NAME_ROOM, "%.*s", NAME_ROOM - 1, text);
}

static void note(const struct nftnl_trace *trace, struct shot *shot)
{
	uint32_t type = nftnl_trace_get_u32(trace, NFTNL_TRACE_TYPE);
	struct decision *last = &shot->decision;
	uint32_t verdict;

	if (type == NFT_TRACETYPE_RULE)
		verdict = nftnl_trace_get_u32(trace, NFTNL_TRACE_VERDICT);
	else if (type == NFT_TRACETYPE_POLICY)
		verdict = nftnl_trace_get_u32(trace, NFTNL_TRACE_POLICY);
	else
		return;
	/* What is dropped is repeated, and then nothing new. */
	if (verdict != NF_DROP || last->dropped)
		return;
	last->dropped = true;
	last->handle = type == NFT_TRACETYPE_RULE ?
		       nftnl_trace_get_u64(trace, NFTNL_TRACE_RULE_HANDLE) : 0;
	last->family = (int)nftnl_trace_get_u32(trace, NFTNL_TRACE_FAMILY);
	copy_name(trace, NFTNL_TRACE_TABLE, last->table);
	copy_name(trace, NFTNL_TRACE_CHAIN, last->chain);
}

static int take(const struct nlmsghdr *header, struct shot *shots, size_t count)
{
	struct nftnl_trace *trace;
	struct shot *shot;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE))
		return 0;
	trace = nftnl_trace_alloc();
	if (!trace)
		return -1;
	if (nftnl_trace_nlmsg_parse(header, trace) >= 0) {
		shot = find(trace, shots, count);
		if (shot)
			note(trace, shot);
	}
	nftnl_trace_free(trace);
	return 0;
}

/**
 * trace_read() - read what there is
 * @fd: of trace_open()
 * @shots: gets what concerns it
 * @count: entries of @shots
 */
void trace_read(int fd, struct shot *shots, size_t count)
{
	char buffer[8192];
	ssize_t got;
	int left;

	for (;;) {
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;

		got = recv(fd, buffer, sizeof(buffer), 0);
		if (got <= 0)
			return;
		left = (int)got;
		for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
			take(header, shots, count);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What nf_tables itself says of the packets of a trial: NFT_MSG_TRACE, of which
 * nf_tables_trace.c sends one for each rule that matched and each policy.
 *
 * They are read with libmnl alone: libnftnl's trace.c ends the process where a
 * message is not as it expects, and reads a verdict's chain without a look whether
 * there is one.
 */
#include "prove/trace.h"

#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define OUR_TABLE	"amfw_prove"

const char trace_rules[] =
	"table inet " OUR_TABLE " {\n"
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

/**
 * struct event - one message
 * @type: NFT_TRACETYPE_*
 * @id: number of the packet's trace
 * @family: of the table
 * @decided: there is a verdict, of a rule or a policy
 * @verdict: NF_*
 * @handle: of the rule; 0: there is none
 * @table: its name
 * @chain: likewise
 * @network: bytes of its header; NULL: they do not come with this message
 * @network_length: how many
 * @transport: likewise
 * @transport_length: likewise
 */
struct event {
	uint32_t type;
	uint32_t id;
	int family;
	bool decided;
	uint32_t verdict;
	uint64_t handle;
	char table[NAME_ROOM];
	char chain[NAME_ROOM];
	const uint8_t *network;
	size_t network_length;
	const uint8_t *transport;
	size_t transport_length;
};

static bool read_number(const struct nlattr *attribute, uint32_t *number)
{
	if (mnl_attr_get_payload_len(attribute) < sizeof(*number))
		return false;
	*number = ntohl(mnl_attr_get_u32(attribute));
	return true;
}

static void read_handle(const struct nlattr *attribute, uint64_t *handle)
{
	if (mnl_attr_get_payload_len(attribute) >= sizeof(*handle))
		*handle = be64toh(mnl_attr_get_u64(attribute));
}

static void read_name(const struct nlattr *attribute, char name[NAME_ROOM])
{
	snprintf(name, NAME_ROOM, "%.*s", (int)mnl_attr_get_payload_len(attribute),
		 (const char *)mnl_attr_get_payload(attribute));
}

static void read_verdict(const struct nlattr *nest, struct event *event)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
		if (mnl_attr_get_type(attribute) == NFTA_VERDICT_CODE)
			event->decided |= read_number(attribute, &event->verdict);
}

static void read_attribute(const struct nlattr *attribute, struct event *event)
{
	switch (mnl_attr_get_type(attribute)) {
	case NFTA_TRACE_TYPE:
		read_number(attribute, &event->type);
		break;
	case NFTA_TRACE_ID:
		read_number(attribute, &event->id);
		break;
	case NFTA_TRACE_TABLE:
		read_name(attribute, event->table);
		break;
	case NFTA_TRACE_CHAIN:
		read_name(attribute, event->chain);
		break;
	case NFTA_TRACE_RULE_HANDLE:
		read_handle(attribute, &event->handle);
		break;
	case NFTA_TRACE_VERDICT:
		read_verdict(attribute, event);
		break;
	case NFTA_TRACE_POLICY:
		event->decided |= read_number(attribute, &event->verdict);
		break;
	case NFTA_TRACE_NETWORK_HEADER:
		event->network = mnl_attr_get_payload(attribute);
		event->network_length = mnl_attr_get_payload_len(attribute);
		break;
	case NFTA_TRACE_TRANSPORT_HEADER:
		event->transport = mnl_attr_get_payload(attribute);
		event->transport_length = mnl_attr_get_payload_len(attribute);
		break;
	}
}

static bool read_event(const struct nlmsghdr *header, struct event *event)
{
	const struct nfgenmsg *family = mnl_nlmsg_get_payload(header);
	const struct nlattr *attribute;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE) ||
	    mnl_nlmsg_get_payload_len(header) < sizeof(*family))
		return false;
	memset(event, 0, sizeof(*event));
	event->family = family->nfgen_family;
	mnl_attr_for_each(attribute, header, sizeof(*family))
		read_attribute(attribute, event);
	return true;
}

static void put(struct address *address, sa_family_t family, const uint8_t *bytes)
{
	memset(address, 0, sizeof(*address));
	address->family = family;
	memcpy(&address->v4, bytes, family == AF_INET ? 4 : 16);
}

static bool read_packet(const struct event *event, struct tuple *packet, int *protocol)
{
	const uint8_t *ip = event->network, *ports = event->transport;
	size_t length = event->network_length;

	if (!ip || length < 20 || !ports || event->transport_length < 4)
		return false;
	if (ip[0] >> 4 == 4) {
		put(&packet->source, AF_INET, ip + 12);
		put(&packet->destination, AF_INET, ip + 16);
		*protocol = ip[9];
	} else {
		if (length < 40)
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
static struct shot *find(const struct event *event, struct shot *shots, size_t count)
{
	struct tuple packet;
	int protocol;
	size_t i;

	for (i = 0; i < count; i++)
		if (shots[i].traced && shots[i].trace == event->id)
			return &shots[i];
	if (!read_packet(event, &packet, &protocol))
		return NULL;
	for (i = 0; i < count; i++) {
		if (shots[i].protocol != protocol ||
		    (!starts(&shots[i], &packet) && !answers(&shots[i], &packet)))
			continue;
		shots[i].first = !shots[i].traced && starts(&shots[i], &packet);
		shots[i].traced = true;
		shots[i].trace = event->id;
		return &shots[i];
	}
	return NULL;
}

static void keep(const struct event *event, const struct shot *shot, struct decision *decision)
{
	decision->handle = event->type == NFT_TRACETYPE_RULE ? event->handle : 0;
	decision->family = event->family;
	memcpy(decision->table, event->table, sizeof(decision->table));
	memcpy(decision->base, shot->base, sizeof(decision->base));
	memcpy(decision->chain, event->chain, sizeof(decision->chain));
}

/*
 * A packet has the headers with it when a base chain begins, and comes to our own
 * chain first; another one of the same connection may have the same number.
 */
static void note_chain(const struct event *event, struct shot *shot, bool ours)
{
	if (!event->network)
		return;
	memcpy(shot->base, event->chain, sizeof(shot->base));
	if (!ours)
		return;
	shot->first = shot->first && !shot->entered;
	shot->entered = true;
}

static void note_verdict(const struct event *event, struct shot *shot)
{
	if (event->verdict == NF_ACCEPT && shot->first && shot->accepted_count < ACCEPTED_MOST)
		keep(event, shot, &shot->accepted[shot->accepted_count++]);
	/* What is dropped is repeated, and then nothing new. */
	if (event->verdict != NF_DROP || shot->decision.dropped)
		return;
	keep(event, shot, &shot->decision);
	shot->decision.dropped = true;
}

static void note(const struct event *event, struct shot *shot)
{
	bool ours = !strcmp(event->table, OUR_TABLE);

	note_chain(event, shot, ours);
	if (!ours && event->decided &&
	    (event->type == NFT_TRACETYPE_RULE || event->type == NFT_TRACETYPE_POLICY))
		note_verdict(event, shot);
}

/* mnl_nlmsg_ok() of libmnl 1.0.4 takes a length above INT_MAX for a negative one. */
static bool is_whole(const struct nlmsghdr *header, int left)
{
	return left >= (int)sizeof(*header) && header->nlmsg_len >= sizeof(*header) &&
	       header->nlmsg_len <= (uint32_t)left;
}

/**
 * trace_take() - understand what came in one piece
 * @bytes: netlink messages
 * @length: of that; the last message may be cut
 * @shots: gets what concerns it
 * @count: entries of @shots
 */
void trace_take(const char *bytes, size_t length, struct shot *shots, size_t count)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)bytes;
	int left = (int)length;
	struct event event;
	struct shot *shot;

	for (; is_whole(header, left); header = mnl_nlmsg_next(header, &left)) {
		shot = read_event(header, &event) ? find(&event, shots, count) : NULL;
		if (shot)
			note(&event, shot);
	}
}

/**
 * trace_read() - read what there is
 * @fd: of trace_open()
 * @shots: gets what concerns it
 * @count: entries of @shots
 */
void trace_read(int fd, struct shot *shots, size_t count)
{
	char buffer[8192] __attribute__((aligned(8)));
	ssize_t got;

	while ((got = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		trace_take(buffer, (size_t)got, shots, count);
}

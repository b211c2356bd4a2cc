// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What gets as far as a machine's own sockets: raw sockets see each packet that
 * the input hook has let in, whether or not anybody waits for it.
 */
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "volley.h"

/* The number of the probe in a SYN's MSS option, or -1. */
static long number_of_syn(const uint8_t *segment, size_t length)
{
	const struct tcphdr *tcp = (const void *)segment;
	size_t at = sizeof(*tcp), end;

	if (length < sizeof(*tcp) || !tcp->syn || tcp->ack)
		return -1;
	end = tcp->doff * 4u < length ? tcp->doff * 4u : length;
	while (at + 4 <= end) {
		if (segment[at] == TCPOPT_MAXSEG)
			return (segment[at + 2] << 8 | segment[at + 3]) - MSS_BASE;
		if (segment[at] == TCPOPT_EOL)
			break;
		at += segment[at] == TCPOPT_NOP || !segment[at + 1] ? 1 : segment[at + 1];
	}
	return -1;
}

/* The number in the handle of a REQ, or -1. */
static long number_of_request(uint8_t *datagram, size_t length)
{
	char *text = (char *)datagram + sizeof(struct udphdr), *handle;

	if (length <= sizeof(struct udphdr))
		return -1;
	datagram[length] = '\0';
	if (!strstr(text, " REQ "))
		return -1;
	handle = strstr(text, "HANDLE 000-");
	return handle ? strtol(handle + 11, NULL, 16) : -1;
}

static void ends_of(const struct sockaddr_storage *from, struct msghdr *message,
		    const uint8_t *packet, struct probe *probe)
{
	const struct iphdr *ip = (const void *)packet;
	struct cmsghdr *c;

	probe->got_source.family = from->ss_family;
	probe->got_destination.family = from->ss_family;
	if (from->ss_family == AF_INET) {
		memcpy(probe->got_source.address, &ip->saddr, 4);
		memcpy(probe->got_destination.address, &ip->daddr, 4);
		return;
	}
	memcpy(probe->got_source.address, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	for (c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			memcpy(probe->got_destination.address, CMSG_DATA(c), 16);
}

static void ports_of(const uint8_t *transport, struct probe *probe)
{
	probe->got_source.low = (uint16_t)(transport[0] << 8 | transport[1]);
	probe->got_destination.low = (uint16_t)(transport[2] << 8 | transport[3]);
}

/**
 * sniff() - read what a raw socket has, and mark the probes that are among it
 * @volley: of which
 * @machine: whose socket
 * @family: AF_INET, which comes with its header, or AF_INET6
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @fd: the socket
 */
void sniff(struct volley *volley, size_t machine, sa_family_t family, int protocol, int fd)
{
	uint8_t packet[4096], control[128];
	struct sockaddr_storage from;
	struct iovec vector = { packet, sizeof(packet) - 1 };
	struct msghdr message;
	ssize_t got;

	for (;;) {
		size_t head;
		long number;

		message = (struct msghdr) {
			.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &vector,
			.msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
		};
		got = recvmsg(fd, &message, MSG_DONTWAIT);
		if (got < 0)
			return;
		head = family == AF_INET ? (packet[0] & 15u) * 4u : 0;
		if ((size_t)got < head + sizeof(struct udphdr))
			continue;
		number = protocol == IPPROTO_TCP ? number_of_syn(packet + head, (size_t)got - head)
						 : number_of_request(packet + head,
								     (size_t)got - head);
		if (number < 0 || (size_t)number >= volley->probe_count)
			continue;
		volley->probe[number].arrived = true;
		volley->probe[number].where = machine;
		ends_of(&from, &message, packet, &volley->probe[number]);
		ports_of(packet + head, &volley->probe[number]);
	}
}

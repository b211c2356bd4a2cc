/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rest of a replay sees of a capture: datagrams and segments, whatever
 * they were wrapped in and however many fragments they came in.
 */
#ifndef REPLAY_PACKET_H
#define REPLAY_PACKET_H

#include "flow/address.h"

/**
 * struct endpoint - an address and a port
 * @address: prefix is that of a host
 * @port: in host order; 0 where the protocol has none
 */
struct endpoint {
	struct address address;
	uint16_t port;
};

/**
 * struct tcp_head - of a TCP segment
 * @sequence: as sent, in host order
 * @acknowledged: likewise
 * @flags: TH_SYN and its like of <netinet/tcp.h>
 */
struct tcp_head {
	uint32_t sequence;
	uint32_t acknowledged;
	uint8_t flags;
};

/**
 * struct icmp_head - of an ICMP or ICMPv6 error
 * @type: as sent
 * @code: as sent
 * @protocol: of the packet that it is about
 * @source: where that one came from
 * @destination: where it went to
 */
struct icmp_head {
	uint8_t type;
	uint8_t code;
	uint8_t protocol;
	struct endpoint source;
	struct endpoint destination;
};

/**
 * struct packet - one UDP datagram, TCP segment or ICMP error
 * @number: of its record in its file, from 1; of the last one of its fragments
 * @first: of the first of its fragments; @number where it has none
 * @point: which of the files, from 0: each was captured at one place
 * @time: nanoseconds since 1970, as the capture says; may run backwards
 * @protocol: IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP or IPPROTO_ICMPV6
 * @source: as it was at that place
 * @destination: likewise
 * @data: the payload; valid until the next packet is asked for
 * @length: of the payload, as the UDP length or the IP length says
 * @captured: how much of it is there; less where the capture cut it
 * @behind: bytes of the IP packet behind the end of the UDP datagram, which
 *	follow @data where @captured is @length
 * @ip_id: identification of the IPv4 header, in host order; 0 for IPv6
 * @ttl: what is left of it
 * @tcp: IPPROTO_TCP
 * @icmp: IPPROTO_ICMP, IPPROTO_ICMPV6
 */
struct packet {
	uint64_t number;
	uint64_t first;
	unsigned int point;
	int64_t time;
	uint8_t protocol;
	struct endpoint source;
	struct endpoint destination;
	const uint8_t *data;
	size_t length;
	size_t captured;
	size_t behind;
	uint16_t ip_id;
	uint8_t ttl;
	union {
		struct tcp_head tcp;
		struct icmp_head icmp;
	};
};

#endif /* REPLAY_PACKET_H */

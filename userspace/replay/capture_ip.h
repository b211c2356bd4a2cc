/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of IP, and of what it carries.
 */
#ifndef REPLAY_CAPTURE_IP_H
#define REPLAY_CAPTURE_IP_H

#include "replay/capture_layer.h"
#include "replay/packet.h"

/**
 * struct ip_head - what the headers of IPv4 or IPv6 say
 * @source: where it comes from
 * @destination: where it goes to
 * @protocol: of what follows the headers that are read
 * @ttl: hop limit
 * @ecn: the two bits for congestion
 * @bytes: of the headers that every fragment has, without IPv6's first 40
 * @id: identification; 0 for IPv6
 * @piece: it is a fragment
 * @more: fragments follow it
 * @offset: of the fragment, in bytes
 * @piece_id: identification of the fragment
 */
struct ip_head {
	struct address source;
	struct address destination;
	uint8_t protocol;
	uint8_t ttl;
	uint8_t ecn;
	uint16_t bytes;
	uint16_t id;
	bool piece;
	bool more;
	uint16_t offset;
	uint32_t piece_id;
};

enum layer ip_read(struct octets *octets, struct ip_head *head);
enum layer ip_extensions(struct octets *octets, struct ip_head *head);
bool ip_piece_shows_ports(const struct octets *octets, const struct ip_head *head);
enum layer ip_payload(const struct octets *octets, const struct ip_head *head,
		      struct packet *packet);

#endif /* REPLAY_CAPTURE_IP_H */

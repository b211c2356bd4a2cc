// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The headers of IPv4 and IPv6.  What lies is told from what the capture cut: a length
 * may name more than is captured, but not more than was sent.
 */
#include "replay/capture_ip.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#define IPV4_BYTES	20
#define IPV6_BYTES	40
#define FRAGMENT_BYTES	8

static void head_v4(struct ip_head *head, const uint8_t *at)
{
	memset(head, 0, sizeof(*head));
	head->source.family = AF_INET;
	head->source.prefix = 32;
	head->destination = head->source;
	memcpy(&head->source.v4, at + 12, 4);
	memcpy(&head->destination.v4, at + 16, 4);
	head->protocol = at[9];
	head->ttl = at[8];
	head->ecn = at[1] & 3;
	head->id = be16(at + 4);
	head->piece_id = head->id;
	head->piece = be16(at + 6) & (IP_MF | IP_OFFMASK);
	head->more = be16(at + 6) & IP_MF;
	head->offset = (uint16_t)((be16(at + 6) & IP_OFFMASK) << 3);
}

static enum layer read_v4(struct octets *octets, struct ip_head *head)
{
	size_t bytes, total;

	if (octets->captured < IPV4_BYTES)
		return LAYER_BROKEN;
	bytes = (octets->at[0] & 0xf) * 4;
	total = be16(octets->at + 2);
	/* A large send on its way to the card: the card writes the length. */
	if (!total)
		total = octets->length;
	if (bytes < IPV4_BYTES || !octets_trim(octets, total))
		return LAYER_BROKEN;
	head_v4(head, octets->at);
	head->bytes = (uint16_t)bytes;
	return octets_skip(octets, bytes) ? LAYER_FOUND : LAYER_BROKEN;
}

static void head_v6(struct ip_head *head, const uint8_t *at)
{
	memset(head, 0, sizeof(*head));
	head->source.family = AF_INET6;
	head->source.prefix = 128;
	head->destination = head->source;
	memcpy(&head->source.v6, at + 8, 16);
	memcpy(&head->destination.v6, at + 24, 16);
	head->protocol = at[6];
	head->ttl = at[7];
	head->ecn = at[1] >> 4 & 3;
}

static enum layer read_v6(struct octets *octets, struct ip_head *head)
{
	size_t payload;

	if (octets->captured < IPV6_BYTES)
		return LAYER_BROKEN;
	payload = be16(octets->at + 4);
	/* 0 for a large send, and for a jumbogram. */
	if (payload && !octets_trim(octets, IPV6_BYTES + payload))
		return LAYER_BROKEN;
	head_v6(head, octets->at);
	octets_skip(octets, IPV6_BYTES);
	return ip_extensions(octets, head);
}

static void head_piece(struct ip_head *head, const uint8_t *at)
{
	head->piece = true;
	head->more = at[3] & 1;
	head->offset = be16(at + 2) & 0xfff8;
	head->piece_id = be32(at + 4);
	head->protocol = at[0];
}

/* 0: not one that is skipped, as ipv6_ext_hdr() of net/ipv6/exthdrs_core.c has it. */
static size_t extension_bytes(const uint8_t *at, uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return (at[1] + 1U) * 8;
	case IPPROTO_AH:
		return (at[1] + 2U) * 4;
	case IPPROTO_FRAGMENT:
		return FRAGMENT_BYTES;
	default:
		return 0;
	}
}

/**
 * ip_extensions() - peel IPv6's extension headers off
 * @octets: begins with what @head's protocol says
 * @head: is told what they say
 *
 * It ends behind a fragment header: what follows may be from the middle of anything.
 * When the fragments are together it is called again, for the headers in them.
 *
 * Return: LAYER_FOUND; LAYER_OTHER where a second fragment header follows; LAYER_BROKEN.
 */
enum layer ip_extensions(struct octets *octets, struct ip_head *head)
{
	static const uint8_t none[2];
	const uint8_t *at;
	size_t bytes;

	while (extension_bytes(none, head->protocol)) {
		at = octets->at;
		if (octets->captured < 2 ||
		    !octets_skip(octets, extension_bytes(at, head->protocol)))
			return LAYER_BROKEN;
		bytes = (size_t)(octets->at - at);
		if (head->protocol == IPPROTO_FRAGMENT) {
			if (head->piece)
				return LAYER_OTHER;
			head_piece(head, at);
			return LAYER_FOUND;
		}
		head->protocol = at[0];
		head->bytes = (uint16_t)(head->bytes + bytes);
	}
	return LAYER_FOUND;
}

/**
 * ip_read() - peel the headers of IP off
 * @octets: a packet, and what may follow it in its frame; becomes its payload
 * @head: receives what they say
 *
 * Return: LAYER_FOUND; LAYER_OTHER; LAYER_BROKEN.
 */
enum layer ip_read(struct octets *octets, struct ip_head *head)
{
	if (!octets->captured)
		return LAYER_BROKEN;
	switch (octets->at[0] >> 4) {
	case 4:
		return read_v4(octets, head);
	case 6:
		return read_v6(octets, head);
	default:
		return LAYER_BROKEN;
	}
}

/**
 * ip_piece_shows_ports() - does a first fragment of IPv6 hold all headers?
 * @octets: what follows its fragment header
 * @head: its headers
 *
 * ipv6frag_thdr_truncated() of the kernel drops it where not (RFC 8200, section 4.5).
 * Where the capture cut it, nobody knows, and it counts as one that does.
 *
 * Return: false where it has to be dropped.
 */
bool ip_piece_shows_ports(const struct octets *octets, const struct ip_head *head)
{
	struct octets rest = *octets;
	struct ip_head inner = *head;

	if (head->source.family != AF_INET6 || head->offset)
		return true;
	if (ip_extensions(&rest, &inner) == LAYER_BROKEN)
		return octets->captured < octets->length;
	switch (inner.protocol) {
	case IPPROTO_TCP:
		return rest.length >= 20;
	case IPPROTO_UDP:
	case IPPROTO_ICMPV6:
		return rest.length >= 8;
	default:
		return rest.length >= 1;
	}
}

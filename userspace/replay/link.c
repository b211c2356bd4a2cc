// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link layers that captures are made of: www.tcpdump.org/linktypes.html.
 */
#include "replay/link.h"

#include <net/ethernet.h>
#include <pcap/dlt.h>
#include <stdio.h>

#define ARRAY_COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* What QinQ was before IEEE 802.1ad; <net/ethernet.h> knows neither. */
#define TYPE_8021AD	0x88a8
#define TYPE_QINQ	0x9100
#define TYPE_PPPOE	0x8864

#define ETHERNET_BYTES	14
#define TAG_BYTES	4
#define SLL_BYTES	16
#define SLL_PROTOCOL	14
#define SLL2_BYTES	20
#define FAMILY_BYTES	4
#define PPPOE_BYTES	6
#define PPPOE_LENGTH	4
#define PPP_IP		0x0021
#define PPP_IPV6	0x0057

/* DLT_RAW of OpenBSD, whose number <pcap/dlt.h> has on OpenBSD alone. */
#define OPENBSD_RAW	14

/* RFC 2516: version and type, a code that is 0 in a session, its id, a length. */
static enum layer strip_pppoe(struct octets *frame)
{
	uint16_t protocol;

	if (frame->captured < PPPOE_BYTES + 2)
		return LAYER_BROKEN;
	if (frame->at[0] != 0x11 || frame->at[1])
		return LAYER_OTHER;
	protocol = be16(frame->at + PPPOE_BYTES);
	if (!octets_trim(frame, PPPOE_BYTES + be16(frame->at + PPPOE_LENGTH)) ||
	    !octets_skip(frame, PPPOE_BYTES + 2))
		return LAYER_BROKEN;
	return protocol == PPP_IP || protocol == PPP_IPV6 ? LAYER_FOUND : LAYER_OTHER;
}

/* What follows a protocol number of Ethernet; tags may be stacked. */
static enum layer strip_type(struct octets *frame, uint16_t type)
{
	while (type == ETHERTYPE_VLAN || type == TYPE_8021AD || type == TYPE_QINQ) {
		if (frame->captured < TAG_BYTES)
			return LAYER_BROKEN;
		type = be16(frame->at + 2);
		octets_skip(frame, TAG_BYTES);
	}
	if (type == TYPE_PPPOE)
		return strip_pppoe(frame);
	return type == ETHERTYPE_IP || type == ETHERTYPE_IPV6 ? LAYER_FOUND : LAYER_OTHER;
}

/* A header of @bytes with the protocol number at @place. */
static enum layer strip_header(struct octets *frame, size_t bytes, size_t place)
{
	const uint8_t *header = frame->at;

	if (!octets_skip(frame, bytes))
		return LAYER_BROKEN;
	return strip_type(frame, be16(header + place));
}

static enum layer strip_ethernet(struct octets *frame)
{
	return strip_header(frame, ETHERNET_BYTES, 12);
}

static enum layer strip_sll(struct octets *frame)
{
	return strip_header(frame, SLL_BYTES, SLL_PROTOCOL);
}

static enum layer strip_sll2(struct octets *frame)
{
	return strip_header(frame, SLL2_BYTES, 0);
}

static enum layer strip_raw(struct octets *frame)
{
	return frame->captured ? LAYER_FOUND : LAYER_BROKEN;
}

/*
 * The address family, in the byte order of the machine that captured (NULL) or of the
 * network (LOOP).  AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28
 * on FreeBSD, 30 on Darwin and 10 on Linux.
 */
static enum layer strip_family(struct octets *frame)
{
	uint32_t family;

	if (frame->captured < FAMILY_BYTES)
		return LAYER_BROKEN;
	family = be32(frame->at);
	octets_skip(frame, FAMILY_BYTES);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		return LAYER_FOUND;
	default:
		return LAYER_OTHER;
	}
}

static const struct link links[] = {
	{ DLT_EN10MB, "Ethernet", strip_ethernet },
	{ DLT_LINUX_SLL, "Linux cooked", strip_sll },
	{ DLT_LINUX_SLL2, "Linux cooked v2", strip_sll2 },
	{ DLT_RAW, "raw IP", strip_raw },
	{ OPENBSD_RAW, "raw IP of OpenBSD", strip_raw },
	{ DLT_IPV4, "raw IPv4", strip_raw },
	{ DLT_IPV6, "raw IPv6", strip_raw },
	{ DLT_NULL, "BSD loopback", strip_family },
	{ DLT_LOOP, "OpenBSD loopback", strip_family },
	{ DLT_PPP_ETHER, "PPPoE", strip_pppoe },
};

/**
 * link_find() - look a link layer up
 * @type: as pcap_datalink() says
 *
 * Return: the link layer, or NULL where it is none that is read.
 */
const struct link *link_find(int type)
{
	size_t i;

	for (i = 0; i < ARRAY_COUNT(links); i++) {
		if (links[i].type == type)
			return &links[i];
	}
	return NULL;
}

/**
 * link_names() - name all of them
 * @text: receives "Ethernet, Linux cooked, ..."
 * @size: bytes of @text
 */
void link_names(char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < ARRAY_COUNT(links) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
					 links[i].name);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections that the machine shall know already, and announcements of others:
 * made by ctnetlink, so that no rule has a say.
 */
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include "selftests/ruleset/laboratory.h"

#define SECONDS		600
#define MASTER_PORT	10080

/** entries_open() - in the namespace of the machine */
void entries_open(struct laboratory *lab)
{
	lab->entries = nfct_open(CONNTRACK, 0);
	lab->expectations = nfct_open(EXPECT, 0);
	if (!lab->entries || !lab->expectations)
		die("ctnetlink");
}

/** entries_flush() - the machine forgets all connections */
void entries_flush(struct laboratory *lab)
{
	uint32_t any = AF_UNSPEC;

	if (nfct_query(lab->entries, NFCT_Q_FLUSH, &any))
		die("flush of connections");
	any = AF_INET;
	nfexp_query(lab->expectations, NFCT_Q_FLUSH, &any);
}

static void set_address(struct nf_conntrack *ct, bool six, enum nf_conntrack_attr four_attr,
			enum nf_conntrack_attr six_attr, __uint128_t address)
{
	uint8_t bytes[16];

	address_put(bytes, six, address);
	nfct_set_attr(ct, six ? six_attr : four_attr, bytes);
}

/* The tuple of a packet, as it stands in the packet or the other way round. */
static void set_tuple(struct nf_conntrack *ct, const struct packet *packet, bool turned)
{
	uint8_t protocol = packet->kind == KIND_ERROR ? IPPROTO_UDP : packet->protocol;
	bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;

	nfct_set_attr_u8(ct, ATTR_L3PROTO, packet->six ? AF_INET6 : AF_INET);
	set_address(ct, packet->six, ATTR_IPV4_SRC, ATTR_IPV6_SRC,
		    turned ? packet->daddr : packet->saddr);
	set_address(ct, packet->six, ATTR_IPV4_DST, ATTR_IPV6_DST,
		    turned ? packet->saddr : packet->daddr);
	nfct_set_attr_u8(ct, ATTR_L4PROTO, protocol);
	if (icmp) {
		nfct_set_attr_u8(ct, ATTR_ICMP_TYPE, packet->six ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
		nfct_set_attr_u8(ct, ATTR_ICMP_CODE, 0);
		nfct_set_attr_u16(ct, ATTR_ICMP_ID, htons(packet->sport));
	} else if (has_ports(protocol)) {
		nfct_set_attr_u16(ct, ATTR_PORT_SRC,
				  htons(turned ? packet->dport : packet->sport));
		nfct_set_attr_u16(ct, ATTR_PORT_DST,
				  htons(turned ? packet->sport : packet->dport));
	}
	nfct_setobjopt(ct, NFCT_SOPT_SETUP_REPLY);
}

static void set_tcp(struct nf_conntrack *ct)
{
	const uint8_t liberal = IP_CT_TCP_FLAG_BE_LIBERAL;

	nfct_set_attr_u8(ct, ATTR_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	nfct_set_attr_u8(ct, ATTR_TCP_FLAGS_ORIG, liberal);
	nfct_set_attr_u8(ct, ATTR_TCP_MASK_ORIG, liberal);
	nfct_set_attr_u8(ct, ATTR_TCP_FLAGS_REPL, liberal);
	nfct_set_attr_u8(ct, ATTR_TCP_MASK_REPL, liberal);
}

static bool create(struct laboratory *lab, struct nf_conntrack *ct, const struct packet *packet)
{
	uint32_t status = IPS_CONFIRMED | IPS_SEEN_REPLY | (packet->assured ? IPS_ASSURED : 0);

	nfct_set_attr_u32(ct, ATTR_STATUS, status);
	nfct_set_attr_u32(ct, ATTR_TIMEOUT, SECONDS);
	nfct_set_attr_u32(ct, ATTR_MARK, packet->mark);
	return !nfct_query(lab->entries, NFCT_Q_CREATE, ct);
}

static void set_end(struct nf_conntrack *ct, const struct packet *packet, bool destination,
		    __uint128_t address, uint16_t port)
{
	if (destination)
		set_address(ct, packet->six, ATTR_DNAT_IPV4, ATTR_DNAT_IPV6, address);
	else
		set_address(ct, packet->six, ATTR_SNAT_IPV4, ATTR_SNAT_IPV6, address);
	nfct_set_attr_u16(ct, destination ? ATTR_DNAT_PORT : ATTR_SNAT_PORT, htons(port));
}

/*
 * Of a reply, what it shows is what the connection was translated to; what it does
 * not is what the first packet had.
 */
static void set_translated(struct nf_conntrack *ct, const struct packet *packet)
{
	bool destination = packet->translated == TRANSLATED_TO;
	struct packet first = *packet;

	if (packet->kind == KIND_ORIGINAL) {
		set_tuple(ct, packet, false);
		set_end(ct, packet, destination, packet->other, packet->other_port);
		return;
	}
	if (destination) {
		set_end(ct, packet, true, packet->saddr, packet->sport);
		first.saddr = packet->other;
		first.sport = packet->other_port;
	} else {
		set_end(ct, packet, false, packet->daddr, packet->dport);
		first.daddr = packet->other;
		first.dport = packet->other_port;
	}
	set_tuple(ct, &first, true);
}

static bool make_connection(struct laboratory *lab, const struct packet *packet)
{
	struct nf_conntrack *ct = nfct_new();
	bool made;

	if (packet->translated)
		set_translated(ct, packet);
	else
		set_tuple(ct, packet, packet->kind != KIND_ORIGINAL);
	if (packet->protocol == IPPROTO_TCP)
		set_tcp(ct);
	made = create(lab, ct, packet);
	nfct_destroy(ct);
	return made;
}

static void set_mask(struct nf_conntrack *mask, const struct packet *packet)
{
	static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
					  255, 255, 255, 255, 255, 255, 255, 255 };

	nfct_set_attr_u8(mask, ATTR_L3PROTO, packet->six ? AF_INET6 : AF_INET);
	nfct_set_attr(mask, packet->six ? ATTR_IPV6_SRC : ATTR_IPV4_SRC, ones);
	nfct_set_attr(mask, packet->six ? ATTR_IPV6_DST : ATTR_IPV4_DST, ones);
	nfct_set_attr_u8(mask, ATTR_L4PROTO, packet->protocol);
	nfct_set_attr_u16(mask, ATTR_PORT_SRC, 0xffff);
	nfct_set_attr_u16(mask, ATTR_PORT_DST, 0xffff);
}

static bool announce(struct laboratory *lab, const struct nf_conntrack *master,
		     const struct packet *packet)
{
	struct nf_conntrack *expected = nfct_new(), *mask = nfct_new();
	struct nf_expect *announcement = nfexp_new();
	bool made;

	set_tuple(expected, packet, false);
	set_mask(mask, packet);
	nfexp_set_attr(announcement, ATTR_EXP_MASTER, master);
	nfexp_set_attr(announcement, ATTR_EXP_EXPECTED, expected);
	nfexp_set_attr(announcement, ATTR_EXP_MASK, mask);
	nfexp_set_attr_u32(announcement, ATTR_EXP_TIMEOUT, SECONDS);
	nfexp_set_attr(announcement, ATTR_EXP_HELPER_NAME, HELPER);
	made = !nfexp_query(lab->expectations, NFCT_Q_CREATE, announcement);
	nfexp_destroy(announcement);
	nfct_destroy(expected);
	nfct_destroy(mask);
	return made;
}

/* The connection that announces: of the same machines, with the helper. */
static bool make_announced(struct laboratory *lab, const struct packet *packet)
{
	struct packet master = *packet;
	struct nf_conntrack *ct = nfct_new();
	bool made;

	master.protocol = IPPROTO_UDP;
	master.sport = (uint16_t)(1024 + packet->id);
	master.dport = MASTER_PORT;
	set_tuple(ct, &master, false);
	nfct_set_attr(ct, ATTR_HELPER_NAME, HELPER);
	made = create(lab, ct, &master);
	nfct_attr_unset(ct, ATTR_HELPER_NAME);
	if (made)
		made = announce(lab, ct, packet);
	nfct_destroy(ct);
	return made;
}

/**
 * entry_make() - have the machine know what a packet says it knows
 * @lab: the machine's
 * @packet: the packet
 *
 * Return: whether that could be done.
 */
bool entry_make(struct laboratory *lab, const struct packet *packet)
{
	switch (packet->kind) {
	case KIND_FIRST:
		return true;
	case KIND_EXPECTED:
		return make_announced(lab, packet);
	default:
		return make_connection(lab, packet);
	}
}

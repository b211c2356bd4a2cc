/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the two modules share. */
#ifndef AMANDA_HELPER_H
#define AMANDA_HELPER_H

#include <linux/skbuff.h>

#include "amanda_compat.h"
#include "amanda_exchange.h"
#include "amanda_packet.h"
#include "amanda_ports.h"

/**
 * struct nf_ct_amanda_nat - what nf_nat_amanda lends to nf_conntrack_amanda
 * @follow_master: gives a stream the translation of its control flow
 * @mangle: replaces a part of the UDP payload
 *
 * Both are functions of nf_nat, which a firewall without NAT need not load.
 */
struct nf_ct_amanda_nat {
	void (*follow_master)(struct nf_conn *ct, struct nf_conntrack_expect *exp);
	bool (*mangle)(struct sk_buff *skb, struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		       unsigned int protoff, unsigned int match_offset, unsigned int match_len,
		       const char *rep_buffer, unsigned int rep_len);
};

int nf_ct_amanda_nat_register(const struct nf_ct_amanda_nat *nat);
void nf_ct_amanda_nat_unregister(void);

/**
 * struct amanda_datagram - a packet on its way through the helper
 * @skb: the packet
 * @protoff: where its UDP header starts
 * @ct: the control flow
 * @ctinfo: the packet's place in it
 * @flow: what is remembered of it: the private area of 32 bytes
 * @data: the UDP payload, at least as far as the grammar looks
 * @length: bytes at @data
 */
struct amanda_datagram {
	struct sk_buff		*skb;
	struct nf_conn		*ct;
	struct amanda_flow	*flow;
	const char		*data;
	unsigned int		length;
	unsigned int		protoff;
	enum ip_conntrack_info	ctinfo;
};

/**
 * struct amanda_reply - a REP with streams
 * @datagram: where it stands
 * @packet: what the grammar made of it
 * @ports: the ports that may be opened
 * @nat: NULL where the flow is not translated
 * @made: the expectations of @port
 * @count: entries of @port in use
 * @min_port: the lowest port that may be opened
 * @port: the streams that are ports, in host order
 */
struct amanda_reply {
	const struct amanda_datagram	*datagram;
	const struct amanda_packet	*packet;
	const struct amanda_ports	*ports;
	const struct nf_ct_amanda_nat	*nat;
	struct nf_conntrack_expect	*made[AMANDA_STREAMS_MAX];
	unsigned int			count;
	u16				min_port;
	u16				port[AMANDA_STREAMS_MAX];
};

int amanda_streams_open(struct amanda_reply *reply, bool taken_over, u16 *shift);
void amanda_streams_renew(struct amanda_reply *reply, u16 shift);
void amanda_streams_undo(struct amanda_reply *reply);
void amanda_streams_keep(struct amanda_reply *reply);

#endif /* AMANDA_HELPER_H */

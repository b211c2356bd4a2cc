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
 * struct amanda_reply - a REP with streams on its way through the helper
 * @skb: the packet
 * @protoff: where its UDP header starts
 * @ct: the control flow
 * @ctinfo: the packet's place in it
 * @data: the UDP payload, at least up to the end of the CONNECT line
 * @packet: what the grammar made of it
 * @ports: the ports that may be opened
 * @min_port: the lowest of them
 * @nat: NULL where the flow is not translated
 * @port: the streams that are ports, in host order
 * @count: entries of @port in use
 * @made: the expectations of @port
 */
struct amanda_reply {
	struct sk_buff			*skb;
	unsigned int			protoff;
	struct nf_conn			*ct;
	enum ip_conntrack_info		ctinfo;
	const char			*data;
	const struct amanda_packet	*packet;
	const struct amanda_ports	*ports;
	u16				min_port;
	const struct nf_ct_amanda_nat	*nat;
	u16				port[AMANDA_STREAMS_MAX];
	unsigned int			count;
	struct nf_conntrack_expect	*made[AMANDA_STREAMS_MAX];
};

/* The private area of the control flow, 32 bytes in every kernel. */
static inline struct amanda_flow *amanda_flow(const struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	return help ? (struct amanda_flow *)help->data : NULL;
}

int amanda_streams_open(struct amanda_reply *reply, bool taken_over, u16 *shift);
void amanda_streams_renew(struct amanda_reply *reply, u16 shift);
void amanda_streams_undo(struct amanda_reply *reply);
void amanda_streams_keep(struct amanda_reply *reply);

#endif /* AMANDA_HELPER_H */

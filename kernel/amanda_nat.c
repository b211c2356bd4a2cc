// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NAT half: lends nf_nat's functions to nf_conntrack_amanda, which a
 * firewall without NAT can thus use without loading nf_nat.
 */
#include <linux/module.h>
#include <net/netfilter/nf_nat_helper.h>

#include "amanda_helper.h"

#define NAT_HELPER_NAME "amanda"

MODULE_AUTHOR("The amfw developers");
MODULE_DESCRIPTION("Amanda NAT helper");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NF_NAT_HELPER(NAT_HELPER_NAME);

static struct nf_conntrack_nat_helper nat_helper = NF_CT_NAT_HELPER_INIT(NAT_HELPER_NAME);

static bool mangle(struct sk_buff *skb, struct nf_conn *ct, enum ip_conntrack_info ctinfo,
		   unsigned int protoff, unsigned int match_offset, unsigned int match_len,
		   const char *rep_buffer, unsigned int rep_len)
{
	return nf_nat_mangle_udp_packet(skb, ct, ctinfo, protoff, match_offset, match_len,
					rep_buffer, rep_len);
}

static const struct nf_ct_amanda_nat nat = {
	/* Its name, "nat-follow-master", is what conntrackd sends along. */
	.follow_master	= nf_nat_follow_master,
	.mangle		= mangle,
};

static int __init nf_nat_amanda_init(void)
{
	int err = nf_ct_amanda_nat_register(&nat);

	if (!err)
		nf_nat_helper_register(&nat_helper);
	return err;
}

static void __exit nf_nat_amanda_fini(void)
{
	nf_nat_helper_unregister(&nat_helper);
	nf_ct_amanda_nat_unregister();
}

module_init(nf_nat_amanda_init);
module_exit(nf_nat_amanda_fini);

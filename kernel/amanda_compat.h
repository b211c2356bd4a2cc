/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels that the modules build on.
 *
 * probe-kernel compiles a few lines against the headers and writes what it
 * found to amanda_config.h.  Version numbers say nothing here: stable trees
 * and distributions have taken each of these changes into older versions.
 */
#ifndef AMANDA_COMPAT_H
#define AMANDA_COMPAT_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "amanda_config.h"

/*
 * Kernels are built to clear every variable on the stack, which for a buffer
 * costs more than the packet does.  Only for what is written before it is read.
 */
#if __has_attribute(__uninitialized__)
#define amanda_uninitialized __attribute__((__uninitialized__))
#else
#define amanda_uninitialized
#endif

typedef int (*amanda_help_fn)(struct sk_buff *skb, unsigned int protoff, struct nf_conn *ct,
			      enum ip_conntrack_info ctinfo);
typedef int (*amanda_from_nlattr_fn)(struct nlattr *attr, struct nf_conn *ct);

/* nf_ct_refresh() lost its sk_buff, which it did not use, in 6.14. */
static inline void amanda_ct_refresh(struct nf_conn *ct, const struct sk_buff *skb,
				     unsigned long extra)
{
#if AMANDA_HAVE_REFRESH_WITHOUT_SKB
	nf_ct_refresh(ct, extra);
#else
	nf_ct_refresh(ct, skb, extra);
#endif
}

/*
 * Up to 7.2 a helper has a port, which chose the helper of a new connection
 * until automatic assignment was removed (6.0), and which no two helpers may
 * share even now.  7.3 has no port.
 */
static inline void amanda_helper_init(struct nf_conntrack_helper *helper, u16 family,
				      const char *name, u16 port,
				      const struct nf_conntrack_expect_policy *policy,
				      amanda_help_fn help, amanda_from_nlattr_fn from_nlattr,
				      struct module *module)
{
#if AMANDA_HAVE_INIT_WITHOUT_PORTS
	nf_ct_helper_init(helper, family, IPPROTO_UDP, name, policy, 0, help, from_nlattr,
			  module);
#else
	nf_ct_helper_init(helper, family, IPPROTO_UDP, name, port, port, 0, policy, 0, help,
			  from_nlattr, module);
#endif
}

/* From 7.1 on the kernel registers copies and hands out pointers to them. */
#if AMANDA_HAVE_REGISTER_WITH_POINTERS
#define amanda_helpers_register(helpers, count, pointers) \
	nf_conntrack_helpers_register(helpers, count, pointers)
#define amanda_helpers_unregister(helpers, count, pointers) \
	nf_conntrack_helpers_unregister(pointers, count)
#else
#define amanda_helpers_register(helpers, count, pointers) \
	((void)(pointers), nf_conntrack_helpers_register(helpers, count))
#define amanda_helpers_unregister(helpers, count, pointers) \
	((void)(pointers), nf_conntrack_helpers_unregister(helpers, count))
#endif

#endif /* AMANDA_COMPAT_H */

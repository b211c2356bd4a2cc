// SPDX-License-Identifier: GPL-2.0-or-later
/* Expressions that load what is mostly not known: routes, sockets, numbers. */
#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

#define FROM_ADDRESS	(NFTA_FIB_F_SADDR | NFTA_FIB_F_DADDR)
#define WITH_INTERFACE	(NFTA_FIB_F_IIF | NFTA_FIB_F_OIF)

static const char *fib_name(struct code *code, uint32_t result, uint32_t flags)
{
	static const char *const results[] = { "?", "oif", "oifname", "type" };

	return compile_print(code->compiler, "fib %s%s%s%s %s",
			     flags & NFTA_FIB_F_SADDR ? "saddr" : "daddr",
			     flags & NFTA_FIB_F_MARK ? " . mark" : "",
			     flags & NFTA_FIB_F_IIF ? " . iif" : "",
			     flags & NFTA_FIB_F_OIF ? " . oif" : "",
			     results[result <= NFT_FIB_RESULT_ADDRTYPE ? result : 0]);
}

/**
 * expr_fib() - what the routing tables say of an address
 * @code: the rule
 * @e: the expression
 *
 * Flows come and go where the routes lead: a check whether there is a route
 * back, as firewalld makes it, finds one.
 */
void expr_fib(struct code *code, struct nftnl_expr *e)
{
	uint32_t number = nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_DREG);
	uint32_t result = nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT);
	uint32_t flags = nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS);
	static const unsigned char present = 1;
	struct bits bits;

	if (result == NFT_FIB_RESULT_ADDRTYPE && !(flags & WITH_INTERFACE)) {
		bits_host(code, &bits, 4,
			  flags & NFTA_FIB_F_SADDR ? FIELD_SADDR_TYPE : FIELD_DADDR_TYPE);
		register_load(code, number, &bits);
	} else if ((flags & NFTA_FIB_F_PRESENT) && (flags & FROM_ADDRESS)) {
		bits_constants(&bits, &present, sizeof(present));
		register_load(code, number, &bits);
	} else {
		register_unknown(code, number, result == NFT_FIB_RESULT_OIFNAME ? 16 : 4,
				 fib_name(code, result, flags));
	}
}

/**
 * expr_rt() - the packet's route
 * @code: the rule
 * @e: the expression
 */
void expr_rt(struct code *code, struct nftnl_expr *e)
{
	static const struct {
		const char *name;
		unsigned int length;
	} keys[] = {
		{ "rt classid", 4 }, { "rt ip nexthop", 4 }, { "rt ip6 nexthop", 16 },
		{ "rt mtu", 2 }, { "rt ipsec", 1 }, { "rt", 4 },
	};
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_RT_KEY);

	if (key > NFT_RT_XFRM)
		key = NFT_RT_XFRM + 1;
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_RT_DREG), keys[key].length,
			 keys[key].name);
}

/**
 * expr_socket() - the socket that will get the packet
 * @code: the rule
 * @e: the expression
 */
void expr_socket(struct code *code, struct nftnl_expr *e)
{
	static const struct {
		const char *name;
		unsigned int length;
	} keys[] = {
		{ "socket transparent", 1 }, { "socket mark", 4 }, { "socket wildcard", 1 },
		{ "socket cgroupv2", 8 }, { "socket", 4 },
	};
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_SOCKET_KEY);

	if (key > NFT_SOCKET_CGROUPV2)
		key = NFT_SOCKET_CGROUPV2 + 1;
	code_doubt(code, "whether there is a socket");
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_SOCKET_DREG),
			 keys[key].length, keys[key].name);
}

/* Packets in question have none, as "ip6 nexthdr" is their protocol; IPv4 has no such thing. */
static void extension_header(struct code *code, struct nftnl_expr *e)
{
	bool whether = nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT;
	const uint8_t none = 0;
	struct bits bits;

	if (!whether || code->version == VERSION_4) {
		code_never(code);
		return;
	}
	bits_constants(&bits, &none, sizeof(none));
	register_load(code, nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_DREG), &bits);
}

/**
 * expr_exthdr() - options of a header, read or written
 * @code: the rule
 * @e: the expression
 */
void expr_exthdr(struct code *code, struct nftnl_expr *e)
{
	uint32_t operation = nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_OP);
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_LEN);
	static const char *const names[] = { "exthdr", "tcp option", "ip option",
					     "sctp chunk", "dccp option" };
	const char *name = operation < 5 ? names[operation] : "an option of a header";

	/* Options that are written are for the ends. */
	if (nftnl_expr_is_set(e, NFTNL_EXPR_EXTHDR_SREG) ||
	    !nftnl_expr_is_set(e, NFTNL_EXPR_EXTHDR_DREG))
		return;
	if (operation == NFT_EXTHDR_OP_IPV6) {
		extension_header(code, e);
		return;
	}
	/* Without the header the rule breaks, unless it asks for just that. */
	if (!(nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_FLAGS) & NFT_EXTHDR_F_PRESENT))
		code_doubt(code, name);
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_EXTHDR_DREG),
			 length ? length : 1, name);
}

/**
 * expr_numgen() - a number of its own
 * @code: the rule
 * @e: the expression
 */
void expr_numgen(struct code *code, struct nftnl_expr *e)
{
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_NG_DREG), 4, "numgen");
}

/**
 * expr_hash() - a hash
 * @code: the rule
 * @e: the expression
 */
void expr_hash(struct code *code, struct nftnl_expr *e)
{
	bool symmetric = nftnl_expr_get_u32(e, NFTNL_EXPR_HASH_TYPE) == NFT_HASH_SYM;

	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_HASH_DREG), 4,
			 symmetric ? "symhash" : "jhash");
}

/**
 * expr_osf() - the operating system that a packet looks like
 * @code: the rule
 * @e: the expression
 */
void expr_osf(struct code *code, struct nftnl_expr *e)
{
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_OSF_DREG), 16, "osf");
}

/**
 * expr_xfrm() - IPsec
 * @code: the rule
 * @e: the expression
 */
void expr_xfrm(struct code *code, struct nftnl_expr *e)
{
	code_doubt(code, "ipsec");
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_XFRM_DREG), 16, "ipsec");
}

/**
 * expr_tunnel() - metadata of tunnels
 * @code: the rule
 * @e: the expression
 */
void expr_tunnel(struct code *code, struct nftnl_expr *e)
{
	register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_TUNNEL_DREG), 4, "tunnel");
}

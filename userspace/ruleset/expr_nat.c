// SPDX-License-Identifier: GPL-2.0-or-later
/* Translation: nat, masq and redir. */
#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/**
 * struct operand - what a register of nat holds
 * @given: the expression names a register
 * @known: it is a number or what a map holds
 * @data: it is what a map holds, from bit @from on
 * @number: otherwise
 */
struct operand {
	bool given;
	bool known;
	bool data;
	unsigned int from;
	__uint128_t number;
};

static struct operand operand(const struct code *code, struct nftnl_expr *e, uint16_t which,
			      unsigned int length)
{
	struct operand operand = { .given = nftnl_expr_is_set(e, which) };
	unsigned char bytes[REGISTER_BYTES];
	struct bits bits;
	unsigned int byte;

	if (!operand.given || !register_span(nftnl_expr_get_u32(e, which), length, &byte))
		return operand;
	register_read(code, byte, length, &bits);
	if (bits_constant(&bits, bytes)) {
		operand.known = true;
		operand.number = bytes_number(bytes, length);
	} else if (code->map && bits_data(&bits, bits.bit[0].index)) {
		operand.known = true;
		operand.data = true;
		operand.from = bits.bit[0].index;
	}
	return operand;
}

/* First and last of addresses or of ports; a last that is not given is the first. */
static bool pair(const struct code *code, struct nftnl_expr *e, uint16_t first, uint16_t last,
		 unsigned int length, struct operand *low, struct operand *high)
{
	*low = operand(code, e, first, length);
	*high = operand(code, e, last, length);
	if (!high->given)
		*high = *low;
	if (!low->given && high->given)
		*low = *high;
	return (!low->given || low->known) && (!high->given || high->known);
}

static bool same(const struct operand *a, const struct operand *b)
{
	return a->data == b->data && (!a->data || a->from == b->from);
}

/* An address and a port from a map are what it holds from its first bit on. */
static bool nat_from_lookup(const struct operand *address, const struct operand *port,
			    unsigned int length, struct nat_step *nat)
{
	nat->from_lookup = true;
	return address->data && !address->from &&
	       (!port->given || (port->data && port->from == 8 * length));
}

static void random_flag(struct nat_step *nat, uint32_t flags)
{
	nat->random = flags & NF_NAT_RANGE_PROTO_RANDOM_ALL;
}

static void nat_step(struct code *code, const struct nat_step *nat)
{
	struct step *step = code_step(code, STEP_NAT);

	if (!step)
		return;
	step->nat = *nat;
	code->done = true;
}

/**
 * expr_nat() - snat and dnat
 * @code: the rule
 * @e: the expression
 */
void expr_nat(struct code *code, struct nftnl_expr *e)
{
	uint32_t family = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_FAMILY);
	uint32_t flags = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_FLAGS);
	bool source = nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) == NFT_NAT_SNAT;
	unsigned int length = code->version == VERSION_4 ? 4 : 16;
	struct nat_step nat = { .kind = source ? NAT_SNAT : NAT_DNAT };
	struct operand low, high, first, last;
	bool known;

	/* nft_nat_inet_eval() does nothing to the other family. */
	if (family != (code->version == VERSION_4 ? NFPROTO_IPV4 : NFPROTO_IPV6) &&
	    family != NFPROTO_INET)
		return;
	if (flags & NF_NAT_RANGE_NETMAP)
		nat.kind = NAT_NETMAP;
	random_flag(&nat, flags);
	known = pair(code, e, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFTNL_EXPR_NAT_REG_ADDR_MAX, length,
		     &low, &high) &&
		pair(code, e, NFTNL_EXPR_NAT_REG_PROTO_MIN, NFTNL_EXPR_NAT_REG_PROTO_MAX, 2,
		     &first, &last) && same(&low, &high) && same(&first, &last);
	if (known && (low.data || first.data))
		known = nat_from_lookup(&low, &first, length, &nat);
	if (!known) {
		code_lost(code, "to which address a map translates");
		return;
	}
	nat.address = (struct interval){ low.number, high.number };
	nat.port = (struct interval){ first.number, last.number };
	nat_step(code, &nat);
}

static void own_address(struct code *code, struct nftnl_expr *e, enum nat_kind kind,
			uint16_t first, uint16_t last, uint32_t flags)
{
	struct nat_step nat = { .kind = kind };
	struct operand low, high;

	random_flag(&nat, flags);
	if (!pair(code, e, first, last, 2, &low, &high) || low.data || high.data) {
		code_lost(code, "to which port a map translates");
		return;
	}
	nat.port = (struct interval){ low.number, high.number };
	nat_step(code, &nat);
}

/**
 * expr_masq() - the address of the interface
 * @code: the rule
 * @e: the expression
 */
void expr_masq(struct code *code, struct nftnl_expr *e)
{
	own_address(code, e, NAT_MASQUERADE, NFTNL_EXPR_MASQ_REG_PROTO_MIN,
		    NFTNL_EXPR_MASQ_REG_PROTO_MAX, nftnl_expr_get_u32(e, NFTNL_EXPR_MASQ_FLAGS));
}

/**
 * expr_redir() - to this machine
 * @code: the rule
 * @e: the expression
 */
void expr_redir(struct code *code, struct nftnl_expr *e)
{
	own_address(code, e, NAT_REDIRECT, NFTNL_EXPR_REDIR_REG_PROTO_MIN,
		    NFTNL_EXPR_REDIR_REG_PROTO_MAX,
		    nftnl_expr_get_u32(e, NFTNL_EXPR_REDIR_FLAGS));
}

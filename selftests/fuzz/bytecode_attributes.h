/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of what libnftnl reads, and how many bytes each has: libnftnl takes
 * the kernel's word for it, so a fuzzer must not lie to it about these.
 */
#ifndef FUZZ_BYTECODE_ATTRIBUTES_H
#define FUZZ_BYTECODE_ATTRIBUTES_H

#include <stdint.h>

#define SIZE_TEXT	0
#define SIZE_DATA	0xff	/* up to 64 bytes */
#define SIZE_OWNED	0xfe	/* any length; libnftnl keeps the memory */
#define ATTRIBUTES_MOST	10

struct attribute {
	uint16_t id;
	uint8_t size;
};

struct thing {
	const char *name;
	struct attribute attributes[ATTRIBUTES_MOST];
};

#define FIRST	NFTNL_EXPR_BASE

static const struct thing expressions[] = {
	{ "payload", { { FIRST, 4 }, { FIRST + 1, 4 }, { FIRST + 2, 4 }, { FIRST + 3, 4 },
		       { FIRST + 4, 4 } } },
	{ "meta", { { FIRST, 4 }, { FIRST + 1, 4 }, { FIRST + 2, 4 } } },
	{ "ct", { { NFTNL_EXPR_CT_DREG, 4 }, { NFTNL_EXPR_CT_KEY, 4 }, { NFTNL_EXPR_CT_DIR, 1 },
		  { NFTNL_EXPR_CT_SREG, 4 } } },
	{ "cmp", { { NFTNL_EXPR_CMP_SREG, 4 }, { NFTNL_EXPR_CMP_OP, 4 },
		   { NFTNL_EXPR_CMP_DATA, SIZE_DATA } } },
	{ "range", { { NFTNL_EXPR_RANGE_SREG, 4 }, { NFTNL_EXPR_RANGE_OP, 4 },
		     { NFTNL_EXPR_RANGE_FROM_DATA, SIZE_DATA },
		     { NFTNL_EXPR_RANGE_TO_DATA, SIZE_DATA } } },
	{ "bitwise", { { NFTNL_EXPR_BITWISE_SREG, 4 }, { NFTNL_EXPR_BITWISE_DREG, 4 },
		       { NFTNL_EXPR_BITWISE_LEN, 4 }, { NFTNL_EXPR_BITWISE_MASK, SIZE_DATA },
		       { NFTNL_EXPR_BITWISE_XOR, SIZE_DATA }, { NFTNL_EXPR_BITWISE_OP, 4 },
		       { NFTNL_EXPR_BITWISE_DATA, SIZE_DATA } } },
	{ "byteorder", { { NFTNL_EXPR_BYTEORDER_DREG, 4 }, { NFTNL_EXPR_BYTEORDER_SREG, 4 },
			 { NFTNL_EXPR_BYTEORDER_OP, 4 }, { NFTNL_EXPR_BYTEORDER_LEN, 4 },
			 { NFTNL_EXPR_BYTEORDER_SIZE, 4 } } },
	{ "immediate", { { NFTNL_EXPR_IMM_DREG, 4 }, { NFTNL_EXPR_IMM_DATA, SIZE_DATA },
			 { NFTNL_EXPR_IMM_VERDICT, 4 }, { NFTNL_EXPR_IMM_CHAIN, SIZE_TEXT } } },
	{ "lookup", { { NFTNL_EXPR_LOOKUP_SREG, 4 }, { NFTNL_EXPR_LOOKUP_DREG, 4 },
		      { NFTNL_EXPR_LOOKUP_SET, SIZE_TEXT }, { NFTNL_EXPR_LOOKUP_FLAGS, 4 } } },
	{ "dynset", { { NFTNL_EXPR_DYNSET_SREG_KEY, 4 }, { NFTNL_EXPR_DYNSET_OP, 4 },
		      { NFTNL_EXPR_DYNSET_SET_NAME, SIZE_TEXT },
		      { NFTNL_EXPR_DYNSET_FLAGS, 4 } } },
	{ "objref", { { NFTNL_EXPR_OBJREF_IMM_TYPE, 4 }, { NFTNL_EXPR_OBJREF_IMM_NAME, SIZE_TEXT },
		      { NFTNL_EXPR_OBJREF_SET_SREG, 4 },
		      { NFTNL_EXPR_OBJREF_SET_NAME, SIZE_TEXT } } },
	{ "nat", { { NFTNL_EXPR_NAT_TYPE, 4 }, { NFTNL_EXPR_NAT_FAMILY, 4 },
		   { NFTNL_EXPR_NAT_REG_ADDR_MIN, 4 }, { NFTNL_EXPR_NAT_REG_ADDR_MAX, 4 },
		   { NFTNL_EXPR_NAT_REG_PROTO_MIN, 4 }, { NFTNL_EXPR_NAT_REG_PROTO_MAX, 4 },
		   { NFTNL_EXPR_NAT_FLAGS, 4 } } },
	{ "masq", { { FIRST, 4 }, { FIRST + 1, 4 }, { FIRST + 2, 4 } } },
	{ "redir", { { FIRST, 4 }, { FIRST + 1, 4 }, { FIRST + 2, 4 } } },
	{ "fib", { { FIRST, 4 }, { FIRST + 1, 4 }, { FIRST + 2, 4 } } },
	{ "rt", { { FIRST, 4 }, { FIRST + 1, 4 } } },
	{ "socket", { { FIRST, 4 }, { FIRST + 1, 4 } } },
	{ "exthdr", { { NFTNL_EXPR_EXTHDR_DREG, 4 }, { NFTNL_EXPR_EXTHDR_TYPE, 1 },
		      { NFTNL_EXPR_EXTHDR_LEN, 4 }, { NFTNL_EXPR_EXTHDR_FLAGS, 4 },
		      { NFTNL_EXPR_EXTHDR_OP, 4 }, { NFTNL_EXPR_EXTHDR_SREG, 4 } } },
	{ "numgen", { { NFTNL_EXPR_NG_DREG, 4 } } },
	{ "hash", { { NFTNL_EXPR_HASH_DREG, 4 }, { NFTNL_EXPR_HASH_TYPE, 4 } } },
	{ "osf", { { NFTNL_EXPR_OSF_DREG, 4 } } },
	{ "xfrm", { { NFTNL_EXPR_XFRM_DREG, 4 } } },
	{ "tunnel", { { NFTNL_EXPR_TUNNEL_DREG, 4 } } },
	{ "match", { { NFTNL_EXPR_MT_NAME, SIZE_TEXT }, { NFTNL_EXPR_MT_REV, 4 },
		     { NFTNL_EXPR_MT_INFO, SIZE_OWNED } } },
	{ "target", { { NFTNL_EXPR_TG_NAME, SIZE_TEXT }, { NFTNL_EXPR_TG_REV, 4 },
		      { NFTNL_EXPR_TG_INFO, SIZE_OWNED } } },
	{ "synproxy", { { NFTNL_EXPR_SYNPROXY_MSS, 2 } } },
	{ "reject", { { NFTNL_EXPR_REJECT_TYPE, 4 } } },
	{ "notrack", { { 0, 0 } } },
	{ "limit", { { NFTNL_EXPR_LIMIT_TYPE, 4 } } },
	{ "counter", { { NFTNL_EXPR_CTR_BYTES, 8 } } },
};

static const struct thing set_thing = { "set", {
	{ NFTNL_SET_NAME, SIZE_TEXT }, { NFTNL_SET_FLAGS, 4 }, { NFTNL_SET_KEY_TYPE, 4 },
	{ NFTNL_SET_KEY_LEN, 4 }, { NFTNL_SET_DATA_TYPE, 4 }, { NFTNL_SET_DATA_LEN, 4 },
	{ NFTNL_SET_OBJ_TYPE, 4 },
} };

static const struct thing element_thing = { "element", {
	{ NFTNL_SET_ELEM_FLAGS, 4 }, { NFTNL_SET_ELEM_KEY, SIZE_DATA },
	{ NFTNL_SET_ELEM_KEY_END, SIZE_DATA }, { NFTNL_SET_ELEM_VERDICT, 4 },
	{ NFTNL_SET_ELEM_CHAIN, SIZE_TEXT }, { NFTNL_SET_ELEM_DATA, SIZE_DATA },
	{ NFTNL_SET_ELEM_TIMEOUT, 8 }, { NFTNL_SET_ELEM_OBJREF, SIZE_TEXT },
} };

#endif /* FUZZ_BYTECODE_ATTRIBUTES_H */

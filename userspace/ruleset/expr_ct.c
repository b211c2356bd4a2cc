// SPDX-License-Identifier: GPL-2.0-or-later
/* The expression ct: what connection tracking knows. */
#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/* Names are those of nft; NULL where the bytes are no field and tell nothing. */
static const struct {
	const char *name;
	enum field field;
	unsigned int length;
} keys[] = {
	[NFT_CT_STATE] = { "ct state", FIELD_CT_STATE, 4 },
	[NFT_CT_DIRECTION] = { "ct direction", FIELD_CT_DIRECTION, 1 },
	[NFT_CT_STATUS] = { "ct status", FIELD_CT_STATUS, 4 },
	[NFT_CT_MARK] = { "ct mark", FIELD_CT_MARK, 4 },
	[NFT_CT_SECMARK] = { "ct secmark", FIELD_COUNT, 4 },
	[NFT_CT_EXPIRATION] = { "ct expiration", FIELD_COUNT, 4 },
	[NFT_CT_HELPER] = { "ct helper", FIELD_CT_HELPER, 16 },
	[NFT_CT_L3PROTOCOL] = { "ct l3proto", FIELD_COUNT, 1 },
	[NFT_CT_SRC] = { "ct saddr", FIELD_COUNT, 16 },
	[NFT_CT_DST] = { "ct daddr", FIELD_COUNT, 16 },
	[NFT_CT_PROTOCOL] = { "ct protocol", FIELD_PROTOCOL, 1 },
	[NFT_CT_PROTO_SRC] = { "ct proto-src", FIELD_COUNT, 2 },
	[NFT_CT_PROTO_DST] = { "ct proto-dst", FIELD_COUNT, 2 },
	[NFT_CT_LABELS] = { "ct label", FIELD_COUNT, 16 },
	[NFT_CT_PKTS] = { "ct packets", FIELD_COUNT, 8 },
	[NFT_CT_BYTES] = { "ct bytes", FIELD_COUNT, 8 },
	[NFT_CT_AVGPKT] = { "ct avgpkt", FIELD_COUNT, 8 },
	[NFT_CT_ZONE] = { "ct zone", FIELD_COUNT, 2 },
	[NFT_CT_EVENTMASK] = { "ct event", FIELD_COUNT, 4 },
	[NFT_CT_SRC_IP] = { "ct ip saddr", FIELD_COUNT, 4 },
	[NFT_CT_DST_IP] = { "ct ip daddr", FIELD_COUNT, 4 },
	[NFT_CT_SRC_IP6] = { "ct ip6 saddr", FIELD_COUNT, 16 },
	[NFT_CT_DST_IP6] = { "ct ip6 daddr", FIELD_COUNT, 16 },
	[NFT_CT_ID] = { "ct id", FIELD_COUNT, 4 },
};

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

/* nft_ct_get_eval() breaks where the connection has no helper to name. */
static void load_helper(struct code *code, uint32_t number)
{
	struct bits bits;

	code_match(code, FIELD_CT_HELPER,
		   values_range(code->compiler->arena, 1, field_most(FIELD_CT_HELPER)));
	bits_string(&bits, 16, ORIGIN_NAME, FIELD_CT_HELPER);
	register_load(code, number, &bits);
}

/* nft_ct_get_eval() breaks where there is no connection, whatever the key but the state. */
static void match_connection(struct code *code)
{
	code_match(code, FIELD_CT_DIRECTION, values_range(code->compiler->arena, 0, 1));
}

static void load(struct code *code, uint32_t key, uint32_t number)
{
	uint8_t nfproto = code->version == VERSION_4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct bits bits;

	if (key != NFT_CT_STATE && key != NFT_CT_HELPER)
		match_connection(code);
	if (key == NFT_CT_HELPER) {
		load_helper(code, number);
	} else if (key == NFT_CT_L3PROTOCOL) {
		bits_constants(&bits, &nfproto, sizeof(nfproto));
		register_load(code, number, &bits);
	} else if (keys[key].field != FIELD_COUNT) {
		bits_host(code, &bits, keys[key].length, keys[key].field);
		register_load(code, number, &bits);
	} else {
		register_unknown(code, number, keys[key].length, keys[key].name);
	}
}

/* Labels, zones and events change nothing of the way of a packet. */
static void store(struct code *code, uint32_t key, uint32_t number)
{
	struct bits target, value;
	unsigned int byte;

	if (key != NFT_CT_MARK || !register_span(number, 4, &byte))
		return;
	bits_host(code, &target, 4, FIELD_CT_MARK);
	value = register_read(code, byte, 4);
	assign_bits(code, &target, &value);
}

/**
 * expr_ct() - read or set what is known of a connection
 * @code: the rule
 * @e: the expression
 */
void expr_ct(struct code *code, struct nftnl_expr *e)
{
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
	bool stores = nftnl_expr_is_set(e, NFTNL_EXPR_CT_SREG);

	if (key >= KEYS || !keys[key].name) {
		if (!stores)
			register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), 16,
					 compile_print(code->compiler, "ct key %u", key));
		return;
	}
	if (stores)
		store(code, key, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_SREG));
	else
		load(code, key, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG));
}

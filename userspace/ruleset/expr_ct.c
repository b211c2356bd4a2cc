// SPDX-License-Identifier: GPL-2.0-or-later
/* The expression ct: what connection tracking knows. */
#include <netinet/in.h>

#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/*
 * Names are those of nft, of what is asked of a direction the reply's, which is not a
 * field; FIELD_COUNT where the bytes are none and tell nothing.
 */
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
	[NFT_CT_SRC] = { "ct reply saddr", FIELD_CT_SADDR, 16 },
	[NFT_CT_DST] = { "ct reply daddr", FIELD_CT_DADDR, 16 },
	[NFT_CT_PROTOCOL] = { "ct protocol", FIELD_PROTOCOL, 1 },
	[NFT_CT_PROTO_SRC] = { "ct reply proto-src", FIELD_CT_SPORT, 2 },
	[NFT_CT_PROTO_DST] = { "ct reply proto-dst", FIELD_CT_DPORT, 2 },
	[NFT_CT_LABELS] = { "ct label", FIELD_COUNT, 16 },
	[NFT_CT_PKTS] = { "ct packets", FIELD_COUNT, 8 },
	[NFT_CT_BYTES] = { "ct bytes", FIELD_COUNT, 8 },
	[NFT_CT_AVGPKT] = { "ct avgpkt", FIELD_COUNT, 8 },
	[NFT_CT_ZONE] = { "ct zone", FIELD_CT_ZONE, 2 },
	[NFT_CT_EVENTMASK] = { "ct event", FIELD_COUNT, 4 },
	[NFT_CT_SRC_IP] = { "ct reply ip saddr", FIELD_CT_SADDR, 4 },
	[NFT_CT_DST_IP] = { "ct reply ip daddr", FIELD_CT_DADDR, 4 },
	[NFT_CT_SRC_IP6] = { "ct reply ip6 saddr", FIELD_CT_SADDR, 16 },
	[NFT_CT_DST_IP6] = { "ct reply ip6 daddr", FIELD_CT_DADDR, 16 },
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

/* The keys that ask one direction of a connection. */
static bool is_tuple(uint32_t key)
{
	return keys[key].field >= FIELD_CT_SADDR && keys[key].field <= FIELD_CT_DPORT;
}

/*
 * A packet's addresses and ports as the first of its connection had them; what an
 * answer will have, translations still to come decide.
 */
static void load_tuple(struct code *code, uint32_t key, bool reply, uint32_t number)
{
	bool only_4 = key == NFT_CT_SRC_IP || key == NFT_CT_DST_IP;
	bool only_6 = key == NFT_CT_SRC_IP6 || key == NFT_CT_DST_IP6;
	bool short_address = code->version == VERSION_4 && keys[key].length == 16;
	struct bits bits;

	/* nft_ct_get_eval() breaks at a connection of the other version. */
	if (only_4 ? code->version == VERSION_6 : only_6 && code->version == VERSION_4) {
		code_never(code);
		return;
	}
	if (reply) {
		register_unknown(code, number, keys[key].length, keys[key].name);
		return;
	}
	bits_network(code, &bits, short_address ? 4 : keys[key].length, keys[key].field);
	register_load(code, number, &bits);
}

static void load(struct code *code, struct nftnl_expr *e, uint32_t key)
{
	bool reply = nftnl_expr_get_u8(e, NFTNL_EXPR_CT_DIR) == IP_CT_DIR_REPLY;
	uint32_t number = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG);
	uint8_t nfproto = code->version == VERSION_4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct bits bits;

	if (key != NFT_CT_STATE && key != NFT_CT_HELPER)
		match_connection(code);
	if (key == NFT_CT_HELPER) {
		load_helper(code, number);
	} else if (key == NFT_CT_L3PROTOCOL) {
		bits_constants(&bits, &nfproto, sizeof(nfproto));
		register_load(code, number, &bits);
	} else if (is_tuple(key)) {
		load_tuple(code, key, reply, number);
	} else if (keys[key].field != FIELD_COUNT) {
		bits_host(code, &bits, keys[key].length, keys[key].field);
		register_load(code, number, &bits);
	} else {
		register_unknown(code, number, keys[key].length, keys[key].name);
	}
}

/* Labels and events change nothing of the way of a packet. */
static void store(struct code *code, uint32_t key, uint32_t number)
{
	struct bits target, value;
	unsigned int byte;

	if ((key != NFT_CT_MARK && key != NFT_CT_ZONE) ||
	    !register_span(number, keys[key].length, &byte))
		return;
	bits_host(code, &target, keys[key].length, keys[key].field);
	register_read(code, byte, keys[key].length, &value);
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
		load(code, e, key);
}

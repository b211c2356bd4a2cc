// SPDX-License-Identifier: GPL-2.0-or-later
/* The expression meta: what the kernel knows of a packet beside its bytes. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

enum form {
	FORM_UNKNOWN,
	FORM_HOST,		/* a number of this machine */
	FORM_NAME,		/* 16 bytes of an interface's name */
	FORM_NUMBER,		/* an interface's index */
	FORM_ETHERTYPE,
	FORM_NFPROTO,
};

/* Names are those of nft; a newer kernel's keys are unknown by number. */
static const struct {
	const char *name;
	enum form form;
	enum field field;
	unsigned int length;
} keys[] = {
	[NFT_META_LEN] = { "meta length", FORM_HOST, FIELD_LENGTH, 4 },
	[NFT_META_PROTOCOL] = { "meta protocol", FORM_ETHERTYPE, 0, 2 },
	[NFT_META_PRIORITY] = { "meta priority", FORM_UNKNOWN, 0, 4 },
	[NFT_META_MARK] = { "meta mark", FORM_HOST, FIELD_MARK, 4 },
	[NFT_META_IIF] = { "meta iif", FORM_NUMBER, FIELD_IIF, 4 },
	[NFT_META_OIF] = { "meta oif", FORM_NUMBER, FIELD_OIF, 4 },
	[NFT_META_IIFNAME] = { "meta iifname", FORM_NAME, FIELD_IIF, 16 },
	[NFT_META_OIFNAME] = { "meta oifname", FORM_NAME, FIELD_OIF, 16 },
	[NFT_META_IFTYPE] = { "meta iiftype", FORM_UNKNOWN, 0, 2 },
	[NFT_META_OIFTYPE] = { "meta oiftype", FORM_UNKNOWN, 0, 2 },
	[NFT_META_SKUID] = { "meta skuid", FORM_UNKNOWN, 0, 4 },
	[NFT_META_SKGID] = { "meta skgid", FORM_UNKNOWN, 0, 4 },
	[NFT_META_NFTRACE] = { "meta nftrace", FORM_UNKNOWN, 0, 1 },
	[NFT_META_RTCLASSID] = { "meta rtclassid", FORM_UNKNOWN, 0, 4 },
	[NFT_META_SECMARK] = { "meta secmark", FORM_UNKNOWN, 0, 4 },
	[NFT_META_NFPROTO] = { "meta nfproto", FORM_NFPROTO, 0, 1 },
	[NFT_META_L4PROTO] = { "meta l4proto", FORM_HOST, FIELD_PROTOCOL, 1 },
	[NFT_META_BRI_IIFNAME] = { "meta ibrname", FORM_UNKNOWN, 0, 16 },
	[NFT_META_BRI_OIFNAME] = { "meta obrname", FORM_UNKNOWN, 0, 16 },
	[NFT_META_PKTTYPE] = { "meta pkttype", FORM_HOST, FIELD_PKTTYPE, 1 },
	[NFT_META_CPU] = { "meta cpu", FORM_UNKNOWN, 0, 4 },
	[NFT_META_IIFGROUP] = { "meta iifgroup", FORM_UNKNOWN, 0, 4 },
	[NFT_META_OIFGROUP] = { "meta oifgroup", FORM_UNKNOWN, 0, 4 },
	[NFT_META_CGROUP] = { "meta cgroup", FORM_UNKNOWN, 0, 4 },
	[NFT_META_PRANDOM] = { "meta random", FORM_UNKNOWN, 0, 4 },
	[NFT_META_SECPATH] = { "meta ipsec", FORM_UNKNOWN, 0, 1 },
	[NFT_META_IIFKIND] = { "meta iifkind", FORM_UNKNOWN, 0, 16 },
	[NFT_META_OIFKIND] = { "meta oifkind", FORM_UNKNOWN, 0, 16 },
	[NFT_META_BRI_IIFPVID] = { "meta ibrpvid", FORM_UNKNOWN, 0, 2 },
	[NFT_META_BRI_IIFVPROTO] = { "meta ibrvproto", FORM_UNKNOWN, 0, 2 },
	[NFT_META_TIME_NS] = { "meta time", FORM_UNKNOWN, 0, 8 },
	[NFT_META_TIME_DAY] = { "meta day", FORM_UNKNOWN, 0, 1 },
	[NFT_META_TIME_HOUR] = { "meta hour", FORM_UNKNOWN, 0, 4 },
	[NFT_META_SDIF] = { "meta sdif", FORM_UNKNOWN, 0, 4 },
	[NFT_META_SDIFNAME] = { "meta sdifname", FORM_UNKNOWN, 0, 16 },
};

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

static void load(struct code *code, uint32_t key, uint32_t number)
{
	uint16_t ethertype = htons(code->version == VERSION_4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t nfproto = code->version == VERSION_4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	struct bits bits;

	switch (keys[key].form) {
	case FORM_HOST:
		bits_host(code, &bits, keys[key].length, keys[key].field);
		break;
	case FORM_NAME:
		bits_string(&bits, 16, ORIGIN_NAME, keys[key].field);
		break;
	case FORM_NUMBER:
		bits_string(&bits, 4, ORIGIN_NUMBER, keys[key].field);
		break;
	case FORM_ETHERTYPE:
		bits_constants(&bits, &ethertype, sizeof(ethertype));
		break;
	case FORM_NFPROTO:
		bits_constants(&bits, &nfproto, sizeof(nfproto));
		break;
	default:
		register_unknown(code, number, keys[key].length, keys[key].name);
		return;
	}
	register_load(code, number, &bits);
}

/* Of what can be set, the mark alone is ever asked again. */
static void store(struct code *code, uint32_t key, uint32_t number)
{
	struct bits target, value;
	unsigned int byte;

	if (keys[key].form != FORM_HOST ||
	    !register_span(number, keys[key].length, &byte))
		return;
	bits_host(code, &target, keys[key].length, keys[key].field);
	register_read(code, byte, keys[key].length, &value);
	assign_bits(code, &target, &value);
}

/**
 * expr_meta() - read or set what is known of a packet
 * @code: the rule
 * @e: the expression
 */
void expr_meta(struct code *code, struct nftnl_expr *e)
{
	uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);
	bool stores = nftnl_expr_is_set(e, NFTNL_EXPR_META_SREG);

	if (key >= KEYS || !keys[key].name) {
		if (!stores)
			register_unknown(code, nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG), 16,
					 compile_print(code->compiler, "meta key %u", key));
		return;
	}
	if (stores)
		store(code, key, nftnl_expr_get_u32(e, NFTNL_EXPR_META_SREG));
	else
		load(code, key, nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The expression payload: which bits of a header are which field. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include "ruleset/compile.h"

/**
 * struct place - where a field stands in a header
 * @field: which
 * @first: first bit, counted from the highest bit of the header's first byte
 * @count: how many
 */
struct place {
	enum field field;
	unsigned int first;
	unsigned int count;
};

static const struct place header_4[] = {
	{ FIELD_TOS, 8, 8 },
	{ FIELD_LENGTH, 16, 16 },
	{ FIELD_FRAGMENT, 48, 16 },
	{ FIELD_TTL, 64, 8 },
	{ FIELD_PROTOCOL, 72, 8 },
	{ FIELD_SADDR, 96, 32 },
	{ FIELD_DADDR, 128, 32 },
	{ FIELD_COUNT, 0, 0 },
};

/* The length in it is without the header, and so not the bits of FIELD_LENGTH. */
static const struct place header_6[] = {
	{ FIELD_TOS, 4, 8 },
	{ FIELD_PROTOCOL, 48, 8 },
	{ FIELD_TTL, 56, 8 },
	{ FIELD_SADDR, 64, 128 },
	{ FIELD_DADDR, 192, 128 },
	{ FIELD_COUNT, 0, 0 },
};

static const struct place ports[] = {
	{ FIELD_SPORT, 0, 16 },
	{ FIELD_DPORT, 16, 16 },
	{ FIELD_COUNT, 0, 0 },
};

static const struct place ports_and_flags[] = {
	{ FIELD_SPORT, 0, 16 },
	{ FIELD_DPORT, 16, 16 },
	{ FIELD_TCP_FLAGS, 104, 8 },
	{ FIELD_COUNT, 0, 0 },
};

static const struct place icmp[] = {
	{ FIELD_ICMP, 0, 16 },
	{ FIELD_COUNT, 0, 0 },
};

static const struct place nothing[] = {
	{ FIELD_COUNT, 0, 0 },
};

/*
 * A rule that has not asked for the protocol reads ports: chains that were
 * jumped to for the protocol do so, and of others ports are all that two
 * protocols have in common.
 */
static const struct place *transport(const struct code *code)
{
	static const unsigned int with_ports[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
						   IPPROTO_DCCP, IPPROTO_UDPLITE };
	size_t i;

	if (code_protocol(code, IPPROTO_TCP) == 1)
		return ports_and_flags;
	if (code_protocol(code, code->version == VERSION_4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) == 1)
		return icmp;
	for (i = 0; i < sizeof(with_ports) / sizeof(with_ports[0]); i++)
		if (code_protocol(code, with_ports[i]))
			return ports;
	return nothing;
}

static const struct place *places(const struct code *code, uint32_t base)
{
	if (base == NFT_PAYLOAD_NETWORK_HEADER)
		return code->version == VERSION_4 ? header_4 : header_6;
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
		return transport(code);
	return nothing;
}

static void put_place(const struct place *place, unsigned int offset, struct bits *bits)
{
	unsigned int i;

	for (i = 0; i < place->count; i++) {
		unsigned int at = place->first + i - offset;
		struct bit *bit;

		if (place->first + i < offset || at >= 8 * bits->bytes)
			continue;
		bit = &bits->bit[at - at % 8 + 7 - at % 8];
		bit->origin = ORIGIN_FIELD;
		bit->field = place->field;
		bit->index = place->count - 1 - i;
		bit->flip = 0;
	}
}

/* The first four bits of the network header are the version. */
static void put_version(const struct code *code, struct bits *bits)
{
	unsigned int version = code->version == VERSION_4 ? 4 : 6, i;

	for (i = 0; i < 4; i++) {
		struct bit *bit = &bits->bit[4 + i];

		memset(bit, 0, sizeof(*bit));
		bit->flip = version >> i & 1;
	}
}

static const char *payload_name(struct code *code, uint32_t base, uint32_t offset,
				uint32_t length)
{
	static const char *const bases[] = { "ll", "nh", "th", "ih" };

	return compile_print(code->compiler, "payload @%s,%u,%u",
			     base < 4 ? bases[base] : "?", 8 * offset, 8 * length);
}

static bool has_unknown(const struct bits *bits)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++)
		if (bits->bit[i].origin == ORIGIN_UNKNOWN)
			return true;
	return false;
}

static void name_unknown(struct code *code, struct bits *bits, const char *name)
{
	uint8_t number = code_name(code, name ? name : "payload");
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++)
		if (bits->bit[i].origin == ORIGIN_UNKNOWN)
			bits->bit[i].index = number;
}

static bool payload_bits(struct code *code, struct nftnl_expr *e, struct bits *bits)
{
	uint32_t base = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE);
	uint32_t offset = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET);
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN);
	const struct place *place;

	if (!length || length > REGISTER_BYTES || offset > 0xffff)
		return false;
	bits_string(bits, length, ORIGIN_UNKNOWN, 0);
	for (place = places(code, base); place->field != FIELD_COUNT; place++)
		put_place(place, 8 * offset, bits);
	if (base == NFT_PAYLOAD_NETWORK_HEADER && !offset)
		put_version(code, bits);
	if (has_unknown(bits))
		name_unknown(code, bits, payload_name(code, base, offset, length));
	return true;
}

/**
 * expr_payload() - bytes of the packet, read or written
 * @code: the rule
 * @e: the expression
 */
void expr_payload(struct code *code, struct nftnl_expr *e)
{
	struct bits bits, value;
	unsigned int byte;

	if (!payload_bits(code, e, &bits)) {
		code_lost(code, "payload out of range");
	} else if (!nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_SREG)) {
		register_load(code, nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG), &bits);
	} else if (register_span(nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_SREG), bits.bytes,
				 &byte)) {
		register_read(code, byte, bits.bytes, &value);
		assign_bits(code, &bits, &value);
	}
}

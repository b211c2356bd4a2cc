// SPDX-License-Identifier: GPL-2.0-or-later
/* Expressions that change registers: bitwise, byteorder, and immediate data. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/* The first operation has had two names in linux/netfilter/nf_tables.h. */
#define BITWISE_MASKS	0

static void mask_bits(struct bits *bits, const unsigned char *mask, const unsigned char *xor)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++) {
		struct bit *bit = &bits->bit[i];

		if (!(mask[i / 8] >> (i % 8) & 1))
			memset(bit, 0, sizeof(*bit));
		bit->flip ^= xor[i / 8] >> (i % 8) & 1;
	}
}

/*
 * nft_bitwise.c takes the words one by one in their order, each of them a number
 * of this machine; what leaves one goes into the next.
 */
static struct bit *word_bit(struct bits *bits, unsigned int word, unsigned int i)
{
	return &bits->bit[32 * word + host_bit(i, 4)];
}

static void shift_left(const struct bits *from, struct bits *to, unsigned int by)
{
	unsigned int words = from->bytes / 4, i;
	struct bits copy = *from;

	for (i = 0; i < 32 * words; i++) {
		struct bit *bit = word_bit(to, i / 32, i % 32);

		memset(bit, 0, sizeof(*bit));
		if (i % 32 >= by)
			*bit = *word_bit(&copy, i / 32, i % 32 - by);
		else if (i / 32 + 1 < words)
			*bit = *word_bit(&copy, i / 32 + 1, 32 + i % 32 - by);
	}
}

static void shift_right(const struct bits *from, struct bits *to, unsigned int by)
{
	unsigned int words = from->bytes / 4, i;
	struct bits copy = *from;

	for (i = 0; i < 32 * words; i++) {
		struct bit *bit = word_bit(to, i / 32, i % 32);

		memset(bit, 0, sizeof(*bit));
		if (i % 32 + by < 32)
			*bit = *word_bit(&copy, i / 32, i % 32 + by);
		else if (i / 32)
			*bit = *word_bit(&copy, i / 32 - 1, i % 32 + by - 32);
	}
}

static bool shift(struct nftnl_expr *e, uint32_t operation, struct bits *bits)
{
	uint32_t length = 0, by;
	const void *data = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_DATA, &length);

	if (!data || length < sizeof(by))
		return false;
	memcpy(&by, data, sizeof(by));
	if (!by || by >= 32)
		return false;
	if (operation == NFT_BITWISE_LSHIFT)
		shift_left(bits, bits, by);
	else
		shift_right(bits, bits, by);
	return true;
}

static bool boolean(struct nftnl_expr *e, struct bits *bits)
{
	uint32_t mask_length = 0, xor_length = 0;
	const unsigned char *mask = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &mask_length);
	const unsigned char *xor = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &xor_length);

	if (!mask || !xor || mask_length < bits->bytes || xor_length < bits->bytes)
		return false;
	mask_bits(bits, mask, xor);
	return true;
}

/**
 * expr_bitwise() - masks and shifts
 * @code: the rule
 * @e: the expression
 */
void expr_bitwise(struct code *code, struct nftnl_expr *e)
{
	uint32_t operation = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_OP);
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN);
	uint32_t to = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG);
	unsigned int byte;
	struct bits bits;
	bool known;

	if (!register_span(nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG), length, &byte)) {
		code_lost(code, "bits out of range");
		return;
	}
	if (operation != BITWISE_MASKS && byte + ((length + 3) & ~3U) <= REGISTER_BYTES)
		length = (length + 3) & ~3U;
	register_read(code, byte, length, &bits);
	if (operation == BITWISE_MASKS)
		known = boolean(e, &bits);
	else if (operation == NFT_BITWISE_LSHIFT || operation == NFT_BITWISE_RSHIFT)
		known = shift(e, operation, &bits);
	else
		known = false;
	if (known)
		register_load(code, to, &bits);
	else
		register_unknown(code, to, length, "an unknown operation on bits");
}

static void swap(struct bits *bits, unsigned int size)
{
	unsigned int i;
	struct bits copy = *bits;

	for (i = 0; i + size <= bits->bytes; i += size) {
		unsigned int j;

		for (j = 0; j < size; j++)
			memcpy(&bits->bit[8 * (i + j)], &copy.bit[8 * (i + size - 1 - j)],
			       8 * sizeof(struct bit));
	}
}

/**
 * expr_byteorder() - between the order of the network and that of the machine
 * @code: the rule
 * @e: the expression
 */
void expr_byteorder(struct code *code, struct nftnl_expr *e)
{
	uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN);
	uint32_t size = nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SIZE);
	unsigned int byte;
	struct bits bits;

	if (!register_span(nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG), length, &byte) ||
	    (size != 2 && size != 4 && size != 8)) {
		code_lost(code, "an unknown order of bytes");
		return;
	}
	register_read(code, byte, length, &bits);
	if (host_bit(0, 2) == 0)
		swap(&bits, size);
	register_load(code, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG), &bits);
}

static void immediate_verdict(struct code *code, struct nftnl_expr *e)
{
	static const struct {
		int kernel;
		enum verdict verdict;
	} plain[] = {
		{ NF_ACCEPT, VERDICT_ACCEPT }, { NF_DROP, VERDICT_DROP },
		{ NF_STOLEN, VERDICT_STOLEN }, { NF_QUEUE, VERDICT_QUEUE },
		{ NFT_RETURN, VERDICT_RETURN }, { NFT_JUMP, VERDICT_JUMP },
		{ NFT_GOTO, VERDICT_GOTO },
	};
	int verdict = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT);
	const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN);
	struct chain *chain = NULL;
	size_t i;

	if (verdict == NFT_CONTINUE)
		return;
	if (verdict == NFT_BREAK) {
		code_never(code);
		return;
	}
	if (verdict == NFT_JUMP || verdict == NFT_GOTO)
		chain = name ? compile_chain(code->compiler, name) : NULL;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i].kernel == verdict)
			break;
	if (i == sizeof(plain) / sizeof(plain[0]))
		code_lost(code, "an unknown verdict");
	else if (!chain && (verdict == NFT_JUMP || verdict == NFT_GOTO))
		code_lost(code, "a jump to nowhere");
	else
		code_verdict(code, plain[i].verdict, chain);
}

/**
 * expr_immediate() - a verdict, or a value
 * @code: the rule
 * @e: the expression
 */
void expr_immediate(struct code *code, struct nftnl_expr *e)
{
	uint32_t number = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG), length = 0;
	const void *data;
	struct bits bits;

	if (number == NFT_REG_VERDICT) {
		immediate_verdict(code, e);
		return;
	}
	data = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &length);
	if (!data || !length || length > 16) {
		code_lost(code, "an unknown value");
		return;
	}
	bits_constants(&bits, data, length);
	register_load(code, number, &bits);
}

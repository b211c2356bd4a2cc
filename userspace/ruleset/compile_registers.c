// SPDX-License-Identifier: GPL-2.0-or-later
/* Registers: what their bits stand for. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "ruleset/compile.h"

/**
 * register_byte() - where a register begins
 * @number: NFT_REG_1 to NFT_REG_4 or NFT_REG32_00 to NFT_REG32_15
 *
 * Return: the first byte, or -1 where there is no such register of data.
 */
int register_byte(uint32_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (number - NFT_REG_1) * 16;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (number - NFT_REG32_00) * 4;
	return -1;
}

/**
 * register_span() - whether data fits into registers
 * @number: of the first register
 * @length: bytes of data
 * @byte: result: where it begins
 */
bool register_span(uint32_t number, uint32_t length, unsigned int *byte)
{
	int first = register_byte(number);

	if (first < 0 || !length || length > (uint32_t)(REGISTER_BYTES - first))
		return false;
	*byte = first;
	return true;
}

/**
 * register_read() - what registers hold
 * @code: the rule
 * @byte: first, as register_span() found it
 * @length: bytes
 * @bits: result; not returned, since that copies all of it
 */
void register_read(const struct code *code, unsigned int byte, unsigned int length,
		   struct bits *bits)
{
	bits->bytes = length;
	memcpy(bits->bit, &code->bits[8 * byte], 8 * length * sizeof(struct bit));
}

/**
 * register_load() - put into registers
 * @code: the rule
 * @number: of the first register
 * @bits: what; the rest of the last word becomes zero, as in nft_reg_store8()
 */
void register_load(struct code *code, uint32_t number, const struct bits *bits)
{
	unsigned int byte, padded = (bits->bytes + 3) & ~3U;
	struct bit *to;

	if (!register_span(number, padded, &byte)) {
		code_lost(code, "register out of range");
		return;
	}
	to = &code->bits[8 * byte];
	memcpy(to, bits->bit, 8 * bits->bytes * sizeof(struct bit));
	memset(to + 8 * bits->bytes, 0, 8 * (padded - bits->bytes) * sizeof(struct bit));
}

/**
 * code_name() - a number for what cannot be known
 * @code: the rule
 * @name: what it is; lives as long as the ruleset
 */
uint8_t code_name(struct code *code, const char *name)
{
	size_t i;

	for (i = 0; i < code->name_count; i++)
		if (!strcmp(code->names[i], name))
			return i;
	if (i == NAMES_MOST)
		return i - 1;
	code->names[code->name_count++] = name;
	return i;
}

static void unknown_bits(struct bits *bits, unsigned int length, uint8_t name)
{
	unsigned int i;

	bits->bytes = length;
	memset(bits->bit, 0, 8 * length * sizeof(struct bit));
	for (i = 0; i < 8 * length; i++) {
		bits->bit[i].origin = ORIGIN_UNKNOWN;
		bits->bit[i].index = name;
	}
}

/**
 * register_unknown() - what is loaded cannot be known
 * @code: the rule
 * @number: of the register
 * @length: bytes
 * @name: what it is
 */
void register_unknown(struct code *code, uint32_t number, unsigned int length, const char *name)
{
	struct bits bits;

	if (!name)
		name = "a part of the packet";
	unknown_bits(&bits, length > REGISTER_BYTES ? REGISTER_BYTES : length,
		     code_name(code, name));
	register_load(code, number, &bits);
}

/**
 * register_changed() - a field gets another value: registers keep the old one
 * @code: the rule
 * @field: the field
 */
void register_changed(struct code *code, enum field field)
{
	uint8_t name = 0;
	size_t i;

	for (i = 0; i < REGISTER_BITS; i++) {
		struct bit *bit = &code->bits[i];

		if (bit->origin != ORIGIN_FIELD || bit->field != field)
			continue;
		name = code_name(code, "a value from before it was changed");
		bit->origin = ORIGIN_UNKNOWN;
		bit->index = name;
	}
}

/**
 * bits_unknown() - what of some bits cannot be known
 * @code: the rule
 * @bits: the bits
 *
 * Return: a name of it, or NULL where all can.
 */
const char *bits_unknown(const struct code *code, const struct bits *bits)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++) {
		if (bits->bit[i].origin == ORIGIN_DATA)
			return "what a map holds, asked again";
		if (bits->bit[i].origin == ORIGIN_UNKNOWN)
			return code->names[bits->bit[i].index];
	}
	return NULL;
}

/**
 * bits_constant() - whether bits are always the same
 * @bits: the bits
 * @bytes: result: the bytes that they make
 */
bool bits_constant(const struct bits *bits, unsigned char *bytes)
{
	unsigned int i;

	memset(bytes, 0, bits->bytes);
	for (i = 0; i < 8 * bits->bytes; i++) {
		if (bits->bit[i].origin != ORIGIN_CONSTANT)
			return false;
		bytes[i / 8] |= bits->bit[i].flip << (i % 8);
	}
	return true;
}

/**
 * bits_data() - whether bits are what the last lookup found, unchanged
 * @bits: the bits
 * @from: number of the first of its bits
 */
bool bits_data(const struct bits *bits, unsigned int from)
{
	unsigned int i;

	for (i = 0; i < 8 * bits->bytes; i++)
		if (bits->bit[i].origin != ORIGIN_DATA || bits->bit[i].index != from + i ||
		    bits->bit[i].flip)
			return false;
	return true;
}

/**
 * bits_constants() - bits that are always the same
 * @bits: result
 * @data: the bytes that they make
 * @length: how many
 */
void bits_constants(struct bits *bits, const void *data, unsigned int length)
{
	const unsigned char *bytes = data;
	unsigned int i;

	bits->bytes = length;
	memset(bits->bit, 0, 8 * length * sizeof(struct bit));
	for (i = 0; i < 8 * length; i++)
		bits->bit[i].flip = bytes[i / 8] >> (i % 8) & 1;
}

/* Where bit @i of a number stands in its bytes, the highest of which comes first. */
static unsigned int network_bit(unsigned int i, unsigned int length)
{
	return 8 * (length - 1 - i / 8) + i % 8;
}

/**
 * host_bit() - where a bit of a number stands in the bytes of this machine
 * @i: which bit
 * @length: bytes of the number
 */
unsigned int host_bit(unsigned int i, unsigned int length)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	(void)length;
	return i;
#else
	return network_bit(i, length);
#endif
}

static void put_field(const struct code *code, struct bits *bits, unsigned int length,
		      enum field field, unsigned int (*place)(unsigned int, unsigned int))
{
	unsigned int i, width = code_width(code, field);

	bits->bytes = length;
	memset(bits->bit, 0, 8 * length * sizeof(struct bit));
	for (i = 0; i < 8 * length && i < width; i++) {
		struct bit *bit = &bits->bit[place(i, length)];

		bit->origin = ORIGIN_FIELD;
		bit->field = field;
		bit->index = i;
	}
}

/**
 * bits_network() - bits of a field, the highest byte first
 * @code: the rule
 * @bits: result
 * @length: bytes
 * @field: the field
 */
void bits_network(const struct code *code, struct bits *bits, unsigned int length,
		  enum field field)
{
	put_field(code, bits, length, field, network_bit);
}

/**
 * bits_host() - bits of a field as this machine has its numbers
 * @code: the rule
 * @bits: result
 * @length: bytes
 * @field: the field
 */
void bits_host(const struct code *code, struct bits *bits, unsigned int length,
	       enum field field)
{
	put_field(code, bits, length, field, host_bit);
}

/**
 * bits_string() - bits in the order of memory
 * @bits: result
 * @length: bytes
 * @origin: ORIGIN_NAME, ORIGIN_NUMBER or ORIGIN_DATA
 * @field: of the first two, what has the name
 */
void bits_string(struct bits *bits, unsigned int length, enum origin origin, enum field field)
{
	unsigned int i;

	bits->bytes = length;
	memset(bits->bit, 0, 8 * length * sizeof(struct bit));
	for (i = 0; i < 8 * length; i++) {
		bits->bit[i].origin = origin;
		bits->bit[i].field = field;
		bits->bit[i].index = i;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers that are compared as numbers.  memcmp() compares in network byte
 * order, and so a range of a register is one of a field only where its bits
 * stand in that order too.
 */
#include <string.h>

#include "ruleset/compile.h"

/* Bit @i of the number that the bytes spell. */
static const struct bit *number_bit(const struct bits *bits, unsigned int i)
{
	return &bits->bit[8 * (bits->bytes - 1 - i / 8) + i % 8];
}

static bool is_zero(const struct bit *bit)
{
	return bit->origin == ORIGIN_CONSTANT && !bit->flip;
}

static bool follows(const struct bit *bit, const struct linear *linear)
{
	return bit->origin == ORIGIN_FIELD && !bit->flip && bit->field == linear->field &&
	       bit->index == linear->first + linear->count;
}

/**
 * bits_linear() - whether bits are a number as a field has it
 * @bits: the bits
 * @linear: result
 */
bool bits_linear(const struct bits *bits, struct linear *linear)
{
	unsigned int i = 0, most = 8 * bits->bytes;

	while (i < most && is_zero(number_bit(bits, i)))
		i++;
	if (i == most || number_bit(bits, i)->origin != ORIGIN_FIELD)
		return false;
	linear->field = number_bit(bits, i)->field;
	linear->first = number_bit(bits, i)->index;
	linear->shift = i;
	for (linear->count = 0; i < most && follows(number_bit(bits, i), linear); i++)
		linear->count++;
	while (i < most && is_zero(number_bit(bits, i)))
		i++;
	return linear->count && i == most;
}

/**
 * bytes_number() - the number that bytes spell
 * @bytes: the bytes, the highest first
 * @count: how many, 16 at most
 */
__uint128_t bytes_number(const unsigned char *bytes, unsigned int count)
{
	__uint128_t number = 0;

	while (count--)
		number = number << 8 | *bytes++;
	return number;
}

/**
 * linear_values() - what a range of the register is in bits of the field
 * @linear: how the register came from the field
 * @low: first number of the register
 * @high: last
 * @result: the bits of the field that are in it, as a number
 *
 * Return: whether there are any.
 */
bool linear_values(const struct linear *linear, __uint128_t low, __uint128_t high,
		   struct interval *result)
{
	__uint128_t below = ((__uint128_t)1 << linear->shift) - 1;
	__uint128_t most = ~(__uint128_t)0 >> (128 - linear->count);

	result->low = (low >> linear->shift) + ((low & below) ? 1 : 0);
	result->high = high >> linear->shift;
	if (result->high > most)
		result->high = most;
	return low <= high && result->low <= result->high;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generator.h"

#define TAR_BLOCK	512
/* tar's record: archives are padded to it */
#define TAR_RECORD	(20 * TAR_BLOCK)

static void fill_block(char *block)
{
	uint64_t x = 0x9e3779b97f4a7c15, i;

	for (i = 0; i < GENERATOR_BLOCK; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(block + i, &x, sizeof(x));
	}
}

/* Sizes that eleven octal digits do not hold are big-endian behind 0x80 (GNU tar). */
static void put_size(char field[12], uint64_t size)
{
	int i;

	if (size < 1ull << 33) {
		snprintf(field, 12, "%011" PRIo64, size);
		return;
	}
	memset(field, 0, 12);
	field[0] = (char)0x80;
	for (i = 0; i < 8; i++)
		field[11 - i] = (char)(size >> 8 * i);
}

static void put_header(char header[TAR_BLOCK], uint64_t size)
{
	unsigned int sum = 0, i;

	memset(header, 0, TAR_BLOCK);
	strcpy(header, "./" GENERATOR_NAME);
	strcpy(header + 100, "0000644");
	strcpy(header + 108, "0000000");
	strcpy(header + 116, "0000000");
	put_size(header + 124, size);
	strcpy(header + 136, "00000000000");
	header[156] = '0';
	memcpy(header + 257, "ustar  ", 8);
	strcpy(header + 265, "root");
	strcpy(header + 297, "root");
	memset(header + 148, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	header[155] = ' ';
}

/**
 * generator_begin() - begin an archive
 * @generator: filled in, for generator_free()
 * @size: of its file, in bytes
 *
 * Return: 0, or -ENOMEM.
 */
int generator_begin(struct generator *generator, uint64_t size)
{
	uint64_t padded = TAR_BLOCK + (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;

	memset(generator, 0, sizeof(*generator));
	generator->block = malloc(GENERATOR_BLOCK);
	if (!generator->block)
		return -ENOMEM;
	fill_block(generator->block);
	generator->size = size;
	/* two blocks of zeroes end an archive */
	generator->total = (padded + 2 * TAR_BLOCK + TAR_RECORD - 1) / TAR_RECORD * TAR_RECORD;
	put_header(generator->edge, size);
	return 0;
}

static size_t next_of_file(struct generator *generator, uint64_t from, const char **data)
{
	uint64_t number = from / GENERATOR_BLOCK, left = generator->size - from;
	size_t length = left < GENERATOR_BLOCK ? (size_t)left : GENERATOR_BLOCK;

	/* A block that gets lost, doubled or displaced changes the sum. */
	memcpy(generator->block, &number, sizeof(number));
	*data = generator->block;
	return length;
}

/**
 * generator_next() - the next bytes of the archive
 * @generator: begun
 * @data: set to them; good until the next call
 *
 * Return: how many, 0 at the end.
 */
size_t generator_next(struct generator *generator, const char **data)
{
	uint64_t at = generator->at, left = generator->total - at;
	size_t length;

	*data = generator->edge;
	if (at < TAR_BLOCK) {
		length = TAR_BLOCK;
	} else if (at < TAR_BLOCK + generator->size) {
		length = next_of_file(generator, at - TAR_BLOCK, data);
	} else {
		memset(generator->edge, 0, sizeof(generator->edge));
		length = left < sizeof(generator->edge) ? (size_t)left : sizeof(generator->edge);
	}
	generator->at += length;
	return length;
}

/**
 * generator_free() - free what it holds; not the struct
 * @generator: begun or zeroed
 */
void generator_free(struct generator *generator)
{
	free(generator->block);
	generator->block = NULL;
}

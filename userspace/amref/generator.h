/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data that is made up, as fast as it can be sent: a tar archive with one file,
 * so that whatever restores a dump can restore this one.
 */
#ifndef AMREF_GENERATOR_H
#define AMREF_GENERATOR_H

#include <stddef.h>
#include <stdint.h>

#define GENERATOR_BLOCK	(256 * 1024)
#define GENERATOR_NAME	"generated"

/**
 * struct generator - where it is
 * @size: of the file
 * @total: of the archive
 * @at: bytes of the archive that have been handed out
 * @block: pseudo-random bytes, stamped with their number before each use
 * @edge: header, or the zeroes behind the file
 */
struct generator {
	uint64_t size;
	uint64_t total;
	uint64_t at;
	char *block;
	char edge[20 * 512];
};

int generator_begin(struct generator *generator, uint64_t size);
size_t generator_next(struct generator *generator, const char **data);
void generator_free(struct generator *generator);

#endif /* AMREF_GENERATOR_H */

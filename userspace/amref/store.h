/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where dumps are kept:
 *
 *	ROOT/HOST/DISK/DATESTAMP.LEVEL/	data index messages state info
 *
 * with the slashes of names turned to underscores.  The folder has ".partial" at
 * its end until the dump is complete, so that nothing half is ever served.
 */
#ifndef AMREF_STORE_H
#define AMREF_STORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define STORE_HEADER_MAX	32768

/**
 * struct store_dump - one dump; everything but @folder stands in its info file
 * @folder: where it is
 * @datestamp: 14 digits, local time
 * @program: what sendbackup said in its info lines
 * @application: likewise; empty but for APPLICATION
 * @recover_command: likewise
 * @suffix: of compressed data; empty: none
 * @encrypt: the client's program; empty: none
 * @native_crc: as the client computed it before it compressed and encrypted
 * @client_crc: of the data as it came; "crc:size"
 * @sha256: of the same
 * @kilobytes: of the dump before it was compressed
 */
struct store_dump {
	char folder[PATH_MAX];
	char host[256];
	char disk[1024];
	char datestamp[16];
	int level;
	char program[64];
	char application[64];
	char recover_command[256];
	char suffix[16];
	char encrypt[256];
	char native_crc[DIGEST_CRC_TEXT];
	char client_crc[DIGEST_CRC_TEXT];
	char sha256[DIGEST_SHA_TEXT];
	uint64_t kilobytes;
};

struct store_list {
	struct store_dump *dump;
	size_t count;
};

int store_create(const char *root, const char *host, const char *disk, int level,
		 struct store_dump *dump);
void store_stamp(struct store_dump *dump);
int store_open(const struct store_dump *dump, const char *name, int flags);
int store_commit(struct store_dump *dump);
int store_list(const char *root, struct store_list *list);
void store_list_free(struct store_list *list);
size_t store_header(const struct store_dump *dump, char *text, size_t size);

/**
 * struct store_index - the names of an index, sorted
 * @text: all of it, cut into strings
 * @name: pointers into it; each begins with a slash
 */
struct store_index {
	char *text;
	char **name;
	size_t count;
};

int store_index_load(const struct store_dump *dump, struct store_index *index);
void store_index_free(struct store_index *index);

#endif /* AMREF_STORE_H */

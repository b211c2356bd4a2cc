/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of a dump, as it stands on a tape (Amanda's common-src/fileheader.c). */
#ifndef AMREF_TAPE_HEADER_H
#define AMREF_TAPE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct tape_header - what it says; texts it has not are empty
 * @suffix: of compressed data
 * @encrypt: the client's program
 * @decrypt_option: its argument
 * @client_crc: "crc:size" of the data as the client sent it
 * @sha256: of the same; only amref writes it
 * @bytes: the size of @client_crc; 0: not known
 */
struct tape_header {
	char datestamp[16];
	char host[256];
	char disk[1024];
	int level;
	char suffix[32];
	char program[64];
	char encrypt[512];
	char decrypt_option[64];
	char client_crc[64];
	char sha256[80];
	uint64_t bytes;
};

bool tape_header_read(const char *text, size_t length, struct tape_header *header);

#endif /* AMREF_TAPE_HEADER_H */

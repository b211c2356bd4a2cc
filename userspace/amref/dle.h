/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request says: its OPTIONS line, and the disk list entries in the small
 * part of XML that Amanda writes (common-src/amxml.c).
 */
#ifndef AMREF_DLE_H
#define AMREF_DLE_H

#include <stdbool.h>
#include <stddef.h>

#define DLE_NAME_MAX	1024
#define DLE_LEVELS_MAX	16

/**
 * struct dle - a disk list entry, as far as a client needs it
 * @disk: its name
 * @device: the folder; the same as @disk where the entry names none
 * @program: GNUTAR, APPLICATION, DUMP ...
 * @application: of APPLICATION: amgtar ...
 * @compress: empty: none
 * @encrypt: the client's program; empty: none
 * @level: what is asked for; at least one
 * @level_count: entries of @level
 * @index: an index is wanted
 */
struct dle {
	char disk[DLE_NAME_MAX];
	char device[DLE_NAME_MAX];
	char program[64];
	char application[64];
	char compress[64];
	char encrypt[DLE_NAME_MAX];
	int level[DLE_LEVELS_MAX];
	size_t level_count;
	bool index;
};

/**
 * struct request_options - the OPTIONS line
 * @features: hexadecimal, or empty
 * @hostname: what the initiator calls this host
 * @config: the initiator's configuration
 * @auth: empty where the line has none
 */
struct request_options {
	char features[256];
	char hostname[256];
	char config[256];
	char auth[32];
};

void options_read(const char *text, size_t length, struct request_options *options);
const char *dle_next(const char *text, const char *end, struct dle *dle, const char **why);
bool dle_element(const char *tag, const char *value, char *text, size_t size);

#endif /* AMREF_DLE_H */

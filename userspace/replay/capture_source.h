/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a capture file, decompressed where they are compressed.
 */
#ifndef REPLAY_CAPTURE_SOURCE_H
#define REPLAY_CAPTURE_SOURCE_H

#include <stdint.h>
#include <stdio.h>

struct source;

struct source *source_open(const char *name, FILE *errors);
FILE *source_begin(struct source *source, FILE *errors);
const char *source_name(const struct source *source);
uint64_t source_size(const struct source *source);
uint64_t source_bytes(const struct source *source);
const char *source_error(const struct source *source);
void source_close(struct source *source);

#endif /* REPLAY_CAPTURE_SOURCE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a format writes: one text, or several files of a folder.
 */
#ifndef EMIT_OUTPUT_H
#define EMIT_OUTPUT_H

#include <stdio.h>
#include <sys/types.h>

/**
 * struct output_file - one file
 * @path: below the folder that the files are saved in
 * @mode: permissions
 * @text: what is in it, with a NUL behind
 * @length: bytes of @text
 */
struct output_file {
	char *path;
	mode_t mode;
	char *text;
	size_t length;
};

/**
 * struct output - all of them; zeroed before the first one is begun, and not
 * to be moved while one is open
 * @files: the files, in the order in which they were begun
 * @count: entries of @files
 * @open: the stream of the last one, or NULL
 * @text: what it has written so far
 * @length: bytes of @text
 */
struct output {
	struct output_file *files;
	size_t count;
	FILE *open;
	char *text;
	size_t length;
};

FILE *output_file(struct output *output, const char *path, mode_t mode);
int output_end(struct output *output);
int output_print(const struct output *output, FILE *out);
int output_save(const struct output *output, const char *folder, FILE *errors);
void output_free(struct output *output);

#endif /* EMIT_OUTPUT_H */

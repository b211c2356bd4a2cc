/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text read as lines, and complaints that quote it the way nft does.
 */
#ifndef FLOW_TEXT_H
#define FLOW_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Longer than any word that means something. */
#define WORD_MAX	96

/**
 * struct line - one line of a text, without its end
 * @start: first byte; a NUL stands behind the last one
 * @length: bytes; a line may hold NUL bytes of its own
 */
struct line {
	char *start;
	size_t length;
};

/**
 * struct text - a whole input
 * @name: what complaints call it
 * @bytes: the input, line ends replaced by NUL
 * @lines: its lines
 * @line_count: entries of @lines
 * @errors: where complaints go
 * @error_count: complaints so far
 */
struct text {
	const char *name;
	char *bytes;
	struct line *lines;
	size_t line_count;
	FILE *errors;
	unsigned int error_count;
};

/**
 * struct span - a piece of one line, columns counted from 1
 * @line: number of the line, from 1; 0 where there is none to quote
 * @first: first column
 * @last: last column
 */
struct span {
	unsigned int line;
	unsigned int first;
	unsigned int last;
};

int text_read(struct text *text, FILE *input, const char *name, FILE *errors);
void text_free(struct text *text);
void text_complain(struct text *text, struct span span, const char *format, va_list args)
	__attribute__((__format__(__printf__, 3, 0)));
void text_error(struct text *text, struct span span, const char *format, ...)
	__attribute__((__format__(__printf__, 3, 4)));

#endif /* FLOW_TEXT_H */

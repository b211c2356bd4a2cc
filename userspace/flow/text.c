// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A text read as lines, and complaints that quote it the way nft does.
 */
#include "flow/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A site of 10,000 hosts takes about one megabyte. */
#define TEXT_MAX	(16u << 20)
/* Behind so many complaints the first ones have left the screen. */
#define ERRORS_MAX	20

static int bytes_read(struct text *text, FILE *input, size_t *length)
{
	size_t room = 0, got;
	char *grown;

	*length = 0;
	do {
		if (*length + 1 >= room) {
			room = room ? room * 2 : 4096;
			grown = realloc(text->bytes, room);
			if (!grown)
				return -ENOMEM;
			text->bytes = grown;
		}
		got = fread(text->bytes + *length, 1, room - *length - 1, input);
		*length += got;
		if (*length > TEXT_MAX)
			return -EFBIG;
	} while (got);
	if (ferror(input))
		return errno ? -errno : -EIO;
	text->bytes[*length] = '\0';
	return 0;
}

static int lines_split(struct text *text, size_t length)
{
	size_t count = 1, i;
	char *start, *end;

	for (i = 0; i < length; i++)
		count += text->bytes[i] == '\n';
	text->lines = calloc(count, sizeof(*text->lines));
	if (!text->lines)
		return -ENOMEM;
	for (start = text->bytes; start < text->bytes + length; start = end + 1) {
		struct line *line = &text->lines[text->line_count++];

		end = memchr(start, '\n', (size_t)(text->bytes + length - start));
		if (!end)
			end = text->bytes + length;
		line->start = start;
		line->length = (size_t)(end - start);
		if (line->length && end[-1] == '\r')
			line->length--;
		start[line->length] = '\0';
	}
	return 0;
}

/**
 * text_read() - read an input to its end
 * @text: to fill; text_free() it whatever is returned
 * @input: where from
 * @name: what complaints call it; must stay valid
 * @errors: where complaints go
 *
 * Return: 0, or a negative errno.
 */
int text_read(struct text *text, FILE *input, const char *name, FILE *errors)
{
	size_t length;
	int err;

	memset(text, 0, sizeof(*text));
	text->name = name;
	text->errors = errors;
	err = bytes_read(text, input, &length);
	return err ? err : lines_split(text, length);
}

/**
 * text_free() - give the memory back
 * @text: the text
 */
void text_free(struct text *text)
{
	free(text->lines);
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

/* The line comes from outside: it shall not steer the reader's terminal. */
static void quote(FILE *out, const struct line *line)
{
	size_t i;

	for (i = 0; i < line->length; i++) {
		unsigned char c = (unsigned char)line->start[i];

		putc(c == '\t' || (c >= ' ' && c != 0x7f) ? c : '?', out);
	}
	putc('\n', out);
}

static void underline(FILE *out, const struct line *line, struct span span)
{
	unsigned int column;

	for (column = 1; column < span.first; column++)
		putc(line->start[column - 1] == '\t' ? '\t' : ' ', out);
	for (; column <= span.last; column++)
		putc('^', out);
	putc('\n', out);
}

/**
 * text_complain() - complain about a piece of the text
 * @text: the text
 * @span: which piece; line 0 for the text as a whole
 * @format: what is wrong with it, as for vprintf(), without a newline
 * @args: its arguments
 */
void text_complain(struct text *text, struct span span, const char *format, va_list args)
{
	const struct line *line;

	if (text->error_count++ >= ERRORS_MAX)
		return;
	if (span.line)
		fprintf(text->errors, "%s:%u:%u-%u: Error: ", text->name,
			span.line, span.first, span.last);
	else
		fprintf(text->errors, "%s: Error: ", text->name);
	vfprintf(text->errors, format, args);
	putc('\n', text->errors);
	if (!span.line)
		return;
	line = &text->lines[span.line - 1];
	quote(text->errors, line);
	underline(text->errors, line, span);
}

/**
 * text_error() - the same, with the arguments themselves
 * @text: the text
 * @span: which piece; line 0 for the text as a whole
 * @format: what is wrong with it, as for printf(), without a newline
 */
void text_error(struct text *text, struct span span, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_complain(text, span, format, args);
	va_end(args);
}

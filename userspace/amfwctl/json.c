// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strings that may hold anything, as JSON: names of files and comments of rules
 * need not be UTF-8.
 */
#include "amfwctl/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes a character of UTF-8 that begins so has; 0: none begins so. */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* RFC 3629: neither overlong, nor a surrogate, nor beyond U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	}
	return true;
}

static size_t character(const unsigned char *text)
{
	size_t length = utf8_length(text[0]), i;

	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return length > 1 && !second_fits(text[0], text[1]) ? 0 : length;
}

static void put_ascii(FILE *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < ' ' || c == 0x7f)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

/**
 * json_string() - a string
 * @out: where to
 * @text: it; NULL: null.  What is no UTF-8 becomes U+FFFD
 */
void json_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length;

	if (!text) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	while (*at) {
		length = character(at);
		if (length == 1)
			put_ascii(out, *at);
		else if (length)
			fwrite(at, 1, length, out);
		else
			fputs("\\ufffd", out);
		at += length ? : 1;
	}
	fputc('"', out);
}

/**
 * json_member() - a member of an object that is a string
 * @out: where to
 * @name: of the member
 * @text: its value; NULL: null
 */
void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\": ", name);
	json_string(out, text);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <string.h>

#include "quote.h"

/* Characters that stand behind a backslash under another name. */
static const char escaped[] = "\t\n\r\f\\\"";
static const char escape_name[] = "tnrf\\\"";

static bool is_plain(const char *word)
{
	const unsigned char *c = (const unsigned char *)word;

	if (!*c)
		return false;
	for (; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr(":'\\\"", *c))
			return false;
	return true;
}

/**
 * quote_word() - write a word so that spaces do not end it
 * @word: ends in a NUL
 * @text: gets @word, in quotes only where it needs them
 * @size: of @text, in bytes; twice the word and three are always enough
 *
 * quote_string() of common-src/amutil.c.
 *
 * Return: false where it does not fit; @text is then empty.
 */
bool quote_word(const char *word, char *text, size_t size)
{
	bool plain = is_plain(word);
	size_t at = 0;

	text[0] = '\0';
	if (size < 2 * strlen(word) + 3)
		return false;
	if (!plain)
		text[at++] = '"';
	for (; *word; word++) {
		const char *e = strchr(escaped, *word);

		if (e)
			text[at++] = '\\';
		text[at++] = e ? escape_name[e - escaped] : *word;
	}
	if (!plain)
		text[at++] = '"';
	text[at] = '\0';
	return true;
}

static bool is_octal(const char *c)
{
	return c[0] >= '0' && c[0] <= '3' && c[1] >= '0' && c[1] <= '7' && c[2] >= '0' && c[2] <= '7';
}

/**
 * unquote_word() - read a word that may be quoted
 * @text: begins with the word; ends in a NUL
 * @word: gets it
 * @size: of @word, in bytes
 *
 * unquote_string() of common-src/amutil.c.  A quote that is never closed ends
 * with the text.
 *
 * Return: what stands behind the word, NULL where it does not fit.
 */
const char *unquote_word(const char *text, char *word, size_t size)
{
	bool quoted = false;
	size_t at = 0;

	for (; *text && (quoted || (*text != ' ' && *text != '\t' && *text != '\n')); text++) {
		const char *e;

		if (*text == '"') {
			quoted = !quoted;
			continue;
		}
		if (at + 1 >= size)
			return NULL;
		if (*text != '\\' || !quoted || !text[1]) {
			word[at++] = *text;
		} else if (is_octal(text + 1)) {
			word[at++] = (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
			text += 3;
		} else {
			text++;
			e = strchr(escape_name, *text);
			word[at++] = e ? escaped[e - escape_name] : *text;
		}
	}
	if (at >= size)
		return NULL;
	word[at] = '\0';
	return text;
}

static const char base64_digit[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * base64_encode() - write bytes as RFC 4648 has them
 * @data: the bytes
 * @length: how many
 * @text: gets them, with a NUL
 * @size: of @text, in bytes
 *
 * Return: the length of @text, 0 where it does not fit.
 */
size_t base64_encode(const void *data, size_t length, char *text, size_t size)
{
	const uint8_t *in = data;
	size_t at = 0, i, k;

	if (size < (length + 2) / 3 * 4 + 1)
		return 0;
	for (i = 0; i < length; i += 3) {
		uint32_t three = in[i] << 16;

		three |= i + 1 < length ? in[i + 1] << 8 : 0;
		three |= i + 2 < length ? in[i + 2] : 0;
		for (k = 0; k < 4; k++)
			text[at++] = i + k > length ? '=' : base64_digit[three >> (18 - 6 * k) & 63];
	}
	text[at] = '\0';
	return at;
}

/**
 * base64_decode() - read what base64_encode() wrote
 * @text: the digits; others are skipped
 * @length: of @text, in bytes
 * @data: gets the bytes; may be @text
 * @size: of @data, in bytes
 *
 * Return: how many bytes, never more than @size.
 */
size_t base64_decode(const char *text, size_t length, void *data, size_t size)
{
	uint8_t *out = data;
	uint32_t bits = 0;
	size_t at = 0, i;
	int have = 0;

	for (i = 0; i < length && text[i] != '='; i++) {
		const char *digit = text[i] ? strchr(base64_digit, text[i]) : NULL;

		if (!digit)
			continue;
		bits = bits << 6 | (uint32_t)(digit - base64_digit);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (at == size)
			break;
		out[at++] = bits >> have & 0xff;
	}
	return at;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A value cut into words, each of which knows where it stands in the text.
 */
#include "flow/words.h"

#include <stdlib.h>
#include <string.h>

/**
 * words_start() - begin to take words
 * @words: to set up
 * @text: the text that the value is part of
 * @value: the value
 * @where: where it stands
 */
void words_start(struct words *words, struct text *text, const char *value, struct span where)
{
	words->text = text;
	words->rest = value;
	words->whole = where;
	words->column = where.first;
	words->word[0] = '\0';
	words->span = where;
}

/**
 * words_next() - take a word
 * @words: the value
 *
 * A word that is too long to mean anything is cut; it will be refused as
 * unknown, and quoted in full.
 *
 * Return: false where there is none left.
 */
bool words_next(struct words *words)
{
	size_t skip = strspn(words->rest, " \t"), length, kept;

	words->rest += skip;
	words->column += (unsigned int)skip;
	length = strcspn(words->rest, " \t");
	if (!length)
		return false;
	kept = length < WORD_MAX ? length : WORD_MAX;
	memcpy(words->word, words->rest, kept);
	words->word[kept] = '\0';
	words->span.line = words->whole.line;
	words->span.first = words->column;
	words->span.last = words->column + (unsigned int)length - 1;
	words->rest += length;
	words->column += (unsigned int)length;
	return true;
}

/**
 * words_need() - take a word that has to be there
 * @words: the value
 * @what: what is missing where it is not
 *
 * Return: false, with a complaint, where there is none left.
 */
bool words_need(struct words *words, const char *what)
{
	if (words_next(words))
		return true;
	text_error(words->text, words->whole, "%s is missing", what);
	return false;
}

/**
 * words_end() - there has to be no further word
 * @words: the value
 *
 * Return: false, with a complaint, where there is one.
 */
bool words_end(struct words *words)
{
	if (!words_next(words))
		return true;
	text_error(words->text, words->span, "nothing more is expected here");
	return false;
}

/**
 * word_port() - read a port
 * @words: whose last word it is part of, for the complaint
 * @digits: the number
 * @port: receives it
 *
 * Return: false, with a complaint, where it is none.
 */
bool word_port(struct words *words, const char *digits, uint16_t *port)
{
	size_t length = strlen(digits);
	unsigned long value;

	if (!length || length != strspn(digits, "0123456789")) {
		text_error(words->text, words->span, "not a port number");
		return false;
	}
	value = length > 5 ? 65536 : strtoul(digits, NULL, 10);
	if (value < 1 || value > 65535) {
		text_error(words->text, words->span, "ports go from 1 to 65535");
		return false;
	}
	*port = (uint16_t)value;
	return true;
}

static bool range_in_class(struct words *words, struct range range, struct range within,
			   const char *class)
{
	if (range.low > range.high)
		text_error(words->text, words->span, "port range runs backwards");
	else if (range.low < within.low || range.high > within.high)
		text_error(words->text, words->span, "%s ports go from %u to %u",
			   class, within.low, within.high);
	else if (range_holds(range, AMANDA_PORT))
		text_error(words->text, words->span,
			   "the range holds %u, where amandad itself listens", AMANDA_PORT);
	else
		return true;
	return false;
}

/**
 * word_range() - take the only word of a value as a range of ports
 * @words: the value
 * @range: receives it
 * @within: the class of ports that it has to stay in
 * @class: the name of that class
 *
 * Return: false, with a complaint, where it is none.
 */
bool word_range(struct words *words, struct range *range, struct range within,
		const char *class)
{
	struct range read;
	char *dash;

	if (!words_need(words, "the port range"))
		return false;
	dash = strchr(words->word, '-');
	if (dash)
		*dash++ = '\0';
	if (!word_port(words, words->word, &read.low) ||
	    !word_port(words, dash ? dash : words->word, &read.high) ||
	    !range_in_class(words, read, within, class) || !words_end(words))
		return false;
	*range = read;
	return true;
}

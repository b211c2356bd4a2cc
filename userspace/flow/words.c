// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A value cut into words, each of which knows where it stands in the text.
 */
#include "flow/words.h"

#include <limits.h>
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

/**
 * word_number() - take the only word of a value as a number
 * @words: the value
 * @number: receives it
 * @low: the lowest that makes sense
 * @high: the highest
 *
 * Return: false, with a complaint, where it is none.
 */
bool word_number(struct words *words, unsigned int *number, unsigned int low,
		 unsigned int high)
{
	size_t length;
	unsigned long value;

	if (!words_need(words, "the number"))
		return false;
	length = strlen(words->word);
	if (length != strspn(words->word, "0123456789")) {
		text_error(words->text, words->span, "not a number");
		return false;
	}
	value = length > 9 ? ULONG_MAX : strtoul(words->word, NULL, 10);
	if (value < low || value > high) {
		text_error(words->text, words->span, "a number from %u to %u is expected",
			   low, high);
		return false;
	}
	*number = (unsigned int)value;
	return words_end(words);
}

static void complain_of_choice(struct words *words, const struct choice *choices,
			       const char *what)
{
	char names[WORD_MAX + 1] = "";
	size_t length = 0;

	for (; choices->name; choices++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
					   length ? ", " : "", choices->name);
	text_error(words->text, words->span, "unknown %s; there are %s", what, names);
}

/**
 * words_choose() - take the last word and all that follow as choices
 * @words: the value; its first word has been taken
 * @choices: what may stand there; their names are no longer than WORD_MAX
 * @what: what they are called
 * @bits: receives the meanings of those that do
 *
 * Return: false, with a complaint, where something else does.
 */
bool words_choose(struct words *words, const struct choice *choices, const char *what,
		  unsigned int *bits)
{
	const struct choice *choice;

	do {
		for (choice = choices; choice->name; choice++)
			if (!strcmp(choice->name, words->word))
				break;
		if (!choice->name) {
			complain_of_choice(words, choices, what);
			return false;
		}
		*bits |= choice->bit;
	} while (words_next(words));
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the rules of a dump of iptables are.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/origin.h"

/**
 * struct line - what is left of a line of the dump
 * @at: next byte
 * @end: after the last
 */
struct line {
	const char *at;
	const char *end;
};

static size_t take_word(struct line *line, const char **word)
{
	while (line->at < line->end && (*line->at == ' ' || *line->at == '\t'))
		line->at++;
	*word = line->at;
	while (line->at < line->end && *line->at != ' ' && *line->at != '\t')
		line->at++;
	return (size_t)(line->at - *word);
}

static bool is_word(const char *word, size_t length, const char *text)
{
	return strlen(text) == length && !memcmp(word, text, length);
}

static void skip_counters(struct line *line)
{
	if (line->at < line->end && *line->at == '[') {
		while (line->at < line->end && *line->at != ' ')
			line->at++;
		while (line->at < line->end && *line->at == ' ')
			line->at++;
	}
}

/* "-I FORWARD 3 ..." counts from 1. */
static size_t take_position(struct line line)
{
	const char *word;
	size_t length = take_word(&line, &word);
	size_t number = length ? strtoul(word, NULL, 10) : 0;

	return number ? number - 1 : 0;
}

static int add_rule(struct origins *origins, struct chain_name *chain, struct origin *origin)
{
	struct line line = { .at = origin->text, .end = origin->text + origin->length };
	size_t position = ORIGIN_END, length;
	const char *word;

	skip_counters(&line);
	origin->text = line.at;
	origin->length = (size_t)(line.end - line.at);
	length = take_word(&line, &word);
	if (!is_word(word, length, "-A") && !is_word(word, length, "-I"))
		return 0;
	chain->chain_length = take_word(&line, &chain->chain);
	if (word[1] == 'I')
		position = take_position(line);
	return origin_add(origins, chain, origin, position);
}

/**
 * origin_xtables() - find the rules of a dump of iptables
 * @origins: where to note them
 * @source: the dump
 * @family: of its tables
 *
 * Return: 0, or -ENOMEM.
 */
int origin_xtables(struct origins *origins, const struct source *source, int family)
{
	const char *at = source->text, *end = at + source->length;
	struct chain_name chain = { .family = family, .table = "" };
	struct origin origin = { .path = source->path };
	const char *newline;
	int result = 0;

	while (!result && at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		origin.text = at;
		origin.length = (size_t)((newline ? newline : end) - at);
		origin.line++;
		if (*at == '*') {
			chain.table = at + 1;
			chain.table_length = strcspn(at + 1, " \t\r\n");
		}
		if (*at == '-' || *at == '[')
			result = add_rule(origins, &chain, &origin);
		at = newline ? newline + 1 : end;
	}
	return result;
}

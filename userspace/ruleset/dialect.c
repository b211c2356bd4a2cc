// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which language a ruleset is written in, by its looks.
 */
#include "ruleset/dialect.h"

#include <stdbool.h>
#include <string.h>

/* So many lines of a dump are looked at for what only IPv6 has. */
#define LINES_LOOKED	2000

static bool starts(const char *line, size_t length, const char *with)
{
	return length >= strlen(with) && !memcmp(line, with, strlen(with));
}

static bool line_has(const char *line, size_t length, const char *word)
{
	return memmem(line, length, word, strlen(word)) != NULL;
}

/* Only an option of ip6tables has "6" there, or an address colons. */
static bool is_ipv6_line(const char *line, size_t length)
{
	static const char *const options[] = {
		" -s ", " -d ", " --to-source ", " --to-destination ", " --src-range ",
	};
	size_t i;

	if (line[0] == '#')
		return line_has(line, length, "ip6tables");
	if (line_has(line, length, "icmp6") || line_has(line, length, "icmpv6") ||
	    line_has(line, length, "icmp6-port-unreachable"))
		return true;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *found = memmem(line, length, options[i], strlen(options[i]));
		const char *word = found ? found + strlen(options[i]) : NULL;
		size_t span = word ? strcspn(word, "\n ") : 0;

		/* "[" begins an address and port; 192.0.2.1:80 has one colon. */
		if (word && (*word == '[' || (memchr(word, ':', span) &&
					      !memchr(word, '.', span))))
			return true;
	}
	return false;
}

static enum dialect guess_family(const char *text, const char *end)
{
	size_t looked, length;

	for (looked = 0; text < end && looked < LINES_LOOKED; looked++) {
		length = strcspn(text, "\n");
		if (is_ipv6_line(text, length))
			return DIALECT_IP6TABLES;
		text += length + 1;
	}
	return DIALECT_IPTABLES;
}

static enum dialect guess(const char *text, size_t length)
{
	const char *line = text, *end = text + length;
	size_t span;

	while (line < end) {
		span = strcspn(line, "\n");
		if (span && line[0] == '*')
			return guess_family(text, end);
		if (starts(line, span, "create ") || starts(line, span, "-N "))
			return DIALECT_IPSET;
		if (span && line[0] != '#' && strspn(line, " \t\r") < span)
			return DIALECT_NFT;
		line += span + 1;
	}
	return DIALECT_NFT;
}

/**
 * source_dialect() - tell which language a source is in
 * @source: it
 *
 * Return: what it says itself, or by its looks: DIALECT_NFT where nothing else is likely.
 */
enum dialect source_dialect(const struct source *source)
{
	return source->dialect == DIALECT_GUESS ? guess(source->text, source->length) :
						  source->dialect;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What iptables says of a dump that it does not load.  It names the line, mostly,
 * and what it objects to in quotes: the column is found by that.
 */
#include "ruleset/xtables_report.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define WORD_ROOM	128
/* A line that is longer is not shown. */
#define SHOWN_MOST	1000

/**
 * struct fault - what is wrong, and where
 * @number: of the line of the dump
 * @line: it
 * @length: of it
 * @column: from 1
 */
struct fault {
	unsigned int number;
	const char *line;
	size_t length;
	size_t column;
};

static const char *find_word(const char *line, size_t length, const char *word)
{
	size_t span = strlen(word);
	const char *at = line, *end = line + length;

	while ((at = memmem(at, (size_t)(end - at), word, span))) {
		if ((at == line || isspace((unsigned char)at[-1])) &&
		    (at + span == end || isspace((unsigned char)at[span])))
			return at;
		at++;
	}
	return NULL;
}

static void go_to_line(struct fault *fault, const struct source *source, unsigned int number)
{
	const char *end = source->text + source->length;
	const char *newline;

	fault->line = source->text;
	for (fault->number = 1; fault->number < number; fault->number++) {
		newline = memchr(fault->line, '\n', (size_t)(end - fault->line));
		if (!newline)
			break;
		fault->line = newline + 1;
	}
	newline = memchr(fault->line, '\n', (size_t)(end - fault->line));
	fault->length = (size_t)((newline ? newline : end) - fault->line);
	fault->column = 1;
}

/* Where it says "line: 7", "line 7 failed" or "line 7: RULE_APPEND failed"; 0: nowhere. */
static unsigned int line_said(const char *said)
{
	while ((said = strstr(said, "line"))) {
		said += strlen("line");
		said += strspn(said, ": ");
		if (isdigit((unsigned char)*said))
			return (unsigned int)strtoul(said, NULL, 10);
	}
	return 0;
}

/* The first thing said, without the program's name and advice about its options. */
static const char *gist(const char *said)
{
	static const char name[] = "(nf_tables):";
	const char *start = strstr(said, "RULE_APPEND failed");

	if (!start) {
		start = strstr(said, name);
		start = start ? start + strlen(name) : said;
	}
	return start + strspn(start, "\n ");
}

/* The next text in quotes: `so', 'so' or "so", but not the middle of "couldn't". */
static const char *next_quoted(const char *text, char word[WORD_ROOM])
{
	char before = ' ';
	size_t span;

	for (; *text && *text != '\n'; before = *text++) {
		if (!strchr("`'\"", *text) || (*text == '\'' && isalpha((unsigned char)before)))
			continue;
		span = strcspn(text + 1, "'\"\n");
		if (!span || span >= WORD_ROOM || text[span + 1] == '\n' || !text[span + 1])
			continue;
		memcpy(word, text + 1, span);
		word[span] = '\0';
		return text + span + 2;
	}
	return NULL;
}

static bool point_at(struct fault *fault, const char *word)
{
	const char *at = find_word(fault->line, fault->length, word);

	if (at)
		fault->column = (size_t)(at - fault->line) + 1;
	return at;
}

/* A chain that is missing is found out at COMMIT: some line before is meant. */
static void point_before(struct fault *fault, const struct source *source, const char *word)
{
	const char *line = source->text;
	unsigned int number;
	struct fault earlier;

	for (number = 1; number < fault->number; number++) {
		earlier.line = line;
		earlier.number = number;
		earlier.length = strcspn(line, "\n");
		if (*line == '-' && point_at(&earlier, word)) {
			*fault = earlier;
			return;
		}
		line += earlier.length + 1;
	}
}

static void point(struct fault *fault, const struct source *source, const char *text)
{
	char word[WORD_ROOM];
	const char *rest = text;

	while ((rest = next_quoted(rest, word)))
		if (point_at(fault, word))
			return;
	if (next_quoted(text, word))
		point_before(fault, source, word);
}

/* "Warning: Extension ipvs revision 0 not supported, missing kernel module?" */
static bool point_at_lacking(struct fault *fault, const char *said, char word[WORD_ROOM])
{
	const char *extension = "Extension ";
	size_t span;

	while ((said = strstr(said, extension))) {
		said += strlen(extension);
		span = strcspn(said, " \n");
		if (!span || span >= WORD_ROOM)
			continue;
		memcpy(word, said, span);
		word[span] = '\0';
		if (point_at(fault, word))
			return true;
	}
	return false;
}

/* What iptables says of these lines does not show what is wrong with them; or NULL. */
static const char *plainly(const struct fault *fault)
{
	if (fault->length && fault->line[fault->length - 1] == '\r')
		return "the lines end with CR and LF, and iptables takes the CR for a part of them: sed -i 's/\\r$//' does away with it";
	if (!strchr("#*:[-C", fault->line[strspn(fault->line, " \t")]))
		return "this is no line of iptables-save";
	return NULL;
}

/**
 * xtables_report_print() - print to stderr why a dump is not loaded
 * @said: what iptables said
 * @pieces: what it was given
 * @source: the dump
 */
void xtables_report_print(const char *said, const struct xtables_pieces *pieces,
			  const struct source *source)
{
	unsigned int number = line_said(said);
	const char *text = gist(said);
	int length = (int)strcspn(text, "\n");
	char lacking[WORD_ROOM];
	struct fault fault;

	if (number > pieces->lines && strstr(said, "COMMIT expected")) {
		go_to_line(&fault, source, UINT_MAX);
		fprintf(stderr, "%s:%u: the dump ends here: every table of it needs a line COMMIT at its end\n",
			source->path, fault.number);
		return;
	}
	if (!number || number > pieces->lines) {
		fprintf(stderr, "%s: %.*s\n", source->path, length, text);
		return;
	}
	go_to_line(&fault, source, pieces->origin[number - 1]);
	if (plainly(&fault)) {
		fprintf(stderr, "%s:%u:%zu: %s\n", source->path, fault.number, fault.column,
			plainly(&fault));
	} else if (point_at_lacking(&fault, said, lacking)) {
		fprintf(stderr, "%s:%u:%zu: the running kernel has no match or target \"%s\"\n",
			source->path, fault.number, fault.column, lacking);
	} else {
		point(&fault, source, text);
		fprintf(stderr, "%s:%u:%zu: %.*s\n", source->path, fault.number, fault.column,
			length, text);
	}
	if (fault.length < SHOWN_MOST)
		fprintf(stderr, "%.*s\n%*s^\n", (int)fault.length, fault.line,
			(int)fault.column - 1, "");
}

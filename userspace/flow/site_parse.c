// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of a site file, handed to inih one by one.
 *
 * inih tells its handler neither the line nor the column, and nothing at all
 * of a section without keys.  So its reader, which sees each line first, keeps
 * the number of the line and opens the sections; inih cuts the rest into keys
 * and values.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "flow/site_keys.h"

struct parser {
	struct site *site;
	struct text *text;		/* the site's */
	size_t next;		/* line to hand out */
	struct target target;	/* section being read */
	bool skipping;		/* inside a section that could not be opened */
	bool site_seen;
	size_t host_room;
};

static struct span span_of(const struct parser *parser, const char *first, size_t length)
{
	const struct line *line = &parser->text->lines[parser->next - 1];
	unsigned int column = (unsigned int)(first - line->start) + 1;

	return (struct span) {
		.line = (unsigned int)parser->next,
		.first = column,
		.last = column + (length ? (unsigned int)length - 1 : 0),
	};
}

static bool name_is_plain(const char *name, size_t length)
{
	size_t i;

	if (!length || length > SITE_NAME_MAX || !isalnum((unsigned char)name[0]))
		return false;
	for (i = 0; i < length; i++)
		if (!isascii(name[i]) || (!isalnum((unsigned char)name[i]) &&
					  !strchr("._-", name[i])))
			return false;
	return true;
}

static struct host *host_add(struct parser *parser)
{
	struct site *site = parser->site;
	struct host *hosts;

	if (site->host_count == parser->host_room) {
		parser->host_room = parser->host_room ? parser->host_room * 2 : 16;
		hosts = reallocarray(site->hosts, parser->host_room, sizeof(*hosts));
		if (!hosts)
			return NULL;
		site->hosts = hosts;
	}
	memset(&site->hosts[site->host_count], 0, sizeof(*hosts));
	return &site->hosts[site->host_count++];
}

static void open_host(struct parser *parser, const char *name, size_t length)
{
	struct span span = span_of(parser, name, length);
	struct host *host;

	if (!name_is_plain(name, length)) {
		text_error(parser->text, span,
			   "a host name has letters, digits, '.', '-' and '_', and %u at most",
			   SITE_NAME_MAX);
		return;
	}
	host = host_add(parser);
	if (!host) {
		text_error(parser->text, span, "out of memory");
		return;
	}
	memcpy(host->name, name, length);
	host->name_span = span;
	parser->target.settings = &host->settings;
	parser->target.host = host;
	parser->skipping = false;
}

static void open_site(struct parser *parser, const char *name, size_t length)
{
	if (parser->site_seen) {
		text_error(parser->text, span_of(parser, name, length),
			   "a second [site] section");
		return;
	}
	parser->site_seen = true;
	parser->target.settings = &parser->site->settings;
	parser->skipping = false;
}

/* @open is the '[' and @length what is left of the line from there. */
static void open_section(struct parser *parser, const char *open, size_t length)
{
	const char *name = open + 1, *close = memchr(open, ']', length), *rest;
	size_t word, behind;

	memset(&parser->target, 0, sizeof(parser->target));
	parser->skipping = true;
	if (!close) {
		text_error(parser->text, span_of(parser, open, length), "no ']' in this line");
		return;
	}
	behind = (size_t)(open + length - close - 1);
	if (behind) {
		text_error(parser->text, span_of(parser, close + 1, behind),
			   "nothing more is expected here");
		return;
	}
	word = strcspn(name, " \t]");
	rest = name + word + strspn(name + word, " \t");
	if (word == 4 && !memcmp(name, "site", 4) && rest == close)
		open_site(parser, name, word);
	else if (word == 4 && !memcmp(name, "host", 4))
		open_host(parser, rest, (size_t)(close - rest));
	else
		text_error(parser->text, span_of(parser, open, (size_t)(close + 1 - open)),
			   "unknown section; there are [site] and [host NAME]");
}

/* A '#' or ';' opens a comment at the start of a line or behind a blank. */
static size_t comment_start(const char *line, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((line[i] == '#' || line[i] == ';') &&
		    (!i || line[i - 1] == ' ' || line[i - 1] == '\t'))
			break;
	while (i && (line[i - 1] == ' ' || line[i - 1] == '\t'))
		i--;
	return i;
}

/*
 * What inih shall see of a line: nothing of one that is done with here.
 * Leading blanks are dropped, or inih would join the line to the one before.
 */
static const char *line_content(struct parser *parser, const struct line *line, size_t *length)
{
	const char *start = line->start;
	const char *nul = memchr(line->start, '\0', line->length);
	size_t left = line->length;

	*length = 0;
	if (nul) {
		text_error(parser->text, span_of(parser, nul, 1), "a NUL byte");
		return start;
	}
	if (parser->next == 1 && !strncmp(start, "\xef\xbb\xbf", 3))
		start += 3;
	left -= (size_t)(start - line->start);
	left = comment_start(start, left);
	while (left && (*start == ' ' || *start == '\t')) {
		start++;
		left--;
	}
	if (!left)
		return start;
	if (*start == '[')
		open_section(parser, start, left);
	else if (!memchr(start, '=', left))
		text_error(parser->text, span_of(parser, start, left), "not KEY = VALUE");
	else
		*length = left;
	return start;
}

/* The ini_reader: as fgets(), but out of the text's lines. */
static char *next_line(char *buffer, int size, void *data)
{
	struct parser *parser = data;
	const struct line *line;
	const char *start;
	size_t length;

	if (parser->next >= parser->text->line_count || size < 2)
		return NULL;
	line = &parser->text->lines[parser->next++];
	start = line_content(parser, line, &length);
	if (length + 2 > (size_t)size) {
		text_error(parser->text, span_of(parser, start, length),
			   "line too long: %d bytes at most; address and nat may be given again",
			   size - 2);
		length = 0;
	}
	memcpy(buffer, start, length);
	buffer[length] = '\n';
	buffer[length + 1] = '\0';
	return buffer;
}

static struct span value_span(const struct parser *parser, const char *value)
{
	const struct line *line = &parser->text->lines[parser->next - 1];
	const char *start = line->start + strcspn(line->start, "=:");

	start += *start ? 1 : 0;
	start += strspn(start, " \t");
	return span_of(parser, start, strlen(value));
}

/* The ini_handler. */
static int one_key(void *data, const char *section, const char *name, const char *value)
{
	struct parser *parser = data;
	const struct line *line = &parser->text->lines[parser->next - 1];
	const char *key = line->start + strspn(line->start, " \t\xef\xbb\xbf");
	struct span name_span = span_of(parser, key, strlen(name));
	struct span where = value_span(parser, value);
	struct words words;

	(void)section;
	if (parser->skipping)
		return 1;
	if (!parser->target.settings) {
		text_error(parser->text, name_span, "no section has been opened yet");
		parser->skipping = true;
		return 1;
	}
	if (!*value)	/* quote the key: there is nothing else to point at */
		where = name_span;
	words_start(&words, parser->text, value, where);
	key_read(&parser->target, name, name_span, &words);
	return 1;
}

/**
 * site_parse() - read the sections and keys of a site file
 * @site: to fill; its text has been read
 *
 * Return: 0; -EINVAL where complaints have been printed; or -ENOMEM.
 */
int site_parse(struct site *site)
{
	struct text *text = site->text;
	struct parser parser = { .site = site, .text = text };
	int err = ini_parse_stream(next_line, &parser, one_key, &parser);

	if (err == -2)
		return -ENOMEM;
	if (err && !text->error_count)
		text_error(text, (struct span) { .line = 0 }, "line %d cannot be read", err);
	return text->error_count ? -EINVAL : 0;
}

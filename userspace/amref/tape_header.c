// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "tape_header.h"

/* What does not fit is no name that we could use. */
static void keep(char *field, size_t size, const char *value)
{
	size_t length = strlen(value);

	if (length < size)
		memcpy(field, value, length + 1);
}

/* Pairs behind the level: "comp N program /bin/tar crypt enc client_encrypt ..." */
static void take_pair(struct tape_header *header, const char *name, const char *value)
{
	if (!strcmp(name, "lev"))
		header->level = atoi(value);
	else if (!strcmp(name, "comp") && strcmp(value, "N"))
		keep(header->suffix, sizeof(header->suffix), value);
	else if (!strcmp(name, "program"))
		keep(header->program, sizeof(header->program), value);
	else if (!strcmp(name, "client_encrypt"))
		keep(header->encrypt, sizeof(header->encrypt), value);
	else if (!strcmp(name, "client_decrypt_option"))
		keep(header->decrypt_option, sizeof(header->decrypt_option), value);
}

static const char *word(const char **at, char *value, size_t size)
{
	*at += strspn(*at, " ");
	*at = unquote_word(*at, value, size);
	return *at;
}

/* "AMANDA: FILE 20261122010719 host /disk  lev 0 comp N ..." */
static bool read_first_line(const char *line, struct tape_header *header)
{
	char name[512], value[512];

	if (!word(&line, name, sizeof(name)) || strcmp(name, "AMANDA:") ||
	    !word(&line, name, sizeof(name)) ||
	    (strcmp(name, "FILE") && strcmp(name, "SPLIT_FILE")) ||
	    !word(&line, header->datestamp, sizeof(header->datestamp)) ||
	    !word(&line, header->host, sizeof(header->host)) ||
	    !word(&line, header->disk, sizeof(header->disk)))
		return false;
	while (*line) {
		if (!word(&line, name, sizeof(name)) || !word(&line, value, sizeof(value)))
			return false;
		take_pair(header, name, value);
	}
	return true;
}

static void read_line(const char *line, struct tape_header *header)
{
	const char *colon;

	if (!strncmp(line, "CLIENT-CRC=", 11)) {
		keep(header->client_crc, sizeof(header->client_crc), line + 11);
		colon = strchr(line, ':');
		header->bytes = colon ? strtoull(colon + 1, NULL, 10) : 0;
	} else if (!strncmp(line, "SHA256=", 7)) {
		keep(header->sha256, sizeof(header->sha256), line + 7);
	}
}

/**
 * tape_header_read() - read a header
 * @text: a block of a tape, or only what is used of it
 * @length: in bytes
 * @header: filled in
 *
 * Return: false where it is no header of a dump.
 */
bool tape_header_read(const char *text, size_t length, struct tape_header *header)
{
	char *copy = strndup(text, length), *line, *next;
	bool ok = false;

	memset(header, 0, sizeof(*header));
	for (line = copy; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (line == copy)
			ok = read_first_line(line, header);
		else
			read_line(line, header);
	}
	free(copy);
	return ok;
}

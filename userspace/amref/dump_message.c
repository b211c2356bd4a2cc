// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client says on MESG: process_dumpline() and parse_info_line() of
 * Amanda's server-src/dumper.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

static const char *behind(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) ? NULL : line + length;
}

static void keep(char *field, size_t size, const char *value)
{
	if (value)
		snprintf(field, size, "%s", value);
}

static void take_info(struct store_dump *record, const char *info)
{
	keep(record->program, sizeof(record->program), behind(info, "BACKUP="));
	keep(record->application, sizeof(record->application), behind(info, "APPLICATION="));
	keep(record->recover_command, sizeof(record->recover_command),
	     behind(info, "RECOVER_CMD="));
	keep(record->suffix, sizeof(record->suffix), behind(info, "COMPRESS_SUFFIX="));
	keep(record->encrypt, sizeof(record->encrypt), behind(info, "CLIENT_ENCRYPT="));
}

static void take_info_line(struct dump *dump, const char *value)
{
	take_info(&dump->record, value);
}

static void take_size(struct dump *dump, const char *value)
{
	dump->record.kilobytes = strtoull(value, NULL, 10);
	dump->got_size = true;
}

static void take_native_crc(struct dump *dump, const char *value)
{
	keep(dump->record.native_crc, sizeof(dump->record.native_crc), value);
}

static void take_client_crc(struct dump *dump, const char *value)
{
	keep(dump->record.client_crc, sizeof(dump->record.client_crc), value);
}

static void take_sha256(struct dump *dump, const char *value)
{
	keep(dump->sha256, sizeof(dump->sha256), value);
}

static void take_error(struct dump *dump, const char *value)
{
	dump->got_end = true;
	if (!dump->talk.error[0])
		snprintf(dump->talk.error, sizeof(dump->talk.error), "client says: %s", value);
}

static void take_end(struct dump *dump, const char *value)
{
	(void)value;
	dump->got_end = true;
}

static void take_warning(struct dump *dump, const char *value)
{
	(void)value;
	dump->strange++;
}

static const struct {
	const char *word;
	void (*take)(struct dump *dump, const char *value);
} known_lines[] = {
	{ "sendbackup: info ", take_info_line },
	{ "sendbackup: size ", take_size },
	{ "sendbackup: native-CRC ", take_native_crc },
	{ "sendbackup: client-CRC ", take_client_crc },
	{ "sendbackup: error ", take_error },
	{ "sendbackup: warning", take_warning },
	{ "sendbackup: end", take_end },
	{ "| sha256 ", take_sha256 },
};

/**
 * dump_message() - take a line of MESG
 * @dump: gets what it says
 * @line: without its end
 */
void dump_message(struct dump *dump, const char *line)
{
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(known_lines) / sizeof(known_lines[0]); i++) {
		value = behind(line, known_lines[i].word);
		if (!value)
			continue;
		known_lines[i].take(dump, value);
		return;
	}
	if (line[0] != '|' && !behind(line, "sendbackup: "))
		dump->strange++;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: what a peer sends, taken apart (wire.c, dle.c, quote.c).
 * The input is read as a body of each kind.
 */
/* fuzz-cost: 10 */
/* fuzz-uses: userspace/amref/wire.c userspace/amref/dle.c userspace/amref/quote.c userspace/amref/features.c kernel/amanda_packet.c */
#include <ctype.h>
#include <stdint.h>

#include "amref/dle.h"
#include "amref/features.h"
#include "amref/quote.h"
#include "amref/wire.h"
#include "packet_properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lies_within(struct text piece, const char *body, size_t length)
{
	if (!piece.at)
		return;
	MUST(piece.at >= body && piece.length <= length);
	MUST(piece.at + piece.length <= body + length);
}

/* The pieces are where they should be, and one line at most where it is a line. */
static void check_request(const char *body, size_t length)
{
	struct wire_request request;

	wire_request_parse(body, length, &request);
	lies_within(request.security, body, length);
	lies_within(request.service, body, length);
	lies_within(request.arguments, body, length);
	lies_within(request.rest, body, length);
	MUST(request.rest.at + request.rest.length == body + length);
	if (request.security.at)
		MUST(!memchr(request.security.at, '\n', request.security.length));
	if (request.service.at) {
		MUST(!memchr(request.service.at, ' ', request.service.length));
		MUST(!memchr(request.service.at, '\n', request.service.length));
		MUST(request.arguments.at + request.arguments.length == body + length);
	}
}

/* What was read, printed as amandad does, is the line that was read. */
static void check_streams(const char *body, size_t length)
{
	char line[AMANDA_WINDOW] = "CONNECT";
	struct wire_streams streams;
	size_t at = strlen(line), i;

	if (wire_streams_parse(body, length, &streams)) {
		MUST(!streams.count);
		return;
	}
	lies_within(streams.rest, body, length);
	MUST(streams.connect == (streams.count > 0));
	if (!streams.connect) {
		MUST(streams.rest.at == body && streams.rest.length == length);
		return;
	}
	for (i = 0; i < streams.count; i++)
		at += snprintf(line + at, sizeof(line) - at, " %s %d", streams.tag[i],
			       streams.stream[i].number);
	MUST(at < length && !memcmp(line, body, at) && body[at] == '\n');
	MUST(streams.rest.at == body + at + 1);
}

static void check_options(const char *body, size_t length)
{
	struct request_options options;
	char value[16];

	if (wire_option(body, length, "features", value, sizeof(value)))
		MUST(strlen(value) < sizeof(value) && !strchr(value, ';') && !strchr(value, '\n'));
	options_read(body, length, &options);
	features_has(options.features, FEATURE_PARTIAL_ESTIMATE);
}

/* Every step forward takes something away, so it ends. */
static void check_entries(const char *text, size_t length)
{
	const char *at = text, *end = text + length, *next, *why = NULL;
	struct dle dle;

	while ((next = dle_next(at, end, &dle, &why))) {
		MUST(next > at && next <= end);
		MUST(why || (dle.level_count >= 1 && dle.level_count <= DLE_LEVELS_MAX));
		at = next;
	}
}

/* A word that can be quoted comes back as it was. */
static void check_quoting(const char *word)
{
	char text[4096], back[2048];
	const char *end;

	if (!quote_word(word, text, sizeof(text)) || strchr(word, '\n'))
		return;
	end = unquote_word(text, back, sizeof(back));
	MUST(end && !*end);
	MUST(!strcmp(back, word));
}

static bool printable(const char *word)
{
	while (isgraph((unsigned char)*word))
		word++;
	return !*word;
}

/* A handle of printable characters that fits gives a header that the grammar reads. */
static void check_header(const char *handle, int sequence)
{
	char text[AMANDA_HEADER_MAX + 1];
	struct amanda_packet packet;
	size_t length;

	length = wire_header(text, sizeof(text), AMANDA_ACK, handle, sequence);
	if (!length || !*handle || !printable(handle))
		return;
	MUST(!amanda_packet_parse(text, length, &packet));
	MUST(packet.sequence == sequence && packet.handle_length == strlen(handle));
	MUST(packet.body_offset == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Bodies do not end in a NUL; a copy lets ASan see who thinks they do. */
	char *body = malloc(size), *word = malloc(size + 1);

	MUST(body && word);
	memcpy(body, data, size);
	memcpy(word, data, size);
	word[size] = '\0';
	check_request(body, size);
	check_streams(body, size);
	check_options(body, size);
	check_entries(body, size);
	check_quoting(word);
	check_header(word, size ? (data[0] - 128) * 16777215 : -1);
	free(word);
	free(body);
	return 0;
}

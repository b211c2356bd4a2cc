// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Printing headers and lines, taking bodies apart; see wire.h.
 */
#include <stdio.h>
#include <string.h>

#include "wire.h"

/**
 * wire_header() - print the header line of a datagram
 * @buffer: gets the line, its newline and a NUL
 * @size: bytes at @buffer
 * @type: of the packet
 * @handle: of the exchange, without a space in it
 * @sequence: of the exchange
 *
 * The same words as pkthdr2str() of Amanda's common-src/security-util.c.
 *
 * Return: bytes without the NUL; 0 where it does not fit.
 */
size_t wire_header(char *buffer, size_t size, enum amanda_type type, const char *handle,
		   int sequence)
{
	int n = snprintf(buffer, size, "Amanda 3.5 %s HANDLE %s SEQ %d\n",
			 amanda_type_name(type), handle, sequence);

	return n > 0 && (size_t)n < size && n <= AMANDA_HEADER_MAX ? n : 0;
}

/**
 * wire_security() - print the line that a REQ begins with
 * @buffer: gets the line, its newline and a NUL
 * @size: bytes at @buffer
 * @user: the name of the sender's user
 *
 * bsd_prefix_packet() of common-src/security-util.c.
 *
 * Return: bytes without the NUL; 0 where it does not fit.
 */
size_t wire_security(char *buffer, size_t size, const char *user)
{
	int n = snprintf(buffer, size, "SECURITY USER %s\n", user);

	return n > 0 && (size_t)n < size ? n : 0;
}

/**
 * text_is() - compare a piece of text with a word
 * @text: the piece
 * @word: ended by a NUL
 *
 * Return: true where they are the same.
 */
bool text_is(struct text text, const char *word)
{
	return text.length == strlen(word) && !memcmp(text.at, word, text.length);
}

/**
 * text_line() - take the first line off a text
 * @rest: the text; afterwards what follows the line
 *
 * Return: the line without its newline; the last one may lack it.
 */
struct text text_line(struct text *rest)
{
	const char *end = rest->length ? memchr(rest->at, '\n', rest->length) : NULL;
	struct text line = { rest->at, end ? (size_t)(end - rest->at) : rest->length };
	size_t taken = line.length + (end ? 1 : 0);

	rest->at += taken;
	rest->length -= taken;
	return line;
}

/* Does @line begin with @word and a space?  Then leave what follows. */
static bool take_word(struct text *line, const char *word)
{
	size_t length = strlen(word);

	if (line->length <= length || memcmp(line->at, word, length) || line->at[length] != ' ')
		return false;
	line->at += length + 1;
	line->length -= length + 1;
	return true;
}

static struct text first_word(struct text line)
{
	const char *space = line.length ? memchr(line.at, ' ', line.length) : NULL;

	if (space)
		line.length = space - line.at;
	return line;
}

/**
 * wire_request_parse() - take the body of a REQ apart
 * @body: need not end in a NUL; the pieces point into it
 * @length: bytes at @body
 * @request: filled in
 *
 * bsd_recv_security_ok() of common-src/security-util.c has the first line,
 * protocol_accept() of amandad-src/amandad.c the second.
 */
void wire_request_parse(const char *body, size_t length, struct wire_request *request)
{
	struct text rest = { body, length }, line;

	memset(request, 0, sizeof(*request));
	request->rest = rest;
	line = text_line(&rest);
	if (take_word(&line, "SECURITY")) {
		request->security = line;
		request->rest = rest;
		line = text_line(&rest);
	}
	if (!take_word(&line, "SERVICE"))
		return;
	request->service = first_word(line);
	request->arguments = rest;
}

static void copy_tags(const char *text, const struct amanda_packet *packet,
		      struct wire_streams *streams)
{
	size_t i;

	streams->count = packet->stream_count;
	memcpy(streams->stream, packet->stream, sizeof(*packet->stream) * packet->stream_count);
	for (i = 0; i < streams->count; i++) {
		memcpy(streams->tag[i], text + packet->stream[i].tag_offset,
		       packet->stream[i].tag_length);
		streams->tag[i][packet->stream[i].tag_length] = '\0';
	}
}

/**
 * wire_streams_parse() - read the CONNECT line of a reply's body
 * @body: of a REP, without its header
 * @length: bytes at @body
 * @streams: filled in; points into @body
 *
 * The grammar reads whole datagrams, and over TCP there is no header: it gets
 * one here.
 *
 * Return: AMANDA_OK, or why there is a CONNECT line that cannot be read.
 */
enum amanda_refusal wire_streams_parse(const char *body, size_t length,
				       struct wire_streams *streams)
{
	char text[AMANDA_WINDOW];
	struct amanda_packet packet;
	enum amanda_refusal refusal;
	size_t header, part;

	memset(streams, 0, sizeof(*streams));
	streams->rest = (struct text){ body, length };
	header = wire_header(text, sizeof(text), AMANDA_REP, "0", 0);
	part = length < sizeof(text) - header ? length : sizeof(text) - header;
	if (part)
		memcpy(text + header, body, part);
	refusal = amanda_packet_parse(text, header + part, &packet);
	streams->connect = packet.connect;
	if (refusal || !packet.connect)
		return refusal;
	copy_tags(text, &packet, streams);
	text_line(&streams->rest);
	return AMANDA_OK;
}

/* "name=value" in a piece between semicolons. */
static bool option_is(struct text piece, const char *name, char *value, size_t size)
{
	size_t length = strlen(name);

	if (piece.length <= length || memcmp(piece.at, name, length) ||
	    piece.at[length] != '=' || piece.length - length > size)
		return false;
	memcpy(value, piece.at + length + 1, piece.length - length - 1);
	value[piece.length - length - 1] = '\0';
	return true;
}

/**
 * wire_option() - find an option in the OPTIONS line of a body
 * @body: of a REQ's arguments or of a REP
 * @length: bytes at @body
 * @name: of the option, without "="
 * @value: gets the value and a NUL
 * @size: bytes at @value
 *
 * parse_g_options() of Amanda's common-src/clientconf.c: the pieces of that
 * line end in semicolons.
 *
 * Return: true where it is there and fits.
 */
bool wire_option(const char *body, size_t length, const char *name, char *value, size_t size)
{
	struct text rest = { body, length }, line, piece;
	const char *end;

	while (rest.length) {
		line = text_line(&rest);
		if (!take_word(&line, "OPTIONS"))
			continue;
		while (line.length) {
			end = memchr(line.at, ';', line.length);
			piece.at = line.at;
			piece.length = end ? (size_t)(end - line.at) : line.length;
			if (option_is(piece, name, value, size))
				return true;
			line.at += piece.length + (end ? 1 : 0);
			line.length -= piece.length + (end ? 1 : 0);
		}
	}
	return false;
}

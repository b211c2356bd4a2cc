// SPDX-License-Identifier: GPL-2.0-or-later
/* Datagrams by chance; see mutant.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/lib/mutant.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PICK(array) ((array)[chance_below(COUNT(array))])

/* Few of them, so that replies meet requests and copies meet originals. */
static const char *const handles[] = { "000-00000000", "000-00000001", "x", "zz/../x" };
static const int sequences[] = { 0, 7, -5, 1795858683 };
static const char *const tags[] = {
	"DATA", "MESG", "INDEX", "STATE", "CTL", "CMD", "x", "CONNECT", "What-Ever_7"
};
static const char *const odd_numbers[] = {
	"-1", "0", "-0", "-2", "+2001", "02001", "0x7d1", "1", "22", "1023", "1024", "65535",
	"65536", "67537", "499999", "2147483647", "2147483648", "4294969297", "99999999999", ""
};
static const char *const pieces[] = {
	"Amanda 3.5 ", "REP ", "REQ ", "PREP ", "NAK ", "ACK ", "HANDLE ", "SEQ ", "CONNECT ",
	"CONNECT DATA 2001 MESG 2002\n", " DATA 2003", " -1", "\n", " ", "  ", "\t", "65536"
};

static void add(struct mutant *mutant, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct mutant *mutant, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	mutant->length += (size_t)vsnprintf(mutant->bytes + mutant->length,
					    sizeof(mutant->bytes) - mutant->length, format, list);
	va_end(list);
}

static unsigned int pool_port(unsigned int from)
{
	return MUTANT_PORT_LOW + from % MUTANT_PORTS;
}

/* Ports that differ: the line of an honest amandad. */
static void add_streams(struct mutant *mutant)
{
	unsigned int from = chance_below(MUTANT_PORTS), step = 1 + chance_below(2);
	unsigned int i, count = 1 + chance_below(AMANDA_STREAMS_MAX);

	add(mutant, "CONNECT");
	for (i = 0; i < count; i++)
		add(mutant, " %s %u", PICK(tags), pool_port(from + step * i));
	add(mutant, "\nOPTIONS features=ffff;\n");
}

/* Anything that has the form of such a line. */
static void add_odd_streams(struct mutant *mutant)
{
	unsigned int i, count = chance_below(AMANDA_STREAMS_MAX + 3);

	add(mutant, "CONNECT");
	for (i = 0; i < count; i++) {
		if (chance_one_in(3))
			add(mutant, " %s %s", PICK(tags), PICK(odd_numbers));
		else
			add(mutant, " %s %u", PICK(tags), pool_port(chance_below(MUTANT_PORTS)));
	}
	add(mutant, "\n\n");
}

static void add_header(struct mutant *mutant, enum amanda_type type)
{
	mutant->length = 0;
	add(mutant, "Amanda 3.5 %s HANDLE %s SEQ %d\n", amanda_type_name(type), PICK(handles),
	    PICK(sequences));
}

static void add_body(struct mutant *mutant, enum amanda_type type)
{
	if (type == AMANDA_REQ)
		add(mutant, "SECURITY USER backup\nSERVICE sendbackup\n");
	else if (type == AMANDA_ACK)
		return;
	else if (chance_one_in(4))
		add(mutant, "ERROR unknown user: CONNECT DATA 2001 MESG 2002 \n");
	else if (chance_one_in(3))
		add_odd_streams(mutant);
	else
		add_streams(mutant);
}

/** mutant_packet() - a packet of this type as it should be, or nearly */
void mutant_packet(struct mutant *mutant, enum amanda_type type)
{
	add_header(mutant, type);
	add_body(mutant, type);
}

/**
 * mutant_exchange() - a request and the reply to it, both without fault
 * @request: filled in
 * @reply: filled in; names ports that may be opened
 * @sequence: not used before
 */
void mutant_exchange(struct mutant *request, struct mutant *reply, int sequence)
{
	request->length = 0;
	reply->length = 0;
	add(request, "Amanda 3.5 REQ HANDLE 000-00000000 SEQ %d\nSERVICE amindexd\n", sequence);
	add(reply, "Amanda 3.5 REP HANDLE 000-00000000 SEQ %d\n", sequence);
	add_streams(reply);
}

static void replace(struct mutant *mutant, size_t at, size_t old, const char *with, size_t length)
{
	size_t behind = mutant->length - at - old;

	if (mutant->length - old + length > sizeof(mutant->bytes))
		return;
	memmove(mutant->bytes + at + length, mutant->bytes + at + old, behind);
	memcpy(mutant->bytes + at, with, length);
	mutant->length += length - old;
}

static void change_once(struct mutant *mutant)
{
	/* Most of a long datagram is padding: the head is what matters. */
	size_t head = mutant->length < 160 ? mutant->length : 160;
	size_t at = chance_below((uint32_t)head + 1);
	size_t rest = mutant->length - at, some = rest ? chance_below((uint32_t)rest) % 12 : 0;
	const char *piece = PICK(pieces);
	char byte = (char)chance_below(256), copy[12];

	switch (chance_below(7)) {
	case 0:
		if (rest)
			mutant->bytes[at] ^= (char)(1 << chance_below(8));
		break;
	case 1:
		replace(mutant, at, rest ? 1 : 0, &byte, 1);
		break;
	case 2:
		replace(mutant, at, 0, &byte, 1);
		break;
	case 3:
		replace(mutant, at, some, "", 0);
		break;
	case 4:
		mutant->length = at;
		break;
	case 5:
		replace(mutant, at, some, piece, strlen(piece));
		break;
	default:
		memcpy(copy, mutant->bytes + at, some);
		replace(mutant, at, 0, copy, some);
	}
}

/** mutant_change() - change a datagram in one to four places */
void mutant_change(struct mutant *mutant)
{
	unsigned int times = 1 + chance_below(4);

	while (times--)
		change_once(mutant);
}

/** mutant_pad() - make a datagram at least that long */
void mutant_pad(struct mutant *mutant, size_t length)
{
	if (length > sizeof(mutant->bytes))
		length = sizeof(mutant->bytes);
	if (mutant->length >= length)
		return;
	memset(mutant->bytes + mutant->length, 'x', length - mutant->length);
	mutant->length = length;
}

/** mutant_noise() - bytes without any sense */
void mutant_noise(struct mutant *mutant)
{
	size_t i;

	mutant->length = chance_below(chance_one_in(8) ? 3000 : 64);
	for (i = 0; i < mutant->length; i++)
		mutant->bytes[i] = (char)chance_below(256);
}

/** mutant_print() - the start of a datagram, on one line; until the next call */
const char *mutant_print(const char *bytes, size_t length)
{
	static char text[4 * 160 + 8];
	size_t i, used = 0;

	for (i = 0; i < length && i < 160; i++) {
		if (isprint((unsigned char)bytes[i]) && bytes[i] != '\\')
			text[used++] = bytes[i];
		else if (bytes[i] == '\n')
			used += (size_t)sprintf(text + used, "\\n");
		else
			used += (size_t)sprintf(text + used, "\\%03o", (unsigned char)bytes[i]);
	}
	snprintf(text + used, sizeof(text) - used, "%s", i < length ? "..." : "");
	return text;
}

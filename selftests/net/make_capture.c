// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make_capture FOLDER <STORY: write captures of what nobody could capture at will.
 *
 * A line of the story is one packet at one place:
 *
 *	FILE TIME udp FROM:PORT TO:PORT [ttl N] [id N] ["text"]
 *	FILE TIME tcp FROM:PORT TO:PORT FLAGS SEQUENCE [ttl N] [id N] ["text"]
 *	FILE TIME icmp FROM TO TYPE CODE udp|tcp FROM:PORT TO:PORT
 *
 * FILE is the name of a capture in FOLDER, without .pcap; FLAGS are letters of
 * "SAFR"; in a text \n is a newline and \xNN a byte.  "snap N" in front of the
 * packets cuts all of them.  IPv4, without a link layer.
 */
#include <arpa/inet.h>
#include <err.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES		4
#define WORDS		24
#define PACKET_MAX	65535

struct out {
	char name[64];
	pcap_dumper_t *dump;
};

struct line {
	char *word[WORDS];
	unsigned int count;
	const char *text;
	size_t length;
};

static pcap_t *form;
static struct out outs[FILES];
static const char *folder;
static uint32_t snap = PACKET_MAX;

static pcap_dumper_t *out_for(const char *name)
{
	char path[512];
	unsigned int i;

	for (i = 0; i < FILES && *outs[i].name; i++)
		if (!strcmp(outs[i].name, name))
			return outs[i].dump;
	if (i == FILES)
		errx(1, "more than %d files", FILES);
	snprintf(outs[i].name, sizeof(outs[i].name), "%s", name);
	snprintf(path, sizeof(path), "%s/%s.pcap", folder, name);
	outs[i].dump = pcap_dump_open(form, path);
	if (!outs[i].dump)
		errx(1, "%s: %s", path, pcap_geterr(form));
	return outs[i].dump;
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	return mempcpy(at, &value, sizeof(value));
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	return mempcpy(at, &value, sizeof(value));
}

static uint32_t address(const char *text)
{
	struct in_addr in;
	char copy[64];

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text, ":"), text);
	if (!inet_aton(copy, &in))
		errx(1, "%s: no address", text);
	return ntohl(in.s_addr);
}

static uint16_t port(const char *text)
{
	const char *colon = strchr(text, ':');

	if (!colon)
		errx(1, "%s: no port", text);
	return atoi(colon + 1);
}

static const char *option(const struct line *line, const char *name, const char *otherwise)
{
	unsigned int i;

	for (i = 0; i + 1 < line->count; i++)
		if (!strcmp(line->word[i], name))
			return line->word[i + 1];
	return otherwise;
}

static uint8_t *put_ip(uint8_t *at, uint8_t protocol, const char *from, const char *to, size_t length,
		       int ttl, int id)
{
	*at++ = 0x45;
	*at++ = 0;
	at = put16(at, 20 + length);
	at = put16(at, id);
	at = put16(at, 0);
	*at++ = ttl;
	*at++ = protocol;
	at = put16(at, 0);
	at = put32(at, address(from));
	return put32(at, address(to));
}

static uint8_t *put_udp(uint8_t *at, const char *from, const char *to, size_t length)
{
	at = put16(at, port(from));
	at = put16(at, port(to));
	at = put16(at, 8 + length);
	return put16(at, 0);
}

static uint8_t *put_tcp(uint8_t *at, const char *from, const char *to, const char *flags,
			uint32_t sequence)
{
	static const char letters[] = "FSR.A";
	uint8_t bits = 0;

	for (; *flags; flags++)
		if (strchr(letters, *flags))
			bits |= 1 << (strchr(letters, *flags) - letters);
	at = put16(at, port(from));
	at = put16(at, port(to));
	at = put32(at, sequence);
	at = put32(at, 0);
	*at++ = 5 << 4;
	*at++ = bits;
	at = put16(at, 65535);
	return put32(at, 0);
}

static uint8_t *put_icmp(uint8_t *at, const struct line *line)
{
	bool udp = !strcmp(line->word[7], "udp");

	*at++ = atoi(line->word[5]);
	*at++ = atoi(line->word[6]);
	at = put16(at, 0);
	at = put32(at, 0);
	at = put_ip(at, udp ? IPPROTO_UDP : IPPROTO_TCP, line->word[8], line->word[9], 8, 60, 0);
	if (udp)
		return put_udp(at, line->word[8], line->word[9], 0);
	at = put16(at, port(line->word[8]));
	at = put16(at, port(line->word[9]));
	return put32(at, 0);
}

static size_t build(const struct line *line, uint8_t *packet)
{
	const char *kind = line->word[2], *from = line->word[3], *to = line->word[4];
	int ttl = atoi(option(line, "ttl", "64")), id = atoi(option(line, "id", "0"));
	uint8_t *at = packet;

	if (!strcmp(kind, "icmp")) {
		at = put_ip(at, IPPROTO_ICMP, from, to, 8 + 20 + 8, ttl, id);
		at = put_icmp(at, line);
	} else if (!strcmp(kind, "udp")) {
		at = put_ip(at, IPPROTO_UDP, from, to, 8 + line->length, ttl, id);
		at = put_udp(at, from, to, line->length);
	} else if (!strcmp(kind, "tcp")) {
		at = put_ip(at, IPPROTO_TCP, from, to, 20 + line->length, ttl, id);
		at = put_tcp(at, from, to, line->word[5], strtoul(line->word[6], NULL, 10));
	} else {
		errx(1, "%s: neither udp, tcp nor icmp", kind);
	}
	at = mempcpy(at, line->text, line->length);
	return at - packet;
}

static void write_packet(const struct line *line)
{
	/* 2026-11-22 01:00:00, so that the stories have a date */
	double when = 1795309200.0 + atof(line->word[1]);
	static uint8_t packet[PACKET_MAX];
	struct pcap_pkthdr head = { 0 };

	head.len = build(line, packet);
	head.caplen = head.len < snap ? head.len : snap;
	head.ts.tv_sec = when;
	head.ts.tv_usec = (when - head.ts.tv_sec) * 1e6 + 0.5;
	pcap_dump((u_char *)out_for(line->word[0]), &head, packet);
}

/* Undoes \n and \xNN in place. */
static size_t plain(char *text)
{
	char *from = text, *to = text;
	unsigned int byte;

	while (*from && *from != '"') {
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from += 2;
		} else if (from[0] == '\\' && from[1] == 'x' &&
			   sscanf(from + 2, "%2x", &byte) == 1) {
			*to++ = byte;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	return to - text;
}

static void read_line(char *text)
{
	struct line line = { .text = "" };
	char *quote = strchr(text, '"'), *word;

	if (quote) {
		*quote++ = '\0';
		line.text = quote;
		line.length = plain(quote);
	}
	for (word = strtok(text, " \t\n"); word && line.count < WORDS; word = strtok(NULL, " \t\n"))
		line.word[line.count++] = word;
	if (line.count == 2 && !strcmp(line.word[0], "snap"))
		snap = atoi(line.word[1]);
	else if (line.count >= 5 && *line.word[0] != '#')
		write_packet(&line);
	else if (line.count && *line.word[0] != '#')
		errx(1, "%s: not a packet", line.word[0]);
}

int main(int argc, char *argv[])
{
	static char text[PACKET_MAX];
	unsigned int i;

	if (argc != 2)
		errx(2, "make_capture FOLDER <STORY");
	folder = argv[1];
	form = pcap_open_dead(DLT_RAW, PACKET_MAX);
	if (!form)
		err(1, "libpcap");
	while (fgets(text, sizeof(text), stdin))
		read_line(text);
	for (i = 0; i < FILES && *outs[i].name; i++)
		pcap_dump_close(outs[i].dump);
	pcap_close(form);
	return 0;
}

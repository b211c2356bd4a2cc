// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay_random SEED PACKETS FILE.pcap: write what goes through a gateway where some
 * initiators and responders talk Amanda, well and badly, in no order: requests, answers
 * that were asked for and others, numbers that are ports and others, connections to
 * what may be open.  The same seed gives the same capture.
 */
#include <arpa/inet.h>
#include <err.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/chance.h"

#define AMANDA_PORT	10080
#define HOSTS		2
#define PORTS		2
#define TEXT_MAX	1500
#define TCP_SIZE	20
#define UDP_SIZE	8

/* Who talks: an initiator, a responder and a port of the former. */
struct pair {
	bool six;
	uint8_t initiator;
	uint8_t responder;
	uint16_t port;
};

/* What is written; and the last answer, which is sent again now and then. */
struct out {
	pcap_dumper_t *dump;
	struct timeval now;
	struct pair pair;
	char text[TEXT_MAX];
	size_t behind;
};

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	return mempcpy(at, &value, sizeof(value));
}

static uint8_t *put_address(uint8_t *at, bool six, uint8_t host)
{
	memset(at, 0, six ? 16 : 4);
	memcpy(at, six ? "\x20\x01\x0d\xb8" : "\xc6\x33\x64", six ? 4 : 3);
	at += six ? 16 : 4;
	at[-1] = host;
	return at;
}

static uint8_t *put_ip(uint8_t *raw, const struct pair *pair, bool reply, uint8_t protocol,
		       size_t length)
{
	uint8_t from = reply ? pair->responder : pair->initiator;
	uint8_t to = reply ? pair->initiator : pair->responder;
	uint8_t *at = raw;

	memset(raw, 0, 40);
	if (pair->six) {
		raw[0] = 0x60;
		put16(raw + 4, (uint16_t)length);
		raw[6] = protocol;
		raw[7] = 64;
		at += 8;
	} else {
		raw[0] = 0x45;
		put16(raw + 2, (uint16_t)(length + 20));
		raw[8] = 64;
		raw[9] = protocol;
		at += 12;
	}
	return put_address(put_address(at, pair->six, from), pair->six, to);
}

static void write_packet(struct out *out, const uint8_t *raw, size_t length)
{
	struct pcap_pkthdr head = {
		.ts = out->now, .caplen = (uint32_t)length, .len = (uint32_t)length,
	};

	pcap_dump((u_char *)out->dump, &head, raw);
}

/* @behind: bytes of the text that the UDP length does not count */
static void datagram(struct out *out, const struct pair *pair, bool reply, const char *text,
		     size_t behind)
{
	uint8_t raw[TEXT_MAX + 100], *at;
	size_t length = strlen(text);

	at = put_ip(raw, pair, reply, IPPROTO_UDP, UDP_SIZE + length);
	at = put16(at, reply ? AMANDA_PORT : pair->port);
	at = put16(at, reply ? pair->port : AMANDA_PORT);
	at = put16(at, (uint16_t)(UDP_SIZE + length - behind));
	at = put16(at, 0);
	at = mempcpy(at, text, length);
	write_packet(out, raw, (size_t)(at - raw));
}

static void syn(struct out *out, const struct pair *pair, uint16_t port)
{
	uint8_t raw[100], *at = put_ip(raw, pair, false, IPPROTO_TCP, TCP_SIZE);

	memset(at, 0, TCP_SIZE);
	put16(put16(at, (uint16_t)(40000 + chance_below(4))), port);
	at[12] = 5 << 4;
	at[13] = 2;
	write_packet(out, raw, (size_t)(at + TCP_SIZE - raw));
}

static uint16_t some_port(void)
{
	static const uint16_t odd[] = { 22, 1023, 1024, 65535, 34463, 49999, 5000 };

	if (chance_one_in(8))
		return odd[chance_below(sizeof(odd) / sizeof(odd[0]))];
	return (uint16_t)(50001 + chance_below(9));
}

static size_t put_number(char *text, size_t room)
{
	static const char *const odd[] = {
		"-1", "0", "65536", "65558", "99999", "499999", "5000000", "050001", "", "22abc",
		"0x50", "+5", " 50001", "2147483648",
	};

	if (chance_one_in(6))
		return (size_t)snprintf(text, room, "%s",
					odd[chance_below(sizeof(odd) / sizeof(odd[0]))]);
	return (size_t)snprintf(text, room, "%u", some_port());
}

static size_t put_streams(char *text, size_t room)
{
	static const char *const tags[] = {
		"DATA", "MESG", "INDEX", "STATE", "CTL", "CMD", "METADATA", "XMESG",
	};
	unsigned int count = chance_one_in(20) ? chance_below(11) : 1 + chance_below(5), i;
	bool orderly = !chance_one_in(4);
	size_t used = (size_t)snprintf(text, room, "CONNECT");

	for (i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, room - used, " %s%s",
					 tags[orderly && i < 6 ? i : chance_below(8)],
					 chance_one_in(40) ? "  " : " ");
		used += put_number(text + used, room - used);
	}
	if (!chance_one_in(20))
		used += (size_t)snprintf(text + used, room - used, "\n");
	return used;
}

static void put_header(char *text, size_t room, const char *type)
{
	snprintf(text, room, "Amanda 3.5 %s HANDLE 000-%02u SEQ %u\n", type, chance_below(2),
		 7 + chance_below(2));
}

static void answer(struct out *out, const struct pair *pair)
{
	static const char *const types[] = { "REP", "REP", "REP", "REP", "PREP", "NAK", "ACK" };
	char text[TEXT_MAX];
	size_t used, behind = 0;

	put_header(text, sizeof(text), types[chance_below(sizeof(types) / sizeof(types[0]))]);
	if (chance_one_in(12))
		snprintf(text, sizeof(text), "hello\n");
	used = strlen(text);
	if (chance_one_in(8))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "ERROR [no] ");
	if (!chance_one_in(6))
		used += put_streams(text + used, sizeof(text) - used);
	snprintf(text + used, sizeof(text) - used, "\nOPTIONS ;\n");
	if (chance_one_in(10))
		behind = chance_below((uint32_t)strlen(text));
	datagram(out, pair, true, text, behind);
	out->pair = *pair;
	out->behind = behind;
	memcpy(out->text, text, sizeof(text));
}

/* A copy, with or without being asked once more; some of it may be used by now. */
static void answer_again(struct out *out)
{
	static const char rep[] = "Amanda 3.5 REP ";
	unsigned int handle, sequence;
	char text[TEXT_MAX];

	if (strncmp(out->text, rep, sizeof(rep) - 1))
		return;
	if (chance_one_in(2) && sscanf(out->text + sizeof(rep) - 1, "HANDLE 000-%u SEQ %u", &handle,
				       &sequence) == 2) {
		snprintf(text, sizeof(text), "Amanda 3.5 REQ HANDLE 000-%02u SEQ %u\n", handle,
			 sequence);
		datagram(out, &out->pair, false, text, 0);
	}
	datagram(out, &out->pair, true, out->text, out->behind);
}

static void short_answer(struct out *out, const struct pair *pair, const char *type)
{
	char text[TEXT_MAX];

	put_header(text, sizeof(text), type);
	datagram(out, pair, true, text, 0);
}

static void request(struct out *out, const struct pair *pair, const char *type)
{
	char text[TEXT_MAX];

	put_header(text, sizeof(text), type);
	datagram(out, pair, false, text, 0);
}

static void step(struct out *out)
{
	struct pair pair = {
		.six = chance_one_in(3), .initiator = (uint8_t)(1 + chance_below(HOSTS)),
		.responder = (uint8_t)(101 + chance_below(HOSTS)),
		.port = (uint16_t)(700 + chance_below(PORTS)),
	};

	switch (chance_below(11)) {
	case 0 ... 2:
		request(out, &pair, chance_one_in(5) ? "ACK" : "REQ");
		break;
	case 3:
		short_answer(out, &pair, chance_one_in(4) ? "NAK" : "ACK");
		break;
	case 4 ... 6:
		answer(out, &pair);
		break;
	case 7:
		answer_again(out);
		break;
	default:
		/* Often to whom something was promised just now. */
		syn(out, chance_one_in(2) ? &out->pair : &pair, some_port());
	}
	/* Mostly at once; now and then what is pending runs out. */
	if (chance_one_in(50))
		out->now.tv_sec += chance_below(chance_one_in(10) ? 30000 : 200);
	out->now.tv_usec += chance_below(300000);
	if (out->now.tv_usec >= 1000000) {
		out->now.tv_usec -= 1000000;
		out->now.tv_sec++;
	}
}

int main(int argc, char *argv[])
{
	pcap_t *form = pcap_open_dead(DLT_RAW, UINT16_MAX);
	struct out out = { .now = { .tv_sec = 1795858683 } };
	long count;

	if (argc != 4 || !form)
		errx(2, "replay_random SEED PACKETS FILE");
	chance_seed(strtoull(argv[1], NULL, 10));
	out.dump = pcap_dump_open(form, argv[3]);
	if (!out.dump)
		errx(1, "%s", pcap_geterr(form));
	for (count = strtol(argv[2], NULL, 10); count > 0; count--)
		step(&out);
	pcap_dump_close(out.dump);
	pcap_close(form);
	return 0;
}

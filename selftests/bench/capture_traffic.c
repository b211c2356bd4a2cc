// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * capture_traffic MEGABYTES FILE...
 * Writes a capture of a busy net to stdout: the given captures (of Ethernet) over and
 * over, each time between other hosts, among other traffic that fills 99 parts of 100.
 * What comes out depends on nothing but the arguments.
 *
 * Ports that a reply names stay as they are, since the reply would lie otherwise; those
 * below 1024, from which Amanda asks, change with the hosts.
 */
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET	14
#define FRAME_MAX	65536
#define FLOWS		512
#define OTHERS		60	/* frames for each one of Amanda */
#define STEP		4	/* microseconds between two frames */

/* One frame of a capture that is repeated. */
struct frame {
	uint32_t captured;
	uint32_t length;
	uint8_t *bytes;
};

struct frames {
	struct frame *frame;
	size_t count;
};

/**
 * struct writer - the capture that is written
 * @dumper: writes it
 * @bytes: so far
 * @time: of the next frame, in microseconds
 * @chance: state of the generator
 */
struct writer {
	pcap_dumper_t *dumper;
	uint64_t bytes;
	uint64_t time;
	uint64_t chance;
};

/* splitmix64 */
static uint32_t any(struct writer *writer, uint32_t below)
{
	uint64_t z = writer->chance += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

static void put_16(uint8_t *at, unsigned int value)
{
	at[0] = value >> 8 & 255;
	at[1] = value & 255;
}

static unsigned int get_16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void write_frame(struct writer *writer, const uint8_t *bytes, uint32_t captured,
			uint32_t length)
{
	struct pcap_pkthdr header = {
		.ts = { (time_t)(writer->time / 1000000), (suseconds_t)(writer->time % 1000000) },
		.caplen = captured,
		.len = length,
	};

	pcap_dump((u_char *)writer->dumper, &header, bytes);
	writer->time += STEP;
	writer->bytes += 16 + captured;
}

/* Ethernet and IPv4 of a flow that is none of Amanda's. */
static size_t other_head(uint8_t *at, uint32_t flow, bool back, uint8_t protocol, size_t payload)
{
	static const uint16_t services[] = { 443, 80, 22, 2049, 5432, 53, 993, 445 };
	uint8_t *ip = at + ETHERNET;

	memset(at, 0, ETHERNET + 40);
	put_16(at + 12, 0x0800);
	ip[0] = 0x45;
	put_16(ip + 2, (unsigned int)(20 + payload));
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + (back ? 16 : 12), (uint8_t []) { 172, 16, flow >> 4 & 255, flow & 15 }, 4);
	memcpy(ip + (back ? 12 : 16), (uint8_t []) { 172, 17, flow & 7, 1 }, 4);
	put_16(ip + (back ? 22 : 20), 32768 + flow);
	put_16(ip + (back ? 20 : 22), services[flow % 8]);
	return ETHERNET + 20 + payload;
}

/* Mostly full segments and what acknowledges them, and some small datagrams. */
static void write_other(struct writer *writer)
{
	static uint8_t bytes[1514];
	uint32_t flow = any(writer, FLOWS), kind = any(writer, 100);
	size_t length;

	if (kind < 5) {
		length = other_head(bytes, flow, any(writer, 2), IPPROTO_UDP, 100);
		put_16(bytes + ETHERNET + 24, 100);
	} else {
		length = other_head(bytes, flow, kind < 35, IPPROTO_TCP, kind < 35 ? 32 : 1480);
		bytes[ETHERNET + 32] = 8 << 4;
		bytes[ETHERNET + 33] = 0x10;
	}
	write_frame(writer, bytes, (uint32_t)length, (uint32_t)length);
}

/* 10.A.B.C becomes another host of the same net for each round. */
static void write_amanda(struct writer *writer, const struct frame *frame, uint32_t round)
{
	static uint8_t bytes[FRAME_MAX];
	uint8_t *ip = bytes + ETHERNET, *udp = ip + 20;
	unsigned int i;

	memcpy(bytes, frame->bytes, frame->captured);
	if (frame->captured >= ETHERNET + 28 && get_16(bytes + 12) == 0x0800 && ip[0] == 0x45) {
		ip[13] = ip[17] = round >> 8 & 255;
		ip[14] ^= round & 255;
		ip[18] ^= round & 255;
		for (i = 0; i < 2 && ip[9] == IPPROTO_UDP && !(get_16(ip + 6) & 0x1fff); i++) {
			if (get_16(udp + 2 * i) < 1024)
				put_16(udp + 2 * i, 512 + (get_16(udp + 2 * i) + round) % 512);
		}
	}
	write_frame(writer, bytes, frame->captured, frame->length);
}

static bool read_frames(struct frames *frames, const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(name, why);
	struct pcap_pkthdr *header;
	const u_char *bytes;

	if (!pcap || pcap_datalink(pcap) != DLT_EN10MB) {
		fprintf(stderr, "%s: %s\n", name, pcap ? "not Ethernet" : why);
		return false;
	}
	while (pcap_next_ex(pcap, &header, &bytes) == 1 && header->caplen <= FRAME_MAX) {
		struct frame *frame;

		frames->frame = realloc(frames->frame, (frames->count + 1) * sizeof(*frame));
		frame = &frames->frame[frames->count++];
		frame->captured = header->caplen;
		frame->length = header->len;
		frame->bytes = malloc(header->caplen + 1);
		memcpy(frame->bytes, bytes, header->caplen);
	}
	pcap_close(pcap);
	return true;
}

int main(int argc, char **argv)
{
	struct writer writer = { .time = UINT64_C(1700000000) * 1000000 };
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);
	struct frames frames = { 0 };
	uint64_t wanted, i;
	int arg, other;

	if (argc < 3) {
		fputs("Usage: capture_traffic MEGABYTES FILE...\n", stderr);
		return 2;
	}
	wanted = strtoull(argv[1], NULL, 10) * 1000000;
	for (arg = 2; arg < argc; arg++) {
		if (!read_frames(&frames, argv[arg]))
			return 2;
	}
	writer.dumper = pcap_dump_fopen(pcap, stdout);
	if (!writer.dumper || !frames.count)
		return 1;
	for (i = 0; writer.bytes < wanted; i++) {
		write_amanda(&writer, &frames.frame[i % frames.count],
			     (uint32_t)(i / frames.count));
		for (other = 0; other < OTHERS; other++)
			write_other(&writer);
	}
	return pcap_dump_flush(writer.dumper) ? 1 : 0;
}

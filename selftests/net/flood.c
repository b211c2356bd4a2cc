// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood FLOWS COMMAND...
 * Give a capture of FLOWS flows, each of other hosts and all at once, to the command's
 * standard input, and say how much memory it took, in kB; the status is the command's.
 *
 * In turn: a request that nobody answers; one with all the streams that an answer may
 * announce; a connection to amandad's port with a hole in it; one that is none of ours.
 */
#include <arpa/inet.h>
#include <err.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define AMANDAD		10080
/* Microseconds between two packets: nothing is over when the last one comes. */
#define STEP		5
#define SYN		0x02
#define ACK		0x10

struct flow {
	uint32_t source;
	uint32_t target;
	uint16_t port;
};

static pcap_dumper_t *out;
static uint64_t now = UINT64_C(1700000000) * 1000000;

static void put_16(uint8_t *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

static void write_ip(const struct flow *flow, uint8_t protocol, int back, uint8_t *ip, size_t length)
{
	struct pcap_pkthdr header = {
		.ts = { now / 1000000, now % 1000000 }, .caplen = length, .len = length,
	};

	ip[0] = 0x45;
	put_16(ip + 2, length);
	ip[8] = 64;
	ip[9] = protocol;
	put_32(ip + 12, back ? flow->target : flow->source);
	put_32(ip + 16, back ? flow->source : flow->target);
	now += STEP;
	pcap_dump((u_char *)out, &header, ip);
}

static void datagram(const struct flow *flow, int back, const char *text)
{
	uint8_t ip[512] = { 0 };
	size_t length = strlen(text);

	put_16(ip + 20, back ? AMANDAD : 855);
	put_16(ip + 22, back ? 855 : AMANDAD);
	put_16(ip + 24, 8 + length);
	memcpy(ip + 28, text, length);
	write_ip(flow, IPPROTO_UDP, back, ip, 28 + length);
}

static void segment(const struct flow *flow, int back, uint8_t flags, uint32_t sequence, size_t length)
{
	uint8_t ip[1500] = { 0 };

	put_16(ip + 20, back ? flow->port : 50000);
	put_16(ip + 22, back ? 50000 : flow->port);
	put_32(ip + 24, sequence);
	ip[32] = 5 << 4;
	ip[33] = flags;
	write_ip(flow, IPPROTO_TCP, back, ip, 40 + length);
}

static void request(const struct flow *flow, uint32_t number)
{
	char text[128];

	snprintf(text, sizeof(text), "Amanda 3.5 REQ HANDLE 000-%08X SEQ 7\nSERVICE sendbackup\n",
		 number);
	datagram(flow, 0, text);
}

static void whole_session(struct flow *flow, uint32_t number)
{
	char text[256];

	request(flow, number);
	snprintf(text, sizeof(text), "Amanda 3.5 REP HANDLE 000-%08X SEQ 7\nCONNECT A 50001 B 50002 "
		 "C 50003 D 50004 E 50005 F 50006 G 50007 H 50008\n\n", number);
	datagram(flow, 1, text);
	for (flow->port = 50001; flow->port <= 50008; flow->port++)
		segment(flow, 0, SYN, number, 0);
}

static void connection(struct flow *flow, uint16_t port, uint32_t number)
{
	flow->port = port;
	segment(flow, 0, SYN, number, 0);
	segment(flow, 1, SYN | ACK, number, 0);
	segment(flow, 0, ACK, number + 100, 1400);
}

static void write_flow(uint32_t number)
{
	struct flow flow = { .source = 0x0a000000 + number, .target = 0xac100000 + (number & 0xffff) };

	switch (number % 4) {
	case 0:
		request(&flow, number);
		break;
	case 1:
		whole_session(&flow, number);
		break;
	case 2:
		connection(&flow, AMANDAD, number);
		break;
	default:
		connection(&flow, 20000, number);
	}
}

static pid_t begin(char *command[])
{
	int ends[2];
	pid_t child;

	if (pipe(ends))
		err(1, "pipe");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (!child) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(command[0], command);
		err(127, "%s", command[0]);
	}
	close(ends[0]);
	out = pcap_dump_fopen(pcap_open_dead(DLT_RAW, 65535), fdopen(ends[1], "w"));
	if (!out)
		errx(1, "no capture can be written");
	return child;
}

int main(int argc, char *argv[])
{
	struct rusage used;
	uint32_t flows, i;
	pid_t child;
	int status;

	if (argc < 3)
		errx(2, "flood FLOWS COMMAND...");
	flows = strtoul(argv[1], NULL, 10);
	child = begin(argv + 2);
	for (i = 0; i < flows; i++)
		write_flow(i);
	pcap_dump_close(out);
	if (wait4(child, &status, 0, &used) < 0)
		err(1, "wait4");
	fprintf(stderr, "%ld\n", used.ru_maxrss);
	if (WIFSIGNALED(status))
		errx(1, "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

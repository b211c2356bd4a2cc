// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the volley of one case of the product: each flow of "amfwctl flows
 * --json" (standard input), from the first and from the last port of its range,
 * and the neighbours of each: one port below and above, from and to somebody
 * else, in the other direction, in the other protocol, without a request.
 *
 *	product_probes [-n] [-c] [-f] [-l WORDS] -m LAB -r HOST[,HOST...] <FLOWS
 *
 *	-n  the rules rely on no helper
 *	-c  the rules at the ends drop what they do not know
 *	-f  the helper knows every tag of a stream
 *	-l  what this format cannot narrow, see loaders.sh
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "product_probes.h"

/* No helper of the kernel's expects more of one request: amanda_exp_policy. */
#define ANNOUNCED_MAX	4

struct product tested;

static char used[2048][2 * WORD_ROOM + 64];
static size_t used_count;

/**
 * lax() - is this one of the things that the format cannot narrow?
 * @word: see loaders.sh
 *
 * Return: true where it is.
 */
bool lax(const char *word)
{
	char padded[WORD_ROOM];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(tested.lax, padded);
}

/**
 * take() - reserve the ports of a packet
 * @packet: the packet
 * @from: machine that sends it
 * @to: machine that it is for
 *
 * Two probes never share the ports of a pair of machines, in whichever direction:
 * after a translation they could be taken for one connection.
 *
 * Return: false where another probe has them.
 */
bool take(const struct packet *packet, const char *from, const char *to)
{
	bool swap = strcmp(from, to) > 0;
	char key[sizeof(*used)];
	size_t i;

	snprintf(key, sizeof(key), "%c %s %u %s %u %c", packet->udp ? 'u' : 't', swap ? to : from,
		 swap ? packet->dport : packet->sport, swap ? from : to,
		 swap ? packet->sport : packet->dport, strchr(packet->source, ':') ? '6' : '4');
	for (i = 0; i < used_count; i++)
		if (!strcmp(used[i], key))
			return false;
	if (used_count == sizeof(used) / sizeof(*used))
		die("too many probes");
	strcpy(used[used_count++], key);
	return true;
}

/**
 * host_at() - who is there?
 * @address: an address
 * @host: the answer, where it is known already; or NULL
 *
 * Return: the name of a machine, or the address.
 */
const char *host_at(const char *address, const char *host)
{
	const struct machine *machine = owner_of(&tested, address);

	if (host)
		return host;
	return machine ? machine->name : address;
}

/**
 * choose_sport() - a source port that no other probe has
 * @packet: to fill
 * @range: to choose from
 * @from_above: from its upper end
 * @responder: whom it is for, where its address does not say so; or NULL
 *
 * Return: false where none is left.
 */
bool choose_sport(struct packet *packet, struct range range, bool from_above,
		  const char *responder)
{
	const char *from = host_at(packet->source, NULL);
	const char *to = host_at(packet->destination, responder);
	unsigned int i;

	for (i = 0; i <= range.high - range.low; i++) {
		packet->sport = from_above ? range.high - i : range.low + i;
		if (take(packet, from, to))
			return true;
	}
	return false;
}

/**
 * put_packet() - write the first part of a probe
 * @packet: the packet
 * @phase: when it is sent
 * @label: what it is called
 * @announce: streams, where it is answered with some
 */
void put_packet(const struct packet *packet, enum phase phase, const char *label,
		       const char *announce)
{
	const char *c;

	printf("probe %d %s %s %s %u %s %u ", phase, host_at(packet->source, NULL),
	       packet->udp ? "udp" : "tcp", packet->source, packet->sport, packet->destination,
	       packet->dport);
	for (c = label; *c; c++)
		putchar(*c == ' ' ? '-' : *c);
	printf(" %s ", announce && *announce ? announce : "-");
}

/**
 * put_pass() - write the second part of one that has to arrive
 * @flow: whose
 * @packet: the packet
 *
 * A translated destination port is one; others stay as they were dialled.  A source
 * port outside of the flow's is none that a rule keeps in its range.
 */
void put_pass(const struct flow *flow, const struct packet *packet)
{
	bool moved = flow->sent.dport.low != flow->received.dport.low;
	const struct tuple *received = &flow->received;
	bool translated = strcmp(flow->sent.source, received->source) &&
			  packet->sport >= flow->sent.sport.low &&
			  packet->sport <= flow->sent.sport.high;

	printf("pass %s %s %u-%u %s %u\n", flow->responder, received->source,
	       translated ? received->sport.low : packet->sport,
	       translated ? received->sport.high : packet->sport, received->destination,
	       moved ? received->dport.low : packet->dport);
}

/**
 * packet_of() - a packet of a flow
 * @flow: the flow
 *
 * Return: the one from and to the first ports.
 */
struct packet packet_of(const struct flow *flow)
{
	return (struct packet) {
		flow->udp, flow->sent.source, flow->sent.destination, flow->sent.sport.low,
		flow->sent.dport.low,
	};
}

/* --- what has to pass --------------------------------------------------------- */

/**
 * next_port() - a port for a stream, another one each time
 * @flow: the stream
 *
 * Return: the port.
 */
unsigned int next_port(const struct flow *flow)
{
	static unsigned int given;
	struct range range = flow->sent.dport;
	unsigned int span = range.high - range.low + 1;

	/* The last port of the range belongs to the range. */
	given++;
	return given == 2 ? range.high : range.low + (given - 1 - (given > 2)) % (span - 1);
}

/* The kernel's helper knows few tags; what a stream carries is all the same to it. */
static const char *tag_for(const struct flow *flow, unsigned int number)
{
	static const char *const known[] = { "DATA", "MESG", "INDEX", "STATE" };

	return tested.full_tags ? flow->tag : known[number % ANNOUNCED_MAX];
}

static size_t streams_of(const struct flow *control)
{
	const struct flow *end = tested.flow + tested.flow_count, *flow = control + 1;

	while (flow < end && flow->tag && !strcmp(flow->operation, control->operation) &&
	       !strcmp(flow->initiator, control->initiator) &&
	       !strcmp(flow->responder, control->responder))
		flow++;
	return (size_t)(flow - control) - 1;
}

static void pass_stream(const struct flow *flow, unsigned int port, bool from_above)
{
	struct packet packet = packet_of(flow);

	packet.dport = port;
	if (!choose_sport(&packet, flow->sent.sport, from_above, flow->responder))
		die("%s: no port is left", flow->id);
	put_packet(&packet, STREAMS, flow->id, NULL);
	put_pass(flow, &packet);
}

/* One exchange: the request, and the streams that its reply announces. */
static void pass_exchange(const struct flow *control, bool from_above)
{
	struct packet packet = packet_of(control);
	size_t count = streams_of(control), i;
	unsigned int port[ANNOUNCED_MAX];
	char announce[128] = "";

	if (count > ANNOUNCED_MAX)
		die("%s: more streams than a helper expects", control->id);
	for (i = 0; i < count; i++) {
		size_t length = strlen(announce);

		port[i] = next_port(&control[1 + i]);
		snprintf(announce + length, sizeof(announce) - length, "%s%s:%u", i ? "," : "",
			 tag_for(&control[1 + i], (unsigned int)i), port[i]);
	}
	if (!choose_sport(&packet, control->sent.sport, from_above, control->responder))
		die("%s: no port is left", control->id);
	put_packet(&packet, REQUESTS, control->id, announce);
	put_pass(control, &packet);
	for (i = 0; i < count; i++)
		pass_stream(&control[1 + i], port[i], (i + from_above) % 2);
}

static void pass_all(void)
{
	const struct flow *flow, *end = tested.flow + tested.flow_count;
	bool from_above = false;

	for (flow = tested.flow; flow < end; flow++) {
		if (flow->tag)
			continue;
		pass_exchange(flow, from_above);
		from_above = !from_above;
	}
}

static void put_machines(void)
{
	const struct machine *machine;

	/* What ends at a gateway that is no end itself is not looked at. */
	for (machine = tested.machine; machine < tested.machine + tested.machine_count; machine++)
		printf("%s %s %s\n", strcmp(machine->side, "gate") || machine->known ?
		       "machine" : "gateway", machine->name, machine->path);
}

int main(int argc, char *argv[])
{
	const char *lab = NULL, *with_rules = "";
	int option;

	tested.helper = true;
	while ((option = getopt(argc, argv, "ncfl:m:r:")) != -1) {
		switch (option) {
		case 'n':
			tested.helper = false;
			break;
		case 'c':
			tested.closed = true;
			break;
		case 'f':
			tested.full_tags = true;
			break;
		case 'l':
			snprintf(tested.lax, sizeof(tested.lax), " %s ", optarg);
			break;
		case 'm':
			lab = optarg;
			break;
		case 'r':
			with_rules = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!lab)
		die("no -m LAB");
	machines_read(&tested, lab, with_rules);
	flows_read(&tested);
	put_machines();
	pass_all();
	refuse_all();
	return 0;
}

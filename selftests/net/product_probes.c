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

/* The phases: streams are tried before anybody announced them, then requests
 * announce them, then they come, and the neighbours last, since a stray SYN uses
 * up what was expected.
 */
enum phase { UNANNOUNCED, REQUESTS, STREAMS, NEIGHBOURS };

/* No helper of the kernel's expects more of one request: amanda_exp_policy. */
#define ANNOUNCED_MAX	4

static struct product product;
static char used[2048][2 * WORD_ROOM + 64];
static size_t used_count;

static bool lax(const char *word)
{
	char padded[WORD_ROOM];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(product.lax, padded);
}

/*
 * Two probes never share the ports of a pair of machines, in whichever direction:
 * after a translation they could be taken for one connection.
 */
static bool take(const struct packet *packet, const char *from, const char *to)
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

static const char *host_at(const char *address, const char *host)
{
	const struct machine *machine = owner_of(&product, address);

	if (host)
		return host;
	return machine ? machine->name : address;
}

/* From the lower end of the range or, for a flow's second probe, the upper one. */
static bool choose_sport(struct packet *packet, struct range range, bool from_above,
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

static void put_packet(const struct packet *packet, enum phase phase, const char *label,
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

/* A translated destination port is one; others stay as they were dialled. */
static void put_pass(const struct flow *flow, const struct packet *packet)
{
	bool moved = flow->sent.dport.low != flow->received.dport.low;
	const struct tuple *received = &flow->received;
	bool translated = strcmp(flow->sent.source, received->source);

	printf("pass %s %s %u-%u %s %u\n", flow->responder, received->source,
	       translated ? received->sport.low : packet->sport,
	       translated ? received->sport.high : packet->sport, received->destination,
	       moved ? received->dport.low : packet->dport);
}

static struct packet packet_of(const struct flow *flow)
{
	return (struct packet) {
		flow->udp, flow->sent.source, flow->sent.destination, flow->sent.sport.low,
		flow->sent.dport.low,
	};
}

/* --- what has to pass --------------------------------------------------------- */

/* Which of a request's streams get which ports: each exchange takes others. */
static unsigned int next_port(const struct flow *flow)
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

	return product.full_tags ? flow->tag : known[number % ANNOUNCED_MAX];
}

static size_t streams_of(const struct flow *control)
{
	const struct flow *end = product.flow + product.flow_count, *flow = control + 1;

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
	const struct flow *flow, *end = product.flow + product.flow_count;
	bool from_above = false;

	for (flow = product.flow; flow < end; flow++) {
		if (flow->tag)
			continue;
		pass_exchange(flow, from_above);
		from_above = !from_above;
	}
}

/* --- what must not ------------------------------------------------------------- */

/* Ports that no other probe has, and that make no other packet of it. */
static bool choose_ports(const struct flow *flow, struct packet *packet, const char *class)
{
	const char *from = host_at(packet->source, NULL);
	const char *to = host_at(packet->destination, NULL);

	if (!strcmp(class, "related-sport"))
		return take(packet, from, to);
	if (strcmp(class, "sport"))
		return choose_sport(packet, flow->sent.sport, false, NULL);
	for (; packet->dport <= flow->sent.dport.high; packet->dport++)
		if (take(packet, from, to))
			return true;
	return false;
}

/*
 * A format that cannot narrow something says so, and then it has to be open: what
 * is said too much is found as what is said too little.
 */
static void refuse(const struct flow *flow, struct packet *packet, enum phase phase,
		   const char *class, bool open)
{
	char label[2 * WORD_ROOM];
	const struct machine *to = owner_of(&product, packet->destination);
	const char *verdict = "refuse";

	if (flow_covering(&product, packet) || !has_to_be_refused(&product, packet))
		return;
	if (!choose_ports(flow, packet, class))
		die("%s: no port is left for %s", flow->id, class);
	snprintf(label, sizeof(label), "%.90s!%s", flow->id, class);
	put_packet(packet, phase, label, NULL);
	if (!strcmp(class, "unannounced") && !lax("no-reset"))
		verdict = "prompt";
	if (!open)
		puts(verdict);
	else if (to && strcmp(packet->destination, flow->sent.destination))
		printf("pass %s %s %u %s %u\n", to->name, packet->source, packet->sport,
		       packet->destination, packet->dport);
	else
		put_pass(flow, packet);
}

/* Another machine on the same side, that no flow knows. */
static const char *stranger_beside(const char *host, const char *address)
{
	const struct machine *known = machine_of(&product, host), *machine;
	size_t i;

	for (machine = product.machine; known && machine < product.machine + product.machine_count;
	     machine++) {
		if (machine->known || strcmp(machine->side, known->side))
			continue;
		for (i = 0; i < ADDRESSES_MAX; i++)
			if (*machine->address[i] &&
			    !strchr(machine->address[i], ':') == !strchr(address, ':'))
				return machine->address[i];
	}
	return NULL;
}

static void refuse_ports(const struct flow *flow, struct packet packet, const char *prefix)
{
	struct range sport = flow->sent.sport, dport = flow->sent.dport;
	struct packet near;
	char class[32];

	snprintf(class, sizeof(class), "%ssport", prefix);
	near = packet;
	near.sport = sport.low - 1;
	if (sport.low > 1)
		refuse(flow, &near, NEIGHBOURS, class, lax("no-sport"));
	near.sport = sport.high + 1;
	if (sport.high < 65535)
		refuse(flow, &near, NEIGHBOURS, class, lax("no-sport"));
	snprintf(class, sizeof(class), "%sdport", prefix);
	near = packet;
	near.dport = dport.low - 1;
	refuse(flow, &near, NEIGHBOURS, class, false);
	near.dport = dport.high + 1;
	if (dport.high < 65535)
		refuse(flow, &near, NEIGHBOURS, class, false);
}

static void refuse_hosts(const struct flow *flow, struct packet packet)
{
	const char *source = stranger_beside(flow->initiator, packet.source);
	const char *destination = stranger_beside(flow->responder, flow->received.destination);
	struct packet near = packet;
	bool helped = is_helped(&product, flow);

	if (source) {
		near.source = source;
		refuse(flow, &near, NEIGHBOURS, "source", lax("no-source") && !helped);
	}
	near = packet;
	if (destination) {
		near.destination = destination;
		refuse(flow, &near, NEIGHBOURS, "destination", lax("no-destination") && !helped);
	}
	near = packet;
	near.source = flow->received.destination;
	near.destination = flow->sent.source;
	refuse(flow, &near, NEIGHBOURS, "swapped", false);
	near = packet;
	near.udp = !near.udp;
	refuse(flow, &near, NEIGHBOURS, "protocol", false);
}

/* What a request announces, but what no rule foresees: the helper's word is not all. */
static void refuse_announced(const struct flow *control, const struct flow *flow)
{
	struct range sport = flow->sent.sport, dport = flow->sent.dport;
	struct packet request = packet_of(control), packet = packet_of(flow);
	unsigned int first = next_port(flow), second = next_port(flow);
	char announce[128], label[2 * WORD_ROOM];
	bool open = lax("related-open");

	if (!choose_sport(&request, control->sent.sport, true, control->responder))
		return;
	snprintf(announce, sizeof(announce), "DATA:%u,MESG:%u,INDEX:%u,STATE:%u", first, second,
		 dport.low - 1, dport.high + 1);
	snprintf(label, sizeof(label), "%.80s:neighbours", control->id);
	put_packet(&request, REQUESTS, label, announce);
	put_pass(control, &request);
	packet.dport = first;
	packet.sport = sport.low - 1;
	refuse(flow, &packet, NEIGHBOURS, "related-sport", open);
	packet.dport = second;
	packet.sport = sport.high + 1;
	refuse(flow, &packet, NEIGHBOURS, "related-sport", open);
	packet.sport = sport.low;
	packet.dport = dport.low - 1;
	refuse(flow, &packet, NEIGHBOURS, "related-dport", open);
	packet.dport = dport.high + 1;
	refuse(flow, &packet, NEIGHBOURS, "related-dport", open);
}

static void refuse_unannounced(const struct flow *flow)
{
	struct packet packet = packet_of(flow);

	packet.sport = flow->sent.sport.high;
	refuse(flow, &packet, UNANNOUNCED, "unannounced", false);
	packet.dport = flow->sent.dport.high;
	packet.sport = flow->sent.sport.low;
	refuse(flow, &packet, UNANNOUNCED, "unannounced", false);
}

static bool same_way(const struct flow *a, const struct flow *b)
{
	return a->udp == b->udp && !a->tag == !b->tag && !strcmp(a->initiator, b->initiator) &&
	       !strcmp(a->responder, b->responder) &&
	       !strcmp(a->sent.source, b->sent.source) &&
	       !strcmp(a->sent.destination, b->sent.destination) &&
	       a->sent.sport.low == b->sent.sport.low && a->sent.dport.low == b->sent.dport.low;
}

static bool is_first_of_its_way(const struct flow *flow)
{
	const struct flow *other;

	for (other = product.flow; other < flow; other++)
		if (same_way(other, flow))
			return false;
	return true;
}

static const struct flow *control_of(const struct flow *flow)
{
	while (flow > product.flow && flow->tag)
		flow--;
	return flow;
}

static void refuse_all(void)
{
	const struct flow *flow, *end = product.flow + product.flow_count;

	for (flow = product.flow; flow < end; flow++) {
		struct packet packet = packet_of(flow);

		if (!is_first_of_its_way(flow))
			continue;
		if (is_helped(&product, flow)) {
			refuse_unannounced(flow);
			refuse_announced(control_of(flow), flow);
		} else {
			refuse_ports(flow, packet, "");
		}
		refuse_hosts(flow, packet);
	}
}

static void put_machines(void)
{
	const struct machine *machine;

	/* What ends at a gateway that is no end itself is not looked at. */
	for (machine = product.machine; machine < product.machine + product.machine_count; machine++)
		printf("%s %s %s\n", strcmp(machine->side, "gate") || machine->known ?
		       "machine" : "gateway", machine->name, machine->path);
}

int main(int argc, char *argv[])
{
	const char *lab = NULL, *with_rules = "";
	int option;

	product.helper = true;
	while ((option = getopt(argc, argv, "ncfl:m:r:")) != -1) {
		switch (option) {
		case 'n':
			product.helper = false;
			break;
		case 'c':
			product.closed = true;
			break;
		case 'f':
			product.full_tags = true;
			break;
		case 'l':
			snprintf(product.lax, sizeof(product.lax), " %s ", optarg);
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
	machines_read(&product, lab, with_rules);
	flows_read(&product);
	put_machines();
	pass_all();
	refuse_all();
	return 0;
}

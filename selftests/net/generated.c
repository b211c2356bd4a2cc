// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generated FIRST COUNT NEAR [FAR]: captures of Amanda's control flows as they are, as
 * they should not be, and as nobody would make them; one for each seed from FIRST on.
 * With FAR these are of the two sides of a gateway with NAT, behind whose one address
 * there are several clients.
 *
 * generated FIRST COUNT -PACKET: the seed that makes the packet of this number.
 *
 * They follow each other with half a day between them, longer than any gateway
 * remembers, and have addresses of their own, so that each is what it is alone.  The
 * answers that the kernel's own helper reads wrongly are in the table "answers".
 */
#include <err.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/chance.h"

#define AMANDA		10080
#define SECOND		1000000LL
#define BEGINNING	1795309200LL
#define APART		(12 * 60 * 60)
#define EVENTS		512
/* $1 to $5 of an answer may be ports of others, too; $6 and $7 are not. */
#define PORTS		5
#define OWN_PORTS	2
#define CLIENTS		2
#define DATAGRAM	65000
/* Longer datagrams of IPv4 come in fragments. */
#define LINE		1480
/* Hosts of a net: servers from 1 on, clients, and what NAT makes of these. */
#define CLIENT		10
#define TRANSLATED	100

enum side { NEAR, FAR, SIDES };
enum flags { SYN = 0x02, RST = 0x04, ACK = 0x10 };

struct end {
	unsigned int host;
	uint16_t port;
};

struct event {
	int64_t when;
	unsigned int order;
	size_t length;
	uint8_t *packet[SIDES];
};

struct session {
	struct end server;
	struct end client;
	char handle[16];
	int sequence;
	uint16_t port[PORTS + OWN_PORTS];
};

struct capture {
	uint64_t seed;
	bool v6;
	bool nat;
	bool masquerade;
	uint16_t usual[PORTS];
	struct event event[EVENTS];
	unsigned int count;
};

/**
 * struct answer - what a client may say
 * @defect: of the kernel's helper, by its number in docs/helper.md; 0: none
 * @often: how often, beside the others
 * @head: in front of the handle and so on; NULL: there is no header
 * @body: with $1 to $7 for ports that it listens on
 */
struct answer {
	unsigned int defect;
	unsigned int often;
	const char *head;
	const char *body;
};

#define REP	"Amanda 3.5 REP"

static const struct answer answers[] = {
	{ 0, 12, REP, "CONNECT DATA $1 MESG $2 INDEX $3 STATE $4\n\nOPTIONS features=ff;\n" },
	{ 0, 6, REP, "CONNECT DATA $1 MESG $2 INDEX $3\n\n" },
	{ 0, 3, REP, "OPTIONS features=ff;hostname=client;\n" },
	{ 0, 2, "Amanda 2.6 REP", "CONNECT MESG $2 DATA $1\n" },
	{ 0, 2, REP, "CONNECT DATA $1 MESG 499999 INDEX 499998 STATE 499997\n" },
	{ 0, 2, REP, "CONNECT DATA $1 MESG $1\n" },
	{ 0, 1, REP, "CONNECT DATA 65535 MESG 65534 INDEX 1024 STATE 1023\n" },
	{ 0, 1, REP, "CONNECT DATA $1 MESG $2 A 2001 B 2002 C 2003 D 2004 E 2005 F 2006\n" },
	{ 0, 1, REP, "CONNECT DATA $1 MESG $2 A 2001 B 2002 C 2003 D 2004 E 2005 F 2006 G 2007\n" },
	{ 0, 1, REP, "CONNECT\nCONNECT DATA $1\n" },
	{ 0, 1, REP, "CONNECT \n" },
	{ 0, 1, REP, "CONNECT DATA\n" },
	{ 0, 1, REP, "CONNECT DATA $1 MESG $2" },
	{ 0, 1, REP, "CONNECT DATA $1 MESG $2\r\n" },
	{ 0, 1, REP, "CONNECT DATA 0$1 MESG +$2\n" },
	{ 0, 1, REP, "CONNECT  DATA $1\tMESG $2\n" },
	{ 0, 1, REP, "connect data $1 mesg $2\n" },
	{ 0, 1, REP, "CONNECT DATA 99999999999999999999 MESG $2\n" },
	{ 0, 1, "Amanda 3.5 PREP", "CONNECT DATA $1 MESG $2 INDEX $3\n" },
	{ 0, 2, "Amanda 3.5 NAK", "ERROR access denied\n" },
	{ 1, 6, REP, "CONNECT DATA $1 MESG $2 INDEX -1 STATE $4\n\n" },
	{ 2, 6, REP, "CONNECT CTL $1 DATA $2 STATE $3\n\n" },
	{ 3, 3, REP, "CONNECT DATA $1 MESG $2 INDEX $3 STATE $4 CMD $5\n\n" },
	{ 4, 2, REP, "CONNECT DATA 65558 MESG 99999\n" },
	{ 4, 2, REP, "CONNECT DATA $1 MESG 65536 INDEX 131072\n" },
	{ 5, 2, NULL, "hello CONNECT DATA 22 \n" },
	{ 5, 2, NULL, "CONNECT DATA $1 MESG $2\n" },
	{ 6, 2, "Amanda 3.5 NAK", "ERROR oops CONNECT DATA 23 MESG 25\n" },
	{ 6, 2, "Amanda 3.5 ACK", "CONNECT DATA 22 \n" },
	{ 6, 1, "Amanda 3.5 REQ", "CONNECT DATA $1 MESG $2\n" },
	{ 7, 2, REP, "OPTIONS features=ff;\nERROR [x CONNECT DATA 22\n]\n" },
	{ 7, 2, REP, "ERROR [CONNECT DATA $1 MESG $2]\n" },
	{ 8, 2, REP, "CONNECT METADATA 22 XMESG 25\n" },
	{ 8, 2, REP, "CONNECT STATE $4 INDEX $3 MYDATA $2 DATA $1\n" },
	{ 9, 2, REP, "CONNECT DATA 22abc MESG 0x50\n" },
	{ 9, 2, REP, "CONNECT DATA $1, MESG $2, INDEX $3\n" },
	{ 10, 2, REP, "CONNECT DATA 22 MESG 25 INDEX 80\n" },
	{ 10, 2, REP, "CONNECT DATA $1 MESG 1023\n" },
	{ 14, 4, REP, "CONNECT DATA 65535 MESG $6 INDEX $7\n" },
	{ 15, 4, REP, "CONNECT DATA $6 MESG $7 INDEX 65535\n" },
	{ 16, 3, REP, "CONNECT CTL $1 DATA $2\n" },
};

static unsigned int answer_sum(void)
{
	unsigned int i, sum = 0;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		sum += answers[i].often;
	return sum;
}

static const struct answer *choose_answer(void)
{
	unsigned int left = chance_below(answer_sum());
	const struct answer *answer = answers;

	while (left >= answer->often)
		left -= answer++->often;
	return answer;
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	*at++ = value >> 8;
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), (uint16_t)value);
}

static unsigned int seen_as(const struct capture *capture, enum side side, unsigned int host)
{
	if (side == NEAR && capture->nat && host >= CLIENT)
		return TRANSLATED;
	if (side == FAR && capture->masquerade && host < CLIENT)
		return TRANSLATED + host;
	return host;
}

/* Each seed has a net for itself. */
static uint8_t *put_address(const struct capture *capture, uint8_t *at, unsigned int host)
{
	uint32_t net = capture->seed & 0xffff;

	if (!capture->v6)
		return put32(at, 10u << 24 | net << 8 | host);
	at = put32(at, 0x20010db8);
	at = put32(at, net);
	at = put32(at, 0);
	return put32(at, host);
}

static uint8_t *put_ip(const struct capture *capture, enum side side, uint8_t *at,
		       uint8_t protocol, const struct end *from, const struct end *to,
		       size_t length, unsigned int fragment)
{
	uint8_t ttl = 63 + ((side == NEAR) == (from->host < CLIENT));

	if (capture->v6) {
		at = put32(at, 6u << 28);
		at = put16(at, length);
		*at++ = protocol;
		*at++ = ttl;
	} else {
		at = put16(at, 0x4500);
		at = put16(at, 20 + length);
		at = put16(at, capture->count + 1);
		at = put16(at, fragment);
		*at++ = ttl;
		*at++ = protocol;
		at = put16(at, 0);
	}
	at = put_address(capture, at, seen_as(capture, side, from->host));
	return put_address(capture, at, seen_as(capture, side, to->host));
}

static struct event *add_event(struct capture *capture, int64_t when, size_t length)
{
	struct event *event = &capture->event[capture->count];

	if (capture->count == EVENTS)
		errx(1, "seed %llu: more than %d packets", (unsigned long long)capture->seed, EVENTS);
	event->when = when;
	event->order = capture->count++;
	event->length = length + (capture->v6 ? 40 : 20);
	event->packet[NEAR] = malloc(event->length);
	event->packet[FAR] = malloc(event->length);
	if (!event->packet[NEAR] || !event->packet[FAR])
		err(1, "memory");
	return event;
}

static void add_whole(struct capture *capture, int64_t when, const struct end *from,
		      const struct end *to, uint8_t protocol, const uint8_t *data, size_t length)
{
	struct event *event = add_event(capture, when, length);
	enum side side;
	uint8_t *at;

	for (side = NEAR; side < SIDES; side++) {
		at = put_ip(capture, side, event->packet[side], protocol, from, to, length, 0);
		memcpy(at, data, length);
	}
}

static void add_fragment(struct capture *capture, int64_t when, const struct end *from,
			 const struct end *to, const uint8_t *data, size_t length,
			 unsigned int fragment, unsigned int id)
{
	struct event *event = add_event(capture, when, length);
	enum side side;
	uint8_t *at;

	for (side = NEAR; side < SIDES; side++) {
		at = put_ip(capture, side, event->packet[side], IPPROTO_UDP, from, to, length,
			    fragment);
		put16(event->packet[side] + 4, id);
		memcpy(at, data, length);
	}
}

/* As a host sends it, or the last one first. */
static void add_fragments(struct capture *capture, int64_t when, const struct end *from,
			  const struct end *to, const uint8_t *data, size_t length)
{
	size_t pieces = (length + LINE - 1) / LINE, i, piece, size;
	unsigned int first = capture->count;
	bool turned = chance_one_in(4);

	for (i = 0; i < pieces; i++) {
		piece = turned ? pieces - 1 - i : i;
		size = piece == pieces - 1 ? length - piece * LINE : LINE;
		add_fragment(capture, when, from, to, data + piece * LINE, size,
			     (piece < pieces - 1) << 13 | piece * LINE / 8, first + 1);
	}
}

/* What is @behind the datagram is in the IP packet nevertheless. */
static void add_udp(struct capture *capture, int64_t when, const struct end *from,
		    const struct end *to, const char *text, size_t length, size_t behind)
{
	static uint8_t udp[DATAGRAM + 8];
	uint8_t *at = put16(udp, from->port);

	at = put16(at, to->port);
	at = put16(at, 8 + length - behind);
	at = put16(at, 0);
	at = mempcpy(at, text, length);
	if (capture->v6 || length + 8 <= LINE)
		add_whole(capture, when, from, to, IPPROTO_UDP, udp, at - udp);
	else
		add_fragments(capture, when, from, to, udp, at - udp);
}

static void add_tcp(struct capture *capture, int64_t when, const struct end *from,
		    const struct end *to, uint8_t flags)
{
	uint8_t tcp[20], *at = put16(tcp, from->port);

	at = put16(at, to->port);
	at = put32(at, 1000 + (flags == ACK));
	at = put32(at, flags & ACK ? 1001 : 0);
	*at++ = 5 << 4;
	*at++ = flags;
	at = put16(at, 65535);
	put32(at, 0);
	add_whole(capture, when, from, to, IPPROTO_TCP, tcp, sizeof(tcp));
}

static size_t put_head(const struct session *s, char *text, const char *head)
{
	return sprintf(text, "%s HANDLE %s SEQ %d\n", head, s->handle, s->sequence);
}

static size_t put_body(const struct session *s, char *text, const char *body)
{
	char *at = text;

	for (; *body; body++) {
		if (body[0] == '$')
			at += sprintf(at, "%u", s->port[*++body - '1']);
		else
			*at++ = *body;
	}
	return at - text;
}

static size_t spoil(char *text, size_t length)
{
	size_t at = chance_below(length);

	switch (chance_below(4)) {
	case 0:
		text[at] ^= 1 << chance_below(8);
		return length;
	case 1:
		memmove(text + at, text + at + 1, length - at - 1);
		return length - 1;
	case 2:
		memmove(text + at + 1, text + at, length - at);
		text[at] = " 0\n-9"[chance_below(5)];
		return length + 1;
	default:
		return at;
	}
}

/* Estimates of a machine with many disks are long. */
static size_t add_lines(char *text, size_t length)
{
	size_t size = 1000 + chance_below(60000);

	while (length < size)
		length += sprintf(text + length, "/a/folder/of/disk%zu 0 SIZE 1234\n", length);
	return length;
}

/* The newer of two sessions may name what an older one still listens on, or seems to. */
static void choose_ports(struct capture *capture, struct session *s)
{
	unsigned int i, first = 1025 + chance_below(64000);

	if (chance_one_in(12))
		first = 9996;
	else if (chance_one_in(20))
		first = 600 + chance_below(420);
	for (i = 0; i < PORTS; i++) {
		s->port[i] = chance_one_in(3) ? capture->usual[i] : first + i;
		if (chance_one_in(4))
			s->port[i] = 1025 + chance_below(64000);
	}
	if (chance_one_in(3))
		memcpy(s->port, capture->usual, sizeof(capture->usual));
	for (i = 0; i < OWN_PORTS; i++)
		s->port[PORTS + i] = 20000 + capture->count + i;
}

static void begin_session(struct capture *capture, struct session *s, unsigned int index)
{
	/* Amanda has few ports, and takes the same one again. */
	s->server = (struct end) { 1 + chance_one_in(6), 700 + chance_below(3) };
	if (chance_one_in(40))
		s->server.port = AMANDA;
	s->client = (struct end) { CLIENT + chance_below(CLIENTS), AMANDA };
	/* NAT knows by the server's port which client is meant. */
	if (capture->nat)
		s->client.host = CLIENT + (s->server.host + s->server.port) % CLIENTS;
	snprintf(s->handle, sizeof(s->handle), "000-%08x", index + chance_one_in(8));
	s->sequence = 1000 * capture->seed + chance_below(3);
	choose_ports(capture, s);
	if (chance_one_in(2))
		memcpy(capture->usual, s->port, sizeof(capture->usual));
}

static void say(struct capture *capture, const struct session *s, int64_t when, bool by_client,
		const char *head, const char *body)
{
	char text[512];
	size_t length = put_head(s, text, head);

	length += put_body(s, text + length, body);
	add_udp(capture, when, by_client ? &s->client : &s->server,
		by_client ? &s->server : &s->client, text, length, 0);
}

/* Of an answer to another request, or of none that Amanda would make. */
static void alter(struct session *s)
{
	switch (chance_below(4)) {
	case 0:
		s->sequence++;
		break;
	case 1:
		strcpy(s->handle, "000-0000ffff");
		break;
	case 2:
		s->client.port++;
		break;
	default:
		s->client.host = CLIENT + chance_below(CLIENTS);
	}
}

static size_t write_answer(const struct session *s, const struct answer *answer, char *text)
{
	size_t length = answer->head ? put_head(s, text, answer->head) : 0;

	length += put_body(s, text + length, answer->body);
	if (chance_one_in(12))
		length = add_lines(text, length);
	if (chance_one_in(6))
		length = spoil(text, length);
	return length;
}

static void give_answer(struct capture *capture, const struct session *s, int64_t when)
{
	const struct answer *answer = choose_answer();
	static char text[DATAGRAM];
	struct session as = *s;
	unsigned int copies = chance_one_in(3) ? 1 + chance_below(5) : 1, i;
	size_t behind, length;

	if (chance_one_in(12))
		alter(&as);
	length = write_answer(&as, answer, text);
	behind = chance_one_in(20) ? chance_below(length) : 0;
	/* amandad sends its answer until it gets an ACK. */
	for (i = 0; i < copies; i++)
		add_udp(capture, when + i * 10 * SECOND, &as.client, &as.server, text, length,
			behind);
	if (!chance_one_in(5))
		say(capture, s, when + (copies - 1) * 10 * SECOND + 2000, false, "Amanda 3.5 ACK", "");
}

static uint16_t some_port(const struct session *s)
{
	static const uint16_t others[] = { 22, 23, 25, 80, 1023, 1024, 2003, 34463, 65534, 65535 };

	if (chance_one_in(4))
		return others[chance_below(sizeof(others) / sizeof(*others))];
	return s->port[chance_below(PORTS)] + chance_one_in(10);
}

static void connect_streams(struct capture *capture, const struct session *s, int64_t when)
{
	unsigned int count = chance_below(8), i, again;
	struct end from = s->server, to = s->client;
	int64_t at;

	for (i = 0; i < count; i++) {
		to.port = i < PORTS && !chance_one_in(5) ? s->port[i] : some_port(s);
		from.port = 11000 + chance_below(30000);
		from.host = chance_one_in(15) ? 3 - s->server.host : s->server.host;
		at = when + chance_below(chance_one_in(6) ? 400 * SECOND : 30 * SECOND);
		for (again = chance_below(3); again; again--)
			add_tcp(capture, at + again * SECOND, &from, &to, SYN);
		add_tcp(capture, at, &from, &to, SYN);
		add_tcp(capture, at + 300, &to, &from, chance_one_in(6) ? RST | ACK : SYN | ACK);
	}
}

/* From at once to longer than either helper waits. */
static int64_t thinking(void)
{
	static const unsigned int longest[] = { 1, 5, 20, 40, 130, 310, 2000, 21500, 30000 };

	return chance_below(longest[chance_below(sizeof(longest) / sizeof(*longest))] * 1000) * 1000LL;
}

static void add_session(struct capture *capture, unsigned int index, int64_t when)
{
	unsigned int copies = chance_one_in(4) ? 2 : 1;
	struct session s;

	begin_session(capture, &s, index);
	while (copies--)
		say(capture, &s, when + copies * 10 * SECOND, false,
		    chance_one_in(40) ? REP : "Amanda 3.5 REQ",
		    chance_one_in(40) ? "CONNECT DATA $1\n" :
		    "SERVICE sendbackup\nOPTIONS features=ff;hostname=client;\n");
	if (!chance_one_in(4))
		say(capture, &s, when + 500, true, "Amanda 3.5 ACK", "");
	when += thinking();
	if (chance_one_in(10))
		say(capture, &s, when, true, "Amanda 3.5 PREP", "OPTIONS features=ff;\n");
	if (chance_one_in(10))
		when += thinking();
	if (!chance_one_in(15))
		give_answer(capture, &s, when + 1000);
	connect_streams(capture, &s, when + 1000 + (chance_one_in(10) ? -500 : 3000));
}

static int by_time(const void *one, const void *other)
{
	const struct event *a = one, *b = other;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void write_events(struct capture *capture, pcap_dumper_t *dump[SIDES], int64_t from)
{
	struct pcap_pkthdr head = { 0 };
	enum side side;
	unsigned int i;

	qsort(capture->event, capture->count, sizeof(*capture->event), by_time);
	for (i = 0; i < capture->count; i++) {
		head.len = capture->event[i].length;
		head.caplen = head.len;
		head.ts.tv_sec = from + capture->event[i].when / SECOND;
		head.ts.tv_usec = capture->event[i].when % SECOND;
		for (side = NEAR; side < SIDES; side++) {
			if (dump[side])
				pcap_dump((u_char *)dump[side], &head,
					  capture->event[i].packet[side]);
			free(capture->event[i].packet[side]);
		}
	}
}

static unsigned int generate(uint64_t seed, pcap_dumper_t *dump[SIDES])
{
	static struct capture capture;
	unsigned int sessions, i;
	int64_t when = SECOND;

	chance_seed(seed);
	memset(&capture, 0, sizeof(capture));
	capture.seed = seed;
	capture.nat = dump[FAR];
	capture.masquerade = dump[FAR] && seed % 2;
	capture.v6 = chance_one_in(6) && !capture.nat;
	for (i = 0; i < PORTS; i++)
		capture.usual[i] = 50000 + i;
	sessions = 1 + chance_below(5);
	for (i = 0; i < sessions; i++) {
		add_session(&capture, i, when);
		when += chance_one_in(2) ? chance_below(3 * SECOND) : chance_below(200 * SECOND);
	}
	write_events(&capture, dump, BEGINNING + (int64_t)seed * APART);
	return capture.count;
}

static pcap_dumper_t *dump_open(const char *name)
{
	pcap_t *form = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *dump = form ? pcap_dump_open(form, name) : NULL;

	if (!dump)
		errx(1, "%s: cannot be written", name);
	return dump;
}

static void print_seed(uint64_t seed, uint64_t end, uint64_t packet)
{
	pcap_dumper_t *nowhere[SIDES] = { NULL };
	uint64_t packets = 0;

	for (; seed < end; seed++) {
		packets += generate(seed, nowhere);
		if (packets >= packet)
			break;
	}
	printf("%llu\n", (unsigned long long)seed);
}

int main(int argc, char *argv[])
{
	pcap_dumper_t *dump[SIDES] = { NULL };
	uint64_t seed, end;
	int i;

	if (argc < 4 || argc > 5)
		errx(2, "generated FIRST COUNT NEAR [FAR] | -PACKET");
	seed = strtoull(argv[1], NULL, 10);
	end = seed + strtoull(argv[2], NULL, 10);
	if (*argv[3] == '-') {
		print_seed(seed, end, strtoull(argv[3] + 1, NULL, 10));
		return 0;
	}
	for (i = 3; i < argc; i++)
		dump[i - 3] = dump_open(argv[i]);
	for (; seed < end; seed++)
		generate(seed, dump);
	for (i = 3; i < argc; i++)
		pcap_dump_close(dump[i - 3]);
	return 0;
}

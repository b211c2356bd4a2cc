// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: packets of a few hosts become sessions, and these a diagnosis.
 *
 * fuzz-cost: 100
 * fuzz-uses: userspace/replay/story*.c userspace/replay/session*.c userspace/replay/stream*.c userspace/replay/frames.c userspace/replay/diagnose*.c userspace/replay/gateway*.c userspace/flow/address.c kernel/amanda_packet.c kernel/amanda_ports.c kernel/amanda_exchange.c
 */
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/diagnose.h"

#define HEAD	10
#define POINTS	2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is handed to the listeners of a story. */
struct listener {
	struct diagnose_context context;
	uint64_t sessions;
};

static struct endpoint endpoint(uint8_t choice)
{
	static const uint16_t ports[] = { 10080, 855, 20000, 50000, 50001, 50002, 50003, 50004 };
	struct endpoint endpoint = { .port = ports[choice >> 2 & 7] };

	endpoint.address.family = choice & 0x80 ? AF_INET6 : AF_INET;
	endpoint.address.prefix = choice & 0x80 ? 128 : 32;
	if (choice & 0x80)
		endpoint.address.v6.s6_addr[15] = choice & 3;
	else
		endpoint.address.v4.s_addr = htonl(0xc0000200 | (choice & 3));
	return endpoint;
}

/* Of an Amanda packet the header is made, so that the bytes are spent on what follows. */
static size_t letter(char *text, size_t size, uint8_t choice, const uint8_t *body, size_t length)
{
	static const char *const types[] = { "REQ", "ACK", "REP", "PREP", "NAK", "REP", "REQ" };
	static const char *const begins[] = {
		"SERVICE sendbackup\n", "", "CONNECT DATA 50001 MESG 50002 INDEX -1 STATE 50003\n\n",
		"", "ERROR not allowed\n", "CONNECT DATA 50001 MESG 499999\n\n", "SERVICE sendsize\n",
	};
	unsigned int type = choice % 7;
	int used;

	used = snprintf(text, size, "Amanda 3.5 %s HANDLE 000-0000000%u SEQ %u\n%s", types[type],
			choice >> 6, choice >> 5 & 1, begins[type]);
	memcpy(text + used, body, length);
	return used + length;
}

static void tcp_from(const uint8_t *data, struct packet *packet)
{
	packet->protocol = IPPROTO_TCP;
	packet->tcp.flags = data[4];
	packet->tcp.sequence = data[5] & 0x80 ? 0xffffff80u + data[5] : data[5];
}

/* A packet out of HEAD bytes and what follows them; returns the bytes used. */
static size_t packet_from(const uint8_t *data, size_t size, char *text, size_t room,
			  struct packet *packet)
{
	size_t there = data[6] < size - HEAD ? data[6] : size - HEAD;

	packet->number++;
	packet->source = endpoint(data[1]);
	packet->destination = endpoint((data[2] & 0x7f) | (data[1] & 0x80));
	packet->point = data[7] & 1;
	packet->ttl = 62 + (data[7] >> 1 & 3);
	packet->ip_id = data[7] >> 3;
	/* Up to 18 hours on, or a step back. */
	packet->time += data[3] == 0xff ? -100000000000LL :
					  data[3] * data[3] * 1000000LL * (data[8] + 1);
	packet->data = data + HEAD;
	packet->captured = there;
	packet->length = there;
	switch (data[0] & 3) {
	case 0:
		packet->protocol = IPPROTO_UDP;
		packet->data = (const uint8_t *)text;
		packet->length = letter(text, room, data[9], data + HEAD, there);
		packet->captured = data[0] & 4 ? packet->length / 2 : packet->length;
		break;
	case 1:
		packet->protocol = IPPROTO_UDP;
		break;
	case 2:
		tcp_from(data, packet);
		break;
	default:
		packet->protocol = data[1] & 0x80 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		packet->icmp = (struct icmp_head) {
			.type = data[4], .code = data[5], .protocol = data[9],
			.source = packet->destination, .destination = packet->source,
		};
	}
	return HEAD + there;
}

static void check_cause(const struct cause *cause, enum cause_level level)
{
	if (!cause->id || !*cause->text || cause->level > level ||
	    strlen(cause->text) >= CAUSE_TEXT_MAX || strlen(cause->advice) >= CAUSE_TEXT_MAX ||
	    cause->packet_count > CAUSE_PACKETS_MAX ||
	    (cause->untold && cause->packet_count < CAUSE_PACKETS_MAX))
		abort();
}

static void check_diagnosis(const struct diagnosis *diagnosis)
{
	unsigned int i;

	if (diagnosis->count > CAUSES_MAX)
		abort();
	for (i = 0; i < diagnosis->count; i++)
		check_cause(&diagnosis->cause[i], diagnosis->level);
}

static void on_session(void *arg, const struct session *session)
{
	struct listener *listener = arg;
	struct diagnosis diagnosis;
	const struct event *event;
	unsigned int i;

	if (!session->operation || session->event_count > EVENTS_MAX ||
	    session->stream_count > AMANDA_STREAMS_MAX || session->behind >= session->number)
		abort();
	for (i = 0; i < session->event_count; i++) {
		event = &session->event[i];
		if (!event->seen_count || event->seen_count > SIGHTINGS_MAX ||
		    event->stream >= (int)session->stream_count || !event->copy)
			abort();
	}
	listener->sessions++;
	for (listener->context.judged = 0; listener->context.judged < 1 << STORY_HELPERS;
	     listener->context.judged++) {
		diagnose_session(session, &listener->context, &diagnosis);
		check_diagnosis(&diagnosis);
	}
}

static const struct story_events listens = { .session = on_session };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *const names[POINTS] = { "one", "other" };
	const struct gateway_settings gateway = { .port = 10080, .flows_max = 64 };
	struct story_settings settings = { .port = 10080, .points = POINTS, .gateway = &gateway };
	struct listener listener = { .context = { .names = names, .points = POINTS } };
	struct packet packet = { .time = 1795858683000000000LL };
	struct diagnosis diagnosis;
	struct story *story;
	char text[512];
	size_t used;

	story = story_new(&settings, &listens, &listener);
	if (!story)
		return 0;
	listener.context.counts = story_counts(story);
	while (size > HEAD) {
		used = packet_from(data, size, text, sizeof(text), &packet);
		story_see(story, &packet);
		data += used;
		size -= used;
	}
	story_end(story);
	if (listener.sessions != listener.context.counts->sessions)
		abort();
	diagnose_capture(&listener.context, NULL, &diagnosis);
	check_diagnosis(&diagnosis);
	story_free(story);
	return 0;
}

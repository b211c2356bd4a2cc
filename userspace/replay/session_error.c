// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ICMP errors about requests, answers and connections.
 */
#include <string.h>

#include "replay/story_private.h"

/* Of sessions of the same flow the newest are looked at. */
#define SESSIONS_LOOKED_AT	64

static struct tale *tale_of_flow(const struct story *story, const struct icmp_head *icmp,
				 bool *about_initiator)
{
	uint32_t hash = hash_tuple(IPPROTO_UDP, &icmp->source, &icmp->destination);
	struct node *node = table_first(&story->by_flow, hash);
	struct tale *found = NULL, *tale;
	unsigned int looked = 0;

	for (; node && looked++ < SESSIONS_LOOKED_AT; node = table_next(node)) {
		tale = node->of;
		if (found && found->session.last > tale->session.last)
			continue;
		if (tale_goes(tale, &icmp->source, &icmp->destination, true))
			*about_initiator = true;
		else if (tale_goes(tale, &icmp->source, &icmp->destination, false))
			*about_initiator = false;
		else
			continue;
		found = tale;
	}
	return found;
}

static void tell(struct story *story, struct tale *tale, int stream, bool about_initiator)
{
	const struct packet *packet = story->packet;
	struct event *event;

	/* An error goes back to whom it is about. */
	event = event_of_packet(tale, EVENT_ERROR, !about_initiator, stream, 0, packet);
	if (event) {
		event_see(event, packet);
		return;
	}
	event = event_add(story, tale, EVENT_ERROR, !about_initiator, stream, 0);
	if (!event)
		return;
	event->icmp_type = packet->icmp.type;
	event->icmp_code = packet->icmp.code;
	event->icmp_family = packet->protocol == IPPROTO_ICMP ? AF_INET : AF_INET6;
}

static void rejected(struct stream *stream, const struct packet *packet)
{
	if (stream->fate != FATE_SILENT)
		return;
	stream->fate = FATE_REJECTED;
	stream->answered = packet->number;
	stream->answered_time = packet->time;
	stream->error_from = packet->source.address;
	stream->icmp_type = packet->icmp.type;
	stream->icmp_code = packet->icmp.code;
}

/**
 * story_error() - an ICMP error
 * @story: the story
 * @packet: it
 */
void story_error(struct story *story, const struct packet *packet)
{
	const struct icmp_head *icmp = &packet->icmp;
	bool about_initiator = true;
	unsigned int side;
	struct tale *tale;
	struct conn *conn;

	if (icmp->protocol == IPPROTO_UDP) {
		tale = tale_of_flow(story, icmp, &about_initiator);
		if (tale)
			tell(story, tale, -1, about_initiator);
	} else if (icmp->protocol == IPPROTO_TCP) {
		conn = conn_find(story, &icmp->source, &icmp->destination, &side);
		if (!conn)
			return;
		tell(story, conn->tale, conn->stream, !side);
		rejected(conn_stream(conn), packet);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts what a session led to into words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/lib/report.h"
#include "selftests/lib/session.h"
#include "selftests/lib/tracked.h"

static int by_port(const void *one, const void *other)
{
	const struct opening *a = one, *b = other;

	return (int)a->port - (int)b->port;
}

/** session_openings() - the expectations of a session, by rising port */
void session_openings(const struct session *s, struct openings *own)
{
	struct openings all;
	size_t i;

	openings_read(s->lab, &all);
	own->count = 0;
	for (i = 0; i < all.count; i++)
		if (all.list[i].master == s->source_port)
			own->list[own->count++] = all.list[i];
	qsort(own->list, own->count, sizeof(*own->list), by_port);
}

/** saw_open() - which ports are open for this session? */
void saw_open(const struct session *s)
{
	struct openings own;
	char text[512] = "";
	size_t i, used = 0;

	session_openings(s, &own);
	for (i = 0; i < own.count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %u",
					 own.list[i].port);
	saw("opens%s", own.count ? text : " nothing");
}

/** session_numbers() - read the streams of the reply that arrived */
bool session_numbers(const struct session *s, struct amanda_packet *packet)
{
	return amanda_packet_parse(s->got, s->got_length, packet) == AMANDA_OK &&
	       packet->connect;
}

static bool take(struct openings *own, int port)
{
	size_t i;

	for (i = 0; i < own->count; i++) {
		if (own->list[i].port == port) {
			own->list[i].port = 0;
			return true;
		}
	}
	return false;
}

/**
 * saw_streams() - is what the initiator was told what the gateway opened?
 * @s: the session, with the reply in @s->got
 *
 * NAT may choose other numbers, so the numbers themselves are not shown; but
 * those that are open and were not announced are.
 */
void saw_streams(const struct session *s)
{
	struct amanda_packet packet;
	struct openings own;
	size_t i;

	session_openings(s, &own);
	if (!s->got_length || !session_numbers(s, &packet)) {
		saw("%s, %zu open", s->got_length ? "unreadable" : "dropped", own.count);
		return;
	}
	for (i = 0; i < packet.stream_count; i++) {
		const struct amanda_stream *stream = &packet.stream[i];

		saw("%.*s %s", stream->tag_length, s->got + stream->tag_offset,
		    take(&own, stream->number) ? "open" : "closed");
	}
	for (i = 0; i < own.count; i++)
		if (own.list[i].port)
			saw("unannounced %u open", own.list[i].port);
}

/** saw_life() - how long will the gateway remember the control flow? */
void saw_life(const struct session *s)
{
	int seconds = flow_seconds(s->lab, s->source_port);

	if (seconds < 0)
		saw("flow forgotten");
	else if (seconds > 3600)
		saw("lives for hours");
	else
		saw(seconds >= 170 ? "lives for minutes" : "lives as any flow");
}

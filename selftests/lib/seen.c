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
		    !amanda_stream_is_port(stream) ? "no port" :
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

static bool same_piece(const struct session *s, size_t sent, size_t sent_end, size_t got,
		       size_t got_end)
{
	return sent_end - sent == got_end - got &&
	       !memcmp(s->sent + sent, s->got + got, sent_end - sent);
}

/* All bytes but those of the ports are as the responder sent them. */
static bool only_ports_differ(const struct session *s, const struct amanda_packet *sent,
			      const struct amanda_packet *got)
{
	size_t at = 0, there = 0;
	int i;

	for (i = 0; i < sent->stream_count; i++) {
		const struct amanda_stream *one = &sent->stream[i], *other = &got->stream[i];

		if (!same_piece(s, at, one->number_offset, there, other->number_offset))
			return false;
		if (!amanda_stream_is_port(one) && one->number != other->number)
			return false;
		at = one->number_offset + one->number_length;
		there = other->number_offset + other->number_length;
	}
	return same_piece(s, at, s->sent_length, there, s->got_length);
}

/** session_is_unchanged() - did the initiator hear what the responder sent? */
bool session_is_unchanged(const struct session *s)
{
	return same_piece(s, 0, s->sent_length, 0, s->got_length);
}

/** session_is_renumbered() - all but the ports, which are others? */
bool session_is_renumbered(const struct session *s)
{
	struct amanda_packet sent, got;

	return !session_is_unchanged(s) &&
	       amanda_packet_parse(s->sent, s->sent_length, &sent) == AMANDA_OK &&
	       session_numbers(s, &got) && sent.stream_count == got.stream_count &&
	       only_ports_differ(s, &sent, &got);
}

/** saw_reply() - what became of the responder's last datagram? */
void saw_reply(const struct session *s)
{
	if (!s->got_length)
		saw("dropped");
	else if (session_is_unchanged(s))
		saw("unchanged");
	else
		saw(session_is_renumbered(s) ? "renumbered" : "damaged");
}

/** saw_counters() - what the helper counted; those that are 0 are left out */
void saw_counters(const struct lab *lab)
{
	char line[128];
	FILE *file;

	lab_enter(lab, GATEWAY);
	file = fopen("/proc/net/nf_conntrack_amanda", "re");
	if (!file) {
		saw("no counters");
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strstr(line, " 0"))
			saw("%s", line);
	}
	fclose(file);
}

static uint16_t told(const struct session *s, const char *tag)
{
	struct amanda_packet packet;
	int i;

	if (!session_numbers(s, &packet))
		die("no numbers in the reply that arrived");
	for (i = 0; i < packet.stream_count; i++) {
		const struct amanda_stream *stream = &packet.stream[i];

		if (stream->tag_length == strlen(tag) &&
		    !memcmp(s->got + stream->tag_offset, tag, strlen(tag)))
			return (uint16_t)stream->number;
	}
	die("no stream %s in the reply that arrived", tag);
}

/**
 * saw_reaches() - connect a stream to the port that the reply told
 * @s: the session, with the reply in @s->got
 * @tag: of the stream
 * @listening: where the responders listen
 */
void saw_reaches(const struct session *s, const char *tag, uint16_t listening)
{
	int host = session_reaches(s, told(s, tag), listening);

	saw("%s reaches %s", tag, host < 0 ? "nobody" : lab_host_name((enum lab_host)host));
}

/** saw_all_reach() - connect every stream of the reply that arrived */
void saw_all_reach(const struct session *s)
{
	struct amanda_packet sent, got;
	int i, wrong = 0;

	if (amanda_packet_parse(s->sent, s->sent_length, &sent) != AMANDA_OK ||
	    !session_numbers(s, &got) || sent.stream_count != got.stream_count) {
		saw("streams unreadable");
		return;
	}
	for (i = 0; i < got.stream_count; i++) {
		int host;

		if (!amanda_stream_is_port(&got.stream[i]))
			continue;
		host = session_reaches(s, (uint16_t)got.stream[i].number,
				       (uint16_t)sent.stream[i].number);
		wrong += host != (int)s->responder;
	}
	if (wrong)
		saw("%d do not reach %s", wrong, lab_host_name(s->responder));
	else
		saw("all reach %s", lab_host_name(s->responder));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* What a gateway may have done with a datagram; see oracle.h. */
#include <stdio.h>
#include <string.h>

#include "selftests/lib/oracle.h"
#include "selftests/lib/report.h"

#define LOWEST_PORT 1024	/* min_port of the module */

/** flow_start() - a flow on which nothing was asked yet */
void flow_start(struct flow *flow, struct session *session)
{
	flow->session = session;
	flow->count = 0;
}

static struct request *find_request(struct flow *flow, const struct event *event,
				    const struct amanda_packet *packet)
{
	const char *handle = event->bytes + packet->handle_offset;
	size_t i;

	for (i = 0; i < flow->count; i++) {
		struct request *r = &flow->request[i];

		if (r->sequence == packet->sequence && r->length == packet->handle_length &&
		    !memcmp(r->handle, handle, r->length))
			return r;
	}
	return NULL;
}

static void remember_request(struct flow *flow, const struct event *event,
			     const struct amanda_packet *packet)
{
	struct request *r = find_request(flow, event, packet);

	if (!r && flow->count == ORACLE_REQUESTS)
		die("more than %d requests on a flow", ORACLE_REQUESTS);
	if (!r) {
		r = &flow->request[flow->count++];
		r->sequence = packet->sequence;
		r->length = packet->handle_length;
		r->opened = false;
		memcpy(r->handle, event->bytes + packet->handle_offset, r->length);
	}
	r->asked = true;
}

static const struct opening *find_opening(const struct openings *all, const struct opening *one)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (all->list[i].master == one->master && all->list[i].port == one->port)
			return &all->list[i];
	return NULL;
}

/* How many appeared; the last of them in @one. */
static size_t appeared(const struct event *event, const struct opening **one)
{
	size_t i, count = 0;

	for (i = 0; i < event->after->count; i++) {
		if (find_opening(event->before, &event->after->list[i]))
			continue;
		*one = &event->after->list[i];
		count++;
	}
	return count;
}

static bool ports_allowed(const struct amanda_packet *packet, size_t *ports)
{
	int i;

	*ports = 0;
	for (i = 0; i < packet->stream_count; i++) {
		if (!amanda_stream_is_port(&packet->stream[i]))
			continue;
		if (packet->stream[i].number < LOWEST_PORT)
			return false;
		++*ports;
	}
	return true;
}

static bool names(const struct amanda_packet *packet, uint16_t port)
{
	int i;

	for (i = 0; i < packet->stream_count; i++)
		if (packet->stream[i].number == port)
			return true;
	return false;
}

/** oracle_all_open() - is every port open that the reply that arrived names? */
bool oracle_all_open(const struct session *s, const struct openings *after)
{
	struct opening wanted = { .master = s->source_port };
	struct amanda_packet packet;
	int i;

	if (!s->got_length || !session_numbers(s, &packet))
		return false;
	for (i = 0; i < packet.stream_count; i++) {
		wanted.port = (uint16_t)packet.stream[i].number;
		if (amanda_stream_is_port(&packet.stream[i]) && !find_opening(after, &wanted))
			return false;
	}
	return true;
}

static bool is_right(const struct session *s, const struct opening *one)
{
	struct sockaddr_storage to;

	lab_sockaddr(s->lab, one->destination, ntohs(((struct sockaddr_in *)&s->dialled)->sin_port),
		     &to);
	return !memcmp(&to, &s->dialled, sizeof(to)) &&
	       !strcmp(one->source, s->lab->address[INITIATOR]) && !one->class &&
	       one->protocol == IPPROTO_TCP && one->any_source_port &&
	       !strcmp(one->helper, lab_helper);
}

/* Each that appeared is one of this reply, and none of them is missing. */
static const char *judge_openings(const struct event *event)
{
	const struct session *s = event->flow->session;
	struct amanda_packet told;
	size_t i;

	if (!event->arrived)
		return "opens streams of a reply that did not arrive";
	if (!event->unchanged && !session_is_renumbered(s))
		return "damages a reply";
	if (!session_numbers(s, &told))
		return "makes a reply unreadable";
	for (i = 0; i < event->after->count; i++) {
		const struct opening *one = &event->after->list[i];

		if (find_opening(event->before, one))
			continue;
		if (one->master != s->source_port || !names(&told, one->port))
			return "opens what the reply does not name";
		if (!is_right(s, one))
			return "opens a stream between others, or in another way";
	}
	return oracle_all_open(s, event->after) ? NULL : "opens some streams of a reply, not all";
}

/* Does the initiator hear of ports that it must not try? */
static bool misleads(const struct event *event, const struct request *request, size_t ports)
{
	bool translated = event->flow->session->lab->flags & LAB_FORWARD;

	return translated && ports && event->arrived && !(request && request->opened);
}

/* A REP with a CONNECT line. */
static const char *judge_reply(const struct event *event, const struct amanda_packet *packet,
			       enum amanda_refusal refusal, size_t count)
{
	struct request *request = find_request(event->flow, event, packet);
	const char *objection = NULL;
	size_t ports = 0;
	bool may = ports_allowed(packet, &ports) && !refusal && ports && request && request->asked;

	if (count && !may)
		return "opens what nobody asked for";
	if (count)
		objection = judge_openings(event);
	/* All may have been open before, for an earlier reply of this flow. */
	if (may && oracle_all_open(event->flow->session, event->after))
		request->opened = true;
	if (!objection && misleads(event, request, ports))
		return "lets numbers pass that lead elsewhere";
	/* Only what a lack of room kept from passing may come once more. */
	if (request && (event->arrived || !may))
		request->asked = false;
	return objection;
}

static const char *judge_ordinary(const struct event *event, size_t count)
{
	if (count)
		return "opens streams for what is no reply with streams";
	if (event->whole && !event->arrived)
		return "drops an ordinary datagram";
	if (event->whole && !event->unchanged)
		return "changes an ordinary datagram";
	return NULL;
}

/**
 * oracle_objects() - was that right?
 * @event: what happened; its flow remembers it
 * @opened: set to the number of expectations that appeared
 *
 * Return: what was wrong, or NULL.
 */
const char *oracle_objects(const struct event *event, size_t *opened)
{
	struct amanda_packet packet;
	enum amanda_refusal refusal = amanda_packet_parse(event->bytes, event->length, &packet);
	const struct opening *one = NULL;
	bool header = !refusal || refusal >= AMANDA_BAD_TAG;
	struct request *request;

	*opened = appeared(event, &one);
	if (!event->whole)
		return *opened ? "opens streams for what is no datagram" : NULL;
	if (event->from_responder && header && packet.connect)
		return judge_reply(event, &packet, refusal, *opened);
	if (!event->from_responder && header && packet.type == AMANDA_REQ)
		remember_request(event->flow, event, &packet);
	if (event->from_responder && header &&
	    (packet.type == AMANDA_REP || packet.type == AMANDA_NAK)) {
		request = find_request(event->flow, event, &packet);
		if (request)
			request->asked = false;
	}
	return judge_ordinary(event, *opened);
}

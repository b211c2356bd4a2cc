// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams from and to amandad's port.
 */
#include "replay/story_private.h"

/**
 * struct letter - a datagram and what it says
 * @packet: it
 * @data: its payload
 * @amanda: what the grammar made of it
 * @handle: in @data
 * @kind: of event
 * @by_initiator: who sent it, as far as its type tells
 * @seen: its event, where it was seen at another place before
 */
struct letter {
	const struct packet *packet;
	const char *data;
	struct amanda_packet amanda;
	const char *handle;
	enum event_kind kind;
	bool by_initiator;
	struct event *seen;
};

/* An ACK goes either way; where both ports are amandad's, the session tells. */
static bool of_session(struct letter *letter, struct tale *tale)
{
	const struct packet *p = letter->packet;

	if (letter->kind == EVENT_ACK && !tale_goes(tale, &p->source, &p->destination,
						   letter->by_initiator))
		return tale_goes(tale, &p->source, &p->destination, !letter->by_initiator);
	return tale_goes(tale, &p->source, &p->destination, letter->by_initiator);
}

static struct event *seen_before(struct letter *letter, struct tale *tale)
{
	return event_of_packet(tale, letter->kind, letter->by_initiator, -1, 0, letter->packet);
}

/* Right host, right port, right name, but from where nobody asked. */
static bool is_elsewhere(const struct letter *letter, const struct session *s)
{
	const struct packet *p = letter->packet;

	return !letter->by_initiator && (endpoint_equal(&p->destination, &s->initiator[0]) ||
					 endpoint_equal(&p->destination, &s->initiator[1]));
}

static struct tale *find(struct story *story, struct letter *letter)
{
	struct amanda_packet *amanda = &letter->amanda;
	struct tale *tale, *elsewhere = NULL;
	struct node *at = NULL;

	while ((tale = tale_with_request(story, letter->handle, amanda->handle_length,
					 amanda->sequence, &at))) {
		if (of_session(letter, tale)) {
			if (!tale_goes(tale, &letter->packet->source, &letter->packet->destination,
				       letter->by_initiator))
				letter->by_initiator = !letter->by_initiator;
			letter->seen = seen_before(letter, tale);
			return tale;
		}
		letter->seen = seen_before(letter, tale);
		if (letter->seen)
			return tale;
		if (is_elsewhere(letter, &tale->session))
			elsewhere = tale;
	}
	if (elsewhere)
		elsewhere->session.elsewhere = letter->packet->source;
	return elsewhere;
}

static struct tale *begin(struct story *story, const struct letter *letter)
{
	const struct packet *p = letter->packet;
	struct tale *tale;

	tale = tale_new(story, AUTH_DATAGRAMS, letter->by_initiator ? &p->source : &p->destination,
			letter->by_initiator ? &p->destination : &p->source);
	if (tale)
		tale_request(story, tale, letter->handle, letter->amanda.handle_length,
			     letter->amanda.sequence);
	return tale;
}

static void see_again(struct story *story, struct tale *tale, struct letter *letter)
{
	event_see(letter->seen, letter->packet);
	tale_add_side(story, tale, letter->seen);
	if (letter->kind == EVENT_ANSWER && letter->amanda.connect)
		control_renumber(story, tale, letter->seen, letter->data, &letter->amanda);
	notes_pair(story, tale, letter->seen, letter->packet);
}

/* When amandad has waited for all streams that nobody asked for; 0: for none. */
static int64_t waits_until(const struct session *s)
{
	unsigned int waiting = 0, i;

	for (i = 0; i < s->stream_count; i++)
		waiting += !s->stream[i].inside && s->stream[i].fate >= FATE_UNTRIED &&
			   s->stream[i].fate <= FATE_REJECTED;
	return waiting ? s->reply_time + waiting * AMANDAD_WAITS * SECOND : 0;
}

static uint64_t waited_for(const struct story *story, const struct tale *tale)
{
	const struct packet *p = story->packet;
	struct node *node = table_first(&story->by_hosts,
					hash_address(hash_address(0, &p->source.address),
						     &p->destination.address));
	const struct session *s;
	unsigned int looked = 0;

	for (; node && looked++ < SESSIONS_LOOKED_AT; node = table_next(node)) {
		s = &((struct tale *)node->of)->session;
		if (s->number < tale->session.number && p->time < waits_until(s) &&
		    address_equal(&p->source.address, &s->initiator[0].address) &&
		    address_equal(&p->destination.address, &s->responder[0].address))
			return s->number;
	}
	return 0;
}

static void tell(struct story *story, struct tale *tale, struct letter *letter,
		 enum amanda_refusal refusal)
{
	const struct packet *p = letter->packet;
	size_t body = letter->amanda.body_offset;
	struct event *event;

	event = event_add(story, tale, letter->kind, letter->by_initiator, -1, 0);
	control_packet(tale, letter->kind, letter->by_initiator, letter->data + body,
		       p->captured - body, p);
	if (letter->kind == EVENT_REQUEST)
		tale->session.behind = waited_for(story, tale);
	if (letter->kind == EVENT_ANSWER) {
		tale->session.refusal = refusal;
		tale->session.cut |= refusal && p->captured < p->length &&
				     p->captured < AMANDA_WINDOW;
		control_streams(story, tale, letter->data, &letter->amanda);
	}
	notes_add(story, tale, event, p);
}

/**
 * story_datagram() - a datagram from or to amandad
 * @story: the story
 * @packet: it
 */
void story_datagram(struct story *story, const struct packet *packet)
{
	struct letter letter = { .packet = packet, .data = (const char *)packet->data };
	enum amanda_refusal refusal;
	struct tale *tale;

	refusal = amanda_packet_parse(letter.data, packet->captured, &letter.amanda);
	if (refusal && refusal < AMANDA_BAD_TAG) {
		story->counts.foreign++;
		notes_add(story, NULL, NULL, packet);
		return;
	}
	letter.handle = letter.data + letter.amanda.handle_offset;
	letter.kind = control_kind(letter.amanda.type);
	letter.by_initiator = letter.kind == EVENT_REQUEST ||
			      (letter.kind == EVENT_ACK &&
			       packet->destination.port == story->port);
	tale = find(story, &letter);
	if (!tale)
		tale = begin(story, &letter);
	if (!tale)
		return;
	if (letter.seen)
		see_again(story, tale, &letter);
	else
		tell(story, tale, &letter, refusal);
}

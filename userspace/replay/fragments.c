// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fragments of IP put together, with the decisions of ip_frag_queue() of
 * net/ipv4/ip_fragment.c, nf_ct_frag6_queue() of nf_conntrack_reasm.c (which is the
 * one that a gateway uses) and inet_frag_queue_insert() of inet_fragment.c, in their
 * order.  Two things are left out: the kernel begins anew where 64 fragments of the
 * same sender came in between (ipfrag_max_dist), and where its memory is full it takes
 * no more fragments, while here the oldest packet gives way.
 */
#include "replay/fragments.h"

#include <stdlib.h>
#include <string.h>

/* 4 MB of packets for each capture, as net.ipv4.ipfrag_high_thresh has it. */
#define QUEUES		64
#define BYTES_MAX	65536
#define UNITS		(BYTES_MAX / 8)

/* IP_FRAG_TIME of <net/ip.h>, IPV6_FRAG_TIMEOUT of <net/ipv6.h>. */
#define LIFE_V4		(30 * INT64_C(1000000000))
#define LIFE_V6		(60 * INT64_C(1000000000))

/**
 * struct queue - the fragments of one packet
 * @used: there are any
 * @head: of the first one in the packet; of any, until that one came
 * @record: number of the first one that came
 * @since: its time
 * @length: of the packet, or as far as its fragments reach
 * @here: bytes that came
 * @reach: end of the last one of its fragments so far
 * @known: the packet is captured up to here
 * @first: the first fragment in the packet came
 * @last: the last one did, so that @length is that of the packet
 * @ecn: bit n: a fragment had n in its bits for congestion
 * @unit: bit n: the 8 bytes from 8 * n came
 * @begin: bit n: a run of fragments begins there.  What lies within one run is a
 *	copy; what lies across two is an overlap, even where nothing is between them
 * @data: of the packet
 */
struct queue {
	bool used;
	struct ip_head head;
	uint64_t record;
	int64_t since;
	size_t length;
	size_t here;
	size_t reach;
	size_t known;
	bool first;
	bool last;
	uint8_t ecn;
	uint8_t unit[UNITS / 8];
	uint8_t begin[UNITS / 8];
	uint8_t data[BYTES_MAX];
};

/**
 * struct fragments - those of one capture
 * @incomplete: counts packets that stayed incomplete
 * @queue: the packets; NULL for those that were not needed so far
 */
struct fragments {
	uint64_t *incomplete;
	struct queue *queue[QUEUES];
};

/* One fragment: where it begins and ends in its packet. */
struct place {
	size_t offset;
	size_t end;
};

static bool bit(const uint8_t *bits, size_t n)
{
	return bits[n / 8] >> n % 8 & 1;
}

static void set_bit(uint8_t *bits, size_t n)
{
	bits[n / 8] |= (uint8_t)(1U << n % 8);
}

static bool same_packet(const struct ip_head *a, const struct ip_head *b)
{
	/* The kernel asks for the protocol with IPv4 alone. */
	return a->piece_id == b->piece_id && a->source.family == b->source.family &&
	       (a->source.family == AF_INET6 || a->protocol == b->protocol) &&
	       address_equal(&a->source, &b->source) &&
	       address_equal(&a->destination, &b->destination);
}

static bool too_old(const struct queue *queue, int64_t now)
{
	int64_t life = queue->head.source.family == AF_INET ? LIFE_V4 : LIFE_V6;

	return now > queue->since && (uint64_t)now - (uint64_t)queue->since > (uint64_t)life;
}

static void give_up(struct fragments *fragments, struct queue *queue)
{
	if (!queue || !queue->used)
		return;
	++*fragments->incomplete;
	queue->used = false;
}

static struct queue *queue_begin(struct fragments *fragments, struct queue **place,
				 const struct ip_head *head, const struct packet *packet)
{
	struct queue *queue = *place;

	if (!queue)
		queue = *place = calloc(1, sizeof(*queue));
	if (!queue) {
		++*fragments->incomplete;
		return NULL;
	}
	give_up(fragments, queue);
	memset(queue, 0, offsetof(struct queue, data));
	queue->used = true;
	queue->head = *head;
	queue->record = packet->number;
	queue->since = packet->time;
	queue->known = SIZE_MAX;
	return queue;
}

/* Which of them shall make room first? */
static bool older(const struct queue *a, const struct queue *b)
{
	if (!b || !b->used)
		return false;
	return !a || !a->used || a->record < b->record;
}

/*
 * The queue that a fragment belongs to; a new one takes the place of the oldest.  NULL
 * where memory is out.
 */
static struct queue *queue_find(struct fragments *fragments, const struct ip_head *head,
				const struct packet *packet)
{
	struct queue **place = fragments->queue, *queue;
	size_t i;

	for (i = 0; i < QUEUES; i++) {
		queue = fragments->queue[i];
		if (queue && queue->used && same_packet(&queue->head, head)) {
			if (!too_old(queue, packet->time))
				return queue;
			place = &fragments->queue[i];
			break;
		}
		if (older(queue, *place))
			place = &fragments->queue[i];
	}
	return queue_begin(fragments, place, head, packet);
}

/* inet_frag_queue_insert(), with a bit for each 8 bytes where it has a tree. */
static enum fragment insert(struct queue *queue, struct place place)
{
	size_t from = place.offset / 8, to = (place.end + 7) / 8, i, met = 0, begins = 0;

	for (i = from; i < to; i++) {
		met += bit(queue->unit, i);
		begins += i > from && bit(queue->begin, i);
	}
	if (met)
		return met == to - from && !begins ? FRAGMENT_KEPT : FRAGMENT_OVERLAPS;
	/* Only what follows the last byte so far becomes part of its run. */
	if (place.offset != queue->reach)
		set_bit(queue->begin, from);
	for (i = from; i < to; i++)
		set_bit(queue->unit, i);
	return FRAGMENT_LAST;
}

static bool contradicts(const struct queue *queue, struct place place, bool more)
{
	if (more)
		return queue->last && place.end > queue->length;
	return place.end < queue->length || (queue->last && place.end != queue->length);
}

/*
 * Can it be a piece of this packet?  What cannot be takes the rest of the packet along
 * for IPv4, and for IPv6 only where an end is not a multiple of 8.
 */
static bool fits(struct queue *queue, struct place *place, bool more, bool v4)
{
	if (v4 && more)
		place->end &= ~(size_t)7;
	if (!v4 && place->end > UINT16_MAX)
		return false;
	if (more && place->end % 8) {
		queue->used = false;
		return false;
	}
	if (!contradicts(queue, *place, more)) {
		queue->last |= !more;
		if (place->end > queue->length)
			queue->length = place->end;
		if (place->end > place->offset)
			return true;
	}
	if (v4)
		queue->used = false;
	return false;
}

/* ip_frag_ecn_table: what was not capable of ECN does not go together with what was. */
static bool ecn_agrees(uint8_t ecn)
{
	return !(ecn & 1) || ecn == 1;
}

static void keep(struct queue *queue, struct place place, const struct ip_head *head,
		 const struct octets *octets)
{
	size_t length = place.end - place.offset;
	size_t captured = octets->captured < length ? octets->captured : length;

	memcpy(queue->data + place.offset, octets->at, captured);
	if (captured < length && place.offset + captured < queue->known)
		queue->known = place.offset + captured;
	queue->here += length;
	if (place.end > queue->reach)
		queue->reach = place.end;
	queue->ecn |= (uint8_t)(1U << head->ecn);
	if (place.offset)
		return;
	queue->first = true;
	queue->head = *head;
}

static enum fragment whole(struct queue *queue, struct ip_head *head, struct octets *octets,
			   struct packet *packet)
{
	queue->used = false;
	if (!ecn_agrees(queue->ecn) || queue->head.bytes + queue->length > UINT16_MAX)
		return FRAGMENT_BROKEN;
	packet->first = queue->record;
	*head = queue->head;
	octets->at = queue->data;
	octets->length = queue->length;
	octets->captured = queue->known < queue->length ? queue->known : queue->length;
	return FRAGMENT_LAST;
}

/**
 * fragments_new() - begin without any
 * @incomplete: where to count packets that stay incomplete
 *
 * Return: what to give to the others, or NULL where memory is out.
 */
struct fragments *fragments_new(uint64_t *incomplete)
{
	struct fragments *fragments = calloc(1, sizeof(*fragments));

	if (fragments)
		fragments->incomplete = incomplete;
	return fragments;
}

/**
 * fragments_add() - take a fragment
 * @fragments: those before it
 * @head: its headers; those of its packet, where FRAGMENT_LAST is returned
 * @octets: what it holds; likewise, valid until the next one is added
 * @packet: its number and time; @first is set where FRAGMENT_LAST is returned
 *
 * Return: what became of it.
 */
enum fragment fragments_add(struct fragments *fragments, struct ip_head *head,
			    struct octets *octets, struct packet *packet)
{
	struct place place = { head->offset, head->offset + octets->length };
	struct queue *queue;
	enum fragment fate;

	if (!ip_piece_shows_ports(octets, head))
		return FRAGMENT_BROKEN;
	queue = queue_find(fragments, head, packet);
	if (!queue)
		return FRAGMENT_KEPT;
	if (!fits(queue, &place, head->more, head->source.family == AF_INET))
		return FRAGMENT_BROKEN;
	/* The kernel keeps it, and finds only at the end that the packet is too big. */
	if (place.end > BYTES_MAX)
		return FRAGMENT_BROKEN;
	fate = insert(queue, place);
	if (fate == FRAGMENT_OVERLAPS)
		queue->used = false;
	if (fate != FRAGMENT_LAST)
		return fate;
	keep(queue, place, head, octets);
	if (!queue->first || !queue->last || queue->here != queue->length)
		return FRAGMENT_KEPT;
	return whole(queue, head, octets, packet);
}

/**
 * fragments_end() - no more fragments come
 * @fragments: what is left of them is counted as incomplete
 */
void fragments_end(struct fragments *fragments)
{
	size_t i;

	for (i = 0; i < QUEUES; i++)
		give_up(fragments, fragments->queue[i]);
}

/**
 * fragments_free() - give the memory back
 * @fragments: may be NULL
 */
void fragments_free(struct fragments *fragments)
{
	size_t i;

	for (i = 0; fragments && i < QUEUES; i++)
		free(fragments->queue[i]);
	free(fragments);
}

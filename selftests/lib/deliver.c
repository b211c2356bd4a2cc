// SPDX-License-Identifier: GPL-2.0-or-later
/* Sends datagrams that may never arrive; see deliver.h. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "selftests/lib/chance.h"
#include "selftests/lib/deliver.h"
#include "selftests/lib/raw.h"
#include "selftests/lib/report.h"

#define MARK_PORT	4000
#define MARK_SECONDS	30

static struct session *marks[LAB_HOSTS];	/* one for each responder */
static unsigned long number;

/* All packets take the way of one processor, and so stay in their order. */
static void stay_on_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity: %s", strerror(errno));
}

/** deliver_session() - a session whose ends know each other */
struct session *deliver_session(const struct lab *lab, uint16_t port, enum lab_host responder)
{
	struct session *s = session_new(lab, port, responder);

	if (!session_ask(s, "ACK", ""))
		die("the first datagram did not arrive");
	return s;
}

/**
 * deliver_open() - make the flows of the marks
 * @lab: where, for the rest of the process
 */
void deliver_open(const struct lab *lab)
{
	stay_on_one_processor();
	marks[RESPONDER] = deliver_session(lab, MARK_PORT, RESPONDER);
	if (lab_has_second(lab))
		marks[SECOND] = deliver_session(lab, MARK_PORT + 1, SECOND);
}

/* What arrives at @fd, up to the mark; the last datagram before it is kept. */
static size_t receive(int fd, const char *mark, char *bytes, size_t size)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	size_t kept = 0;
	ssize_t got;

	for (;;) {
		char *at = bytes + kept;

		if (poll(&wait, 1, MARK_SECONDS * 1000) != 1)
			die("mark %lu is lost", number);
		got = recv(fd, at, size - kept, 0);
		if (got < 0)
			die("recv: %s", strerror(errno));
		if ((size_t)got == strlen(mark) && !memcmp(at, mark, (size_t)got))
			return kept;
		memmove(bytes, at, (size_t)got);
		kept = (size_t)got;
	}
}

/**
 * deliver_question() - the initiator sends the bytes of an event
 * @event: arrived and unchanged are set
 *
 * At the responder all flows end in one socket, and so does the mark.
 */
void deliver_question(struct event *event)
{
	static char arrived[2 * DATAGRAM_MAX];
	struct session *s = event->flow->session;
	struct session *mark = marks[s->responder];
	char text[32];
	size_t got;

	snprintf(text, sizeof(text), "mark %lu", ++number);
	if (sendto(s->at_initiator, event->bytes, event->length, 0,
		   (struct sockaddr *)&s->dialled, sizeof(s->dialled)) < 0 ||
	    sendto(mark->at_initiator, text, strlen(text), 0,
		   (struct sockaddr *)&mark->dialled, sizeof(mark->dialled)) < 0)
		die("send: %s", strerror(errno));
	got = receive(s->at_responder, text, arrived, sizeof(arrived));
	event->arrived = got || !event->length;
	event->unchanged = got == event->length && !memcmp(arrived, event->bytes, got);
}

/* At the initiator the mark has a socket of its own. */
static void hear(struct event *event)
{
	struct session *s = event->flow->session;
	struct session *mark = marks[s->responder];
	char text[32], nothing[64];
	ssize_t got;

	snprintf(text, sizeof(text), "mark %lu", ++number);
	if (sendto(mark->at_responder, text, strlen(text), 0, (struct sockaddr *)&mark->caller,
		   sizeof(mark->caller)) < 0)
		die("send: %s", strerror(errno));
	receive(mark->at_initiator, text, nothing, sizeof(nothing));
	got = recv(s->at_initiator, s->got, DATAGRAM_MAX, MSG_DONTWAIT);
	event->arrived = got >= 0;
	s->got_length = got < 0 ? 0 : (size_t)got;
	event->unchanged = event->arrived && s->got_length == event->length &&
			   !memcmp(s->got, event->bytes, event->length);
}

static void sent_by_responder(const struct event *event)
{
	struct session *s = event->flow->session;

	memcpy(s->sent, event->bytes, event->length);
	s->sent_length = event->length;
}

/* A socket sends it: whole, or from memory that is not in one piece. */
static void say(struct event *event)
{
	struct session *s = event->flow->session;
	size_t first = event->length;

	if (event->length > 1 && chance_one_in(4))
		first = 1 + chance_below((uint32_t)event->length - 1);
	if (sendto(s->at_responder, event->bytes, first, first < event->length ? MSG_MORE : 0,
		   (struct sockaddr *)&s->caller, sizeof(s->caller)) < 0 ||
	    (first < event->length &&
	     sendto(s->at_responder, event->bytes + first, event->length - first, 0,
		    (struct sockaddr *)&s->caller, sizeof(s->caller)) < 0))
		die("send: %s", strerror(errno));
}

/* A raw socket does: in fragments, or with a length that is not its own. */
static void say_raw(struct event *event)
{
	enum raw_pieces how = chance_below(PIECES_OVERLAP + 1);
	int excess = 0;

	if (event->length >= 64 && event->length <= RAW_MAX && chance_one_in(2)) {
		raw_say_in_pieces(event->flow->session, event->bytes, event->length, how);
		event->whole = how == PIECES_IN_ORDER || how == PIECES_SHUFFLED;
		return;
	}
	if (event->length > 1400)
		event->length = 1400;
	if (chance_one_in(2))
		excess = (int)chance_below(64) - 50;
	if (excess < -(int)event->length)
		excess = -(int)event->length - (int)chance_below(8);
	raw_say(event->flow->session, event->bytes, event->length, excess);
	if (excess < -(int)event->length || excess > 0)
		event->whole = false;
	else
		event->length -= (size_t)-excess;
}

/**
 * deliver_answer() - the responder sends the bytes of an event
 * @event: arrived and unchanged are set; and what is sent, where @raw
 * @raw: may send it as no socket for UDP would
 */
void deliver_answer(struct event *event, bool raw)
{
	if (raw)
		say_raw(event);
	else
		say(event);
	sent_by_responder(event);
	hear(event);
}

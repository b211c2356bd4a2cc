// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams: which were never tried, never answered, refused or broken off.
 */
#include <stdio.h>
#include <string.h>

#include "replay/diagnose_private.h"

/* A SYN is sent again after 1 s and 3 s: TCP_TIMEOUT_INIT. */
#define SYN_AGAIN	(3 * SECOND)
/* Systems begin with TTLs that lie further apart than any two hosts of a path. */
#define HOPS_MAX	30

/* "CTL (port 50078)" */
static const char *called(const struct stream *stream, char *text, size_t size)
{
	if (*stream->tag)
		snprintf(text, size, "stream %s (port %d)", stream->tag, stream->renumbered);
	else
		snprintf(text, size, "connection to port %d", stream->renumbered);
	return text;
}

static void silent(const struct patient *patient, const struct stream *stream, int index)
{
	struct passage passage = passage_of(patient, EVENT_SYN, true, index);
	bool brief = stream->syns == 1 && !passage.lost && time_left(patient) < SYN_AGAIN;
	char *const *names = patient->context->names;
	struct cause *cause;
	char name[64];

	called(stream, name, sizeof(name));
	cause = cause_add(patient->diagnosis, brief ? CAUSE_DOUBT : CAUSE_TROUBLE,
			  brief ? "capture-too-short" : "syn-dropped",
			  brief ? "the capture" : passage.lost || patient->context->points == 1 ?
			  "a firewall" : "the responder's firewall",
			  "The %s was asked for %u time%s, and nothing came back.", name, stream->syns,
			  stream->syns == 1 ? "" : "s");
	if (passage.lost)
		cause_more(cause, " The SYN was seen in %s and never in %s: what lies between drops "
			   "it.", names[passage.near], names[passage.missing]);
	else if (patient->context->points > 1)
		cause_more(cause, " The SYN passed all places of the capture, %s last: it is dropped "
			   "behind that one.", names[passage.far]);
	else if (!brief)
		cause_more(cause, " The SYN was seen here: it is dropped between here and the "
			   "responder, or there.");
	cause_show(cause, patient->s, EVENT_SYN, true, index);
	if (brief)
		return;
	if (index >= 0)
		explain_gap(patient, stream, cause);
	else
		cause_advise(cause, "Let TCP port %d through.", stream->renumbered);
}

static int ttl_at(const struct event *event, unsigned int point)
{
	unsigned int i;

	for (i = 0; i < event->seen_count; i++)
		if (event->seen[i].point == point)
			return event->seen[i].ttl;
	return -1;
}

/*
 * By how many hops is who sent the RST nearer than the responder is?  Its other packets of
 * this session tell how far that is; all of them, lest one that took another way misleads.
 */
static int hops_nearer(const struct session *s, const struct event *reset, int index)
{
	int ttl = reset->seen[0].ttl, nearest = HOPS_MAX, other;
	unsigned int i;

	for (i = 0; i < s->event_count; i++) {
		if (s->event[i].by_initiator || s->event[i].kind == EVENT_ERROR ||
		    s->event[i].stream == index)
			continue;
		other = ttl_at(&s->event[i], reset->seen[0].point);
		if (other >= 0 && ttl - other < nearest)
			nearest = ttl - other;
	}
	return nearest > 0 && nearest < HOPS_MAX ? nearest : 0;
}

static const struct event *reset_of(const struct session *s, int index)
{
	unsigned int i;

	for (i = 0; i < s->event_count; i++)
		if (s->event[i].kind == EVENT_RESET && !s->event[i].by_initiator &&
		    s->event[i].stream == index)
			return &s->event[i];
	return NULL;
}

static bool refused_on_the_way(const struct patient *patient, const struct stream *stream, int index)
{
	const struct event *reset = reset_of(patient->s, index);
	int hops = reset ? hops_nearer(patient->s, reset, index) : 0;
	struct cause *cause;
	char name[64];

	if (!hops)
		return false;
	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "syn-rejected", "a firewall",
			  "The SYN for the %s was rejected by a firewall: the RST came from %d hop%s "
			  "nearer than the responder's other packets, as the TTL tells.",
			  called(stream, name, sizeof(name)), hops, hops == 1 ? "" : "s");
	cause_show(cause, patient->s, EVENT_SYN, true, index);
	cause_show(cause, patient->s, EVENT_RESET, false, index);
	explain_gap(patient, stream, cause);
	return true;
}

static void refused(const struct patient *patient, const struct stream *stream, int index)
{
	double waited = seconds(patient->s->reply_time, stream->syn_time);
	struct cause *cause;
	char name[64];

	if (index >= 0 && refused_on_the_way(patient, stream, index))
		return;
	called(stream, name, sizeof(name));
	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "syn-refused", "the responder",
			  "The SYN for the %s was refused by the host (RST): nobody listens there, or "
			  "a firewall on the host rejects it.", name);
	cause_show(cause, patient->s, EVENT_SYN, true, index);
	cause_show(cause, patient->s, EVENT_RESET, false, index);
	if (index < 0)
		cause_advise(cause, "Does inetd, xinetd or a systemd socket start amandad for this "
			     "port (\"ss -ltn\")? A firewall that rejects with a reset says the same.");
	else if (waited > AMANDAD_WAITS)
		cause_advise(cause, "amandad waits %d s for each stream; this SYN came %.0f s after "
			     "the answer. Find out what held it up.", AMANDAD_WAITS, waited);
	else if (stream->number != stream->renumbered)
		cause_advise(cause, "NAT gave it port %d for the responder's %d: see where that port "
			     "leads.", stream->renumbered, stream->number);
	else
		cause_advise(cause, "This SYN came %.1f s after the answer, and amandad listens for "
			     "%d s: look at the firewall of the responder itself first (\"amfwctl "
			     "check\" there), then in its logs why amandad stopped.", waited,
			     AMANDAD_WAITS);
}

static void rejected(const struct patient *patient, const struct stream *stream, int index)
{
	char from[INET6_ADDRSTRLEN], name[64];
	struct cause *cause;

	address_print(&stream->error_from, from);
	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "syn-rejected", "a firewall or router",
			  "%s rejects the %s with ICMP \"%s\".", from,
			  called(stream, name, sizeof(name)),
			  icmp_words(patient->s->initiator[0].address.family, stream->icmp_type,
				     stream->icmp_code));
	cause_show(cause, patient->s, EVENT_SYN, true, index);
	cause_show(cause, patient->s, EVENT_ERROR, false, index);
	if (index >= 0)
		explain_gap(patient, stream, cause);
	else
		cause_advise(cause, "Let TCP port %d through there.", stream->renumbered);
}

/* Real Amanda closes its end while answers are under way to it, and so resets it. */
static bool all_was_said(const struct session *s)
{
	unsigned int i;

	for (i = 0; i < s->stream_count; i++)
		if (s->stream[i].inside && s->stream[i].fate == FATE_OPEN)
			return false;
	return s->answer >= ANSWERED_REP && s->confirmed;
}

static void control_broken(const struct patient *patient)
{
	const struct session *s = patient->s;
	const struct stream *control = &s->control;
	const char *who = control->ended_by_initiator ? "initiator" : "responder";
	struct cause *cause;

	if (control->ended_by_initiator && all_was_said(s))
		return;
	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "stream-reset",
			  control->ended_by_initiator ? "the initiator" : "the responder",
			  "The connection was reset by the %s after %.1f s and %llu bytes, "
			  "with things left to do.", who,
			  seconds(control->answered_time, control->ended_time),
			  (unsigned long long)(control->bytes[0] + control->bytes[1]));
	cause_advise(cause, "Look into the logs of that host.");
	cause_show(cause, s, EVENT_RESET, control->ended_by_initiator, -1);
}

/* What went wrong before is why the rest was broken off. */
static struct cause *first_trouble(struct diagnosis *diagnosis)
{
	unsigned int i;

	for (i = 0; i < diagnosis->count; i++)
		if (diagnosis->cause[i].level == CAUSE_TROUBLE)
			return &diagnosis->cause[i];
	return NULL;
}

static bool was_broken(const struct stream *stream, bool by_initiator)
{
	return !stream->inside && stream->fate == FATE_RESET &&
	       stream->ended_by_initiator == by_initiator;
}

/* Streams that one side reset are one cause, however many they are. */
static void broken(const struct patient *patient, bool by_initiator)
{
	struct cause *cause = first_trouble(patient->diagnosis);
	const char *who = by_initiator ? "initiator" : "responder";
	const struct session *s = patient->s;
	char names[AMANDA_STREAMS_MAX * (AMANDA_TAG_MAX + 2) + 1] = "";
	const struct stream *first = NULL;
	unsigned int i, count = 0;
	uint64_t bytes = 0;
	double lived;

	for (i = 0; i < s->stream_count; i++) {
		if (!was_broken(&s->stream[i], by_initiator))
			continue;
		first = first ? : &s->stream[i];
		bytes += s->stream[i].bytes[0] + s->stream[i].bytes[1];
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 count++ ? ", " : "", s->stream[i].tag);
	}
	if (!count)
		return;
	lived = seconds(first->answered_time, first->ended_time);
	if (cause)
		cause_more(cause, " After %.1f s the %s then reset the stream%s %s: it had given up.",
			   lived, who, count > 1 ? "s" : "", names);
	else
		cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "stream-reset",
				  by_initiator ? "the initiator" : "the responder",
				  "The stream%s %s %s reset by the %s after %.1f s and %llu bytes.",
				  count > 1 ? "s" : "", names, count > 1 ? "were" : "was", who, lived,
				  (unsigned long long)bytes);
	for (i = 0; i < s->stream_count; i++)
		if (was_broken(&s->stream[i], by_initiator))
			cause_show(cause, s, EVENT_RESET, by_initiator, i);
	if (!*cause->advice)
		cause_advise(cause, "Look into the logs of that host.");
}

/* Streams are opened one after the other, so what comes behind a failure is not tried. */
static bool one_failed_before(const struct session *s, unsigned int index)
{
	enum stream_fate fate;

	while (index--) {
		fate = s->stream[index].fate;
		if (!s->stream[index].inside && fate != FATE_ABSENT && fate != FATE_OPEN &&
		    fate != FATE_CLOSED)
			return true;
	}
	return false;
}

static void untried(const struct patient *patient, const struct stream *stream, int index)
{
	const struct session *s = patient->s;
	bool brief = time_left(patient) < SYN_AGAIN;
	struct cause *cause;
	char name[64];

	if (!s->confirmed || one_failed_before(s, index))
		return;
	cause = cause_add(patient->diagnosis, brief ? CAUSE_DOUBT : CAUSE_TROUBLE,
			  brief ? "capture-too-short" : "stream-untried",
			  brief ? "the capture" : "a firewall on the initiator's side",
			  "The %s was announced, and no SYN for it is in the capture.",
			  called(stream, name, sizeof(name)));
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	if (brief)
		return;
	if (s->stray) {
		cause->id = "port-not-announced";
		cause->blame = "NAT";
		cause_more(cause, " Packet %llu asks for port %u instead, which nothing announced.",
			   (unsigned long long)s->stray, s->stray_port);
		cause_advise(cause, "A helper before the place of the capture gave the initiator "
			     "another number: capture at both sides of NAT and give both files.");
		return;
	}
	cause_more(cause, " Amanda connects at once, so it was dropped before the place of the "
		   "capture, or it went to another port or address.");
	explain_gap(patient, stream, cause);
}

/**
 * diagnose_connection() - causes in one TCP connection
 * @patient: the session
 * @stream: the connection
 * @index: its index; -1: it carries the requests too
 */
void diagnose_connection(const struct patient *patient, const struct stream *stream, int index)
{
	switch (stream->fate) {
	case FATE_SILENT:
		silent(patient, stream, index);
		break;
	case FATE_REFUSED:
		refused(patient, stream, index);
		break;
	case FATE_REJECTED:
		rejected(patient, stream, index);
		break;
	case FATE_RESET:
		if (index < 0)
			control_broken(patient);
		break;
	case FATE_UNTRIED:
		if (index >= 0)
			untried(patient, stream, index);
		break;
	default:
		break;
	}
}

static void inside(const struct patient *patient)
{
	const struct session *s = patient->s;

	if (s->frames == FRAMES_LOST)
		cause_add(patient->diagnosis, s->answer < ANSWERED_REP ? CAUSE_DOUBT : CAUSE_NOTE,
			  "frames-lost", "the capture",
			  "Bytes of the connection are missing in the capture: from there on its "
			  "streams cannot be told apart.");
	if (s->frames == FRAMES_WRONG)
		cause_add(patient->diagnosis, CAUSE_NOTE, "frames-wrong", NULL,
			  "The connection does not carry Amanda's frames all the way.");
	if (s->auth == AUTH_SSL)
		cause_add(patient->diagnosis, CAUSE_NOTE, "encrypted", NULL,
			  "The connection is TLS: what is inside cannot be seen.");
}

/**
 * diagnose_streams() - causes in the connections of a session
 * @patient: the session
 */
void diagnose_streams(const struct patient *patient)
{
	const struct session *s = patient->s;
	unsigned int i;

	if (s->auth >= AUTH_BSDTCP)
		diagnose_connection(patient, &s->control, -1);
	for (i = 0; i < s->stream_count; i++)
		if (!s->stream[i].inside)
			diagnose_connection(patient, &s->stream[i], i);
	broken(patient, false);
	broken(patient, true);
	inside(patient);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all causes have in common, and the causes that lie in the capture itself.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "replay/diagnose_private.h"

/**
 * cause_add() - something was found
 * @diagnosis: to add it to
 * @level: how bad it is
 * @id: its name for programs
 * @blame: who is to blame, or NULL
 * @format: what happened
 *
 * Return: the cause; where there is no more room, one that nobody sees.
 */
struct cause *cause_add(struct diagnosis *diagnosis, enum cause_level level, const char *id,
			const char *blame, const char *format, ...)
{
	struct cause *cause;
	va_list args;

	if (level > diagnosis->level)
		diagnosis->level = level;
	/* The last place is written over. */
	cause = &diagnosis->cause[diagnosis->count < CAUSES_MAX ? diagnosis->count++ :
								   CAUSES_MAX - 1];
	memset(cause, 0, sizeof(*cause));
	cause->level = level;
	cause->id = id;
	cause->blame = blame;
	va_start(args, format);
	vsnprintf(cause->text, sizeof(cause->text), format, args);
	va_end(args);
	return cause;
}

static void append(char *text, const char *format, va_list args)
{
	size_t length = strlen(text);

	vsnprintf(text + length, CAUSE_TEXT_MAX - length, format, args);
}

/**
 * cause_more() - say more of what happened
 * @cause: the cause
 * @format: goes behind what is said
 */
void cause_more(struct cause *cause, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(cause->text, format, args);
	va_end(args);
}

/**
 * cause_advise() - say what to do
 * @cause: the cause
 * @format: goes behind what is said
 */
void cause_advise(struct cause *cause, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(cause->advice, format, args);
	va_end(args);
}

/* File by file, in the order of the packets. */
static void show_sighting(struct cause *cause, const struct sighting *seen)
{
	unsigned int at = cause->packet_count;

	if (at == CAUSE_PACKETS_MAX) {
		cause->untold++;
		return;
	}
	for (; at && (cause->packet[at - 1].point > seen->point ||
		      (cause->packet[at - 1].point == seen->point &&
		       cause->packet[at - 1].number > seen->number)); at--)
		cause->packet[at] = cause->packet[at - 1];
	cause->packet[at].number = seen->number;
	cause->packet[at].point = seen->point;
	cause->packet_count++;
}

/**
 * cause_show() - name the packets that show it
 * @cause: the cause
 * @session: whose packets
 * @kind: which of them
 * @by_initiator: likewise
 * @stream: likewise
 */
void cause_show(struct cause *cause, const struct session *session, enum event_kind kind,
		bool by_initiator, int stream)
{
	const struct event *event;
	unsigned int i, at;

	for (i = 0; i < session->event_count; i++) {
		event = &session->event[i];
		for (at = 0; at < event->seen_count && event->kind == kind &&
			     event->by_initiator == by_initiator && event->stream == stream; at++)
			show_sighting(cause, &event->seen[at]);
	}
}

/**
 * end_text() - write an address and a port
 * @endpoint: both
 * @text: receives them
 *
 * Return: @text.
 */
const char *end_text(const struct endpoint *endpoint, char text[END_TEXT])
{
	char address[INET6_ADDRSTRLEN];

	address_print(&endpoint->address, address);
	snprintf(text, END_TEXT, endpoint->address.family == AF_INET6 ? "[%s]:%u" : "%s:%u",
		 address, endpoint->port);
	return text;
}

/**
 * seconds() - between two times of the capture
 * @from: one
 * @to: the other
 */
double seconds(int64_t from, int64_t to)
{
	return (to - from) / 1e9;
}

/**
 * time_left() - how long the capture goes on behind the last packet of a session
 * @patient: the session
 *
 * Return: nanoseconds.
 */
int64_t time_left(const struct patient *patient)
{
	return patient->context->counts->finished - patient->s->last;
}

static void see_passage(struct passage *passage, const struct event *event, uint32_t *files)
{
	unsigned int at;

	if (!passage->count++) {
		passage->near = event->seen[0].point;
		passage->far = event->seen[event->seen_count - 1].point;
	}
	for (at = 0; at < event->seen_count; at++)
		*files |= 1u << event->seen[at].point;
	if (event->seen_count > 1)
		passage->far = event->seen[event->seen_count - 1].point;
}

/**
 * passage_of() - how far did packets of a kind come?
 * @patient: the session
 * @kind: of its events
 * @by_initiator: likewise
 * @stream: likewise
 *
 * A file lies on the way where it shows anything else of the session.
 *
 * Return: how far.
 */
struct passage passage_of(const struct patient *patient, enum event_kind kind, bool by_initiator,
			  int stream)
{
	const struct session *s = patient->s;
	struct passage passage = { 0 };
	uint32_t files = 0, all = 0;
	unsigned int i, at;

	for (i = 0; i < s->event_count; i++) {
		for (at = 0; at < s->event[i].seen_count; at++)
			all |= 1u << s->event[i].seen[at].point;
		if (s->event[i].kind == kind && s->event[i].by_initiator == by_initiator &&
		    s->event[i].stream == stream)
			see_passage(&passage, &s->event[i], &files);
	}
	/* Of a session that one file alone shows, the others may still be on the way. */
	if (!(all & (all - 1)))
		all = (1u << patient->context->points) - 1;
	passage.here = __builtin_popcount(files);
	passage.lost = passage.count && all & ~files;
	if (passage.lost)
		passage.missing = __builtin_ctz(all & ~files);
	return passage;
}

/**
 * icmp_is_port_unreachable() - nobody listens, or so it says
 * @family: of the error
 * @type: likewise
 * @code: likewise
 */
bool icmp_is_port_unreachable(sa_family_t family, uint8_t type, uint8_t code)
{
	return family == AF_INET ? type == ICMP_DEST_UNREACH && code == ICMP_PORT_UNREACH :
				   type == ICMP6_DST_UNREACH && code == ICMP6_DST_UNREACH_NOPORT;
}

/**
 * icmp_is_too_big() - a packet did not fit
 * @family: of the error
 * @type: likewise
 * @code: likewise
 */
bool icmp_is_too_big(sa_family_t family, uint8_t type, uint8_t code)
{
	return family == AF_INET ? type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED :
				   type == ICMP6_PACKET_TOO_BIG;
}

static const char *unreachable_words(uint8_t code)
{
	switch (code) {
	case ICMP_NET_UNREACH:
		return "network unreachable";
	case ICMP_HOST_UNREACH:
		return "host unreachable";
	case ICMP_NET_ANO:
	case ICMP_HOST_ANO:
	case ICMP_PKT_FILTERED:
		return "administratively prohibited";
	}
	return "destination unreachable";
}

/**
 * icmp_words() - what an ICMP error says
 * @family: of the error
 * @type: likewise
 * @code: likewise
 */
const char *icmp_words(sa_family_t family, uint8_t type, uint8_t code)
{
	if (icmp_is_port_unreachable(family, type, code))
		return "port unreachable";
	if (icmp_is_too_big(family, type, code))
		return "packet too big";
	if (family == AF_INET)
		return type == ICMP_DEST_UNREACH ? unreachable_words(code) :
		       type == ICMP_TIME_EXCEEDED ? "time exceeded" : "error";
	if (type == ICMP6_TIME_EXCEEDED)
		return "time exceeded";
	if (type != ICMP6_DST_UNREACH)
		return "error";
	return code == ICMP6_DST_UNREACH_ADMIN ? "administratively prohibited" :
	       code == ICMP6_DST_UNREACH_NOROUTE ? "no route" : "address unreachable";
}

static void errors_of_size(const struct patient *patient)
{
	const struct event *event;
	struct cause *cause;
	unsigned int i;

	for (i = 0; i < patient->s->event_count; i++) {
		event = &patient->s->event[i];
		if (event->kind != EVENT_ERROR ||
		    !icmp_is_too_big(event->icmp_family, event->icmp_type, event->icmp_code))
			continue;
		cause = cause_add(patient->diagnosis, CAUSE_NOTE, "packet-too-big", NULL,
				  "A router says that a packet is too big for its way on.");
		cause_advise(cause, "Let these ICMP errors through: without them large packets get "
			     "lost, and small ones do not.");
		cause_show(cause, patient->s, EVENT_ERROR, event->by_initiator, event->stream);
		return;
	}
}

/**
 * diagnose_session() - what went wrong in a session?
 * @session: it
 * @context: what is known besides
 * @diagnosis: receives the causes; none: all is well
 */
void diagnose_session(const struct session *session, const struct diagnose_context *context,
		      struct diagnosis *diagnosis)
{
	const struct patient patient = {
		.s = session,
		.context = context,
		.diagnosis = diagnosis,
	};

	diagnosis->count = 0;
	diagnosis->level = CAUSE_NOTE;
	diagnose_control(&patient);
	diagnose_streams(&patient);
	diagnose_helpers(&patient);
	errors_of_size(&patient);
}

static void fragments_missing(const struct diagnose_context *context, struct diagnosis *diagnosis)
{
	struct cause *cause;

	if (!context->capture || !context->capture->incomplete)
		return;
	cause = cause_add(diagnosis, CAUSE_NOTE, "fragments-missing", "the network",
			  "Of %llu packets not all fragments came.",
			  (unsigned long long)context->capture->incomplete);
	cause_advise(cause, "Amanda's answers are up to 64 kB long and travel as fragments. Where "
		     "an answer is missing above, see that firewalls on the way pass fragments and "
		     "that the MTU is the same on both sides.");
}

/**
 * diagnose_capture() - what is wrong with the capture as a whole?
 * @context: with all counts
 * @error: why its reading ended early, or NULL
 * @diagnosis: receives the causes
 */
void diagnose_capture(const struct diagnose_context *context, const char *error,
		      struct diagnosis *diagnosis)
{
	const struct story_counts *counts = context->counts;
	struct cause *cause;

	diagnosis->count = 0;
	diagnosis->level = CAUSE_NOTE;
	if (!counts->sessions) {
		cause = cause_add(diagnosis, CAUSE_DOUBT, "no-session", "the capture",
				  "There is no packet of Amanda in the capture.");
		cause_advise(cause, "Capture while a backup runs, with a filter that keeps fragments "
			     "and the streams, such as \"host CLIENT\"; say --port where amandad "
			     "listens on another port than %u.", AMANDA_PORT);
	}
	if (error)
		cause_add(diagnosis, CAUSE_DOUBT, "capture-cut", "the capture", "%s", error);
	if (counts->forgotten)
		cause_add(diagnosis, CAUSE_DOUBT, "sessions-forgotten", "the capture",
			  "%llu sessions were too many at once, and were given up before their end.",
			  (unsigned long long)counts->forgotten);
	fragments_missing(context, diagnosis);
}

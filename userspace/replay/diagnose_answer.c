// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers: which came too late, from elsewhere or in vain, and whose ACK got lost.
 */
#include <string.h>

#include "replay/diagnose_private.h"

static void service_failed(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct cause *cause;

	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "service-failed", "the responder",
			  "The answer is an error: \"%s\".", s->text);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	cause_advise(cause, "The packets pass the firewall: look into the logs of the responder.");
}

static unsigned int answers_seen_late(const struct session *s, unsigned int kind)
{
	unsigned int count = 0, i;

	for (i = 0; i < s->event_count; i++)
		count += s->event[i].kind == EVENT_ANSWER && s->event[i].late >> kind & 1;
	return count;
}

static void late_for(const struct patient *patient, unsigned int kind, const char *gateway,
		     bool lost)
{
	const struct session *s = patient->s;
	bool judged = patient->context->judged >> kind & 1;
	struct cause *cause;

	if (!(s->late >> kind & 1))
		return;
	cause = cause_add(patient->diagnosis, lost || judged ? CAUSE_TROUBLE : CAUSE_NOTE,
			  "answer-after-expiry", lost || judged ? "the firewall" : NULL,
			  "The answer came %.0f s after the request. %s had forgotten the request "
			  "%.0f s before, and takes the answer for something new%s.",
			  seconds(s->request_time, s->reply_time), gateway,
			  seconds(s->ended[kind], s->reply_time), lost ? ": it was not acknowledged" :
			  "");
	if (answers_seen_late(s, kind) > 1)
		cause_more(cause, " So it was with %u copies of it.", answers_seen_late(s, kind));
	cause_show(cause, s, EVENT_REQUEST, true, -1);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	cause_advise(cause, "Load this project's helper, which keeps the flow for hours while a "
		     "request waits, or give the flow a ct timeout of %d s (\"amfwctl generate "
		     "--no-helper\" does).", 6 * 60 * 60);
}

/* The longest life first: what even that would not have kept says most. */
static bool late(const struct patient *patient, bool lost)
{
	const struct session *s = patient->s;

	if (s->late & OURS)
		late_for(patient, HELPER_OURS, "Even a gateway with this project's helper", lost);
	else if (s->late & STOCK)
		late_for(patient, HELPER_STOCK, "A gateway, with the kernel's own helper or without,",
			 lost);
	else if (s->late & NONE)
		late_for(patient, HELPER_NONE, "A gateway without a helper", lost);
	return s->late;
}

/*
 * protocol.c waits so long for the ACK of a request, and sends it so often, before it
 * closes its socket and gives the request up.
 */
static void initiator_gone(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct cause *cause;

	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "initiator-gone", "the initiator",
			  "The answer came %.0f s after the request, and nobody waited for it: the "
			  "initiator's host says \"port unreachable\".",
			  seconds(s->request_time, s->reply_time));
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	cause_show(cause, s, EVENT_ERROR, true, -1);
	if (s->behind)
		blame_busy(patient, cause);
	else
		cause_advise(cause, "See in the initiator's logs why it gave up: it does so 30 s after "
			     "a request that nobody acknowledged, and when a timeout of its "
			     "configuration (etimeout, dtimeout, ctimeout) has passed.");
}

static bool nobody_waits(const struct session *s)
{
	const struct event *error = error_about(s, false);

	return error && icmp_is_port_unreachable(error->icmp_family, error->icmp_type,
						 error->icmp_code) &&
	       address_equal(&error->seen[0].source.address, &s->initiator[0].address);
}

static void unconfirmed(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct passage passage = passage_of(patient, EVENT_ANSWER, false, -1);
	bool brief = s->answers == 1 && !passage.lost && time_left(patient) < SENT_AGAIN;
	struct cause *cause;

	if (s->answers == 1 && !passage.lost && !brief && !s->stream_count)
		brief = true;
	cause = cause_add(patient->diagnosis, brief ? CAUSE_DOUBT : CAUSE_TROUBLE,
			  brief ? "capture-too-short" : "answer-unconfirmed",
			  brief ? "the capture" : "a firewall between",
			  "The answer was sent %u time%s, and the initiator never acknowledged it.",
			  s->answers, s->answers == 1 ? "" : "s");
	where_lost(patient, &passage, cause);
	if (s->dropped & STOCK)
		cause_more(cause, " The kernel's own helper would have dropped it.");
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	if (!brief)
		cause_advise(cause, "The way back is not open: the firewall has to accept "
			     "\"established\" packets from UDP port %u.", s->responder[0].port);
}

/* Copies of the answer that were sent though its ACK had passed here long before. */
static unsigned int sent_in_vain(const struct session *s)
{
	const struct event *event, *ack = NULL;
	unsigned int count = 0, i;

	for (i = 0; i < s->event_count; i++) {
		event = &s->event[i];
		if (event->kind == EVENT_ACK && event->by_initiator) {
			ack = event;
			count = 0;
		} else if (event->kind == EVENT_ANSWER && event->copy > 1 && ack) {
			count += event->seen[0].time - ack->seen[0].time > SECOND;
		}
	}
	return count;
}

static void ack_lost(const struct patient *patient, unsigned int copies)
{
	const struct session *s = patient->s;
	struct passage passage = passage_of(patient, EVENT_ACK, true, -1);
	char *const *names = patient->context->names;
	char responder[END_TEXT];
	struct cause *cause;

	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "ack-lost",
			  "a firewall between here and the responder",
			  "The initiator acknowledged the answer, and amandad sent it %u time%s more: "
			  "the ACK did not reach it.", copies, copies == 1 ? "" : "s");
	if (passage.lost)
		cause_more(cause, " The ACK was seen in %s and never in %s: it was lost between these "
			   "two.", names[passage.near], names[passage.missing]);
	else
		cause_more(cause, " It was lost behind %s.", patient->context->points > 1 ?
			   names[passage.far] : "the place of the capture");
	cause_show(cause, s, EVENT_ACK, true, -1);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
	cause_advise(cause, "Every packet of the flow to %s has to pass, not the request alone: see "
		     "which rule or which limit there drops the ones after it.",
		     end_text(&s->responder[1], responder));
}

static void sent_again(const struct patient *patient)
{
	const struct session *s = patient->s;
	unsigned int in_vain = sent_in_vain(s);
	struct cause *cause;

	if (in_vain) {
		ack_lost(patient, in_vain);
		return;
	}
	cause = cause_add(patient->diagnosis, CAUSE_NOTE, "answer-again", NULL,
			  "The answer had to be sent %u times.", s->answers);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
}

/**
 * answer_elsewhere() - an answer came from where nobody asked
 * @patient: the session
 */
void answer_elsewhere(const struct patient *patient)
{
	const struct session *s = patient->s;
	char from[END_TEXT], asked[END_TEXT];
	struct cause *cause;

	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "answer-from-elsewhere",
			  "the responder, or NAT",
			  "The request went to %s, and the answer came from %s: Amanda does not take "
			  "that, nor does connection tracking.", end_text(&s->responder[0], asked),
			  end_text(&s->elsewhere, from));
	cause_advise(cause, "Let the responder answer from the address that it is called by: one "
		     "address for each name, or no NAT on the way back alone.");
}

static void arrival(const struct patient *patient)
{
	const struct session *s = patient->s;
	bool lost = !s->confirmed && s->auth < AUTH_BSDTCP;

	if (lost && nobody_waits(s))
		initiator_gone(patient);
	else if (!late(patient, lost) && lost && !s->elsewhere.port)
		unconfirmed(patient);
	if (!lost && s->answers > 1 && s->auth < AUTH_BSDTCP)
		sent_again(patient);
}

/**
 * diagnose_answer() - causes in what came of an answer
 * @patient: the session
 */
void diagnose_answer(const struct patient *patient)
{
	const struct session *s = patient->s;

	if (*s->text)
		service_failed(patient);
	if (s->refusal && s->cut)
		cause_add(patient->diagnosis, CAUSE_DOUBT, "answer-cut", "the capture",
			  "The capture holds only the start of the answer: capture whole packets "
			  "(\"-s 0\").");
	else if (s->refusal)
		cause_add(patient->diagnosis, CAUSE_TROUBLE, "answer-malformed", "the responder",
			  "The CONNECT line of the answer is not as amandad writes it (%s): no helper "
			  "opens anything for it.",
			  amanda_refusal_name(s->refusal));
	arrival(patient);
}

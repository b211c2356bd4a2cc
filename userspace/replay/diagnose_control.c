// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests and answers: which never came, which came too late, and what they say.
 */
#include <string.h>

#include "replay/diagnose_private.h"

/* protocol.c, ACK_WAIT: a request is sent again after so long. */
#define REQUEST_AGAIN	(10 * SECOND)
/* Longer than a service takes that only prints its CONNECT line. */
#define SERVICE_QUICK	(60 * SECOND)
/* bind_portrange() of a driver that needs one takes a port below. */
#define RESERVED	1024

static void where_lost(const struct patient *patient, const struct passage *passage,
		       struct cause *cause)
{
	char *const *names = patient->context->names;

	if (passage->lost)
		cause_more(cause, " It was seen in %s and never in %s: it was lost between these two.",
			   names[passage->near], names[passage->missing]);
	else if (patient->context->points > 1)
		cause_more(cause, " It passed all places of the capture, %s last.",
			   names[passage->far]);
	else
		cause_more(cause, " The capture does not show whether it arrived.");
}

static const struct event *error_about(const struct session *s, bool by_initiator)
{
	unsigned int i;

	for (i = 0; i < s->event_count; i++)
		if (s->event[i].kind == EVENT_ERROR && s->event[i].stream < 0 &&
		    s->event[i].by_initiator != by_initiator &&
		    !icmp_is_too_big(s->event[i].icmp_family, s->event[i].icmp_type,
				     s->event[i].icmp_code))
			return &s->event[i];
	return NULL;
}

static void not_listening(const struct patient *patient, struct cause *cause, const char *responder)
{
	cause_advise(cause, "On %s: does inetd, xinetd or a systemd socket start amandad for "
		     "UDP port %u (\"ss -lun\")? A firewall there that rejects says the same: "
		     "\"amfwctl check\" tells.", responder, patient->s->responder[1].port);
}

static void request_rejected(const struct patient *patient, const struct event *error)
{
	const struct session *s = patient->s;
	char from[INET6_ADDRSTRLEN], responder[INET6_ADDRSTRLEN];
	bool port = icmp_is_port_unreachable(error->icmp_family, error->icmp_type,
					     error->icmp_code);
	bool host = address_equal(&error->seen[0].source.address, &s->responder[1].address);
	struct cause *cause;

	address_print(&error->seen[0].source.address, from);
	address_print(&s->responder[1].address, responder);
	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE,
			  port && host ? "amandad-not-listening" : "request-rejected",
			  port && host ? "the responder" : "a firewall or router",
			  "%s answers the request with ICMP \"%s\".", from,
			  icmp_words(error->icmp_family, error->icmp_type, error->icmp_code));
	cause_show(cause, s, EVENT_REQUEST, true, -1);
	cause_show(cause, s, EVENT_ERROR, false, -1);
	if (port && host)
		not_listening(patient, cause, responder);
	else
		cause_advise(cause, "Let UDP from %s to port %u of %s through there.",
			     "the initiator", s->responder[1].port, responder);
}

static void request_unheard(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct passage passage = passage_of(patient, EVENT_REQUEST, true, -1);
	bool brief = s->auth >= AUTH_BSDTCP ? s->control.fate == FATE_OPEN :
		     s->requests == 1 && !passage.lost && time_left(patient) < REQUEST_AGAIN;
	char responder[END_TEXT];
	struct cause *cause;

	end_text(&s->responder[0], responder);
	cause = cause_add(patient->diagnosis, brief ? CAUSE_DOUBT : CAUSE_TROUBLE,
			  brief ? "capture-too-short" : "request-unanswered",
			  brief ? "the capture" : passage.lost ? "what lies between" :
			  "a firewall, or the responder",
			  "%s heard nothing from %s to its request, which it sent %u time%s.",
			  "The initiator", responder, s->requests, s->requests == 1 ? "" : "s");
	where_lost(patient, &passage, cause);
	cause_show(cause, s, EVENT_REQUEST, true, -1);
	if (brief)
		cause_advise(cause, "The capture ends before an answer or a second request was due.");
	else
		cause_advise(cause, "Capture behind the firewall too and give both files: where the "
			     "request is missing, the firewall has to let UDP port %u through; where "
			     "it is there, look for amandad.", s->responder[0].port);
}

/* Plain tracking forgets a flow long before an estimate is done. */
static void state_ran_out(const struct patient *patient, struct cause *cause)
{
	const struct session *s = patient->s;

	if (patient->context->counts->finished - s->last > 30 * SECOND)
		cause_more(cause, " A firewall without a helper forgets the request after 30 s "
			   "(120 s for a flow that goes on), and drops an answer that comes later.");
	if (patient->context->capture && patient->context->capture->incomplete)
		cause_more(cause, " Pieces of packets are missing in the capture: the answer may be "
			   "one of these.");
}

static void answer_missing(const struct patient *patient)
{
	const struct session *s = patient->s;
	bool slow = !strcmp(s->service, "sendsize") || !strcmp(s->service, "selfcheck");
	bool brief = slow ? s->requests < 2 : time_left(patient) < SERVICE_QUICK && s->requests < 2;
	struct cause *cause;

	cause = cause_add(patient->diagnosis, brief ? CAUSE_DOUBT : CAUSE_TROUBLE,
			  brief ? "capture-too-short" : "answer-missing",
			  brief ? "the capture" : "the responder, or a firewall",
			  "amandad acknowledged the request, and no answer came in the %.0f s that "
			  "the capture goes on.",
			  seconds(s->request_time, patient->context->counts->finished));
	state_ran_out(patient, cause);
	cause_show(cause, s, EVENT_REQUEST, true, -1);
	cause_show(cause, s, EVENT_ACK, false, -1);
	cause_advise(cause, "Look into amandad's and %s's log on the responder: if it answered, the "
		     "answer was lost on its way here.", *s->service ? s->service : "the service");
}

static void port_not_secure(const struct patient *patient, struct cause *cause)
{
	const struct session *s = patient->s;

	if (s->initiator[0].port < RESERVED && s->initiator[1].port >= RESERVED) {
		cause->id = "nat-moved-port";
		cause->blame = "NAT";
		cause_more(cause, " The request left from port %u; NAT made it port %u, and amandad "
			   "takes requests from ports below 1024 alone.", s->initiator[0].port,
			   s->initiator[1].port);
	}
	cause_advise(cause, "Have NAT keep the port in its class (no port range above 1023 in the "
		     "masquerade or snat rule, no \"random\"), or set reserved-udp-port (udp) or "
		     "reserved-tcp-port (tcp) of the initiator to ports below 1024.");
}

static void refused(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct cause *cause;

	cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "request-refused", "the responder",
			  "amandad refused the request: \"%s\".", s->text);
	cause_show(cause, s, EVENT_REFUSAL, false, -1);
	if (strstr(s->text, "not secure"))
		port_not_secure(patient, cause);
	else if (strstr(s->text, "not allowed")) {
		cause->id = "not-allowed";
		cause_advise(cause, "The packets pass the firewall: it is .amandahosts of the "
			     "responder that lacks a line. Behind NAT the line has to name the "
			     "address that the responder sees.");
	} else {
		cause_advise(cause, "The packets pass the firewall: this is between the two hosts.");
	}
}

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
		count += s->event[i].late >> kind & 1;
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
			  "answer-after-expiry", "the firewall",
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

static void unconfirmed(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct passage passage = passage_of(patient, EVENT_ANSWER, false, -1);
	bool brief = s->answers == 1 && !passage.lost && time_left(patient) < REQUEST_AGAIN;
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

static void answered(const struct patient *patient)
{
	const struct session *s = patient->s;
	bool lost = !s->confirmed && s->auth < AUTH_BSDTCP;
	struct cause *cause;

	if (*s->text)
		service_failed(patient);
	if (!late(patient, lost) && lost && !s->elsewhere.port)
		unconfirmed(patient);
	if (s->refusal && s->cut)
		cause_add(patient->diagnosis, CAUSE_DOUBT, "answer-cut", "the capture",
			  "The capture holds only the start of the answer: capture whole packets "
			  "(\"-s 0\").");
	else if (s->refusal)
		cause_add(patient->diagnosis, CAUSE_TROUBLE, "answer-malformed", "the responder",
			  "The CONNECT line of the answer is not as amandad writes it (%s): no helper "
			  "opens anything for it.",
			  amanda_refusal_name(s->refusal));
	if (lost || s->answers < 2 || s->auth >= AUTH_BSDTCP)
		return;
	cause = cause_add(patient->diagnosis, CAUSE_NOTE, "answer-again", NULL,
			  "The answer had to be sent %u times.", s->answers);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
}

static void from_elsewhere(const struct patient *patient)
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

/**
 * diagnose_control() - causes in requests and answers
 * @patient: the session
 */
void diagnose_control(const struct patient *patient)
{
	const struct session *s = patient->s;
	const struct event *error = error_about(s, true);

	if (s->elsewhere.port)
		from_elsewhere(patient);
	switch (s->answer) {
	case ANSWERED_NOT:
		if (s->frames > FRAMES_WHOLE)
			break;
		if (s->requested && error)
			request_rejected(patient, error);
		else if (s->requested)
			request_unheard(patient);
		break;
	case ANSWERED_ACK:
		if (s->frames > FRAMES_WHOLE)
			break;
		answer_missing(patient);
		break;
	case ANSWERED_REP:
		answered(patient);
		break;
	case ANSWERED_NAK:
		refused(patient);
		break;
	}
}

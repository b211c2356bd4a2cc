// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests: which were not heard, not answered or refused.
 */
#include <string.h>

#include "replay/diagnose_private.h"

/* Longer than a service takes that only prints its CONNECT line. */
#define SERVICE_QUICK	(60 * SECOND)
/* bind_portrange() of a driver that needs one takes a port below. */
#define RESERVED	1024

/**
 * where_lost() - how far packets came that were not heeded
 * @patient: the session
 * @passage: of them
 * @cause: to say it in
 */
void where_lost(const struct patient *patient, const struct passage *passage,
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

/**
 * error_about() - the first ICMP error about the control flow that is not of size
 * @s: the session
 * @by_initiator: about what the initiator sent
 */
const struct event *error_about(const struct session *s, bool by_initiator)
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

/**
 * blame_busy() - amandad was waiting for streams of an earlier session
 * @patient: a session whose request it did not answer, or answered too late
 * @cause: to say it in
 */
void blame_busy(const struct patient *patient, struct cause *cause)
{
	cause->id = "responder-busy";
	cause->blame = "what stopped an earlier session";
	cause_more(cause, " amandad was still waiting for streams of session %llu, %d s for each of "
		   "them, and does nothing else meanwhile.",
		   (unsigned long long)patient->s->behind, AMANDAD_WAITS);
	cause_advise(cause, "See session %llu: this follows from it.",
		     (unsigned long long)patient->s->behind);
}

static void request_unheard(const struct patient *patient)
{
	const struct session *s = patient->s;
	struct passage passage = passage_of(patient, EVENT_REQUEST, true, -1);
	bool brief = s->auth >= AUTH_BSDTCP ? s->control.fate == FATE_OPEN :
		     s->requests == 1 && !passage.lost && time_left(patient) < SENT_AGAIN;
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
	if (s->behind)
		blame_busy(patient, cause);
	else if (brief)
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
		cause_show(cause, s, EVENT_REQUEST, true, -1);
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

/**
 * diagnose_control() - causes in requests and answers
 * @patient: the session
 */
void diagnose_control(const struct patient *patient)
{
	const struct session *s = patient->s;
	const struct event *error = error_about(s, true);

	if (s->elsewhere.port)
		answer_elsewhere(patient);
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
		diagnose_answer(patient);
		break;
	case ANSWERED_NAK:
		refused(patient);
		break;
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a helper has to do with it: gaps of the kernel's own one, and numbers that
 * NAT changed or failed to change.
 */
#include <string.h>

#include "replay/diagnose_private.h"

/* nf_conntrack_amanda.c knows these, and stops at a number that is 0 or less. */
static bool stock_knows(const char *tag)
{
	return !strcmp(tag, "DATA") || !strcmp(tag, "MESG") || !strcmp(tag, "INDEX") ||
	       !strcmp(tag, "STATE");
}

static const char *stock_gap(const struct session *s, const struct stream *stream)
{
	const struct stream *before;

	if (!stock_knows(stream->tag))
		return "it does not know this stream";
	for (before = s->stream; before < stream; before++)
		if (before->fate == FATE_ABSENT && stock_knows(before->tag))
			return "it reads no further than the -1 of a stream that is switched off";
	return sight_reason_name(s->reason[HELPER_STOCK]);
}

/**
 * explain_gap() - would a helper have let this stream through?
 * @patient: the session
 * @stream: that was not answered
 * @cause: to say it in
 */
void explain_gap(const struct patient *patient, const struct stream *stream, struct cause *cause)
{
	const struct session *s = patient->s;

	if (!s->requested) {
		cause_advise(cause, "The request is not in the capture: begin it earlier to see what "
			     "helpers would have done.");
	} else if (s->reason[HELPER_OURS] == SIGHT_BAD_PORT) {
		cause_more(cause, " This project's helper opens no port below 1024, nor outside its "
			   "ports=.");
		cause_advise(cause, "amandad has to listen in the range of unreserved-tcp-port: see "
			     "amanda-client.conf on the responder.");
	} else if (stream->opened & STOCK && !(s->dropped & STOCK)) {
		cause_advise(cause, "Any helper would have opened it: on the firewall, \"amfwctl doctor\" tells "
			     "whether one is there, \"amfwctl check\" whether the ruleset attaches it "
			     "and accepts what it opens.");
	} else if (stream->opened & OURS) {
		cause_more(cause, " A firewall that relies on the kernel's own helper drops it: %s.",
			   stock_gap(s, stream));
		cause->id = "stock-helper-gap";
		cause_advise(cause, "Load this project's module, which opens it (\"amfwctl doctor\" "
			     "tells which one is there), or open the range of ports (\"amfwctl "
			     "generate --no-helper\").");
	} else {
		cause_advise(cause, "No helper opens it (%s): open the range of ports (\"amfwctl "
			     "generate --no-helper\").", sight_reason_name(s->reason[HELPER_OURS]));
	}
}

static void renumbered(const struct patient *patient, const struct stream *stream)
{
	struct cause *cause;

	if (stream->inside) {
		cause = cause_add(patient->diagnosis, CAUSE_TROUBLE, "nat-rewrote-id",
				  "the kernel's own helper",
				  "NAT rewrote the id of stream %s, %d to %d, which is no port: the two "
				  "ends no longer mean the same stream.", stream->tag, stream->number,
				  stream->renumbered);
		cause_advise(cause, "Load this project's module, which leaves ids alone.");
	} else {
		cause = cause_add(patient->diagnosis, CAUSE_NOTE, "nat-rewrote-port", NULL,
				  "NAT rewrote the port of stream %s: %d to %d.", stream->tag,
				  stream->number, stream->renumbered);
	}
	cause_show(cause, patient->s, EVENT_ANSWER, false, -1);
}

static const char *kind_words(unsigned int kind)
{
	return kind == HELPER_OURS ? "With this project's helper" :
	       kind == HELPER_STOCK ? "With the kernel's own helper" : "Without a helper";
}

static const char *blamed(unsigned int kind)
{
	return kind == HELPER_OURS ? "this project's helper" :
	       kind == HELPER_STOCK ? "the kernel's own helper" : "a firewall without a helper";
}

static bool has_port(const struct stream *stream)
{
	return !stream->inside && stream->fate != FATE_ABSENT;
}

static void would_miss(const struct patient *patient, unsigned int kind)
{
	const struct session *s = patient->s;
	struct cause *cause = NULL;
	unsigned int i;

	for (i = 0; i < s->stream_count; i++) {
		if (!has_port(&s->stream[i]) || s->stream[i].opened >> kind & 1)
			continue;
		if (cause)
			cause_more(cause, ", %s", s->stream[i].tag);
		else
			cause = cause_add(patient->diagnosis,
					  s->requested ? CAUSE_TROUBLE : CAUSE_DOUBT,
					  "helper-would-miss", blamed(kind),
					  "%s, these streams are not opened: %s",
					  kind_words(kind), s->stream[i].tag);
	}
	if (!cause)
		return;
	cause_more(cause, kind == HELPER_NONE ? "." : " (%s).",
		   s->dropped >> kind & 1 ? "the answer is dropped" :
		   s->accepted >> kind & 1 ? "it does not know them" :
		   sight_reason_name(s->reason[kind]));
	cause_show(cause, s, EVENT_ANSWER, false, -1);
}

static void holes(const struct patient *patient, unsigned int kind)
{
	const struct session *s = patient->s;
	struct cause *cause;
	unsigned int i;

	if (!s->hole_count[kind])
		return;
	cause = cause_add(patient->diagnosis, CAUSE_NOTE, "helper-opens-hole", blamed(kind),
			  "%s, ports are open that no stream has:", kind_words(kind));
	for (i = 0; i < s->hole_count[kind]; i++)
		cause_more(cause, " %u", s->hole[kind][i]);
	cause_show(cause, s, EVENT_ANSWER, false, -1);
}

/**
 * diagnose_helpers() - causes in what helpers do
 * @patient: the session
 */
void diagnose_helpers(const struct patient *patient)
{
	const struct session *s = patient->s;
	unsigned int i, kind;

	for (i = 0; i < s->stream_count; i++)
		if (s->stream[i].number != s->stream[i].renumbered)
			renumbered(patient, &s->stream[i]);
	if (s->auth >= AUTH_BSDTCP)
		return;
	for (kind = 0; kind < HELPER_KINDS; kind++) {
		if (!(patient->context->judged >> kind & 1))
			continue;
		would_miss(patient, kind);
		holes(patient, kind);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The timeline of each session, for people.
 */
#include <string.h>
#include <time.h>

#include "amfwctl/replay.h"

#define SECOND	1000000000ll

static void print_date(FILE *out, int64_t when)
{
	time_t second = when / SECOND;
	char text[32] = "";
	struct tm parts;

	if (gmtime_r(&second, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	fprintf(out, "%s UTC", text);
}

static void print_ends(FILE *out, const struct session *session, unsigned int side)
{
	print_endpoint(out, &session->initiator[side]);
	fputs(" -> ", out);
	print_endpoint(out, &session->responder[side]);
}

static void print_head(const struct replay *replay, const struct session *session)
{
	FILE *out = replay->out;

	fprintf(out, "session %llu  %s", (unsigned long long)session->number, session->operation);
	if (*session->service)
		fprintf(out, " (%s)", session->service);
	fprintf(out, "  %s  ", session_auth_name(session->auth));
	print_ends(out, session, 0);
	fputs("\n  ", out);
	print_date(out, session->start);
	if (*session->handle)
		fprintf(out, "  handle %s seq %d", session->handle, session->sequence);
	fputc('\n', out);
	if (!session->translated)
		return;
	fputs("  behind NAT  ", out);
	print_ends(out, session, 1);
	fputc('\n', out);
}

static void print_event(const struct replay *replay, const struct session *session,
			const struct event *event)
{
	char words[256], numbers[64] = "";
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < event->seen_count && length < sizeof(numbers); i++)
		length += snprintf(numbers + length, sizeof(numbers) - length, "%s%llu", i ? "/" : "",
				   (unsigned long long)event->seen[i].number);
	event_words(session, event, words, sizeof(words));
	fprintf(replay->out, "  %12.6f %8s  %s  ", (event->seen[0].time - replay->begun) / 1e9,
		numbers, event->by_initiator ? "-->" : "<--");
	for (i = 0; words[i]; i++)
		fputc((unsigned char)words[i] < ' ' ? '?' : words[i], replay->out);
	if (replay->points > 1 && event->seen_count == 1)
		fprintf(replay->out, "  [%s only]", replay->names[event->seen[0].point]);
	fputc('\n', replay->out);
}

static void print_helpers(const struct replay *replay, const struct session *session,
			  const struct stream *stream)
{
	unsigned int kind;

	if (stream->inside || stream->fate == FATE_ABSENT || session->auth >= AUTH_BSDTCP)
		return;
	for (kind = 0; kind < HELPER_KINDS; kind++)
		if (replay->options->helper == kind || replay->options->helper == HELPER_ALL)
			fprintf(replay->out, "  %s: %s", helper_kind_name(kind),
				stream->opened >> kind & 1 ? "opened" : "not opened");
}

static void print_verdict(const struct replay *replay, const struct session *session, int index)
{
	struct rules_verdict verdict;

	if (!replay->rules)
		return;
	verdict = replay_rules_judge(replay->rules, session, index);
	fprintf(replay->out, "  rules: %s", verdict.answer ? : "no flow of the site");
	if (*verdict.place)
		fprintf(replay->out, " (%s)", verdict.place);
}

static void print_stream(const struct replay *replay, const struct session *session, int index)
{
	const struct stream *stream = index < 0 ? &session->control : &session->stream[index];
	char there[16], back[16], number[32];

	snprintf(number, sizeof(number), "%d", stream->number);
	if (stream->renumbered != stream->number)
		snprintf(number, sizeof(number), "%d=%d", stream->number, stream->renumbered);
	print_bytes(there, sizeof(there), stream->bytes[0]);
	print_bytes(back, sizeof(back), stream->bytes[1]);
	fprintf(replay->out, "  %-8s %-7s", index < 0 ? "TCP" : stream->tag, number);
	if (stream->fate == FATE_ABSENT) {
		fputs(" not used\n", replay->out);
		return;
	}
	fprintf(replay->out, " %-8s %9s -->  %9s <--", stream_fate_name(stream->fate), there, back);
	if (stream->inside)
		fputs("  inside", replay->out);
	print_helpers(replay, session, stream);
	if (!stream->inside)
		print_verdict(replay, session, index);
	fputc('\n', replay->out);
}

static void print_streams(const struct replay *replay, const struct session *session)
{
	unsigned int i;

	if (session->auth < AUTH_BSDTCP && replay->rules) {
		fputs("  UDP             ", replay->out);
		print_verdict(replay, session, -1);
		fputc('\n', replay->out);
	}
	if (session->auth >= AUTH_BSDTCP)
		print_stream(replay, session, -1);
	for (i = 0; i < session->stream_count; i++)
		print_stream(replay, session, i);
}

/**
 * print_session() - tell of a session
 * @replay: the run
 * @session: it
 * @diagnosis: what went wrong
 */
void print_session(struct replay *replay, const struct session *session,
		   const struct diagnosis *diagnosis)
{
	unsigned int i;

	print_head(replay, session);
	for (i = 0; i < session->event_count; i++)
		print_event(replay, session, &session->event[i]);
	if (session->untold)
		fprintf(replay->out, "  (%u more)\n", session->untold);
	print_streams(replay, session);
	for (i = 0; i < diagnosis->count; i++)
		print_cause(replay, &diagnosis->cause[i]);
	fputc('\n', replay->out);
}

/**
 * print_stray() - tell of a connection that nothing announced
 * @replay: the run
 * @stray: it
 */
void print_stray(struct replay *replay, const struct stray *stray)
{
	fprintf(replay->out, "not announced  %.6f %llu  ", (stray->time - replay->begun) / 1e9,
		(unsigned long long)stray->number);
	print_endpoint(replay->out, &stray->source);
	fputs(" -> ", replay->out);
	print_endpoint(replay->out, &stray->target);
	fprintf(replay->out, "  (between the hosts of session %llu)\n\n",
		(unsigned long long)stray->session);
}

/* ", 2 sessions" */
static void print_count(FILE *out, uint64_t count, const char *what, const char *behind)
{
	fprintf(out, "%llu %s%s%s", (unsigned long long)count, what, count == 1 ? "" : "s", behind);
}

static void print_verdict_of_all(const struct replay *replay)
{
	static const char *const words[] = {
		[CAUSE_NOTE] = "all is well",
		[CAUSE_DOUBT] = "the capture does not tell all of it",
		[CAUSE_TROUBLE] = "something that is needed was blocked or lost",
	};

	fprintf(replay->out, "%s%s%s\n", colour_of(replay, replay->level), words[replay->level],
		colour_end(replay));
}

/**
 * print_sums() - tell of the capture as a whole
 * @replay: the run
 * @counts: of the story
 * @diagnosis: of the capture
 */
void print_sums(struct replay *replay, const struct story_counts *counts,
		const struct diagnosis *diagnosis)
{
	const struct replay_sums *sums = &replay->sums;
	unsigned int i;

	for (i = 0; i < diagnosis->count; i++)
		print_cause(replay, &diagnosis->cause[i]);
	if (diagnosis->count)
		fputc('\n', replay->out);
	print_count(replay->out, counts->packets, "packet", ", ");
	print_count(replay->out, sums->sessions, "session", ", ");
	fprintf(replay->out, "%llu answered, ", (unsigned long long)sums->replies);
	print_count(replay->out, sums->streams, "stream", " with a port");
	if (sums->streams && replay->options->helper != HELPER_ALL)
		fprintf(replay->out, " (%llu opened by %s, %llu asked for, %llu connected)",
			(unsigned long long)sums->opened, helper_kind_name(replay->options->helper),
			(unsigned long long)sums->tried, (unsigned long long)sums->used);
	if (counts->strays)
		fprintf(replay->out, ", %llu not announced", (unsigned long long)counts->strays);
	if (sums->trouble)
		fprintf(replay->out, ", %llu with trouble", (unsigned long long)sums->trouble);
	fputs(": ", replay->out);
	print_verdict_of_all(replay);
}

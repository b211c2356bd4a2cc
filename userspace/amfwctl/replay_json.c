// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What "amfwctl replay" tells programs.  Sessions are written as they end; what
 * belongs into arrays behind theirs waits in files of its own, since a capture may
 * have any number of them.
 */
#include <errno.h>
#include <string.h>

#include "amfwctl/json.h"
#include "amfwctl/replay.h"

#define SECOND	1000000000ll

/* Numbers of JSON have no size, and a double would lose the nanoseconds. */
static void put_time(FILE *out, const char *name, int64_t when)
{
	int64_t second = when / SECOND, rest = when % SECOND;

	if (rest < 0) {
		second--;
		rest += SECOND;
	}
	fprintf(out, "\"%s\": %lld.%09lld", name, (long long)second, (long long)rest);
}

static void put_endpoint(FILE *out, const char *name, const struct endpoint *endpoint)
{
	fprintf(out, "\"%s\": \"", name);
	print_endpoint(out, endpoint);
	fputc('"', out);
}

static const char *yes(bool value)
{
	return value ? "true" : "false";
}

/**
 * json_begin() - begin the object
 * @replay: the run
 *
 * Return: 0 or a negative errno.
 */
int json_begin(struct replay *replay)
{
	replay->connections = tmpfile();
	replay->unanswered = tmpfile();
	if (!replay->connections || !replay->unanswered)
		return -errno;
	fprintf(replay->out, "{\"version\": 1, \"helper\": \"%s\", \"replies\": [",
		replay->options->helper == HELPER_ALL ? "all" :
		helper_kind_name(replay->options->helper));
	return 0;
}

/* Of --helper all, this project's is the one that the old members speak of. */
static unsigned int judge(const struct replay *replay)
{
	return replay->options->helper == HELPER_ALL ? HELPER_OURS : replay->options->helper;
}

static void put_helpers(FILE *out, uint8_t bits)
{
	unsigned int kind;

	fputs("\"by\": {", out);
	for (kind = 0; kind < HELPER_KINDS; kind++)
		fprintf(out, "%s\"%s\": %s", kind ? ", " : "", helper_kind_name(kind),
			yes(bits >> kind & 1));
	fputc('}', out);
}

static void put_stream(const struct replay *replay, FILE *out, const struct stream *stream)
{
	fputs("{", out);
	json_member(out, "tag", stream->tag);
	fprintf(out, ", \"port\": %d, \"opened\": %s, \"tried\": %s, \"used\": %s, ", stream->number,
		yes(stream->opened >> judge(replay) & 1), yes(stream_tried(stream)),
		yes(stream_used(stream)));
	fprintf(out, "\"inside\": %s, ", yes(stream->inside));
	if (stream->renumbered != stream->number)
		fprintf(out, "\"rewritten\": %d, ", stream->renumbered);
	fprintf(out, "\"fate\": \"%s\", \"bytes\": [%llu, %llu], ", stream_fate_name(stream->fate),
		(unsigned long long)stream->bytes[0], (unsigned long long)stream->bytes[1]);
	put_helpers(out, stream->opened);
	fputc('}', out);
}

static void put_cause(FILE *out, const struct cause *cause)
{
	static const char *const levels[] = {
		[CAUSE_NOTE] = "note", [CAUSE_DOUBT] = "unknown", [CAUSE_TROUBLE] = "trouble",
	};
	unsigned int i;

	fprintf(out, "{\"id\": \"%s\", \"level\": \"%s\", ", cause->id, levels[cause->level]);
	json_member(out, "blame", cause->blame);
	fputs(", ", out);
	json_member(out, "text", cause->text);
	fputs(", ", out);
	json_member(out, "advice", *cause->advice ? cause->advice : NULL);
	fputs(", \"packets\": [", out);
	for (i = 0; i < cause->packet_count; i++)
		fprintf(out, "%s[%u, %llu]", i ? ", " : "", cause->packet[i].point,
			(unsigned long long)cause->packet[i].number);
	fputs("]", out);
	if (cause->untold)
		fprintf(out, ", \"more_packets\": %u", cause->untold);
	fputc('}', out);
}

static void put_causes(FILE *out, const struct diagnosis *diagnosis)
{
	unsigned int i;

	fputs("\"findings\": [", out);
	for (i = 0; i < diagnosis->count; i++) {
		fputs(i ? ", " : "", out);
		put_cause(out, &diagnosis->cause[i]);
	}
	fputc(']', out);
}

static void put_ends(FILE *out, const struct session *session)
{
	put_endpoint(out, "initiator", &session->initiator[0]);
	fputs(", ", out);
	put_endpoint(out, "responder", &session->responder[0]);
	if (!session->translated)
		return;
	fputs(", ", out);
	put_endpoint(out, "initiator_behind_nat", &session->initiator[1]);
	fputs(", ", out);
	put_endpoint(out, "responder_behind_nat", &session->responder[1]);
}

static const char *answer_type(const struct session *session)
{
	return session->answer == ANSWERED_REP ? "REP" :
	       session->answer == ANSWERED_NAK ? "NAK" : NULL;
}

static void put_reason(const struct replay *replay, FILE *out, const struct session *session)
{
	unsigned int kind = judge(replay);
	bool accepted = session->accepted >> kind & 1;
	const char *reason = NULL;

	if (!accepted && session->reason[kind])
		reason = sight_reason_name(session->reason[kind]);
	fprintf(out, "\"accepted\": %s, ", yes(accepted));
	json_member(out, "reason", reason);
}

static void put_request(FILE *out, const struct session *session)
{
	fprintf(out, "\"session\": %llu, ", (unsigned long long)session->number);
	json_member(out, "service", *session->service ? session->service : NULL);
	fputs(", ", out);
	json_member(out, "operation", session->operation);
	fprintf(out, ", \"auth\": \"%s\", \"requests\": %u, \"answers\": %u, \"confirmed\": %s, ",
		session_auth_name(session->auth), session->requests, session->answers,
		yes(session->confirmed));
	json_member(out, "error", *session->text ? session->text : NULL);
}

static void put_verdict(const struct replay *replay, FILE *out, const struct session *session,
			int index)
{
	struct rules_verdict verdict;

	if (!replay->rules)
		return;
	verdict = replay_rules_judge(replay->rules, session, index);
	fputs(", ", out);
	json_member(out, "verdict", verdict.answer);
	fputs(", ", out);
	json_member(out, "rule", *verdict.place ? verdict.place : NULL);
}

static void put_session(const struct replay *replay, FILE *out, const struct session *session,
			const struct diagnosis *diagnosis)
{
	unsigned int i;

	fputs("\n{", out);
	put_time(out, "time", answer_type(session) ? session->reply_time : session->start);
	fputs(", ", out);
	put_ends(out, session);
	fputs(", ", out);
	json_member(out, "type", answer_type(session));
	fputs(", ", out);
	json_member(out, "handle", session->handle);
	fprintf(out, ", \"seq\": %d, ", session->sequence);
	put_reason(replay, out, session);
	fputs(", ", out);
	put_request(out, session);
	fputs(", \"streams\": [", out);
	for (i = 0; i < session->stream_count; i++) {
		fputs(i ? ", " : "", out);
		put_stream(replay, out, &session->stream[i]);
	}
	fputs("], ", out);
	put_causes(out, diagnosis);
	put_verdict(replay, out, session, -1);
	fputc('}', out);
}

static void put_connection(struct replay *replay, const struct session *session, int index)
{
	const struct stream *stream = index < 0 ? &session->control : &session->stream[index];
	FILE *out = replay->connections;

	fprintf(out, "%s\n{\"session\": %llu, \"announced\": true, ",
		replay->sums.connections++ ? "," : "", (unsigned long long)session->number);
	json_member(out, "tag", index < 0 ? NULL : stream->tag);
	fputs(", ", out);
	put_time(out, "time", stream->syn_time);
	fputs(", ", out);
	put_endpoint(out, "initiator", &stream->source);
	fputs(", ", out);
	put_endpoint(out, "responder", &stream->target);
	fprintf(out, ", \"fate\": \"%s\", \"syns\": %u, \"bytes\": [%llu, %llu], ",
		stream_fate_name(stream->fate), stream->syns, (unsigned long long)stream->bytes[0],
		(unsigned long long)stream->bytes[1]);
	fprintf(out, "\"syn\": %llu, \"answer\": %llu, \"end\": %llu",
		(unsigned long long)stream->syn, (unsigned long long)stream->answered,
		(unsigned long long)stream->ended);
	put_verdict(replay, out, session, index);
	fputc('}', out);
}

/**
 * json_session() - tell of a session
 * @replay: the run
 * @session: it
 * @diagnosis: what went wrong
 */
void json_session(struct replay *replay, const struct session *session,
		  const struct diagnosis *diagnosis)
{
	bool answered = answer_type(session);
	uint64_t before = answered ? replay->sums.replies - 1 : replay->unanswered_count++;
	FILE *out = answered ? replay->out : replay->unanswered;
	unsigned int i;

	if (before)
		fputc(',', out);
	put_session(replay, out, session, diagnosis);
	/* Sessions of one connection share it: told with the first of them. */
	if (session->control.syn && !session->member)
		put_connection(replay, session, -1);
	for (i = 0; i < session->stream_count; i++)
		if (session->stream[i].syn)
			put_connection(replay, session, i);
}

/**
 * json_stray() - tell of a connection that nothing announced
 * @replay: the run
 * @stray: it
 */
void json_stray(struct replay *replay, const struct stray *stray)
{
	FILE *out = replay->connections;

	fprintf(out, "%s\n{\"session\": %llu, \"announced\": false, \"tag\": null, ",
		replay->sums.connections++ ? "," : "", (unsigned long long)stray->session);
	put_time(out, "time", stray->time);
	fputs(", ", out);
	put_endpoint(out, "initiator", &stray->source);
	fputs(", ", out);
	put_endpoint(out, "responder", &stray->target);
	fprintf(out, ", \"syn\": %llu}", (unsigned long long)stray->number);
}

static int copy_back(FILE *from, FILE *to)
{
	char block[16384];
	size_t length;

	if (fflush(from) || fseek(from, 0, SEEK_SET))
		return -errno;
	while ((length = fread(block, 1, sizeof(block), from)))
		fwrite(block, 1, length, to);
	return ferror(from) ? -EIO : 0;
}

/**
 * json_sums() - what comes behind the sessions
 * @replay: the run
 * @counts: of the story
 * @diagnosis: of the capture
 *
 * Return: 0 or a negative errno.
 */
int json_sums(struct replay *replay, const struct story_counts *counts,
	      const struct diagnosis *diagnosis)
{
	static const char *const verdicts[] = {
		[CAUSE_NOTE] = "well", [CAUSE_DOUBT] = "unknown", [CAUSE_TROUBLE] = "trouble",
	};
	const struct replay_sums *sums = &replay->sums;
	FILE *out = replay->out;
	int err;

	fputs("],\n\"unanswered\": [", out);
	err = copy_back(replay->unanswered, out);
	fputs("],\n\"connections\": [", out);
	err = err ? : copy_back(replay->connections, out);
	fputs("],\n", out);
	put_causes(out, diagnosis);
	fprintf(out, ",\n\"verdict\": \"%s\",\n\"summary\": {\"packets\": %llu, \"replies\": %llu, ",
		verdicts[replay->level], (unsigned long long)counts->packets,
		(unsigned long long)sums->replies);
	fprintf(out, "\"accepted\": %llu, \"refused\": %llu, \"streams\": %llu, ",
		(unsigned long long)sums->accepted, (unsigned long long)sums->refused,
		(unsigned long long)sums->streams);
	fprintf(out, "\"opened\": %llu, \"tried\": %llu, \"used\": %llu, ",
		(unsigned long long)sums->opened, (unsigned long long)sums->tried,
		(unsigned long long)sums->used);
	fprintf(out, "\"unexpected\": %llu, \"sessions\": %llu, ",
		(unsigned long long)counts->strays, (unsigned long long)sums->sessions);
	fprintf(out, "\"trouble\": %llu, \"unknown\": %llu}}\n", (unsigned long long)sums->trouble,
		(unsigned long long)sums->doubt);
	return err;
}

/**
 * json_end() - give the files back
 * @replay: the run
 */
void json_end(struct replay *replay)
{
	if (replay->connections)
		fclose(replay->connections);
	if (replay->unanswered)
		fclose(replay->unanswered);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * amref service: one request, its answer, and what its streams bring.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "features.h"
#include "loop.h"
#include "protocol.h"
#include "verb.h"

#define ARGUMENTS_MAX 65536
#define IDLE_DEFAULT 300000

struct asking;

struct asked_stream {
	struct asking *asking;
	struct security_stream *stream;
	char tag[AMANDA_TAG_MAX + 1];
	int number;
	uint64_t bytes;
	bool opened;
};

/**
 * struct asking - one run of the verb
 * @sessions: still to come from the same socket, with FAULT_SAME_PORT
 * @open: streams that have not ended
 * @result: for exit()
 */
struct asking {
	struct loop *loop;
	struct options options;
	const char *host;
	const char *service;
	const char *input;
	bool bare;
	bool ignore_streams;
	char arguments[ARGUMENTS_MAX];
	size_t length;
	struct security_peer *peer;
	struct request *request;
	struct loop_timer next;
	struct loop_timer idle;
	struct asked_stream stream[AMANDA_STREAMS_MAX];
	size_t streams;
	size_t open;
	unsigned int sessions;
	int result;
};

enum {
	OWN_INPUT = 1,
	OWN_BARE,
	OWN_NO_STREAMS,
};

static const struct option own[] = {
	{ "input", required_argument, NULL, OWN_INPUT },
	{ "bare", no_argument, NULL, OWN_BARE },
	{ "no-streams", no_argument, NULL, OWN_NO_STREAMS },
	{ 0 },
};

static const char help[] =
	"Sends a request for SERVICE and prints the answer; with streams in the answer it\n"
	"opens them all, and prints how many bytes came on each.  The exit status is 1\n"
	"for a refusal, for an answer with an ERROR line, and where no answer came.\n\n"
	"  --input FILE            what to say behind the OPTIONS line; - is standard input\n"
	"  --bare                  send no OPTIONS line, FILE is all\n"
	"  --no-streams            do not open the streams\n";

static int take(void *arg, int option, const char *value)
{
	struct asking *asking = arg;

	switch (option) {
	case OWN_INPUT:
		asking->input = value;
		return 0;
	case OWN_BARE:
		asking->bare = true;
		return 0;
	case OWN_NO_STREAMS:
		asking->ignore_streams = true;
		return 0;
	}
	return -1;
}

static int read_input(struct asking *asking)
{
	FILE *file = strcmp(asking->input, "-") ? fopen(asking->input, "re") : stdin;

	if (!file) {
		fprintf(stderr, "amref service: %s: %s\n", asking->input, strerror(errno));
		return -1;
	}
	asking->length += fread(asking->arguments + asking->length, 1,
				sizeof(asking->arguments) - asking->length, file);
	if (asking->length == sizeof(asking->arguments)) {
		fprintf(stderr, "amref service: %s is too long for a request\n", asking->input);
		return -1;
	}
	if (file != stdin)
		fclose(file);
	return 0;
}

static int make_arguments(struct asking *asking)
{
	char host[256] = "localhost";

	gethostname(host, sizeof(host) - 1);
	if (!asking->bare)
		asking->length = snprintf(asking->arguments, sizeof(asking->arguments),
					  "OPTIONS features=" FEATURES_OURS ";hostname=%s;\n",
					  host);
	return asking->input ? read_input(asking) : 0;
}

static void send_next(struct asking *asking);

/* Everything of this session is there; with FAULT_SAME_PORT the next one follows. */
static void session_over(struct asking *asking)
{
	if (asking->sessions && !asking->result) {
		asking->sessions--;
		loop_stop(asking->loop, &asking->idle);
		loop_start(asking->loop, &asking->next, 0);
		return;
	}
	loop_stop(asking->loop, &asking->idle);
	loop_quit(asking->loop, asking->result);
}

static void stream_over(struct asked_stream *stream)
{
	struct asking *asking = stream->asking;

	asking->peer->driver->stream_close(stream->stream);
	stream->stream = NULL;
	fflush(stdout);
	fprintf(stderr, "%s %d: %llu bytes\n", stream->tag, stream->number,
		(unsigned long long)stream->bytes);
	if (!--asking->open)
		session_over(asking);
}

static void busy(struct asking *asking)
{
	loop_start(asking->loop, &asking->idle,
		   asking->options.timeout ? asking->options.timeout : IDLE_DEFAULT);
}

static void idle(void *arg)
{
	struct asking *asking = arg;

	fprintf(stderr, "amref service: %s: nothing came on the streams for %u seconds\n",
		asking->host, (asking->options.timeout ? asking->options.timeout : IDLE_DEFAULT) / 1000);
	loop_quit(asking->loop, EXIT_FAILED);
}

static void stream_opened(void *arg)
{
	struct asked_stream *stream = arg;

	stream->opened = true;
	busy(stream->asking);
	if (stream->asking->options.verbose)
		fprintf(stderr, "%s %d: open\n", stream->tag, stream->number);
}

static void stream_data(void *arg, const char *data, size_t length)
{
	struct asked_stream *stream = arg;

	(void)data;
	stream->bytes += length;
	busy(stream->asking);
}

static void stream_writable(void *arg)
{
	(void)arg;
}

static void stream_failed(void *arg, const char *why)
{
	struct asked_stream *stream = arg;

	fprintf(stderr, "amref service: %s %s stream: %s\n",
		stream->opened ? "lost the" : "could not connect", stream->tag, why);
	stream->asking->result = EXIT_FAILED;
	stream_over(stream);
}

static void stream_ended(void *arg)
{
	stream_over(arg);
}

static const struct stream_events stream_events = {
	.opened = stream_opened,
	.data = stream_data,
	.writable = stream_writable,
	.ended = stream_ended,
	.failed = stream_failed,
};

static void open_stream(struct asking *asking, const struct amanda_stream *wanted,
			const char *tag)
{
	struct asked_stream *stream = &asking->stream[asking->streams++];

	memset(stream, 0, sizeof(*stream));
	stream->asking = asking;
	stream->number = wanted->number;
	snprintf(stream->tag, sizeof(stream->tag), "%s", tag);
	if (wanted->number == -1)
		return;
	stream->stream = asking->peer->driver->stream_connect(request_exchange(asking->request),
							      wanted->number, &stream_events,
							      stream);
	if (stream->stream) {
		asking->open++;
		busy(asking);
		return;
	}
	fprintf(stderr, "amref service: cannot open stream %s %d\n", tag, wanted->number);
	asking->result = EXIT_FAILED;
}

/* An answer may end in many empty lines (FAULT_OVERSIZE). */
static void print_body(const char *body, size_t length)
{
	while (length && body[length - 1] == '\n')
		length--;
	if (length)
		printf("%.*s\n", (int)length, body);
}

static bool has_error(const char *body, size_t length)
{
	return (length >= 6 && !memcmp(body, "ERROR ", 6)) || memmem(body, length, "\nERROR ", 7);
}

static void answered(void *arg, const struct amanda_stream *stream, const char (*tag)[32],
		     size_t count, const char *body, size_t length)
{
	struct asking *asking = arg;
	size_t i;

	if (count) {
		fputs("CONNECT", stdout);
		for (i = 0; i < count; i++)
			printf(" %s %d", tag[i], stream[i].number);
		putchar('\n');
	}
	print_body(body, length);
	if (has_error(body, length))
		asking->result = EXIT_FAILED;
	asking->streams = 0;
	asking->open = 0;
	for (i = 0; i < count && !asking->ignore_streams; i++)
		open_stream(asking, &stream[i], tag[i]);
	if (!asking->open)
		session_over(asking);
}

static void refused(void *arg, const char *text, size_t length)
{
	struct asking *asking = arg;

	while (length && text[length - 1] == '\n')
		length--;
	fprintf(stderr, "amref service: %s refuses: %.*s\n", asking->host, (int)length, text);
	loop_quit(asking->loop, EXIT_FAILED);
}

static void failed(void *arg, const char *why)
{
	struct asking *asking = arg;

	fprintf(stderr, "amref service: %s: %s\n", asking->host, why);
	loop_quit(asking->loop, EXIT_FAILED);
}

static void partial(void *arg, const char *body, size_t length)
{
	(void)arg;
	print_body(body, length);
}

static const struct request_events request_events = {
	.partial = partial,
	.answered = answered,
	.refused = refused,
	.failed = failed,
};

static void send_next(struct asking *asking)
{
	struct request_timing timing;

	request_free(asking->request);
	options_timing(&asking->options, &timing);
	asking->request = request_send(asking->peer, asking->service, asking->arguments,
				       asking->length, &timing, &request_events, asking);
	if (!asking->request)
		failed(asking, "out of memory");
}

static void next_session(void *arg)
{
	send_next(arg);
}

static int run(struct asking *asking)
{
	const struct security_driver *driver = asking->options.driver;
	char why[512];
	int result;

	asking->peer = driver->connect(driver, asking->loop, asking->host,
				       &asking->options.security, why, sizeof(why));
	if (!asking->peer) {
		fprintf(stderr, "amref service: %s\n", why);
		return EXIT_FAILED;
	}
	if (fault_is(asking->options.security.fault, FAULT_SAME_PORT))
		asking->sessions = asking->options.fault.number;
	asking->next = (struct loop_timer){ .expired = next_session, .arg = asking };
	asking->idle = (struct loop_timer){ .expired = idle, .arg = asking };
	send_next(asking);
	result = loop_run(asking->loop);
	request_free(asking->request);
	driver->disconnect(asking->peer);
	if (result < 0)
		fprintf(stderr, "amref service: %s\n", strerror(-result));
	return result ? EXIT_FAILED : EXIT_DONE;
}

/**
 * service_verb() - amref service
 * @argc: of the verb
 * @argv: likewise
 *
 * Return: an enum exit_code.
 */
int service_verb(int argc, char *argv[])
{
	static const struct verb_options verb = {
		"service", "HOST SERVICE [options]", own, help, take,
	};
	struct asking *asking = calloc(1, sizeof(*asking));
	int at, result = EXIT_FAILED;

	if (!asking)
		return EXIT_FAILED;
	at = options_parse(&asking->options, argc, argv, &verb, asking);
	if (at < 0) {
		result = EXIT_USAGE;
	} else if (asking->options.done) {
		result = EXIT_DONE;
	} else if (argc - at != 2) {
		result = options_usage("service", "HOST and SERVICE are needed");
	} else {
		asking->host = argv[at];
		asking->service = argv[at + 1];
		asking->loop = loop_new();
		if (asking->loop && !make_arguments(asking))
			result = run(asking);
		loop_free(asking->loop);
	}
	free(asking);
	return result;
}

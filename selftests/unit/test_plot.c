// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of sessions: they are XML whatever the capture says, no text covers another,
 * and their size is bounded.  How they look is held by selftests/net/replay.sh.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/plot.h"
#include "selftests/unit/lib/suite.h"

#define SECOND		1000000000ll
#define PICTURE_MAX	(8 << 20)
#define DEPTH_MAX	8
#define TEXTS_MAX	2000
#define LETTER		66	/* a tenth of a pixel */
#define HOSTILE		"</text>&\"'<script>\x01\xff\x80"
#define NAME(text)	((char[]) { text })


static char *const names[] = {
	NAME("before.pcap"), NAME("behind.pcap"), NAME("<&\"names\xe9.pcap"),
	NAME("a-name-that-is-much-longer-than-there-is-room-for-it.pcap"), NAME("5"), NAME("6"),
	NAME("7"), NAME("8"),
};
static char picture[PICTURE_MAX];
static struct session session;
static struct diagnosis diagnosis;
static struct event events[EVENTS_MAX];
static struct plot_settings settings;

static const char *words(const struct session *s, const struct event *event, char *text,
			 size_t size)
{
	snprintf(text, size, "event %d of %s  (again, %u)", event->kind, s->service, event->copy);
	return text;
}

static void bytes(char *text, size_t size, uint64_t count)
{
	snprintf(text, size, "%llu B", (unsigned long long)count);
}

static void set_end(struct endpoint *end, const char *address, uint16_t port)
{
	ck_assert(address_parse(address, &end->address));
	end->port = port;
}

static void setup(void)
{
	memset(&session, 0, sizeof(session));
	memset(&diagnosis, 0, sizeof(diagnosis));
	memset(events, 0, sizeof(events));
	settings = (struct plot_settings) {
		.names = names, .points = 1, .helper = HELPER_OURS, .words = words, .bytes = bytes,
	};
	session.number = 1;
	session.operation = "dump";
	strcpy(session.service, "sendbackup");
	strcpy(session.handle, "000-00000000");
	set_end(&session.initiator[0], "10.66.1.2", 855);
	set_end(&session.responder[0], "10.66.2.2", 10080);
	session.initiator[1] = session.initiator[0];
	session.responder[1] = session.responder[0];
	session.event = events;
}

static struct event *add_event(enum event_kind kind, bool by_initiator, int stream, int64_t time)
{
	struct event *event = &events[session.event_count++];

	event->kind = kind;
	event->by_initiator = by_initiator;
	event->stream = stream;
	event->copy = 1;
	event->seen_count = 1;
	event->seen[0].number = session.event_count;
	event->seen[0].time = time;
	event->seen[0].source = by_initiator ? session.initiator[0] : session.responder[0];
	return event;
}

static struct stream *add_stream(const char *tag, int32_t number, enum stream_fate fate)
{
	struct stream *stream = &session.stream[session.stream_count++];

	strcpy(stream->tag, tag);
	stream->number = number;
	stream->renumbered = number;
	stream->fate = fate;
	return stream;
}

static void add_cause(enum cause_level level, const char *blame)
{
	struct cause *cause = &diagnosis.cause[diagnosis.count++];

	cause->level = level;
	cause->id = "id";
	cause->blame = blame;
	while (strlen(cause->text) < CAUSE_TEXT_MAX - 20)
		strcat(cause->text, "words upon words ");
	strcpy(cause->advice, "Do something.");
	cause->packet_count = CAUSE_PACKETS_MAX;
	diagnosis.level = level;
}

static void add_dump(enum stream_fate fate)
{
	add_event(EVENT_REQUEST, true, -1, 0);
	add_event(EVENT_ACK, false, -1, 1000);
	add_event(EVENT_ANSWER, false, -1, 2000);
	add_event(EVENT_ACK, true, -1, 3000);
	add_event(EVENT_SYN, true, 0, 4000);
	add_stream("DATA", 50001, fate)->opened = 1 << HELPER_OURS;
	session.stream[0].syn = 5;
}

/* Draws the session so often, and reads the picture. */
static void draw(unsigned int times)
{
	char name[] = "/tmp/test_plot.XXXXXX";
	int file = mkstemp(name);
	struct plot *plot;
	size_t length;
	FILE *in;

	ck_assert_int_ge(file, 0);
	close(file);
	plot = plot_open(name, &settings, stderr);
	ck_assert_ptr_nonnull(plot);
	while (times--)
		plot_session(plot, &session, &diagnosis, 0);
	ck_assert_int_eq(plot_end(plot), 0);
	plot_free(plot);
	in = fopen(name, "r");
	length = fread(picture, 1, sizeof(picture) - 1, in);
	ck_assert_uint_lt(length, sizeof(picture) - 1);
	picture[length] = '\0';
	fclose(in);
	unlink(name);
}

/* --- XML, as strictly as it is needed here */

static const char *entity(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
	size_t i;

	for (i = 0; i < 4; i++)
		if (!strncmp(at, known[i], strlen(known[i])))
			return at + strlen(known[i]);
	return NULL;
}

#define SMALL	"abcdefghijklmnopqrstuvwxyz"

static const char *one_letter(const char *at)
{
	if (*at == '&')
		return entity(at);
	return *at == '<' || (*at != '\n' && !isprint((unsigned char)*at)) ? NULL : at + 1;
}

/* Up to @end; NULL: there is something in it that may not be. */
static const char *content(const char *at, char end)
{
	while (at && *at != end)
		at = one_letter(at);
	return at;
}

static const char *attributes(const char *at)
{
	while (at && *at == ' ') {
		at++;
		if (!isalpha((unsigned char)*at))
			return NULL;
		at += strspn(at, SMALL "B-12");
		if (strncmp(at, "=\"", 2))
			return NULL;
		at = content(at + 2, '"');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/* The names of what is open. */
struct nest {
	const char *name[DEPTH_MAX];
	size_t depth;
};

static const char *end_tag(struct nest *nest, const char *at)
{
	size_t length = strspn(at, SMALL);

	if (!nest->depth || strncmp(nest->name[--nest->depth], at, length) ||
	    isalnum((unsigned char)nest->name[nest->depth][length]))
		return NULL;
	return at + length;
}

static const char *begin_tag(struct nest *nest, const char *at)
{
	size_t length = strspn(at, SMALL);

	if (!length || nest->depth == DEPTH_MAX)
		return NULL;
	nest->name[nest->depth] = at;
	at = attributes(at + length);
	if (at && *at == '/')
		return at + 1;
	nest->depth++;
	return at;
}

static const char *tag(struct nest *nest, const char *at)
{
	if (*at++ != '<')
		return NULL;
	at = *at == '/' ? end_tag(nest, at + 1) : begin_tag(nest, at);
	return at && *at == '>' ? at + 1 : NULL;
}

/* The page is one element, and what is opened is closed. */
static bool well_formed(const char *at)
{
	struct nest nest = { .depth = 0 };

	do {
		at = tag(&nest, at);
		if (at && nest.depth)
			at = content(at, '<');
	} while (at && nest.depth);
	return at && !at[strspn(at, "\n")];
}

/* --- places of texts */

struct box {
	int left;
	int right;
	int y;
	const char *text;
};

static int letters(const char *text)
{
	int count = 0;

	for (; *text != '<'; count++)
		text = *text == '&' ? entity(text) : text + 1;
	return count;
}

static int attribute(const char *at, const char *name)
{
	return strtol(strstr(at, name) + strlen(name), NULL, 10);
}

static unsigned int find_boxes(struct box *box)
{
	const char *at = picture, *group = strstr(picture, "<g ");
	unsigned int count = 0;
	int x, y, width;
	char anchor;

	for (; (at = strstr(at, "<text ")); at++) {
		x = attribute(at, " x=\"");
		y = attribute(at, " y=\"");
		anchor = strstr(at, " text-anchor=\"")[sizeof(" text-anchor=\"") - 1];
		ck_assert_uint_lt(count, TEXTS_MAX);
		box->text = strchr(at, '>') + 1;
		width = letters(box->text) * LETTER;
		box->left = 10 * x - (anchor == 'e' ? width : anchor == 'm' ? width / 2 : 0);
		box->right = box->left + width;
		box->y = y + (at > group ? 96 : 0);
		box++;
		count++;
	}
	return count;
}

/* Capitals are 9 high, and what hangs below a line is 3. */
static bool overlap(const struct box *a, const struct box *b)
{
	return abs(a->y - b->y) < 12 && a->left < b->right && b->left < a->right;
}

static void assert_readable(void)
{
	static struct box box[TEXTS_MAX];
	unsigned int count = find_boxes(box), i, j;

	ck_assert(well_formed(picture));
	ck_assert_uint_gt(count, 10);
	for (i = 0; i < count; i++) {
		ck_assert_msg(box[i].left >= 80 && box[i].right <= 10320, "off the page: %.60s",
			      box[i].text);
		for (j = 0; j < i; j++)
			ck_assert_msg(!overlap(&box[i], &box[j]), "one on the other: %.40s / %.40s",
				      box[i].text, box[j].text);
	}
}

static unsigned int times(const char *what)
{
	unsigned int count = 0;
	const char *at = picture;

	for (; (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* Marks of the sessions; the legend has some too. */
static unsigned int drawn(const char *what)
{
	unsigned int all = times(what);
	char *group = strstr(picture, "<g ");
	unsigned int legend;

	*group = '\0';
	legend = times(what);
	*group = '<';
	return all - legend;
}

/* --- tests */

START_TEST(the_tests_of_this_test_can_fail)
{
	ck_assert(well_formed("<svg a=\"1\">\n<g>x&amp;</g>\n<r b=\"\"/></svg>\n"));
	ck_assert(!well_formed("<svg><g></svg></g>"));
	ck_assert(!well_formed("<svg><g></svg>"));
	ck_assert(!well_formed("<svg>&</svg>"));
	ck_assert(!well_formed("<svg>\xff</svg>"));
	ck_assert(!well_formed("<svg a=\"<\"></svg>"));
	ck_assert(!well_formed("<svg a=1></svg>"));
	ck_assert(!well_formed("<svg></svg><svg></svg>"));
	ck_assert(!well_formed("<svg>"));
	ck_assert(!well_formed("<svg></svg>x"));
	ck_assert(overlap(&(struct box){ 0, 20, 10, "" }, &(struct box){ 19, 30, 21, "" }));
	ck_assert(!overlap(&(struct box){ 0, 20, 10, "" }, &(struct box){ 20, 30, 10, "" }));
	ck_assert(!overlap(&(struct box){ 0, 20, 10, "" }, &(struct box){ 0, 20, 22, "" }));
}
END_TEST

START_TEST(a_dump_that_nobody_answers)
{
	unsigned int i;

	add_dump(FATE_SILENT);
	for (i = 2; i < 12; i++)
		add_event(EVENT_SYN, true, 0, i * SECOND)->copy = i;
	add_cause(CAUSE_TROUBLE, "a firewall");
	draw(1);
	assert_readable();
	ck_assert_uint_eq(drawn("no answer"), 3);
	ck_assert_uint_eq(drawn("class=\"cross\""), 4);	/* and the port that was not taken in time */
	ck_assert_uint_eq(drawn("8 more: packets 7 to 14"), 1);
	ck_assert_uint_eq(drawn("TROUBLE: a firewall"), 2);
	ck_assert_uint_eq(drawn("1.0 s later"), 1);
}
END_TEST

START_TEST(a_port_that_is_taken)
{
	add_dump(FATE_OPEN);
	session.stream[0].met = 1 << HELPER_OURS;
	session.confirmed = true;
	add_event(EVENT_SYN_ANSWER, false, 0, 5000);
	draw(1);
	assert_readable();
	ck_assert_uint_eq(drawn("class=\"cross\""), 0);
	ck_assert_uint_eq(drawn("class=\"met\""), 1);
	ck_assert_uint_eq(drawn("all is well"), 1);
	session.stream[0].opened = 0;
	draw(1);
	ck_assert_uint_eq(drawn("would not open DATA"), 1);
	settings.helper = HELPER_NONE;
	draw(1);
	ck_assert_uint_eq(times("would"), 0);
}
END_TEST

START_TEST(what_one_file_lacks_is_lost_there)
{
	struct event *event;

	settings.points = 2;
	event = add_event(EVENT_REQUEST, true, -1, 0);
	event->seen_count = 2;
	event->seen[1] = event->seen[0];
	event->seen[1].point = 1;
	add_event(EVENT_ANSWER, false, -1, 1000)->seen[0].point = 1;
	draw(1);
	assert_readable();
	ck_assert_uint_eq(drawn("not in before.pcap"), 1);
	/* Who acknowledges an answer has got it, whatever the file says. */
	event = add_event(EVENT_ACK, true, -1, 2000);
	event->seen[0].point = 1;
	draw(1);
	ck_assert_uint_eq(drawn("not in"), 0);
}
END_TEST

START_TEST(of_a_session_in_one_file_of_two)
{
	settings.points = 2;
	add_event(EVENT_REQUEST, true, -1, 0);
	draw(1);
	ck_assert_uint_eq(drawn("not in behind.pcap"), 1);
	add_event(EVENT_ACK, false, -1, 1);
	draw(1);
	ck_assert_uint_eq(drawn("behind.pcap"), 0);
}
END_TEST

START_TEST(a_router_rejects)
{
	add_dump(FATE_REJECTED);
	set_end(&add_event(EVENT_ERROR, false, 0, 5000)->seen[0].source, "10.66.1.1", 0);
	draw(1);
	assert_readable();
	ck_assert_uint_eq(drawn("class=\"bad\">rejected<"), 1);
	ck_assert_uint_eq(drawn("class=\"router\""), 1);
	set_end(&events[5].seen[0].source, "10.66.2.2", 0);
	draw(1);
	ck_assert_uint_eq(drawn("class=\"bad\">rejected<"), 0);
	ck_assert_uint_eq(drawn("class=\"router\""), 0);
}
END_TEST

START_TEST(an_answer_without_its_acknowledgement)
{
	add_event(EVENT_REQUEST, true, -1, 0);
	add_event(EVENT_ANSWER, false, -1, 1);
	draw(1);
	ck_assert_uint_eq(drawn("not acknowledged"), 1);
	session.untold = 3;
	draw(1);
	ck_assert_uint_eq(drawn("not acknowledged"), 0);
	ck_assert_uint_eq(drawn("3 more packets"), 1);
	session.untold = 0;
	add_event(EVENT_ACK, true, -1, 2);
	add_event(EVENT_ANSWER, false, -1, 3)->copy = 2;
	draw(1);
	ck_assert_uint_eq(drawn("did not arrive"), 1);
	ck_assert_uint_eq(drawn("not acknowledged"), 0);
}
END_TEST

START_TEST(what_strangers_wrote_is_text)
{
	unsigned int i, j;

	settings.points = 8;
	strcpy(session.service, HOSTILE);
	strcpy(session.handle, HOSTILE HOSTILE);
	set_end(&session.initiator[0], "2001:db8:1111:2222:3333:4444:5555:6666", 65535);
	set_end(&session.responder[1], "2001:db8:1111:2222:3333:4444:5555:6666", 65535);
	session.translated = true;
	for (i = 0; i < AMANDA_STREAMS_MAX; i++)
		add_stream("<&>\"345678901234567890123456789\xff", -2147483647 - 1,
			   FATE_RESET)->opened = 1 << (i % HELPER_KINDS);
	for (i = 0; i < EVENTS_MAX; i++) {
		add_event(i % (EVENT_ERROR + 1), i / 3 % 2, (int)(i % 9) - 1,
			  (i % 7) * 99999 * SECOND)->seen_count = 1 + i % SIGHTINGS_MAX;
		for (j = 0; j < SIGHTINGS_MAX; j++) {
			events[i].seen[j].point = (i + j) % 8;
			events[i].seen[j].number = UINT64_MAX;
		}
	}
	for (i = 0; i < CAUSES_MAX; i++)
		add_cause(i % 3, HOSTILE);
	session.untold = 1;
	draw(1);
	ck_assert_ptr_null(strstr(picture, "<script"));
	assert_readable();
	ck_assert_uint_gt(drawn("&lt;script&gt;???"), 0);
	ck_assert_uint_gt(drawn("the clock runs back"), 0);
}
END_TEST

static int page_height(void)
{
	return attribute(picture, " height=\"");
}

START_TEST(a_page_has_an_end)
{
	add_dump(FATE_OPEN);
	draw(10000);
	assert_readable();
	ck_assert_int_lt(page_height(), 15200);
	ck_assert_uint_eq(times("in the capture: 10000<"), 1);
	ck_assert_uint_eq(times("left out"), 1);
	ck_assert_uint_gt(drawn("class=\"title\""), 20);
	diagnosis.level = CAUSE_TROUBLE;
	draw(10000);
	ck_assert_int_lt(page_height(), 32767);
	ck_assert_int_gt(page_height(), 25000);
}
END_TEST

START_TEST(nothing_at_all)
{
	draw(0);
	ck_assert(well_formed(picture));
	session.number = 7;
	draw(1);
	assert_readable();
	ck_assert_uint_eq(drawn("session 7: dump"), 1);
}
END_TEST

START_TEST(a_file_that_cannot_be_written)
{
	char *complaint = NULL;
	size_t length;
	FILE *errors = open_memstream(&complaint, &length);
	struct plot *plot;

	ck_assert_ptr_null(plot_open("/nowhere/at/all.svg", &settings, errors));
	fclose(errors);
	ck_assert_str_eq(complaint, "Error: /nowhere/at/all.svg: No such file or directory\n");
	free(complaint);
	plot = plot_open("/dev/full", &settings, stderr);
	ck_assert_ptr_nonnull(plot);
	ck_assert_int_lt(plot_end(plot), 0);
	plot_free(plot);
}
END_TEST

START_TEST(a_capture_is_not_written_over)
{
	char name[] = "/tmp/test_plot.XXXXXX", *complaint = NULL;
	int file = mkstemp(name);
	size_t length;
	FILE *errors = open_memstream(&complaint, &length);

	ck_assert_int_eq(write(file, "\xd4\xc3\xb2\xa1", 4), 4);
	ck_assert_ptr_null(plot_open(name, &settings, errors));
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 4);
	fclose(errors);
	ck_assert_ptr_nonnull(strstr(complaint, "not written over"));
	free(complaint);
	close(file);
	unlink(name);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_tests_of_this_test_can_fail);
	tcase_add_test(tests, a_dump_that_nobody_answers);
	tcase_add_test(tests, a_port_that_is_taken);
	tcase_add_test(tests, what_one_file_lacks_is_lost_there);
	tcase_add_test(tests, of_a_session_in_one_file_of_two);
	tcase_add_test(tests, a_router_rejects);
	tcase_add_test(tests, an_answer_without_its_acknowledgement);
	tcase_add_test(tests, what_strangers_wrote_is_text);
	tcase_add_test(tests, a_page_has_an_end);
	tcase_add_test(tests, nothing_at_all);
	tcase_add_test(tests, a_file_that_cannot_be_written);
	tcase_add_test(tests, a_capture_is_not_written_over);
}

int main(void)
{
	return suite_main("plot", add_tests);
}

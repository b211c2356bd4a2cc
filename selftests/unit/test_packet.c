// SPDX-License-Identifier: GPL-2.0-or-later
/* The grammar: what Amanda sends, what it refuses, every cut and every change. */
#include <dirent.h>
#include <regex.h>
#include <stdint.h>

#include "selftests/fuzz/packet_properties.h"
#include "selftests/unit/lib/suite.h"

#define HEADER(type) "Amanda 3.5 " type " HANDLE 000-00000000 SEQ 1795858683\n"
#define REP HEADER("REP")

/*
 * An oracle of another kind: what a REP that opens streams looks like, as a
 * regular expression.  It says nothing of the limits; those have tests of their
 * own.
 */
static const char oracle_text[] =
	"^Amanda [0-9]+\\.[0-9]+ REP HANDLE [^\x01-\x20]+ SEQ -?[0-9]+\n"
	"CONNECT( [^\x01-\x20]+ (-1|0|[1-9][0-9]*))+\n";

struct refused {
	const char *text;
	enum amanda_refusal refusal;
};

static const struct refused refused[] = {
	{ "", AMANDA_BAD_MAGIC },
	{ "hello CONNECT DATA 22 \n", AMANDA_BAD_MAGIC },
	{ "amanda 3.5 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 3 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 3.5.1 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ " Amanda 3.5 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda :.5 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 3./ REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 3.5\tREP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 1234.5 REP HANDLE a SEQ 1\n", AMANDA_BAD_MAGIC },
	{ "Amanda 3.5 REPL HANDLE a SEQ 1\n", AMANDA_BAD_TYPE },
	{ "Amanda 3.5 rep HANDLE a SEQ 1\n", AMANDA_BAD_TYPE },
	{ "Amanda 3.5  REP HANDLE a SEQ 1\n", AMANDA_BAD_TYPE },
	{ "Amanda 3.5 REP HANDLE  SEQ 1\n", AMANDA_BAD_HANDLE },
	{ "Amanda 3.5 REP HANDLE a\nSEQ 1\n", AMANDA_BAD_HANDLE },
	{ "Amanda 3.5 REP SEQ 1 HANDLE a\n", AMANDA_BAD_HANDLE },
	{ "Amanda 3.5 REP HANDLE a b SEQ 1\n", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ\n", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ 1", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ 1 \n", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ 1x\n", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ 2147483648\n", AMANDA_BAD_SEQUENCE },
	{ "Amanda 3.5 REP HANDLE a SEQ --1\n", AMANDA_BAD_SEQUENCE },
	{ REP "CONNECT\n", AMANDA_NO_STREAMS },
	{ REP "CONNECT \n", AMANDA_BAD_TAG },
	{ REP "CONNECT  DATA 50001\n", AMANDA_BAD_TAG },
	{ REP "CONNECT DATA\n", AMANDA_BAD_TAG },
	{ REP "CONNECT DATA 50001 \n", AMANDA_BAD_TAG },
	{ REP "CONNECT DATA 50001 MESG\n", AMANDA_BAD_TAG },
	{ REP "CONNECT ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF 5\n", AMANDA_BAD_TAG },
	{ REP "CONNECT DATA 50001", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 22abc\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 0x50\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 050001\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA +50001\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA -2\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA -10\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 2147483648-1\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 0-1\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA -1", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 2147483648\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 50001\r\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA  50001\n", AMANDA_BAD_NUMBER },
	{ REP "CONNECT DATA 50001 MESG 50001\n", AMANDA_SAME_PORT },
	{ REP "CONNECT A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 8 I 9\n", AMANDA_MANY_STREAMS },
};

START_TEST(refuses)
{
	struct amanda_packet p;
	enum amanda_refusal got = check_packet(refused[_i].text, strlen(refused[_i].text), &p);

	ck_assert_msg(got == refused[_i].refusal, "\"%s\": %s, not %s", refused[_i].text,
		      amanda_refusal_name(got), amanda_refusal_name(refused[_i].refusal));
}
END_TEST

struct accepted {
	const char *text;
	const char *streams;	/* "TAG=NUMBER ..." */
};

static const struct accepted accepted[] = {
	{ REP "CONNECT DATA 50001 MESG 50002 INDEX 50003 STATE 50004\nOPTIONS f;\n",
	  "DATA=50001 MESG=50002 INDEX=50003 STATE=50004 " },
	{ REP "CONNECT DATA 50039 MESG 50040 INDEX -1 STATE 50041\n",
	  "DATA=50039 MESG=50040 INDEX=-1 STATE=50041 " },
	{ REP "CONNECT DATA 50022 MESG 499999 INDEX 499998 STATE 499997\n",
	  "DATA=50022 MESG=499999 INDEX=499998 STATE=499997 " },
	{ REP "CONNECT CTL 50078 DATA 50079 STATE 50080\n\n",
	  "CTL=50078 DATA=50079 STATE=50080 " },
	{ REP "CONNECT MESG 50077\n\n", "MESG=50077 " },
	{ "Amanda 10.123 REP HANDLE a SEQ 1\nCONNECT DATA 1024\n", "DATA=1024 " },
	{ REP "CONNECT X-9 0 Y 0 DATA 65535\n", "X-9=0 Y=0 DATA=65535 " },
	{ REP "CONNECT A 1 B 2 C 3 D 4 E 5 F 6 G 7 H 2147483647\n",
	  "A=1 B=2 C=3 D=4 E=5 F=6 G=7 H=2147483647 " },
	{ "Amanda 2.4 REP HANDLE zz/../x SEQ -5\nCONNECT DATA 1024\n", "DATA=1024 " },
	/* No CONNECT line, however much the body looks like one. */
	{ REP "CONNECTED DATA 22\n", NULL },
	{ REP "OPTIONS ;\nERROR [x CONNECT DATA 22\n]", NULL },
	{ REP "OPTIONS ;\nCONNECT DATA 22\n", NULL },
	{ REP " CONNECT DATA 22\n", NULL },
	{ REP "connect DATA 22\n", NULL },
	{ REP, NULL },
	{ HEADER("PREP") "CONNECT DATA 150 MESG 151\n", NULL },
	{ HEADER("NAK") "CONNECT DATA 22 MESG 25\n", NULL },
	{ HEADER("NAK") "ERROR oops CONNECT DATA 23 MESG 25\n", NULL },
	{ HEADER("ACK") "CONNECT DATA 22\n", NULL },
	{ HEADER("REQ") "CONNECT DATA 22\n", NULL },
};

START_TEST(accepts)
{
	const struct accepted *t = &accepted[_i];
	struct amanda_packet p;
	char got[256] = "";
	int i;

	ck_assert_int_eq(check_packet(t->text, strlen(t->text), &p), AMANDA_OK);
	ck_assert_int_eq(p.connect, t->streams != NULL);
	for (i = 0; i < p.stream_count; i++)
		sprintf(got + strlen(got), "%.*s=%d ", p.stream[i].tag_length,
			t->text + p.stream[i].tag_offset, p.stream[i].number);
	ck_assert_str_eq(got, t->streams ? t->streams : "");
}
END_TEST

START_TEST(reads_the_header)
{
	static const char text[] = "Amanda 3.5 PREP HANDLE 000-0000002a SEQ -1795858683\nx";
	struct amanda_packet p;

	ck_assert_int_eq(check_packet(text, strlen(text), &p), AMANDA_OK);
	ck_assert_int_eq(p.type, AMANDA_PREP);
	ck_assert_int_eq(p.sequence, -1795858683);
	ck_assert_int_eq(p.handle_length, 12);
	ck_assert(!memcmp(text + p.handle_offset, "000-0000002a", 12));
	ck_assert_str_eq(text + p.body_offset, "x");
}
END_TEST

START_TEST(header_ends_within_255_bytes)
{
	char text[400];
	struct amanda_packet p;
	int room;

	for (room = 200; room < 240; room++) {
		int length = sprintf(text, "Amanda 3.5 REP HANDLE %0*d SEQ 1\nCONNECT A 1\n", room, 0);
		int header = strchr(text, '\n') + 1 - text;

		ck_assert_int_eq(check_packet(text, length, &p) == AMANDA_OK,
				 header <= AMANDA_HEADER_MAX);
	}
}
END_TEST

/* The longest line that the limits allow still fits the window. */
START_TEST(window_holds_the_longest_line)
{
	char text[2000];
	struct amanda_packet p;
	int i, length;

	length = sprintf(text, "Amanda 3.5 REP HANDLE %0*d SEQ 1\nCONNECT", 226, 0);
	ck_assert_int_eq(strchr(text, '\n') + 1 - text, AMANDA_HEADER_MAX);
	for (i = 0; i < AMANDA_STREAMS_MAX; i++)
		length += sprintf(text + length, " %031d 214748364%d", i, i % 8);
	length += sprintf(text + length, "\n");
	ck_assert_int_eq(length, AMANDA_WINDOW);
	length += sprintf(text + length, "OPTIONS ;\n");
	ck_assert_int_eq(check_packet(text, length, &p), AMANDA_OK);
	ck_assert_int_eq(p.stream_count, AMANDA_STREAMS_MAX);
	ck_assert_int_eq(check_packet(text, AMANDA_WINDOW, &p), AMANDA_OK);
	ck_assert_int_ne(check_packet(text, AMANDA_WINDOW - 1, &p), AMANDA_OK);
}
END_TEST

static bool oracle_opens(const regex_t *oracle, const char *data, size_t length)
{
	/* A NUL ends the text for Amanda's strtok() as well. */
	regmatch_t where = { .rm_so = 0, .rm_eo = strnlen(data, length) };

	return !regexec(oracle, data, 1, &where, REG_STARTEND);
}

/* Nothing opens that the oracle does not open, and the other way round unless
 * a limit is in the way.
 */
static void compare(const regex_t *oracle, const char *data, size_t length, unsigned long *opened)
{
	struct amanda_packet p;
	enum amanda_refusal refusal = check_packet(data, length, &p);
	bool opens = !refusal && p.stream_count;

	*opened += opens;
	if (opens == oracle_opens(oracle, data, length))
		return;
	ck_assert_msg(!opens, "opens what the oracle does not: %.*s", (int)length, data);
	ck_assert_msg(refusal == AMANDA_SAME_PORT || refusal == AMANDA_MANY_STREAMS ||
		      refusal == AMANDA_BAD_SEQUENCE || refusal == AMANDA_BAD_NUMBER ||
		      refusal == AMANDA_BAD_MAGIC,
		      "%s, but the oracle opens: %.*s", amanda_refusal_name(refusal),
		      (int)length, data);
}

START_TEST(every_cut_and_every_byte)
{
	const char *text = accepted[_i].text;
	size_t length = strlen(text), at;
	char copy[512];
	unsigned long opened = 0;
	regex_t oracle;
	int byte;

	ck_assert_int_eq(regcomp(&oracle, oracle_text, REG_EXTENDED), 0);
	for (at = 0; at <= length; at++)
		compare(&oracle, text, at, &opened);
	memcpy(copy, text, length);
	for (at = 0; at < length; at++) {
		for (byte = 0; byte < 256; byte++) {
			copy[at] = byte;
			compare(&oracle, copy, length, &opened);
		}
		copy[at] = text[at];
	}
	ck_assert_msg(!accepted[_i].streams || opened > 100, "only %lu open", opened);
	regfree(&oracle);
}
END_TEST

START_TEST(renumbers_growing_and_shrinking)
{
	static const char text[] = REP "CONNECT DATA 9997 MESG 499999 INDEX -1 STATE 10001\nOPTIONS;\n";
	static const __u16 port[] = { 12345, 7 };
	struct amanda_packet p;
	char out[AMANDA_WINDOW];
	size_t length;

	ck_assert_int_eq(check_packet(text, strlen(text), &p), AMANDA_OK);
	length = amanda_packet_renumber(text, &p, port, out);
	out[length] = '\0';
	ck_assert_str_eq(out, "12345 MESG 499999 INDEX -1 STATE 7");
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, refuses, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(tests, accepts, 0, sizeof(accepted) / sizeof(accepted[0]));
	tcase_add_test(tests, reads_the_header);
	tcase_add_test(tests, header_ends_within_255_bytes);
	tcase_add_test(tests, window_holds_the_longest_line);
	tcase_add_loop_test(tests, every_cut_and_every_byte, 0,
			    sizeof(accepted) / sizeof(accepted[0]));
	tcase_add_test(tests, renumbers_growing_and_shrinking);
}

int main(void)
{
	return suite_main("packet", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capture files: formats, compression, several of them, and cut anywhere.
 */
#include <pcap/dlt.h>
#include <sys/wait.h>

#include "selftests/unit/capture_made.h"
#include "selftests/unit/capture_packed.h"
#include "selftests/unit/lib/suite.h"

static struct made file, frame, packed;

/* Three packets, a second apart. */
static void make_three(void)
{
	int i;

	frame.length = 0;
	made_amanda(&frame, 4);
	made_begin(&file, 101);
	for (i = 1; i <= 3; i++)
		made_record(&file, i * SECOND, &frame);
}

static void assert_three(const struct seen *seen)
{
	ck_assert_str_eq(seen->error, "");
	ck_assert_uint_eq(seen->count, 3);
	ck_assert_int_eq(seen->packet[0].time, SECOND);
	ck_assert_int_eq(seen->packet[2].time, 3 * SECOND);
	ck_assert_uint_eq(seen->packet[2].number, 3);
	ck_assert_mem_eq(seen->packet[2].data, "Amanda", 6);
}

/* --- formats */

static void little_32(struct made *made, uint32_t value)
{
	made_32(made, __builtin_bswap32(value));
}

START_TEST(pcap_of_microseconds)
{
	struct seen *seen;

	frame.length = 0;
	made_amanda(&frame, 4);
	file.length = 0;
	little_32(&file, 0xa1b2c3d4);
	little_32(&file, 0x00040002);
	little_32(&file, 0);
	little_32(&file, 0);
	little_32(&file, 65535);
	little_32(&file, 101);
	little_32(&file, 0xfffffff0);
	little_32(&file, 999999);
	little_32(&file, (uint32_t)frame.length);
	little_32(&file, (uint32_t)frame.length);
	made_add(&file, frame.bytes, frame.length);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_int_eq(seen->packet[0].time, 0xfffffff0 * SECOND + 999999000);
}
END_TEST

static void ng_section(struct made *made)
{
	made->length = 0;
	made_32(made, 0x0a0d0d0a);
	made_32(made, 28);
	made_32(made, 0x1a2b3c4d);
	made_32(made, 0x00010000);
	made_32(made, 0xffffffff);
	made_32(made, 0xffffffff);
	made_32(made, 28);
}

/* An interface whose clock ticks 10^-@ticks seconds. */
static void ng_interface(struct made *made, unsigned int link, uint8_t ticks)
{
	made_32(made, 1);
	made_32(made, 32);
	made_32(made, link << 16);
	made_32(made, 65535);
	made_32(made, 9 << 16 | 1);
	made_add(made, (uint8_t []) { ticks, 0, 0, 0 }, 4);
	made_32(made, 0);
	made_32(made, 32);
}

static void ng_packet(struct made *made, uint32_t interface, uint64_t time)
{
	static const uint8_t fill[3];
	uint32_t padding = -(uint32_t)frame.length & 3, length = 32 + (uint32_t)frame.length;

	made_32(made, 6);
	made_32(made, length + padding);
	made_32(made, interface);
	made_32(made, (uint32_t)(time >> 32));
	made_32(made, (uint32_t)time);
	made_32(made, (uint32_t)frame.length);
	made_32(made, (uint32_t)frame.length);
	made_add(made, frame.bytes, frame.length);
	made_add(made, fill, padding);
	made_32(made, length + padding);
}

START_TEST(pcapng_of_two_interfaces)
{
	frame.length = 0;
	made_add(&frame, "\1\2\3\4\5\6\1\2\3\4\5\7\x08\0", 14);
	made_amanda(&frame, 4);
	ng_section(&file);
	ng_interface(&file, DLT_EN10MB, 9);
	ng_interface(&file, DLT_EN10MB, 3);
	ng_packet(&file, 0, SECOND);
	ng_packet(&file, 1, 2000);
	ng_packet(&file, 0, 3 * SECOND);
	assert_three(seen_made(&file));
}
END_TEST

START_TEST(pcapng_of_two_link_types)
{
	struct seen *seen;

	frame.length = 0;
	made_amanda(&frame, 4);
	ng_section(&file);
	ng_interface(&file, 101, 9);
	ng_packet(&file, 0, SECOND);
	ng_interface(&file, 1, 9);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->count, 1);
	ck_assert_ptr_nonnull(strstr(seen->error, ": record 2: an interface has a type 1 different from the type of the first interface, which libpcap cannot read: "));
}
END_TEST

START_TEST(times_beyond_all_times)
{
	struct seen *seen;

	frame.length = 0;
	made_amanda(&frame, 4);
	ng_section(&file);
	ng_interface(&file, 101, 0);
	ng_packet(&file, 0, UINT64_MAX / 2);
	ng_packet(&file, 0, 1);
	ng_packet(&file, 0, UINT64_MAX);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->count, 3);
	ck_assert_int_eq(seen->packet[0].time, INT64_MAX);
	ck_assert_int_eq(seen->packet[1].time, SECOND);
	ck_assert_uint_ge(seen->counts.backwards, 1);
}
END_TEST

START_TEST(lengths_of_a_record_that_lie)
{
	struct seen *seen;

	make_three();
	/* "60 bytes of the 0 that were sent" */
	memset(file.bytes + 24 + 12, 0, 4);
	assert_three(seen_made(&file));
	memset(file.bytes + 24 + 8, 255, 4);
	seen = seen_made(&file);
	ck_assert_uint_eq(seen->count, 0);
	ck_assert_ptr_nonnull(strstr(seen->error, ": record 1: "));
}
END_TEST

/* --- what is none */

static void assert_refused(const struct seen *seen, const char *words)
{
	ck_assert(!seen->begun);
	ck_assert_msg(strstr(seen->error, words), "%s", seen->error);
}

START_TEST(no_capture)
{
	char *missing = (char *)"/nonexistent/capture", *folder = (char *)"/";

	assert_refused(seen_bytes("Dear \"all\"\n\t\xff", 13),
		       ": Error: not a capture: it begins with \"Dear \\\"all\\\"\\n\\x09\\xff\";\n");
	assert_refused(seen_bytes("", 0), ": Error: the file is empty; ");
	assert_refused(seen_bytes("\xa1\xb2\xc3\xd4\0\2", 6), ": Error: its header: ");
	assert_refused(seen_files(&missing, 1),
		       "/nonexistent/capture: Error: No such file or directory\n");
	assert_refused(seen_files(&folder, 1), "/: Error: a folder; ");
	assert_refused(seen_files(&missing, 9), "Error: 9 captures; from 1 to 8 ");
	assert_refused(seen_files(&missing, 0), "Error: 0 captures; from 1 to 8 ");
}
END_TEST

/* --- cut */

START_TEST(cut_at_every_byte)
{
	size_t whole, record, cut;

	make_three();
	whole = file.length;
	record = 16 + frame.length;
	for (cut = 1; cut < whole; cut++) {
		struct seen *seen = seen_bytes(file.bytes, cut);
		size_t records = cut < 24 ? 0 : (cut - 24) / record;
		size_t rest = cut < 24 ? 0 : (cut - 24) % record;
		char words[80];

		ck_assert_int_eq(seen->begun, cut >= 24);
		ck_assert_uint_eq(seen->count, records);
		if (cut < 24)
			continue;
		snprintf(words, sizeof(words), ": record %zu: cut after %zu of %zu bytes",
			 records + 1, rest < 16 ? rest : rest - 16, rest < 16 ? 16 : frame.length);
		if (!rest)
			ck_assert_str_eq(seen->error, "");
		else
			ck_assert_msg(strstr(seen->error, words), "%zu: %s", cut, seen->error);
	}
}
END_TEST

START_TEST(pcapng_cut_at_every_byte)
{
	size_t cut, before = 0;

	frame.length = 0;
	made_amanda(&frame, 4);
	ng_section(&file);
	ng_interface(&file, 101, 9);
	ng_packet(&file, 0, SECOND);
	ng_packet(&file, 0, 2 * SECOND);
	for (cut = 1; cut <= file.length; cut++) {
		struct seen *seen = seen_bytes(file.bytes, cut);

		ck_assert_uint_ge(seen->count, before);
		before = seen->count;
		if (seen->begun && (cut - 60) % ((file.length - 60) / 2))
			ck_assert_ptr_nonnull(strstr(seen->error, ": record "));
	}
	ck_assert_uint_eq(before, 2);
}
END_TEST

/* --- compression */

START_TEST(compressed)
{
	struct seen *seen;

	make_three();
	made_pack(&packed, &packers[_i], file.bytes, file.length);
	seen = seen_made(&packed);
	assert_three(seen);
	ck_assert_uint_eq(seen->counts.size, packed.length);
	ck_assert_uint_eq(seen->counts.bytes, packed.length);
	made_pack(&packed, &packers[_i], "Dear all\n", 9);
	assert_refused(seen_made(&packed),
		       ": Error: not a capture: decompressed it begins with \"Dear all\\n\";\n");
	made_pack(&packed, &packers[_i], "", 0);
	assert_refused(seen_made(&packed), ": Error: nothing is compressed in it; ");
}
END_TEST

START_TEST(compressed_and_cut_at_every_byte)
{
	char words[40];
	size_t cut;

	make_three();
	made_pack(&packed, &packers[_i], file.bytes, file.length);
	snprintf(words, sizeof(words), "damaged %s data (", packers[_i].name);
	for (cut = 1; cut < packed.length; cut++) {
		struct seen *seen = seen_bytes(packed.bytes, cut);

		ck_assert(seen->count == 0 || seen->count == 3);
		ck_assert_str_ne(seen->error, "");
		ck_assert(cut < packed.length / 2 || strstr(seen->error, words));
	}
}
END_TEST

/* --- standard input, a few bytes at a time */

START_TEST(standard_input)
{
	char *name = (char *)"-";
	int pipes[2];
	size_t i;
	pid_t writer;

	make_three();
	made_pack(&packed, &packers[0], file.bytes, file.length);
	if (_i)
		file = packed;
	ck_assert_int_eq(pipe(pipes), 0);
	writer = fork();
	if (!writer) {
		for (i = 0; i < file.length; i++) {
			if (write(pipes[1], file.bytes + i, 1) != 1)
				_exit(1);
			usleep(100);
		}
		_exit(0);
	}
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	assert_three(seen_files(&name, 1));
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

/* --- several files */

START_TEST(merged_by_time)
{
	static const int64_t times[2][4] = { { 1, 4, 2, 6 }, { 3, 4, 5, 7 } };
	static const unsigned int points[] = { 0, 1, 0, 0, 1, 1 };
	struct seen *seen;
	char *names[2], words[200];
	size_t i, place;

	frame.length = 0;
	made_amanda(&frame, 4);
	for (place = 0; place < 2; place++) {
		made_begin(&file, 101);
		for (i = 0; i < 4; i++)
			made_record(&file, times[place][i] * SECOND, &frame);
		/* Both end too early, the first one by 2 bytes. */
		names[place] = made_file(file.bytes, file.length - 2 + place);
	}
	seen = seen_files(names, 2);
	ck_assert_uint_eq(seen->count, 6);
	for (i = 0; i < 6; i++)
		ck_assert_uint_eq(seen->packet[i].point, points[i]);
	ck_assert_uint_eq(seen->packet[2].number, 2);
	ck_assert_uint_eq(seen->counts.backwards, 1);
	ck_assert_uint_eq(seen->counts.size, 2 * file.length - 3);
	ck_assert_uint_eq(seen->counts.bytes, 2 * file.length - 3);
	snprintf(words, sizeof(words), "%s: record 4: cut after 32 of 34 bytes\n%s: record 4: cut after 33 of 34 bytes",
		 names[0], names[1]);
	ck_assert_str_eq(seen->error, words);
	made_file_end(names[0]);
	made_file_end(names[1]);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_test(tests, pcap_of_microseconds);
	tcase_add_test(tests, pcapng_of_two_interfaces);
	tcase_add_test(tests, pcapng_of_two_link_types);
	tcase_add_test(tests, times_beyond_all_times);
	tcase_add_test(tests, lengths_of_a_record_that_lie);
	tcase_add_test(tests, no_capture);
	tcase_add_test(tests, cut_at_every_byte);
	tcase_add_test(tests, pcapng_cut_at_every_byte);
	tcase_add_loop_test(tests, compressed, 0, PACKERS);
	tcase_add_loop_test(tests, compressed_and_cut_at_every_byte, 0, PACKERS);
	tcase_add_loop_test(tests, standard_input, 0, 2);
	tcase_add_test(tests, merged_by_time);
}

int main(void)
{
	return suite_main("capture", add_tests);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Many channels on one connection: frames, order, back pressure, ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "amref/driver.h"
#include "amref/loop.h"
#include "amref/mux.h"
#include "selftests/unit/lib/suite.h"

#define DATA	FRAME_FIRST
#define MESG	(FRAME_FIRST - 1)
#define BULK	(3u * 1024 * 1024)

/* What came on a channel. */
struct heard {
	struct mux_channel *channel;
	char *text;
	size_t length, frames;
	int opened, writable, ended, failed;
	char why[200];
	/* what to do in a callback */
	bool close_on_data, free_on_data, pause_on_data;
	size_t left;		/* of BULK, still to be written */
};

static struct loop *wheel;
static struct mux *mux;
static int peer = -1, ours = -1;
static struct heard first, second;
static int closed;
static char closed_why[200];
static uint32_t unclaimed_handle;
static size_t unclaimed_length, unclaimed_frames;

static void on_opened(void *arg)
{
	((struct heard *)arg)->opened++;
}

static void on_data(void *arg, const char *data, size_t length)
{
	struct heard *heard = arg;

	heard->text = realloc(heard->text, heard->length + length);
	memcpy(heard->text + heard->length, data, length);
	heard->length += length;
	heard->frames++;
	if (heard->close_on_data) {
		mux_close(heard->channel);
		heard->channel = NULL;
	}
	if (heard->pause_on_data)
		mux_pause(heard->channel, true);
	if (heard->free_on_data) {
		mux_free(mux);
		mux = NULL;
	}
}

static unsigned char pattern(size_t at)
{
	return at % 251;
}

static void write_bulk(struct heard *heard)
{
	static unsigned char block[BULK];
	ssize_t taken;
	size_t i;

	for (i = 0; heard->left == BULK && i < BULK; i++)
		block[i] = pattern(i);
	taken = mux_write(heard->channel, (char *)block + BULK - heard->left, heard->left);
	ck_assert_int_ge(taken, 0);
	heard->left -= taken;
}

static void on_writable(void *arg)
{
	struct heard *heard = arg;

	heard->writable++;
	if (heard->left)
		write_bulk(heard);
}

static void on_ended(void *arg)
{
	((struct heard *)arg)->ended++;
}

static void on_failed(void *arg, const char *why)
{
	struct heard *heard = arg;

	heard->failed++;
	snprintf(heard->why, sizeof(heard->why), "%s", why);
}

static const struct stream_events events = {
	.opened = on_opened,
	.data = on_data,
	.writable = on_writable,
	.ended = on_ended,
	.failed = on_failed,
};

static void on_unclaimed(void *arg, uint32_t handle, const char *data, size_t length)
{
	(void)arg;
	(void)data;
	unclaimed_handle = handle;
	unclaimed_length = length;
	unclaimed_frames++;
}

static void on_closed(void *arg, const char *why)
{
	(void)arg;
	closed++;
	snprintf(closed_why, sizeof(closed_why), "%s", why ? why : "-");
}

static const struct mux_events mux_calls = {
	.unclaimed = on_unclaimed,
	.closed = on_closed,
};

static void stop(void *arg)
{
	loop_quit(arg, 0);
}

/* Let the loop go round until nothing more comes for a moment. */
static void turn(void)
{
	struct loop_timer timer = { .expired = stop, .arg = wheel };

	loop_start(wheel, &timer, 20);
	loop_run(wheel);
}

static void say(const void *bytes, size_t length)
{
	ck_assert_int_eq(write(peer, bytes, length), (ssize_t)length);
}

static void say_frame(uint32_t handle, const char *text)
{
	size_t length = strlen(text);
	uint32_t header[2] = { htonl(length), htonl(handle) };

	say(header, sizeof(header));
	say(text, length);
}

static void open_both(bool packets)
{
	first.channel = mux_open(mux, packets ? 1 : DATA, packets, &events, &first);
	second.channel = mux_open(mux, packets ? 2 : MESG, packets, &events, &second);
	ck_assert(first.channel && second.channel);
}

static void setup(void)
{
	int pair[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ours = pair[0];
	peer = pair[1];
	fcntl(ours, F_SETFL, O_NONBLOCK);
	wheel = loop_new();
	mux = mux_new(wheel, &mux_calls, NULL);
	ck_assert_int_eq(mux_start(mux, ours, ours, NULL, NULL), 0);
}

static void teardown(void)
{
	close(peer);
	mux_free(mux);
	close(ours);
	loop_free(wheel);
	free(first.text);
	free(second.text);
}

START_TEST(frames_as_amanda_sends_them)
{
	/* noop and the end of its handle, from a capture of the real one */
	static const char wire[] = "\0\0\0\2\0\0\0\1\3\0\0\0\0\0\0\0\0\1";
	char got[64];
	struct iovec part = { (char []){ AMANDA_ACK, 0 }, 2 };

	open_both(true);
	ck_assert_int_eq(mux_send(first.channel, &part, 1), 0);
	mux_shutdown(first.channel);
	ck_assert_int_eq(read(peer, got, sizeof(got)), sizeof(wire) - 1);
	ck_assert_mem_eq(got, wire, sizeof(wire) - 1);
}
END_TEST

START_TEST(what_is_written_before_the_start_waits)
{
	struct mux *early = mux_new(wheel, &mux_calls, NULL);
	struct mux_channel *channel = mux_open(early, DATA, false, &events, &first);
	char got[16];

	ck_assert_int_eq(mux_write(channel, "x", 1), 1);
	ck_assert(mux_busy(early));
	ck_assert_int_eq(recv(peer, got, sizeof(got), MSG_DONTWAIT), -1);
	mux_free(mux);
	mux = early;
	mux_start(mux, ours, ours, NULL, NULL);
	turn();
	ck_assert(!mux_busy(mux));
	ck_assert_int_eq(read(peer, got, sizeof(got)), 9);
}
END_TEST

START_TEST(a_stream_need_not_come_in_whole_frames)
{
	uint32_t header[2] = { htonl(6), htonl(DATA) };

	open_both(false);
	say(header, 5);
	turn();
	say((char *)header + 5, 3);
	say("abc", 3);
	turn();
	ck_assert_int_eq(first.length, 3);
	say("def", 3);
	say_frame(MESG, "x");
	turn();
	ck_assert_mem_eq(first.text, "abcdef", 6);
	ck_assert_int_eq(second.length, 1);
}
END_TEST

START_TEST(a_packet_comes_whole)
{
	uint32_t header[2] = { htonl(6), htonl(1) };

	open_both(true);
	say(header, 8);
	say("abc", 3);
	turn();
	ck_assert_int_eq(first.frames, 0);
	say("def", 3);
	turn();
	ck_assert_int_eq(first.frames, 1);
	say(header, 8);
	say("ghi", 3);
	turn();
	say("jkl", 3);
	turn();
	ck_assert_int_eq(first.frames, 2);
	ck_assert_mem_eq(first.text, "abcdefghijkl", 12);
}
END_TEST

START_TEST(a_strange_handle_is_nobodys)
{
	open_both(false);
	say_frame(77, "hello");
	turn();
	ck_assert_int_eq(unclaimed_handle, 77);
	ck_assert_int_eq(unclaimed_length, 5);
	say_frame(MESG, "x");
	turn();
	ck_assert_int_eq(second.length, 1);
}
END_TEST

START_TEST(a_closed_channel_hears_nothing)
{
	open_both(false);
	first.close_on_data = true;
	say_frame(DATA, "one");
	say_frame(DATA, "two");
	say_frame(MESG, "x");
	turn();
	ck_assert_int_eq(first.length, 3);
	ck_assert_int_eq(unclaimed_length, 3);
	ck_assert_int_eq(second.length, 1);
}
END_TEST

START_TEST(a_callback_may_free_all)
{
	open_both(false);
	first.free_on_data = true;
	say_frame(DATA, "one");
	say_frame(MESG, "x");
	turn();
	ck_assert_int_eq(first.length, 3);
	ck_assert_int_eq(second.length, 0);
	ck_assert_int_eq(closed, 0);
}
END_TEST

START_TEST(an_end_is_told_once)
{
	open_both(false);
	say_frame(DATA, "");
	say_frame(DATA, "");
	turn();
	ck_assert_int_eq(first.ended, 1);
	close(peer);
	turn();
	ck_assert_int_eq(first.failed, 0);
	ck_assert_int_eq(second.failed, 1);
	ck_assert_int_eq(closed, 1);
	ck_assert_str_eq(closed_why, "-");
}
END_TEST

/* A peer that stops at any byte of a frame. */
START_TEST(a_torn_frame_is_a_failure)
{
	static const char frame[] = "\0\0\0\3\0\7\241\37abc";

	open_both(false);
	say(frame, _i);
	close(peer);
	turn();
	ck_assert_int_eq(closed, 1);
	ck_assert_int_eq(first.failed, 1);
	if (_i == 0 || _i == 11)
		ck_assert_str_eq(closed_why, "-");
	else
		ck_assert_str_eq(closed_why, "EOF in the middle of a frame");
}
END_TEST

START_TEST(too_long_a_frame_is_refused)
{
	uint32_t header[2] = { htonl(FRAME_MAX + 1), htonl(DATA) };

	open_both(false);
	say(header, 8);
	turn();
	ck_assert_str_eq(first.why, "tcpm_recv_token: invalid size");
	ck_assert_int_eq(closed, 1);
}
END_TEST

START_TEST(a_complaint_is_quoted)
{
	open_both(true);
	say("Permission denied.\n", 19);
	turn();
	ck_assert_str_eq(first.why, "tcpm_recv_token: invalid size: \"Permission denied.\"");
}
END_TEST

START_TEST(a_pause_holds_all)
{
	open_both(false);
	mux_pause(second.channel, true);
	say_frame(DATA, "one");
	turn();
	ck_assert_int_eq(first.length, 0);
	mux_pause(second.channel, false);
	turn();
	ck_assert_int_eq(first.length, 3);
}
END_TEST

START_TEST(a_pause_holds_what_has_been_read)
{
	open_both(false);
	first.pause_on_data = true;
	say_frame(DATA, "one");
	say_frame(DATA, "two");
	turn();
	ck_assert_int_eq(first.length, 3);
	mux_pause(first.channel, false);
	turn();
	ck_assert_int_eq(first.length, 6);
}
END_TEST

START_TEST(closing_ends_a_pause)
{
	open_both(false);
	mux_pause(second.channel, true);
	mux_close(second.channel);
	say_frame(DATA, "one");
	turn();
	ck_assert_int_eq(first.length, 3);
}
END_TEST

/* The peer of a flood: takes frames apart, and knows what should be in them. */
struct flood {
	unsigned char header[8];
	size_t have, left;
	size_t got[2];
	size_t wrong;
};

static void flood_byte(struct flood *flood, unsigned char byte)
{
	uint32_t word[2];

	if (flood->left) {
		int which = flood->header[7] == (MESG & 0xff);

		flood->wrong += byte != pattern(flood->got[which]++);
		flood->left--;
		return;
	}
	flood->header[flood->have++] = byte;
	if (flood->have < 8)
		return;
	memcpy(word, flood->header, 8);
	flood->left = ntohl(word[0]);
	flood->have = 0;
	flood->wrong += ntohl(word[1]) != DATA && ntohl(word[1]) != MESG;
}

static bool drain(struct flood *flood)
{
	unsigned char buffer[65536];
	ssize_t i, count = recv(peer, buffer, sizeof(buffer), MSG_DONTWAIT);

	for (i = 0; i < count; i++)
		flood_byte(flood, buffer[i]);
	return count > 0;
}

START_TEST(a_full_pipe_holds_streams_back_in_turn)
{
	struct flood flood = { .have = 0 };

	open_both(false);
	first.left = BULK;
	second.left = BULK;
	write_bulk(&first);
	write_bulk(&second);
	ck_assert_uint_gt(first.left, 0);
	ck_assert_uint_eq(second.left, BULK);
	while (first.left || second.left || mux_busy(mux)) {
		if (!drain(&flood))
			turn();
		/* neither gets far ahead of the other */
		if (first.left && second.left)
			ck_assert_int_lt(labs((long)first.left - (long)second.left), BULK / 2);
	}
	while (drain(&flood))
		;
	ck_assert_uint_eq(flood.wrong, 0);
	ck_assert_uint_eq(flood.got[0], BULK);
	ck_assert_uint_eq(flood.got[1], BULK);
	ck_assert_uint_gt(first.writable, 1);
	ck_assert_uint_gt(second.writable, 1);
}
END_TEST

START_TEST(packets_pass_a_full_stream)
{
	struct iovec part = { (char []){ AMANDA_REP, 'x', 0 }, 3 };
	struct mux_channel *control = mux_open(mux, 1, true, &events, &second);

	first.channel = mux_open(mux, DATA, false, &events, &first);
	first.left = BULK;
	write_bulk(&first);
	ck_assert_uint_gt(first.left, 0);
	ck_assert_int_eq(mux_send(control, &part, 1), 0);
}
END_TEST

START_TEST(who_never_reads_is_given_up)
{
	static char huge[1024 * 1024];
	struct iovec part = { huge, sizeof(huge) };
	int i, error = 0;

	open_both(true);
	for (i = 0; i < 64 && !error; i++)
		error = mux_send(first.channel, &part, 1);
	ck_assert_int_ne(error, 0);
	turn();
	ck_assert_str_eq(first.why, "the other end does not read");
}
END_TEST

START_TEST(what_came_before_a_write_error_is_read)
{
	open_both(false);
	say_frame(DATA, "last words");
	say_frame(DATA, "");
	close(peer);
	ck_assert_int_eq(mux_write(second.channel, "x", 1), -EPIPE);
	turn();
	ck_assert_int_eq(first.length, 10);
	ck_assert_int_eq(first.ended, 1);
	ck_assert_int_eq(second.failed, 1);
	ck_assert_str_eq(second.why, "write error to: Broken pipe");
}
END_TEST

START_TEST(opened_comes_from_the_loop)
{
	open_both(false);
	mux_opened(first.channel);
	ck_assert_int_eq(first.opened, 0);
	turn();
	ck_assert_int_eq(first.opened, 1);
	ck_assert_int_eq(second.opened, 0);
	mux_opened(second.channel);
	turn();
	ck_assert_int_eq(first.opened, 1);
}
END_TEST

START_TEST(after_the_end_nothing_is_sent)
{
	char got[64];

	open_both(false);
	mux_shutdown(first.channel);
	ck_assert_int_eq(mux_write(first.channel, "x", 1), -EPIPE);
	mux_close(first.channel);
	mux_close(second.channel);
	ck_assert_int_eq(read(peer, got, sizeof(got)), 16);
}
END_TEST

START_TEST(one_channel_for_a_handle)
{
	open_both(false);
	ck_assert_ptr_null(mux_open(mux, DATA, false, &events, &first));
	mux_close(first.channel);
	ck_assert_ptr_nonnull(mux_open(mux, DATA, false, &events, &first));
}
END_TEST

START_TEST(what_is_queued_goes_out_before_the_end)
{
	char buffer[65536];
	pid_t reader;
	size_t got = 0;
	ssize_t count;

	open_both(false);
	first.left = BULK;
	write_bulk(&first);
	mux_close(first.channel);
	ck_assert(mux_busy(mux));
	reader = fork();
	if (!reader) {
		mux_free(mux);
		_exit(0);
	}
	close(ours);
	while ((count = read(peer, buffer, sizeof(buffer))) > 0)
		got += count;
	ours = -1;
	mux_fail(mux, "the child has it");
	ck_assert_uint_ge(got, BULK - first.left);
}
END_TEST

static void add_tests(struct TCase *tests)
{
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, frames_as_amanda_sends_them);
	tcase_add_test(tests, what_is_written_before_the_start_waits);
	tcase_add_test(tests, a_stream_need_not_come_in_whole_frames);
	tcase_add_test(tests, a_packet_comes_whole);
	tcase_add_test(tests, a_strange_handle_is_nobodys);
	tcase_add_test(tests, a_closed_channel_hears_nothing);
	tcase_add_test(tests, a_callback_may_free_all);
	tcase_add_test(tests, an_end_is_told_once);
	tcase_add_loop_test(tests, a_torn_frame_is_a_failure, 0, 12);
	tcase_add_test(tests, too_long_a_frame_is_refused);
	tcase_add_test(tests, a_complaint_is_quoted);
	tcase_add_test(tests, a_pause_holds_all);
	tcase_add_test(tests, a_pause_holds_what_has_been_read);
	tcase_add_test(tests, closing_ends_a_pause);
	tcase_add_test(tests, a_full_pipe_holds_streams_back_in_turn);
	tcase_add_test(tests, packets_pass_a_full_stream);
	tcase_add_test(tests, who_never_reads_is_given_up);
	tcase_add_test(tests, what_came_before_a_write_error_is_read);
	tcase_add_test(tests, opened_comes_from_the_loop);
	tcase_add_test(tests, after_the_end_nothing_is_sent);
	tcase_add_test(tests, one_channel_for_a_handle);
	tcase_add_test(tests, what_is_queued_goes_out_before_the_end);
}

int main(void)
{
	return suite_main("mux", add_tests);
}

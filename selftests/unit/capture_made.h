/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files made by hand, and read as any other.
 *
 *	struct made made = made_begin(DLT_RAW);
 *	made_record(&made, 5, frame.bytes, frame.length);
 *	struct seen seen = made_read(&made);
 */
#ifndef UNIT_CAPTURE_MADE_H
#define UNIT_CAPTURE_MADE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/capture.h"

#define MADE_MAX	400000
#define SEEN_MAX	8
#define SECOND		INT64_C(1000000000)

/* The bytes of a file, or of a packet. */
struct made {
	size_t length;
	uint8_t bytes[MADE_MAX];
};

/**
 * struct seen - what was read
 * @count: packets; of the first SEEN_MAX there is all
 * @packet: those, @data pointing to a copy
 * @counts: as they were at the end
 * @error: capture_error(), or what capture_begin() complained
 * @begun: capture_begin() took it
 */
struct seen {
	size_t count;
	struct packet packet[SEEN_MAX];
	uint8_t data[SEEN_MAX][4096];
	struct capture_counts counts;
	char error[1024];
	bool begun;
};

static inline void made_add(struct made *made, const void *bytes, size_t length)
{
	ck_assert_uint_le(made->length + length, MADE_MAX);
	memcpy(made->bytes + made->length, bytes, length);
	made->length += length;
}

static inline void made_16(struct made *made, unsigned int value)
{
	made_add(made, (uint8_t []) { value >> 8 & 255, value & 255 }, 2);
}

static inline void made_32(struct made *made, uint32_t value)
{
	made_16(made, value >> 16);
	made_16(made, value & 0xffff);
}

static inline void made_set_16(struct made *made, size_t place, unsigned int value)
{
	made->bytes[place] = value >> 8 & 255;
	made->bytes[place + 1] = value & 255;
}

/* A pcap file with nanoseconds, in network order. */
static inline void made_begin(struct made *made, int link)
{
	made->length = 0;
	made_32(made, 0xa1b23c4d);
	made_32(made, 0x00020004);
	made_32(made, 0);
	made_32(made, 0);
	made_32(made, 262144);
	made_32(made, (uint32_t)link);
}

static inline void made_record_cut(struct made *made, int64_t time, const struct made *frame,
				   size_t captured)
{
	made_32(made, (uint32_t)(time / SECOND));
	made_32(made, (uint32_t)(time % SECOND));
	made_32(made, (uint32_t)captured);
	made_32(made, (uint32_t)frame->length);
	made_add(made, frame->bytes, captured);
}

static inline void made_record(struct made *made, int64_t time, const struct made *frame)
{
	made_record_cut(made, time, frame, frame->length);
}

/* Headers that are filled in when their payload is known. */
static inline size_t made_ipv4(struct made *made, uint8_t protocol)
{
	size_t place = made->length;

	made_32(made, 0x45000000);
	made_32(made, 0x12340000);
	made_add(made, (uint8_t []) { 63, protocol, 0, 0 }, 4);
	made_32(made, 0xc0000201);
	made_32(made, 0xc0000202);
	return place;
}

static inline size_t made_ipv6(struct made *made, uint8_t protocol)
{
	size_t place = made->length;

	made_32(made, 0x60000000);
	made_add(made, (uint8_t []) { 0, 0, protocol, 63 }, 4);
	made_add(made, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	made_add(made, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	return place;
}

static inline void made_ip_end(struct made *made, size_t place)
{
	if (made->bytes[place] >> 4 == 4)
		made_set_16(made, place + 2, (unsigned int)(made->length - place));
	else
		made_set_16(made, place + 4, (unsigned int)(made->length - place - 40));
}

static inline void made_udp(struct made *made, const char *text)
{
	made_16(made, 850);
	made_16(made, 10080);
	made_16(made, (unsigned int)(8 + strlen(text)));
	made_16(made, 0);
	made_add(made, text, strlen(text));
}

/* "Amanda" in UDP in IPv4 or IPv6. */
static inline void made_amanda(struct made *made, int version)
{
	size_t place = version == 4 ? made_ipv4(made, IPPROTO_UDP) : made_ipv6(made, IPPROTO_UDP);

	made_udp(made, "Amanda");
	made_ip_end(made, place);
}

/* A file without a name, by a name that outlives this. */
static inline char *made_file(const void *bytes, size_t length)
{
	int fd = memfd_create("capture", 0);
	char *name;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	ck_assert_int_gt(asprintf(&name, "/proc/self/fd/%d", fd), 0);
	return name;
}

static inline void made_file_end(char *name)
{
	close(atoi(strrchr(name, '/') + 1));
	free(name);
}

static inline void seen_take(struct seen *seen, const struct packet *packet)
{
	size_t i = seen->count++;

	if (i >= SEEN_MAX)
		return;
	seen->packet[i] = *packet;
	ck_assert_uint_le(packet->captured, packet->length);
	if (packet->captured + packet->behind <= sizeof(seen->data[i])) {
		memcpy(seen->data[i], packet->data, packet->captured + packet->behind);
		seen->packet[i].data = seen->data[i];
	}
}

/* Reads files of these names; NULL where they could not even be opened. */
static inline struct seen *seen_files(char *const names[], size_t count)
{
	static struct seen seen;
	FILE *errors = fmemopen(seen.error, sizeof(seen.error), "w");
	struct capture *capture = capture_open(names, count, errors);
	struct packet packet;

	memset(&seen, 0, offsetof(struct seen, error));
	seen.begun = capture && !capture_begin(capture, errors);
	fclose(errors);
	if (seen.begun) {
		while (capture_next(capture, &packet))
			seen_take(&seen, &packet);
		ck_assert_int_eq(capture_next(capture, &packet), 0);
		seen.counts = *capture_counts(capture);
		snprintf(seen.error, sizeof(seen.error), "%s",
			 capture_error(capture) ? capture_error(capture) : "");
		ck_assert_uint_eq(seen.counts.packets, seen.count);
	}
	capture_close(capture);
	return &seen;
}

static inline struct seen *seen_bytes(const void *bytes, size_t length)
{
	char *name = made_file(bytes, length);
	struct seen *seen = seen_files(&name, 1);

	made_file_end(name);
	return seen;
}

static inline struct seen *seen_made(const struct made *made)
{
	return seen_bytes(made->bytes, made->length);
}

/* One frame in a file of its own. */
static inline struct seen *seen_frame(int link, const struct made *frame)
{
	static struct made made;

	made_begin(&made, link);
	made_record(&made, SECOND, frame);
	return seen_made(&made);
}

#endif /* UNIT_CAPTURE_MADE_H */

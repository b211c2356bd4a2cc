// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer target: whole capture files.  Whatever is in one, each packet lies within
 * what was read, and every record is accounted for.
 */
/* fuzz-cost: 100 */
/* fuzz-uses: userspace/replay/capture*.c userspace/replay/link.c userspace/replay/fragments.c userspace/replay/confine.c userspace/flow/address.c -lpcap -larchive -lseccomp */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packet_properties.h"
#include "replay/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes are touched, so that the sanitizer looks at each of them. */
static unsigned int sum(const struct packet *packet)
{
	unsigned int total = 0;
	size_t i;

	for (i = 0; i < packet->captured + packet->behind; i++)
		total += packet->data[i];
	return total;
}

static void check_seen(const struct packet *packet, const struct capture_counts *counts)
{
	int family = packet->source.address.family;

	MUST(packet->captured <= packet->length);
	MUST(!packet->behind || packet->captured == packet->length);
	MUST(packet->first && packet->first <= packet->number);
	MUST(packet->number <= counts->records);
	MUST(!packet->point);
	MUST(family == AF_INET || family == AF_INET6);
	MUST(packet->destination.address.family == family);
	MUST(packet->protocol == IPPROTO_UDP || packet->protocol == IPPROTO_TCP ||
	     packet->protocol == (family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6));
	MUST(sum(packet) <= 255 * (packet->captured + packet->behind));
}

/* A fragment is part of a packet, or of none: all others are counted once. */
static void check_counts(const struct capture_counts *counts, size_t size)
{
	MUST(counts->packets + counts->other + counts->broken <= counts->records);
	MUST(counts->packets + counts->other + counts->broken + counts->fragments >=
	     counts->records);
	MUST(counts->incomplete + counts->overlapping <= counts->fragments);
	MUST(counts->cut <= counts->packets);
	MUST(counts->bytes <= size && counts->size == size);
}

static void read_all(struct capture *capture, size_t size)
{
	const struct capture_counts *counts = capture_counts(capture);
	struct packet packet;

	while (capture_next(capture, &packet))
		check_seen(&packet, counts);
	check_counts(counts, size);
	MUST(!capture_error(capture) || capture_error(capture)[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static FILE *nowhere;
	static char name[32];
	char *const names[] = { name };
	struct capture *capture;

	if (fd < 0) {
		fd = memfd_create("capture", 0);
		nowhere = fopen("/dev/null", "w");
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	}
	MUST(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	capture = capture_open(names, 1, nowhere);
	MUST(!capture == !size);
	if (capture && !capture_begin(capture, nowhere))
		read_all(capture, size);
	capture_close(capture);
	return 0;
}

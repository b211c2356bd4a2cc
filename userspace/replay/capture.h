/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets out of capture files: pcap and pcapng (libpcap), compressed or not
 * (libarchive), of any of the link layers in link.h, with fragments put together.
 *
 *	capture = capture_open(names, count, stderr);
 *	(open here whatever is going to be written)
 *	if (!capture || capture_confine(capture, stderr) || capture_begin(capture, stderr))
 *		...
 *	while (capture_next(capture, &packet))
 *		...
 *	if (capture_error(capture))
 *		(it ended too early)
 *	capture_close(capture);
 *
 * Who made the capture is not to be trusted, so nothing of it is read before
 * capture_confine(), and after it the process opens nothing any more: see confine.h.
 */
#ifndef REPLAY_CAPTURE_H
#define REPLAY_CAPTURE_H

#include <stdio.h>

#include "replay/packet.h"

/* More places than anyone captures at. */
#define CAPTURE_FILES	8

/**
 * struct capture_counts - what became of the records of a capture
 * @records: read
 * @bytes: of the file (as it lies on disk) that are read
 * @size: of the file; 0 where it is not known (a pipe)
 * @packets: handed out
 * @other: of no interest: neither IP, nor UDP, TCP or an ICMP error
 * @cut: handed out with less than was sent, since the capture cut them
 * @broken: with a length that lies, or a header that is not whole
 * @fragments: pieces of packets
 * @incomplete: packets of which a piece never came
 * @overlapping: packets whose pieces overlap: dropped, as the kernel does
 * @backwards: how often the clock ran backwards
 */
struct capture_counts {
	uint64_t records;
	uint64_t bytes;
	uint64_t size;
	uint64_t packets;
	uint64_t other;
	uint64_t cut;
	uint64_t broken;
	uint64_t fragments;
	uint64_t incomplete;
	uint64_t overlapping;
	uint64_t backwards;
};

struct capture;

struct capture *capture_open(char *const names[], size_t count, FILE *errors);
int capture_confine(struct capture *capture, FILE *errors);
int capture_begin(struct capture *capture, FILE *errors);
int capture_next(struct capture *capture, struct packet *packet);
const char *capture_error(const struct capture *capture);
const struct capture_counts *capture_counts(const struct capture *capture);
void capture_close(struct capture *capture);

#endif /* REPLAY_CAPTURE_H */

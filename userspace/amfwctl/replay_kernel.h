/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * amfwctl replay --kernel: a capture sent through a real kernel, beside the model.
 */
#ifndef AMFWCTL_REPLAY_KERNEL_H
#define AMFWCTL_REPLAY_KERNEL_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/packet.h"

/* An IP header, a TCP header, and what IP can carry. */
#define RAW_PACKET_MAX	65535

struct capture;
struct gateway_settings;

int replay_kernel(struct capture *capture, const struct gateway_settings *settings, bool json,
		  FILE *out, FILE *errors);

size_t raw_packet(const struct packet *packet, uint8_t raw[RAW_PACKET_MAX]);
bool raw_read(const uint8_t *raw, size_t length, struct packet *packet);
struct address forwardable(const struct address *address);

#endif /* AMFWCTL_REPLAY_KERNEL_H */

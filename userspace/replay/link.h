/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link layers that captures are made of.
 */
#ifndef REPLAY_LINK_H
#define REPLAY_LINK_H

#include "replay/capture_layer.h"

/**
 * struct link - one link layer
 * @type: DLT_EN10MB and its like, as pcap_datalink() says
 * @name: what people call it
 * @strip: peels it off: what is left is IP, of the version that its first half
 *	byte names, where LAYER_FOUND is returned
 */
struct link {
	int type;
	const char *name;
	enum layer (*strip)(struct octets *frame);
};

const struct link *link_find(int type);
void link_names(char *text, size_t size);

#endif /* REPLAY_LINK_H */

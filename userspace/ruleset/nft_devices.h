/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces that chains and flowtables of nft hang on.
 */
#ifndef RULESET_NFT_DEVICES_H
#define RULESET_NFT_DEVICES_H

#include <stddef.h>

int nft_devices_make(const char *text, size_t length);

#endif /* RULESET_NFT_DEVICES_H */

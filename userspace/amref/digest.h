/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is it what was sent?  The CRC-32C that Amanda 3.5 writes as "crc:size" into
 * its headers, and SHA-256, which amref adds.
 */
#ifndef AMREF_DIGEST_H
#define AMREF_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SHA_TEXT	65
#define DIGEST_CRC_TEXT	40

struct evp_md_ctx_st;

/**
 * struct digest - a sum that grows
 * @crc: of the bytes so far, not yet inverted
 * @size: bytes so far
 * @sha: libcrypto's; NULL where the sum is done or was never begun
 */
struct digest {
	uint32_t crc;
	uint64_t size;
	struct evp_md_ctx_st *sha;
};

bool digest_begin(struct digest *digest, bool sha);
void digest_add(struct digest *digest, const void *data, size_t length);
void digest_crc_text(const struct digest *digest, char text[DIGEST_CRC_TEXT]);
void digest_sha_text(struct digest *digest, char text[DIGEST_SHA_TEXT]);
void digest_free(struct digest *digest);

#endif /* AMREF_DIGEST_H */

// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "digest.h"

/* CRC-32C, bits reversed; Amanda's POLY of common-src/amutil.c. */
#define POLYNOMIAL 0x82f63b78

static uint32_t crc_by_bit(uint32_t crc, const uint8_t *data, size_t length)
{
	int bit;

	for (; length; length--) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2")))
static uint32_t crc_by_instruction(uint32_t crc, const uint8_t *data, size_t length)
{
	uint64_t wide = crc, eight;

	for (; length >= 8; length -= 8, data += 8) {
		memcpy(&eight, data, 8);
		wide = __builtin_ia32_crc32di(wide, eight);
	}
	crc = (uint32_t)wide;
	for (; length; length--)
		crc = __builtin_ia32_crc32qi(crc, *data++);
	return crc;
}
#endif

static uint32_t crc_add(uint32_t crc, const uint8_t *data, size_t length)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc_by_instruction(crc, data, length);
#endif
	return crc_by_bit(crc, data, length);
}

/**
 * digest_begin() - begin a sum
 * @digest: filled in
 * @sha: SHA-256 too, which costs more
 *
 * Return: false where there is no memory.
 */
bool digest_begin(struct digest *digest, bool sha)
{
	digest->crc = ~0u;
	digest->size = 0;
	digest->sha = NULL;
	if (!sha)
		return true;
	digest->sha = EVP_MD_CTX_new();
	return digest->sha && EVP_DigestInit_ex(digest->sha, EVP_sha256(), NULL) == 1;
}

/**
 * digest_add() - add bytes
 * @digest: begun
 * @data: the bytes
 * @length: how many
 */
void digest_add(struct digest *digest, const void *data, size_t length)
{
	digest->crc = crc_add(digest->crc, data, length);
	digest->size += length;
	if (digest->sha)
		EVP_DigestUpdate(digest->sha, data, length);
}

/**
 * digest_crc_text() - print it as Amanda does
 * @digest: begun
 * @text: gets "crc:size" (crc32_finish() and its users in common-src/amutil.c)
 */
void digest_crc_text(const struct digest *digest, char text[DIGEST_CRC_TEXT])
{
	snprintf(text, DIGEST_CRC_TEXT, "%08" PRIx32 ":%" PRIu64, ~digest->crc, digest->size);
}

/**
 * digest_sha_text() - print SHA-256
 * @digest: begun with it; it takes no more bytes after this
 * @text: gets hexadecimal digits; empty where there is no such sum
 */
void digest_sha_text(struct digest *digest, char text[DIGEST_SHA_TEXT])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int length = 0, i;

	text[0] = '\0';
	if (!digest->sha || EVP_DigestFinal_ex(digest->sha, sum, &length) != 1)
		return;
	for (i = 0; i < length && i < (DIGEST_SHA_TEXT - 1) / 2; i++)
		sprintf(text + 2 * i, "%02x", sum[i]);
	digest_free(digest);
}

/**
 * digest_free() - free what it holds; not the struct
 * @digest: begun, or zeroed
 */
void digest_free(struct digest *digest)
{
	EVP_MD_CTX_free(digest->sha);
	digest->sha = NULL;
}

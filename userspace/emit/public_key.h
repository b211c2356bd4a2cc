/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The public keys of those who may log in, as ssh-keygen(1) writes them.
 */
#ifndef EMIT_PUBLIC_KEY_H
#define EMIT_PUBLIC_KEY_H

#include <stdio.h>

#include "flow/text.h"

/**
 * struct public_key - one key
 * @type: as "ssh-ed25519"
 * @data: the key in base64
 * @owner: what stands behind the last '@' of the comment, or the comment; or ""
 */
struct public_key {
	const char *type;
	const char *data;
	const char *owner;
};

/**
 * struct public_keys - the keys of a file
 * @text: the file; what the keys consist of lies in it
 * @keys: the keys, by owner
 * @count: entries of @keys
 */
struct public_keys {
	struct text text;
	struct public_key *keys;
	size_t count;
};

int public_keys_read(struct public_keys *keys, FILE *input, const char *name, FILE *errors);
void public_keys_free(struct public_keys *keys);
const struct public_key *public_keys_of(const struct public_keys *keys, const char *host);

#endif /* EMIT_PUBLIC_KEY_H */

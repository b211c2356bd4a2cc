// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The public keys of those who may log in, as ssh-keygen(1) writes them: a
 * type, the key in base64, a comment.  "Key options" are what this program
 * writes itself, so lines that have them are refused.
 */
#include "emit/public_key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
/* sshkey_from_blob() takes no key that is shorter than its type and a curve's point. */
#define DATA_LEAST	64

static bool is_type(const char *word)
{
	return (!strncmp(word, "ssh-", 4) || !strncmp(word, "ecdsa-", 6) ||
		!strncmp(word, "sk-", 3)) &&
	       !word[strspn(word, LOWER DIGITS "@.-")];
}

static bool is_data(const char *word)
{
	size_t length = strspn(word, UPPER LOWER DIGITS "+/");

	return length >= DATA_LEAST && strspn(word + length, "=") <= 2 &&
	       !word[length + strspn(word + length, "=")];
}

/* Words have been cut off with NUL bytes. */
static int complain(struct public_keys *keys, const struct line *line, const char *what)
{
	struct span span = { (unsigned int)(line - keys->text.lines) + 1, 1, 1 };
	size_t i;

	for (i = 0; i < line->length; i++)
		if (!line->start[i])
			line->start[i] = ' ';
	text_error(&keys->text, span, "%s", what);
	return -EINVAL;
}

static char *take_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t\r"), *end = word + strcspn(word, " \t\r");

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static const char *owner_of(char *comment)
{
	char *at;

	comment[strcspn(comment, " \t\r")] = '\0';
	at = strrchr(comment, '@');
	return at ? at + 1 : comment;
}

/* The line is cut up where it stands. */
static int take_line(struct public_keys *keys, const struct line *line)
{
	struct public_key *key = &keys->keys[keys->count];
	char *rest = line->start;

	if (strlen(line->start) != line->length)
		return complain(keys, line, "a NUL byte");
	rest += strspn(rest, " \t\r");
	if (!*rest || *rest == '#')
		return 0;
	if (!strncmp(rest, "-----BEGIN", 10))
		return complain(keys, line, "a private key: give the file that ends in .pub");
	key->type = take_word(&rest);
	key->data = take_word(&rest);
	key->owner = owner_of(rest + strspn(rest, " \t\r"));
	if (!is_type(key->type) || !is_data(key->data))
		return complain(keys, line, "not a public key as ssh-keygen writes it");
	keys->count++;
	return 0;
}

static int by_owner(const void *a, const void *b)
{
	const struct public_key *one = a, *two = b;

	return strcmp(one->owner, two->owner);
}

/**
 * public_keys_read() - read a file of public keys
 * @keys: to fill; public_keys_free() it whatever is returned
 * @input: the file
 * @name: what complaints call it
 * @errors: where they go
 *
 * Return: 0; -EINVAL after a complaint; or another negative errno.
 */
int public_keys_read(struct public_keys *keys, FILE *input, const char *name, FILE *errors)
{
	size_t i;
	int err;

	memset(keys, 0, sizeof(*keys));
	err = text_read(&keys->text, input, name, errors);
	if (err)
		return err;
	keys->keys = calloc(keys->text.line_count + 1, sizeof(*keys->keys));
	if (!keys->keys)
		return -ENOMEM;
	for (i = 0; i < keys->text.line_count && !err; i++)
		err = take_line(keys, &keys->text.lines[i]);
	if (!err && !keys->count) {
		fprintf(errors, "%s: no public key in it\n", name);
		err = -EINVAL;
	}
	qsort(keys->keys, keys->count, sizeof(*keys->keys), by_owner);
	return err;
}

/**
 * public_keys_free() - give the memory back
 * @keys: the keys
 */
void public_keys_free(struct public_keys *keys)
{
	text_free(&keys->text);
	free(keys->keys);
	memset(keys, 0, sizeof(*keys));
}

/**
 * public_keys_of() - the key of a host
 * @keys: the keys
 * @host: its name
 *
 * A single key is everybody's.
 *
 * Return: the key; NULL where there is none.
 */
const struct public_key *public_keys_of(const struct public_keys *keys, const char *host)
{
	const struct public_key wanted = { .owner = host };

	if (keys->count == 1)
		return &keys->keys[0];
	return bsearch(&wanted, keys->keys, keys->count, sizeof(*keys->keys), by_owner);
}

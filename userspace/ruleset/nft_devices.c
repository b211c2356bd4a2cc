// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces that chains and flowtables of nft hang on: "device eth0" and
 * "devices = { eth0, $lan }".  Where one is missing the kernel says ENOENT, and
 * nft shows the chain, not the name.
 */
#include "ruleset/nft_devices.h"

#include <net/if.h>
#include <string.h>

#include "ruleset/links.h"
#include "ruleset/nft_words.h"

/* As deep as definitions are followed. */
#define DEPTH_MOST	8

struct devices {
	struct nft_text whole;
	unsigned int depth;
	int made;
};

static void make_value(struct devices *devices, struct nft_text *words);

static void make_defined(struct devices *devices, const struct nft_word *name)
{
	struct nft_text words = devices->whole;
	struct nft_word word;

	if (++devices->depth < DEPTH_MOST) {
		while (nft_word_next(&words, &word)) {
			if (!nft_word_is(&word, "define") || !nft_word_next(&words, &word))
				continue;
			if (word.length + 1 == name->length &&
			    !memcmp(word.at, name->at + 1, word.length))
				make_value(devices, &words);
		}
	}
	devices->depth--;
}

static void make_word(struct devices *devices, const struct nft_word *word)
{
	char name[IFNAMSIZ];

	if (word->length && *word->at == '$') {
		make_defined(devices, word);
		return;
	}
	if (!word->length || word->length >= sizeof(name))
		return;
	memcpy(name, word->at, word->length);
	name[word->length] = '\0';
	if (link_make(name) > 0)
		devices->made++;
}

/* "= { a, b }", "{ a, b }", "= a" or "a". */
static void make_value(struct devices *devices, struct nft_text *words)
{
	struct nft_word word;

	if (!nft_word_next(words, &word))
		return;
	if (nft_word_is(&word, "=") && !nft_word_next(words, &word))
		return;
	if (!nft_word_is(&word, "{")) {
		make_word(devices, &word);
		return;
	}
	while (nft_word_next(words, &word) && !nft_word_is(&word, "}"))
		if (!nft_word_is(&word, ","))
			make_word(devices, &word);
}

/**
 * nft_devices_make() - make the interfaces that chains and flowtables name
 * @text: of nft
 * @length: of it
 *
 * Return: how many were not there before.
 */
int nft_devices_make(const char *text, size_t length)
{
	struct devices devices = { .whole = { .at = text, .end = text + length, .line = 1 } };
	struct nft_text words = devices.whole;
	struct nft_word word;

	while (nft_word_next(&words, &word))
		if (nft_word_is(&word, "device") || nft_word_is(&word, "devices"))
			make_value(&devices, &words);
	return devices.made;
}

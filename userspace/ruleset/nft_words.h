/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements and words of nft's language, without their meaning.
 */
#ifndef RULESET_NFT_WORDS_H
#define RULESET_NFT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Within which braces we are. */
enum nft_level {
	NFT_FILE,
	NFT_TABLE,
	NFT_CHAIN,
};

/**
 * struct nft_text - what is left of a text
 * @at: next byte
 * @end: after the last
 * @line: of @at, from 1
 */
struct nft_text {
	const char *at;
	const char *end;
	unsigned int line;
};

/**
 * struct nft_statement - a command, a rule, or the head of a block
 * @text: it
 * @line: of its first byte
 * @opens: a block of the next level follows
 * @closes: it is the end of the block
 */
struct nft_statement {
	struct nft_text text;
	unsigned int line;
	bool opens;
	bool closes;
};

/**
 * struct nft_word - a word or a text in quotes
 * @at: its first byte, without quotes
 * @length: of it
 */
struct nft_word {
	const char *at;
	size_t length;
};

bool nft_statement_next(struct nft_text *text, enum nft_level level,
			struct nft_statement *statement);
bool nft_word_next(struct nft_text *text, struct nft_word *word);
bool nft_word_is(const struct nft_word *word, const char *text);

#endif /* RULESET_NFT_WORDS_H */

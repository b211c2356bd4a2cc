// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statements and words of nft's language, without their meaning.
 */
#include "ruleset/nft_words.h"

#include <ctype.h>
#include <string.h>

/**
 * nft_word_is() - compare
 * @word: a word
 * @text: another
 *
 * Return: true where they are the same.
 */
bool nft_word_is(const struct nft_word *word, const char *text)
{
	return strlen(text) == word->length && !memcmp(word->at, text, word->length);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_.-/\\$@*:%+", c));
}

static void step(struct nft_text *text)
{
	if (*text->at++ == '\n')
		text->line++;
}

static void skip_comment(struct nft_text *text)
{
	while (text->at < text->end && *text->at != '\n')
		text->at++;
}

static void skip_quoted(struct nft_text *text)
{
	step(text);
	while (text->at < text->end && *text->at != '"')
		step(text);
	if (text->at < text->end)
		step(text);
}

/**
 * nft_word_next() - take the next word, text in quotes or single sign
 * @text: from there
 * @word: to fill
 *
 * Return: false at the end.
 */
bool nft_word_next(struct nft_text *text, struct nft_word *word)
{
	while (text->at < text->end &&
	       (isspace((unsigned char)*text->at) || *text->at == '\\' || *text->at == '#')) {
		if (*text->at == '#')
			skip_comment(text);
		else
			step(text);
	}
	word->at = text->at;
	if (text->at == text->end)
		return false;
	if (*text->at == '"') {
		skip_quoted(text);
		word->at++;
		word->length = (size_t)(text->at - word->at);
		if (word->length && word->at[word->length - 1] == '"')
			word->length--;
		return true;
	}
	do {
		text->at++;
	} while (text->at < text->end && in_word(text->at[-1]) && in_word(*text->at));
	word->length = (size_t)(text->at - word->at);
	return true;
}

/* White space, and what ends statements: they may be empty. */
static void skip_empty(struct nft_text *text)
{
	while (text->at < text->end) {
		if (*text->at == '#')
			skip_comment(text);
		else if (isspace((unsigned char)*text->at) || *text->at == ';' ||
			 (*text->at == '\\' && text->at + 1 < text->end && text->at[1] == '\n'))
			step(text);
		else
			return;
	}
}

/* Whether braces after these words hold statements, not elements or settings. */
static bool opens_block(const struct nft_statement *statement, enum nft_level level)
{
	struct nft_text words = statement->text;
	struct nft_word word;

	if (level == NFT_CHAIN || !nft_word_next(&words, &word))
		return false;
	if (level == NFT_TABLE)
		return nft_word_is(&word, "chain");
	if ((nft_word_is(&word, "add") || nft_word_is(&word, "create")) &&
	    !nft_word_next(&words, &word))
		return false;
	return nft_word_is(&word, "table") || nft_word_is(&word, "chain");
}

/* True: @text stands after the statement. */
static bool ends_here(struct nft_text *text, struct nft_statement *statement, size_t depth,
		      enum nft_level level)
{
	statement->text.end = text->at;
	if (*text->at == '{' && !depth && opens_block(statement, level)) {
		statement->opens = true;
		step(text);
		return true;
	}
	if (depth)
		return false;
	if (*text->at == '\n' || *text->at == ';') {
		step(text);
		return true;
	}
	/* The end of the block around it is the next statement. */
	return *text->at == '}';
}

static bool continues(const struct nft_text *text)
{
	return *text->at == '\\' && text->at + 1 < text->end && text->at[1] == '\n';
}

static void run_to_end(struct nft_text *text, struct nft_statement *statement,
		       enum nft_level level)
{
	size_t depth = 0;

	while (text->at < text->end) {
		if (ends_here(text, statement, depth, level))
			return;
		if (*text->at == '#') {
			skip_comment(text);
			/* A comment in the middle belongs to the statement. */
			if (!depth)
				return;
			continue;
		}
		if (*text->at == '"') {
			skip_quoted(text);
			continue;
		}
		if (continues(text))
			text->at++;
		else if (*text->at == '{')
			depth++;
		else if (*text->at == '}')
			depth--;
		step(text);
	}
	statement->text.end = text->at;
}

/**
 * nft_statement_next() - take the next statement
 * @text: from there; stands behind it then
 * @level: within which block
 * @statement: to fill
 *
 * Return: false at the end of the text.
 */
bool nft_statement_next(struct nft_text *text, enum nft_level level,
			struct nft_statement *statement)
{
	skip_empty(text);
	memset(statement, 0, sizeof(*statement));
	statement->text = *text;
	statement->line = text->line;
	if (text->at == text->end)
		return false;
	if (*text->at == '}') {
		text->at++;
		statement->closes = true;
		statement->text.end = text->at;
		return true;
	}
	run_to_end(text, statement, level);
	return true;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the rules of a file of nft are.
 */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/netlink.h"
#include "ruleset/nft_words.h"
#include "ruleset/origin.h"

/* As deep as nft follows includes (MAX_INCLUDE_DEPTH in its include/parser.h). */
#define DEPTH_MOST	16
/* Where nft looks for files that are included by a name alone. */
#define INCLUDE_PATH	"/etc"

/**
 * struct scan - where we are
 * @path: of the text
 * @beside: folder of the first file
 * @name: of the table and chain around
 * @depth: of includes
 */
struct scan {
	struct origins *origins;
	const char *path;
	const char *beside;
	struct chain_name name;
	unsigned int depth;
};

static int scan_text(struct scan *scan, struct nft_text *text, enum nft_level level);

static bool take_family(const struct nft_word *word, int *family)
{
	static const struct {
		const char *name;
		int family;
	} families[] = {
		{ "ip", NFPROTO_IPV4 }, { "ip6", NFPROTO_IPV6 }, { "inet", NFPROTO_INET },
		{ "arp", NFPROTO_ARP }, { "bridge", NFPROTO_BRIDGE },
		{ "netdev", NFPROTO_NETDEV },
	};
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (nft_word_is(word, families[i].name)) {
			*family = families[i].family;
			return true;
		}
	}
	return false;
}

/* "[family] table", of which the first is ip where it is missing. */
static bool take_table(struct nft_text *words, struct chain_name *name)
{
	struct nft_word word;

	name->family = NFPROTO_IPV4;
	if (!nft_word_next(words, &word))
		return false;
	if (take_family(&word, &name->family) && !nft_word_next(words, &word))
		return false;
	name->table = word.at;
	name->table_length = word.length;
	name->chain = NULL;
	return true;
}

static bool take_chain(struct nft_text *words, struct chain_name *name)
{
	struct nft_word word;

	if (!nft_word_next(words, &word))
		return false;
	name->chain = word.at;
	name->chain_length = word.length;
	return true;
}

static int scan_bytes(struct scan *scan, const char *path, const char *bytes, size_t length,
		      enum nft_level level)
{
	struct nft_text text = { .at = bytes, .end = bytes + length, .line = 1 };
	const char *outer = scan->path;
	int result;

	scan->path = path;
	result = scan_text(scan, &text, level);
	scan->path = outer;
	return result;
}

/* The bytes stay in the arena: names of chains point into them. */
static int scan_file(struct scan *scan, const char *path, enum nft_level level)
{
	struct arena *arena = origin_arena(scan->origins);
	FILE *file = fopen(path, "re");
	char *bytes = NULL;
	long length = -1;
	int result = 0;

	if (!file)
		return 0;
	if (!fseek(file, 0, SEEK_END))
		length = ftell(file);
	if (length >= 0 && (size_t)length < RULESET_TEXT_MOST && !fseek(file, 0, SEEK_SET))
		bytes = arena_take(arena, (size_t)length + 1);
	if (bytes && fread(bytes, 1, (size_t)length, file) == (size_t)length)
		result = scan_bytes(scan, arena_text(arena, path), bytes, (size_t)length, level);
	fclose(file);
	return result;
}

static int scan_glob(struct scan *scan, const char *folder, const char *pattern,
		     enum nft_level level, size_t *found)
{
	char path[PATH_MAX];
	glob_t files;
	int result = 0;

	if (*pattern == '/')
		snprintf(path, sizeof(path), "%s", pattern);
	else
		snprintf(path, sizeof(path), "%s/%s", folder, pattern);
	if (glob(path, 0, NULL, &files))
		return 0;
	for (*found = 0; !result && *found < files.gl_pathc; ++*found)
		result = scan_file(scan, files.gl_pathv[*found], level);
	globfree(&files);
	return result;
}

static int scan_include(struct scan *scan, struct nft_text words, enum nft_level level)
{
	struct nft_word word;
	char pattern[PATH_MAX];
	size_t found = 0;
	int result = 0;

	if (scan->depth >= DEPTH_MOST || !nft_word_next(&words, &word) ||
	    word.length >= sizeof(pattern))
		return 0;
	memcpy(pattern, word.at, word.length);
	pattern[word.length] = '\0';
	scan->depth++;
	if (*pattern != '.')
		result = scan_glob(scan, INCLUDE_PATH, pattern, level, &found);
	if (!result && !found)
		result = scan_glob(scan, scan->beside, pattern, level, &found);
	scan->depth--;
	return result;
}

static int note(const struct scan *scan, const struct nft_text *rule, unsigned int line,
		size_t position)
{
	struct origin origin = {
		.path = scan->path, .line = line, .text = rule->at,
		.length = (size_t)(rule->end - rule->at),
	};

	return origin_add(scan->origins, &scan->name, &origin, position);
}

/* What a chain says of itself is no rule. */
static bool is_setting(const struct nft_word *word)
{
	static const char *const settings[] = {
		"type", "policy", "device", "devices", "flags", "comment", "define", "redefine",
		"undefine",
	};
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (nft_word_is(word, settings[i]))
			return true;
	return false;
}

/* The rules in braces behind jump or goto; @rule is the rule from its begin. */
static int scan_braces(struct scan *scan, const struct nft_statement *rule)
{
	struct nft_text words = rule->text;
	struct chain_name around = scan->name;
	struct nft_word word;
	int result = 0;

	while (nft_word_next(&words, &word)) {
		if ((!nft_word_is(&word, "jump") && !nft_word_is(&word, "goto")) ||
		    !nft_word_next(&words, &word) || !nft_word_is(&word, "{"))
			continue;
		if (origin_anonymous(scan->origins, &scan->name))
			result = scan_text(scan, &words, NFT_CHAIN);
		break;
	}
	scan->name = around;
	return result;
}

static int scan_rule(struct scan *scan, const struct nft_statement *statement)
{
	struct nft_text words = statement->text;
	struct nft_word word;
	int result;

	if (!nft_word_next(&words, &word) || is_setting(&word))
		return 0;
	if (nft_word_is(&word, "include"))
		return scan_include(scan, words, NFT_CHAIN);
	result = note(scan, &statement->text, statement->line, ORIGIN_END);
	return !result && memchr(statement->text.at, '{', (size_t)(statement->text.end -
								  statement->text.at)) ?
		scan_braces(scan, statement) : result;
}

static int scan_in_table(struct scan *scan, const struct nft_statement *statement,
			 struct nft_text *text)
{
	struct nft_text words = statement->text;
	struct nft_word word;

	if (!nft_word_next(&words, &word))
		return 0;
	if (nft_word_is(&word, "include"))
		return scan_include(scan, words, NFT_TABLE);
	if (!statement->opens)
		return 0;
	take_chain(&words, &scan->name);
	return scan_text(scan, text, NFT_CHAIN);
}

/* "handle 7" and "position 7" cannot be followed; "index 7" can. */
static size_t take_position(struct nft_text *words, bool insert, bool *known)
{
	struct nft_text ahead = *words;
	struct nft_word word, number;
	size_t index;

	*known = true;
	if (!nft_word_next(&ahead, &word) || !nft_word_next(&ahead, &number))
		return insert ? 0 : ORIGIN_END;
	*known = !nft_word_is(&word, "handle") && !nft_word_is(&word, "position");
	if (!nft_word_is(&word, "index"))
		return insert ? 0 : ORIGIN_END;
	*words = ahead;
	index = strtoul(number.at, NULL, 10);
	return insert ? index : index + 1;
}

static int scan_add_rule(struct scan *scan, struct nft_text words, unsigned int line,
			 bool insert)
{
	size_t position;
	bool known;

	if (!take_table(&words, &scan->name) || !take_chain(&words, &scan->name))
		return 0;
	position = take_position(&words, insert, &known);
	/* An impossible position makes the chain unsure. */
	if (!known)
		position = ORIGIN_END - 1;
	while (words.at < words.end && (*words.at == ' ' || *words.at == '\t'))
		words.at++;
	return note(scan, &words, line, position);
}

static void scan_flush(struct scan *scan, struct nft_text words)
{
	struct chain_name name;
	struct nft_word word;

	if (!nft_word_next(&words, &word))
		return;
	if (nft_word_is(&word, "ruleset"))
		origin_forget(scan->origins, NULL);
	if (nft_word_is(&word, "table") && take_table(&words, &name))
		origin_forget(scan->origins, &name);
	if (nft_word_is(&word, "chain") && take_table(&words, &name) &&
	    take_chain(&words, &name))
		origin_forget(scan->origins, &name);
}

static int scan_block(struct scan *scan, struct nft_text words, const struct nft_word *what,
		      struct nft_text *text)
{
	if (!take_table(&words, &scan->name))
		return 0;
	if (nft_word_is(what, "table"))
		return scan_text(scan, text, NFT_TABLE);
	take_chain(&words, &scan->name);
	return scan_text(scan, text, NFT_CHAIN);
}

static int scan_command(struct scan *scan, const struct nft_statement *statement,
			struct nft_text *text)
{
	struct nft_text words = statement->text;
	struct nft_word verb, word;

	if (!nft_word_next(&words, &verb))
		return 0;
	if (nft_word_is(&verb, "include"))
		return scan_include(scan, words, NFT_FILE);
	if (nft_word_is(&verb, "flush") || nft_word_is(&verb, "delete") ||
	    nft_word_is(&verb, "destroy")) {
		scan_flush(scan, words);
		return 0;
	}
	word = verb;
	if ((nft_word_is(&verb, "add") || nft_word_is(&verb, "create") ||
	     nft_word_is(&verb, "insert")) && !nft_word_next(&words, &word))
		return 0;
	if (nft_word_is(&word, "rule"))
		return scan_add_rule(scan, words, statement->line,
				     nft_word_is(&verb, "insert"));
	return statement->opens ? scan_block(scan, words, &word, text) : 0;
}

static int scan_text(struct scan *scan, struct nft_text *text, enum nft_level level)
{
	struct nft_statement statement;
	int result = 0;

	while (!result && nft_statement_next(text, level, &statement)) {
		if (statement.closes && level != NFT_FILE)
			break;
		if (level == NFT_FILE)
			result = scan_command(scan, &statement, text);
		else if (level == NFT_TABLE)
			result = scan_in_table(scan, &statement, text);
		else
			result = scan_rule(scan, &statement);
	}
	return result;
}

/**
 * origin_nft() - find the rules of a file of nft
 * @origins: where to note them
 * @source: the file
 *
 * Return: 0, or -ENOMEM.
 */
int origin_nft(struct origins *origins, const struct source *source)
{
	const char *slash = source->path ? strrchr(source->path, '/') : NULL;
	struct scan scan = { .origins = origins, .beside = "." };

	if (slash)
		scan.beside = arena_bytes(origin_arena(origins), source->path,
					  (size_t)(slash - source->path) + 1);
	if (!scan.beside)
		return -ENOMEM;
	return scan_bytes(&scan, source->path, source->text, source->length, NFT_FILE);
}

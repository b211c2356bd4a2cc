// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A dump of iptables, cut into transactions that an unprivileged user may send.
 *
 * iptables-nft-restore sends what stands between "*filter" and "COMMIT" in one
 * message (see batch_split.c for why that is a matter).  With --noflush it goes on
 * where it was at a second "*filter", so the dump is cut by such pairs of lines.
 */
#include "ruleset/xtables_pieces.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the message for a rule takes at most: without options, for each "-x", which
 * most often becomes expressions, and for each "--xxx" of a match.
 */
#define RULE_BYTES	200
#define SHORT_BYTES	95
#define LONG_BYTES	60

/* Matches whose struct is long (include/uapi/linux/netfilter/xt_*.h), and comments. */
static const struct weight {
	const char *name;
	size_t bytes;
} weights[] = {
	{ " u32 ", 2048 }, { " bpf ", 1200 }, { " hashlimit ", 400 }, { " comment ", 300 },
	{ " string ", 260 }, { " recent ", 300 }, { " policy ", 300 },
	{ " conntrack ", 160 }, { " state ", 60 }, { " --syn", 110 },
	{ " --tcp-flags ", 110 }, { " sctp ", 200 }, { " rateest ", 160 }, { " nfacct ", 100 },
	{ " NFLOG ", 120 }, { " HMARK ", 100 }, { " SECMARK ", 260 }, { " cgroup ", 600 },
	{ " -s ", 90 }, { " -d ", 90 }, { "port", 60 }, { "-prefix ", 100 },
	{ " TCPOPTSTRIP ", 100 }, { " SET ", 100 }, { " TEE ", 100 }, { " CT ", 100 },
};

struct cutting {
	FILE *out;
	struct xtables_pieces *pieces;
	const char *table;
	size_t table_length;
	size_t used;
	size_t most;
	size_t room;
};

static size_t count(const char *line, size_t length, const char *word)
{
	const char *end = line + length;
	size_t found = 0;

	while ((line = memmem(line, (size_t)(end - line), word, strlen(word)))) {
		found++;
		line++;
	}
	return found;
}

/* At least as many bytes as the rule's message has. */
static size_t estimate(const char *line, size_t length)
{
	size_t bytes = RULE_BYTES, i;

	/* " -" is in " --" too. */
	bytes += SHORT_BYTES * count(line, length, " -");
	bytes -= (SHORT_BYTES - LONG_BYTES) * count(line, length, " --");
	for (i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		bytes += weights[i].bytes * count(line, length, weights[i].name);
	return bytes;
}

static int put_line(struct cutting *cutting, const char *line, size_t length, unsigned int origin)
{
	struct xtables_pieces *pieces = cutting->pieces;
	unsigned int *more;

	if (pieces->lines == cutting->room) {
		cutting->room = cutting->room ? cutting->room * 2 : 1024;
		more = realloc(pieces->origin, cutting->room * sizeof(*more));
		if (!more)
			return -1;
		pieces->origin = more;
	}
	pieces->origin[pieces->lines++] = origin;
	return fwrite(line, 1, length, cutting->out) == length &&
	       fputc('\n', cutting->out) != EOF ? 0 : -1;
}

static int cut_here(struct cutting *cutting, unsigned int origin)
{
	cutting->used = 0;
	return put_line(cutting, "COMMIT", 6, origin) < 0 ||
	       put_line(cutting, cutting->table, cutting->table_length, origin) < 0 ? -1 : 0;
}

/* @line with 0 for what stands behind @option, to give back with free(). */
static char *with_zero(const char *line, const char *option)
{
	const char *found = strstr(line, option);
	char *changed;
	int length;

	if (!found)
		return strdup(line);
	found += strlen(option);
	length = (int)(found - line);
	found += strcspn(found, " ");
	return asprintf(&changed, "%.*s0%s", length, line, found) < 0 ? NULL : changed;
}

/*
 * Owners are numbers of the user namespace, in which an unprivileged user has but
 * one: xt_owner.c refuses others.  Whose packets are is not looked at anyway.
 */
static int put_rule(struct cutting *cutting, const char *line, size_t length, unsigned int number)
{
	char *rule, *user, *group;
	int result = -1;

	if (!memmem(line, length, "id-owner ", strlen("id-owner ")))
		return put_line(cutting, line, length, number);
	rule = strndup(line, length);
	user = rule ? with_zero(rule, " --uid-owner ") : NULL;
	group = user ? with_zero(user, " --gid-owner ") : NULL;
	if (group)
		result = put_line(cutting, group, strlen(group), number);
	free(rule);
	free(user);
	free(group);
	return result;
}

static int cut_line(struct cutting *cutting, const char *line, size_t length, unsigned int number)
{
	size_t bytes;

	if (length && line[0] == '*') {
		cutting->table = line;
		cutting->table_length = length;
		cutting->used = 0;
	}
	if (cutting->most && cutting->table && length &&
	    (line[0] == '-' || line[0] == '[' || line[0] == ':')) {
		bytes = estimate(line, length);
		if (cutting->used + bytes > cutting->most && cut_here(cutting, number) < 0)
			return -1;
		cutting->used += bytes;
		return put_rule(cutting, line, length, number);
	}
	return put_line(cutting, line, length, number);
}

static int cut_lines(struct cutting *cutting, const struct source *source)
{
	const char *line = source->text, *end = line + source->length;
	unsigned int number = 1;
	const char *newline;
	size_t length;

	while (line < end) {
		newline = memchr(line, '\n', (size_t)(end - line));
		length = (size_t)((newline ? newline : end) - line);
		if (cut_line(cutting, line, length, number++) < 0)
			return -1;
		line += length + 1;
	}
	return 0;
}

/**
 * xtables_cut() - cut a dump
 * @pieces: to fill; xtables_pieces_free() it whatever is returned
 * @source: the dump
 * @most: bytes of a message; 0: as many as there are
 *
 * Return: 0, or -1 without memory.
 */
int xtables_cut(struct xtables_pieces *pieces, const struct source *source, size_t most)
{
	struct cutting cutting = { .pieces = pieces, .most = most };
	int result;

	memset(pieces, 0, sizeof(*pieces));
	cutting.out = open_memstream(&pieces->text, &pieces->length);
	if (!cutting.out)
		return -1;
	result = cut_lines(&cutting, source);
	return fclose(cutting.out) ? -1 : result;
}

/**
 * xtables_pieces_free() - give the memory back
 * @pieces: the dump
 */
void xtables_pieces_free(struct xtables_pieces *pieces)
{
	free(pieces->text);
	free(pieces->origin);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What nft says of a text that it does not load: one line with the place and the
 * fault, then the line of the text, then carets under what is meant.
 */
#include "ruleset/nft_report.h"

#include <nftables/libnftables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "ruleset/links.h"

#define WORD_ROOM	64
/* A family and a name of a table (NFT_NAME_MAXLEN). */
#define TABLE_ROOM	320

/* What the carets under @shown, a line of the text, point at, without quotes. */
static bool word_shown(const char *shown, char word[WORD_ROOM])
{
	size_t length = strcspn(shown, "\n");
	const char *carets = shown + length + 1;
	size_t from, span;

	if (!shown[length])
		return false;
	from = strspn(carets, " \t");
	span = strspn(carets + from, "^");
	if (!span || from + span > length || span >= WORD_ROOM)
		return false;
	shown += from;
	if (*shown == '"' && span > 2) {
		shown++;
		span -= 2;
	}
	memcpy(word, shown, span);
	word[span] = '\0';
	return true;
}

/**
 * nft_report_make_links() - make the interfaces that nft misses
 * @report: what it says
 *
 * Rules that match an interface by its number need it to be there.  nft names each
 * that is not, wherever the name came from.
 *
 * Return: how many were made.
 */
int nft_report_make_links(const char *report)
{
	const char *missing = "Error: Interface does not exist\n";
	char name[WORD_ROOM];
	int made = 0;

	while ((report = strstr(report, missing))) {
		report += strlen(missing);
		if (word_shown(report, name) && link_make(name) > 0)
			made++;
	}
	return made;
}

/* "add table" for the "delete table" or "flush table" that @line begins with. */
static bool wants_table(const char *line, char command[TABLE_ROOM])
{
	static const char *const verbs[] = { "delete table ", "flush table " };
	size_t i, span;

	line += strspn(line, " \t");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strncmp(line, verbs[i], strlen(verbs[i])))
			continue;
		line += strlen(verbs[i]);
		span = strcspn(line, ";\n#");
		if (span > TABLE_ROOM - sizeof("add table "))
			return false;
		snprintf(command, TABLE_ROOM, "add table %.*s", (int)span, line);
		return true;
	}
	return false;
}

/**
 * nft_report_make_tables() - make the tables that a text wants to delete or flush
 * @report: what nft says
 *
 * Files that are loaded again and again begin like that.
 *
 * Return: how many were made.
 */
int nft_report_make_tables(const char *report)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *missing = "No such file or directory";
	char command[TABLE_ROOM];
	int made = 0;

	if (!nft)
		return 0;
	nft_ctx_buffer_error(nft);
	while ((report = strstr(report, missing))) {
		report += strcspn(report, "\n");
		report += *report == '\n';
		if (wants_table(report, command) && !nft_run_cmd_from_buffer(nft, command))
			made++;
	}
	nft_ctx_free(nft);
	return made;
}

/* Statements and matches that are modules or options of the kernel. */
static bool may_lack(const char *word)
{
	static const char *const words[] = {
		"queue", "socket", "tproxy", "osf", "fib", "synproxy", "flow", "dup", "fwd",
		"reject", "masquerade", "redirect", "snat", "dnat", "log", "limit", "quota",
		"numgen", "jhash", "symhash", "ipsec", "rt", "tunnel", "ct", "flowtable",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* ENOENT at a word of the language, not at a name, is the kernel's own lack. */
static void print_lacking(const char *report)
{
	const char *missing = "Error: Could not process rule: No such file or directory\n";
	char word[WORD_ROOM];

	while ((report = strstr(report, missing))) {
		report += strlen(missing);
		if (!word_shown(report, word))
			continue;
		if (!strncmp(report + strspn(report, " \t"), "flowtable ", strlen("flowtable ")))
			strcpy(word, "flowtable");
		word[strcspn(word, " ")] = '\0';
		if (may_lack(word))
			fprintf(stderr, "the running kernel has no \"%s\" of nf_tables\n", word);
	}
}

/**
 * nft_report_print() - print what nft says to stderr
 * @report: what it says
 * @alias: the name of the file that it was given
 * @path: the name that its user knows
 */
void nft_report_print(const char *report, const char *alias, const char *path)
{
	const char *rest = report, *found;

	while ((found = strstr(rest, alias))) {
		fprintf(stderr, "%.*s%s", (int)(found - rest), rest, path);
		rest = found + strlen(alias);
	}
	fputs(rest, stderr);
	print_lacking(report);
}

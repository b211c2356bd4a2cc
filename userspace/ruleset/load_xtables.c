// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps of iptables and ip6tables, by their own program.
 */
#include <ctype.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ruleset/load_inside.h"
#include "ruleset/xtables_pieces.h"

/* Begin and end of a transaction, and making the table's own chains. */
#define PIECE_OVERHEAD	4096

/* How long a message may be that the loader sends; 0: as long as it likes. */
static size_t message_most(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int room = 1 << 20;
	socklen_t size = sizeof(room);
	size_t most = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0 &&
	    !getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size))
		most = room > 2 * PIECE_OVERHEAD ? (size_t)room - PIECE_OVERHEAD : PIECE_OVERHEAD;
	close(fd);
	return most;
}

static const char *find_word(const char *line, size_t length, const char *word)
{
	size_t span = strlen(word);
	const char *at = line, *end = line + length;

	while ((at = memmem(at, (size_t)(end - at), word, span))) {
		if ((at == line || isspace((unsigned char)at[-1])) &&
		    (at + span == end || isspace((unsigned char)at[span])))
			return at;
		at++;
	}
	return NULL;
}

static const char *line_of(const struct source *source, unsigned int number, size_t *length)
{
	const char *line = source->text, *end = line + source->length;
	const char *newline;

	while (--number && (newline = memchr(line, '\n', (size_t)(end - line))))
		line = newline + 1;
	newline = memchr(line, '\n', (size_t)(end - line));
	*length = (size_t)((newline ? newline : end) - line);
	return line;
}

/* The column of what the message has in quotes: that is where iptables saw a fault. */
static size_t column_of(const char *said, const char *line, size_t length)
{
	const char *quote = strpbrk(said, "`'\"");
	const char *at;
	char word[128];
	size_t span;

	while (quote) {
		span = strcspn(quote + 1, "'\"\n");
		if (span && span < sizeof(word)) {
			memcpy(word, quote + 1, span);
			word[span] = '\0';
			at = find_word(line, length, word);
			if (at)
				return (size_t)(at - line) + 1;
		}
		quote = quote[span + 1] ? strpbrk(quote + span + 2, "`'\"") : NULL;
	}
	return 1;
}

/* Where it says "line: 7", "line 7 failed" or "line 7: RULE_APPEND failed"; 0: nowhere. */
static unsigned int line_said(const char *said)
{
	while ((said = strstr(said, "line"))) {
		said += strlen("line");
		said += strspn(said, ": ");
		if (isdigit((unsigned char)*said))
			return (unsigned int)strtoul(said, NULL, 10);
	}
	return 0;
}

/* The first thing said, without the program's name and advice about its options. */
static void print_said(const char *said)
{
	static const char name[] = "(nf_tables):";
	const char *start = strstr(said, "RULE_APPEND failed");

	if (!start)
		start = strstr(said, name);
	if (!start)
		start = said;
	else if (start[0] == name[0])
		start += strlen(name);
	start += strspn(start, "\n ");
	fprintf(stderr, "%.*s\n", (int)strcspn(start, "\n"), start);
}

static void explain(const struct xtables_pieces *pieces, const struct source *source,
		    const char *said)
{
	unsigned int number = line_said(said);
	const char *line;
	size_t length, column;

	if (!number || number > pieces->lines) {
		fprintf(stderr, "%s: ", source->path);
		print_said(said);
		return;
	}
	number = pieces->origin[number - 1];
	line = line_of(source, number, &length);
	column = column_of(said, line, length);
	fprintf(stderr, "%s:%u:%zu: ", source->path, number, column);
	print_said(said);
	if (length < 1000)
		fprintf(stderr, "%.*s\n%*s^\n", (int)length, line, (int)column - 1, "");
}

static int restore(const struct source *source, const struct xtables_pieces *pieces,
		   const char *program, FILE *heard)
{
	/* It would empty the tables again at each piece, or at a second dump. */
	const char *const argv[] = { program, "--noflush", NULL };
	int status = run_loader(argv, pieces->text, pieces->length, heard);

	if (status == 127)
		fprintf(stderr, "%s: there is no %s here: install iptables\n", source->path,
			program);
	return status;
}

/**
 * load_xtables() - load a dump of iptables or ip6tables
 * @source: it
 * @ipv6: whose it is
 *
 * Return: 0, or -1 after a message.
 */
int load_xtables(const struct source *source, bool ipv6)
{
	const char *program = ipv6 ? "ip6tables-nft-restore" : "iptables-nft-restore";
	struct xtables_pieces pieces;
	char *said = NULL;
	size_t said_length;
	FILE *heard = open_memstream(&said, &said_length);
	int status = -1;

	if (heard && !xtables_cut(&pieces, source, message_most()))
		status = restore(source, &pieces, program, heard);
	if (heard)
		fclose(heard);
	if (status && status != 127)
		explain(&pieces, source, said && *said ? said : "memory is out");
	xtables_pieces_free(&pieces);
	free(said);
	return status ? -1 : 0;
}

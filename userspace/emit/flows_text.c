// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site for people: machine by machine, what has to be open, in
 * which direction, and what for.
 */
#include <stdarg.h>
#include <string.h>

#include "emit/emit.h"
#include "emit/flows_needless.h"

/* As wide as a terminal that shows a page of code. */
#define WIDTH		100
#define PEERS_COLUMN	6
#define PURPOSE_COLUMN	51

/* Words that go on in the next line, at the same column, where one is full. */
struct paragraph {
	FILE *out;
	int indent;
	int column;
	bool started;
};

static void put_word(struct paragraph *paragraph, const char *format, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/* A list: the comma belongs to the word before. */
static void put_word(struct paragraph *paragraph, const char *format, ...)
{
	char word[512];
	int length;
	va_list args;

	va_start(args, format);
	length = vsnprintf(word, sizeof(word), format, args);
	va_end(args);
	if (paragraph->started)
		putc(',', paragraph->out);
	if (paragraph->started && paragraph->column + length + 3 > WIDTH) {
		fprintf(paragraph->out, "\n%*s", paragraph->indent, "");
		paragraph->column = paragraph->indent;
	} else if (paragraph->started) {
		putc(' ', paragraph->out);
	}
	fputs(word, paragraph->out);
	paragraph->column += length + 2;
	paragraph->started = true;
}

static void purpose_word(struct paragraph *paragraph, const struct operation *operation,
			 unsigned int streams)
{
	char text[128];
	size_t length = (size_t)snprintf(text, sizeof(text), "%s", operation->name);
	unsigned int i;

	for (i = 0; operation->tags[i]; i++)
		if (streams >> (i + 1) & 1)
			length += (size_t)snprintf(text + length, sizeof(text) - length, " %s",
						   operation->tags[i]);
	put_word(paragraph, "%s%s", text, streams >> 7 & 1 ? " (stderr)" : "");
}

static void put_purpose(FILE *out, const struct purpose *purpose)
{
	struct paragraph paragraph = { out, PURPOSE_COLUMN, PURPOSE_COLUMN, false };
	size_t i;

	for (i = 0; i < operation_count; i++)
		if (purpose->operation[i])
			purpose_word(&paragraph, &operations[i], purpose->operation[i]);
	putc('\n', out);
}

static void put_group_head(FILE *out, const struct entry *entry)
{
	static const char *const ways[WAY_COUNT] = {
		"in", "out", "through", "forward", "masquerade", "loopback",
	};
	char sport[12], dport[12];

	range_print(entry->tuple.sport, sport);
	range_print(entry->tuple.dport, dport);
	fprintf(out, "  %-10s %s %-11s > %-11s %-7s ", ways[entry->way],
		entry->protocol == IPPROTO_UDP ? "udp" : "tcp", sport, dport,
		entry->by_helper ? "helper" : "new");
	put_purpose(out, &entry->purpose);
}

/* A machine with several addresses has to be told which of them is meant. */
static const char *own_address(const struct host *host, const struct address *address,
			       char text[INET6_ADDRSTRLEN + 4])
{
	char plain[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (host->address_count < 2)
		return text;
	address_print(address, plain);
	snprintf(text, INET6_ADDRSTRLEN + 4, " at %s", plain);
	return text;
}

static void put_end_peer(struct paragraph *paragraph, const struct host *self,
			 const struct entry *entry)
{
	bool in = entry->way == WAY_IN;
	const struct host *peer = in ? entry->initiator : entry->responder;
	char other[INET6_ADDRSTRLEN], own[INET6_ADDRSTRLEN + 4];

	address_print(in ? &entry->tuple.source : &entry->tuple.destination, other);
	put_word(paragraph, "%s %s%s", peer->name, other,
		 own_address(self, in ? &entry->tuple.destination : &entry->tuple.source, own));
}

static void put_passing_peer(struct paragraph *paragraph, const struct entry *entry)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	char more[SITE_NAME_MAX + INET6_ADDRSTRLEN + 40] = "";

	address_print(&entry->tuple.source, source);
	address_print(&entry->tuple.destination, destination);
	address_print(&entry->to, to);
	if (entry->way == WAY_MASQUERADE)
		snprintf(more, sizeof(more), " as %s", to);
	else if (entry->way == WAY_FORWARD && entry->to_port)
		snprintf(more, sizeof(more), " on to %s %s port %u",
			 entry->responder->name, to, entry->to_port);
	else if (entry->way == WAY_FORWARD)
		snprintf(more, sizeof(more), " on to %s %s", entry->responder->name, to);
	else if (entry->in || entry->out)
		snprintf(more, sizeof(more), " by %s to %s", entry->in ? : "any",
			 entry->out ? : "any");
	if (entry->way == WAY_FORWARD)
		put_word(paragraph, "%s %s > %s%s", entry->initiator->name, source, destination,
			 more);
	else
		put_word(paragraph, "%s %s > %s %s%s", entry->initiator->name, source,
			 entry->responder->name, destination, more);
}

static void put_peers(FILE *out, const struct view *view, size_t group)
{
	const struct entry *entry = &view->entries[view->groups[group]];
	const char *lead = entry->way == WAY_IN ? "from " : entry->way == WAY_OUT ? "to " : "";
	int column = PEERS_COLUMN + (int)strlen(lead);
	struct paragraph paragraph = { out, column, column, false };

	if (entry->way == WAY_LOOPBACK)
		return;
	fprintf(out, "%*s%s", PEERS_COLUMN, "", lead);
	for (; entry < view->entries + view->count; entry++) {
		if (entry->group != group)
			continue;
		if (entry->way == WAY_IN || entry->way == WAY_OUT)
			put_end_peer(&paragraph, view->host, entry);
		else
			put_passing_peer(&paragraph, entry);
	}
	putc('\n', out);
}

static void put_groups(FILE *out, const struct view *view)
{
	size_t group;
	int way;

	if (!view->count)
		return;
	fputs("  way        ports from > to             opened  for\n", out);
	for (way = 0; way < WAY_COUNT; way++) {
		for (group = 0; group < view->group_count; group++) {
			const struct entry *first = &view->entries[view->groups[group]];

			if ((int)first->way != way)
				continue;
			put_group_head(out, first);
			put_peers(out, view, group);
		}
	}
}

static void put_host_head(FILE *out, const struct host *host)
{
	static const struct {
		enum role role;
		const char *name;
	} roles[] = {
		{ ROLE_GATEWAY, "gateway" }, { ROLE_SERVER, "server" },
		{ ROLE_CLIENT, "client" }, { ROLE_BACKUPPC, "BackupPC server" },
		{ ROLE_STORAGE, "tape service" },
	};
	char text[INET6_ADDRSTRLEN];
	const char *comma = "";
	size_t i;

	fprintf(out, "%s:", host->name);
	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (!(host->roles & roles[i].role))
			continue;
		fprintf(out, "%s %s", comma, roles[i].name);
		comma = ",";
	}
	fputs(host->roles ? " at" : " backed up by BackupPC, at", out);
	for (i = 0; i < host->address_count; i++) {
		address_print(&host->address[i], text);
		fprintf(out, " %s", text);
	}
	fputs("\n", out);
}

static int put_host(const struct touches *touches, const struct flows *flows,
		    const struct site *site, const struct host *host, FILE *out)
{
	struct view view;
	int err = view_make(&view, touches, flows, site, host);

	if (!err) {
		put_host_head(out, host);
		put_groups(out, &view);
		needless_write(&view, out);
	}
	view_free(&view);
	return err;
}

/**
 * flows_text_write() - show flows to people
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0, or a negative errno.
 */
int flows_text_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out)
{
	struct touches touches;
	size_t i;
	int err = touches_make(&touches, flows, site);

	if (!err && host)
		err = put_host(&touches, flows, site, host, out);
	for (i = 0; !host && i < site->host_count && !err; i++) {
		if (i)
			fputs("\n", out);
		err = put_host(&touches, flows, site, &site->hosts[i], out);
	}
	touches_free(&touches);
	return err;
}

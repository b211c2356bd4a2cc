// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a machine does not need, though firewalls are often opened for it.
 */
#include "emit/flows_needless.h"

static bool is_asked(const struct view *view, int protocol, uint16_t port)
{
	const struct entry *entry;

	for (entry = view->entries; entry < view->entries + view->count; entry++)
		if (entry->way != WAY_LOOPBACK && entry->protocol == protocol &&
		    entry->tuple.dport.low == port && entry->tuple.dport.high == port)
			return true;
	return false;
}

static bool has_way(const struct view *view, enum way way)
{
	size_t i;

	for (i = 0; i < view->group_count; i++)
		if (view->entries[view->groups[i]].way == way)
			return true;
	return false;
}

/* And is no range open besides? */
static bool has_helper(const struct view *view)
{
	bool helper = false;
	size_t i;

	for (i = 0; i < view->group_count; i++) {
		const struct entry *entry = &view->entries[view->groups[i]];

		if (entry->by_helper)
			helper = true;
		else if (entry->tuple.dport.low != entry->tuple.dport.high &&
			 entry->way != WAY_LOOPBACK)
			return false;
	}
	return helper;
}

/* Is there an exchange of amandad whose streams all stay in one connection? */
static bool has_single(const struct view *view)
{
	const struct entry *entry;
	size_t i, j;

	for (i = 0; i < view->group_count; i++) {
		entry = &view->entries[view->groups[i]];
		for (j = 0; j < operation_count; j++)
			if (entry->purpose.operation[j] & 1 && !operations[j].over &&
			    operations[j].tags[0] && entry->protocol == IPPROTO_TCP)
				return true;
	}
	return false;
}

/* Is amandad asked for anything? */
static bool is_amanda(const struct view *view)
{
	size_t i, j;

	for (i = 0; i < view->group_count; i++)
		for (j = 0; j < operation_count; j++)
			if (view->entries[view->groups[i]].purpose.operation[j] &&
			    !operations[j].over)
				return true;
	return false;
}

static void put(FILE *out, bool *any, const char *text)
{
	if (!*any)
		fputs("  not needed:\n", out);
	*any = true;
	fprintf(out, "    %s\n", text);
}

static void put_directions(const struct view *view, FILE *out, bool *any)
{
	bool gateway = view->host->roles & ROLE_GATEWAY;

	if (!has_way(view, WAY_IN))
		put(out, any, gateway ? "new connections to this machine itself" :
		    "new connections to this machine: it starts all of them itself");
	if (!has_way(view, WAY_OUT))
		put(out, any, gateway ? "new connections from this machine itself" :
		    "new connections from this machine: it only answers");
}

static void put_ports(const struct view *view, FILE *out, bool *any)
{
	bool udp = is_asked(view, IPPROTO_UDP, AMANDA_PORT);
	bool tcp = is_asked(view, IPPROTO_TCP, AMANDA_PORT);
	bool old_index = is_asked(view, IPPROTO_TCP, 10082);
	bool old_tape = is_asked(view, IPPROTO_TCP, 10083);

	if (udp && !tcp)
		put(out, any, "tcp 10080: only auth bsdtcp and ssl ask there");
	if (tcp && !udp)
		put(out, any, "udp 10080: only auth bsd and bsdudp ask there");
	if (!old_index && !old_tape)
		put(out, any, "tcp 10082 and 10083: recovery asks amandad since Amanda 2.5.1");
	else if (!old_tape)
		put(out, any, "tcp 10083: recovery asks amandad since Amanda 2.5.1");
	if (has_helper(view))
		put(out, any, "the range of the streams: the helper opens one port at a time");
	if (has_single(view))
		put(out, any, "streams of their own for auth bsdtcp, ssl, krb5, ssh, rsh: all is in one connection");
}

/* ICMP has no ports, and a rule for it is not about Amanda. */
static void put_ping(const struct view *view, FILE *out)
{
	size_t i, j;

	for (i = 0; i < view->group_count; i++) {
		const struct entry *entry = &view->entries[view->groups[i]];

		for (j = 0; j < operation_count; j++) {
			if (!entry->purpose.operation[j] || operations[j].wanted != SET_BACKUPPC)
				continue;
			fputs("  and:\n    icmp echo from the BackupPC server, unless its PingCmd is empty\n",
			      out);
			return;
		}
	}
}

/**
 * needless_write() - say what a machine does not need
 * @view: what it sees
 * @out: where to
 */
void needless_write(const struct view *view, FILE *out)
{
	bool any = false;

	if (!view->count) {
		fputs("  nothing: no flow starts, ends or passes here\n", out);
		return;
	}
	put_ping(view, out);
	put_directions(view, out, &any);
	if (is_amanda(view))
		put_ports(view, out, &any);
}

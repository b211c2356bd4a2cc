// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site as a picture, for Graphviz: machines are boxes, what
 * one starts at another is an arrow, through the gateways that it passes.
 *
 * Host names hold nothing that needs quoting: see name_is_plain() of
 * flow/site_parse.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit/emit.h"

/* More kinds of flows than two machines have between them. */
#define ARROWS_MOST	32

/* Each way to cross the network has its colour; dark enough for letters. */
static const struct {
	const char *name;
	const char *colour;
} colours[] = {
	{ "bsd", "#1b6ca8" }, { "bsdudp", "#0f7173" }, { "bsdtcp", "#2e7d32" },
	{ "ssl", "#6a1b9a" }, { "krb5", "#8d6e00" }, { "ssh", "#37474f" },
	{ "rsh", "#b71c1c" }, { "amandaidx", "#a04000" }, { "amidxtape", "#a04000" },
	{ "ndmp", "#5d4037" }, { "direct-tcp", "#5d4037" }, { "rsyncd", "#ad1457" },
	{ "smb", "#4527a0" },
};

/**
 * struct arrow - what one machine starts at another by one auth
 * @first: its first flow, whose way stands for all
 * @lines: flows that differ in ports, to be written beside it
 * @line_count: entries of @lines
 */
struct arrow {
	const struct flow *first;
	const struct flow *lines[4];
	size_t line_count;
};

/**
 * struct drawing - what is being drawn
 * @out: where to
 * @host: only this machine's flows, or NULL
 * @arrows: between the two machines at hand
 * @count: entries of @arrows
 * @used: bit n: colour n of the table has been used
 */
struct drawing {
	FILE *out;
	const struct host *host;
	struct arrow arrows[ARROWS_MOST];
	size_t count;
	unsigned int used;
};

static size_t colour_of(const struct auth *auth)
{
	size_t i, last = sizeof(colours) / sizeof(*colours) - 1;

	for (i = 0; i < last && strcmp(colours[i].name, auth->name); i++)
		;
	return i;
}

static const char *fill_of(const struct host *host)
{
	if (host->roles & ROLE_GATEWAY)
		return "#fff3e0";
	if (host->roles & (ROLE_SERVER | ROLE_BACKUPPC))
		return "#e3f2fd";
	return host->roles & ROLE_STORAGE ? "#efebe9" : "#f1f8e9";
}

static void put_roles(FILE *out, const struct host *host)
{
	static const char *const names[] = {
		"server", "client", "gateway", "BackupPC", "tape service",
	};
	const char *between = "";
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!(host->roles >> i & 1))
			continue;
		fprintf(out, "%s%s", between, names[i]);
		between = " \302\267 ";
	}
	if (!host->roles)
		fputs("backed up by BackupPC", out);
}

static void put_node(FILE *out, const struct host *host)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	fprintf(out, "\t\"%s\" [fillcolor=\"%s\"%s, label=<<b>%s</b><br/>"
		"<font point-size=\"10\" color=\"#546e7a\">", host->name, fill_of(host),
		host->roles & ROLE_GATEWAY ? ", color=\"#ef6c00\", penwidth=2.2" : "",
		host->name);
	put_roles(out, host);
	fputs("</font>", out);
	for (i = 0; i < host->address_count; i++) {
		address_print(&host->address[i], text);
		fprintf(out, "<br/><font face=\"monospace\" point-size=\"10\">%s</font>", text);
	}
	fputs(">];\n", out);
}

static bool is_drawn(const struct drawing *drawing, const struct flow *flow)
{
	return !flow->loopback && (!drawing->host || flow_touches(flow, drawing->host));
}

static bool line_same(const struct flow *a, const struct flow *b)
{
	return a->protocol == b->protocol && !a->tag == !b->tag &&
	       range_equal(a->sent.sport, b->sent.sport) &&
	       range_equal(a->sent.dport, b->sent.dport);
}

static void arrow_add(struct arrow *arrow, const struct flow *flow)
{
	size_t i;

	for (i = 0; i < arrow->line_count; i++)
		if (line_same(arrow->lines[i], flow))
			return;
	if (arrow->line_count < sizeof(arrow->lines) / sizeof(*arrow->lines))
		arrow->lines[arrow->line_count++] = flow;
}

static void add_flow(struct drawing *drawing, const struct flow *flow)
{
	size_t i;

	for (i = 0; i < drawing->count; i++)
		if (drawing->arrows[i].first->auth == flow->auth &&
		    drawing->arrows[i].first->initiator == flow->initiator)
			break;
	if (i == ARROWS_MOST)
		return;
	if (i == drawing->count)
		drawing->arrows[drawing->count++] = (struct arrow) { .first = flow };
	arrow_add(&drawing->arrows[i], flow);
}

/* What the initiator wants, in the words of those who look at pictures. */
static const char *wish_of(const struct flow *flow)
{
	switch (flow->operation->wanted) {
	case SET_BACKUPPC:
		return "BackupPC";
	case SET_DIRECT_TCP:
		return "dumps";
	case SET_OLD_RECOVERY:
		return "old recovery";
	case SET_CLIENT_DUMP:
		return "client dump";
	case SET_RECOVERY:
		return flow->operation->initiator == ROLE_CLIENT ? "recovery" : "restore";
	default:
		return flow->operation->responder == ROLE_CLIENT ? "backup" : "tapes";
	}
}

static void put_label(const struct drawing *drawing, const struct arrow *arrow)
{
	char sport[12], dport[12];
	size_t i;

	fprintf(drawing->out, "<b>%s</b> \302\267 %s", wish_of(arrow->first),
		arrow->first->auth->name);
	for (i = 0; i < arrow->line_count; i++) {
		const struct flow *flow = arrow->lines[i];

		range_print(flow->sent.sport, sport);
		range_print(flow->sent.dport, dport);
		fprintf(drawing->out, "<br/>%s %s \342\206\222 <b>%s</b>%s",
			flow->protocol == IPPROTO_UDP ? "udp" : "tcp", sport, dport,
			flow->tag && flow->auth->helper ? " <i>(helper)</i>" : "");
	}
}

static void put_translation(FILE *out, const struct hop *hop)
{
	char text[INET6_ADDRSTRLEN];

	fputs(" ", out);
	if (!address_equal(&hop->in.source, &hop->out.source)) {
		address_print(&hop->out.source, text);
		fprintf(out, "as %s ", text);
	}
	if (!address_equal(&hop->in.destination, &hop->out.destination)) {
		address_print(&hop->in.destination, text);
		fprintf(out, "had asked %s ", text);
	}
}

/* From one machine or gateway to the next; the last piece has the head. */
static void put_piece(const struct drawing *drawing, const struct arrow *arrow,
		      size_t piece, const char *from, const char *to)
{
	const struct flow *flow = arrow->first;
	const char *colour = colours[colour_of(flow->auth)].colour;
	bool recovers = flow->from == ROLE_CLIENT;

	fprintf(drawing->out, "\t\"%s\" -> \"%s\" [color=\"%s\", fontcolor=\"%s\"%s%s",
		recovers ? to : from, recovers ? from : to, colour, colour,
		recovers ? ", dir=back" : "", recovers ? ", style=dashed" : "");
	if (piece < flow->hop_count)
		fputs(recovers ? ", arrowtail=none" : ", arrowhead=none", drawing->out);
	fputs(", label=<", drawing->out);
	if (!piece)
		put_label(drawing, arrow);
	else
		put_translation(drawing->out, &flow->hops[piece - 1]);
	fputs(">];\n", drawing->out);
}

static void put_arrow(struct drawing *drawing, const struct arrow *arrow)
{
	const struct flow *flow = arrow->first;
	const char *from = flow->initiator->name, *to;
	size_t i;

	drawing->used |= 1u << colour_of(flow->auth);
	for (i = 0; i <= flow->hop_count; i++) {
		to = i < flow->hop_count ? flow->hops[i].gateway->name : flow->responder->name;
		put_piece(drawing, arrow, i, from, to);
		from = to;
	}
}

static void flush(struct drawing *drawing)
{
	size_t i;

	for (i = 0; i < drawing->count; i++)
		put_arrow(drawing, &drawing->arrows[i]);
	drawing->count = 0;
}

static bool same_two(const struct flow *a, const struct flow *b)
{
	return (a->initiator == b->initiator && a->responder == b->responder) ||
	       (a->initiator == b->responder && a->responder == b->initiator);
}

static void put_arrows(struct drawing *drawing, const struct flows *flows)
{
	const struct flow *flow;

	for (flow = flows->flow; flow < flows->flow + flows->count; flow++) {
		if (!is_drawn(drawing, flow))
			continue;
		if (drawing->count && !same_two(drawing->arrows[0].first, flow))
			flush(drawing);
		add_flow(drawing, flow);
	}
	flush(drawing);
}

static void put_head(FILE *out)
{
	fputs("digraph site {\n"
	      "\tgraph [rankdir=LR, nodesep=0.45, ranksep=1.4, fontname=\"Helvetica\","
	      " fontsize=10, labelloc=b, labeljust=l];\n"
	      "\tnode [shape=box, style=\"rounded,filled\", color=\"#546e7a\","
	      " fontname=\"Helvetica\", margin=\"0.18,0.1\"];\n"
	      "\tedge [fontname=\"Helvetica\", fontsize=10, penwidth=1.4];\n", out);
}

static void put_legend(const struct drawing *drawing)
{
	FILE *out = drawing->out;
	size_t i;

	fputs("\tlabel=<Arrows lead from who starts to who answers: "
	      "<b>\342\200\224\342\200\224</b> servers start, <b>- - -</b> clients start."
	      "<br align=\"left\"/>", out);
	for (i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (drawing->used >> i & 1)
			fprintf(out, "<font color=\"%s\"><b>\342\226\240</b> %s</font>   ",
				colours[i].colour, colours[i].name);
	fputs("<i>(helper)</i>: opened one by one as they are announced"
	      "<br align=\"left\"/>>;\n", out);
}

/**
 * flows_dot_write() - draw flows
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0, or a negative errno.
 */
int flows_dot_write(const struct flows *flows, const struct site *site,
		    const struct host *host, FILE *out)
{
	struct drawing *drawing = calloc(1, sizeof(*drawing));
	size_t i;

	if (!drawing)
		return -ENOMEM;
	drawing->out = out;
	drawing->host = host;
	put_head(out);
	for (i = 0; i < site->host_count; i++)
		put_node(out, &site->hosts[i]);
	put_arrows(drawing, flows);
	put_legend(drawing);
	fputs("}\n", out);
	free(drawing);
	return 0;
}

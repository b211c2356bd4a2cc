// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site for programs: one JSON object, with a line for each flow.
 *
 * A site of 10,000 clients has 200,000 flows.  They are written as they come,
 * for a tree of them would fill the memory; and as text, for a tree of each
 * takes five times as long.
 */
#include "emit/emit.h"

/* Names have no character that JSON gives a meaning, but that is not known here. */
static void put_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("null", out);
		return;
	}
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ')
			fprintf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void put_key(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\": ", key);
	put_string(out, text);
	fputs(", ", out);
}

static void put_ports(FILE *out, struct range sport, struct range dport)
{
	fprintf(out, "\"sport\": [%u, %u], \"dport\": [%u, %u]", sport.low, sport.high,
		dport.low, dport.high);
}

static void put_tuple(FILE *out, const char *key, const struct tuple *tuple)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	address_print(&tuple->source, source);
	address_print(&tuple->destination, destination);
	fprintf(out, "\"%s\": {\"source\": \"%s\", \"destination\": \"%s\", ", key, source,
		destination);
	put_ports(out, tuple->sport, tuple->dport);
	fputs("}", out);
}

static void put_hop(FILE *out, const struct hop *hop)
{
	fputs("{", out);
	put_key(out, "gateway", hop->gateway->name);
	put_key(out, "in_interface", hop->in_interface);
	put_key(out, "out_interface", hop->out_interface);
	put_tuple(out, "in", &hop->in);
	fputs(", ", out);
	put_tuple(out, "out", &hop->out);
	fputs("}", out);
}

static void put_way(FILE *out, const struct flow *flow)
{
	size_t i;

	put_tuple(out, "sent", &flow->sent);
	fputs(", ", out);
	put_tuple(out, "received", &flow->received);
	fputs(", \"gateways\": [", out);
	for (i = 0; i < flow->hop_count; i++) {
		fputs(i ? ", " : "", out);
		put_string(out, flow->hops[i].gateway->name);
	}
	fputs("], \"hops\": [", out);
	for (i = 0; i < flow->hop_count; i++) {
		fputs(i ? ", " : "", out);
		put_hop(out, &flow->hops[i]);
	}
	fputs("], ", out);
}

/* What a helper opens is related to the control flow; all else is new. */
static bool by_helper(const struct flow *flow)
{
	return flow->tag && flow->auth->helper;
}

/* sport and dport are as the responder sees them: those of amanda.conf. */
static void put_flow(FILE *out, const struct flow *flow)
{
	char id[FLOW_ID_MAX];

	flow_id(flow, id);
	fputs("{", out);
	put_key(out, "id", id);
	put_key(out, "operation", flow->operation->name);
	put_key(out, "auth", flow->auth->name);
	put_key(out, "initiator", flow->initiator->name);
	put_key(out, "responder", flow->responder->name);
	put_key(out, "protocol", flow->protocol == IPPROTO_UDP ? "udp" : "tcp");
	put_ports(out, flow->received.sport, flow->received.dport);
	fputs(", ", out);
	put_key(out, "state", by_helper(flow) ? "related" : "new");
	put_key(out, "helper", flow->auth->helper ? "amanda" : NULL);
	put_key(out, "stream", flow->tag);
	put_way(out, flow);
	fprintf(out, "\"loopback\": %s, \"reason\": [", flow->loopback ? "true" : "false");
	put_string(out, flow->operation->reason);
	fputs(", ", out);
	put_string(out, flow->auth->reason);
	fputs("]}", out);
}

/**
 * flows_json_write() - show flows to programs
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0.
 */
int flows_json_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out)
{
	const char *between = "\n";
	size_t i;

	(void)site;
	fputs("{\"version\": 1, \"flows\": [", out);
	for (i = 0; i < flows->count; i++) {
		if (host && !flow_touches(&flows->flow[i], host))
			continue;
		fputs(between, out);
		put_flow(out, &flows->flow[i]);
		between = ",\n";
	}
	fputs("\n]}\n", out);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The flows of a site for programs: one JSON object.
 */
#include <errno.h>
#include <jansson.h>

#include "emit/emit.h"

static json_t *pack_range(struct range range)
{
	return json_pack("[i,i]", range.low, range.high);
}

static json_t *pack_tuple(const struct tuple *tuple)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];

	address_print(&tuple->source, source);
	address_print(&tuple->destination, destination);
	return json_pack("{s:s, s:s, s:o, s:o}", "source", source, "destination", destination,
			 "sport", pack_range(tuple->sport), "dport", pack_range(tuple->dport));
}

static json_t *pack_gateways(const struct flow *flow)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < flow->hop_count; i++)
		json_array_append_new(list, json_string(flow->hops[i].gateway->name));
	return list;
}

static json_t *pack_hops(const struct flow *flow)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < flow->hop_count; i++) {
		const struct hop *hop = &flow->hops[i];

		json_array_append_new(list, json_pack("{s:s, s:s?, s:s?, s:o, s:o}",
						      "gateway", hop->gateway->name,
						      "in_interface", hop->in_interface,
						      "out_interface", hop->out_interface,
						      "in", pack_tuple(&hop->in),
						      "out", pack_tuple(&hop->out)));
	}
	return list;
}

/* What a helper opens is related to the control flow; all else is new. */
static bool by_helper(const struct flow *flow)
{
	return flow->tag && flow->auth->helper;
}

/* sport and dport are as the responder sees them: those of amanda.conf. */
static json_t *pack_flow(const struct flow *flow)
{
	char id[FLOW_ID_MAX];

	flow_id(flow, id);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s?, s:s?,"
			 " s:o, s:o, s:o, s:o, s:b, s:[s,s]}",
			 "id", id,
			 "operation", flow->operation->name,
			 "auth", flow->auth->name,
			 "initiator", flow->initiator->name,
			 "responder", flow->responder->name,
			 "protocol", flow->protocol == IPPROTO_UDP ? "udp" : "tcp",
			 "sport", pack_range(flow->received.sport),
			 "dport", pack_range(flow->received.dport),
			 "state", by_helper(flow) ? "related" : "new",
			 "helper", flow->auth->helper ? "amanda" : NULL,
			 "stream", flow->tag,
			 "sent", pack_tuple(&flow->sent),
			 "received", pack_tuple(&flow->received),
			 "gateways", pack_gateways(flow),
			 "hops", pack_hops(flow),
			 "loopback", flow->loopback,
			 "reason", flow->operation->reason, flow->auth->reason);
}

/**
 * flows_json_write() - show flows to programs
 * @flows: the flows
 * @site: whose
 * @host: of which machine, or NULL
 * @out: where to
 *
 * Return: 0, or a negative errno.
 */
int flows_json_write(const struct flows *flows, const struct site *site,
		     const struct host *host, FILE *out)
{
	json_t *list = json_array(), *top;
	size_t i;
	int err;

	(void)site;
	for (i = 0; i < flows->count; i++)
		if (!host || flow_touches(&flows->flow[i], host))
			json_array_append_new(list, pack_flow(&flows->flow[i]));
	top = json_pack("{s:i, s:o}", "version", 1, "flows", list);
	if (!top)
		return -ENOMEM;
	err = json_dumpf(top, out, JSON_INDENT(2));
	json_decref(top);
	fputs("\n", out);
	return err ? -EIO : 0;
}

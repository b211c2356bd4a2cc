// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of flows, applied to a site.
 */
#include "flow/flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/route.h"

/* What stays the same for all flows between two machines. */
struct pair {
	struct flows *flows;
	const struct site *site;
	const size_t *gateways;
	size_t gateway_count;
	const struct host *server;
	const struct host *client;
};

/* One operation from one address to another. */
struct exchange {
	const struct operation *operation;
	struct route route;
	unsigned int number;	/* of the pair of addresses, from 1 */
};

static struct range ports_of(const struct host *host, enum port_class class)
{
	switch (class) {
	case PORTS_RESERVED_UDP:
		return host->settings.udp;
	case PORTS_RESERVED_TCP:
		return host->settings.low_tcp;
	case PORTS_UNRESERVED_TCP:
		return host->settings.tcp;
	case PORTS_ANY:
		break;
	}
	return (struct range) { 1024, 65535 };
}

static struct flow *flow_add(struct flows *flows)
{
	struct flow *grown;

	if (flows->count == flows->room) {
		flows->room = flows->room ? flows->room * 2 : 64;
		grown = reallocarray(flows->flow, flows->room, sizeof(*grown));
		if (!grown)
			return NULL;
		flows->flow = grown;
	}
	memset(&flows->flow[flows->count], 0, sizeof(*flows->flow));
	return &flows->flow[flows->count++];
}

static char *flow_id(const struct exchange *exchange, const char *tag)
{
	const struct route *route = &exchange->route;
	char number[16] = "", *id, *blank;

	if (exchange->number > 1)
		snprintf(number, sizeof(number), "/%u", exchange->number);
	if (asprintf(&id, "%s/%s/%s/%s/%s%s", exchange->operation->name, route->initiator->name,
		     route->responder->name, tag ? tag : "control",
		     route->from.family == AF_INET ? "ip" : "ip6", number) < 0)
		return NULL;
	blank = strchr(id, ' ');
	if (blank)
		*blank = '-';
	return id;
}

/* The dumptype of the client decides the auth, for its restores too. */
static int add_one(const struct pair *pair, const struct exchange *exchange, const char *tag)
{
	const struct auth *auth = pair->client->settings.auth;
	const struct route *route = &exchange->route;
	struct flow *flow = flow_add(pair->flows);
	struct range sport, dport;

	if (!flow)
		return -ENOMEM;
	flow->operation = exchange->operation;
	flow->auth = auth;
	flow->initiator = route->initiator;
	flow->responder = route->responder;
	flow->tag = tag;
	flow->protocol = tag ? IPPROTO_TCP : auth->protocol;
	sport = ports_of(route->initiator, tag ? PORTS_UNRESERVED_TCP : auth->sport);
	dport = tag ? ports_of(route->responder, PORTS_UNRESERVED_TCP) :
		(struct range) { auth->port, auth->port };
	flow->id = flow_id(exchange, tag);
	if (!flow->id)
		return -ENOMEM;
	return route_apply(route, flow, sport, dport);
}

/* "index no": sendbackup.c writes -1 for INDEX, and nobody connects. */
static bool tag_wanted(const struct pair *pair, const char *tag)
{
	return pair->client->settings.index || strcmp(tag, "INDEX");
}

static int add_exchange(const struct pair *pair, const struct exchange *exchange)
{
	enum streams streams = pair->client->settings.auth->streams;
	const char *const *tag;
	int err = add_one(pair, exchange, NULL);

	if (streams == STREAMS_INSIDE)
		return err;
	for (tag = exchange->operation->tags; *tag && !err; tag++) {
		if (!tag_wanted(pair, *tag))
			continue;
		err = add_one(pair, exchange, *tag);
		if (streams == STREAMS_FIRST)
			break;
	}
	return err;
}

static bool addresses_meet(const struct host *a, size_t i, const struct host *b, size_t j)
{
	const struct address *one = &a->address[i], *two = &b->address[j];

	return one->family == two->family &&
	       (!(a->roles & ROLE_GATEWAY) || gateway_faces(a, i, two)) &&
	       (!(b->roles & ROLE_GATEWAY) || gateway_faces(b, j, one));
}

static int add_between(const struct pair *pair, struct exchange *exchange, unsigned int *number)
{
	int err;

	*number += 1;
	exchange->number = *number;
	err = route_find(&exchange->route, pair->site, pair->gateways, pair->gateway_count);
	return err ? err : add_exchange(pair, exchange);
}

static int add_operation(const struct pair *pair, const struct operation *operation)
{
	bool from_server = operation->initiator == ROLE_SERVER;
	const struct host *from = from_server ? pair->server : pair->client;
	const struct host *to = from_server ? pair->client : pair->server;
	struct exchange exchange = { .operation = operation };
	unsigned int v4 = 0, v6 = 0;
	size_t i, j;
	int err = 0;

	exchange.route.initiator = from;
	exchange.route.responder = to;
	for (i = 0; i < from->address_count; i++) {
		for (j = 0; j < to->address_count && !err; j++) {
			if (!addresses_meet(from, i, to, j))
				continue;
			exchange.route.from = from->address[i];
			exchange.route.to = to->address[j];
			err = add_between(pair, &exchange,
					  from->address[i].family == AF_INET ? &v4 : &v6);
		}
	}
	return err;
}

static int add_pair(const struct pair *pair)
{
	size_t i;
	int err = 0;

	for (i = 0; i < operation_count && !err; i++)
		if (!operations[i].recovery || pair->client->settings.recovery)
			err = add_operation(pair, &operations[i]);
	return err;
}

static size_t *gateways_of(const struct site *site, size_t *count)
{
	size_t *list = calloc(site->host_count + 1, sizeof(*list)), i;

	*count = 0;
	for (i = 0; list && i < site->host_count; i++)
		if (site->hosts[i].roles & ROLE_GATEWAY)
			list[(*count)++] = i;
	return list;
}

static int add_server(struct pair *pair)
{
	size_t i;
	int err = 0;

	for (i = 0; i < pair->site->host_count && !err; i++) {
		pair->client = &pair->site->hosts[i];
		if (pair->client->roles & ROLE_CLIENT && pair->client != pair->server &&
		    pair->client->settings.auth->port)
			err = add_pair(pair);
	}
	return err;
}

/**
 * flows_expand() - every flow of a site
 * @flows: to fill; flows_free() it whatever is returned
 * @site: the site; must outlive the flows
 *
 * A machine that backs itself up does so over its loopback interface, which
 * no firewall concerns: no flow stands for it.
 *
 * Return: 0; -E2BIG where too many gateways stand in a row; or -ENOMEM.
 */
int flows_expand(struct flows *flows, const struct site *site)
{
	struct pair pair = { .flows = flows, .site = site };
	size_t *gateways, i;
	int err = 0;

	memset(flows, 0, sizeof(*flows));
	gateways = gateways_of(site, &pair.gateway_count);
	if (!gateways)
		return -ENOMEM;
	pair.gateways = gateways;
	for (i = 0; i < site->host_count && !err; i++) {
		pair.server = &site->hosts[i];
		if (pair.server->roles & ROLE_SERVER)
			err = add_server(&pair);
	}
	free(gateways);
	return err;
}

/**
 * flows_free() - give the memory back
 * @flows: the flows
 */
void flows_free(struct flows *flows)
{
	size_t i;

	for (i = 0; i < flows->count; i++) {
		free(flows->flow[i].id);
		free(flows->flow[i].hops);
	}
	free(flows->flow);
	memset(flows, 0, sizeof(*flows));
}

/**
 * flow_touches() - does a flow start, end or pass at a host?
 * @flow: the flow
 * @host: the host
 *
 * Return: true where it does.
 */
bool flow_touches(const struct flow *flow, const struct host *host)
{
	size_t i;

	for (i = 0; i < flow->hop_count; i++)
		if (flow->hops[i].gateway == host)
			return true;
	return flow->initiator == host || flow->responder == host;
}

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

/* Hops are many and small, and freed all at once. */
#define HOPS_IN_BLOCK	4096

struct hop_block {
	struct hop_block *next;
	size_t used;
	struct hop hops[HOPS_IN_BLOCK];
};

/*
 * What stays the same for all flows between two machines.  The hub is the one
 * that others gather around: a server, a BackupPC server, a tape service.
 */
struct pair {
	struct flows *flows;
	const struct site *site;
	const size_t *gateways;
	size_t gateway_count;
	const struct host *hub;
	const struct host *other;
};

/* One operation from one address to another. */
struct exchange {
	const struct operation *operation;
	const struct host *client;	/* whose settings count */
	struct route route;
	unsigned int number;		/* of the pair of addresses, from 1 */
	bool loopback;
};

static const struct range any_port = { 1024, 65535 };
/* rresvport() of the C library: IPPORT_RESERVED / 2 and up. */
static const struct range rcmd_ports = { 512, 1023 };

static struct range ports_of(const struct host *host, enum port_class class)
{
	switch (class) {
	case PORTS_RESERVED_UDP:
		return host->settings.udp;
	case PORTS_RESERVED_TCP:
		return host->settings.low_tcp;
	case PORTS_UNRESERVED_TCP:
		return host->settings.tcp;
	case PORTS_RCMD:
		return rcmd_ports;
	case PORTS_MOVER:
		return settings_give(&host->settings, SET_TCP) ? host->settings.tcp : any_port;
	case PORTS_ANY:
	case PORTS_NONE:
		break;
	}
	return any_port;
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

/**
 * flows_hops() - room for the hops of a flow
 * @flows: whose
 * @count: of hops
 *
 * Return: the hops, which flows_free() frees; or NULL.
 */
struct hop *flows_hops(struct flows *flows, size_t count)
{
	struct hop_block *block = flows->blocks;

	if (!block || block->used + count > HOPS_IN_BLOCK) {
		block = malloc(sizeof(*block));
		if (!block)
			return NULL;
		block->next = flows->blocks;
		block->used = 0;
		flows->blocks = block;
	}
	block->used += count;
	return &block->hops[block->used - count];
}

/* By what the operation crosses the network: "dumptype" decides for restores too. */
static const struct auth *auth_of(const struct exchange *exchange)
{
	return exchange->operation->over ? : exchange->client->settings.auth;
}

static struct range port_range(const struct auth *auth, const struct host *host)
{
	uint16_t port = auth_port(auth, host);

	return port ? (struct range) { port, port } : ports_of(host, auth->dport);
}

/* @back: from the responder to the initiator. */
static int add_one(const struct pair *pair, const struct exchange *exchange,
		   const struct route *route, const char *tag, bool back)
{
	const struct operation *operation = exchange->operation;
	const struct auth *auth = auth_of(exchange);
	struct flow *flow = flow_add(pair->flows);
	struct range sport, dport;

	if (!flow)
		return -ENOMEM;
	flow->operation = operation;
	flow->auth = auth;
	flow->initiator = route->initiator;
	flow->responder = route->responder;
	flow->from = back ? operation->responder : operation->initiator;
	flow->to = back ? operation->initiator : operation->responder;
	flow->tag = tag;
	flow->number = exchange->number;
	flow->loopback = exchange->loopback;
	flow->protocol = tag ? IPPROTO_TCP : auth->protocol;
	sport = ports_of(route->initiator, tag ? auth->stream_sport : auth->sport);
	dport = tag ? ports_of(route->responder, auth->stream_dport) :
		port_range(auth, route->responder);
	return route_apply(route, pair->flows, flow, sport, dport);
}

/* "index no": sendbackup.c writes -1 for INDEX, and nobody connects. */
static bool tag_wanted(const struct exchange *exchange, const char *tag)
{
	return exchange->client->settings.index ||
	       exchange->operation->initiator != ROLE_SERVER || strcmp(tag, "INDEX");
}

static const struct host *translator(const struct route *route)
{
	size_t i;

	for (i = 0; i < route->step_count; i++)
		if (route->steps[i].masquerade || route->steps[i].forward)
			return route->steps[i].gateway;
	return NULL;
}

/* Nothing announces this connection in a way that a translating gateway reads. */
static int add_back(const struct pair *pair, const struct exchange *exchange)
{
	const struct host *gateway = translator(&exchange->route);
	struct route route = {
		.initiator = exchange->route.responder,
		.responder = exchange->route.initiator,
		.from = exchange->route.to,
		.to = exchange->route.from,
	};
	int err = route_find(&route, pair->site, pair->gateways, pair->gateway_count);

	if (err)
		return err;
	if (!gateway)
		gateway = translator(&route);
	if (!gateway)
		return add_one(pair, exchange, &route, "STDERR", true);
	site_error(pair->site, exchange->client->settings.span[SET_AUTH],
		   "auth %s cannot cross the translation at %s: %s connects back to %s",
		   auth_of(exchange)->name, gateway->name, route.initiator->name,
		   route.responder->name);
	return -EINVAL;
}

static int add_exchange(const struct pair *pair, const struct exchange *exchange)
{
	enum streams streams = auth_of(exchange)->streams;
	const char *const *tag;
	int err = add_one(pair, exchange, &exchange->route, NULL, false);

	if (err || streams == STREAMS_INSIDE)
		return err;
	if (streams == STREAMS_BACK)
		return add_back(pair, exchange);
	for (tag = exchange->operation->tags; *tag && !err; tag++) {
		if (!tag_wanted(exchange, *tag))
			continue;
		err = add_one(pair, exchange, &exchange->route, *tag, false);
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

static int add_operation(const struct pair *pair, struct exchange *exchange)
{
	const struct host *from = exchange->route.initiator, *to = exchange->route.responder;
	unsigned int v4 = 0, v6 = 0;
	size_t i, j;
	int err = 0;

	for (i = 0; i < from->address_count; i++) {
		for (j = 0; j < to->address_count && !err; j++) {
			if (!addresses_meet(from, i, to, j))
				continue;
			exchange->route.from = from->address[i];
			exchange->route.to = to->address[j];
			err = add_between(pair, exchange,
					  from->address[i].family == AF_INET ? &v4 : &v6);
		}
	}
	return err;
}

/* The kernel sends what a machine has for itself by lo, whatever the address. */
static int add_loopback(const struct pair *pair, struct exchange *exchange)
{
	const struct address localhost = {
		.family = AF_INET,
		.prefix = 8,
		.v4.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct route *route = &exchange->route;

	route->from = operation_stays(exchange->operation) ? localhost :
		route->initiator->address[0];
	route->to = route->from;
	route->step_count = 0;
	exchange->number = 1;
	exchange->loopback = true;
	return add_exchange(pair, exchange);
}

static enum role hub_role(const struct operation *operation)
{
	if (operation->initiator == ROLE_STORAGE || operation->responder == ROLE_STORAGE)
		return ROLE_STORAGE;
	return operation->initiator == ROLE_BACKUPPC ? ROLE_BACKUPPC : ROLE_SERVER;
}

/* BackupPC asks for no role of its clients: a host that names a method is one. */
static bool plays(const struct host *host, enum role role, const struct operation *operation)
{
	if (operation->wanted == SET_BACKUPPC && role == ROLE_CLIENT)
		return settings_give(&host->settings, SET_BACKUPPC) ||
		       (host->roles & ROLE_CLIENT);
	return host->roles & role;
}

static bool pair_needs(const struct pair *pair, const struct operation *operation,
		       bool hub_starts)
{
	enum role role = hub_starts ? operation->responder : operation->initiator;
	bool alone = pair->hub == pair->other;

	return pair->hub->roles & hub_role(operation) &&
	       plays(pair->other, role, operation) &&
	       operation_wanted(operation, &pair->other->settings) &&
	       (alone || !operation_stays(operation)) &&
	       (!alone || operation_stays(operation) ||
		operation->initiator != operation->responder) &&
	       (operation->over || auth_travels(pair->other->settings.auth));
}

static int add_pair(const struct pair *pair)
{
	size_t i;
	int err = 0;

	for (i = 0; i < operation_count && !err; i++) {
		const struct operation *operation = &operations[i];
		bool hub_starts = operation->initiator == hub_role(operation);
		struct exchange exchange = { .operation = operation, .client = pair->other };

		if (!pair_needs(pair, operation, hub_starts))
			continue;
		exchange.route.initiator = hub_starts ? pair->hub : pair->other;
		exchange.route.responder = hub_starts ? pair->other : pair->hub;
		err = pair->hub == pair->other ? add_loopback(pair, &exchange) :
			add_operation(pair, &exchange);
	}
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

static int add_hub(struct pair *pair)
{
	size_t i;
	int err = 0;

	for (i = 0; i < pair->site->host_count && !err; i++) {
		pair->other = &pair->site->hosts[i];
		err = add_pair(pair);
	}
	return err;
}

/**
 * flows_expand() - every flow of a site
 * @flows: to fill; flows_free() it whatever is returned
 * @site: the site; must outlive the flows
 *
 * Return: 0; -EINVAL where the site asks for what cannot be, which has been
 * said; -E2BIG where too many gateways stand in a row; or -ENOMEM.
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
		pair.hub = &site->hosts[i];
		if (pair.hub->roles & (ROLE_SERVER | ROLE_BACKUPPC | ROLE_STORAGE))
			err = add_hub(&pair);
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
	struct hop_block *block;

	while ((block = flows->blocks)) {
		flows->blocks = block->next;
		free(block);
	}
	free(flows->flow);
	memset(flows, 0, sizeof(*flows));
}

/**
 * flow_id() - name a flow
 * @flow: the flow
 * @id: receives a name that is unique in the site, and the same in every run
 */
void flow_id(const struct flow *flow, char id[FLOW_ID_MAX])
{
	char number[16] = "", *blank;

	if (flow->number > 1)
		snprintf(number, sizeof(number), "/%u", flow->number);
	snprintf(id, FLOW_ID_MAX, "%s/%s/%s/%s/%s%s", flow->operation->name,
		 flow->initiator->name, flow->responder->name, flow->tag ? : "control",
		 flow->sent.source.family == AF_INET ? "ip" : "ip6", number);
	while ((blank = strchr(id, ' ')))
		*blank = '-';
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What one machine sees of the flows of a site, gathered for people.
 */
#include "emit/flows_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_STREAM	7

static void touch(struct touches *touches, const struct site *site, const struct host *host,
		  const size_t *flow)
{
	size_t *at = &touches->start[host - site->hosts + 1];

	if (flow)
		touches->flows[*at] = *flow;
	*at += 1;
}

/* Each host of a flow once; without @flow they are only counted. */
static void touch_all(struct touches *touches, const struct site *site,
		      const struct flow *flow, const size_t *index)
{
	size_t i;

	touch(touches, site, flow->initiator, index);
	if (flow->responder != flow->initiator)
		touch(touches, site, flow->responder, index);
	for (i = 0; i < flow->hop_count; i++)
		touch(touches, site, flow->hops[i].gateway, index);
}

/* From how many each host has, one place higher, to where each one's start. */
static size_t add_up(struct touches *touches, size_t host_count)
{
	size_t sum = 0, i, own;

	for (i = 1; i <= host_count; i++) {
		own = touches->start[i];
		touches->start[i] = sum;
		sum += own;
	}
	return sum;
}

/**
 * touches_make() - find out which flows each machine has to do with
 * @touches: to fill; touches_free() it whatever is returned
 * @flows: the flows
 * @site: whose
 *
 * Return: 0, or -ENOMEM.
 */
int touches_make(struct touches *touches, const struct flows *flows, const struct site *site)
{
	size_t i;

	touches->flows = NULL;
	touches->start = calloc(site->host_count + 1, sizeof(*touches->start));
	if (!touches->start)
		return -ENOMEM;
	for (i = 0; i < flows->count; i++)
		touch_all(touches, site, &flows->flow[i], NULL);
	touches->flows = calloc(add_up(touches, site->host_count) + 1, sizeof(*touches->flows));
	if (!touches->flows)
		return -ENOMEM;
	for (i = 0; i < flows->count; i++)
		touch_all(touches, site, &flows->flow[i], &i);
	return 0;
}

/**
 * touches_free() - give the memory back
 * @touches: what to free
 */
void touches_free(struct touches *touches)
{
	free(touches->flows);
	free(touches->start);
}

static unsigned int stream_of(const struct flow *flow)
{
	unsigned int i;

	if (!flow->tag)
		return 0;
	for (i = 0; flow->operation->tags[i]; i++)
		if (flow->operation->tags[i] == flow->tag)
			return i + 1;
	return OTHER_STREAM;
}

/**
 * purpose_add() - note that something is for a flow
 * @purpose: of what
 * @flow: the flow
 */
void purpose_add(struct purpose *purpose, const struct flow *flow)
{
	purpose->operation[flow->operation - operations] |= (uint8_t)(1u << stream_of(flow));
}

static bool entry_same(const struct entry *a, const struct entry *b)
{
	return a->way == b->way && a->protocol == b->protocol && a->by_helper == b->by_helper &&
	       a->initiator == b->initiator && a->responder == b->responder &&
	       tuple_equal(&a->tuple, &b->tuple) && address_equal(&a->to, &b->to) &&
	       a->to_port == b->to_port;
}

static struct entry *entry_append(struct view *view)
{
	struct entry *grown;

	if (view->count == view->room) {
		view->room = view->room ? view->room * 2 : 16;
		grown = reallocarray(view->entries, view->room, sizeof(*grown));
		if (!grown)
			return NULL;
		view->entries = grown;
	}
	return &view->entries[view->count++];
}

static bool same_two(const struct entry *a, const struct entry *b)
{
	return (a->initiator == b->initiator && a->responder == b->responder) ||
	       (a->initiator == b->responder && a->responder == b->initiator);
}

/* The flows between two machines follow one another: no need to look further. */
static int entry_add(struct view *view, const struct flow *flow, struct entry entry)
{
	struct entry *at = NULL;
	size_t i;

	entry.protocol = flow->protocol;
	entry.by_helper = flow->tag && flow->auth->helper && !flow->loopback;
	entry.initiator = flow->initiator;
	entry.responder = flow->responder;
	for (i = view->count; i-- > 0 && same_two(&view->entries[i], &entry);)
		if (entry_same(&view->entries[i], &entry))
			at = &view->entries[i];
	if (!at) {
		at = entry_append(view);
		if (!at)
			return -ENOMEM;
		*at = entry;
	}
	purpose_add(&at->purpose, flow);
	return 0;
}

/* What a helper lets through it translates too: no rule is needed for that. */
static int add_translations(struct view *view, const struct flow *flow, const struct hop *hop)
{
	struct entry entry = { .way = WAY_FORWARD, .tuple = hop->in };
	int err = 0;

	if (flow->tag && flow->auth->helper)
		return 0;
	if (!address_equal(&hop->in.destination, &hop->out.destination)) {
		entry.to = hop->out.destination;
		if (!range_equal(hop->in.dport, hop->out.dport))
			entry.to_port = hop->out.dport.low;
		err = entry_add(view, flow, entry);
	}
	if (!err && !address_equal(&hop->in.source, &hop->out.source)) {
		entry = (struct entry) { .way = WAY_MASQUERADE, .tuple = hop->out };
		entry.tuple.source = hop->in.source;
		entry.to = hop->out.source;
		err = entry_add(view, flow, entry);
	}
	return err;
}

static int add_hop(struct view *view, const struct flow *flow, const struct hop *hop)
{
	struct entry entry = {
		.way = WAY_THROUGH,
		.tuple = hop->out,
		.in = hop->in_interface,
		.out = hop->out_interface,
	};
	int err;

	/* Between the translations a packet carries both real addresses. */
	entry.tuple.source = hop->in.source;
	err = entry_add(view, flow, entry);
	return err ? err : add_translations(view, flow, hop);
}

static int add_flow(struct view *view, const struct flow *flow)
{
	struct entry entry = { .way = WAY_LOOPBACK, .tuple = flow->received };
	size_t i;
	int err = 0;

	if (flow->loopback)
		return entry_add(view, flow, entry);
	entry.way = WAY_IN;
	if (flow->responder == view->host)
		err = entry_add(view, flow, entry);
	entry.way = WAY_OUT;
	entry.tuple = flow->sent;
	if (!err && flow->initiator == view->host)
		err = entry_add(view, flow, entry);
	for (i = 0; i < flow->hop_count && !err; i++)
		if (flow->hops[i].gateway == view->host)
			err = add_hop(view, flow, &flow->hops[i]);
	return err;
}

static bool group_same(const struct entry *a, const struct entry *b)
{
	return a->way == b->way && a->protocol == b->protocol && a->by_helper == b->by_helper &&
	       range_equal(a->tuple.sport, b->tuple.sport) &&
	       range_equal(a->tuple.dport, b->tuple.dport) && a->to_port == b->to_port &&
	       !memcmp(&a->purpose, &b->purpose, sizeof(a->purpose));
}

static int make_groups(struct view *view)
{
	size_t i, group;

	view->groups = calloc(view->count + 1, sizeof(*view->groups));
	if (!view->groups)
		return -ENOMEM;
	for (i = 0; i < view->count; i++) {
		for (group = 0; group < view->group_count; group++)
			if (group_same(&view->entries[i], &view->entries[view->groups[group]]))
				break;
		if (group == view->group_count)
			view->groups[view->group_count++] = i;
		view->entries[i].group = group;
	}
	return 0;
}

/**
 * view_make() - gather what one machine sees
 * @view: to fill; view_free() it whatever is returned
 * @touches: of the site
 * @flows: of the site
 * @site: the site
 * @host: the machine
 *
 * Return: 0, or -ENOMEM.
 */
int view_make(struct view *view, const struct touches *touches, const struct flows *flows,
	      const struct site *site, const struct host *host)
{
	size_t number = (size_t)(host - site->hosts), i;

	int err = 0;

	memset(view, 0, sizeof(*view));
	view->host = host;
	for (i = touches->start[number]; i < touches->start[number + 1] && !err; i++)
		err = add_flow(view, &flows->flow[touches->flows[i]]);
	return err ? err : make_groups(view);
}

/**
 * view_free() - give the memory back
 * @view: the view
 */
void view_free(struct view *view)
{
	free(view->entries);
	free(view->groups);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rules the flows of a site need on one machine.
 */
#include "emit/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emit/rules.h"
#include "flow/route.h"

/* What one flow looks like where it meets a rule. */
struct sight {
	const struct flow *flow;
	enum place place;
	const struct tuple *tuple;
	const char *in;
	const char *out;
};

static struct rule rule_of(const struct sight *sight, enum action action)
{
	return (struct rule) {
		.place = sight->place,
		.action = action,
		.family = sight->tuple->destination.family,
		.protocol = sight->flow->protocol,
		.sport = sight->tuple->sport,
		.dport = sight->tuple->dport,
		.from = sight->flow->from,
	};
}

static int add(struct plan *plan, const struct sight *sight, const struct rule *rule)
{
	const struct pair pair = {
		.source = sight->tuple->source,
		.destination = sight->tuple->destination,
		.initiator = sight->flow->initiator,
		.responder = sight->flow->responder,
		.in = sight->in,
		.out = sight->out,
	};

	return rules_add(plan, sight->flow, rule, &pair);
}

static bool opened_by_helper(const struct plan *plan, const struct flow *flow)
{
	return flow->tag && flow->auth->helper && plan->options.helper;
}

/*
 * What follows a control flow, whichever chain it passes: the helper, or
 * without it the patience that amandad itself has.
 */
static int plan_track(struct plan *plan, const struct sight *sight)
{
	bool helper = sight->flow->auth->helper && plan->options.helper;
	struct rule rule = rule_of(sight, helper ? ACT_HELPER : ACT_TIMEOUT);

	if (sight->flow->tag || sight->flow->protocol != IPPROTO_UDP)
		return 0;
	return add(plan, sight, &rule);
}

static int plan_accept(struct plan *plan, const struct sight *sight, enum place reply_place)
{
	struct rule rule = rule_of(sight, ACT_ACCEPT);
	int err;

	rule.by_helper = opened_by_helper(plan, sight->flow);
	err = add(plan, sight, &rule);
	if (err || (!plan_drops(plan, reply_place) && plan->options.style == STYLE_OWN))
		return err;
	rule.place = reply_place;
	rule.action = ACT_REPLY;
	rule.reversed = true;
	rule.sport = sight->tuple->dport;
	rule.dport = sight->tuple->sport;
	return add(plan, sight, &rule);
}

/*
 * A stream that is not let through shall fail at once: Amanda waits 135 s for
 * a SYN that is dropped (stream_client_internal() in common-src/stream.c).
 */
static int plan_refuse(struct plan *plan, const struct sight *sight)
{
	struct rule rule = rule_of(sight, ACT_REFUSE);

	if (!sight->flow->tag)
		return 0;
	rule.protocol = IPPROTO_TCP;
	rule.sport = (struct range) { 0, 0 };
	return add(plan, sight, &rule);
}

/* Whoever is not named above has no business at these ports. */
static int plan_guard(struct plan *plan, const struct sight *sight)
{
	struct rule rule = rule_of(sight, ACT_GUARD);
	struct tuple anybody = *sight->tuple;
	struct sight seen = *sight;

	if (plan_drops(plan, sight->place) || plan->options.style == STYLE_INCLUDE)
		return 0;
	rule.sport = (struct range) { 0, 0 };
	rule.from = 0;
	if (sight->place != PLACE_FORWARD) {
		rule.family = AF_UNSPEC;
		return rules_add(plan, sight->flow, &rule, NULL);
	}
	memset(&anybody.source, 0, sizeof(anybody.source));
	seen.tuple = &anybody;
	seen.in = NULL;
	return add(plan, &seen, &rule);
}

static int plan_filter(struct plan *plan, const struct sight *sight, enum place reply_place)
{
	int err = plan_accept(plan, sight, reply_place);

	if (!err)
		err = plan_refuse(plan, sight);
	if (!err && sight->place != PLACE_OUTPUT)
		err = plan_guard(plan, sight);
	return err;
}

/*
 * The helper translates what it opens as it translates the control flow
 * (nf_nat_follow_master() in the kernel's nf_nat_helper.c).
 */
static int plan_dstnat(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	struct sight sight = { flow, PLACE_DSTNAT, &hop->in, hop->in_interface, NULL };
	struct rule rule = rule_of(&sight, ACT_TRANSLATE);
	int err = 0;

	if (address_equal(&hop->in.destination, &hop->out.destination))
		return 0;
	rule.to = hop->out.destination;
	if (!flow->tag)
		rule.ports = hop->out.dport;
	if (!opened_by_helper(plan, flow))
		err = add(plan, &sight, &rule);
	/* A stream that is not translated stays addressed to this machine. */
	sight.place = PLACE_INPUT;
	return err ? err : plan_refuse(plan, &sight);
}

/*
 * A source port that leaves its class is refused: "port %u not secure" of
 * bsd_recv_security_ok() in common-src/security-util.c.  So the range is kept,
 * and the kernel is not free to choose another class on a collision.
 */
static int plan_srcnat(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	const struct tuple seen = {
		hop->in.source, hop->out.destination, hop->in.sport, hop->out.dport,
	};
	const struct sight sight = { flow, PLACE_SRCNAT, &seen, NULL, hop->out_interface };
	struct rule rule = rule_of(&sight, ACT_TRANSLATE);

	if (address_equal(&hop->in.source, &hop->out.source) || opened_by_helper(plan, flow))
		return 0;
	rule.to = hop->out.source;
	rule.ports = hop->in.sport;
	return add(plan, &sight, &rule);
}

static int plan_hop(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	const struct sight before = {
		flow, PLACE_TRACK_IN, &hop->in, hop->in_interface, NULL,
	};
	/* Between the translations a packet carries both real addresses. */
	struct tuple middle = hop->out;
	const struct sight between = {
		flow, PLACE_FORWARD, &middle, hop->in_interface, hop->out_interface,
	};
	int err;

	middle.source = hop->in.source;
	err = plan_track(plan, &before);
	if (!err)
		err = plan_dstnat(plan, flow, hop);
	if (!err)
		err = plan_srcnat(plan, flow, hop);
	if (!err)
		err = plan_filter(plan, &between, PLACE_FORWARD);
	return err;
}

static int plan_received(struct plan *plan, const struct flow *flow)
{
	const char *in = host_interface_to(plan->host, &flow->received.source);
	struct sight sight = { flow, PLACE_TRACK_IN, &flow->received, in, NULL };
	int err = plan_track(plan, &sight);

	sight.place = PLACE_INPUT;
	return err ? err : plan_filter(plan, &sight, PLACE_OUTPUT);
}

static int plan_sent(struct plan *plan, const struct flow *flow)
{
	const char *out = host_interface_to(plan->host, &flow->sent.destination);
	struct sight sight = { flow, PLACE_TRACK_OUT, &flow->sent, NULL, out };
	int err = plan_track(plan, &sight);

	sight.place = PLACE_OUTPUT;
	return err ? err : plan_filter(plan, &sight, PLACE_INPUT);
}

/* What a machine sends to itself is let through as a whole. */
static int plan_flow(struct plan *plan, const struct flow *flow)
{
	size_t i;
	int err = 0;

	if (flow->initiator == flow->responder)
		return 0;
	if (flow->responder == plan->host)
		err = plan_received(plan, flow);
	if (!err && flow->initiator == plan->host)
		err = plan_sent(plan, flow);
	for (i = 0; i < flow->hop_count && !err; i++)
		if (flow->hops[i].gateway == plan->host)
			err = plan_hop(plan, flow, &flow->hops[i]);
	return err;
}

static bool ranges_meet(struct range a, struct range b)
{
	return a.low <= b.high && b.low <= a.high;
}

/* One address and port that is forwarded. */
struct forwarded {
	const struct rule *rule;
	const struct pair *pair;
};

static int by_address(const void *a, const void *b)
{
	const struct forwarded *one = a, *two = b;
	int order = address_compare(&one->pair->destination, &two->pair->destination);

	if (!order)
		order = address_compare(&one->pair->source, &two->pair->source);
	if (!order)
		order = one->rule->protocol - two->rule->protocol;
	if (!order)
		order = one->rule->dport.low - two->rule->dport.low;
	return order ? order : one->rule < two->rule ? -1 : 1;
}

/* One address and port can be translated to one machine only. */
static bool in_conflict(const struct forwarded *a, const struct forwarded *b)
{
	return a->rule->protocol == b->rule->protocol &&
	       address_equal(&a->pair->source, &b->pair->source) &&
	       address_equal(&a->pair->destination, &b->pair->destination) &&
	       ranges_meet(a->rule->sport, b->rule->sport) &&
	       ranges_meet(a->rule->dport, b->rule->dport) &&
	       !address_equal(&a->rule->to, &b->rule->to);
}

/* Where the site file says what is forwarded to a machine. */
static struct span forward_span(const struct host *gateway, const struct forwarded *one)
{
	size_t i;

	for (i = 0; i < gateway->nat_count; i++)
		if (gateway->nat[i].kind == GATEWAY_FORWARD &&
		    address_equal(&gateway->nat[i].address, &one->pair->destination) &&
		    !strcmp(gateway->nat[i].target_name, one->pair->responder->name))
			return gateway->nat[i].address_span;
	return gateway->name_span;
}

static int complain(const struct plan *plan, const struct forwarded *a,
		    const struct forwarded *b)
{
	struct span span = forward_span(plan->host, a), other = forward_span(plan->host, b);

	site_error(plan->site, other.line > span.line ? other : span,
		   "the ports of %s's streams overlap those of %s at this address: "
		   "without the helper they cannot be told apart; give each an address or tcp-ports of its own",
		   b->pair->responder->name, a->pair->responder->name);
	return -EINVAL;
}

static size_t forwards_of(const struct plan *plan, struct forwarded *list)
{
	const struct rule *rule;
	size_t count = 0, i;

	for (rule = plan_next(plan, PLACE_DSTNAT, NULL); rule;
	     rule = plan_next(plan, PLACE_DSTNAT, rule))
		for (i = 0; i < rule_pairs(plan, rule)->count; i++, count++)
			if (list)
				list[count] = (struct forwarded) {
					rule, &rule_pairs(plan, rule)->pairs[i],
				};
	return count;
}

static int plan_conflict(const struct plan *plan)
{
	size_t count = forwards_of(plan, NULL), i;
	struct forwarded *list = calloc(count + 1, sizeof(*list));
	int err = 0;

	if (!list)
		return -ENOMEM;
	forwards_of(plan, list);
	qsort(list, count, sizeof(*list), by_address);
	for (i = 1; i < count && !err; i++)
		if (in_conflict(&list[i - 1], &list[i]))
			err = complain(plan, &list[i - 1], &list[i]);
	free(list);
	return err;
}

/**
 * plan_make() - the rules of one machine
 * @plan: to fill; plan_free() it whatever is returned
 * @site: the site; must outlive the plan
 * @flows: of the site; must outlive the plan
 * @host: which machine
 * @options: what the administrator chose
 *
 * Return: 0; -EINVAL where a complaint has been printed; or -ENOMEM.
 */
int plan_make(struct plan *plan, const struct site *site, const struct flows *flows,
	      const struct host *host, const struct plan_options *options)
{
	size_t i;
	int err;

	memset(plan, 0, sizeof(*plan));
	plan->host = host;
	plan->site = site;
	plan->flows = flows;
	plan->options = *options;
	err = rules_start(plan);
	for (i = 0; i < flows->count && !err; i++)
		err = plan_flow(plan, &flows->flow[i]);
	if (!err)
		err = rules_finish(plan);
	return err ? err : plan_conflict(plan);
}

/**
 * plan_free() - give the memory back
 * @plan: the plan
 */
void plan_free(struct plan *plan)
{
	size_t i;

	rules_free_index(plan);
	for (i = 0; i < plan->set_count; i++)
		free(plan->sets[i].pairs);
	free(plan->sets);
	free(plan->rules);
	memset(plan, 0, sizeof(*plan));
}

/**
 * plan_next() - go through the rules of one place
 * @plan: the plan
 * @place: which place
 * @after: the rule before, or NULL for the first
 *
 * Return: the rule; NULL behind the last one.
 */
const struct rule *plan_next(const struct plan *plan, enum place place,
			     const struct rule *after)
{
	const struct rule *end = plan->rules + plan->count;
	const struct rule *rule = after ? after + 1 : plan->rules;

	while (rule < end && rule->place < place)
		rule++;
	return rule < end && rule->place == place ? rule : NULL;
}

/**
 * rule_pairs() - the addresses that a rule matches
 * @plan: the plan
 * @rule: the rule
 *
 * Return: them; an empty set where it matches none.
 */
const struct pair_set *rule_pairs(const struct plan *plan, const struct rule *rule)
{
	return &plan->sets[rule->set];
}
/**
 * rule_match() - what one pair's packets look like where they meet a rule
 * @rule: the rule
 * @pair: one of its pairs
 *
 * Return: addresses of no family and ports of 0-0 match all.
 */
struct tuple rule_match(const struct rule *rule, const struct pair *pair)
{
	return (struct tuple) {
		.source = rule->reversed ? pair->destination : pair->source,
		.destination = rule->reversed ? pair->source : pair->destination,
		.sport = rule->sport,
		.dport = rule->dport,
	};
}

/**
 * plan_has() - is there a rule of this kind?
 * @plan: the plan
 * @place: where; PLACE_COUNT for anywhere
 * @action: what it does; ACT_COUNT for anything
 *
 * Return: true where there is.
 */
bool plan_has(const struct plan *plan, enum place place, enum action action)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if ((place == PLACE_COUNT || plan->rules[i].place == place) &&
		    (action == ACT_COUNT || plan->rules[i].action == action))
			return true;
	return false;
}

/**
 * plan_drops() - what becomes of a packet that no rule in this place names?
 * @plan: the plan
 * @place: where
 *
 * A gateway is there to keep nets apart.  What ends or starts at a machine is
 * its own: by default only Amanda's ports are closed there, not its ssh.
 * Parts for another ruleset leave that to it.
 *
 * Return: true where it is dropped.
 */
bool plan_drops(const struct plan *plan, enum place place)
{
	bool ends = plan->host->roles & ~(unsigned int)ROLE_GATEWAY;

	if (plan->options.style == STYLE_INCLUDE)
		return false;

	switch (place) {
	case PLACE_FORWARD:
		return plan->host->roles & ROLE_GATEWAY && plan->options.policy != POLICY_ACCEPT;
	case PLACE_INPUT:
	case PLACE_OUTPUT:
		return ends && plan->options.policy == POLICY_DROP;
	default:
		return false;
	}
}

/**
 * plan_uses() - do the rules of this place change anything?
 * @plan: the plan
 * @place: where
 *
 * Accepting where everything is accepted does not.
 *
 * Return: true where they do.
 */
bool plan_uses(const struct plan *plan, enum place place)
{
	if (!plan_has(plan, place, ACT_COUNT))
		return plan_drops(plan, place);
	if (plan->options.style == STYLE_INCLUDE)
		return true;
	return place != PLACE_OUTPUT || plan_drops(plan, place);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules that one machine needs, before any firewall's language.
 */
#include "emit/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool rule_same(const struct rule *a, const struct rule *b)
{
	return a->place == b->place && a->action == b->action && a->protocol == b->protocol &&
	       a->by_helper == b->by_helper && tuple_equal(&a->match, &b->match) &&
	       address_equal(&a->to, &b->to) && range_equal(a->ports, b->ports);
}

/*
 * Rules are shared by the flows between two machines, which follow one another;
 * those that name no machine, by all.
 */
static struct rule *rule_find(const struct plan *plan, const struct rule *rule)
{
	size_t i = rule->match.destination.family ? plan->pair_start : 0;

	for (; i < plan->count; i++)
		if (rule_same(&plan->rules[i], rule))
			return &plan->rules[i];
	return NULL;
}

static struct rule *rule_append(struct plan *plan, const struct rule *rule)
{
	struct rule *grown;

	if (plan->count == plan->room) {
		plan->room = plan->room ? plan->room * 2 : 32;
		grown = reallocarray(plan->rules, plan->room, sizeof(*grown));
		if (!grown)
			return NULL;
		plan->rules = grown;
	}
	plan->rules[plan->count] = *rule;
	return &plan->rules[plan->count++];
}

/* "dumper DATA MESG, amfetchdump CTL": a stream's tag follows its operation. */
static void why_append(struct rule *rule, const struct flow *flow)
{
	size_t length = strlen(rule->why);
	bool again = rule->operation == flow->operation;

	if (again && !flow->tag)
		return;
	snprintf(rule->why + length, sizeof(rule->why) - length, "%s%s%s%s",
		 again || !length ? "" : ", ", again ? "" : flow->operation->name,
		 flow->tag ? " " : "", flow->tag ? flow->tag : "");
	rule->operation = flow->operation;
}

/* Operations share flows: amcheck, planner and dumper ask at the same port. */
static int rule_add(struct plan *plan, const struct flow *flow, struct rule rule)
{
	struct rule *found;

	rule.initiator = flow->initiator;
	rule.responder = flow->responder;
	found = rule_find(plan, &rule);
	if (!found)
		found = rule_append(plan, &rule);
	if (!found)
		return -ENOMEM;
	why_append(found, flow);
	return 0;
}

static bool opened_by_helper(const struct plan *plan, const struct flow *flow)
{
	return flow->tag && flow->auth->helper && plan->options.helper;
}

/*
 * What follows a control flow, whichever chain it passes: the helper, or
 * without it the patience that amandad itself has.
 */
static int plan_track(struct plan *plan, const struct flow *flow, enum place place,
		      const struct tuple *seen)
{
	struct rule rule = { .place = place, .protocol = flow->protocol, .match = *seen };

	if (flow->tag || flow->protocol != IPPROTO_UDP)
		return 0;
	rule.action = flow->auth->helper && plan->options.helper ? ACT_HELPER : ACT_TIMEOUT;
	return rule_add(plan, flow, rule);
}

static int plan_accept(struct plan *plan, const struct flow *flow, enum place place,
		       enum place reply_place, const struct tuple *seen)
{
	struct rule rule = {
		.place = place,
		.action = ACT_ACCEPT,
		.protocol = flow->protocol,
		.by_helper = opened_by_helper(plan, flow),
		.match = *seen,
	};
	int err = rule_add(plan, flow, rule);

	if (err || !plan_drops(plan, reply_place))
		return err;
	rule.place = reply_place;
	rule.action = ACT_REPLY;
	rule.match = tuple_reply(seen);
	return rule_add(plan, flow, rule);
}

/*
 * A stream that is not let through shall fail at once: Amanda waits 135 s for
 * a SYN that is dropped (stream_client_internal() in common-src/stream.c).
 */
static int plan_refuse(struct plan *plan, const struct flow *flow, enum place place,
		       const struct tuple *seen)
{
	struct rule rule = {
		.place = place,
		.action = ACT_REFUSE,
		.protocol = IPPROTO_TCP,
		.match = *seen,
	};

	if (!flow->tag)
		return 0;
	rule.match.sport = (struct range) { 0, 0 };
	return rule_add(plan, flow, rule);
}

/* Whoever is not named above has no business at these ports. */
static int plan_guard(struct plan *plan, const struct flow *flow, enum place place,
		      const struct tuple *seen)
{
	struct rule rule = {
		.place = place,
		.action = ACT_GUARD,
		.protocol = flow->protocol,
	};

	if (plan_drops(plan, place))
		return 0;
	if (place == PLACE_FORWARD)
		rule.match.destination = seen->destination;
	rule.match.dport = seen->dport;
	return rule_add(plan, flow, rule);
}

static int plan_filter(struct plan *plan, const struct flow *flow, enum place place,
		       enum place reply_place, const struct tuple *seen)
{
	int err = plan_accept(plan, flow, place, reply_place, seen);

	if (!err)
		err = plan_refuse(plan, flow, place, seen);
	if (!err && place != PLACE_OUTPUT)
		err = plan_guard(plan, flow, place, seen);
	return err;
}

/*
 * The helper translates what it opens as it translates the control flow
 * (nf_nat_follow_master() in the kernel's nf_nat_helper.c).
 */
static int plan_dstnat(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	struct rule rule = {
		.place = PLACE_DSTNAT,
		.action = ACT_TRANSLATE,
		.protocol = flow->protocol,
		.match = hop->in,
		.to = hop->out.destination,
	};
	int err = 0;

	if (address_equal(&hop->in.destination, &hop->out.destination))
		return 0;
	if (!flow->tag)
		rule.ports = hop->out.dport;
	if (!opened_by_helper(plan, flow))
		err = rule_add(plan, flow, rule);
	/* A stream that is not translated stays addressed to this machine. */
	return err ? err : plan_refuse(plan, flow, PLACE_INPUT, &hop->in);
}

/*
 * A source port that leaves its class is refused: "port %u not secure" of
 * bsd_recv_security_ok() in common-src/security-util.c.  So the range is kept,
 * and the kernel is not free to choose another class on a collision.
 */
static int plan_srcnat(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	struct rule rule = {
		.place = PLACE_SRCNAT,
		.action = ACT_TRANSLATE,
		.protocol = flow->protocol,
		.match = {
			hop->in.source, hop->out.destination, hop->in.sport, hop->out.dport,
		},
		.to = hop->out.source,
		.ports = hop->in.sport,
	};

	if (address_equal(&hop->in.source, &hop->out.source) || opened_by_helper(plan, flow))
		return 0;
	return rule_add(plan, flow, rule);
}

static int plan_hop(struct plan *plan, const struct flow *flow, const struct hop *hop)
{
	/* Between the translations a packet carries both real addresses. */
	struct tuple middle = hop->out;
	int err;

	middle.source = hop->in.source;
	err = plan_track(plan, flow, PLACE_TRACK_IN, &hop->in);
	if (!err)
		err = plan_dstnat(plan, flow, hop);
	if (!err)
		err = plan_srcnat(plan, flow, hop);
	if (!err)
		err = plan_filter(plan, flow, PLACE_FORWARD, PLACE_FORWARD, &middle);
	return err;
}

static int plan_ends(struct plan *plan, const struct flow *flow)
{
	int err = 0;

	if (flow->responder == plan->host) {
		err = plan_track(plan, flow, PLACE_TRACK_IN, &flow->received);
		if (!err)
			err = plan_filter(plan, flow, PLACE_INPUT, PLACE_OUTPUT, &flow->received);
	}
	if (!err && flow->initiator == plan->host) {
		err = plan_track(plan, flow, PLACE_TRACK_OUT, &flow->sent);
		if (!err)
			err = plan_filter(plan, flow, PLACE_OUTPUT, PLACE_INPUT, &flow->sent);
	}
	return err;
}

static int plan_flow(struct plan *plan, const struct flow *flow)
{
	int err = plan_ends(plan, flow);
	size_t i;

	for (i = 0; i < flow->hop_count && !err; i++)
		if (flow->hops[i].gateway == plan->host)
			err = plan_hop(plan, flow, &flow->hops[i]);
	return err;
}

static bool same_pair(const struct flow *a, const struct flow *b)
{
	return (a->initiator == b->initiator && a->responder == b->responder) ||
	       (a->initiator == b->responder && a->responder == b->initiator);
}

static bool ranges_meet(struct range a, struct range b)
{
	return a.low <= b.high && b.low <= a.high;
}

/* One address and port can be translated to one machine only. */
static bool rules_conflict(const struct rule *a, const struct rule *b)
{
	return b->place == PLACE_DSTNAT && a->protocol == b->protocol &&
	       address_equal(&a->match.source, &b->match.source) &&
	       address_equal(&a->match.destination, &b->match.destination) &&
	       ranges_meet(a->match.sport, b->match.sport) &&
	       ranges_meet(a->match.dport, b->match.dport) &&
	       !address_equal(&a->to, &b->to);
}

static int plan_conflict(const struct plan *plan, FILE *errors)
{
	const struct rule *a, *b;
	char text[INET6_ADDRSTRLEN];

	for (a = plan->rules; a < plan->rules + plan->count; a++) {
		for (b = plan->rules; a->place == PLACE_DSTNAT && b < a; b++) {
			if (!rules_conflict(a, b))
				continue;
			address_print(&a->match.destination, text);
			fprintf(errors,
				"%s cannot forward the streams at %s to both %s and %s\n"
				"without the helper: give each an address of its own\n",
				plan->host->name, text, b->responder->name, a->responder->name);
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * plan_make() - the rules of one machine
 * @plan: to fill; plan_free() it whatever is returned
 * @flows: of the site
 * @host: which machine
 * @options: what the administrator chose
 * @errors: where complaints go
 *
 * Return: 0; -EINVAL where a complaint has been printed; or -ENOMEM.
 */
int plan_make(struct plan *plan, const struct flows *flows, const struct host *host,
	      const struct plan_options *options, FILE *errors)
{
	size_t i;
	int err = 0;

	memset(plan, 0, sizeof(*plan));
	plan->host = host;
	plan->options = *options;
	for (i = 0; i < flows->count && !err; i++) {
		if (i && !same_pair(&flows->flow[i], &flows->flow[i - 1]))
			plan->pair_start = plan->count;
		err = plan_flow(plan, &flows->flow[i]);
	}
	return err ? err : plan_conflict(plan, errors);
}

/**
 * plan_free() - give the memory back
 * @plan: the plan
 */
void plan_free(struct plan *plan)
{
	free(plan->rules);
	memset(plan, 0, sizeof(*plan));
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
 *
 * Return: true where it is dropped.
 */
bool plan_drops(const struct plan *plan, enum place place)
{
	bool ends = plan->host->roles & (ROLE_SERVER | ROLE_CLIENT);

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
	return place != PLACE_OUTPUT || plan_drops(plan, place);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of a plan as rich rules of firewalld's policies.
 *
 * A policy looks at the packets between two sets of zones, whichever zone an
 * interface or a source belongs to: so nothing is taken out of the zone that
 * the administrator gave it.  Before any policy firewalld accepts what belongs
 * to a connection, all that any helper expected, and what it translated to
 * another address (build_default_rules() in its core/nftables.py).
 */
#include "emit/firewalld.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Rules of 0 come first; those that refuse have to stand behind them. */
#define BEHIND_ACCEPTS	10
#define BEHIND_ALL	20

const struct firewalld_policy firewalld_policies[] = {
	{ "amfw-input", "ANY", "HOST", PLACE_INPUT },
	{ "amfw-forward", "ANY", "ANY", PLACE_FORWARD },
	{ "amfw-output", "HOST", "ANY", PLACE_OUTPUT },
};

const size_t firewalld_policy_count = sizeof(firewalld_policies) / sizeof(*firewalld_policies);

/* A rich rule is written as elements of XML, or as the same words in a row. */
struct phrase {
	FILE *out;
	bool xml;
};

static void item(const struct phrase *phrase, const char *name, const char *key, const char *value)
{
	if (phrase->xml)
		fprintf(phrase->out, "<%s %s=\"%s\"/>", name, key, value);
	else
		fprintf(phrase->out, " %s %s=\"%s\"", name, key, value);
}

static void item_of_two(const struct phrase *phrase, const char *name, const char *key,
			const char *value, const char *key2, const char *value2)
{
	if (phrase->xml)
		fprintf(phrase->out, "<%s %s=\"%s\" %s=\"%s\"/>", name, key, value, key2, value2);
	else
		fprintf(phrase->out, " %s %s=\"%s\" %s=\"%s\"", name, key, value, key2, value2);
}

static void word(const struct phrase *phrase, const char *name)
{
	fprintf(phrase->out, phrase->xml ? "<%s/>" : " %s", name);
}

static void begin(const struct phrase *phrase, sa_family_t family, int priority)
{
	fputs(phrase->xml ? "<rule" : "rule", phrase->out);
	if (priority)
		fprintf(phrase->out, " priority=\"%d\"", priority);
	if (family)
		fprintf(phrase->out, " family=\"%s\"", family == AF_INET ? "ipv4" : "ipv6");
	if (phrase->xml)
		fputs(">", phrase->out);
}

static void end(const struct phrase *phrase)
{
	if (phrase->xml)
		fputs("</rule>", phrase->out);
}

static void put_end(const struct phrase *phrase, const char *name, const struct firewalld_set *set,
		    const struct address *address)
{
	char text[INET6_ADDRSTRLEN];

	if (set) {
		item(phrase, name, "ipset", set->name);
	} else if (address->family) {
		address_print(address, text);
		item(phrase, name, "address", text);
	}
}

static void put_ends(const struct firewalld *fd, const struct phrase *phrase,
		     const struct rule *rule, size_t number)
{
	const struct pair *first = fd->groups[rule->set].groups[number].pairs[0];
	struct firewalld_set set;
	bool is_set = firewalld_source(fd, rule, number, &set);

	put_end(phrase, "source", is_set ? &set : NULL, &first->source);
	is_set = firewalld_destination(fd, rule, number, &set);
	put_end(phrase, "destination", is_set ? &set : NULL, &first->destination);
}

static void put_port(const struct phrase *phrase, const struct rule *rule)
{
	char ports[12];

	range_print(rule->dport, ports);
	item_of_two(phrase, "port", "port", ports, "protocol", firewalld_protocol(rule->protocol));
}

static void put_translation(const struct phrase *phrase, const struct rule *rule)
{
	char ports[12], address[INET6_ADDRSTRLEN], new_ports[12];
	const char *close = phrase->xml ? "/>" : "";

	if (rule->place == PLACE_SRCNAT) {
		word(phrase, "masquerade");
		return;
	}
	range_print(rule->dport, ports);
	range_print(rule->ports, new_ports);
	address_print(&rule->to, address);
	fprintf(phrase->out, "%sforward-port port=\"%s\" protocol=\"%s\"", phrase->xml ? "<" : " ", ports,
		firewalld_protocol(rule->protocol));
	if (rule->ports.high)
		fprintf(phrase->out, " to-port=\"%s\"", new_ports);
	fprintf(phrase->out, " to-addr=\"%s\"%s", address, close);
}

static void put_action(const struct phrase *phrase, const struct rule *rule)
{
	char service[FIREWALLD_SERVICE_NAME];

	switch (rule->action) {
	case ACT_ACCEPT:
		firewalld_service_name(rule, service);
		item(phrase, "service", "name", service);
		word(phrase, "accept");
		break;
	case ACT_REFUSE:
		put_port(phrase, rule);
		item(phrase, "reject", "type", "tcp-reset");
		break;
	case ACT_GUARD:
		put_port(phrase, rule);
		word(phrase, "drop");
		break;
	default:
		put_translation(phrase, rule);
	}
}

static int priority_of(const struct rule *rule)
{
	return rule->action == ACT_REFUSE ? BEHIND_ACCEPTS :
	       rule->action == ACT_GUARD ? BEHIND_ALL : 0;
}

/* A guard for any address belongs to no group. */
static void put_rule(const struct firewalld *fd, const struct phrase *phrase, const struct rule *rule,
		     size_t group)
{
	begin(phrase, rule->family, priority_of(rule));
	if (rule_pairs(fd->plan, rule)->count)
		put_ends(fd, phrase, rule, group);
	put_action(phrase, rule);
	end(phrase);
}

/* What has been written of one policy. */
struct written {
	void *rules;
	FILE *out;
	bool xml;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * Rules of the plan that differ in what firewalld cannot tell apart are one
 * rule, and a second one of it is an error (ALREADY_ENABLED).
 */
static int is_new(const struct firewalld *fd, struct written *written, const struct rule *rule,
		  size_t group)
{
	struct phrase phrase = { .xml = false };
	char *text = NULL, **found;
	size_t size;

	phrase.out = open_memstream(&text, &size);
	if (!phrase.out)
		return -ENOMEM;
	put_rule(fd, &phrase, rule, group);
	if (fclose(phrase.out)) {
		free(text);
		return -ENOMEM;
	}
	found = tsearch(text, &written->rules, by_text);
	if (found && *found == text)
		return 1;
	free(text);
	return found ? 0 : -ENOMEM;
}

/* "rich" is a function of the script. */
static const char *lead(bool xml)
{
	return xml ? "  " : "rich '";
}

static const char *close_of(bool xml)
{
	return xml ? "\n" : "'\n";
}

static int put_rich(const struct firewalld *fd, struct written *written, const struct rule *rule,
		    size_t group)
{
	const struct phrase phrase = { written->out, written->xml };
	int fresh = is_new(fd, written, rule, group);

	if (fresh <= 0)
		return fresh;
	fputs(lead(phrase.xml), phrase.out);
	put_rule(fd, &phrase, rule, group);
	fputs(close_of(phrase.xml), phrase.out);
	return 0;
}

static void put_comment(const struct firewalld *fd, const struct written *written,
			const struct rule *rule)
{
	char comment[COMMENT_MAX];

	rule_comment(fd->plan, rule, NULL, comment);
	fputs(written->xml ? "  " : "", written->out);
	firewalld_comment(comment, written->out, written->xml);
}

static int put_place(const struct firewalld *fd, struct written *written, enum place place)
{
	const struct rule *rule = NULL;
	size_t groups, i;
	int err = 0;

	while (!err && (rule = plan_next(fd->plan, place, rule))) {
		if (!firewalld_writes(fd->plan, rule))
			continue;
		put_comment(fd, written, rule);
		groups = fd->groups[rule->set].count;
		for (i = 0; i < (groups ? groups : 1) && !err; i++)
			err = put_rich(fd, written, rule, i);
	}
	return err;
}

/* Neighbours and errors: what is dropped here are all other packets. */
static void put_icmp(FILE *out, bool xml)
{
	static const char *const protocols[] = { "icmp", "ipv6-icmp" };
	const struct phrase phrase = { out, xml };
	size_t i;

	fputs(xml ? "  " : "", out);
	firewalld_comment("neighbours, errors", out, xml);
	for (i = 0; i < 2; i++) {
		fputs(lead(xml), out);
		begin(&phrase, i ? AF_INET6 : AF_INET, 0);
		item(&phrase, "protocol", "value", protocols[i]);
		word(&phrase, "accept");
		end(&phrase);
		fputs(close_of(xml), out);
	}
}

/**
 * firewalld_rules() - write the rich rules of a policy
 * @fd: the plan and its sets
 * @policy: the policy
 * @out: where to
 * @xml: as elements; else as calls of the script's function
 *
 * Return: 0, or -ENOMEM.
 */
int firewalld_rules(const struct firewalld *fd, const struct firewalld_policy *policy, FILE *out,
		    bool xml)
{
	struct written written = { .out = out, .xml = xml };
	int err = 0;

	if (policy->place != PLACE_FORWARD && plan_drops(fd->plan, policy->place))
		put_icmp(out, xml);
	if (policy->place == PLACE_FORWARD)
		err = put_place(fd, &written, PLACE_DSTNAT);
	if (!err && plan_uses(fd->plan, policy->place))
		err = put_place(fd, &written, policy->place);
	if (!err && policy->place == PLACE_FORWARD)
		err = put_place(fd, &written, PLACE_SRCNAT);
	tdestroy(written.rules, free);
	return err;
}

/**
 * firewalld_policy_needed() - does a plan need this policy?
 * @plan: the plan
 * @policy: the policy
 *
 * Return: true where it does.
 */
bool firewalld_policy_needed(const struct plan *plan, const struct firewalld_policy *policy)
{
	return plan_uses(plan, policy->place) ||
	       (policy->place == PLACE_FORWARD &&
		(plan_has(plan, PLACE_DSTNAT, ACT_TRANSLATE) ||
		 plan_has(plan, PLACE_SRCNAT, ACT_TRANSLATE)));
}

/**
 * firewalld_target() - what becomes of the packets that no rule names
 * @plan: the plan
 * @policy: of which policy
 *
 * Left to the zones as they are, unless the plan says otherwise.
 *
 * Return: the word for it.
 */
const char *firewalld_target(const struct plan *plan, const struct firewalld_policy *policy)
{
	if (plan_drops(plan, policy->place))
		return "DROP";
	return policy->place == PLACE_FORWARD && plan->options.policy == POLICY_ACCEPT &&
		plan->options.style == STYLE_OWN ? "ACCEPT" : "CONTINUE";
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sets of addresses that firewalld's rules match.
 *
 * A rich rule takes a port or a source port, never both.  But the source may
 * be an ipset of type hash:ip,port, whose port is then that of the source
 * (_set_match_fragment() in firewalld's core/nftables.py): so a set of one
 * address and its range of ports narrows what the language does not.
 */
#include "emit/firewalld.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/**
 * firewalld_protocol() - the name of a protocol
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 *
 * Return: its name.
 */
const char *firewalld_protocol(int protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

/**
 * firewalld_writes() - does a rule of the plan become one of firewalld's?
 * @plan: the plan
 * @rule: the rule
 *
 * Replies and whatever a helper expected are let through before any policy.
 *
 * Return: true where it does.
 */
bool firewalld_writes(const struct plan *plan, const struct rule *rule)
{
	switch (rule->action) {
	case ACT_ACCEPT:
		return !rule->by_helper && plan_uses(plan, rule->place);
	case ACT_REFUSE:
	case ACT_GUARD:
		return plan_uses(plan, rule->place);
	case ACT_TRANSLATE:
		return true;
	default:
		return false;
	}
}

static const struct address *group_source(const struct pair_group *group)
{
	return &group->pairs[0]->source;
}

static bool one_source(const struct pair_groups *groups, const struct pair_group *group)
{
	return groups->by_source || group->count == 1;
}

static int sender_compare(const void *a, const void *b)
{
	const struct sender *one = a, *two = b;
	int order = address_compare(&one->address, &two->address);

	if (!order)
		order = one->protocol - two->protocol;
	if (!order)
		order = one->sport.low - two->sport.low;
	return order ? order : one->sport.high - two->sport.high;
}

static size_t senders_of(const struct firewalld *fd, const struct rule *rule,
			 struct sender *senders)
{
	const struct pair_groups *groups = &fd->groups[rule->set];
	size_t count = 0, i;

	if (!rule->sport.high || !firewalld_writes(fd->plan, rule))
		return 0;
	for (i = 0; i < groups->count; i++) {
		const struct pair_group *group = &groups->groups[i];

		if (!one_source(groups, group) || !group_source(group)->family)
			continue;
		if (senders)
			senders[count] = (struct sender) {
				*group_source(group), rule->protocol, rule->sport,
			};
		count++;
	}
	return count;
}

static int make_senders(struct firewalld *fd)
{
	size_t count = 0, different = 0, i;

	for (i = 0; i < fd->plan->count; i++)
		count += senders_of(fd, &fd->plan->rules[i], NULL);
	fd->senders = calloc(count + 1, sizeof(*fd->senders));
	if (!fd->senders)
		return -ENOMEM;
	for (i = 0, count = 0; i < fd->plan->count; i++)
		count += senders_of(fd, &fd->plan->rules[i], fd->senders + count);
	qsort(fd->senders, count, sizeof(*fd->senders), sender_compare);
	for (i = 0; i < count; i++)
		if (!i || sender_compare(&fd->senders[i], &fd->senders[different - 1]))
			fd->senders[different++] = fd->senders[i];
	fd->sender_count = different;
	return 0;
}

/**
 * firewalld_sets_make() - find the sets that the rules of a plan need
 * @fd: to fill; firewalld_sets_free() it whatever is returned
 * @plan: the plan; must outlive @fd
 *
 * Return: 0, or -ENOMEM.
 */
int firewalld_sets_make(struct firewalld *fd, const struct plan *plan)
{
	size_t i;
	int err = 0;

	memset(fd, 0, sizeof(*fd));
	fd->plan = plan;
	fd->groups = calloc(plan->set_count + 1, sizeof(*fd->groups));
	if (!fd->groups)
		return -ENOMEM;
	for (i = 0; i < plan->set_count && !err; i++)
		err = pair_groups_make(&fd->groups[i], &plan->sets[i]);
	return err ? err : make_senders(fd);
}

/**
 * firewalld_sets_free() - give the memory back
 * @fd: what firewalld_sets_make() filled
 */
void firewalld_sets_free(struct firewalld *fd)
{
	size_t i;

	for (i = 0; fd->groups && i < fd->plan->set_count; i++)
		pair_groups_free(&fd->groups[i]);
	free(fd->groups);
	free(fd->senders);
}

static struct firewalld_set sender_set(const struct firewalld *fd, const struct sender *sender)
{
	struct firewalld_set set = {
		.family = sender->address.family,
		.protocol = sender->protocol,
		.sport = sender->sport,
		.sender = sender,
	};

	snprintf(set.name, sizeof(set.name), "amfw-from-%zu", (size_t)(sender - fd->senders) + 1);
	return set;
}

static struct firewalld_set group_set(const struct firewalld *fd, const struct rule *rule,
				      size_t number)
{
	struct firewalld_set set = {
		.family = rule->family,
		.protocol = rule->protocol,
		.groups = &fd->groups[rule->set],
		.group = &fd->groups[rule->set].groups[number],
	};
	char ports[12];

	if (!set.groups->by_source)
		set.sport = rule->sport;
	range_print(set.sport, ports);
	if (set.sport.high)
		snprintf(set.name, sizeof(set.name), "amfw-%zu-%zu-%s-%s", rule->set + 1,
			 number + 1, firewalld_protocol(rule->protocol), ports);
	else
		snprintf(set.name, sizeof(set.name), "amfw-%zu-%zu", rule->set + 1, number + 1);
	return set;
}

/**
 * firewalld_source() - the set that the source of a rule has to be in
 * @fd: the sets
 * @rule: the rule
 * @group: of which group of its pairs
 * @set: receives the set
 *
 * Return: false where it is one address with any port, or any address.
 */
bool firewalld_source(const struct firewalld *fd, const struct rule *rule, size_t group,
		      struct firewalld_set *set)
{
	const struct pair_groups *groups = &fd->groups[rule->set];
	const struct pair_group *members = &groups->groups[group];
	const struct sender wanted = {
		*group_source(members), rule->protocol, rule->sport,
	};
	const struct sender *sender;

	if (!one_source(groups, members)) {
		*set = group_set(fd, rule, group);
		return true;
	}
	if (!rule->sport.high || !wanted.address.family)
		return false;
	sender = bsearch(&wanted, fd->senders, fd->sender_count, sizeof(wanted), sender_compare);
	if (sender)
		*set = sender_set(fd, sender);
	return sender;
}

/**
 * firewalld_destination() - the set that the destination of a rule has to be in
 * @fd: the sets
 * @rule: the rule
 * @group: of which group of its pairs
 * @set: receives the set
 *
 * Return: false where it is one address.
 */
bool firewalld_destination(const struct firewalld *fd, const struct rule *rule, size_t group,
			   struct firewalld_set *set)
{
	const struct pair_groups *groups = &fd->groups[rule->set];

	if (!groups->by_source || groups->groups[group].count == 1)
		return false;
	*set = group_set(fd, rule, group);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What to do with each set, and the names of those that it was done with. */
struct visit {
	void *names;
	void *data;
	int (*use)(const struct firewalld_set *set, void *data);
};

/* Several rules share a set. */
static int visit_once(struct visit *visit, const struct firewalld_set *set)
{
	char *name = strdup(set->name), **found;

	if (!name)
		return -ENOMEM;
	found = tsearch(name, &visit->names, by_name);
	if (!found || *found != name) {
		free(name);
		return found ? 0 : -ENOMEM;
	}
	return visit->use(set, visit->data);
}

static int visit_rule(const struct firewalld *fd, struct visit *visit, const struct rule *rule)
{
	const struct pair_groups *groups = &fd->groups[rule->set];
	struct firewalld_set set;
	size_t i;
	int err = 0;

	for (i = 0; i < groups->count && !err; i++) {
		if (!one_source(groups, &groups->groups[i]) &&
		    firewalld_source(fd, rule, i, &set))
			err = visit_once(visit, &set);
		if (!err && firewalld_destination(fd, rule, i, &set))
			err = visit_once(visit, &set);
	}
	return err;
}

/**
 * firewalld_each_set() - go through the sets, each once
 * @fd: the sets
 * @data: for @use
 * @use: what to do with a set; 0, or a negative errno to stop
 *
 * Return: 0, what @use returned, or -ENOMEM.
 */
int firewalld_each_set(const struct firewalld *fd, void *data,
		       int (*use)(const struct firewalld_set *set, void *data))
{
	struct visit visit = { .data = data, .use = use };
	struct firewalld_set set;
	size_t i;
	int err = 0;

	for (i = 0; i < fd->sender_count && !err; i++) {
		set = sender_set(fd, &fd->senders[i]);
		err = use(&set, data);
	}
	for (i = 0; i < fd->plan->count && !err; i++)
		if (firewalld_writes(fd->plan, &fd->plan->rules[i]))
			err = visit_rule(fd, &visit, &fd->plan->rules[i]);
	tdestroy(visit.names, free);
	return err;
}

static void put_member(const struct firewalld_set *set, const struct address *address,
		       const struct pair *pair, FILE *out, bool xml)
{
	char text[INET6_ADDRSTRLEN], ports[12], comment[COMMENT_MAX];

	address_print(address, text);
	range_print(set->sport, ports);
	fprintf(out, "%s%s", xml ? "  <entry>" : "", text);
	if (set->sport.high)
		fprintf(out, ",%s:%s", firewalld_protocol(set->protocol), ports);
	if (xml && pair) {
		pair_comment(pair, comment);
		fputs("</entry> ", out);
		firewalld_comment(comment, out, true);
	} else {
		fputs(xml ? "</entry>\n" : "\n", out);
	}
}

/**
 * firewalld_members() - write what is in a set, a line for each
 * @set: the set
 * @out: where to
 * @xml: as elements of a file; else as --add-entries-from-file reads them
 */
void firewalld_members(const struct firewalld_set *set, FILE *out, bool xml)
{
	size_t i;

	if (set->sender) {
		put_member(set, &set->sender->address, NULL, out, xml);
		return;
	}
	for (i = 0; i < set->group->count; i++) {
		const struct pair *pair = set->group->pairs[i];

		put_member(set, pair_group_member(set->groups, pair), pair, out, xml);
	}
}

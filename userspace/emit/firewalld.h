/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan in the words of firewalld, which its files and its command share.
 */
#ifndef EMIT_FIREWALLD_H
#define EMIT_FIREWALLD_H

#include "emit/output.h"
#include "emit/pair_groups.h"
#include "emit/plan.h"

/* firewalld's limit, and the NUL: IPSET_MAXNAMELEN. */
#define FIREWALLD_SET_NAME	33
#define FIREWALLD_SERVICE_NAME	40
#define FIREWALLD_HELPER	"amfw"
/* In lines of the direct interface, to know them by. */
#define FIREWALLD_MARK	"--comment amfw"
/* Before the zones, and behind what distributions ship (-15000). */
#define FIREWALLD_PRIORITY	-500

/**
 * struct sender - one address and the ports that it sends from
 * @address: the address
 * @protocol: IPPROTO_UDP or IPPROTO_TCP
 * @sport: the ports
 */
struct sender {
	struct address address;
	int protocol;
	struct range sport;
};

/**
 * struct firewalld - a plan on its way into firewalld's files
 * @plan: the plan
 * @groups: of each of the plan's sets of pairs, in that order
 * @senders: those of all rules, sorted, each once
 * @sender_count: entries of @senders
 */
struct firewalld {
	const struct plan *plan;
	struct pair_groups *groups;
	struct sender *senders;
	size_t sender_count;
};

/**
 * struct firewalld_set - an "ipset" of firewalld
 * @name: its name
 * @family: AF_INET or AF_INET6
 * @protocol: of the ports
 * @sport: the ports that each member sends from; 0-0: members are addresses only
 * @sender: its one member; or NULL
 * @groups: or those that @group is one of
 * @group: the members
 */
struct firewalld_set {
	char name[FIREWALLD_SET_NAME];
	sa_family_t family;
	int protocol;
	struct range sport;
	const struct sender *sender;
	const struct pair_groups *groups;
	const struct pair_group *group;
};

/**
 * struct firewalld_policy - where a policy stands
 * @name: its name
 * @ingress: where its packets come from
 * @egress: where they go to
 * @place: the place of its rules; that of forwarded packets has the translations too
 */
struct firewalld_policy {
	const char *name;
	const char *ingress;
	const char *egress;
	enum place place;
};

extern const struct firewalld_policy firewalld_policies[];
extern const size_t firewalld_policy_count;

const char *firewalld_protocol(int protocol);
bool firewalld_writes(const struct plan *plan, const struct rule *rule);

int firewalld_sets_make(struct firewalld *fd, const struct plan *plan);
void firewalld_sets_free(struct firewalld *fd);
bool firewalld_source(const struct firewalld *fd, const struct rule *rule, size_t group,
		      struct firewalld_set *set);
bool firewalld_destination(const struct firewalld *fd, const struct rule *rule, size_t group,
			   struct firewalld_set *set);
int firewalld_each_set(const struct firewalld *fd, void *data,
		       int (*use)(const struct firewalld_set *set, void *data));
void firewalld_members(const struct firewalld_set *set, FILE *out, bool xml);

bool firewalld_policy_needed(const struct plan *plan, const struct firewalld_policy *policy);
const char *firewalld_target(const struct plan *plan, const struct firewalld_policy *policy);
int firewalld_rules(const struct firewalld *fd, const struct firewalld_policy *policy, FILE *out,
		    bool xml);

bool firewalld_serves(const struct plan *plan, const struct rule *rule);
void firewalld_service_name(const struct rule *rule, char name[FIREWALLD_SERVICE_NAME]);
bool firewalld_service_helped(const struct plan *plan, const struct rule *rule);
bool firewalld_needs_helper(const struct plan *plan);
void firewalld_comment(const char *text, FILE *out, bool xml);
size_t firewalld_direct(const struct plan *plan, FILE *out, bool xml);

int firewalld_script(const struct firewalld *fd, struct output *output);

#endif /* EMIT_FIREWALLD_H */

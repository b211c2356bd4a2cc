/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of journeys_run() share.
 */
#ifndef RULESET_JOURNEY_PRIVATE_H
#define RULESET_JOURNEY_PRIVATE_H

#include <errno.h>

#include "ruleset/journey.h"

/* Behind ruleset.h, which sees to the names of netinet/in.h. */
#include <linux/netfilter/nf_conntrack_common.h>

/**
 * struct place - a host on the way of a flow
 * @position: what it is there
 * @hop: AT_GATEWAY: index of the flow's hop
 * @in: the packets as they enter
 * @out: as the site says that they leave, or reach the sockets
 * @in_interface: that they come in by; NULL: not known, or made here
 * @out_interface: that they leave by; likewise
 */
struct place {
	enum position position;
	size_t hop;
	struct tuple in;
	struct tuple out;
	const char *in_interface;
	const char *out_interface;
};

/**
 * struct binding - what became of the first packets of a connection
 * @now: of the fields SADDR, DADDR, SPORT and DPORT, what they are at the end
 * @changed: bits of those that were translated
 * @notrack: connection tracking never saw it
 * @helper: that was attached, or NULL
 * @mark: of the connection
 * @zone: that connection tracking keeps it in
 * @doubt: it may not be so; or NULL
 */
struct binding {
	const struct values *now[FIELD_COUNT];
	uint32_t changed;
	bool notrack;
	const char *helper;
	const struct values *mark;
	const struct values *zone;
	const char *doubt;
};

#define BINDINGS_MOST	16

struct bindings {
	struct binding binding[BINDINGS_MOST];
	size_t count;
};

/* Many flows between two machines look the same: their answers are kept this long. */
#define RECALL_MOST	64

/**
 * struct recall - answers that may be needed again
 * @known: packets, and what became of them; the fates belong to a journey
 * @count: entries in use
 * @next: the entry to replace next
 */
struct recall {
	struct {
		struct passage passage;
		struct fates fates;
	} known[RECALL_MOST];
	size_t count;
	size_t next;
};

int recall_run(struct recall *recall, const struct question *question, struct arena *arena,
	       struct stage *stage);

/**
 * struct connection - one way in which a flow may exist at a host
 * @question: as given
 * @arena: as given
 * @recall: answers to earlier questions
 * @journey: to which its stages belong
 * @place: where
 * @master: RELATED: the control flow's binding; NULL: NEW
 * @doubt: it may not be so; or NULL
 * @reason: what to say where it is blocked, instead of REASON_RULE; REASON_NONE: nothing
 * @what: with it
 */
struct connection {
	const struct question *question;
	struct arena *arena;
	struct recall *recall;
	struct journey *journey;
	const struct place *place;
	const struct binding *master;
	const char *doubt;
	enum reason reason;
	const char *what;
};

size_t interface_number(const struct question *question, const char *name);
int places_of(const struct flow *flow, const struct host *host, struct place *place,
	      size_t *count);
#define PLACES_MOST	10

int stage_start(const struct connection *connection, const struct binding *binding,
		struct stage *stage);
int connection_run(const struct connection *connection, struct bindings *bindings);
int bindings_note(struct arena *arena, struct bindings *bindings, const struct stage *stage);

/**
 * struct judgement - of one stage
 * @answer: it
 * @reason: why
 * @what: more of that
 * @fate: index; or SIZE_MAX
 * @example: of a packet that shows it
 */
struct judgement {
	enum answer answer;
	enum reason reason;
	const char *what;
	size_t fate;
	__uint128_t example[FIELD_COUNT];
};

int stage_judge(const struct connection *connection, const struct stage *stage,
		struct judgement *judgement);
struct box without_interfaces(const struct box *box);
const char *interface_doubt(const struct stage *stage);
bool is_interface_doubt(const char *doubt);
const struct values *address_values(struct arena *arena, const struct address *address);
const struct values *range_values(struct arena *arena, struct range range);

/* Packets that one rule, or one policy, has accepted. */
struct decision {
	const struct fate **fate;
	size_t count;
};

/**
 * struct decisions - of fates, by what decided: excess_decisions.c
 * @fate: all of them
 * @fates: entries of @fate in use
 * @room: entries there is memory for
 * @decision: those of one decision
 * @count: entries of @decision
 */
struct decisions {
	const struct fate **fate;
	size_t fates;
	size_t room;
	struct decision *decision;
	size_t count;
};

int decisions_add(struct decisions *decisions, const struct fate *fate);
int decisions_cut(struct decisions *decisions);
const struct decision *decisions_find(const struct decisions *decisions, const struct fate *fate);
void decisions_free(struct decisions *decisions);

/* excess_ports.c */
const struct values *excess_ports(const struct ruleset *ruleset, struct arena *arena,
				  const struct stage *stage, enum protocol_version version);

#endif /* RULESET_JOURNEY_PRIVATE_H */

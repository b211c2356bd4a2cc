/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a ruleset makes of the flows of a site at one of its hosts.
 *
 * A flow comes to a host as packets of several kinds, its stages: the first,
 * the answer, and what follows both ways.  All of them have to get through.  A
 * stream is asked for twice over: as the connection that a helper expected,
 * where one has been attached to the control flow and opens this stream, and
 * otherwise as a connection like any other.
 */
#ifndef RULESET_JOURNEY_H
#define RULESET_JOURNEY_H

#include "flow/flow.h"
#include "ruleset/path.h"

enum helper_model {
	HELPER_OURS,	/* this project's: opens every stream */
	HELPER_STOCK,	/* the kernel's own: helper_model_stock.c tells its gaps */
	HELPER_NONE,	/* none that could be attached */
};

/* Where a host meets a flow. */
enum position {
	AT_INITIATOR,
	AT_GATEWAY,
	AT_RESPONDER,
	AT_BOTH_ENDS,	/* by the loopback interface */
};

enum stage_kind {
	STAGE_FIRST,	/* the request, or a SYN */
	STAGE_ANSWER,	/* the first packet back */
	STAGE_LATER,	/* what follows from the initiator */
	STAGE_BACK,	/* what follows from the responder */
	STAGE_COUNT
};

enum answer {
	ANSWER_ACCEPT,
	ANSWER_DROP,
	ANSWER_REJECT,
	ANSWER_UNKNOWN,
};

/* Why it is not ANSWER_ACCEPT. */
enum reason {
	REASON_NONE,
	REASON_RULE,		/* the fate's rule, or its chain's policy */
	REASON_DOUBT,		/* what @what names cannot be evaluated */
	REASON_INTERFACE,	/* depends on an interface that the site does not tell */
	REASON_TRANSLATION,	/* gets through, and not as the site says: @what */
	REASON_CONTROL,		/* the control flow does not get through, which announces it */
	REASON_NO_HELPER,	/* no helper is attached to the control flow: blocked as new */
	REASON_HELPER_GAP,	/* the helper does not open this stream, as @what says */
	REASON_UNREACHED,	/* no packet of it gets to this host's sockets or out: @what */
};

/**
 * struct stage - packets of one kind
 * @kind: which
 * @related: they belong to a connection that a helper expected
 * @passage: they, as they enter
 * @fates: what becomes of them
 * @recalled: those of another stage of @fates, which sees to them: see recall_run()
 * @answer: of this stage alone
 * @decided: index of the fate that decides; or SIZE_MAX
 */
struct stage {
	enum stage_kind kind;
	bool related;
	struct passage passage;
	struct fates fates;
	bool recalled;
	enum answer answer;
	size_t decided;
};

/**
 * struct journey - a flow at the host
 * @flow: which
 * @position: where the host meets it
 * @hop: AT_GATEWAY: index of the flow's hop
 * @answer: of the worst of its stages
 * @reason: why
 * @what: says more of @reason; or NULL
 * @stage: index of the stage that decides
 * @fate: its fate that decides; its rule and chain may be NULL; or NULL
 * @example: ANSWER_ACCEPT: unused; otherwise the smallest packet that shows it,
 *	as it enters the host
 * @helper: attached to the control flow (of this stream), where rules do so
 *	for all of its packets; or NULL
 * @stages: what was asked
 * @stage_count: entries of @stages
 */
struct journey {
	const struct flow *flow;
	enum position position;
	size_t hop;
	enum answer answer;
	enum reason reason;
	const char *what;
	size_t stage;
	const struct fate *fate;
	__uint128_t example[FIELD_COUNT];
	const char *helper;
	struct stage *stages;
	size_t stage_count;
};

/**
 * struct journeys - all flows that touch the host
 * @journey: in the order of the site's flows
 * @count: entries in use
 * @room: entries there is memory for
 */
struct journeys {
	struct journey *journey;
	size_t count;
	size_t room;
};

/**
 * struct question - what is asked
 * @ruleset: of this ruleset
 * @world: world_of_host()
 * @flows: of the site
 * @host: at this host
 * @helper: the helper that runs there
 * @helper_name: what it is registered as; NULL: "amanda"
 * @only: no other flow; NULL: all
 * @met: told of each rule that packets of @only meet; may be NULL
 * @met_data: for @met
 */
struct question {
	const struct ruleset *ruleset;
	const struct world *world;
	const struct flows *flows;
	const struct host *host;
	enum helper_model helper;
	const char *helper_name;
	const struct flow *only;
	void (*met)(void *data, const struct journey *journey, const struct stage *stage,
		    const struct rule *rule, const struct box *reached,
		    const struct boxes *matched);
	void *met_data;
};

int world_of_host(struct world *world, const struct ruleset *ruleset, const struct host *host,
		  struct arena *arena);
size_t ruleset_interface(const struct ruleset *ruleset, const char *name);

int journeys_run(struct journeys *journeys, const struct question *question,
		 struct arena *arena);
void journeys_free(struct journeys *journeys);

const char *stage_name(const struct stage *stage);

/**
 * struct excess - packets that get in though no flow needs them
 * @version: of IP
 * @box: they, as they enter: first packets of new connections
 * @rule: the rule that lets them in; NULL: the policy of @chain
 * @chain: where that was decided; NULL: nothing is there that would decide
 */
struct excess {
	enum protocol_version version;
	struct box box;
	const struct rule *rule;
	const struct chain *chain;
};

/**
 * struct excesses - all of them, as few boxes as describe them
 * @excess: sorted as rules are met
 * @count: entries in use
 * @room: entries there is memory for
 */
struct excesses {
	struct excess *excess;
	size_t count;
	size_t room;
};

int excess_run(struct excesses *excesses, const struct question *question,
	       const struct journeys *journeys, struct arena *arena);
void excess_free(struct excesses *excesses);

/* helper_model_stock.c: why the kernel's own helper does not open a stream; NULL: it does. */
const char *stock_helper_gap(const struct flow *stream);

#endif /* RULESET_JOURNEY_H */

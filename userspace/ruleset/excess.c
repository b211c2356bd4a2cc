// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What gets in and no flow needs: first packets of new connections to the ports
 * of Amanda's, from anybody to anybody.
 *
 * Only such rules count as have to do with Amanda: those that decide for a flow
 * of the site, and those that name ports.  Who lets all of the LAN out has not
 * opened that for Amanda.  Where no rule decides, none keeps Amanda's ports from
 * anybody, as where the rule that did so is gone.
 */
#include "ruleset/journey_private.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Nobody serves these: a rule that lets in both of them does not name ports. */
#define NOBODYS_LOW	4
#define NOBODYS_HIGH	48620

/* So many boxes are looked at for one that is there already. */
#define ALIKE_WITHIN	16

/* One question: a protocol of one version of IP. */
struct inquest {
	const struct question *question;
	const struct journeys *journeys;
	struct arena *arena;
	struct excesses *excesses;
	enum protocol_version version;
	int protocol;
	bool beyond;		/* asked are ports of no flow: whose rules say so alone count */
	struct decisions nobodys;	/* what becomes of packets to nobody's ports */
	struct decisions deciders;	/* what becomes of the flows' packets */
	struct boxes needed;
};

static sa_family_t family_of(const struct inquest *inquest)
{
	return inquest->version == VERSION_4 ? AF_INET : AF_INET6;
}

static bool is_about(const struct inquest *inquest, const struct flow *flow)
{
	return flow->protocol == inquest->protocol && !flow->loopback &&
	       flow->sent.source.family == family_of(inquest);
}

/* Ports at which the host lets somebody in, or others through. */
static const struct values *ports_of(const struct inquest *inquest)
{
	const struct values *ports = values_range(inquest->arena, 1, 0);
	const struct journeys *journeys = inquest->journeys;
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct box *box;

		if (!journey->stage_count || journey->position == AT_INITIATOR ||
		    !is_about(inquest, journey->flow))
			continue;
		box = &journey->stages[0].passage.box;
		ports = values_or(inquest->arena, ports, box->now[FIELD_DPORT]);
	}
	return ports;
}

/* All but the loopback net, the groups and the broadcasts. */
static const struct values *hosts(const struct inquest *inquest)
{
	static const struct interval v4[] = {
		{ 0x01000000, 0x7effffff }, { 0x80000000, 0xdfffffff },
	};

	if (inquest->version == VERSION_4)
		return values_list(inquest->arena, v4, 2);
	return values_range(inquest->arena, 2, ((__uint128_t)0xff << 120) - 1);
}

/* Who forwards nothing takes no packets but its own. */
static const struct values *destinations(const struct inquest *inquest)
{
	const struct values *own = values_range(inquest->arena, 1, 0);
	const struct world *world = inquest->question->world;
	size_t i;

	if (inquest->question->host->roles & ROLE_GATEWAY)
		return hosts(inquest);
	for (i = 0; i < world->address_count; i++)
		if (world->addresses[i].family == family_of(inquest))
			own = values_or(inquest->arena, own,
					values_one(inquest->arena, world->addresses[i].value));
	return own;
}

static struct passage everybody(const struct inquest *inquest, const struct values *ports)
{
	struct passage passage = { .version = inquest->version, .first = true };
	struct arena *arena = inquest->arena;
	struct box *box = &passage.box;

	box->now[FIELD_DADDR] = destinations(inquest);
	box->now[FIELD_PROTOCOL] = values_one(arena, (__uint128_t)inquest->protocol);
	box->now[FIELD_SPORT] = values_range(arena, 1, 65535);
	box->now[FIELD_DPORT] = ports;
	if (inquest->protocol == IPPROTO_TCP)
		box->now[FIELD_TCP_FLAGS] = values_one(arena, 0x02);
	box->now[FIELD_MARK] = values_one(arena, 0);
	box->now[FIELD_PKTTYPE] = values_one(arena, 0);
	box->now[FIELD_FRAGMENT] = values_one(arena, 0);
	box->now[FIELD_TOS] = values_one(arena, 0);
	box->now[FIELD_TTL] = values_one(arena, 64);
	box->now[FIELD_LENGTH] = values_one(arena, 128);
	return passage;
}

/* The stage in which a flow's first packets ask for themselves. */
static const struct stage *new_stage(const struct journey *journey)
{
	size_t i;

	for (i = 0; i < journey->stage_count; i++)
		if (journey->stages[i].kind == STAGE_FIRST && !journey->stages[i].related)
			return &journey->stages[i];
	return NULL;
}

/* Either end's interface may be any, and so may what nobody needs to look at. */
static struct box needed_box(const struct stage *stage)
{
	static const enum field asked[] = {
		FIELD_SADDR, FIELD_DADDR, FIELD_PROTOCOL, FIELD_SPORT, FIELD_DPORT,
	};
	struct box box = { 0 };
	size_t i;

	for (i = 0; i < sizeof(asked) / sizeof(*asked); i++)
		box.was[asked[i]] = stage->passage.box.now[asked[i]];
	return box;
}

/*
 * Who may reach a machine by an address of the gateway's may do so by its own: a
 * rule behind the translation cannot tell the two apart.
 */
static void name_target(const struct inquest *inquest, const struct journey *journey,
			struct box *box)
{
	const struct tuple *out = &journey->flow->hops[journey->hop].out;

	box->was[FIELD_DADDR] = address_values(inquest->arena, &out->destination);
	box->was[FIELD_DPORT] = range_values(inquest->arena, out->dport);
}

/* Operations between the same machines look alike, and stand together. */
static bool is_needed_yet(const struct boxes *needed, const struct box *box)
{
	size_t i, from = needed->count > ALIKE_WITHIN ? needed->count - ALIKE_WITHIN : 0;
	unsigned int field;

	for (i = from; i < needed->count; i++) {
		for (field = 0; field < FIELD_COUNT; field++)
			if (!values_same(needed->box[i].was[field], box->was[field]))
				break;
		if (field == FIELD_COUNT)
			return true;
	}
	return false;
}

static int need_box(struct inquest *inquest, const struct box *box)
{
	return is_needed_yet(&inquest->needed, box) ? 0 : boxes_add(&inquest->needed, box);
}

static int need(struct inquest *inquest, const struct journey *journey)
{
	const struct stage *stage = new_stage(journey);
	struct box box;
	int err;

	if (!stage || !is_about(inquest, journey->flow))
		return 0;
	box = needed_box(stage);
	err = need_box(inquest, &box);
	if (err || journey->position != AT_GATEWAY)
		return err;
	name_target(inquest, journey, &box);
	return need_box(inquest, &box);
}

static int decide_stage(struct inquest *inquest, const struct stage *stage)
{
	size_t i;
	int err = 0;

	for (i = 0; i < stage->fates.count && !err; i++)
		err = decisions_add(&inquest->deciders, &stage->fates.fate[i]);
	return err;
}

/* Who lets in what a helper has announced decides as well, though it is not new. */
static int decide(struct inquest *inquest, const struct journey *journey)
{
	size_t i;
	int err = 0;

	if (journey->position == AT_INITIATOR || !is_about(inquest, journey->flow))
		return 0;
	for (i = 0; i < journey->stage_count && !err; i++)
		if (journey->stages[i].kind == STAGE_FIRST)
			err = decide_stage(inquest, &journey->stages[i]);
	return err;
}

/*
 * What the flows need and who decides for them, once for all rules.  The flows of many
 * clients are few boxes: they differ in one address.
 */
static int gather_flows(struct inquest *inquest)
{
	const struct journeys *journeys = inquest->journeys;
	size_t i;
	int err = 0;

	for (i = 0; i < journeys->count && !err; i++)
		err = need(inquest, &journeys->journey[i]) ? :
		      decide(inquest, &journeys->journey[i]);
	if (err)
		return err;
	boxes_join(inquest->arena, &inquest->needed);
	return decisions_cut(&inquest->deciders);
}

static int take_off_needed(const struct inquest *inquest, struct boxes *boxes)
{
	size_t i;
	int err = 0;

	for (i = 0; i < inquest->needed.count && boxes->count && !err; i++)
		err = boxes_subtract(inquest->arena, boxes, &inquest->needed.box[i]);
	return err;
}

static bool decides_for_a_flow(const struct inquest *inquest, const struct fate *fate)
{
	return decisions_find(&inquest->deciders, fate);
}

static int by_first(const void *a, const void *b)
{
	const struct decision *x = a, *y = b;

	return x->fate[0] < y->fate[0] ? -1 : x->fate[0] > y->fate[0];
}

static int note_decisions(struct decisions *decisions, const struct fates *fates)
{
	size_t i;
	int err = 0;

	for (i = 0; i < fates->count && !err; i++)
		err = decisions_add(decisions, &fates->fate[i]);
	return err ? : decisions_cut(decisions);
}

static bool names_ports(const struct inquest *inquest, const struct fate *fate, enum field field)
{
	const struct decision *decision = decisions_find(&inquest->nobodys, fate);
	bool low = false, high = false;
	size_t i;

	for (i = 0; decision && i < decision->count; i++) {
		const struct values *ports = decision->fate[i]->box.was[field];

		low = low || values_hold(ports, NOBODYS_LOW);
		high = high || values_hold(ports, NOBODYS_HIGH);
	}
	return !low || !high;
}

/*
 * Ports of no flow: only rules for flows are asked about those.  One that asks for the
 * port a packet comes from, and not for where it goes, is Amanda's all the same.
 */
static bool counts_beyond(const struct inquest *inquest, const struct fate *fate)
{
	return decides_for_a_flow(inquest, fate) &&
	       (names_ports(inquest, fate, FIELD_DPORT) || names_ports(inquest, fate, FIELD_SPORT));
}

/* No rule keeps them from an Amanda: its own, or one behind it. */
static bool kept_by_none(const struct inquest *inquest, const struct fate *fate)
{
	const struct journeys *journeys = inquest->journeys;
	bool here = fate->hook == NF_INET_LOCAL_IN;
	size_t i;

	for (i = 0; i < journeys->count && !fate->rule; i++)
		if (is_about(inquest, journeys->journey[i].flow) &&
		    journeys->journey[i].position == (here ? AT_RESPONDER : AT_GATEWAY))
			return true;
	return false;
}

static bool counts(const struct inquest *inquest, const struct fate *fate)
{
	return names_ports(inquest, fate, FIELD_DPORT) || decides_for_a_flow(inquest, fate) ||
	       kept_by_none(inquest, fate);
}

static int excess_add(struct excesses *excesses, enum protocol_version version,
		      const struct box *box, const struct fate *fate)
{
	struct excess *grown;
	size_t room;

	if (excesses->count == excesses->room) {
		room = excesses->room ? excesses->room * 2 : 8;
		grown = reallocarray(excesses->excess, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		excesses->excess = grown;
		excesses->room = room;
	}
	excesses->excess[excesses->count++] = (struct excess) {
		.version = version,
		.box = *box,
		.rule = fate->rule,
		.chain = fate->chain,
	};
	return 0;
}

/* The kernel takes nobody's word for its own address, and for none that is no host's. */
static bool can_be(const struct fate *fate)
{
	return values_hold(fate->box.was[FIELD_SADDR_TYPE], RTN_UNICAST);
}

/* Boxes are put together by what they were: what became of them does not matter here. */
static struct box as_it_was(const struct box *box)
{
	struct box plain = { .doubt = box->doubt };

	memcpy(plain.was, box->was, sizeof(plain.was));
	memcpy(plain.now, box->was, sizeof(plain.now));
	return plain;
}

static int gather(const struct fate *fate, struct boxes *boxes)
{
	struct box box = as_it_was(&fate->box);

	return can_be(fate) ? boxes_add(boxes, &box) : 0;
}

/* Everything that one rule lets in, in as few boxes as that takes. */
static int note_rule(const struct inquest *inquest, const struct decision *decision)
{
	const struct fate *first = decision->fate[0];
	struct boxes boxes = { 0 };
	size_t i;
	int err = 0;

	if (inquest->beyond ? !counts_beyond(inquest, first) : !counts(inquest, first))
		return 0;
	for (i = 0; i < decision->count && !err; i++)
		err = gather(decision->fate[i], &boxes);
	err = err ? : take_off_needed(inquest, &boxes);
	if (!err)
		boxes_join(inquest->arena, &boxes);
	for (i = 0; i < boxes.count && !err; i++)
		err = excess_add(inquest->excesses, inquest->version, &boxes.box[i], first);
	boxes_free(&boxes);
	return err;
}

static int note_fates(const struct inquest *inquest, const struct fates *fates)
{
	struct decisions decisions = { 0 };
	size_t i;
	int err = note_decisions(&decisions, fates);

	if (!err && decisions.count)
		qsort(decisions.decision, decisions.count, sizeof(*decisions.decision), by_first);
	for (i = 0; i < decisions.count && !err; i++)
		err = note_rule(inquest, &decisions.decision[i]);
	decisions_free(&decisions);
	return err;
}

static int ask_ports(const struct inquest *inquest, const struct values *ports,
		     struct fates *fates)
{
	const struct passage passage = everybody(inquest, ports);

	return path_run(inquest->question->ruleset, inquest->question->world, inquest->arena,
			&passage, NULL, fates);
}

/* Ports of no flow that rules for flows let in, too. */
static const struct values *ports_beyond(const struct inquest *inquest,
					 const struct values *ports)
{
	const struct journeys *journeys = inquest->journeys;
	const struct values *beyond = values_range(inquest->arena, 1, 0);
	size_t i;

	for (i = 0; i < journeys->count; i++) {
		const struct journey *journey = &journeys->journey[i];
		const struct stage *stage = new_stage(journey);

		if (stage && journey->position != AT_INITIATOR && is_about(inquest, journey->flow))
			beyond = values_or(inquest->arena, beyond,
					   excess_ports(inquest->question->ruleset, inquest->arena,
							stage, inquest->version));
	}
	return values_minus(inquest->arena, beyond, ports);
}

static int ask_beyond(struct inquest *inquest, const struct values *ports)
{
	struct fates fates = { 0 };
	int err;

	ports = ports_beyond(inquest, ports);
	if (values_empty(ports))
		return 0;
	inquest->beyond = true;
	err = ask_ports(inquest, ports, &fates) ? : note_fates(inquest, &fates);
	inquest->beyond = false;
	fates_free(&fates);
	return err;
}

static int ask_protocol(struct inquest *inquest)
{
	const struct interval nobodys[] = {
		{ NOBODYS_LOW, NOBODYS_LOW }, { NOBODYS_HIGH, NOBODYS_HIGH },
	};
	const struct values *ports = ports_of(inquest);
	struct fates fates = { 0 }, others = { 0 };
	int err;

	if (values_empty(ports))
		return 0;
	err = gather_flows(inquest);
	err = err ? : ask_ports(inquest, ports, &fates);
	err = err ? : ask_ports(inquest, values_list(inquest->arena, nobodys, 2), &others);
	err = err ? : note_decisions(&inquest->nobodys, &others);
	err = err ? : note_fates(inquest, &fates);
	err = err ? : ask_beyond(inquest, ports);
	decisions_free(&inquest->nobodys);
	decisions_free(&inquest->deciders);
	boxes_free(&inquest->needed);
	fates_free(&fates);
	fates_free(&others);
	return err;
}

/**
 * excess_run() - what a ruleset lets in and no flow needs
 * @excesses: to fill; excess_free() it whatever is returned
 * @question: what is asked, of all flows
 * @journeys: the answers to that
 * @arena: where boxes live
 *
 * Return: 0 or -ENOMEM.
 */
int excess_run(struct excesses *excesses, const struct question *question,
	       const struct journeys *journeys, struct arena *arena)
{
	static const int protocols[] = { IPPROTO_UDP, IPPROTO_TCP };
	struct inquest inquest = {
		.question = question,
		.journeys = journeys,
		.arena = arena,
		.excesses = excesses,
	};
	size_t i;
	int err = 0;

	memset(excesses, 0, sizeof(*excesses));
	for (i = 0; i < VERSION_COUNT * 2 && !err; i++) {
		inquest.version = (enum protocol_version)(i / 2);
		inquest.protocol = protocols[i % 2];
		err = ask_protocol(&inquest);
	}
	return err;
}

/**
 * excess_free() - forget what excess_run() found
 * @excesses: is empty then
 */
void excess_free(struct excesses *excesses)
{
	free(excesses->excess);
	memset(excesses, 0, sizeof(*excesses));
}

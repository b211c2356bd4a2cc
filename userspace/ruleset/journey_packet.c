// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the packets of a flow look when they enter a host: their headers, and what
 * connection tracking knows of them.
 */
#include "ruleset/journey_private.h"

#include <string.h>

#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <netinet/tcp.h>

#define STATE_NEW	NF_CT_STATE_BIT(IP_CT_NEW)
#define STATE_RELATED	NF_CT_STATE_BIT(IP_CT_RELATED)
#define STATE_ESTABLISHED NF_CT_STATE_BIT(IP_CT_ESTABLISHED)

#define SYN		0x02
#define PUSH		0x08
#define ACK		0x10
#define FIN		0x01

/* What a system sends with, and hops on the way have taken one each. */
#define TTL_SENT	64
#define TTL_LEAST	32

static bool comes_back(enum stage_kind kind)
{
	return kind == STAGE_ANSWER || kind == STAGE_BACK;
}

static bool is_tcp(const struct connection *connection)
{
	return connection->journey->flow->protocol == IPPROTO_TCP;
}

/* A packet as the initiator sent it, as it enters here. */
static void put_tuple(const struct connection *connection, struct box *box)
{
	const struct tuple *in = &connection->place->in;
	struct arena *arena = connection->arena;

	box->now[FIELD_SADDR] = address_values(arena, &in->source);
	box->now[FIELD_DADDR] = address_values(arena, &in->destination);
	box->now[FIELD_SPORT] = range_values(arena, in->sport);
	box->now[FIELD_DPORT] = range_values(arena, in->dport);
}

/* What connection tracking remembers of the first packet when another comes back. */
static void put_original(const struct connection *connection, struct box *box)
{
	struct box sent = { 0 };

	put_tuple(connection, &sent);
	box->now[FIELD_CT_SADDR] = sent.now[FIELD_SADDR];
	box->now[FIELD_CT_DADDR] = sent.now[FIELD_DADDR];
	box->now[FIELD_CT_SPORT] = sent.now[FIELD_SPORT];
	box->now[FIELD_CT_DPORT] = sent.now[FIELD_DPORT];
}

/* A packet back: from where the first one has come to. */
static void put_reply(const struct binding *binding, struct box *box)
{
	box->now[FIELD_SADDR] = binding->now[FIELD_DADDR];
	box->now[FIELD_DADDR] = binding->now[FIELD_SADDR];
	box->now[FIELD_SPORT] = binding->now[FIELD_DPORT];
	box->now[FIELD_DPORT] = binding->now[FIELD_SPORT];
}

static void put_interface(const struct connection *connection, struct box *box,
			  enum field field, const char *name)
{
	size_t number = interface_number(connection->question, name);

	if (number)
		box->now[field] = values_one(connection->arena, number);
}

static void put_interfaces(const struct connection *connection, struct box *box, bool back)
{
	const struct place *place = connection->place;

	put_interface(connection, box, FIELD_IIF,
		      back ? place->out_interface : place->in_interface);
	put_interface(connection, box, FIELD_OIF,
		      back ? place->in_interface : place->out_interface);
}

static const struct values *flags_of(struct arena *arena, enum stage_kind kind)
{
	static const struct values later = {
		2, { { ACK, ACK | FIN }, { ACK | PUSH, ACK | PUSH | FIN } },
	};

	if (kind == STAGE_FIRST)
		return values_one(arena, SYN);
	if (kind == STAGE_ANSWER)
		return values_one(arena, SYN | ACK);
	return &later;
}

/* Amanda asks for no class of service; ssh does. */
static void put_header(const struct connection *connection, const struct stage *stage,
		       struct box *box)
{
	const struct flow *flow = connection->journey->flow;
	static const struct values whole_v4 = { 2, { { 0, 0 }, { 0x4000, 0x4000 } } };
	static const struct values hops_left = { 1, { { TTL_LEAST, 255 } } };
	static const struct values length_v4 = { 1, { { 40, 65535 } } };
	static const struct values length_v6 = { 1, { { 60, 65535 } } };
	struct arena *arena = connection->arena;
	bool v4 = stage->passage.version == VERSION_4;

	box->now[FIELD_PROTOCOL] = values_one(arena, (__uint128_t)flow->protocol);
	if (is_tcp(connection))
		box->now[FIELD_TCP_FLAGS] = flags_of(arena, stage->kind);
	box->now[FIELD_FRAGMENT] = v4 ? &whole_v4 : values_one(arena, 0);
	box->now[FIELD_PKTTYPE] = values_one(arena, 0);
	box->now[FIELD_MARK] = values_one(arena, 0);
	if (strcmp(flow->auth->name, "ssh"))
		box->now[FIELD_TOS] = values_one(arena, 0);
	box->now[FIELD_TTL] = stage->passage.made_here ? values_one(arena, TTL_SENT) :
		&hops_left;
	box->now[FIELD_LENGTH] = v4 ? &length_v4 : &length_v6;
}

/* Any number does that no rule knows. */
static size_t helper_number(const struct question *question)
{
	const char *name = question->helper_name ? : "amanda";
	const struct ruleset *ruleset = question->ruleset;
	size_t i;

	for (i = 0; i < ruleset->helper_count; i++)
		if (!strcmp(ruleset->helpers[i], name))
			return i + 1;
	return ruleset->helper_count + 1;
}

/*
 * Untracked once does not mean untracked for ever: each packet meets the rules
 * that decide it.  Where they let one through to connection tracking, that takes
 * a datagram for the first of a connection, and likewise a segment in the middle
 * of one (nf_conntrack_tcp_loose), but not a SYN with ACK.
 */
static uint32_t untracked_state(const struct connection *connection, struct stage *stage)
{
	if (is_tcp(connection) && stage->kind == STAGE_ANSWER)
		return NF_CT_STATE_INVALID_BIT;
	stage->passage.first = true;
	return STATE_NEW;
}

static uint32_t state_of(const struct connection *connection, const struct binding *binding,
			 struct stage *stage)
{
	if (stage->kind == STAGE_FIRST) {
		stage->passage.first = true;
		return connection->master ? STATE_RELATED : STATE_NEW;
	}
	if (binding->notrack)
		return untracked_state(connection, stage);
	return STATE_ESTABLISHED;
}

static void put_state(const struct connection *connection, const struct binding *binding,
		      struct stage *stage)
{
	struct box *box = &stage->passage.box;
	struct arena *arena = connection->arena;
	uint32_t state = state_of(connection, binding, stage);
	bool reply = comes_back(stage->kind) && state == STATE_ESTABLISHED;

	box->now[FIELD_CT_STATE] = values_one(arena, state);
	if (reply)
		put_original(connection, box);
	box->now[FIELD_CT_DIRECTION] = values_one(arena, reply ? IP_CT_DIR_REPLY :
						  IP_CT_DIR_ORIGINAL);
	if (connection->master && state != STATE_NEW)
		box->now[FIELD_CT_HELPER] = values_one(arena,
						       helper_number(connection->question));
	box->now[FIELD_CT_MARK] = connection->master ? connection->master->mark :
		values_one(arena, 0);
	if (!binding || state != STATE_ESTABLISHED)
		return;
	box->now[FIELD_CT_MARK] = binding->mark;
	box->now[FIELD_CT_ZONE] = binding->zone;
}

static const struct values *if_changed(const struct binding *binding, enum field field,
				       const struct values *values)
{
	return binding->changed & 1u << field ? values : NULL;
}

/* nf_nat_follow_master(): the addresses of the control flow, and the announced port. */
static struct translation follow(const struct binding *master)
{
	return (struct translation) {
		.daddr = if_changed(master, FIELD_DADDR, master->now[FIELD_DADDR]),
		.saddr = if_changed(master, FIELD_SADDR, master->now[FIELD_SADDR]),
	};
}

static struct translation onward(const struct binding *binding)
{
	return (struct translation) {
		.daddr = if_changed(binding, FIELD_DADDR, binding->now[FIELD_DADDR]),
		.dport = if_changed(binding, FIELD_DPORT, binding->now[FIELD_DPORT]),
		.saddr = if_changed(binding, FIELD_SADDR, binding->now[FIELD_SADDR]),
		.sport = if_changed(binding, FIELD_SPORT, binding->now[FIELD_SPORT]),
	};
}

static struct translation backward(const struct connection *connection,
				   const struct binding *binding)
{
	struct box sent = { 0 };

	put_tuple(connection, &sent);
	return (struct translation) {
		.daddr = if_changed(binding, FIELD_SADDR, sent.now[FIELD_SADDR]),
		.dport = if_changed(binding, FIELD_SPORT, sent.now[FIELD_SPORT]),
		.saddr = if_changed(binding, FIELD_DADDR, sent.now[FIELD_DADDR]),
		.sport = if_changed(binding, FIELD_DPORT, sent.now[FIELD_DPORT]),
	};
}

static int put_translation(const struct connection *connection, const struct binding *binding,
			   struct stage *stage)
{
	const struct binding *master = connection->master;
	const uint32_t addresses = 1u << FIELD_SADDR | 1u << FIELD_DADDR;
	struct translation *translation;

	if (binding ? binding->notrack || !binding->changed :
	    !master || !(master->changed & addresses))
		return 0;
	translation = arena_take(connection->arena, sizeof(*translation));
	if (!translation)
		return -ENOMEM;
	if (!binding)
		*translation = follow(master);
	else if (comes_back(stage->kind))
		*translation = backward(connection, binding);
	else
		*translation = onward(binding);
	stage->passage.translation = translation;
	return 0;
}

static bool made_here(enum position position, enum stage_kind kind)
{
	if (position == AT_BOTH_ENDS)
		return true;
	return position == (comes_back(kind) ? AT_RESPONDER : AT_INITIATOR);
}

/**
 * stage_start() - the packets of one stage
 * @connection: of which connection
 * @binding: what its first packets went through; NULL for those themselves
 * @stage: of which the kind is set; the rest is filled in
 *
 * Return: 0 or -ENOMEM.
 */
int stage_start(const struct connection *connection, const struct binding *binding,
		       struct stage *stage)
{
	const struct place *place = connection->place;
	struct passage *passage = &stage->passage;
	bool back = comes_back(stage->kind);

	stage->related = connection->master;
	stage->decided = SIZE_MAX;
	passage->version = place->in.source.family == AF_INET ? VERSION_4 : VERSION_6;
	passage->made_here = made_here(place->position, stage->kind);
	if (back)
		put_reply(binding, &passage->box);
	else
		put_tuple(connection, &passage->box);
	put_interfaces(connection, &passage->box, back);
	put_header(connection, stage, &passage->box);
	put_state(connection, binding, stage);
	return put_translation(connection, binding, stage);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a packet is to connection tracking; see gateway.h.
 *
 * The gateway is a firewall with the usual rules: it lets through requests to the
 * port of Amanda and what is established or related, and nothing else.  So only a
 * packet to that port, or one that meets an expectation, leaves a state behind.
 */
#include "replay/gateway_private.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* A site has hundreds of flows; these are 10 MB. */
#define FLOWS_MAX	32768
/* The parameters of either helper when the administrator sets none. */
#define STOCK_MASTER_TIMEOUT	300
#define OURS_MASTER_TIMEOUT	(6 * 60 * 60)
#define OURS_MIN_PORT		1024
/* nf_conntrack_proto_udp.c */
#define UDP_TIMEOUT		30
#define UDP_STREAM_TIMEOUT	120
#define STREAM_AFTER		(2 * SECOND)
/* Captures of two places are out of step by less; more is a clock that was set. */
#define CLOCK_SET		(5 * SECOND)
/* Twice this still fits: half is for a time, half for what may be added to it. */
#define LATEST			(INT64_MAX / 2)

static void fill_defaults(struct gateway_settings *settings)
{
	bool stock = settings->helper == HELPER_STOCK;

	if (!settings->port)
		settings->port = AMANDA_PORT;
	if (!settings->master_timeout)
		settings->master_timeout = stock ? STOCK_MASTER_TIMEOUT : OURS_MASTER_TIMEOUT;
	if (!settings->udp_timeout)
		settings->udp_timeout = UDP_TIMEOUT;
	if (!settings->udp_stream_timeout)
		settings->udp_stream_timeout = UDP_STREAM_TIMEOUT;
	if (!settings->min_port)
		settings->min_port = OURS_MIN_PORT;
	if (!settings->ports.count)
		settings->ports = (struct amanda_ports) { 1, { { 1, UINT16_MAX } } };
	if (!settings->flows_max)
		settings->flows_max = FLOWS_MAX;
}

/* No call of the kernel, which a confined reader may not make. */
static uint64_t secret(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t value = 0;

	if (random)
		memcpy(&value, random, sizeof(value));
	return value;
}

/* All the memory there will be; what is not used is never touched. */
static bool make_room(struct gateway *gateway)
{
	size_t flows = gateway->settings.flows_max;

	gateway->expectations_max = flows / 2 + OURS_EXPECTED;
	gateway->mask = 1;
	while (gateway->mask < flows)
		gateway->mask = 2 * gateway->mask + 1;
	gateway->flows = calloc(flows, sizeof(*gateway->flows));
	gateway->timers = calloc(flows, sizeof(struct flow *));
	gateway->sides = calloc(gateway->mask + 1, sizeof(*gateway->sides));
	gateway->expectations = calloc(gateway->expectations_max, sizeof(*gateway->expectations));
	gateway->expected = calloc(gateway->mask + 1, sizeof(*gateway->expected));
	gateway->line[0] = malloc(LINE_ROOM);
	gateway->line[1] = malloc(LINE_ROOM);
	return gateway->flows && gateway->timers && gateway->sides && gateway->expectations &&
	       gateway->expected && gateway->line[0] && gateway->line[1];
}

/**
 * gateway_new() - a gateway that has seen nothing yet
 * @settings: how it is set up
 *
 * Return: NULL where there is not enough memory.
 */
struct gateway *gateway_new(const struct gateway_settings *settings)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	if (!gateway)
		return NULL;
	gateway->settings = *settings;
	fill_defaults(&gateway->settings);
	gateway->seed = secret();
	TAILQ_INIT(&gateway->free_flows);
	TAILQ_INIT(&gateway->ended);
	TAILQ_INIT(&gateway->free_expectations);
	TAILQ_INIT(&gateway->queue);
	if (make_room(gateway))
		return gateway;
	gateway_free(gateway);
	return NULL;
}

/**
 * gateway_free() - forget all
 * @gateway: may be NULL
 */
void gateway_free(struct gateway *gateway)
{
	if (!gateway)
		return;
	free(gateway->flows);
	free(gateway->timers);
	free(gateway->sides);
	free(gateway->expectations);
	free(gateway->expected);
	free(gateway->line[0]);
	free(gateway->line[1]);
	free(gateway);
}

/**
 * gateway_counts() - what the gateway holds at the time of the last packet
 * @gateway: it
 */
const struct gateway_counts *gateway_counts(const struct gateway *gateway)
{
	return &gateway->counts;
}

/**
 * gateway_pass() - time goes on
 * @gateway: where
 * @time: of the capture
 *
 * Packets of two captures come a little out of order: time stands still for the
 * late one.  Where it ran back further than that, it goes on from where it was.
 */
void gateway_pass(struct gateway *gateway, int64_t time)
{
	int64_t here;

	if (time < 0)
		time = 0;
	if (time > LATEST)
		time = LATEST;
	here = time + gateway->ahead;
	if (here > LATEST)
		here = LATEST;
	if (here < gateway->now - CLOCK_SET)
		gateway->ahead = gateway->now - time;
	else if (here > gateway->now)
		gateway->now = here;
	expectations_expire(gateway);
	flows_expire(gateway);
}

static uint8_t copy_address(uint8_t bytes[16], const struct address *address)
{
	if (address->family == AF_INET)
		memcpy(bytes, &address->v4, sizeof(address->v4));
	else
		memcpy(bytes, &address->v6, sizeof(address->v6));
	return (uint8_t)address->family;
}

static struct flow_key key_between(uint8_t protocol, const struct endpoint *source,
				   const struct endpoint *destination)
{
	struct flow_key key = { .protocol = protocol };

	copy_address(key.source, &source->address);
	key.family = copy_address(key.destination, &destination->address);
	key.sport = source->port;
	key.dport = destination->port;
	return key;
}

static struct flow_key key_of(const struct packet *packet)
{
	return key_between(packet->protocol, &packet->source, &packet->destination);
}

static struct flow_key answer_key(const struct packet *packet)
{
	return key_between(packet->protocol, &packet->destination, &packet->source);
}

/*
 * A flow of which only one side was seen so far is not known to be translated.  Its
 * next packet that was seen on both sides tells.
 */
static struct side *find_learning(struct gateway *gateway, const struct packet *in,
				  const struct packet *out)
{
	struct flow_key key = key_of(in), beyond;
	struct side *side = flow_find(gateway, &key);

	if (!out || (side && (side->flow->ended || flow_is_translated(side->flow))))
		return side;
	beyond = answer_key(out);
	if (side && side_direction(side) == ORIGINAL) {
		flow_learn_reply(gateway, side->flow, &beyond);
		return side;
	}
	if (side)
		return side;
	side = flow_find(gateway, &beyond);
	if (!side || side->flow->ended || side_direction(side) != ORIGINAL)
		return NULL;
	flow_learn_reply(gateway, side->flow, &key);
	return &side->flow->side[REPLY];
}

static struct flow *begin(struct gateway *gateway, const struct packet *in,
			  const struct packet *out)
{
	struct flow_key original = key_of(in), reply = answer_key(out ? out : in);

	return flow_begin(gateway, &original, &reply);
}

/* IP_CT_NEW lasts until the first answer; the answer itself is established. */
static enum sight_state state_of(const struct flow *flow, enum direction direction,
				 enum sight_state begins)
{
	return direction == REPLY || flow->answered ? SIGHT_ESTABLISHED : begins;
}

static void fill_sight(const struct gateway *gateway, const struct flow *flow,
		       enum direction direction, struct sight *sight)
{
	sight->flow = flow->number;
	sight->reply = direction == REPLY;
	sight->helped = flow->helped;
	sight->lived_until = flow->expires - gateway->ahead;
}

/* nf_conntrack_udp_packet(); the first answer does not yet count as one. */
static void udp_note(struct gateway *gateway, struct flow *flow, enum direction direction)
{
	bool stream = flow->answered && gateway->now > flow->stream_after;

	flow_set_life(gateway, flow, stream ? gateway->settings.udp_stream_timeout :
					      gateway->settings.udp_timeout);
	if (direction == REPLY)
		flow->answered = true;
}

static void help(struct gateway *gateway, const struct seen *seen)
{
	if (gateway->settings.helper == HELPER_OURS)
		helper_ours(gateway, seen);
	else if (gateway->settings.helper == HELPER_STOCK)
		helper_stock(gateway, seen);
}

static struct flow *new_control_flow(struct gateway *gateway, const struct packet *in,
				     const struct packet *out)
{
	struct flow *flow = begin(gateway, in, out);

	flow->helped = gateway->settings.helper != HELPER_NONE;
	flow->stream_after = gateway->now + STREAM_AFTER;
	return flow;
}

static void see_udp(struct gateway *gateway, const struct packet *in, const struct packet *out,
		    struct sight *sight)
{
	struct seen seen = { .in = in, .out = out, .sight = sight };
	uint16_t port = gateway->settings.port;
	struct side *side;

	if (in->source.port != port && in->destination.port != port)
		return;
	side = find_learning(gateway, in, out);
	sight->state = SIGHT_NEW;
	if (side && side->flow->ended) {
		sight->after = side->flow->number;
		sight->ended = side->flow->expires - gateway->ahead;
		side = NULL;
	}
	if (side) {
		seen.flow = side->flow;
		seen.direction = side_direction(side);
		sight->state = state_of(seen.flow, seen.direction, SIGHT_NEW);
	} else if (in->destination.port == port) {
		seen.flow = new_control_flow(gateway, in, out);
	} else {
		return;
	}
	udp_note(gateway, seen.flow, seen.direction);
	if (seen.flow->helped)
		help(gateway, &seen);
	fill_sight(gateway, seen.flow, seen.direction, sight);
}

/*
 * init_conntrack() takes the expectation before TCP gets to see the segment, so
 * that any segment uses it up, even one that cannot begin a connection.
 */
static struct flow *meet(struct gateway *gateway, const struct packet *in,
			 const struct packet *out, struct sight *sight)
{
	struct flow_key key = key_of(in);
	struct expectation *expectation;

	key.sport = 0;
	expectation = expectation_find(gateway, &key);
	if (!expectation)
		return NULL;
	sight->met = expectation->number;
	sight->state = SIGHT_INVALID;
	expectation_remove(gateway, expectation);
	gateway->counts.expired--;
	gateway->counts.met++;
	return tcp_may_begin(in->tcp.flags) ? begin(gateway, in, out) : NULL;
}

static struct flow *new_stream(struct gateway *gateway, const struct packet *in,
			       const struct packet *out, struct sight *sight)
{
	bool is_syn = (in->tcp.flags & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN;

	sight->state = is_syn ? SIGHT_NEW : SIGHT_NONE;
	return gateway->counts.expectations ? meet(gateway, in, out, sight) : NULL;
}

static void see_tcp(struct gateway *gateway, const struct packet *in, const struct packet *out,
		    struct sight *sight)
{
	struct side *side = gateway->tcp_flows ? find_learning(gateway, in, out) : NULL;
	enum direction direction = side ? side_direction(side) : ORIGINAL;
	struct flow *flow;

	if (side && tcp_begins_anew(side->flow, direction, in->tcp.flags)) {
		flow_end(gateway, side->flow);
		side = NULL;
	}
	flow = side ? side->flow : new_stream(gateway, in, out, sight);
	if (!flow)
		return;
	sight->state = state_of(flow, direction, SIGHT_RELATED);
	tcp_note(gateway, flow, direction, in->tcp.flags);
	if (direction == REPLY)
		flow->answered = true;
	fill_sight(gateway, flow, direction, sight);
}

/*
 * nf_conntrack_inet_error() looks for the flow of an answer to the packet that the
 * error is about; so an error that comes from behind NAT finds it too.
 */
static void see_error(struct gateway *gateway, const struct packet *in, struct sight *sight)
{
	const struct icmp_head *icmp = &in->icmp;
	struct flow_key key = key_between(icmp->protocol, &icmp->destination, &icmp->source);
	struct side *side = flow_find(gateway, &key);

	if (side && !side->flow->ended) {
		fill_sight(gateway, side->flow, side_direction(side), sight);
		sight->state = SIGHT_RELATED;
	} else if (icmp->protocol == IPPROTO_UDP && (icmp->source.port == gateway->settings.port ||
						     icmp->destination.port == gateway->settings.port)) {
		sight->state = SIGHT_INVALID;
	}
}

/**
 * gateway_see() - a packet comes to the gateway
 * @gateway: it
 * @in: the packet
 * @out: the same as it left, where a second capture shows it; or NULL
 * @sight: receives what it was, and what it did
 */
void gateway_see(struct gateway *gateway, const struct packet *in, const struct packet *out,
		 struct sight *sight)
{
	memset(sight, 0, sizeof(*sight));
	gateway_pass(gateway, in->time);
	switch (in->protocol) {
	case IPPROTO_UDP:
		see_udp(gateway, in, out, sight);
		break;
	case IPPROTO_TCP:
		see_tcp(gateway, in, out, sight);
		break;
	default:
		see_error(gateway, in, sight);
	}
}

/**
 * gateway_knows() - would this packet belong to something that the gateway knows of?
 * @gateway: it, at the time of the packet: see gateway_pass()
 * @packet: as it would come
 *
 * Nothing is changed, nor does a helper look at it: one may still drop it.
 */
bool gateway_knows(const struct gateway *gateway, const struct packet *packet)
{
	struct flow_key key = key_of(packet);

	if (packet->protocol == IPPROTO_UDP && packet->destination.port == gateway->settings.port)
		return true;
	return flow_find(gateway, &key) ||
	       (packet->protocol == IPPROTO_TCP && expectation_find(gateway, &key));
}

/**
 * helper_kind_name() - as the option --helper takes it
 * @kind: below HELPER_KINDS
 */
const char *helper_kind_name(enum helper_kind kind)
{
	static const char *const names[HELPER_KINDS] = { "none", "ours", "stock" };

	return names[kind];
}

/**
 * sight_reason_name() - the name of a reason in messages and JSON
 * @reason: AMANDA_OK, an enum amanda_refusal or an enum sight_reason
 */
const char *sight_reason_name(unsigned int reason)
{
	static const char *const names[] = {
		[SIGHT_BAD_LENGTH] = "bad-length",
		[SIGHT_NOT_ASKED] = "not-asked",
		[SIGHT_BAD_PORT] = "bad-port",
		[SIGHT_NO_ROOM] = "no-room",
		[SIGHT_NO_REWRITE] = "no-rewrite",
		[SIGHT_CUT] = "cut",
	};

	return reason < AMANDA_REFUSALS ? amanda_refusal_name(reason) : names[reason];
}
